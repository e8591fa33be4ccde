import { tmpdir } from 'node:os';
import { MpaError } from '../core/errors.js';
import { gitEnvironment, type Environment } from './environment.js';
import { git } from './git.js';

const OLDEST = [2, 30] as const;

/**
 * Makes sure that git can be run and is 2.30 or newer (object formats, --no-write-fetch-head, --end-of-options).
 * Errors: `git-missing`, `git-too-old`.
 */
export async function checkGit(env: Environment): Promise<void> {
  const said = await git(['version'], { cwd: tmpdir(), env: gitEnvironment(env, null, null) });
  const match = /^git version (\d+)\.(\d+)/.exec(said);
  const [major, minor] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new MpaError('git-too-old', `git 2.30 or newer is needed; this one says "${said.trim()}"`, {
    hint: 'update git',
  });
}
