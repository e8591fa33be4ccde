import { constants } from 'node:fs';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeSync, openSync } from 'node:fs';
import { MpaError } from '../core/errors.js';

/** Writes a copy, piece by piece. */
export type Fill = (write: (piece: Uint8Array) => Promise<void>) => Promise<void>;

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  let from = 0;
  while (from < piece.length) from += (await file.write(piece, from)).bytesWritten;
}

function noRoom(cause: unknown): MpaError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new MpaError('disk', `The approved input cannot be copied into a private file: ${words}.`, {
    cause,
    hint: 'Set TMPDIR to a folder with room for it.',
  });
}

/**
 * A file that has no name any more and holds what `fill` writes: nobody can swap or change it under the program that reads it. The
 * result is a descriptor, open for reading at the first byte, the caller's to close. What `fill` throws comes through; error: `disk`.
 */
export async function privateCopy(fill: Fill): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mpa-')).catch((cause: unknown) => {
    throw noRoom(cause);
  });
  let reader: number | null = null;
  try {
    const path = join(folder, 'input');
    const file = await open(path, 'wx', 0o600);
    try {
      reader = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      // Gone before the first byte is in it: whatever becomes of this process, no copy is left behind.
      await rm(folder, { recursive: true, force: true });
      await fill((piece) => writeAll(file, piece));
    } finally {
      await file.close();
    }
    return reader;
  } catch (error) {
    if (reader !== null) closeSync(reader);
    await rm(folder, { recursive: true, force: true });
    throw error instanceof Error && 'syscall' in error ? noRoom(error) : error;
  }
}
