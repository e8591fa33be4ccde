import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { MpaError } from '../core/errors.js';
import type { Digest } from '../core/events.js';
import { joinPath } from '../core/paths.js';

/** A file that a command left behind, as `finish` carries it: `path` absolute and normalised. Section 4. */
export type Output = Digest & { readonly path: string };

/** As many as the pins of a request: a `finish` has to fit its limits. Section 10. */
const MOST = 256;

const PIECE = 1 << 20;

/** The absolute, normalised paths that were named, each once. Errors: `over-limit` for more than 256, `usage` for an empty one. */
export function outputPaths(named: readonly string[], cwd: string): readonly string[] {
  if (named.includes('')) throw new MpaError('usage', '--output takes the path of a file.');
  const paths = [...new Set(named.map((path) => joinPath(cwd, path)))];
  if (paths.length <= MOST) return paths;
  throw new MpaError('over-limit', `At most ${MOST} files can be named with --output.`);
}

async function digestOf(path: string): Promise<Digest | string> {
  // Never waits for the writer of a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return 'it is not there, or cannot be read';
  try {
    if (!(await file.stat()).isFile()) return 'it is no regular file';
    const hash = createHash('sha256');
    const piece = Buffer.alloc(PIECE);
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE, null);
      if (bytesRead === 0) return { sha256: hash.digest('hex'), size };
      hash.update(piece.subarray(0, bytesRead));
      size += bytesRead;
    }
  } catch {
    return 'it cannot be read';
  } finally {
    await file.close();
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
