import type { Authentic } from './authentic.js';
import { eligibleHere, inForce, quorum, secondsOf, writtenQuorum } from './counting.js';
import {
  isPolicyRequest,
  type ApproveEvent,
  type CloseEvent,
  type PolicyRequest,
  type RequestEvent,
} from './events.js';
import type { Known } from './fold.js';
import { approvalOf } from './fold-endorsement.js';
import { closedBy, subject, voidOn } from './fold-void.js';
import { changeProblems, policyProblems, ringOf } from './policy.js';
import type { VoidReason } from './reasons.js';
import { ruleFor, ruleProblem } from './rules.js';
import type { Effect, LedgerState, PolicyRecord, RequestRecord } from './state.js';

/** A policy change may wait 30 days at most. Section 6, A change. */
const MAX_CHANGE_PENDING = 30 * 86_400;

type Problem = { readonly reason: VoidReason; readonly detail: string };

/** A policy as it would stand in force, from a request of kind `policy`. */
function proposed(read: Authentic<PolicyRequest>, known: Known): PolicyRecord {
  const { policy } = read.event.action;
  return { id: read.id, policy, ring: ringOf(policy, known) };
}

function changeProblem(state: LedgerState, read: Authentic<PolicyRequest>, known: Known): Problem | null {
  const { event } = read;
  const pending = secondsOf(event.approveBy) - read.at;
  if (pending > MAX_CHANGE_PENDING)
    return { reason: 'exceeds-rule', detail: 'a policy change may wait for approval at most 30 days' };
  if (pending <= 0) return { reason: 'late', detail: '`approveBy` is not after the request' };
  const next = proposed(read, known);
  const problem =
    policyProblems(next.policy, known)[0] ??
    changeProblems(next.policy, next.ring, inForce(state), state.materials)[0];
  if (problem !== undefined)
    return { reason: 'invalid-policy', detail: `${problem.path.join('.')}: ${problem.message}` };
  if (event.action.base !== state.current)
    return {
      reason: 'stale',
      detail: `it changes policy ${event.action.base.slice(0, 12)}, which is not in force`,
    };
  return null;
}

function ruleIndex(state: LedgerState, event: RequestEvent): number | null {
  const { action } = event;
  if (action.kind === 'policy') return null;
  return ruleFor(inForce(state).policy, action)?.index ?? null;
}

function requestProblem(
  state: LedgerState,
  event: Exclude<RequestEvent, PolicyRequest>,
  at: number,
): Problem | null {
  const { policy } = inForce(state);
  const found = ruleFor(policy, event.action);
  if (found === null) return { reason: 'no-rule', detail: 'no rule of the policy in force covers it' };
  const problem = ruleProblem(policy, found.rule, event, event.actor, 'written');
  if (problem !== null) return problem;
  if (secondsOf(event.approveBy) <= at)
    return { reason: 'late', detail: '`approveBy` is not after the request' };
  return null;
}

function ofPolicy(read: Authentic<RequestEvent>): read is Authentic<PolicyRequest> {
  return isPolicyRequest(read.event);
}

/** Section 7, the rows `request`. A void request is remembered too, so that later events can be told so. */
export function request(state: LedgerState, read: Authentic<RequestEvent>, known: Known): Effect {
  const { event } = read;
  const problem = ofPolicy(read)
    ? changeProblem(state, read, known)
    : isPolicyRequest(event)
      ? null
      : requestProblem(state, event, read.at);
  const record: RequestRecord = {
    id: read.id,
    commit: read.commit,
    event,
    at: read.at,
    position: read.position,
    material: read.key.material,
    fingerprint: read.key.fingerprint,
    writtenPolicy: state.current,
    writtenRule: ruleIndex(state, event),
    void: problem,
    approvals: [],
    quorumAt: null,
    closed: null,
    runs: [],
    spent: 0,
    givenBack: false,
    voids: [],
  };
  return { void: problem, changes: { request: record } };
}

function approvalProblem(
  state: LedgerState,
  record: RequestRecord,
  read: Authentic<ApproveEvent>,
): Problem | null {
  const { actor } = read.event;
  if (actor === record.event.actor)
    return { reason: 'self-approval', detail: `${actor} asked for it: another member must approve` };
  if (!eligibleHere(state, record, actor))
    return { reason: 'not-eligible', detail: `no clause of the rule names ${actor}` };
  if (record.approvals.some((given) => given.actor === actor && !given.lapsed))
    return { reason: 'duplicate', detail: `${actor} has approved it already` };
  if (read.at >= secondsOf(record.event.approveBy))
    return { reason: 'late', detail: `it could be approved until ${record.event.approveBy}` };
  return null;
}

/** Section 7, the row `approve`; the quorum time of counting 4; and a policy change that takes effect (section 6). */
export function approval(state: LedgerState, read: Authentic<ApproveEvent>, known: Known): Effect {
  const found = subject(state, read, read.event.request);
  if (!found.ok) return found.effect;
  const problem = approvalProblem(state, found.record, read);
  if (problem !== null) return voidOn(found.record, read, problem.reason, problem.detail);
  const given: RequestRecord = { ...found.record, approvals: [...found.record.approvals, approvalOf(read)] };
  const record =
    given.quorumAt === null && writtenQuorum(state, given) ? { ...given, quorumAt: read.at } : given;
  return isPolicyRequest(record.event) ? change(state, record, record.event, read, known) : plain(record);
}

function plain(record: RequestRecord): Effect {
  return { void: null, changes: { request: record } };
}

/** The approval of a policy change: does it complete the clauses of the policy it replaces, and is that still in force? */
function change(
  state: LedgerState,
  record: RequestRecord,
  event: PolicyRequest,
  read: Authentic<ApproveEvent>,
  known: Known,
): Effect {
  if (event.action.base !== state.current) return outrun(state, record, event);
  if (!quorum(state, record, read.at).met) return plain(record);
  const closed = closedBy(read, 'applied');
  const { policy } = event.action;
  const ring = ringOf(policy, known);
  // A reader that comes from a checkpoint must read the certificates again first: no policy may take effect without keys.
  if (Object.values(ring).some((keys) => keys.length === 0))
    throw new Error(`the certificates of policy ${record.id} were not read`);
  return {
    void: null,
    changes: {
      request: { ...record, closed },
      policy: { id: record.id, policy, ring },
      // Section 7, counting 6: only a change requested after the halt lifts it.
      halts: state.halts.filter((halt) => halt.position > record.position),
    },
  };
}

/** Another change came first: completed now, the request is void. Section 6: `stale`. */
function outrun(state: LedgerState, record: RequestRecord, event: PolicyRequest): Effect {
  if (!writtenQuorum(state, record)) return plain(record);
  const detail = `policy ${event.action.base.slice(0, 12)}, which it changes, is no longer in force`;
  return { void: null, changes: { request: { ...record, void: { reason: 'stale', detail } } } };
}

/** Section 7, counting 5: one signature ends a request; a policy request can only be withdrawn. */
export function closing(state: LedgerState, read: Authentic<CloseEvent>): Effect {
  const found = subject(state, read, read.event.request);
  if (!found.ok) return found.effect;
  const { record } = found;
  const { event } = read;
  const allowed =
    event.as === 'withdrawn'
      ? event.actor === record.event.actor
      : !isPolicyRequest(record.event) && eligibleHere(state, record, event.actor);
  if (!allowed) return voidOn(record, read, 'not-allowed', `${event.actor} may not close it as ${event.as}`);
  const closed = closedBy(read, event.as, event.reason);
  return plain({ ...record, closed });
}
