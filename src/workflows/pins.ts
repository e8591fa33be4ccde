import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Pin } from '../core/action.js';
import type { Digest } from '../core/events.js';

const PIECE = 1 << 20;

/** Stands for bytes that were not read because their number alone says that they differ. */
const UNREAD = '';

/**
 * The digest of the regular file at `path` as it is now, where it has `size` bytes; null where it cannot be read or is no regular
 * file. A file of another size is not read: its digest's `sha256` is empty. Section 8.6.
 */
async function digestOf(path: string, size: number): Promise<Digest | null> {
  // Never waits for the writer of a pipe that somebody put there.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile()) return null;
    if (found.size !== size) return { sha256: UNREAD, size: found.size };
    const hash = createHash('sha256');
    let read = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      read += bytesRead;
      if (read > size) break;
    }
    return { sha256: hash.digest('hex'), size: read };
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** Each pinned path (absolute) with its digest now; null where it cannot be read. */
export async function pinsNow(pins: readonly Pin[]): Promise<ReadonlyMap<string, Digest | null>> {
  const found = new Map<string, Digest | null>();
  for (const { path, size } of pins) {
    // Two pins of one path with different sizes: one of them cannot hold, whichever is looked up.
    if (!found.has(path)) found.set(path, await digestOf(path, size));
  }
  return found;
}

/**
 * The path of the first pin whose file is not what was approved any more; null where all still are. Called once more between the push
 * of `start` and the spawn: what changed in between gives the use back. Section 8.6.
 */
export async function firstChangedPin(pins: readonly Pin[]): Promise<string | null> {
  const found = await pinsNow(pins);
  const changed = pins.find(({ path, sha256, size }) => {
    const now = found.get(path);
    return now?.sha256 !== sha256 || now.size !== size;
  });
  return changed?.path ?? null;
}
