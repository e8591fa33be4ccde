import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MpaError } from '../core/errors.js';
import { diskError, flushFolder, temporary } from './durable.js';

/*
 * A file of texts by key, sorted, written once and never changed: blocks, each compressed by itself, and then a list of the blocks
 * (the first key, where, how long, SHA-256). Whoever opens it knows the SHA-256 of that list, so every byte that is read was checked.
 */

/** Bytes of text in a block: what one lookup unpacks. */
const BLOCK = 48 * 1024;

/** A key with its text, neither with a line break in it nor the key with a tab. */
export type Entry = readonly [key: string, text: string];

/** What a checkpoint says of a segment. */
export interface SegmentRef {
  /** SHA-256 of the list of blocks: names the file too. */
  readonly sha256: string;
  /** Where the list begins, and the size of the whole file. */
  readonly list: number;
  readonly size: number;
  readonly entries: number;
}

type Block = readonly [first: string, offset: number, length: number, sha256: string];

/** What is kept of old requests is not what was written. Whoever meets it reads the ledger from its root again. */
export class ArchiveDamaged extends MpaError {
  constructor(path: string, why: string) {
    super('disk', `what is kept of old requests cannot be used (${why}): ${path}`, {
      hint: 'Run it again: it is read anew from the ledger. If it comes back, delete that folder.',
    });
  }
}

function digest(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The file of a segment within its folder. */
export function segmentName({ sha256 }: Pick<SegmentRef, 'sha256'>): string {
  return `${sha256.slice(0, 32)}.seg`;
}

/** Closes what nobody can look up in any more. A file that another process has taken away stays readable until then. */
const forgotten = new FinalizationRegistry((handle: number) => closeSync(handle));

/** A segment that is looked up in: only the blocks that are asked for are read. `damaged` is told before a look-up throws ArchiveDamaged. */
export class Segment {
  readonly ref: SegmentRef;
  readonly #path: string;
  readonly #handle: number;
  readonly #list: string;
  readonly #damaged: () => void;
  #blocks: readonly Block[] | undefined;
  /** The block that was read last. */
  #last: { readonly number: number; readonly lines: readonly string[] } | undefined;

  /** Opens a segment and checks its size and its list. Throws ArchiveDamaged; the system's error where it is not there. */
  constructor(folder: string, ref: SegmentRef, damaged: () => void) {
    this.ref = ref;
    this.#damaged = damaged;
    this.#path = join(folder, segmentName(ref));
    this.#handle = openSync(this.#path, 'r');
    forgotten.register(this, this.#handle);
    if (fstatSync(this.#handle).size !== ref.size)
      throw new ArchiveDamaged(this.#path, 'it has another size');
    const list = this.#read(ref.list, ref.size - ref.list);
    if (digest(list) !== ref.sha256) throw new ArchiveDamaged(this.#path, 'its list is damaged');
    this.#list = list.toString('latin1');
  }

  /** The text of a key; undefined: there is none. Throws ArchiveDamaged. */
  get(key: string): string | undefined {
    const number = this.#blockOf(key);
    const line = number < 0 ? undefined : this.#lines(number).find((each) => each.startsWith(`${key}\t`));
    return line?.slice(key.length + 1);
  }

  /** The entries from a key on, ascending. Throws ArchiveDamaged. */
  *from(key: string): IterableIterator<Entry> {
    const { length } = this.#known();
    for (let number = Math.max(0, this.#blockOf(key)); number < length; number += 1) {
      for (const line of this.#lines(number)) {
        const end = line.indexOf('\t');
        const found = line.slice(0, end);
        if (found >= key) yield [found, line.slice(end + 1)];
      }
    }
  }

  #known(): readonly Block[] {
    // The digest says that this very program wrote it.
    return (this.#blocks ??= JSON.parse(this.#list) as Block[]);
  }

  /** The last block whose first key is not above `key`; -1: none. */
  #blockOf(key: string): number {
    const blocks = this.#known();
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((blocks[middle]?.[0] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #lines(number: number): readonly string[] {
    if (this.#last?.number === number) return this.#last.lines;
    const block = this.#known()[number];
    if (block === undefined) return [];
    const [, offset, length, sha256] = block;
    const bytes = this.#read(offset, length);
    if (digest(bytes) !== sha256) throw this.#refuse('a block is damaged');
    const lines = inflateRawSync(bytes).toString('utf8').split('\n');
    this.#last = { number, lines };
    return lines;
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    let at = 0;
    try {
      while (at < length) {
        const read = readSync(this.#handle, bytes, at, length - at, offset + at);
        if (read === 0) break;
        at += read;
      }
    } catch {
      throw this.#refuse('it cannot be read');
    }
    return bytes;
  }

  #refuse(why: string): ArchiveDamaged {
    this.#damaged();
    return new ArchiveDamaged(this.#path, why);
  }
}

/**
 * Writes a segment of these entries (ascending, each key once) into a folder that is there. It is on the disk, whole, when this returns.
 * Errors: `disk`, and those of the entries; nothing is left then.
 */
export async function writeSegment(folder: string, entries: Iterable<Entry>): Promise<SegmentRef> {
  const draft = temporary(join(folder, 'segment'));
  try {
    const handle = await open(draft, 'wx', 0o600);
    let ref: SegmentRef;
    try {
      const blocks: Block[] = [];
      let offset = 0;
      let count = 0;
      for (const { first, lines } of inBlocks(entries)) {
        const bytes = deflateRawSync(lines.join('\n'), { level: 1 });
        await handle.write(bytes);
        blocks.push([first, offset, bytes.length, digest(bytes)]);
        offset += bytes.length;
        count += lines.length;
      }
      const list = JSON.stringify(blocks);
      await handle.write(list);
      await handle.sync();
      ref = { sha256: digest(list), list: offset, size: offset + list.length, entries: count };
    } finally {
      await handle.close();
    }
    await rename(draft, join(folder, segmentName(ref)));
    await flushFolder(folder);
    return ref;
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw diskError(error, draft);
  }
}

function* inBlocks(entries: Iterable<Entry>): IterableIterator<{ first: string; lines: readonly string[] }> {
  let first = '';
  let lines: string[] = [];
  let size = 0;
  for (const [key, text] of entries) {
    if (lines.length === 0) first = key;
    lines.push(`${key}\t${text}`);
    size += key.length + text.length;
    if (size < BLOCK) continue;
    yield { first, lines };
    lines = [];
    size = 0;
  }
  if (lines.length > 0) yield { first, lines };
}

/** The entries of several sources, each ascending, as one: of a key that several have, the entry of the first source that has it. */
export function* merged(sources: readonly Iterable<Entry>[]): IterableIterator<Entry> {
  const heads = sources.map((source) => {
    const rest = source[Symbol.iterator]();
    return { rest, next: rest.next() };
  });
  for (;;) {
    let least: Entry | undefined;
    for (const { next } of heads)
      if (next.done !== true && (least === undefined || next.value[0] < least[0])) least = next.value;
    if (least === undefined) return;
    yield least;
    for (const head of heads)
      if (head.next.done !== true && head.next.value[0] === least[0]) head.next = head.rest.next();
  }
}
