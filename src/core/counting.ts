import { isPolicyRequest, isAccessRequest } from './events.js';
import { clausesMet, eligible, missing, people } from './clauses.js';
import { fitness } from './fitness.js';
import type { KeyInfo } from './keys.js';
import type { Clause, Policy, Rule } from './policy-document.js';
import { ruleFor } from './rules.js';
import type { Approval, LedgerState, PolicyRecord, RequestRecord } from './state.js';
import { parseTime } from './time.js';

/** Clauses with the policy whose names they are read with. Section 7: "Clauses, groups and requesters ...". */
export interface Demand {
  readonly policy: Policy;
  readonly clauses: readonly Clause[];
}

/** A policy that was ever in force, by id. A state that names one it does not hold is broken: throws. */
export function policyRecord(state: LedgerState, id: string): PolicyRecord {
  const record = state.policies.get(id);
  if (record === undefined) throw new Error(`the state holds no policy ${id}`);
  return record;
}

/** The policy in force. */
export function inForce(state: LedgerState): PolicyRecord {
  return policyRecord(state, state.current);
}

/** Whether the first policy has its second signature. Section 6, The first policy. */
export function isEndorsed(state: LedgerState): boolean {
  return state.endorsement.closed?.as === 'applied';
}

/** The keys that a policy lists for a handle; none for an unknown one. */
export function keysOf(record: PolicyRecord, handle: string): readonly KeyInfo[] {
  return record.ring[handle] ?? [];
}

/** The key of that material that the policy lists for the handle. Equality is by material, never by fingerprint (section 5). */
export function listedKey(record: PolicyRecord, handle: string, material: string): KeyInfo | undefined {
  return keysOf(record, handle).find((key) => key.material === material);
}

/** The rule that matched when the request was written; null for a policy request or where none matched. */
export function writtenRule(state: LedgerState, request: RequestRecord): Rule | null {
  if (request.writtenRule === null) return null;
  return policyRecord(state, request.writtenPolicy).policy.rules[request.writtenRule] ?? null;
}

/** The rule that matches at this position; null for a policy request or where none matches. */
export function ruleNow(state: LedgerState, request: RequestRecord): Rule | null {
  const action = request.event.action;
  if (action.kind === 'policy') return null;
  return ruleFor(inForce(state).policy, action)?.rule ?? null;
}

/** What the request had to gather when it was written. */
export function writtenDemand(state: LedgerState, request: RequestRecord): Demand | null {
  const policy = policyRecord(state, request.writtenPolicy).policy;
  if (isPolicyRequest(request.event)) return { policy, clauses: policy.changes };
  const rule = writtenRule(state, request);
  return rule === null ? null : { policy, clauses: rule.approvals };
}

/** What the policy at this position demands beside it; null where no rule matches, or for a policy request. */
export function demandNow(state: LedgerState, request: RequestRecord): Demand | null {
  const rule = ruleNow(state, request);
  return rule === null ? null : { policy: inForce(state).policy, clauses: rule.approvals };
}

/** Section 7, counting 2: may this handle approve the request at this position? */
export function eligibleHere(state: LedgerState, request: RequestRecord, handle: string): boolean {
  if (handle === request.event.actor) return false;
  if (inForce(state).policy.members[handle] === undefined) return false;
  return [writtenDemand(state, request), demandNow(state, request)].some(
    (demand) => demand !== null && eligible(demand.policy, demand.clauses, handle),
  );
}

/** How an approval stands: whether it counts at this position and time, and if not, why. */
export interface Standing {
  readonly approval: Approval;
  readonly counts: boolean;
  readonly why: string | null;
}

function objection(
  state: LedgerState,
  request: RequestRecord,
  approval: Approval,
  now: number,
): string | null {
  if (approval.lapsed) return 'lapsed: a later policy does not list that key for that member';
  if (!eligibleHere(state, request, approval.actor)) return 'no longer eligible';
  return keyObjection(state, approval, now) ?? haltObjection(state, request, approval);
}

function keyObjection(state: LedgerState, approval: Approval, now: number): string | null {
  const key = listedKey(inForce(state), approval.actor, approval.material);
  if (key === undefined) return 'the key is no longer listed';
  const fit = fitness(key, now);
  return fit.fit ? null : `the key is not fit: ${fit.why}`;
}

function haltObjection(state: LedgerState, request: RequestRecord, approval: Approval): string | null {
  if (isPolicyRequest(request.event)) return null;
  return state.halts.some((halt) => halt.who === approval.actor) ? 'the approver is halted' : null;
}

/** Section 7, counting 2: each approval of the request that is not void, with whether it counts now. */
export function standings(state: LedgerState, request: RequestRecord, now: number): readonly Standing[] {
  return request.approvals.map((approval) => {
    const why = objection(state, request, approval, now);
    return { approval, counts: why === null, why };
  });
}

