import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './clone.js';
import type { Contact } from './contact.js';
import { git } from './git.js';

/** What has gathered in a clone: loose objects in one of the 256 folders, which stand for all as they do for git itself, and packs. */
interface Heap {
  readonly loose: number;
  readonly packs: number;
}

/** A loose object takes a block of the disk, eight times what it takes in a pack: some 2,000 more of them are packed. */
const LOOSE = 8;
/** Each pack is one more place to look for an object: so many more become one. */
const PACKS = 20;
/** Milliseconds that packing may take. It takes a second or two for 100,000 events. */
const LONGEST = 60_000;
/** Seconds after which what a killed git has left is nobody's any more. */
const STALE = 86_400;

async function heapOf(folder: string): Promise<Heap> {
  const loose = await readdir(join(folder, 'objects/17')).catch(() => []);
  const packs = await readdir(join(folder, 'objects/pack')).catch(() => []);
  return {
    loose: loose.filter((name) => /^[0-9a-f]{38,62}$/.test(name)).length,
    packs: packs.filter((name) => name.endsWith('.pack')).length,
  };
}

/** What was left the last time, so that what cannot be packed is not tried at each command. */
async function leftBefore(path: string): Promise<Heap> {
  const [loose = 0, packs = 0] = (await readFile(path, 'latin1').catch(() => '')).split(' ').map(Number);
  return { loose: loose || 0, packs: packs || 0 };
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/^(tmp_|\.tmp-)/.test(name)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() / 1000 - found.mtimeMs / 1000 > STALE)
      await rm(path, { force: true }).catch(() => undefined);
  }
}

/**
 * Packs what lies about loose in a private clone, where that is much: git does it in clones of its own (`gc.auto`), in ours nothing works
 * behind our back. Every object stays, those that no ref reaches too: another process may have written them a moment ago. `say` is called
 * before it takes time. Whether it was done: a clone that cannot be packed or written in stays as it is. Never throws.
 */
export async function tidy(contact: Contact, say: () => void): Promise<boolean> {
  const { folder, offline } = contact;
  const mark = join(folder, 'tidied');
  const [heap, before] = [await heapOf(folder), await leftBefore(mark)];
  const all = heap.packs >= before.packs + PACKS;
  if (!all && heap.loose < before.loose + LOOSE) return false;
  try {
    // First: so that another process leaves it to this one, and a failure is not met again by the next command.
    await replaceFile(mark, `${heap.loose} ${heap.packs}\n`);
    say();
    await sweep(join(folder, 'objects/pack'));
    const bounds = ['--threads=1', '--window-memory=32m', '--no-write-bitmap-index'];
    // -k: what nothing reaches goes into the new pack as well, where -A or nothing would throw it away or make it loose again.
    const which = all ? ['-a', '-k'] : [];
    await git(['repack', '-q', '-d', '-l', '-n', ...which, ...bounds], {
      cwd: folder,
      env: offline,
      silence: LONGEST,
    });
    const left = await heapOf(folder);
    await replaceFile(mark, `${left.loose} ${left.packs}\n`);
    return true;
  } catch {
    return false;
  }
}
