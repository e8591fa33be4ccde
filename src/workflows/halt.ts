import { inForce } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import type { Halt, LedgerState } from '../core/state.js';
import { formatTime } from '../core/time.js';
import type { EventBody, View } from '../ledger/ledger.js';
import { author } from './author.js';
import { rehearse } from './rehearse.js';
import { recordOf, type Written } from './request.js';
import { write } from './tidy.js';
import type { Workspace } from './workspace.js';

const DAY = 86_400;

/** Stops everything, or everything of `who`, with this one signature. Section 7, counting 6. Error: `unknown-who`. */
export async function halt(
  ws: Workspace,
  who: string | null,
  reason: string,
): Promise<{ readonly view: View; readonly halt: Halt }> {
  const body: EventBody = { type: 'halt', ...(who === null ? {} : { who }), reason };
  const fresh = await ws.ledger.refresh();
  const draft = (view: View, now: number): { body: EventBody } => {
    rehearse(view, author(ws, view, now), body, now);
    return { body };
  };
  draft(fresh, ws.clock.now());
  const { handle } = author(ws, fresh, ws.clock.now());
  const { view, id } = await write(ws, handle, draft, fresh);
  const written = view.state.halts.find((known) => known.id === id);
  if (written === undefined) throw new Error(`the view lacks the halt ${id}, which was written just now`);
  return { view, halt: written };
}

/** The policy in force, proposed anew word for word. Section 6, A change. Error: `nothing-to-resume`. */
function again(state: LedgerState, reason: string, now: number): EventBody {
  if (state.halts.length === 0) {
    throw new MpaError('nothing-to-resume', 'Nothing is halted.');
  }
  const { id, policy } = inForce(state);
  return {
    type: 'request',
    action: { kind: 'policy', base: id, policy },
    justification: reason,
    approveBy: formatTime(now + DAY),
  };
}

/** Proposes the policy in force anew: when others approve, every halt before it is lifted. Errors: `nothing-to-resume` and those of Ledger.append. */
export async function resume(ws: Workspace, reason: string): Promise<Written> {
  const fresh = await ws.ledger.refresh();
  again(fresh.state, reason, ws.clock.now());
  const { handle } = author(ws, fresh, ws.clock.now());
  const { view, id } = await write(
    ws,
    handle,
    (newest, now) => ({ body: again(newest.state, reason, now) }),
    fresh,
  );
  return { view, record: recordOf(view, id) };
}
