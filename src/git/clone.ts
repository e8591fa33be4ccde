import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MpaError } from '../core/errors.js';
import { mendClone, type ClonePlace } from '../core/mending.js';
import type { ObjectFormat } from '../core/ports.js';
import { gitEnvironment, type Environment } from './environment.js';
import { diskError, isSystemError } from './failure.js';
import { git } from './git.js';

/** The whole configuration of a private clone. Everything that is not said here is git's default: user and system files are not read. */
function configOf(format: ObjectFormat): string {
  return `[core]
\trepositoryformatversion = ${format === 'sha1' ? 0 : 1}
\tfilemode = true
\tbare = true
\tlogallrefupdates = false
\tsharedrepository = 0600
\tabbrev = ${format === 'sha1' ? 40 : 64}
\tfilesreflocktimeout = 5000
\tpackedrefstimeout = 5000
[gc]
\tauto = 0
${format === 'sha1' ? '' : '[extensions]\n\tobjectformat = sha256\n'}`;
}

/** Makes an empty private clone in a folder that is not there yet. Errors: `foreign-state` where it is, `disk`. */
export async function makeClone(folder: string, format: ObjectFormat, env: Environment): Promise<void> {
  const fresh = `${folder}.new-${randomBytes(6).toString('hex')}`;
  try {
    if (exists(folder)) {
      throw new MpaError('foreign-state', `${folder} exists already`, {
        hint: 'move it away, then try again',
      });
    }
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    await git(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '--', fresh], {
      cwd: fresh,
      env: gitEnvironment(env, null, null),
    });
    await replaceFile(join(fresh, 'config'), configOf(format));
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw await diskError(error, folder);
  }
}

/**
 * Looks at a private clone before it is used, and returns its object format. Whatever could make git show other objects
 * than those of this folder is refused (`untrusted-clone`: a shallow clone, one that lives in another repository's
 * folders) or made to have no effect: the configuration is written anew, a list of alternates is taken away, and replace
 * refs, grafts and commit-graphs are off in every git process (environment.ts, git.ts). Section 2.4.
 * Errors: `not-joined` where there is no such folder, `disk`.
 */
export async function inspectClone(place: ClonePlace): Promise<ObjectFormat> {
  const { folder, rejoin } = place;
  if (!exists(join(folder, 'objects'))) {
    throw new MpaError('not-joined', `there is no clone of the ledger in ${folder}`, {
      hint: `Nothing that was verified or spent is lost with it. Make it anew:\n  ${rejoin}`,
    });
  }
  for (const { path, what } of SUSPECT) {
    if (exists(join(folder, path))) {
      throw new MpaError('untrusted-clone', `${join(folder, path)}: ${what}`, {
        hint: mendClone(place),
      });
    }
  }
  await takeAway(join(folder, 'objects/info/alternates'));
  const path = join(folder, 'config');
  const found = await readFile(path, 'utf8').catch(() => '');
  const format = /^\s*objectformat\s*=\s*sha256\s*$/im.test(found) ? 'sha256' : 'sha1';
  if (found !== configOf(format)) await replaceFile(path, configOf(format));
  return format;
}

const SUSPECT = [
  { path: 'shallow', what: 'this clone is shallow' },
  { path: 'commondir', what: 'this clone takes its configuration and objects from another repository' },
];

/** Writes a file of this clone whole or not at all: other processes read it at any time. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
    await chmod(fresh, 0o600);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw await diskError(error, path);
  }
}

async function takeAway(path: string): Promise<void> {
  try {
    if (exists(path)) await rm(path, { force: true });
  } catch (error) {
    throw await diskError(error, path);
  }
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return false;
    throw error;
  }
}
