import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MpaError } from '../core/errors.js';
import { MEND_REMOTE } from '../core/mending.js';
import { cloneProblem, onClone, type Contact } from './contact.js';
import { diskProblem } from './failure.js';
import { failureOf, type GitFailure } from './git.js';
import { remoteProblem } from './remote-repository.js';
import { withoutPassword } from './remote.js';

/** Where the newest fetched tip is kept, and where one fetch puts what it got. */
export const TIP = 'refs/mpa/tip';
/** Keeps the verified head from git's housekeeping. */
export const HEAD = 'refs/mpa/head';
const INCOMING = 'refs/mpa/in/';

/** The tip as fetched last; null: nothing was fetched yet. */
export async function fetchedTip(contact: Contact): Promise<string | null> {
  return looseRef(contact, TIP) ?? (await resolveRef(contact, TIP));
}

/**
 * Fetches the branch and returns its tip; null where the remote has no such branch. The fetch goes into a new ref, so
 * that a branch that was set back or rewritten is taken as it is (the ledger judges it) and processes that fetch at the same
 * time do not meet. `cloneFault`: what is wrong with the clone itself, asked where the remote is there and nothing could be fetched.
 * Errors: `remote-unreachable`, `remote-not-a-repository`, `damaged` (the remote is there and cannot hand over its own branch),
 * `untrusted-clone`, `disk`.
 */
export async function fetchBranch(
  contact: Contact,
  cloneFault: () => Promise<MpaError | null>,
): Promise<string | null> {
  const incoming = INCOMING + randomBytes(8).toString('hex');
  for (let attempt = 1; ; attempt += 1) {
    const failure = await fetchInto(contact, incoming);
    const tip = failure === null ? await settle(contact, incoming) : null;
    if (tip !== null) return tip;
    const disk = failure === null ? null : await diskProblem(contact.folder, failure);
    if (disk !== null) throw disk;
    // A clone that git cannot work on is told first: git blames the remote.
    await resolveRef(contact, TIP);
    if ((await remoteTip(contact)) === null) return null;
    // The remote is there, and so is the branch: once more, in case the connection broke or the branch was just made.
    if (attempt === 2) throw (await cloneFault()) ?? damaged(contact, failure);
  }
}

async function fetchInto(contact: Contact, incoming: string): Promise<GitFailure | null> {
  // With progress shown, a long transfer is told from a remote that has died.
  const flags = [
    '--progress',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-maintenance',
  ];
  const what = ['--end-of-options', contact.remote.url, `${contact.branch}:${incoming}`];
  try {
    await contact.there(['fetch', ...flags, ...what]);
    return null;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return failure;
  }
}

/**
 * The branch's tip as the remote says it now; null where it has no such branch. git's exit status 2 means "no match".
 * Errors: `remote-unreachable`, `remote-not-a-repository`.
 */
export async function remoteTip(contact: Contact): Promise<string | null> {
  try {
    const args = [
      'ls-remote',
      '--exit-code',
      '--quiet',
      '--end-of-options',
      contact.remote.url,
      contact.branch,
    ];
    const listed = await contact.there(args);
    // The name is a pattern to git: refs/x/refs/heads/mpa would match too.
    const line = listed.split('\n').find((each) => each.endsWith(`\t${contact.branch}`));
    return line?.split('\t')[0] ?? null;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    if (failure.status === 2) return null;
    throw await remoteProblem(contact.remote, failure);
  }
}

/** Our own push has moved the branch: what is here has the new tip too. A failure costs a fetch, no more. */
export async function setTip(contact: Contact, tip: string): Promise<void> {
  try {
    await contact.here(MOVE, moves(`update ${TIP} ${tip}`));
  } catch (error) {
    if (failureOf(error) === null) throw error;
  }
}

async function settle(contact: Contact, incoming: string): Promise<string | null> {
  const tip = await resolveRef(contact, incoming);
  if (tip === null) return null;
  await onClone(contact, MOVE, moves(`update ${TIP} ${tip}`, `delete ${incoming}`));
  return tip;
}

/** Keeps a verified head from git's housekeeping. Errors: `untrusted-clone`, `disk`. */
export async function keepHead(contact: Contact, oid: string): Promise<void> {
  await onClone(contact, MOVE, moves(`update ${HEAD} ${oid}`));
}

const MOVE = ['update-ref', '--stdin'];

/**
 * What git reads to move references, all or none. In a transaction it says that it has: simple-git waits for a twentieth of a second after
 * whatever says nothing.
 */
function moves(...lines: readonly string[]): Uint8Array {
  return Buffer.from(['start', ...lines, 'commit', ''].join('\n'));
}

/** A reference that has a file of its own, as nearly always: starting git for it takes longer than all else that a look needs. null: ask git. */
function looseRef({ folder, format }: Contact, ref: string): string | null {
  const name = format === 'sha1' ? /^[0-9a-f]{40}\n$/ : /^[0-9a-f]{64}\n$/;
  try {
    const text = readFileSync(join(folder, ref), 'latin1');
    return name.test(text) ? text.slice(0, -1) : null;
  } catch {
    return null;
  }
}

/** The commit at a ref of the clone; null: there is no such ref. Errors: `untrusted-clone`, `disk`. */
export async function resolveRef(contact: Contact, ref: string): Promise<string | null> {
  try {
    return (await contact.here(['rev-parse', '--verify', '--quiet', ref])).trim();
  } catch (error) {
    if (failureOf(error)?.status === 1) return null;
    throw await cloneProblem(contact, error);
  }
}

/** `failure`: null where git fetched nothing and found nothing wrong, as it does where the other side has cut the past off. */
function damaged({ remote, branch }: Contact, failure: GitFailure | null): MpaError {
  const where = `the remote ${withoutPassword(remote.url)} shows ${branch}`;
  if (failure === null) {
    return new MpaError(
      'damaged',
      `${where}, but it is a shallow copy: the beginning of the branch is not there`,
      {
        hint: 'A repository admin completes it (`git fetch --unshallow` from a full copy), or puts a full copy in its place.',
      },
    );
  }
  const message = `${where}, but cannot hand it over whole; git says:\n${failure.words.trim()}`;
  return new MpaError('damaged', message, { hint: MEND_REMOTE, cause: failure });
}
