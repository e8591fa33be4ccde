import { join } from 'node:path';
import { MpaError } from '../core/errors.js';
import { mendClone, type ClonePlace } from '../core/mending.js';
import type { ObjectFormat, Progress } from '../core/ports.js';
import { replaceFile } from './clone.js';
import { diskProblem } from './failure.js';
import { gitEnvironment, silenceOf, type Environment } from './environment.js';
import { failureOf, git } from './git.js';
import type { Remote } from './remote.js';
import { configText, userSettings } from './user-config.js';

/** One private clone, its remote and branch, and the two ways in which git is run for them. */
export interface Contact {
  readonly folder: string;
  /** The command line that makes the clone anew, for hints. */
  readonly rejoin: string;
  readonly format: ObjectFormat;
  readonly remote: Remote;
  /** A full ref: `refs/heads/mpa`. */
  readonly branch: string;
  /** The environment in which `here` runs git. */
  readonly offline: Environment;
  /** Runs git on the clone alone; no configuration but the clone's own is read. */
  here(args: readonly string[], input?: Uint8Array): Promise<string>;
  /** Runs git to reach the remote, with the user's credentials, proxies and trusted folders. */
  there(args: readonly string[]): Promise<string>;
}

export function createContact(
  { folder, rejoin }: ClonePlace,
  format: ObjectFormat,
  remote: Remote,
  branch: string,
  env: Environment,
  progress?: Progress,
): Contact {
  let made: Environment | undefined;
  const offline = (): Environment => (made ??= gitEnvironment(env, folder, null));
  let online: Promise<Environment> | undefined;
  return {
    folder,
    rejoin,
    format,
    remote,
    branch,
    get offline() {
      return offline();
    },
    here: (args, input) =>
      git(args, { cwd: folder, env: offline(), ...(input === undefined ? {} : { input }) }),
    there: async (args) => {
      online ??= remoteEnvironment(env, folder, folder);
      return git(args, { cwd: folder, env: await online, silence: silenceOf(env), progress });
    },
  };
}

/**
 * The environment for reaching remotes: what is wanted of the user's configuration is copied into `user.config` in `place`,
 * which stands in for all of it. `folder`: the clone; null: none. Errors: `bad-config`, `disk`.
 */
export async function remoteEnvironment(
  caller: Environment,
  folder: string | null,
  place: string,
): Promise<Environment> {
  const path = join(place, 'user.config');
  await replaceFile(path, configText(await userSettings(caller)));
  return gitEnvironment(caller, folder, path);
}

/** `contact.here`, whose failure is this machine's: errors as cloneProblem. */
export async function onClone(
  contact: Contact,
  args: readonly string[],
  input?: Uint8Array,
): Promise<string> {
  try {
    return await contact.here(args, input);
  } catch (error) {
    throw await cloneProblem(contact, error);
  }
}

/** What a git command that failed on the clone alone means: `disk`, or else `untrusted-clone`. Other errors come back as they are. */
export async function cloneProblem(contact: Contact, error: unknown): Promise<unknown> {
  const failure = failureOf(error);
  if (failure === null) return error;
  const disk = await diskProblem(contact.folder, failure);
  if (disk !== null) return disk;
  return new MpaError(
    'untrusted-clone',
    `git cannot work on the clone in ${contact.folder}; it says:\n${failure.words.trim()}`,
    { hint: mendClone(contact), cause: failure },
  );
}
