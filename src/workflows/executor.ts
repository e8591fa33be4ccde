import { createHash } from 'node:crypto';
import { decide } from '../core/decide.js';
import { MpaError } from '../core/errors.js';
import type { Digest } from '../core/events.js';
import type { CommandToRun } from '../core/mismatch.js';
import { joinPath } from '../core/paths.js';
import { exact } from '../core/show.js';
import type { LedgerState } from '../core/state.js';
import { attachmentsTo } from './attachments.js';
import type { Author } from './author.js';
import { shortId } from './find.js';
import type { CommandRecord, Here, Judged } from './grant.js';
import { openInput } from './input.js';
import type { Place } from './place-to-run.js';
import { makePrivate, type PrivateFile } from './private-folder.js';
import { resolveProgram } from './program.js';
import type { Workspace } from './workspace.js';

type Attachments = ReadonlyMap<string, Uint8Array | null>;

/** `#!`: what a kernel starts by the program that it names. */
const SCRIPT = [0x23, 0x21];

function digestOf(bytes: Uint8Array | null | undefined): Digest | null {
  if (bytes === null || bytes === undefined) return null;
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
}

function stdinOf(
  { event }: CommandRecord,
  attachments: Attachments,
  { terminal }: Here,
): CommandToRun['stdin'] {
  const { stdin } = event.action;
  if (stdin === 'terminal') return terminal ? 'terminal' : 'none';
  return stdin === undefined ? 'none' : (digestOf(attachments.get(stdin.sha256)) ?? 'none');
}

/**
 * As `judge`, for the executor that the request names: what would run is what the ledger holds, bytes included, and nothing of whoever calls
 * it but the arguments, where they were typed, and whether there is a terminal. Section 8.7.
 */
export async function judgeAsExecutor(
  ws: Workspace,
  state: LedgerState,
  record: CommandRecord,
  argv: readonly string[] | null,
  who: Author,
  here: Here,
  now: number,
): Promise<Judged> {
  const { action } = record.event;
  const attachments = await attachmentsTo(ws.store, record);
  const { account, runs } = await ws.quarters();
  const toRun: CommandToRun = {
    kind: 'command',
    argv: argv ?? action.argv,
    host: here.machine.host,
    user: account.login,
    program: null,
    cwd: runs,
    stdin: stdinOf(record, attachments, here),
    pins: new Map((action.pins ?? []).map(({ path, sha256 }) => [path, digestOf(attachments.get(sha256))])),
  };
  const runner = { handle: who.handle, material: who.key.material };
  return { record, toRun, decision: decide(state, record.id, runner, toRun, now), obstacle: null };
}

function filesOf({ id, event }: CommandRecord, attachments: Attachments): PrivateFile[] {
  const { argv, pins } = event.action;
  const program = joinPath('', argv[0] ?? '');
  return (pins ?? []).map(({ path, sha256 }) => {
    const bytes = attachments.get(sha256) ?? null;
    if (bytes === null) {
      throw new MpaError(
        'mismatch',
        `Refused: the ledger lacks the bytes of ${exact(path)} that were approved.`,
        {
          hint: `\`mpa show ${shortId(id)}\` shows all of it.`,
        },
      );
    }
    const isScript = SCRIPT.every((byte, i) => bytes[i] === byte);
    return { path, bytes, executable: isScript || path === program };
  });
}

/**
 * Where an executor runs what was approved: a private folder that holds the attached pins, the program that `argv[0]` stands for there or
 * along the fixed PATH, and the input that the ledger holds. Section 8.7. Errors, before a use is spent: `mismatch` where the ledger lacks
 * approved bytes, `not-found`, `cannot-execute`, `bad-config`, `disk`.
 */
export async function placeOnExecutor(ws: Workspace, judged: Judged, here: Here): Promise<Place> {
  const { record } = judged;
  const quarters = await ws.quarters();
  const { account } = quarters;
  const files = filesOf(record, await attachmentsTo(ws.store, record));
  const folder = await makePrivate(quarters, files);
  try {
    const program = resolveProgram(record.event.action.argv[0] ?? '', folder.path, account.path);
    const input = await openInput(ws, judged, { ...here, stdinFile: null });
    const leave = async (): Promise<void> => {
      if (!(await folder.remove()))
        ws.notice(`Not all of the run's folder could be removed: ${folder.path}. The next run tries again.`);
    };
    return { program, cwd: folder.path, input, account, leave };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}
