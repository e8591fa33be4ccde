import { randomBytes } from 'node:crypto';
import { statSync, type Stats } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MpaError } from '../core/errors.js';

/** Makes a folder, and those above it, for its owner alone (0700 where it was not there before). Errors: `disk`. */
export async function makeFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    // A umask may have taken permissions away, never added any; only what is new is ours to change.
    if (first !== undefined) await chmod(path, 0o700);
  } catch (error) {
    throw new MpaError('disk', `The folder ${path} cannot be made: ${words(error)}.`, { cause: error });
  }
}

/**
 * Writes a file whole or not at all: a new file beside it, flushed, then renamed over it. `mode`: 0600 unless it is meant
 * for others too. Errors: `disk`.
 */
export async function writeWhole(path: string, text: string, mode = 0o600): Promise<void> {
  const beside = join(dirname(path), `.${randomBytes(6).toString('hex')}.new`);
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw new MpaError('disk', `${path} cannot be written: ${words(error)}.`, { cause: error });
  }
}

/** Takes every permission of others away, below a folder and from itself: folders 0700, files 0600. Errors: `disk`. */
export async function narrow(folder: string): Promise<void> {
  try {
    await chmod(folder, 0o700);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
    }
  } catch (error) {
    throw new MpaError('disk', `The permissions of ${folder} cannot be set: ${words(error)}.`, {
      cause: error,
    });
  }
}

/** A file's bytes; null where there is no such file. Errors: `disk`. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new MpaError('disk', `${path} cannot be read: ${words(error)}.`, { cause: error });
  }
}

/** The bytes of a file that a person named. Errors: `usage` where it cannot be read. */
export async function readNamed(path: string, flag: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new MpaError('usage', `${flag}: ${path} cannot be read: ${words(error)}.`, { cause: error });
  }
}

/**
 * Refuses what others than its owner can write, and what belongs to neither this user nor root. Nothing there is
 * fine. `uid`: this process's user; undefined where the system has none. Errors: `unsafe-permissions`.
 */
export function refuseUnsafe(path: string, uid: number | undefined): void {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw new MpaError('disk', `${path} cannot be looked at: ${words(error)}.`, { cause: error });
  }
  const kind = found.isDirectory() ? 'folder' : 'file';
  if ((found.mode & 0o022) !== 0) {
    throw new MpaError(
      'unsafe-permissions',
      `Others can write the ${kind} ${path}: whoever does decides what mpa does.`,
      {
        hint: `Run: chmod go-w ${quoteIfNeeded(path)}`,
      },
    );
  }
  if (uid !== undefined && found.uid !== uid && found.uid !== 0) {
    throw new MpaError(
      'unsafe-permissions',
      `The ${kind} ${path} belongs to another user (uid ${found.uid}).`,
      {
        hint: 'Use a folder of your own: set MPA_HOME, or run mpa as that user.',
      },
    );
  }
}

/** Refuses a file with a secret that others can read or write. Errors: `unsafe-permissions`, `usage` where it is not there. */
export async function refuseReadable(path: string, flag: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw new MpaError('usage', `${flag}: ${path} cannot be read: ${words(error)}.`, { cause: error });
  });
  if (!found.isFile() && !found.isFIFO()) throw new MpaError('usage', `${flag}: ${path} is no file.`);
  if ((found.mode & 0o077) === 0) return;
  throw new MpaError('unsafe-permissions', `Others can read ${path}, which holds a passphrase.`, {
    hint: `Run: chmod 600 ${quoteIfNeeded(path)}`,
  });
}

/** Whether an error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** The system's words for what went wrong, without node's decoration. */
export function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const plain = /^[A-Z0-9]+: ([^,]+)/.exec(error.message);
  return plain?.[1] ?? error.message;
}

function quoteIfNeeded(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
