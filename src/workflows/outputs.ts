import { MpaError } from '../core/errors.js';
import type { Digest } from '../core/events.js';
import { joinPath } from '../core/paths.js';
import { FileTrouble, readOnce, type Trouble } from './regular.js';

/** A file that a command left behind, as `finish` carries it: `path` absolute and normalised. Section 4. */
export type Output = Digest & { readonly path: string };

/** As many as the pins of a request: a `finish` has to fit its limits. Section 10. */
const MOST = 256;

/** Bytes. A file with a hole of an exabyte would be read for years. */
const LARGEST = 256 * 2 ** 30;

/** The absolute, normalised paths that were named, each once. Errors: `over-limit` for more than 256, `usage` for an empty one. */
export function outputPaths(named: readonly string[], cwd: string): readonly string[] {
  if (named.includes('')) throw new MpaError('usage', '--output takes the path of a file.');
  const paths = [...new Set(named.map((path) => joinPath(cwd, path)))];
  if (paths.length <= MOST) return paths;
  throw new MpaError('over-limit', `At most ${MOST} files can be named with --output.`);
}

const WORDS: Readonly<Record<Trouble, string>> = {
  absent: 'it is not there',
  folder: 'it is a folder',
  'no-file': 'it is no regular file',
  unreadable: 'it cannot be read',
  vanished: 'it is gone, or cannot be opened',
  unwanted: `it is larger than ${LARGEST / 2 ** 30} GiB`,
  changed: 'it is still being written',
  broken: 'it cannot be read',
};

async function digestOf(path: string): Promise<Digest | string> {
  try {
    return await readOnce(path, (size) => size <= LARGEST);
  } catch (error) {
    if (error instanceof FileTrouble) return WORDS[error.trouble];
    throw error;
  }
}

/** The digest of each file as it is now. What is missing or no regular file is told and left out: the command has run. */
export async function outputsNow(
  paths: readonly string[],
  tell: (line: string) => void,
): Promise<readonly Output[]> {
  const outputs: Output[] = [];
  for (const path of paths) {
    const found = await digestOf(path);
    if (typeof found === 'string') tell(`--output ${path}: ${found}, so it is left out.`);
    else outputs.push({ ...found, path });
  }
  return outputs;
}
