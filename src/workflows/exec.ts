import { quoted } from '../core/show.js';
import { MpaError } from '../core/errors.js';
import type { Exit } from '../core/events.js';
import type { LedgerState } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import { author, type Author } from './author.js';
import { explainMismatch, mismatchHint } from './difference.js';
import { findRequest, shortId } from './find.js';
import { grantsFor, isCommandRecord, judge, type Here, type Judged } from './grant.js';
import type { Launcher } from './launch.js';
import { resolveProgram } from './program.js';
import { runGrant } from './run-grant.js';
import { settled } from './tidy.js';
import { checkSpent } from './use.js';
import { refusal } from './verify.js';
import type { Workspace } from './workspace.js';

/** What `mpa exec` was told to run: a request, a command, or both. */
export interface Wanted {
  readonly id: string | null;
  readonly argv: readonly string[] | null;
}

/** The next step after a refusal, for a person. */
function nextStep(judged: Judged): string {
  const { record, decision } = judged;
  switch (decision.reason) {
    case 'pending':
      return `Ask a coworker: mpa approve ${shortId(record.id)}`;
    case 'too-early':
      return 'Wait, then run it again.';
    case 'mismatch':
      return mismatchHint(judged);
    case 'halted':
      return '`mpa resume` proposes to lift the halt.';
    default:
      return `\`mpa show ${shortId(record.id)}\` shows why; \`mpa request\` asks anew.`;
  }
}

async function authorised(ws: Workspace, judged: Judged): Promise<Judged> {
  if (judged.decision.authorised && judged.obstacle === null) return judged;
  const { decision, obstacle } = judged;
  // Without its program the command differs from what was approved, which is not what the caller needs to hear.
  if (obstacle !== null && (decision.authorised || decision.reason === 'mismatch')) throw obstacle;
  const refused = refusal(decision, nextStep(judged));
  const differences = await explainMismatch(ws, judged);
  if (differences === '') throw refused;
  throw new MpaError(refused.code, `${refused.message}\n${differences}`, { hint: nextStep(judged) });
}

async function byId(
  ws: Workspace,
  state: LedgerState,
  wanted: Wanted,
  id: string,
  who: Author,
  here: Here,
  now: number,
): Promise<Judged> {
  const record = findRequest(state, id);
  if (isCommandRecord(record))
    return authorised(ws, await judge(ws, state, record, wanted.argv, who, here, now));
  throw new MpaError(
    'mismatch',
    `Refused: ${shortId(record.id)} asks for no command, so nothing of it can run.`,
  );
}

async function byCommand(
  ws: Workspace,
  view: View,
  argv: readonly string[],
  who: Author,
  here: Here,
  now: number,
): Promise<Judged> {
  const found = await grantsFor(ws, view.state, argv, who, here, now);
  const [best] = found;
  if (best === undefined) {
    resolveProgram(argv[0] ?? '', here.cwd, here.path);
    throw new MpaError('unknown-request', 'Refused: you have no grant for exactly this command.', {
      hint: `Ask for it: mpa request -m REASON -- ${quoted(argv)}`,
    });
  }
  // A grant that only this machine knows to be spent must not hide another that is live.
  for (const judged of found.filter(({ decision }) => decision.authorised)) {
    const free = await checkSpent(ws.spent, view, judged.record).then(
      () => true,
      () => false,
    );
    if (free) return authorised(ws, judged);
  }
  return authorised(ws, best);
}

/**
 * Runs what was approved, once: finds the grant, decides, claims and records the use, and only then starts the process (section
 * 8.4). The result is how it ended. Errors, all before anything ran: the refusals of section 7, `not-found` and `cannot-execute`
 * before a use is spent, `unsupported`, those of findRequest and of Ledger.append.
 */
export async function exec(ws: Workspace, wanted: Wanted, here: Here, launcher: Launcher): Promise<Exit> {
  const view = await settled(ws, await ws.ledger.refresh());
  const now = ws.clock.now();
  const who = author(ws, view, now);
  const { id, argv } = wanted;
  if (id === null && argv === null) throw new MpaError('usage', 'A command or the id of a grant is needed.');
  const judged =
    id === null
      ? await byCommand(ws, view, argv ?? [], who, here, now)
      : await byId(ws, view.state, wanted, id, who, here, now);
  await checkSpent(ws.spent, view, judged.record);
  return runGrant(ws, view, who, judged, here, launcher);
}
