import { clausesMet, missing, people } from '../core/clauses.js';
import { endorsersNow, inForce, policyRecord, quorum, ruleNow, writtenRule } from '../core/counting.js';
import { standingDecision, type Decision } from '../core/decide.js';
import type { Clause, Policy, Rule } from '../core/policy-document.js';
import { exact } from '../core/show.js';
import type { Closed, Halt, LedgerState, RequestRecord } from '../core/state.js';
import { warnings, type Warning } from '../core/warnings.js';
import { exitWords } from './exit-words.js';
import { earlierOf, hostsBefore, type Earlier } from './recent.js';
import { genesisView, requestView, type RequestView } from './request-view.js';
import { haltsBeside } from './resumes.js';

export { exitWords } from './exit-words.js';

/** One line of a request's history. `text` holds words of other people: escaped where it is shown. */
export interface Moment {
  /** Seconds. */
  readonly at: number;
  /** Where it stands in the chain: what orders a timeline. Section 7, counting 3. */
  readonly position: number;
  readonly actor: string;
  readonly what: string;
  readonly text: string;
  /** Why the event had no effect; null where it had. */
  readonly void: string | null;
}

/** A place of the quorum that is still open, and the members who could fill it. */
export interface Open {
  readonly clause: Clause;
  readonly candidates: readonly string[];
}

/** Everything that `show` and `approve` put before a person. */
export interface Description {
  readonly view: RequestView;
  readonly isGenesis: boolean;
  /** The policy that the requester's handle is read with. */
  readonly policy: Policy;
  /** The rule when written and the rule now, where there is one; the same object where nothing changed. */
  readonly rules: readonly Rule[];
  readonly open: readonly Open[];
  readonly warnings: readonly Warning[];
  /** Halts that this policy request would lift, and those that came after it and stay. */
  readonly lifts: readonly Halt[];
  readonly stays: readonly Halt[];
  /** The requester's last requests before this one, newest first. */
  readonly earlier: readonly Earlier[];
  readonly timeline: readonly Moment[];
  /** null for the genesis: no table of section 7 decides it. */
  readonly decision: Decision | null;
}

function moments(record: RequestRecord): Moment[] {
  const { event, closed } = record;
  const found: Moment[] = [
    {
      at: record.at,
      position: record.position,
      actor: event.actor,
      what: 'requested',
      text: '',
      void: record.void === null ? null : `${record.void.reason}: ${record.void.detail}`,
    },
  ];
  for (const { at, position, actor, comment } of record.approvals)
    found.push({ at, position, actor, what: 'approved', text: comment ?? '', void: null });
  for (const run of record.runs) {
    const ending = run.finish === null ? '; no finish: it still runs, or was interrupted' : '';
    found.push({
      at: run.at,
      position: run.position,
      actor: run.actor,
      what: 'started',
      text: `on ${exact(run.host)}${ending}`,
      void: null,
    });
    if (run.finish !== null)
      found.push({
        at: run.finish.at,
        position: run.finish.position,
        actor: run.actor,
        what: 'finished',
        text: exitWords(run.finish.exit),
        void: null,
      });
  }
  if (closed !== null) found.push(closedMoment(closed));
  for (const { at, position, actor, type, reason, detail } of record.voids)
    found.push({ at, position, actor, what: type, text: '', void: `${reason}: ${detail}` });
  return found.sort((a, b) => a.position - b.position);
}

function closedMoment({ at, position, actor, as, reason }: Closed): Moment {
  return { at, position, actor, what: as, text: reason, void: null };
}

function opens(clauses: readonly Clause[], policy: Policy, candidates: readonly string[]): Open[] {
  return clauses.map((clause) => {
    const named = people(policy, clause.from);
    return { clause, candidates: candidates.filter((handle) => named.has(handle)) };
  });
}

/** How many earlier requests stand on the screen. */
const EARLIER = 3;

/** Everything about one request, as of this state and `now` (seconds). */
export function describe(state: LedgerState, record: RequestRecord, now: number): Description {
  const written = writtenRule(state, record);
  const current = ruleNow(state, record);
  const rules = [written, current].filter((rule) => rule !== null);
  const { missing: lacking, candidates } = quorum(state, record, now);
  // A clause of an older policy is read with that policy's names: those it does not know stand in the other.
  const policy = policyRecord(state, record.writtenPolicy).policy;
  const open = opens(lacking, policy, candidates).map((place) =>
    place.candidates.length > 0
      ? place
      : (opens([place.clause], inForce(state).policy, candidates)[0] ?? place),
  );
  const view = requestView(state, record, now);
  const { actor, action } = record.event;
  const { members } = inForce(state).policy;
  const logins = (Object.hasOwn(members, actor) ? members[actor]?.unix : undefined) ?? [];
  const known = { duration: view.duration, uses: view.uses, logins, hosts: hostsBefore(state, record) };
  const isOpen = record.closed === null && record.void === null;
  return {
    view,
    isGenesis: false,
    policy,
    rules: [...new Set(rules)],
    open: isOpen ? open : [],
    warnings: warnings(action, known),
    ...(isOpen ? haltsBeside(state, record) : { lifts: [], stays: [] }),
    earlier: earlierOf(state, record, now, EARLIER),
    timeline: moments(record),
    decision: standingDecision(state, record, now),
  };
}

/** Everything about the first policy: what `approve ANCHOR` endorses. Section 6. */
export function describeGenesis(state: LedgerState, now: number): Description {
  const view = genesisView(state, now);
  const policy = policyRecord(state, state.anchor).policy;
  const { endorsement } = state;
  const endorsers = endorsersNow(state, endorsement.approvals, now);
  const others = [
    ...people(
      policy,
      policy.changes.flatMap((clause) => clause.from),
    ),
  ]
    .filter((handle) => handle !== endorsement.founder && !endorsers.includes(handle))
    .sort();
  const lacking = clausesMet(policy, policy.changes, endorsers)
    ? []
    : missing(policy, policy.changes, endorsers, endorsement.founder);
  const timeline: Moment[] = endorsement.approvals.map(({ at, position, actor, comment }) => ({
    at,
    position,
    actor,
    what: 'endorsed',
    text: comment ?? '',
    void: null,
  }));
  const { closed } = endorsement;
  if (closed !== null) timeline.push(closedMoment(closed));
  return {
    view,
    isGenesis: true,
    policy,
    rules: [],
    open: closed === null ? opens(lacking, policy, others) : [],
    warnings: [],
    lifts: [],
    stays: [],
    earlier: [],
    timeline,
    decision: null,
  };
}
