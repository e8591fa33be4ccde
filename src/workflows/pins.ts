import type { Pin } from '../core/action.js';
import type { Digest } from '../core/events.js';
import { FileTrouble, readOnce } from './regular.js';

/** Stands for bytes that were not read because their number alone says that they differ. */
export const UNREAD = '';

/**
 * The digest of the regular file at `path` as it is now, where it has `size` bytes; null where it cannot be read, changes while it
 * is read, or is no regular file. A file of another size is not read: its digest's `sha256` is empty. Section 8.6.
 */
export async function digestNow(path: string, size: number): Promise<Digest | null> {
  try {
    return await readOnce(path, (found) => found === size);
  } catch (error) {
    if (!(error instanceof FileTrouble)) throw error;
    return error.trouble === 'unwanted' ? { sha256: UNREAD, size: error.size } : null;
  }
}

/** Each pinned path (absolute) with its digest now; null where it cannot be read. */
export async function pinsNow(pins: readonly Pin[]): Promise<ReadonlyMap<string, Digest | null>> {
  const found = new Map<string, Digest | null>();
  for (const { path, size } of pins) {
    // Two pins of one path with different sizes: one of them cannot hold, whichever is looked up.
    if (!found.has(path)) found.set(path, await digestNow(path, size));
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
