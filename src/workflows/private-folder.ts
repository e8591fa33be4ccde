import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { MpaError } from '../core/errors.js';
import { tryLock, type Lock } from '../ledger/lock.js';
import type { Account } from './launch.js';

/** Where an executor runs what was approved. */
export interface Quarters {
  readonly account: Account;
  /** The folder (absolute) in which each run gets one of its own. */
  readonly runs: string;
}

/** A file for a private folder: a path below it, normalised. */
export interface PrivateFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** A folder that one run has for itself. */
export interface PrivateFolder {
  readonly path: string;
  /** Removes it with all that the run put there. False where something could not be removed: the next run tries again. */
  remove(): Promise<boolean>;
}

const LOCKS = 'locks';

function failed(path: string, cause: unknown): MpaError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new MpaError('disk', `A private folder for the run cannot be made at ${path}: ${words}.`, { cause });
}

/** Whether the account may pass through a folder of somebody else's on its way to its own. */
function passable(path: string, { uid, gid }: Account): boolean {
  const { mode, uid: owner, gid: group } = statSync(path);
  if (owner === uid) return (mode & 0o100) !== 0;
  return (mode & (group === gid ? 0o010 : 0o001)) !== 0;
}

/**
 * Makes the folder in which runs have theirs, of this process's own user and writable for it alone; passable, with the one above it,
 * where runs are another login's. Errors: `bad-config` where that login could not reach it, `disk`.
 */
function makeRuns({ runs, account }: Quarters): void {
  try {
    mkdirSync(join(runs, LOCKS), { recursive: true, mode: 0o700 });
    if (account.own) return;
    for (const path of [dirname(runs), runs]) chmodSync(path, (statSync(path).mode & 0o7755) | 0o111);
  } catch (error) {
    throw failed(runs, error);
  }
  for (let above = dirname(dirname(runs)); ; above = dirname(above)) {
    if (!passable(above, account)) {
      throw new MpaError(
        'bad-config',
        `${account.login} cannot pass through ${above} to where its commands run.`,
        {
          hint: `Let others pass through: chmod o+x ${above}`,
        },
      );
    }
    if (above === dirname(above)) return;
  }
}

/** Does `work` with the account's permissions on files, where mpa is root: what it meets is a program's, links and all. */
function asAccount({ uid, gid, own }: Account, work: () => void): void {
  const { setgroups, getgroups, setegid, seteuid } = process;
  if (own || !setgroups || !getgroups || !setegid || !seteuid) {
    work();
    return;
  }
  const groups = getgroups();
  try {
    setgroups([gid]);
    setegid(gid);
    seteuid(uid);
    work();
  } finally {
    seteuid(0);
    setegid(0);
    setgroups(groups);
  }
}

function removeTree(path: string, account: Account): boolean {
  try {
    asAccount(account, () => {
      for (const name of readdirSync(path))
        rmSync(join(path, name), { recursive: true, force: true, maxRetries: 3 });
    });
    rmdirSync(path);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

async function give(runs: string, name: string, lock: Lock): Promise<void> {
  await lock.release();
  rmSync(join(runs, LOCKS, name), { recursive: true, force: true });
}

/** Removes what runs left behind whose mpa is gone. Never throws: what cannot be removed waits for the next run. */
async function sweep({ runs, account }: Quarters): Promise<void> {
  const names = new Set([...readdirSync(runs), ...readdirSync(join(runs, LOCKS))]);
  for (const name of names) {
    if (!/^[0-9a-f]{16}$/.test(name)) continue;
    const lock = await tryLock(join(runs, LOCKS, name)).catch(() => null);
    if (lock === null) continue;
    if (removeTree(join(runs, name), account)) await give(runs, name, lock);
    else await lock.release();
  }
}

function lay(folder: string, files: readonly PrivateFile[], { uid, gid, own }: Account): void {
  const owned = new Set<string>();
  for (const { path, bytes, executable } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes, { flag: 'wx', mode: 0o600 });
    chmodSync(file, executable ? 0o700 : 0o600);
    for (let each = file; each !== folder; each = dirname(each)) owned.add(each);
  }
  if (own) return;
  // The folder itself last: until then nobody else can get in.
  for (const path of [...owned, folder]) chownSync(path, uid, gid);
}

/**
 * A fresh folder (0700, the account's) that holds `files` (0600, or 0700 where they are executable) and nothing else. What crashed runs
 * left is removed first. Section 8.7. Errors: `bad-config`, `disk`.
 */
export async function makePrivate(quarters: Quarters, files: readonly PrivateFile[]): Promise<PrivateFolder> {
  const { runs, account } = quarters;
  makeRuns(quarters);
  await sweep(quarters);
  const name = randomBytes(8).toString('hex');
  const path = join(runs, name);
  const lock = await tryLock(join(runs, LOCKS, name));
  if (lock === null) throw failed(path, 'its name is taken');
  const remove = async (): Promise<boolean> => {
    const removed = removeTree(path, account);
    if (removed) await give(runs, name, lock);
    else await lock.release();
    return removed;
  };
  try {
    mkdirSync(path, { mode: 0o700 });
    lay(path, files, account);
    return { path, remove };
  } catch (error) {
    await remove();
    throw failed(path, error);
  }
}
