import type { ApproveEvent, ChainedEvent, LedgerEvent, RequestEvent } from '../../src/core/events.js';
import type { Clause, Policy, Rule } from '../../src/core/policy-document.js';
import { isFit } from './keys.js';
import { areMet, isMember, isNamedInClauses, keysFor, ruleFor } from './policy.js';

/**
 * The model of sections 6 to 8: a ledger is the list of its authentic events, each with the reason why it is void. Every
 * question is answered by walking through the whole list again; nothing is kept from one answer to the next.
 */

/** An authentic event; `material` is that of the key that signed. */
export interface Told<E extends LedgerEvent = LedgerEvent> {
  readonly event: E;
  readonly id: string;
  readonly at: number;
  readonly material: string;
}

/** An authentic event and what became of it; `void` null: it has effect. */
export interface Fact<E extends LedgerEvent = LedgerEvent> extends Told<E> {
  readonly void: string | null;
}

/** A policy that is or was in force: for what stands after the event number `after`. */
export interface Reign {
  readonly id: string;
  readonly policy: Policy;
  readonly after: number;
}

export interface Page {
  readonly facts: readonly Fact[];
  /** Oldest first. */
  readonly reigns: readonly Reign[];
}

/** A request, and where in the list it stands. */
export interface Asked {
  readonly fact: Fact<RequestEvent>;
  readonly index: number;
}

type Of<T extends ChainedEvent['type']> = Extract<ChainedEvent, { type: T }>;

/** All events of a type that have effect, with their numbers. */
export function effective<T extends ChainedEvent['type']>(
  { facts }: Page,
  type: T,
): { fact: Fact<Of<T>>; index: number }[] {
  const isIt = (fact: Fact): fact is Fact<Of<T>> => fact.event.type === type && fact.void === null;
  return facts.flatMap((fact, index) => (isIt(fact) ? [{ fact, index }] : []));
}

export function reignAt({ reigns }: Page, index: number): Reign {
  const reign = reigns.filter(({ after }) => after < index).at(-1);
  if (reign === undefined) throw new Error('before the genesis no policy is in force');
  return reign;
}

/** The policy in force for whatever comes next. */
export function head(page: Page): Reign {
  return reignAt(page, page.facts.length);
}

/** Reads a ledger: which policies came into force, one after the other. */
export function pageOf(facts: readonly Fact[]): Page {
  const [genesis] = facts;
  if (genesis?.event.type !== 'genesis') throw new Error('a ledger begins with its genesis');
  const reigns: Reign[] = [{ id: genesis.id, policy: genesis.event.policy, after: 0 }];
  facts.forEach((fact, index) => {
    if (fact.event.type !== 'approve' || fact.void !== null) return;
    const sofar: Page = { facts: facts.slice(0, index + 1), reigns: [...reigns] };
    const asked = requestOf(sofar, fact.event.request);
    if (asked === null || asked.fact.event.action.kind !== 'policy') return;
    const { base, policy } = asked.fact.event.action;
    // "If its `base` is still the current one then". What is in force at the approval is what it replaces.
    if (base === reigns.at(-1)?.id && isQuorate(sofar, asked, fact.at, reignAt(sofar, index)))
      reigns.push({ id: asked.fact.id, policy, after: index });
  });
  return { facts, reigns };
}

export function requestOf({ facts }: Page, id: string): Asked | null {
  const index = facts.findIndex((fact) => fact.id === id && fact.event.type === 'request');
  const fact = facts[index];
  if (fact?.event.type !== 'request') return null;
  return { fact: { ...fact, event: fact.event }, index };
}

/** The approvals of a request that are not void. */
export function approvalsOf(
  page: Page,
  { fact: { id } }: Asked,
): { fact: Fact<ApproveEvent>; index: number }[] {
  return effective(page, 'approve').filter(({ fact }) => fact.event.request === id);
}

