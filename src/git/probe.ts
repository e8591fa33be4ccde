import { join } from 'node:path';
import type { ObjectFormat } from '../core/ports.js';
import { silenceOf, type Environment } from './environment.js';
import { failureOf, git } from './git.js';
import type { Remote } from './remote.js';

/**
 * The object format of an empty repository that is not on this machine: it shows no names to tell by, so a push of the empty tree is
 * rehearsed (`--dry-run`: nothing is sent) out of an empty repository of each format. null where neither passes: then there may be
 * no permission to push. `place`: an empty folder of ours; `env`: the environment for reaching remotes.
 */
export async function emptyRemoteFormat(
  remote: Remote,
  place: string,
  env: Environment,
): Promise<ObjectFormat | null> {
  for (const format of ['sha1', 'sha256'] as const) {
    const cwd = join(place, format);
    await git(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '--', cwd], {
      cwd: place,
      env,
    });
    const tree = await git(['hash-object', '-t', 'tree', '-w', '--stdin'], {
      cwd,
      env,
      input: Buffer.alloc(0),
    });
    const what = ['--end-of-options', remote.url, `${tree.trim()}:refs/mpa/probe`];
    try {
      await git(['push', '--dry-run', '--porcelain', '--no-verify', ...what], {
        cwd,
        env,
        silence: silenceOf(env),
      });
      return format;
    } catch (error) {
      if (failureOf(error) === null) throw error;
    }
  }
  return null;
}
