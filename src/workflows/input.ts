import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import type { CommandAction, Content } from '../core/action.js';
import { MpaError } from '../core/errors.js';
import type { Digest } from '../core/events.js';
import type { CommandToRun } from '../core/mismatch.js';
import { exact } from '../core/show.js';
import { shortId } from './find.js';
import type { CommandRecord, Here, Judged } from './grant.js';
import type { Input } from './launch.js';
import { UNREAD, digestNow } from './pins.js';
import { privateCopy } from './private-copy.js';
import { FileTrouble, readOnce } from './regular.js';
import type { Workspace } from './workspace.js';
import { attachmentsTo } from './attachments.js';

function digestOf(bytes: Uint8Array): Digest {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
}

/** The bytes that a request attaches for its standard input; null where the ledger lacks them. */
async function attached(
  ws: Workspace,
  record: CommandRecord,
  { sha256 }: Content,
): Promise<Uint8Array | null> {
  return (await attachmentsTo(ws.store, record)).get(sha256) ?? null;
}

/**
 * What would be given as standard input here, as section 8.6 compares it: what the caller brings along (`Here.stdinFile`), else the
 * attached bytes, else nothing; the terminal where it was approved and is one.
 */
export async function stdinHere(
  action: CommandAction,
  attachments: ReadonlyMap<string, Uint8Array | null>,
  { stdinFile, terminal }: Here,
): Promise<CommandToRun['stdin']> {
  const { stdin } = action;
  if (stdinFile !== null) {
    if (typeof stdinFile !== 'string') return digestOf(stdinFile);
    const size = typeof stdin === 'object' ? stdin.size : -1;
    // What cannot be read is not the same as nothing.
    return (await digestNow(stdinFile, size)) ?? { sha256: UNREAD, size: 0 };
  }
  if (stdin === 'terminal') return terminal ? 'terminal' : 'none';
  if (stdin === undefined || !stdin.attached) return 'none';
  const bytes = attachments.get(stdin.sha256) ?? null;
  return bytes === null ? 'none' : digestOf(bytes);
}

/** The next step where the file for standard input has to be given again. */
export function giveAgain({ id }: CommandRecord): string {
  return `Give it again, as it was approved: mpa exec ${shortId(id)} --stdin FILE`;
}

function differs(record: CommandRecord, why: string): MpaError {
  return new MpaError('mismatch', `Refused: ${why}.`, {
    hint: giveAgain(record),
  });
}

/** A copy of the file that is given again, if it is still the one that was approved. */
async function copied(record: CommandRecord, path: string, approved: Content): Promise<number> {
  let found: Digest | null = null;
  const copy = await privateCopy(async (write) => {
    try {
      found = await readOnce(path, (size) => size === approved.size, write);
    } catch (error) {
      if (!(error instanceof FileTrouble)) throw error;
      throw differs(record, `${exact(path)}, given for standard input, is not the file that was approved`);
    }
  });
  if (isSame(found, approved)) return copy;
  closeSync(copy);
  throw differs(record, `${exact(path)}, given for standard input, is not the file that was approved`);
}

function isSame(found: Digest | null, approved: Content): boolean {
  return found?.sha256 === approved.sha256 && found.size === approved.size;
}

/**
 * The standard input that was approved, ready to be given: attached bytes from the ledger, else the file that is given again, in a
 * private copy that was compared while it was made (section 8.6). Called before a use is spent. `descriptor` is the caller's to close.
 * Errors: `mismatch` where it is not what was approved, or is not there; `disk`.
 */
export async function openInput(ws: Workspace, { record }: Judged, here: Here): Promise<Input> {
  const { stdin } = record.event.action;
  if (stdin === undefined) return { kind: 'nothing' };
  if (stdin === 'terminal') return { kind: 'terminal' };
  const { stdinFile } = here;
  if (typeof stdinFile === 'string')
    return { kind: 'bytes', descriptor: await copied(record, stdinFile, stdin) };
  const bytes = stdinFile ?? (stdin.attached ? await attached(ws, record, stdin) : null);
  if (bytes === null) {
    throw stdin.attached
      ? differs(record, 'the ledger lacks the bytes that were approved as standard input')
      : differs(record, 'the file that was approved as standard input was not attached, and none is given');
  }
  if (!isSame(digestOf(bytes), stdin))
    throw differs(record, 'what is given for standard input is not what was approved');
  return { kind: 'bytes', descriptor: await privateCopy((write) => write(bytes)) };
}
