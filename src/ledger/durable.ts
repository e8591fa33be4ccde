import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MpaError } from '../core/errors.js';

let written = 0;

/** The system's code of a failure of the file system (`ENOENT`), or an empty string. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What a failure to write at `path` becomes: MpaError `disk`, with the system's own code and the next step. */
export function diskError(error: unknown, path: string): MpaError {
  if (error instanceof MpaError) return error;
  const code = systemCode(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const hint = full
    ? 'Make room on that disk, then try again.'
    : `Make ${dirname(path)} writable for this login, then try again.`;
  return new MpaError('disk', `cannot write ${path}${code === '' ? '' : ` (${code})`}`, {
    hint,
    cause: error,
  });
}

/** Flushes a folder, so that a name made or replaced in it survives a power cut. */
export async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and those above it, 0700, flushed. Errors: `disk`. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    for (let made = path; made.length >= first.length; made = dirname(made)) await flushFolder(dirname(made));
  } catch (error) {
    throw diskError(error, path);
  }
}

/** Writes a new file, 0600, and flushes its bytes. Fails where the name exists. Throws the system's error. */
export async function writeNew(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name beside `path` that no other process or call uses. */
export function temporary(path: string): string {
  written += 1;
  return `${path}.tmp-${String(process.pid)}-${String(written)}`;
}

/**
 * Replaces a file in one step: a reader, or a machine that lost power, finds the old text or the new, whole. 0600.
 * It is on the disk when this returns. Errors: `disk`, and then the old file stands.
 */
export async function writeDurable(path: string, text: string): Promise<void> {
  const draft = temporary(path);
  try {
    await writeNew(draft, text);
    await rename(draft, path);
    await flushFolder(dirname(path));
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw diskError(error, path);
  }
}

/** Moves a file to another folder of the same disk in one step, flushed. Errors: `disk`. */
export async function moveDurable(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
    await flushFolder(dirname(to));
    await flushFolder(dirname(from));
  } catch (error) {
    throw diskError(error, to);
  }
}

/** The text of a file; null where there is none. Throws the system's error where it is there and cannot be read. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The names in a folder; none where there is no folder. Throws the system's error where it cannot be read. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Whether a process of this number runs here now. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** Whether this is the name of a draft whose process runs here no more. */
export function isAbandoned(name: string): boolean {
  const pid = /\.tmp-(\d+)-\d+$/.exec(name)?.[1];
  return pid !== undefined && !runs(Number(pid));
}

/**
 * Removes what killed writers left among the `names` of a folder: drafts whose process runs no more. One of another machine or container that is so
 * taken from a living writer costs that writer an error, and nothing else. Never throws.
 */
export async function sweepDrafts(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!isAbandoned(name)) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
