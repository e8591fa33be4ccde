import { eligibleHere } from '../core/counting.js';
import { stateName } from '../core/decide.js';
import type { RequestStateName } from '../core/reasons.js';
import { liveRequests } from '../core/rest.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import { look } from './look.js';
import type { Workspace } from './workspace.js';

/** What `mpa list` was asked to show. */
export interface Filter {
  readonly pending: boolean;
  readonly mine: boolean;
  readonly forMe: boolean;
  readonly all: boolean;
}

/** States that nothing can change any more, or that give nothing any more: hidden without `--all`. */
const CLOSED: readonly RequestStateName[] = [
  'used',
  'expired',
  'denied',
  'withdrawn',
  'revoked',
  'applied',
  'void',
];

/** Whether `handle` could give an approval that the request waits for: eligible here, and has not given it. */
export function waitsFor(state: LedgerState, record: RequestRecord, handle: string, now: number): boolean {
  if (!['pending', 'halted'].includes(stateName(state, record, now))) return false;
  if (!eligibleHere(state, record, handle)) return false;
  return !record.approvals.some((approval) => approval.actor === handle && !approval.lapsed);
}

/** The requests that a filter lets through, newest first in chain order. `handle` null: a reader, for whom nothing waits. */
export function filtered(
  state: LedgerState,
  filter: Filter,
  handle: string | null,
  now: number,
): RequestRecord[] {
  const keeps = (record: RequestRecord): boolean => {
    const name = stateName(state, record, now);
    if (filter.pending && name !== 'pending') return false;
    if (filter.mine && record.event.actor !== handle) return false;
    if (filter.forMe && (handle === null || !waitsFor(state, record, handle, now)) && !filter.all)
      return false;
    if (filter.forMe && filter.all && (handle === null || !eligibleHere(state, record, handle))) return false;
    return filter.all || !CLOSED.includes(name);
  };
  // What is at rest stays hidden under a halt too: nothing of it could be resumed.
  const found = filter.all ? state.requests.all() : liveRequests(state);
  return found.filter(keeps).reverse();
}

/** The list and the view that it was taken from. */
export async function list(
  ws: Workspace,
  filter: Filter,
  offline: boolean,
): Promise<{ readonly view: View; readonly records: readonly RequestRecord[] }> {
  const view = await look(ws, offline);
  return { view, records: filtered(view.state, filter, ws.handle, ws.clock.now()) };
}
