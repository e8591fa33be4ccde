import { stat } from 'node:fs/promises';
import type { CommandAction } from '../core/action.js';
import type { Digest } from '../core/events.js';
import { joinPath } from '../core/paths.js';
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

/** What of an action says which files are pinned and how they are named. */
type Pinning = Pick<CommandAction, 'argv' | 'cwd' | 'pins'>;

/** The words that name a file by way of `..`: whole arguments, and what stands after their first `=`. */
function detours({ argv }: Pinning): string[] {
  const parts = argv.flatMap((argument) => [argument, argument.slice(argument.indexOf('=') + 1)]);
  return [...new Set(parts)].filter((part) => part.split('/').includes('..'));
}

/**
 * The pinned paths that an argument names in text while the kernel opens another file: behind a symbolic link, `..` leads elsewhere than
 * text says (section 4). What no file stands at is
 * not opened either.
 */
async function astray(action: Pinning): Promise<ReadonlySet<string>> {
  const { cwd = '/', pins = [] } = action;
  const paths = new Set(pins.map(({ path }) => path));
  const found = new Set<string>();
  for (const part of detours(action)) {
    const path = joinPath(cwd, part);
    if (!paths.has(path)) continue;
    const raw = part.startsWith('/') ? part : `${cwd}/${part}`;
    const [opened, named] = await Promise.all([raw, path].map((each) => stat(each).catch(() => null)));
    const other = opened?.ino !== named?.ino || opened?.dev !== named?.dev;
    if (opened !== null && other) found.add(path);
  }
  return found;
}

/** Each pinned path (absolute) with its digest now; null where it cannot be read, or where an argument that names it leads elsewhere. */
export async function pinsNow(action: Pinning): Promise<ReadonlyMap<string, Digest | null>> {
  const found = new Map<string, Digest | null>();
  const elsewhere = await astray(action);
  for (const { path, size } of action.pins ?? []) {
    // Two pins of one path with different sizes: one of them cannot hold, whichever is looked up.
    if (!found.has(path)) found.set(path, elsewhere.has(path) ? null : await digestNow(path, size));
  }
  return found;
}

/**
 * The path of the first pin whose file is not what was approved any more; null where all still are. Called once more between the push
 * of `start` and the spawn: what changed in between gives the use back. Section 8.6.
 */
export async function firstChangedPin(action: Pinning): Promise<string | null> {
  const found = await pinsNow(action);
  const changed = (action.pins ?? []).find(({ path, sha256, size }) => {
    const now = found.get(path);
    return now?.sha256 !== sha256 || now.size !== size;
  });
  return changed?.path ?? null;
}
