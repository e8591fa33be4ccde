import { eligible } from '../core/clauses.js';
import { stateName } from '../core/decide.js';
import { inForce, isEndorsed } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import { liveRequests } from '../core/rest.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import { conditions, doubtful, type Finding } from './findings.js';
import { waitsFor } from './list.js';
import type { Workspace } from './workspace.js';

/** Who am I, which ledger, how fresh, what waits for me, what is wrong. CLI.md, `mpa status`. */
export interface Status {
  readonly view: View;
  readonly endorsed: boolean;
  /** The first policy waits for this person's signature. */
  readonly toEndorse: boolean;
  /** Requests that wait for this person's approval, newest first. */
  readonly waiting: readonly RequestRecord[];
  /** This person's own requests that are pending, scheduled or approved, newest first. */
  readonly mine: readonly RequestRecord[];
  /** What is wrong or will be: never `ok`. */
  readonly problems: readonly Finding[];
}

/**
 * Looks at the ledger, fetched anew unless `offline`; where the remote cannot be reached, at what is here, with a problem that says so.
 * Errors: every fatal code, `not-joined`.
 */
export async function status(ws: Workspace, offline: boolean): Promise<Status> {
  const { view, unreached } = await newest(ws, offline);
  const now = ws.clock.now();
  const { state } = view;
  const open = liveRequests(state).reverse();
  const { handle } = ws;
  return {
    view,
    endorsed: isEndorsed(state),
    toEndorse: handle !== null && waitsForEndorsement(state, handle),
    waiting: handle === null ? [] : open.filter((record) => waitsFor(state, record, handle, now)),
    mine: open.filter((record) => record.event.actor === handle && isOpen(state, record, now)),
    problems: [...unreached, ...conditions(ws, view, now)].filter(({ level }) => level !== 'ok'),
  };
}

async function newest(ws: Workspace, offline: boolean): Promise<{ view: View; unreached: Finding[] }> {
  if (offline) return { view: await ws.ledger.view(), unreached: [] };
  try {
    return { view: await ws.ledger.refresh(), unreached: [] };
  } catch (error) {
    if (!(error instanceof MpaError) || error.code !== 'remote-unreachable') throw error;
    const unreached = doubtful('remote', error.message, error.hint ?? 'mpa doctor');
    return { view: await ws.ledger.view(), unreached: [{ ...unreached, code: error.code }] };
  }
}

function isOpen(state: LedgerState, record: RequestRecord, now: number): boolean {
  return ['pending', 'scheduled', 'approved'].includes(stateName(state, record, now));
}

/** Whether this member could endorse the first policy and has not. Section 6. */
function waitsForEndorsement(state: LedgerState, handle: string): boolean {
  const { endorsement } = state;
  if (endorsement.closed !== null || endorsement.founder === handle) return false;
  if (endorsement.approvals.some(({ actor }) => actor === handle)) return false;
  const { policy } = inForce(state);
  return eligible(policy, policy.changes, handle);
}
