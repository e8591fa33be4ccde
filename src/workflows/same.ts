import type { RequestEvent } from '../core/events.js';
import { forSame, labelsOf } from '../core/requests.js';
import { isAtRest, liveRequests } from '../core/rest.js';
import type { LedgerState, RequestRecord } from '../core/state.js';

/** Requests at rest that are looked at: they only tell why nothing can be used, and somebody may have thousands of them. */
const AT_REST = 16;

/**
 * What one person asked for in the same words (the same arguments, or the same resource), in the order of the chain: all that may
 * still be used or approved, and of what is over the newest.
 */
export function sameRequests(
  state: LedgerState,
  wanted: Pick<RequestEvent, 'actor' | 'action'>,
): RequestRecord[] {
  const label = forSame(wanted);
  if (label === null) return [];
  const live = liveRequests(state).filter((record) => labelsOf(record).includes(label));
  const over: RequestRecord[] = [];
  for (const record of state.requests.under(label)) {
    if (over.length === AT_REST) break;
    if (isAtRest(state, record)) over.push(record);
  }
  return [...live, ...over].sort((a, b) => a.position - b.position);
}
