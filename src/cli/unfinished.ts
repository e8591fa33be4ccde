import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folders } from './folders.js';

/** A private clone and its state folder: absolute. */
export interface Places {
  readonly clone: string;
  readonly state: string;
}

/** Seconds for which the next join may go on with what an interrupted one has verified. */
const KEPT = 7 * 86_400;

/** Where an interrupted join of this remote leaves what it has verified: nothing is joined by it, and no other command looks there. */
export function unfinished(folders: Folders, remote: string): Places {
  const name = `unfinished-${createHash('sha256').update(remote).digest('hex').slice(0, 12)}`;
  return { clone: join(folders.ledgers, name), state: join(folders.state, name) };
}

/** Takes what was left to a place of one's own; false: there is nothing, or another process was quicker. */
export async function takeUp(left: Places, own: Places): Promise<boolean> {
  try {
    await rename(left.state, own.state);
    await rename(left.clone, own.clone);
    // Left by an interrupt while a head was being pinned: nothing is pinned but by the join that ends.
    for (const name of ['head.json', 'anchor', 'lock'])
      await rm(join(own.state, name), { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

/** Leaves what has been verified so far for the next join; false: nothing was yet. Synchronous, for an interrupt; never throws. */
export function putAside(own: Places, left: Places): boolean {
  try {
    if (!existsSync(join(own.state, 'checkpoint'))) return false;
    for (const place of [left.clone, left.state]) rmSync(place, { recursive: true, force: true });
    renameSync(own.clone, left.clone);
    renameSync(own.state, left.state);
    return true;
  } catch {
    return false;
  }
}

/** Removes what joins that were interrupted or killed left more than a week before `now` (seconds). Never throws. */
export async function sweepOld(folders: Folders, now: number): Promise<void> {
  for (const folder of [folders.ledgers, folders.state])
    for (const name of await readdir(folder).catch(() => [])) {
      if (!/^(unfinished|new)-[0-9a-f]{12}$/.test(name)) continue;
      const path = join(folder, name);
      const found = await stat(path).catch(() => null);
      if (found !== null && now - found.mtimeMs / 1000 > KEPT)
        await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
}
