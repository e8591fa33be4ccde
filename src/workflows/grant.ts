import type { CommandAction } from '../core/action.js';
import { decide, type Decision } from '../core/decide.js';
import { MpaError } from '../core/errors.js';
import { isCommandRequest, type CommandRequest } from '../core/events.js';
import type { CommandToRun } from '../core/mismatch.js';
import type { Refusal } from '../core/reasons.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import { attachmentsTo } from './attachments.js';
import type { Author } from './author.js';
import { judgeAsExecutor } from './executor.js';
import { stdinHere } from './input.js';
import { pinsNow } from './pins.js';
import { checkProgram, resolveProgram } from './program.js';
import { sameRequests } from './same.js';
import type { Machine, Workspace } from './workspace.js';

/** Where and how a command is about to run: what the caller of `mpa exec` brings along. */
export interface Here {
  /** The kernel's name of the working directory, absolute. */
  readonly cwd: string;
  /** The caller's PATH. */
  readonly path: string | undefined;
  /** Standard input is a terminal. */
  readonly terminal: boolean;
  /** What was given for standard input (--stdin): a file's absolute path, or bytes that came through a pipe; null: nothing. */
  readonly stdinFile: string | Uint8Array | null;
  readonly machine: Machine;
}

/** A request for a command, as the ledger holds it. */
export interface CommandRecord extends RequestRecord {
  readonly event: CommandRequest;
}

export function isCommandRecord(record: RequestRecord): record is CommandRecord {
  return isCommandRequest(record.event);
}

/** One request judged for what is about to run here. */
export interface Judged {
  readonly record: CommandRecord;
  readonly toRun: CommandToRun;
  readonly decision: Decision;
  /** Why the program cannot be found or started; null where it can. */
  readonly obstacle: MpaError | null;
}

function program(
  action: CommandAction,
  argv: readonly string[] | null,
  here: Here,
): { readonly program: string | null; readonly obstacle: MpaError | null } {
  try {
    if (argv === null && action.program !== undefined) {
      checkProgram(action.program);
      return { program: action.program, obstacle: null };
    }
    return { program: resolveProgram((argv ?? action.argv)[0] ?? '', here.cwd, here.path), obstacle: null };
  } catch (error) {
    if (!(error instanceof MpaError)) throw error;
    // Where it is gone, an approved program is still the one that was meant: the refusals of section 7 come first.
    return { program: argv === null ? (action.program ?? null) : null, obstacle: error };
  }
}

/** Refusals that pass. Where it is another, no file is read: a member may have a thousand old requests for one command. */
const OPEN: readonly Refusal[] = ['halted', 'pending', 'too-early', 'unendorsed'];

/**
 * What would run here, in the form that section 8.6 compares, and the decision on it. `argv` null: what was approved, whose
 * program is then taken as approved and not looked for.
 */
export async function judge(
  ws: Workspace,
  state: LedgerState,
  record: CommandRecord,
  argv: readonly string[] | null,
  who: Author,
  here: Here,
  now: number,
): Promise<Judged> {
  const { action } = record.event;
  if (action.executor === who.handle) return judgeAsExecutor(ws, state, record, argv, who, here, now);
  const found =
    action.executor === undefined ? program(action, argv, here) : { program: null, obstacle: null };
  const runner = { handle: who.handle, material: who.key.material };
  const place: CommandToRun = {
    kind: 'command',
    argv: argv ?? action.argv,
    host: here.machine.host,
    user: here.machine.user,
    program: found.program,
    cwd: here.cwd,
    stdin: 'none',
    pins: new Map(),
  };
  const judged = (toRun: CommandToRun): Judged => {
    return {
      record,
      toRun,
      decision: decide(state, record.id, runner, toRun, now),
      obstacle: found.obstacle,
    };
  };
  const standing = decide(state, record.id, runner, { kind: 'as-approved', host: null }, now);
  if (standing.reason !== null && !OPEN.includes(standing.reason)) return judged(place);
  const attachments = await attachmentsTo(ws.store, record);
  return judged({
    ...place,
    stdin: await stdinHere(action, attachments, here),
    pins: await pinsNow(action),
    lacking: [...attachments].flatMap(([digest, bytes]) => (bytes === null ? [digest] : [])),
  });
}

/** Which refusal tells the caller most, where several requests have the same arguments. */
const TELLING: readonly Refusal[] = [
  'halted',
  'pending',
  'too-early',
  'mismatch',
  'unendorsed',
  'used',
  'expired',
  'requester-left',
  'no-longer-allowed',
  'denied',
  'revoked',
  'withdrawn',
];

function rank({ decision }: Judged): number {
  if (decision.reason === null) return -1;
  const at = TELLING.indexOf(decision.reason);
  return at === -1 ? TELLING.length : at;
}

/**
 * The requests of mine for exactly these arguments (of those that are over the newest), the best first: authorised ones before all others, the oldest first among
 * them (whose window ends first, as a rule), then whatever tells most, the newest first.
 */
export async function grantsFor(
  ws: Workspace,
  state: LedgerState,
  argv: readonly string[],
  who: Author,
  here: Here,
  now: number,
): Promise<Judged[]> {
  const mine = sameRequests(state, { actor: who.handle, action: { kind: 'command', argv } })
    .filter(isCommandRecord)
    .filter(({ event }) => event.action.executor === undefined);
  const judged: Judged[] = [];
  for (const record of mine) judged.push(await judge(ws, state, record, argv, who, here, now));
  const newer = (a: Judged, b: Judged): number => b.record.position - a.record.position;
  return judged.sort((a, b) => {
    if (a.decision.authorised && b.decision.authorised) return -newer(a, b);
    return rank(a) - rank(b) || newer(a, b);
  });
}
