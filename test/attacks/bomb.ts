import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

const BLOB = 3;
const OFS_DELTA = 6;
/** What one copy of a delta can copy at most. */
const COPY = 0xffffff;

/** Digits of base 128, lowest first, all but the last marked. */
function varint(value: number): Buffer {
  const digits: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    digits.push(rest % 128);
    if (rest < 128) break;
  }
  return Buffer.from(digits.map((digit, at) => (at < digits.length - 1 ? digit | 128 : digit)));
}

function header(type: number, size: number): Buffer {
  const [first, rest] = [(type << 4) | (size % 16), Math.floor(size / 16)];
  return rest === 0 ? Buffer.from([first]) : Buffer.concat([Buffer.from([first | 128]), varint(rest)]);
}

/** How far back the base of a delta stands, as a pack has it. */
function offset(distance: number): Buffer {
  const digits = [distance % 128];
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    digits.unshift((rest % 128) | 128);
  }
  return Buffer.from(digits);
}

/** A delta that makes of an object of `size` bytes another: its first bytes are `mark`'s, and all else is copied. */
function delta(size: number, mark: number): Buffer {
  const ops = [Buffer.from([4, mark % 256, mark >> 8, 1, 2])];
  for (let from = 0; from < size - 4; from += COPY) {
    const copy = Buffer.alloc(8, 0xff);
    copy.writeUInt32LE(from, 1);
    copy.writeUIntLE(Math.min(COPY, size - 4 - from), 5, 3);
    ops.push(copy);
  }
  return Buffer.concat([varint(size), varint(size), ...ops]);
}

/** A pack of `count` objects of `megabytes` each: all by themselves, or (`chained`) each a delta upon the one before it. Some kilobytes. */
export function bomb(megabytes: number, count: number, chained: boolean): Buffer {
  const size = megabytes << 20;
  const start = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
  start.writeUInt32BE(count, 8);
  const parts: Buffer[] = [start];
  let at = start.length;
  let before = 0;
  for (let index = 0; index < count; index += 1) {
    const entry =
      index === 0 || !chained
        ? [header(BLOB, size), deflateSync(Buffer.alloc(size, index))]
        : [
            header(OFS_DELTA, delta(size, index).length),
            offset(at - before),
            deflateSync(delta(size, index)),
          ];
    before = at;
    parts.push(...entry);
    at += entry.reduce((sum, each) => sum + each.length, 0);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** A program that takes the place of ssh: a server that shows one branch, and sends this pack to whoever asks for it. It hears them out. */
export function serving(folder: string, pack: Buffer): string {
  const [path, file] = [join(folder, 'ssh'), join(folder, 'pack')];
  writeFileSync(file, pack);
  const line = `${'0123456789'.repeat(4)} refs/heads/mpa\\000ofs-delta\\n`;
  const length = (`${'0'.repeat(40)} refs/heads/mpa\0ofs-delta\n`.length + 4).toString(16).padStart(4, '0');
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '${length}${line}0000'\nprintf '0008NAK\\n'\ncat ${file}\ncat > /dev/null\n`,
  );
  chmodSync(path, 0o755);
  return path;
}
