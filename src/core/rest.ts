import { CLOCK_SLACK } from './authentic.js';
import { lastingLimits, secondsOf, windowWithin } from './counting.js';
import { isPolicyRequest } from './events.js';
import type { LedgerState, PolicyRecord, RequestRecord } from './state.js';

/**
 * Whether a request gives nothing any more and, as long as no event names it, never will: void, closed, used up, or over. Judged by the
 * ledger alone, so that every reader of one head agrees; limits that another policy could raise again, and clocks, do not count (whoever reads
 * this head has a clock that is at most the slack behind its newest event).
 */
export function isAtRest(state: LedgerState, record: RequestRecord): boolean {
  if (record.void !== null || record.closed !== null) return true;
  const { event } = record;
  const passed = state.greatestAt - CLOCK_SLACK;
  // Section 5.5: what is written from here on is later than that, so that no approval can come.
  const late = secondsOf(event.approveBy) <= passed;
  if (isPolicyRequest(event)) return late || event.action.base !== state.current;
  if (record.quorumAt === null) return late;
  const { duration, uses } = lastingLimits(state, record);
  if (uses !== null && record.spent >= uses) return true;
  const window = windowWithin(record, duration);
  return window !== null && window.end <= passed;
}

/** The requests that are not at rest, in the order of the chain. */
export function liveRequests(state: LedgerState): RequestRecord[] {
  const live = [...state.requests.hot.values()].filter((record) => !isAtRest(state, record));
  return live.sort((a, b) => a.position - b.position);
}

/** Each policy that was ever in force, in the order of the chain. */
export function policiesInOrder(state: LedgerState): PolicyRecord[] {
  const since = ({ id }: PolicyRecord): number => state.requests.get(id)?.closed?.position ?? -1;
  return [...state.policies.values()].sort((a, b) => since(a) - since(b));
}
