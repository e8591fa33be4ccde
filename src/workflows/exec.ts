import { isEndorsed } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import type { Exit } from '../core/events.js';
import type { View } from '../ledger/ledger.js';
import { author } from './author.js';
import {
  byCommand,
  byId,
  refusedBy,
  unfinished,
  type Candidate,
  type Moment,
  type Wanted,
} from './candidate.js';
import { isCommandRecord, judge, type Here, type Judged } from './grant.js';
import { shortId } from './find.js';
import { haltedNow } from './halted.js';
import type { Launcher } from './launch.js';
import { recordOf, request, type Ask, type Written } from './request.js';
import { runGrant, type Recording } from './run-grant.js';
import { settled } from './tidy.js';
import { checkSpent } from './use.js';
import { refusal } from './verify.js';
import type { Waited } from './wait.js';
import type { Workspace } from './workspace.js';

export type { Wanted } from './candidate.js';

/** What `exec` does where it cannot run at once, and what of the run is recorded. */
export interface Ways {
  /**
   * What to ask for, where there is no grant for exactly this. `refused`: why there is none; whoever does not want to ask throws it on.
   * Called once at most. Errors: `refused`; `answer-needed`, `cancelled` and others of asking.
   */
  ask(refused: MpaError): Promise<Ask>;
  /** A request was written just now (`asked`), or stood there already (`joined`), and is going to be waited for. */
  waits(written: Written, how: 'asked' | 'joined'): void | Promise<void>;
  /** Waits for the decision; null: nobody wants to wait. Never comes back undecided: throws `cancelled`. */
  readonly wait: ((id: string) => Promise<Waited>) | null;
  readonly recording?: Recording;
}

/** Asks for nothing and waits for nothing. */
const NO_WAYS: Ways = { ask: (refused) => Promise.reject(refused), waits: () => undefined, wait: null };

async function find(ws: Workspace, at: Moment, wanted: Wanted, here: Here): Promise<Candidate> {
  const { id, argv } = wanted;
  if (id !== null) return byId(ws, at, id, wanted, here);
  if (argv === null) throw new MpaError('usage', 'A command or the id of a grant is needed.');
  return byCommand(ws, at, argv, wanted, here);
}

/** Before anything is asked or typed: what would be in vain now. Errors: `unendorsed`, `halted`. */
function refuseInVain({ view, who, now }: Moment): void {
  if (!isEndorsed(view.state))
    throw new MpaError('unendorsed', 'Refused: the first policy still lacks its second signature.');
  const halted = haltedNow(view, who.handle, now);
  if (halted !== null) throw halted;
}

/** A request that is waited for: its id, where it stands written, and how it is judged by a newer view. */
interface Wait {
  readonly written: Written;
  readonly how: 'asked' | 'joined';
  /** What is about to run; null: what was approved. */
  readonly argv: readonly string[] | null;
}

async function waitOf(
  ws: Workspace,
  { view }: Moment,
  found: Exclude<Candidate, { as: 'live' }>,
  { argv }: Wanted,
  ways: Ways,
): Promise<Wait> {
  if (found.as === 'open') return { written: { view, record: found.judged.record }, how: 'joined', argv };
  const written = await request(ws, await ways.ask(found.refused), view);
  // What was asked for by this very call is what was typed: its program is not looked for again.
  return { written, how: 'asked', argv: null };
}

/** Waits, and judges by what is here then. Errors: the refusal that it ended with. */
async function granted(
  ws: Workspace,
  { written, how, argv }: Wait,
  here: Here,
  ways: Ways,
): Promise<{ readonly view: View; readonly judged: Judged }> {
  const { id } = written.record;
  const again = (view: View): Promise<Judged> => {
    const record = recordOf(view, id);
    if (!isCommandRecord(record)) throw new MpaError('usage', 'Only a command can be run.');
    const now = ws.clock.now();
    return judge(ws, view.state, record, argv, author(ws, view, now), here, now);
  };
  await ways.waits(written, how);
  if (ways.wait === null) throw unfinished(await again(written.view));
  const { as, decision, view } = await ways.wait(id);
  if (as !== 'approved') throw refusal(decision, `\`mpa show ${shortId(id)}\` shows all of it.`);
  const judged = await again(view);
  if (!judged.decision.authorised || judged.obstacle !== null) throw await refusedBy(ws, judged);
  return { view, judged };
}

/** Seconds for which what another command fetched may still be the newest: the push of the start proves it, or is refused. Section 8.5. */
const NEWEST = 10;

interface Found {
  readonly at: Moment;
  readonly found: Candidate;
}

/** What is wanted, as a fetched view has it. */
async function look(ws: Workspace, wanted: Wanted, here: Here, fetched: View): Promise<Found> {
  const view = await settled(ws, fetched);
  const now = ws.clock.now();
  const at: Moment = { view, now, who: author(ws, view, now) };
  return { at, found: await find(ws, at, wanted, here) };
}

/** The same without a fetch, where a command of moments ago has fetched and there is a live grant; else null: that takes a newer view. */
async function nearby(ws: Workspace, wanted: Wanted, here: Here): Promise<Found | null> {
  try {
    const age = ws.clock.now() - ((await ws.ledger.fetchedAt()) ?? -Infinity);
    if (!(age >= 0 && age <= NEWEST)) return null;
    // What became of a claim is only shown by a branch that was looked at after it.
    if ((await ws.spent.unsettled()).length > 0) return null;
    const near = await look(ws, wanted, here, await ws.ledger.view());
    return near.found.as === 'live' ? near : null;
  } catch (error) {
    if (error instanceof MpaError) return null;
    throw error;
  }
}

/**
 * Runs what was approved, once: finds the grant, or asks for it and waits; decides, claims and records the use, and only then starts the
 * process (section 8.4). The result is how it ended. Errors, all before anything ran: the refusals of section 7, `not-found` and
 * `cannot-execute` before a use is spent, `cancelled`, those of findRequest, of request and of Ledger.append.
 */
export async function exec(
  ws: Workspace,
  wanted: Wanted,
  here: Here,
  launcher: Launcher,
  ways: Ways = NO_WAYS,
): Promise<Exit> {
  const { at, found } =
    (await nearby(ws, wanted, here)) ?? (await look(ws, wanted, here, await ws.ledger.refresh()));
  const { view, now } = at;
  const run = async (newest: View, judged: Judged): Promise<Exit> => {
    await checkSpent(ws.spent, newest, judged.record);
    const who = author(ws, newest, ws.clock.now());
    return runGrant(ws, newest, who, judged, here, launcher, ways.recording);
  };
  if (found.as === 'live') return run(view, found.judged);
  if (found.as === 'none' && wanted.id !== null)
    throw (found.refused.code === 'halted' ? haltedNow(view, at.who.handle, now) : null) ?? found.refused;
  refuseInVain(at);
  const { view: newest, judged } = await granted(ws, await waitOf(ws, at, found, wanted, ways), here, ways);
  return run(newest, judged);
}
