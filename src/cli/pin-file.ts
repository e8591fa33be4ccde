import { MpaError } from '../core/errors.js';
import type { Digest } from '../core/events.js';
import { LIMITS } from '../core/schema.js';
import { exact } from '../core/show.js';
import { openRegular, readOnce, type FileTrouble, type Trouble } from '../workflows/regular.js';
import { words } from './files.js';

/** The largest file that is pinned, in bytes: what takes longer to read would be read at each run. CLI.md, `mpa request`. */
export const LARGEST = 64 << 20;

/** A file that was read once: its digest, and its bytes where they could travel with the request. */
export interface ReadFile extends Digest {
  readonly bytes: Uint8Array | null;
}

/** Reads a regular file of at most `limit` bytes, once: digest and bytes are of the same reading. Error: FileTrouble. */
export async function readFileOnce(path: string, limit: number): Promise<ReadFile> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const digest = await readOnce(
    path,
    (found) => found <= limit,
    (piece) => {
      size += piece.length;
      if (size <= LIMITS.attachment) pieces.push(piece);
      return Promise.resolve();
    },
  );
  return { ...digest, bytes: size > LIMITS.attachment ? null : Buffer.concat(pieces) };
}

/** Whether a regular file is a script. What cannot be read is none. */
export async function isScript(path: string): Promise<boolean> {
  const opened = await openRegular(path).catch(() => null);
  if (opened === null) return false;
  try {
    const { buffer, bytesRead } = await opened.file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString('latin1') === '#!';
  } catch {
    return false;
  } finally {
    await opened.file.close();
  }
}

const BECAUSE: Readonly<Record<Trouble, string>> = {
  absent: 'there is no such file',
  folder: 'it is a folder',
  'no-file': 'it is no regular file (but a device, a pipe or a socket)',
  unreadable: 'you may not read it',
  vanished: 'it vanished while it was being read',
  unwanted: `it is larger than ${LARGEST >> 20} MiB`,
  changed: 'it changed while it was being read',
  broken: 'it cannot be read',
};

function because({ trouble, cause }: Pick<FileTrouble, 'trouble' | 'cause'>): string {
  return trouble === 'broken' ? `it cannot be read: ${words(cause)}` : BECAUSE[trouble];
}

/** A file that somebody named with `flag` and that cannot be taken. */
export function cannotTake(flag: string, typed: string, trouble: FileTrouble, hint?: string): MpaError {
  return new MpaError('usage', `${flag} ${exact(typed)}: ${because(trouble)}.`, {
    cause: trouble,
    ...(hint === undefined ? {} : { hint }),
  });
}
