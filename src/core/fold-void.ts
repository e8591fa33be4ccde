import type { Authentic } from './authentic.js';
import type { ChainedEvent } from './events.js';
import type { VoidReason } from './reasons.js';
import type { Closed, Effect, LedgerState, RequestRecord } from './state.js';

/** A void event that leaves no trace in the state. */
export function noEffect(reason: VoidReason, detail: string): Effect {
  return { void: { reason, detail }, changes: {} };
}

/** A void event that named a request: kept in that request's timeline, without effect. Section 5. */
export function voidOn(record: RequestRecord, read: Authentic, reason: VoidReason, detail: string): Effect {
  const note = {
    id: read.id,
    type: read.event.type,
    actor: read.event.actor,
    at: read.at,
    position: read.position,
    reason,
    detail,
  };
  return { void: { reason, detail }, changes: { request: { ...record, voids: [...record.voids, note] } } };
}

/** The request that an approve, close or start names, if it can still be named. Section 7: `unknown-request`; `request-void`; `closed`. */
export function subject(
  state: LedgerState,
  read: Authentic<ChainedEvent>,
  id: string,
): { readonly ok: true; readonly record: RequestRecord } | { readonly ok: false; readonly effect: Effect } {
  if (id === state.anchor)
    return { ok: false, effect: noEffect('closed', 'the genesis is endorsed and counts as closed') };
  const record = state.requests.get(id);
  if (record === undefined)
    return { ok: false, effect: noEffect('unknown-request', `no request has the id ${id.slice(0, 12)}`) };
  if (record.void !== null)
    return {
      ok: false,
      effect: voidOn(record, read, 'request-void', `the request is void: ${record.void.reason}`),
    };
  if (record.closed !== null)
    return { ok: false, effect: voidOn(record, read, 'closed', `the request was ${record.closed.as}`) };
  return { ok: true, record };
}

/** How a request or the genesis ended, by the event that ended it. */
export function closedBy(read: Authentic, as: Closed['as'], reason = ''): Closed {
  return { id: read.id, actor: read.event.actor, at: read.at, position: read.position, as, reason };
}