/** The policy and clauses that a request met when it was written; null: no rule covered it. */
function writtenClauses(
  page: Page,
  { fact, index }: Asked,
): { policy: Policy; clauses: readonly Clause[] } | null {
  const { policy } = reignAt(page, index);
  const { action } = fact.event;
  if (action.kind === 'policy') return { policy, clauses: policy.changes };
  const rule = ruleFor(policy, action);
  return rule === null ? null : { policy, clauses: rule.approvals };
}

/** The same for the policy `reign`: no rule covers a policy request. */
function laterClauses(
  { fact }: Asked,
  { policy }: Reign,
): { policy: Policy; clauses: readonly Clause[] } | null {
  const { action } = fact.event;
  const rule = action.kind === 'policy' ? null : ruleFor(policy, action);
  return rule === null ? null : { policy, clauses: rule.approvals };
}

/** Counting 2: "Eligible at a position". */
export function isEligible(page: Page, asked: Asked, handle: string, reign: Reign): boolean {
  if (!isMember(reign.policy, handle) || handle === asked.fact.event.actor) return false;
  return [writtenClauses(page, asked), laterClauses(asked, reign)].some(
    (each) => each !== null && isNamedInClauses(each.policy, each.clauses, handle),
  );
}

/** Counting 2: "An approval lapses for good when a policy takes effect that does not list that key for that member". */
export function hasLapsed({ reigns }: Page, approval: Fact<ApproveEvent>, index: number): boolean {
  const { actor } = approval.event;
  return reigns.some(
    ({ after, policy }) =>
      after >= index &&
      !(
        isMember(policy, actor) &&
        keysFor(policy, actor).some(({ material }) => material === approval.material)
      ),
  );
}

/** Counting 6: the halts that no policy change requested after them has lifted. Null: everything. */
export function haltsIn(page: Page): (string | null)[] {
  const requested = page.reigns.flatMap(({ id }) => requestOf(page, id)?.index ?? []);
  return effective(page, 'halt')
    .filter(({ index }) => !requested.some((later) => later > index))
    .map(({ fact }) => fact.event.who ?? null);
}

/** Counting 2: the approvers whose approvals count now. */
export function countedApprovers(page: Page, asked: Asked, now: number, reign = head(page)): string[] {
  const isChange = asked.fact.event.action.kind === 'policy';
  return approvalsOf(page, asked)
    .filter(({ fact, index }) => {
      const { actor } = fact.event;
      const fit = keysFor(reign.policy, actor).some(
        (key) => key.material === fact.material && isFit(key, now),
      );
      const before = { facts: page.facts, reigns: page.reigns.filter(({ after }) => after <= reign.after) };
      return (
        fit &&
        !hasLapsed(before, fact, index) &&
        isEligible(page, asked, actor, reign) &&
        (isChange || !haltsIn(page).includes(actor))
      );
    })
    .map(({ fact }) => fact.event.actor);
}

/** Counting 1: both sets of clauses. */
export function isQuorate(page: Page, asked: Asked, now: number, reign = head(page)): boolean {
  const people = countedApprovers(page, asked, now, reign);
  const written = writtenClauses(page, asked);
  if (written === null || !areMet(written.policy, written.clauses, people)) return false;
  if (asked.fact.event.action.kind === 'policy') return true;
  const later = laterClauses(asked, reign);
  return later !== null && areMet(later.policy, later.clauses, people);
}

/** Counting 4: the number in the list of the first approval with which the approvals that are not void meet the clauses when written. */
function completedBy(page: Page, asked: Asked): { at: number; index: number } | null {
  const written = writtenClauses(page, asked);
  if (written === null) return null;
  const people: string[] = [];
  for (const { fact, index } of approvalsOf(page, asked)) {
    people.push(fact.event.actor);
    if (areMet(written.policy, written.clauses, people)) return { at: fact.at, index };
  }
  return null;
}

export function quorumTime(page: Page, asked: Asked): number | null {
  return completedBy(page, asked)?.at ?? null;
}

