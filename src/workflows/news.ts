import { inForce, secondsOf, windowOf } from '../core/counting.js';
import { stateName } from '../core/decide.js';
import { isPolicyRequest, type Exit } from '../core/events.js';
import type { RequestStateName } from '../core/reasons.js';
import type { Halt, LedgerState, RequestRecord, Run } from '../core/state.js';
import { waitsFor } from './list.js';

/** A ledger as it stood at one second. */
export interface Instant {
  readonly state: LedgerState;
  readonly now: number;
}

interface About {
  /** Seconds: of the event, or of the moment at which time alone did it. */
  readonly at: number;
  /** Where it stands in the ledger; Infinity: time alone did it. */
  readonly position: number;
}

/** Something of a request. */
export interface RequestNews extends About {
  readonly type:
    | 'request' // waits for this person's approval
    | 'approval' // one more approval of a request of theirs, which still lacks some
    | 'started'
    | 'finished'
    | Exclude<RequestStateName, 'used' | 'halted'>; // a request of theirs has come into this state
  readonly record: RequestRecord;
  /** Who did it; null: time. */
  readonly actor: string | null;
  /** How a run ended. */
  readonly exit?: Exit;
}

/** What concerns a person. `policy`: another is in force; `resumed`: a halt is over. */
export type News =
  | RequestNews
  | (About & { readonly type: 'halt' | 'resumed'; readonly halt: Halt })
  | (About & { readonly type: 'policy'; readonly id: string; readonly actor: string | null });

/** Whether somebody waits for this person: what a bell is for. */
export function isCall(news: News): boolean {
  return news.type === 'request';
}

/** States of a request of one's own that are told when it comes into them. */
const TOLD: readonly RequestStateName[] = [
  'pending',
  'scheduled',
  'approved',
  'expired',
  'denied',
  'revoked',
  'withdrawn',
  'applied',
  'void',
];

/** When and by whom a request came into the state that it has now. */
function cause(
  { state, now }: Instant,
  record: RequestRecord,
  name: RequestStateName,
): About & { actor: string | null } {
  const { closed } = record;
  if (closed !== null) return { at: closed.at, position: closed.position, actor: closed.actor };
  const last = record.approvals.at(-1);
  const window = windowOf(state, record);
  const byTime = (at: number): About & { actor: null } => ({ at, position: Infinity, actor: null });
  if (name === 'expired') return byTime(window?.end ?? secondsOf(record.event.approveBy));
  if (name === 'approved' && window !== null && last !== undefined && window.start > last.at)
    return byTime(window.start);
  if ((name === 'approved' || name === 'scheduled') && last !== undefined)
    return { at: last.at, position: last.position, actor: last.actor };
  return { at: now, position: state.position, actor: null };
}

/** A request of their own. `old`: as it was; undefined: it is new, or everything is. */
function ofMine(
  before: Instant | null,
  after: Instant,
  record: RequestRecord,
  handle: string,
): RequestNews[] {
  const old = before?.state.requests.get(record.id);
  const name = stateName(after.state, record, after.now);
  const found: RequestNews[] = [];
  const was = before === null || old === undefined ? null : stateName(before.state, old, before.now);
  const isNew = before !== null && old === undefined;
  if (name !== was && !isNew && isTold(name)) {
    const about = cause(after, record, name);
    if (about.actor !== handle) found.push({ type: name, record, ...about });
  }
  if (before === null) return found;
  const approvals = record.approvals.filter(({ id }) => !old?.approvals.some((known) => known.id === id));
  if (name === 'pending' || name === 'halted')
    for (const { at, position, actor } of approvals)
      found.push({ type: 'approval', record, at, position, actor });
  return [...found, ...ofRuns(old?.runs ?? [], record)];
}

function isTold(name: RequestStateName): name is Exclude<RequestStateName, 'used' | 'halted'> {
  return TOLD.includes(name);
}

function ofRuns(old: readonly Run[], record: RequestRecord): RequestNews[] {
  return record.runs.flatMap((run) => {
    const known = old.find(({ id }) => id === run.id);
    const { at, position, actor, finish } = run;
    const started: RequestNews[] =
      known === undefined ? [{ type: 'started', record, at, position, actor }] : [];
    if (finish === null || (known?.finish ?? null) !== null) return started;
    const ended = { at: finish.at, position: finish.position, actor, exit: finish.exit };
    return [...started, { type: 'finished', record, ...ended } as const];
  });
}

function waiting({ state, now }: Instant, id: string, handle: string): boolean {
  const record = state.requests.get(id);
  return record !== undefined && waitsFor(state, record, handle, now);
}

function ofHalts(before: Instant | null, after: Instant): News[] {
  const old = before?.state.halts ?? [];
  const { halts, position } = after.state;
  const has = (list: readonly Halt[], { id }: Halt): boolean => list.some((each) => each.id === id);
  return [
    ...halts
      .filter((halt) => !has(old, halt))
      .map((halt) => ({ type: 'halt', halt, at: halt.at, position: halt.position }) as const),
    ...old
      .filter((halt) => !has(halts, halt))
      .map((halt) => ({ type: 'resumed', halt, at: after.now, position }) as const),
  ];
}

function ofPolicy(before: Instant | null, { state, now }: Instant): News[] {
  if (before === null || before.state.current === state.current) return [];
  const { id } = inForce(state);
  const closed = state.requests.get(id)?.closed ?? null;
  const { at, position } = closed ?? { at: now, position: state.position };
  return [{ type: 'policy', id, at, position, actor: closed?.actor ?? null }];
}

/**
 * What concerns `handle` in what lies between two instants, oldest first: requests that now wait for their approval, what became of their
 * own, halts, and changes of policy. `before` null: what is open at the beginning. Pure.
 */
export function newsBetween(before: Instant | null, after: Instant, handle: string): News[] {
  const found: News[] = [...ofHalts(before, after), ...ofPolicy(before, after)];
  // A view holds at hand whatever is not at rest, and whatever this process has seen change.
  for (const record of after.state.requests.hot.values()) {
    const { id, at, position, event } = record;
    const isMine = event.actor === handle;
    // Nothing that is over by now is open at the beginning.
    const name = stateName(after.state, record, after.now);
    const isOpen = name === 'pending' || name === 'scheduled' || name === 'approved';
    if (isMine && (before !== null || isOpen)) found.push(...ofMine(before, after, record, handle));
    if (isMine || !waiting(after, id, handle)) continue;
    if (before === null || !waiting(before, id, handle))
      found.push({ type: 'request', record, at, position, actor: event.actor });
  }
  // A policy change is told once, as what is in force now.
  const told = found.filter((news) => news.type !== 'applied' || !isPolicyRequest(news.record.event));
  return told.sort((a, b) => a.position - b.position || a.at - b.at || 0);
}
