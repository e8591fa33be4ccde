import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MpaError } from '../core/errors.js';
import { joinLine } from '../core/mending.js';
import type { ObjectFormat, Progress, Store } from '../core/ports.js';
import { quoted } from '../core/show.js';
import { inspectClone, makeClone } from './clone.js';
import { createContact, remoteEnvironment, type Contact } from './contact.js';
import type { Environment } from './environment.js';
import { fetchBranch, fetchedTip, keepHead, remoteTip } from './fetch.js';
import { readBlob, readCommits, readTree, writeObject } from './objects.js';
import { pushBranch } from './push.js';
import { Reader } from './reader.js';
import { Recent } from './recent.js';
import { emptyRemoteFormat } from './probe.js';
import { cloneFault } from './blame.js';
import { makeRemote, remoteFormat } from './remote-repository.js';
import { parseRemote, withoutPassword } from './remote.js';
import { tidy } from './tidy.js';
import { walk } from './walk.js';

export { parseRemote } from './remote.js';
export { checkGit } from './version.js';

const BRANCH = 'refs/heads/mpa';

/** From a commit back to itself. */
const NO_WALK = { ok: true, oids: [], metStop: true } as const;

export interface StoreOptions {
  /** The private clone's folder: absolute. A store does not outlive its renaming: open it again. */
  readonly folder: string;
  /** As parseRemote takes it. */
  readonly remote: string;
  /** A full ref below refs/heads/. */
  readonly branch?: string;
  /** The caller's environment, as `process.env` has it. */
  readonly env: Environment;
  /** The command line that makes the clone anew, for hints; `mpa join` with the remote alone where absent. */
  readonly rejoin?: string;
  /** Told how far a fetch has come. */
  readonly progress?: Progress;
}

/**
 * Makes the private bare clone, of the remote's object format, in a folder that is not there yet, and opens it. Fetches
 * nothing. `format`: what an empty remote elsewhere is of, which shows no object; default SHA-1.
 * Errors: `foreign-state`, `remote-unreachable`, `remote-not-a-repository`, `transport-refused`, `disk`, `bad-config`, `git-missing`.
 */
export async function createStore(
  options: StoreOptions & { readonly format?: ObjectFormat },
): Promise<Store> {
  const remote = parseRemote(options.remote);
  const format = await withRemote(
    options.env,
    async (env, cwd) =>
      (await remoteFormat(remote, cwd, env)) ?? options.format ?? (await emptyRemoteFormat(remote, cwd, env)),
  );
  await makeClone(options.folder, format ?? 'sha1', options.env);
  return openStore(options);
}

/**
 * Opens a private clone that is there. Errors: `not-joined` where it is not, `untrusted-clone` (see inspectClone),
 * `transport-refused`, `disk`.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const remote = parseRemote(options.remote);
  const branch = checkedBranch(options.branch ?? BRANCH);
  const rejoin = options.rejoin ?? joinLine(withoutPassword(remote.url), null);
  const place = { folder: options.folder, rejoin };
  const format = await inspectClone(place);
  return storeOver(createContact(place, format, remote, branch, options.env, options.progress));
}

/**
 * Makes sure that a remote on this machine is a repository: a path that does not exist becomes a bare one. Returns
 * whether it was made; false for a repository that was there and for every remote elsewhere.
 * Errors: `transport-refused`, `remote-not-a-repository`, `disk`, `bad-config`, `git-missing`.
 */
export async function ensureRemote(
  text: string,
  options: { readonly env: Environment; readonly branch?: string; readonly format?: ObjectFormat },
): Promise<boolean> {
  const remote = parseRemote(text);
  const branch = checkedBranch(options.branch ?? BRANCH);
  return withRemote(options.env, (env) => makeRemote(remote, branch, options.format ?? 'sha1', env));
}

function storeOver(contact: Contact): Store {
  const { format, remote } = contact;
  let made: Reader | undefined;
  const reader = (): Reader => (made ??= new Reader(contact, contact.offline, format));
  const recent = new Recent();
  let grew = false;
  return {
    format,
    remote: withoutPassword(remote.url),
    tip: () => fetchedTip(contact),
    fetch: () => {
      grew = true;
      return fetchBranch(contact, () => cloneFault(contact, reader()));
    },
    peek: () => remoteTip(contact),
    walk: (tip, stop) => (tip === stop ? Promise.resolve(NO_WALK) : walk(reader(), tip, stop, recent)),
    commits: (oids, chain) => readCommits(reader(), oids, chain, recent),
    tree: (oid, limit) => readTree(reader(), oid, limit),
    blob: (oid, limit) => readBlob(reader(), oid, limit),
    writeBlob: (bytes) => writeObject(contact, 'blob', bytes),
    writeTree: (bytes) => writeObject(contact, 'tree', bytes),
    writeCommit: (bytes) => {
      grew = true;
      return writeObject(contact, 'commit', bytes);
    },
    push: async (from, to) => {
      if (from !== null) await mustDescend(reader(), from, to);
      return pushBranch(contact, from, to);
    },
    repush: (oid) => repushLine(contact, oid),
    keep: (oid) => keepHead(contact, oid),
    tidy: async (say) => grew && tidy(contact, say),
  };
}

/** Plain git, by its owner's own hand: it moves the branch forward or makes it again, and never back. */
function repushLine({ folder, remote, branch }: Contact, oid: string): string {
  return quoted(['git', '--git-dir', folder, 'push', withoutPassword(remote.url), `${oid}:${branch}`]);
}

/** A lease alone would let a push throw commits away, where it says the right old tip. */
async function mustDescend(reader: Reader, from: string, to: string): Promise<void> {
  const path = await walk(reader, to, from);
  if (path.ok && path.metStop) return;
  throw new MpaError('bug', `${to} does not descend from ${from}; it was not pushed`);
}

/** Runs `use` with the environment for reaching remotes, where there is no clone yet to keep its configuration file in. */
async function withRemote<T>(
  caller: Environment,
  use: (env: Environment, cwd: string) => Promise<T>,
): Promise<T> {
  const place = await mkdtemp(join(tmpdir(), 'mpa-'));
  try {
    return await use(await remoteEnvironment(caller, null, place), place);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** A branch is given by its full name, of plain characters: it stands in refspecs and in what git prints. */
function checkedBranch(branch: string): string {
  if (/^refs\/heads(\/(?!\.)[A-Za-z0-9_.-]+(?<!\.|\.lock))+$/.test(branch) && !branch.includes('..'))
    return branch;
  throw new MpaError('usage', `${JSON.stringify(branch)} is no full name of a branch`, {
    hint: 'refs/heads/mpa',
  });
}
