import { randomBytes } from 'node:crypto';
import { mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MpaError } from '../core/errors.js';
import type { ObjectFormat } from '../core/ports.js';
import { quoted } from '../core/show.js';
import { gitEnvironment, silenceOf, type Environment } from './environment.js';
import { diskError } from './failure.js';
import { failureOf, git, type GitFailure } from './git.js';
import { withoutPassword, type Remote } from './remote.js';

/**
 * Makes sure that a remote on this machine is a repository: a path that does not exist becomes a bare one, of `format`,
 * whose HEAD is the ledger's branch and which refuses forced pushes, deletions and broken objects (section 2.7). A remote elsewhere
 * is left alone. `env`: the environment for reaching remotes. Returns whether it was made.
 * Errors: `remote-not-a-repository` where something else is there, `disk`.
 */
export async function makeRemote(
  remote: Remote,
  branch: string,
  format: ObjectFormat,
  env: Environment,
): Promise<boolean> {
  if (remote.path === null) return false;
  if (await isThere(remote.path)) {
    await localFormat(remote, remote.path, env);
    return false;
  }
  const fresh = `${remote.path}.new-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(fresh, { recursive: true });
    const quiet = gitEnvironment(env, fresh, null);
    const run = (...args: string[]): Promise<string> => git(args, { cwd: fresh, env: quiet });
    await run('init', '--quiet', '--bare', '--template=', `--object-format=${format}`);
    await run('symbolic-ref', 'HEAD', branch);
    await run('config', 'receive.denyNonFastForwards', 'true');
    await run('config', 'receive.denyDeletes', 'true');
    // A commit whose tree names a commit as a file would keep everyone, this host included, from reading the branch.
    await run('config', 'receive.fsckObjects', 'true');
    await rename(fresh, remote.path);
    return true;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw await diskError(error, remote.path);
  }
}

/**
 * The object format of the remote's repository: of one on this machine, what it says; of another, by the length of the names
 * that it shows; null where it shows none. `env`: the environment for reaching remotes; `cwd`: any folder.
 * Errors: `remote-unreachable`, `remote-not-a-repository`.
 */
export async function remoteFormat(
  remote: Remote,
  cwd: string,
  env: Environment,
): Promise<ObjectFormat | null> {
  if (remote.path !== null) return localFormat(remote, remote.path, env);
  try {
    const listed = await git(['ls-remote', '--quiet', '--end-of-options', remote.url], {
      cwd,
      env,
      silence: silenceOf(env),
    });
    const name = /^[0-9a-f]+(?=\t)/.exec(listed)?.[0];
    return name === undefined ? null : name.length === 64 ? 'sha256' : 'sha1';
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    throw await remoteProblem(remote, failure);
  }
}

async function localFormat(remote: Remote, path: string, env: Environment): Promise<ObjectFormat> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw unreachable(remote, `there is nothing at ${path}`, undefined);
  if (!found.isDirectory()) throw notRepository(remote, `${path} is not a folder`, undefined);
  try {
    const { GIT_DIR: _, ...outside } = env;
    // Only this folder: not a repository that happens to lie around it. Found by git itself, so that safe.directory counts.
    const there = { ...outside, GIT_CEILING_DIRECTORIES: dirname(await realpath(path)) };
    const said = await git(['rev-parse', '--show-object-format'], { cwd: path, env: there });
    return said.trim() === 'sha256' ? 'sha256' : 'sha1';
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    throw await notUsable(remote, path, `git says:\n${failure.words.trim()}`, failure);
  }
}

/** Why a remote did not answer, found by looking at it, not by reading what git says. */
export async function remoteProblem(remote: Remote, failure: GitFailure): Promise<MpaError> {
  const words = `git says:\n${failure.words.trim()}`;
  if (remote.path !== null && (await isThere(remote.path)))
    return notUsable(remote, remote.path, words, failure);
  return unreachable(remote, words, failure);
}

function unreachable(remote: Remote, why: string, cause: unknown): MpaError {
  return new MpaError(
    'remote-unreachable',
    `the remote ${withoutPassword(remote.url)} cannot be reached; ${why}`,
    {
      hint: 'check the address, the network and your access, then try again',
      cause,
    },
  );
}

/** A folder that git does not take for a repository: because it is none, or because it is somebody else's. */
async function notUsable(remote: Remote, path: string, why: string, cause: unknown): Promise<MpaError> {
  const { uid } = await stat(path);
  if (uid === process.getuid?.()) return notRepository(remote, why, cause);
  const hint =
    'It belongs to another login, and git works in such a folder only where it is trusted: a push runs its hooks as you. If you ' +
    `trust it:\n  ${quoted(['git', 'config', '--global', '--add', 'safe.directory', path])}`;
  return notRepository(remote, why, cause, hint);
}

function notRepository(
  remote: Remote,
  why: string,
  cause: unknown,
  hint = "give a git repository's address, or a path that does not exist yet",
): MpaError {
  return new MpaError(
    'remote-not-a-repository',
    `the remote ${withoutPassword(remote.url)} is not a repository that git can use; ${why}`,
    { hint, cause },
  );
}

async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null;
}
