import type { Closing } from '../core/events.js';
import type { EventBody, View } from '../ledger/ledger.js';
import { author } from './author.js';
import { findTarget, type Target } from './find.js';
import { rehearse } from './rehearse.js';
import { write } from './tidy.js';
import type { Workspace } from './workspace.js';

/** What is about to be ended, found and judged. */
export interface Ending {
  readonly id: string;
  readonly view: View;
}

/**
 * Finds what `text` names and judges whether this person may end it with that word (section 7, counting 5), before a reason is
 * asked for. Errors: those of findTarget; `not-allowed`, `closed`, `request-void`, `unendorsed`.
 */
export async function toEnd(ws: Workspace, text: string, as: Closing): Promise<Ending> {
  const view = await ws.ledger.refresh();
  const target = findTarget(view.state, text);
  const id = target.kind === 'genesis' ? view.anchor : target.record.id;
  const now = ws.clock.now();
  rehearse(view, author(ws, view, now), { type: 'close', request: id, as, reason: 'to be given' }, now);
  return { id, view };
}

/** Writes the close. `reason` may be empty when withdrawn. */
export async function end(
  ws: Workspace,
  ending: Ending,
  as: Closing,
  reason: string,
): Promise<{ view: View; target: Target }> {
  const body: EventBody = { type: 'close', request: ending.id, as, reason };
  const now = ws.clock.now();
  const who = author(ws, ending.view, now);
  // Once before the signer is unlocked: a reason that is too long costs nobody a passphrase.
  rehearse(ending.view, who, body, now);
  const { view } = await write(ws, who.handle, (newest, then) => {
    rehearse(newest, author(ws, newest, then), body, then);
    return { body };
  });
  return { view, target: findTarget(view.state, ending.id) };
}
