import { EVERYONE } from './clauses.js';
import { covers, coversWithin, type Work } from './cover.js';
import type { Policy, Rule } from './policy-document.js';
import { formatDuration } from './time.js';
import type { PeopleSet } from './places.js';
import { weakerThan, type Budget } from './weigh.js';
import { anyBeyond, both, isNobody, type Assembly, type Demand } from './weigh-assembly.js';
import { clausesText, lengthText, namesText, patternsText, usesText } from './weigh-words.js';

/** One list, since what it stands for is remembered by it. */
const ALL: readonly string[] = [EVERYONE];

/** A rule, and the policy whose names it is read with. */
export interface Placed {
  readonly policy: Policy;
  readonly rule: Rule;
}

/** One thing that two rules ask for differently. The texts are safe to show, and made when they are wanted: pairs of rules are many. */
export interface Weighed {
  /** `approvals`, `ticket`, `longest grant`. */
  readonly what: string;
  readonly is: () => string;
  readonly was: () => string;
  /** The second rule lets something through that the first does not; `stronger`: the other way round. Both may hold, and neither. */
  readonly weaker: boolean;
  readonly stronger: boolean;
}

/** `text` of both, where `wider(a, b)` says whether `a` lets something through that `b` does not. */
function weighed<T>(
  what: string,
  was: T,
  is: T,
  text: (value: T) => string,
  wider: (a: T, b: T) => boolean,
): Weighed {
  const texts = { is: () => text(is), was: () => text(was) };
  return { what, ...texts, weaker: wider(is, was), stronger: wider(was, is) };
}

type List = readonly string[];

function sameList(a: List | undefined, b: List | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** Lists of what is allowed; undefined allows everything. Where `work` is used up, two that are not the same are each wider. */
function allowed(
  work: Work,
  what: string,
  was: List | undefined,
  is: List | undefined,
  every: string,
): Weighed {
  const wider = (a: List | undefined, b: List | undefined): boolean => {
    if (b === undefined || sameList(a, b)) return false;
    if (a === undefined) return true;
    work.characters -= 8 * (a.length + b.length);
    if (work.characters < 0) return true;
    const known = new Set(b);
    return a.some((item) => !known.has(item));
  };
  return weighed(what, was, is, (list) => (list === undefined ? every : namesText(list, 'none')), wider);
}

/** Pins are demanded: more patterns are stronger. */
function pins(work: Work, was: List, is: List): Weighed {
  const lacks = (a: List, b: List): boolean =>
    !sameList(a, b) && b.some((pattern) => !a.some((other) => coversWithin(work, other, pattern)));
  return weighed('arguments that must be pinned', was, is, (list) => patternsText(list, 'none'), lacks);
}

function ticketText(ticket: Rule['ticket']): string {
  return ticket === undefined ? 'none needed' : patternsText([ticket.pattern]);
}

function widerTicket(a: Rule['ticket'], b: Rule['ticket']): boolean {
  return b !== undefined && (a === undefined || !covers(b.pattern, a.pattern));
}

function reasonText(length: number): string {
  return length === 0 ? 'of any length' : lengthText(length);
}

const more = (a: number, b: number): boolean => a > b;
const fewer = (a: number, b: number): boolean => a < b;

/**
 * The limits and guards of two rules, in the order in which a policy names them. Section 6. Where `work` is used up, lists that are
 * not the same count as weaker.
 */
export function guardsWeighed(was: Rule, is: Rule, work: Work): Weighed[] {
  const [wasLong, isLong] = [was.justification?.minLength ?? 0, is.justification?.minLength ?? 0];
  const endless = (a: boolean, b: boolean): boolean => b && !a;
  const yes = (value: boolean): string => (value ? 'yes' : 'no');
  return [
    weighed('longest grant', was.maxDuration, is.maxDuration, formatDuration, more),
    weighed('longest wait for approvals', was.maxPending, is.maxPending, formatDuration, more),
    weighed('most uses', was.maxUses, is.maxUses, usesText, more),
    weighed('reason', wasLong, isLong, reasonText, fewer),
    weighed('ticket', was.ticket, is.ticket, ticketText, widerTicket),
    allowed(work, 'executors', was.executors, is.executors, 'any, or a person'),
    pins(work, was.pins ?? [], is.pins ?? []),
    allowed(work, 'variables', was.env, is.env, 'any'),
    allowed(work, 'standard input', was.stdin, is.stdin, 'any'),
    weighed('ended when its time is over', was.enforceEnd === true, is.enforceEnd === true, yes, endless),
  ];
}

/** What is known of two policies, to weigh their rules with. */
export interface Scales {
  readonly assembly: Assembly;
  readonly budget: Budget;
}

function demand({ policy, rule }: Placed): Demand {
  return { policy, clauses: rule.approvals };
}

/** The members who may ask under a rule. */
export function askersOf({ assembly }: Scales, { policy, rule }: Placed): PeopleSet {
  return assembly.setOf(policy, rule.requesters ?? ALL);
}

/** The approvals of two rules: weighed for those who may ask under both, or, where nobody may, under the second. */
export function approvalsWeighed(scales: Scales, was: Placed, is: Placed): Weighed {
  const { assembly, budget } = scales;
  const shared = both(askersOf(scales, was), askersOf(scales, is));
  const askers = isNobody(shared) ? askersOf(scales, is) : shared;
  return {
    what: 'approvals',
    is: () => clausesText(is.rule.approvals),
    was: () => clausesText(was.rule.approvals),
    weaker: weakerThan(assembly, demand(was), demand(is), askers, budget) !== 'no',
    stronger: weakerThan(assembly, demand(is), demand(was), askers, budget) === 'yes',
  };
}

/** Who may ask under two rules, of those who are members of both policies. */
export function requestersWeighed(scales: Scales, was: Placed, is: Placed): Weighed {
  const { assembly } = scales;
  const known = both(assembly.setOf(was.policy, ALL), assembly.setOf(is.policy, ALL));
  const [before, after] = [askersOf(scales, was), askersOf(scales, is)];
  return {
    what: 'who may ask',
    is: () => namesText(is.rule.requesters ?? [EVERYONE]),
    was: () => namesText(was.rule.requesters ?? [EVERYONE]),
    weaker: anyBeyond(known, after, before),
    stronger: anyBeyond(known, before, after),
  };
}
