import { randomBytes } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MpaError } from '../core/errors.js';
import { failureOf } from './git.js';

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** What a disk answers that is full, read-only or somebody else's. */
const DISK = new Set([
  'ENOENT',
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'EFBIG',
  'ENOTDIR',
  'EMFILE',
  'ENFILE',
]);
/** More than any one event's objects and less than anybody's free space. */
const PROBE = 256 * 1024;

/**
 * Turns an error of writing under `folder` into MpaError `disk` where the disk is the cause. What git says is never
 * matched: after a failed git command the disk itself is tried, by writing to it. Every other error comes back as it is.
 */
export async function diskError(error: unknown, folder: string): Promise<unknown> {
  if (failureOf(error) !== null) return (await diskProblem(folder, error)) ?? error;
  return isSystemError(error) && DISK.has(error.code ?? '') ? diskFailure(folder, error) : error;
}

/** Whether the disk under `folder` takes a small file; MpaError `disk` where it does not. `cause`: what went wrong before. */
export async function diskProblem(folder: string, cause: unknown): Promise<MpaError | null> {
  const place = await existing(folder);
  const path = join(place, `.probe-${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(Buffer.alloc(PROBE, 1));
      await file.sync();
    } finally {
      await file.close();
    }
    return null;
  } catch (error) {
    return diskFailure(folder, error, cause);
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** The nearest folder above `path` that is there. */
async function existing(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => null);
    if (found?.isDirectory() === true || at === dirname(at)) return at;
  }
}

function diskFailure(folder: string, error: unknown, cause: unknown = error): MpaError {
  const why = error instanceof Error ? error.message : String(error);
  return new MpaError('disk', `cannot write under ${folder}: ${why}`, {
    hint: 'make room, or make the folder writable, then try again',
    cause,
  });
}
