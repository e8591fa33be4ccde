import type { Closing } from '../core/events.js';
import { end, toEnd } from '../workflows/close.js';
import { shortId } from '../workflows/find.js';
import type { CliContext, Invocation } from './invocation.js';
import { text } from './options.js';
import { viewOf } from './present.js';
import { shortReason } from './reason.js';

/** mpa deny, mpa revoke, mpa withdraw: one signature ends it. The event carries the word that was typed. */
export async function ending(as: Closing, invocation: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const ws = await context.workspace();
  const found = await out.during('Fetching', () => toEnd(ws, invocation.args[0] ?? '', as));
  const reason =
    as === 'withdrawn' ? (text(invocation.options, 'reason') ?? '') : await shortReason(invocation, context);
  const { view, target } = await end(ws, found, as, reason);
  out.document({ request: viewOf(view, target, clock.now()) });
  out.result(`${shortId(found.id)} is ${as}: it is over, for good.`);
}
