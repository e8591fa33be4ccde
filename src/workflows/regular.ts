import { createHash, type Hash } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Digest } from '../core/events.js';

const PIECE = 1 << 20;

/** Why a path is no file that can be read whole: what stands there, or what happened while it was read. */
export type Trouble =
  'absent' | 'folder' | 'no-file' | 'unreadable' | 'vanished' | 'unwanted' | 'changed' | 'broken';

/** A file could not be read whole. */
export class FileTrouble extends Error {
  readonly trouble: Trouble;
  /** With `unwanted`: its size. */
  readonly size: number;

  constructor(trouble: Trouble, path: string, cause?: unknown, size = 0) {
    super(`${path}: ${trouble}`, cause === undefined ? undefined : { cause });
    this.name = 'FileTrouble';
    this.trouble = trouble;
    this.size = size;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function troubleOf(error: unknown, missing: Trouble): Trouble {
  const code = codeOf(error);
  if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(String(code))) return missing;
  return code === 'EACCES' || code === 'EPERM' ? 'unreadable' : 'broken';
}

function kindOf(found: BigIntStats): Trouble | null {
  if (found.isFile()) return null;
  return found.isDirectory() ? 'folder' : 'no-file';
}

/** What stands at a path, symbolic links followed; null: a regular file. Opens nothing: the mere opening of a device can do things. */
export async function standsAt(path: string): Promise<Trouble | null> {
  try {
    return kindOf(await stat(path, { bigint: true }));
  } catch (error) {
    return troubleOf(error, 'absent');
  }
}

/** A regular file, open for reading, and what was known of it when it was opened. `file` is the caller's to close. */
export interface Opened {
  readonly file: FileHandle;
  readonly found: BigIntStats;
}

/** Opens a regular file and nothing else: never waits for the writer of a pipe. Error: FileTrouble. */
export async function openRegular(path: string): Promise<Opened> {
  const trouble = await standsAt(path);
  if (trouble !== null) throw new FileTrouble(trouble, path);
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const file = await open(path, flags).catch((error: unknown) => {
    throw new FileTrouble(troubleOf(error, 'vanished'), path, error);
  });
  try {
    const found = await file.stat({ bigint: true });
    // Between the look and the opening something else may have been put there.
    const kind = kindOf(found);
    if (kind !== null) throw new FileTrouble(kind, path);
    return { file, found };
  } catch (error) {
    await file.close();
    throw error instanceof FileTrouble ? error : new FileTrouble('broken', path, error);
  }
}

/** What was read of a file: its digest, and what `each` was handed piece by piece. */
async function drain(
  { file, found }: Opened,
  path: string,
  hash: Hash,
  each: (piece: Uint8Array) => Promise<void>,
): Promise<number> {
  let size = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, null);
    if (bytesRead === 0) return size;
    size += bytesRead;
    // What grows could be read without end.
    if (BigInt(size) > found.size) throw new FileTrouble('changed', path);
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    await each(piece);
  }
}

/**
 * Reads a regular file once, if its size is `wanted`: its digest, and each piece to `each` in order. What changes while it is read is
 * trouble, never the digest of a file that nobody has seen whole. Error: FileTrouble.
 */
export async function readOnce(
  path: string,
  wanted: (size: number) => boolean,
  each: (piece: Uint8Array) => Promise<void> = () => Promise.resolve(),
): Promise<Digest> {
  const opened = await openRegular(path);
  try {
    const expected = Number(opened.found.size);
    if (!wanted(expected)) throw new FileTrouble('unwanted', path, undefined, expected);
    const hash = createHash('sha256');
    const size = await drain(opened, path, hash, each);
    const after = await opened.file.stat({ bigint: true });
    const same =
      size === expected && after.size === opened.found.size && after.mtimeNs === opened.found.mtimeNs;
    if (!same) throw new FileTrouble('changed', path);
    return { sha256: hash.digest('hex'), size };
  } catch (error) {
    throw error instanceof FileTrouble ? error : new FileTrouble(troubleOf(error, 'vanished'), path, error);
  } finally {
    await opened.file.close();
  }
}

/** The bytes of a regular file of at most `limit` bytes; null where there is none that can be read. */
export async function peek(path: string, limit: number): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  try {
    await readOnce(
      path,
      (size) => size <= limit,
      (piece) => {
        pieces.push(piece);
        return Promise.resolve();
      },
    );
    return Buffer.concat(pieces);
  } catch (error) {
    if (error instanceof FileTrouble) return null;
    throw error;
  }
}