/** Handles of a genesis' approvals that count at this position and time. Section 6: "the counting are those of an approval". */
export function endorsersNow(
  state: LedgerState,
  approvals: readonly Approval[],
  now: number,
): readonly string[] {
  return approvals
    .filter((approval) => keyObjection(state, approval, now) === null)
    .map((approval) => approval.actor);
}

/** Whether the request has its quorum at this position and time, and what it still lacks. */
export interface Quorum {
  readonly met: boolean;
  readonly standings: readonly Standing[];
  /** Places still open, of the rule when written and of the rule now; empty where met. */
  readonly missing: readonly Clause[];
  /** Members who could give a missing approval, sorted. */
  readonly candidates: readonly string[];
}

/** Section 7, counting 1 and 2: both sets of clauses, by approvals that count. */
export function quorum(state: LedgerState, request: RequestRecord, now: number): Quorum {
  const all = standings(state, request, now);
  const counted = all.filter((standing) => standing.counts).map((standing) => standing.approval.actor);
  const written = writtenDemand(state, request);
  const demands = isPolicyRequest(request.event) ? [written] : [written, demandNow(state, request)];
  const lacking: Clause[] = [];
  const candidates = new Set<string>();
  let met = true;
  for (const demand of demands) {
    if (demand !== null && clausesMet(demand.policy, demand.clauses, counted)) continue;
    met = false;
    if (demand === null) continue;
    for (const clause of missing(demand.policy, demand.clauses, counted, request.event.actor)) {
      if (!lacking.some((known) => sameClause(known, clause))) lacking.push(clause);
      for (const handle of people(demand.policy, clause.from)) {
        if (eligibleHere(state, request, handle) && !counted.includes(handle)) candidates.add(handle);
      }
    }
  }
  return { met, standings: all, missing: lacking, candidates: [...candidates].sort() };
}

function sameClause(a: Clause, b: Clause): boolean {
  return (
    a.count === b.count && a.from.length === b.from.length && a.from.every((name, i) => name === b.from[i])
  );
}

/** Section 7, counting 4: whether all approvals that are not void meet the clauses of the rule when written. */
export function writtenQuorum(state: LedgerState, request: RequestRecord): boolean {
  const demand = writtenDemand(state, request);
  if (demand === null) return false;
  return clausesMet(
    demand.policy,
    demand.clauses,
    request.approvals.map((approval) => approval.actor),
  );
}

/** Duration (seconds) and uses that hold: null where the kind of request has none. */
export interface Limits {
  readonly duration: number | null;
  readonly uses: number | null;
}

/** Section 7, counting 4: the least of the request's, both rules' and those of every approval that is not void. */
export function limits(state: LedgerState, request: RequestRecord): Limits {
  return least(request, [writtenRule(state, request), ruleNow(state, request)]);
}

/** The limits without those of the rule at head, which another policy can raise again: nothing ever raises these. */
export function lastingLimits(state: LedgerState, request: RequestRecord): Limits {
  return least(request, [writtenRule(state, request)]);
}

function least({ event, approvals }: RequestRecord, found: readonly (Rule | null)[]): Limits {
  if (isPolicyRequest(event)) return { duration: null, uses: null };
  const rules = found.filter((rule) => rule !== null);
  const duration = Math.min(
    event.duration,
    ...rules.map((rule) => rule.maxDuration),
    ...approvals.map((approval) => approval.duration ?? Infinity),
  );
  if (isAccessRequest(event)) return { duration, uses: null };
  const uses = Math.min(
    event.uses,
    ...rules.map((rule) => rule.maxUses),
    ...approvals.map((approval) => approval.uses ?? Infinity),
  );
  return { duration, uses };
}

/** The time of an event's own field. The schema has read it before: a failure is a defect. */
export function secondsOf(text: string): number {
  const seconds = parseTime(text);
  if (seconds === null) throw new Error(`not a time: ${text}`);
  return seconds;
}

/** Seconds: from `start` (included) to `end` (excluded). */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Section 7, counting 4. null: no quorum yet, or a policy request. */
export function windowOf(state: LedgerState, request: RequestRecord): Window | null {
  return windowWithin(request, limits(state, request).duration);
}

/** As windowOf, for a duration that is given. */
export function windowWithin(
  { event, quorumAt }: Pick<RequestRecord, 'event' | 'quorumAt'>,
  duration: number | null,
): Window | null {
  if (quorumAt === null || duration === null || isPolicyRequest(event)) return null;
  if (event.notBefore === undefined) return { start: quorumAt, end: quorumAt + duration };
  const notBefore = secondsOf(event.notBefore);
  return { start: Math.max(quorumAt, notBefore), end: notBefore + duration };
}
