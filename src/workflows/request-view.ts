import type { Action } from '../core/action.js';
import { endorsersNow, inForce, limits, quorum, ruleNow, windowOf, writtenRule } from '../core/counting.js';
import { missing } from '../core/clauses.js';
import { standingDecision, stateOf } from '../core/decide.js';
import { isPolicyRequest, type Digest, type Exit } from '../core/events.js';
import type { Clause } from '../core/policy-document.js';
import type { RequestStateName } from '../core/reasons.js';
import type { Approval, LedgerState, RequestRecord, Run } from '../core/state.js';
import { formatTime } from '../core/time.js';
import { kindOf, type RequestKind } from './resumes.js';
import { stateDetail } from './state-words.js';

/** CLI.md, JSON: one approval. `counts` here and now; `reason` says why not. */
export interface ApprovalView {
  readonly actor: string;
  readonly fingerprint: string;
  readonly at: string;
  readonly comment: string | null;
  readonly counts: boolean;
  readonly reason: string | null;
}

/**
 * CLI.md, JSON: one run; `exit` and `millis` null where no finish is in the ledger, the digests of output and errors null where
 * nobody asked for them, `outputs` the digests of files.
 */
export interface RunView {
  readonly id: string;
  readonly actor: string;
  readonly host: string;
  readonly at: string;
  readonly exit: Exit | null;
  readonly millis: number | null;
  readonly stdout: Digest | null;
  readonly stderr: Digest | null;
  readonly outputs: readonly (Digest & { readonly path: string })[];
}

/**
 * CLI.md, `request`: what scripts read. Full ids, RFC 3339 times, durations in seconds. `duration` and `uses` are the
 * limits that hold now (section 7, counting 4); null where the kind of request has none. `rule` is the rule that matched
 * when it was written. `at` and `approveBy` are null for the genesis, which has no time limit.
 */
export interface RequestView {
  readonly id: string;
  readonly state: RequestStateName;
  /** What the state alone does not say, in words: `and its uses are spent`, `by bob`; null where it says all. Safe to show. */
  readonly stateDetail: string | null;
  /** `resume`: the policy in force, proposed once more word for word. */
  readonly kind: RequestKind;
  readonly actor: string;
  readonly action: Action;
  readonly justification: string;
  readonly ticket: string | null;
  readonly at: string | null;
  readonly approveBy: string | null;
  readonly notBefore: string | null;
  readonly duration: number | null;
  readonly uses: number | null;
  readonly usesLeft: number | null;
  readonly windowStart: string | null;
  readonly windowEnd: string | null;
  readonly rule: string | null;
  readonly approvals: readonly ApprovalView[];
  readonly missing: readonly Clause[];
  readonly runs: readonly RunView[];
}

function approvalView(approval: Approval, counts: boolean, reason: string | null): ApprovalView {
  const { actor, fingerprint, comment } = approval;
  return { actor, fingerprint, at: formatTime(approval.at), comment: comment ?? null, counts, reason };
}

function runView({ id, actor, host, at, finish }: Run): RunView {
  const { exit = null, millis = null, stdout = null, stderr = null, outputs = [] } = finish ?? {};
  return { id, actor, host, at: formatTime(at), exit, millis, stdout, stderr, outputs };
}

/** The JSON of one request, as of this state and `now` (seconds). */
export function requestView(state: LedgerState, record: RequestRecord, now: number): RequestView {
  const { event } = record;
  const { duration, uses } = limits(state, record);
  const window = windowOf(state, record);
  const { missing: open, standings } = quorum(state, record, now);
  const decision = standingDecision(state, record, now);
  return {
    id: record.id,
    state: stateOf(decision),
    stateDetail: stateDetail(record, decision),
    kind: kindOf(state, record),
    actor: event.actor,
    action: event.action,
    justification: event.justification,
    ticket: event.ticket ?? null,
    at: event.at,
    approveBy: event.approveBy,
    notBefore: isPolicyRequest(event) ? null : (event.notBefore ?? null),
    duration,
    uses,
    usesLeft: uses === null ? null : Math.max(0, uses - record.spent),
    windowStart: window === null ? null : formatTime(window.start),
    windowEnd: window === null ? null : formatTime(window.end),
    rule: (writtenRule(state, record) ?? ruleNow(state, record))?.name ?? null,
    approvals: standings.map(({ approval, counts, why }) => approvalView(approval, counts, why)),
    missing: open,
    runs: record.runs.map(runView),
  };
}

/**
 * The genesis in the same shape: the first policy, as a policy request that other members endorse (section 6). It changes no
 * policy: its `base` is itself.
 */
export function genesisView(state: LedgerState, now: number): RequestView {
  const { endorsement } = state;
  const policy = state.policies.get(state.anchor)?.policy ?? inForce(state).policy;
  const endorsers = endorsersNow(state, endorsement.approvals, now);
  const { closed } = endorsement;
  return {
    id: state.anchor,
    state: closed === null ? 'pending' : closed.as === 'applied' ? 'applied' : 'withdrawn',
    stateDetail: null,
    kind: 'genesis',
    actor: endorsement.founder,
    action: { kind: 'policy', base: state.anchor, policy },
    justification: `first policy of ${state.name}`,
    ticket: null,
    at: null,
    approveBy: null,
    notBefore: null,
    duration: null,
    uses: null,
    usesLeft: null,
    windowStart: null,
    windowEnd: null,
    rule: null,
    approvals: endorsement.approvals.map((approval) => {
      const counts = endorsers.includes(approval.actor);
      return approvalView(approval, counts, counts ? null : 'the key is no longer listed, or not fit');
    }),
    missing: closed === null ? missing(policy, policy.changes, endorsers, endorsement.founder) : [],
    runs: [],
  };
}
