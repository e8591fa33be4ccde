import { decide } from '../core/decide.js';
import type { ToRun } from '../core/mismatch.js';
import type { AppendOptions, EventBody, View } from '../ledger/ledger.js';
import { author, type Author } from './author.js';
import type { Outcome } from './launch.js';
import type { Output } from './outputs.js';
import { rehearse } from './rehearse.js';
import { pushKept } from './tidy.js';
import { advance, claimUse, lose, type Use } from './use.js';
import { refusal } from './verify.js';
import { shortId } from './find.js';
import type { Workspace } from './workspace.js';

/** A run that is about to start: of which request, what exactly, on which machine, and how patiently its `start` is pushed. */
export interface Starting {
  readonly request: string;
  readonly toRun: ToRun;
  readonly host: string;
  readonly patience: AppendOptions['patience'];
}

/** The start that this view allows. Decided anew for each attempt: what came before our push counts. Section 8.3. */
function startBody(ws: Workspace, view: View, { request, toRun, host }: Starting, now: number): EventBody {
  const who = author(ws, view, now);
  const runner = { handle: who.handle, material: who.key.material };
  const decision = decide(view.state, request, runner, toRun, now);
  if (!decision.authorised) throw refusal(decision, `\`mpa show ${shortId(request)}\` shows every check.`);
  const body: EventBody = { type: 'start', request, host };
  rehearse(view, who, body, now);
  return body;
}

/**
 * Claims a use, pushes its `start`, and records that the process is about to be spawned: when this returns, it may be, and only
 * then. Section 8.4. Errors: refusals of section 7, `used`, `locked`, `disk`, those of Ledger.append; then nothing ran.
 */
export async function startRun(ws: Workspace, fresh: View, who: Author, starting: Starting): Promise<Use> {
  const { request, patience } = starting;
  const signer = await ws.signer();
  const uses = new Map<string, Use>();
  let newest = fresh;
  try {
    const { id } = await ws.ledger.append(
      who.handle,
      signer,
      (view, now) => {
        newest = view;
        return { body: startBody(ws, view, starting, now) };
      },
      {
        patience,
        fresh,
        beforePush: async (candidate) => {
          const record = newest.state.requests.get(request);
          if (record === undefined) throw new Error(`the view lacks ${request}`);
          const own = new Set(uses.keys());
          uses.set(candidate.id, await claimUse(ws.spent, newest, record, candidate, own, ws.clock.now()));
        },
        onLost: async ({ id: lost }) => {
          const use = uses.get(lost);
          uses.delete(lost);
          if (use !== undefined) await lose(ws.spent, use);
        },
      },
    );
    const use = uses.get(id);
    if (use === undefined) throw new Error('a start was pushed without a claim');
    return await advance(ws.spent, await advance(ws.spent, use, { stage: 'pushed' }), { stage: 'spawning' });
  } catch (error) {
    // What may have landed stays claimed: the next command settles it by what the branch shows.
    for (const use of uses.values()) await use.lock.release();
    throw error;
  }
}

/**
 * Records how a run ended: durably here, then with the digests of what it left behind, then in the ledger. `outputs` is asked after the end is
 * on disk: however long a file takes, the end is not forgotten. What cannot be pushed now is kept for the next command that signs
 * (section 8.8), and said so: the command's own status stands whatever happens here. Never throws.
 */
export async function finishRun(
  ws: Workspace,
  use: Use,
  outcome: Outcome,
  outputs: () => Promise<readonly Output[]> = () => Promise.resolve([]),
): Promise<void> {
  try {
    const ended = await advance(ws.spent, use, { stage: 'finished', finish: outcome });
    const found = await outputs();
    if (found.length > 0) await advance(ws.spent, ended, { finish: { ...outcome, outputs: found } });
  } catch (error) {
    ws.notice(
      `The command has ended, but not all of how could be written down; what was not counts as interrupted: ${String(error)}`,
    );
  } finally {
    await use.lock.release();
  }
  await pushKept(ws);
}