/** Why a request is void: when it was written, or (a policy) because it was completed after another had come into force. */
export function voidReason(page: Page, asked: Asked): string | null {
  const { fact } = asked;
  if (fact.void !== null || fact.event.action.kind !== 'policy') return fact.void;
  if (page.reigns.some(({ id }) => id === fact.id)) return null;
  const { base } = fact.event.action;
  const written = writtenClauses(page, asked);
  const people: string[] = [];
  for (const { fact: approval, index } of approvalsOf(page, asked)) {
    people.push(approval.event.actor);
    if (
      reignAt(page, index).id !== base &&
      written !== null &&
      areMet(written.policy, written.clauses, people)
    )
      return 'stale';
  }
  return null;
}

/** How a request ended: `applied` for a policy that came into force. */
export function closedAs(page: Page, { fact: { id } }: Asked): string | null {
  if (page.reigns.some((reign) => reign.id === id)) return 'applied';
  return effective(page, 'close').find(({ fact }) => fact.event.request === id)?.fact.event.as ?? null;
}

export interface Limits {
  readonly duration: number | null;
  readonly uses: number | null;
}

/** Counting 4: "the least of the request's, both rules' and those of every approval that is not void". */
export function limitsOf(page: Page, asked: Asked): Limits {
  const { event } = asked.fact;
  const { action } = event;
  if (action.kind === 'policy' || !('duration' in event)) return { duration: null, uses: null };
  const rules: Rule[] = [];
  for (const { policy } of [reignAt(page, asked.index), head(page)]) {
    const rule = ruleFor(policy, action);
    if (rule !== null) rules.push(rule);
  }
  const approvals = approvalsOf(page, asked).map(({ fact }) => fact.event);
  const durations = [event.duration, ...rules.map((rule) => rule.maxDuration)];
  const uses = ['uses' in event ? event.uses : Infinity, ...rules.map((rule) => rule.maxUses)];
  for (const approval of approvals) {
    if (approval.duration !== undefined) durations.push(approval.duration);
    if (approval.uses !== undefined) uses.push(approval.uses);
  }
  return { duration: Math.min(...durations), uses: action.kind === 'command' ? Math.min(...uses) : null };
}

/** Counting 4: from the first second to the one after the last; null: no quorum yet, or nothing to be used. */
export function windowOf(page: Page, asked: Asked): { start: number; end: number } | null {
  const { event } = asked.fact;
  const { duration } = limitsOf(page, asked);
  const quorumAt = quorumTime(page, asked);
  if (quorumAt === null || duration === null) return null;
  if (!('notBefore' in event)) return { start: quorumAt, end: quorumAt + duration };
  const notBefore = Date.parse(event.notBefore) / 1000;
  return { start: Math.max(quorumAt, notBefore), end: notBefore + duration };
}

/** The starts of a request that have effect, with how each ended. */
export function runsOf(
  page: Page,
  { fact: { id } }: Asked,
): { id: string; actor: string; failed: boolean | null }[] {
  return effective(page, 'start')
    .filter(({ fact }) => fact.event.request === id)
    .map(({ fact }) => {
      const finish = effective(page, 'finish').find((each) => each.fact.event.run === fact.id);
      return {
        id: fact.id,
        actor: fact.event.actor,
        failed: finish === undefined ? null : 'failed' in finish.fact.event.exit,
      };
    });
}

/** Counting 7: starts, less one where a run failed. */
export function spentOf(page: Page, asked: Asked): number {
  const runs = runsOf(page, asked);
  return runs.length - (runs.some(({ failed }) => failed === true) ? 1 : 0);
}

/** Section 6, The first policy. */
export function isEndorsed(page: Page): boolean {
  const [genesis] = page.facts;
  const reign = page.reigns[0];
  if (genesis === undefined || reign === undefined) return false;
  const approvals = effective(page, 'approve').filter(({ fact }) => fact.event.request === genesis.id);
  return approvals.some(({ fact: last, index }) => {
    const people = approvals
      .filter((each) => each.index <= index)
      .filter(({ fact }) =>
        keysFor(reign.policy, fact.event.actor).some(
          (key) => key.material === fact.material && isFit(key, last.at),
        ),
      )
      .map(({ fact }) => fact.event.actor);
    return areMet(reign.policy, reign.policy.changes, people);
  });
}
