import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MpaError } from '../core/errors.js';

const WRITABLE_BY_OTHERS = 0o022;
const READABLE_BY_OTHERS = 0o044;
/** A key as GnuPG exports it, with photos and all, is far below. */
const FILE_AT_MOST = 16 * 1024 * 1024;

interface Status {
  readonly uid: number;
  readonly mode: number;
}

/**
 * The names in the key folder; none where it does not exist. Errors: `unsafe-permissions` where others could write
 * in it, `disk`.
 */
export async function listKeyFolder(folder: string): Promise<string[]> {
  try {
    refuseForeign(folder, await stat(folder));
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw asDisk(error, `${folder} cannot be read`);
  }
}

/** What the name of a public key's file ends with; before it stands the fingerprint of the primary key. */
export const PUBLIC = '.public.asc';
export const FINGERPRINT = /^[0-9A-F]{40}$/;

/** The fingerprints of the keys in a folder, by the names of their files alone, sorted. Errors: as `listKeyFolder`. */
export async function storedFingerprints(folder: string): Promise<string[]> {
  return (await listKeyFolder(folder))
    .filter((name) => name.endsWith(PUBLIC))
    .map((name) => name.slice(0, -PUBLIC.length))
    .filter((name) => FINGERPRINT.test(name))
    .toSorted();
}

/**
 * Reads one file of the key folder; null: it does not exist. `secret`: refused, too, where others can read it.
 * Errors: `unsafe-permissions` where others could write it or its folder (CLI.md, folders), `bad-key`, `disk`.
 */
export async function readKeyFile(folder: string, name: string, secret: boolean): Promise<Buffer | null> {
  const path = join(folder, name);
  try {
    refuseForeign(folder, await stat(folder));
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await handle.stat();
      if (!status.isFile() || status.size > FILE_AT_MOST) {
        throw new MpaError('bad-key', `${path} is no key file`, {
          hint: 'Import the key again: mpa key import FILE',
        });
      }
      refuseForeign(path, status);
      if (secret && (status.mode & READABLE_BY_OTHERS) !== 0) {
        throw new MpaError('unsafe-permissions', `others can read the secret key ${path}`, {
          hint: `chmod 600 '${path}'`,
        });
      }
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw asDisk(error, `${path} cannot be read`);
  }
}

/**
 * Writes one file of the key folder, 0600, whole or not at all: a new file is written, synced and renamed. Makes the
 * folder, 0700. Errors: `unsafe-permissions`, `disk`.
 */
export async function writeKeyFile(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  const draft = join(folder, `.${name}.${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    refuseForeign(folder, await stat(folder));
    try {
      await writeSynced(draft, text);
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await syncFolder(folder);
  } catch (error) {
    throw asDisk(error, `${path} cannot be written`);
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What others could write, or what belongs to another user (who could), is not ours to trust. */
function refuseForeign(path: string, { uid, mode }: Status): void {
  const me = process.getuid?.();
  if (me !== undefined && uid !== me && uid !== 0) {
    throw new MpaError('unsafe-permissions', `${path} belongs to another user`, {
      hint: `chown it to yourself: ${path}`,
    });
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    throw new MpaError('unsafe-permissions', `others can write ${path}`, { hint: `chmod go-w '${path}'` });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function asDisk(error: unknown, message: string): unknown {
  return error instanceof MpaError ? error : new MpaError('disk', message, { cause: error });
}
