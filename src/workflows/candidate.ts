import type { CommandAction } from '../core/action.js';
import type { Decision } from '../core/decide.js';
import { MpaError } from '../core/errors.js';
import { quoted } from '../core/show.js';
import type { View } from '../ledger/ledger.js';
import type { Author } from './author.js';
import { explainMismatch, mismatchHint } from './difference.js';
import { findRequest, shortId } from './find.js';
import { grantsFor, isCommandRecord, judge, type Here, type Judged } from './grant.js';
import { resolveProgram } from './program.js';
import { checkSpent } from './use.js';
import { refusal } from './verify.js';
import type { Workspace } from './workspace.js';

/** What `mpa exec` was told to run: a request, a command, or both. */
export interface Wanted {
  readonly id: string | null;
  readonly argv: readonly string[] | null;
  /** Whether an action is the one that the caller's flags speak of; absent: they speak of none. */
  readonly fits?: (action: CommandAction) => boolean;
}

/** What there is for a command or an id: a live grant, a request that only has to wait, or neither, and then why. */
export type Candidate =
  | { readonly as: 'live'; readonly judged: Judged }
  | { readonly as: 'open'; readonly judged: Judged }
  | { readonly as: 'none'; readonly refused: MpaError };

/** Whose view, at which second. */
export interface Moment {
  readonly view: View;
  readonly who: Author;
  readonly now: number;
}

/** The next step after a refusal, for a person. */
function nextStep(judged: Judged): string {
  const { record, decision } = judged;
  switch (decision.reason) {
    case 'mismatch':
      return mismatchHint(judged);
    case 'halted':
      return '`mpa status` says what lifts the halt.';
    default:
      return `\`mpa show ${shortId(record.id)}\` shows why; with -m REASON it is asked for anew.`;
  }
}

/** Whether nothing but time and other people stand between a request and its run. */
function isOpen({ reason }: Decision): boolean {
  return reason === 'pending' || reason === 'too-early';
}

/** A check that will fail still, once it is approved: told now, and nobody waits for nothing. */
function lasting(judged: Judged): Judged | null {
  const { decision } = judged;
  const failed = decision.checks.find(
    ({ name, ok }) => !ok && (name === 'wrong-runner' || name === 'mismatch'),
  );
  if (failed === undefined) return null;
  return { ...judged, decision: { ...decision, reason: failed.name, detail: failed.detail } };
}

/** Why a request gives no run. A mismatch lists every difference. */
export async function refusedBy(ws: Workspace, judged: Judged): Promise<MpaError> {
  const { decision, obstacle } = judged;
  // Without its program the command differs from what was approved, which is not what the caller needs to hear.
  if (obstacle !== null && (decision.authorised || decision.reason === 'mismatch')) return obstacle;
  const hint = nextStep(judged);
  const { code, message } = refusal(decision);
  const differences = await explainMismatch(ws, judged);
  return new MpaError(code, differences === '' ? message : `${message}\n${differences}`, { hint });
}

/** The refusal of what only has to wait, for whoever does not: names the request in full, for the next try. */
export function unfinished({ record, decision }: Pick<Judged, 'record' | 'decision'>): MpaError {
  const { code, message } = refusal(decision);
  const coworker = code === 'pending' ? `A coworker types: mpa approve ${shortId(record.id)}. ` : '';
  return new MpaError(code, `${message.slice(0, -1)} (request ${record.id}).`, {
    hint: `${coworker}Then, or to wait for it: mpa exec ${record.id}`,
  });
}

async function judgedAs(ws: Workspace, judged: Judged): Promise<Candidate> {
  const { decision, obstacle } = judged;
  if (decision.authorised && obstacle === null) return { as: 'live', judged };
  if (!isOpen(decision)) return { as: 'none', refused: await refusedBy(ws, judged) };
  if (obstacle !== null) return { as: 'none', refused: obstacle };
  const already = lasting(judged);
  return already === null ? { as: 'open', judged } : { as: 'none', refused: await refusedBy(ws, already) };
}

/** The request that a person named. Errors: those of findRequest; `mismatch` where it asks for no command. */
export async function byId(
  ws: Workspace,
  at: Moment,
  id: string,
  wanted: Wanted,
  here: Here,
): Promise<Candidate> {
  const record = findRequest(at.view.state, id);
  if (!isCommandRecord(record))
    throw new MpaError(
      'mismatch',
      `Refused: ${shortId(record.id)} asks for no command, so nothing of it can run.`,
    );
  return judgedAs(ws, await judge(ws, at.view.state, record, wanted.argv, at.who, here, at.now));
}

/** Why this machine's own record refuses a grant that the ledger shows as live; null: it does not. */
async function spentHere(ws: Workspace, { view }: Moment, { record }: Judged): Promise<MpaError | null> {
  try {
    await checkSpent(ws.spent, view, record);
    return null;
  } catch (error) {
    if (error instanceof MpaError && error.code === 'used') return error;
    throw error;
  }
}

/** Whether this is a live grant but for a difference, and none that could run: what people should hear before all else. */
function tells(judged: Judged): boolean {
  return judged.decision.reason === 'mismatch';
}

/**
 * The best of this person's requests for exactly these arguments: a live grant, else one that only has to wait, else the refusal that tells
 * most. Errors: `not-found`, `cannot-execute` where nothing was asked for and there is no such program.
 */
export async function byCommand(
  ws: Workspace,
  at: Moment,
  argv: readonly string[],
  { fits }: Wanted,
  here: Here,
): Promise<Candidate> {
  const all = await grantsFor(ws, at.view.state, argv, at.who, here, at.now);
  const found = all.filter(({ record }) => fits?.(record.event.action) ?? true);
  // A grant that only this machine knows to be spent must not hide another that is live.
  for (const judged of found)
    if (judged.decision.authorised && (await spentHere(ws, at, judged)) === null) return judgedAs(ws, judged);
  for (const judged of found) {
    const candidate = isOpen(judged.decision) ? await judgedAs(ws, judged) : null;
    if (candidate?.as === 'open') return candidate;
  }
  const best = found.find(tells) ?? found[0];
  if (best !== undefined) {
    const refused = best.decision.authorised ? await spentHere(ws, at, best) : null;
    return refused === null ? judgedAs(ws, best) : { as: 'none', refused };
  }
  resolveProgram(argv[0] ?? '', here.cwd, here.path);
  const hint = `Ask for it: mpa exec -m REASON -- ${quoted(argv)}`;
  return {
    as: 'none',
    refused: new MpaError('unknown-request', 'Refused: you have no grant for exactly this command.', {
      hint,
    }),
  };
}
