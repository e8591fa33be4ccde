import { EVERYONE } from './clauses.js';
import { covers, coversWithin, type Work } from './cover.js';
import type { Policy, Rule } from './policy-document.js';
import { formatDuration } from './time.js';
import type { PeopleSet } from './places.js';
import { both, isNobody, minus, weakerThan, type Assembly, type Budget, type Demand } from './weigh.js';
import { clausesText, lengthText, namesText, patternsText, usesText } from './weigh-words.js';

/** A rule, and the policy whose names it is read with. */
export interface Placed {
  readonly policy: Policy;
  readonly rule: Rule;
}

/** One thing that two rules ask for differently. All texts are safe to show. */
export interface Weighed {
  /** `approvals`, `ticket`, `longest grant`. */
  readonly what: string;
  readonly is: string;
  readonly was: string;
  /** The second rule lets something through that the first does not; `stronger`: the other way round. Both may hold, and neither. */
  readonly weaker: boolean;
  readonly stronger: boolean;
}

function limit(what: string, was: number, is: number, text: (value: number) => string): Weighed {
  return { what, is: text(is), was: text(was), weaker: is > was, stronger: is < was };
}

/** Lists of what is allowed; undefined allows everything. */
function allowed(
  what: string,
  was: readonly string[] | undefined,
  is: readonly string[] | undefined,
  every: string,
): Weighed {
  const more = (wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean => {
    if (narrow === undefined) return false;
    const known = new Set(narrow);
    return wide === undefined || wide.some((item) => !known.has(item));
  };
  const text = (list: readonly string[] | undefined): string =>
    list === undefined ? every : namesText(list, 'none');
  return { what, is: text(is), was: text(was), weaker: more(is, was), stronger: more(was, is) };
}

function ticket({ ticket: was }: Rule, { ticket: is }: Rule): Weighed {
  const text = (found: Rule['ticket']): string =>
    found === undefined ? 'none needed' : patternsText([found.pattern]);
  const wider = (a: Rule['ticket'], b: Rule['ticket']): boolean =>
    b !== undefined && (a === undefined || !covers(b.pattern, a.pattern));
  return { what: 'ticket', is: text(is), was: text(was), weaker: wider(is, was), stronger: wider(was, is) };
}

/** Pins are demanded: more patterns are stronger. */
function pins({ pins: was = [] }: Rule, { pins: is = [] }: Rule, work: Work): Weighed {
  const unlike = was.join('\0') !== is.join('\0');
  const lacks = (a: readonly string[], b: readonly string[]): boolean =>
    b.some((pattern) => !a.some((other) => coversWithin(work, other, pattern)));
  return {
    what: 'arguments that must be pinned',
    is: patternsText(is, 'none'),
    was: patternsText(was, 'none'),
    weaker: unlike && lacks(is, was),
    stronger: unlike && lacks(was, is),
  };
}

function ending({ enforceEnd: was }: Rule, { enforceEnd: is }: Rule): Weighed {
  const text = (value: true | undefined): string => (value === true ? 'yes' : 'no');
  const [weaker, stronger] = [was === true && is !== true, is === true && was !== true];
  return { what: 'ended when its time is over', is: text(is), was: text(was), weaker, stronger };
}

/**
 * The limits and guards that two rules have differently, in the order in which a policy names them. Section 6. Where `work` is used up,
 * lists of pins that are not the same count as weaker.
 */
export function guardsWeighed(was: Rule, is: Rule, work: Work): Weighed[] {
  const shortest = (length: number): string => (length === 0 ? 'of any length' : lengthText(length));
  const found: Weighed[] = [
    limit('longest grant', was.maxDuration, is.maxDuration, formatDuration),
    limit('longest wait for approvals', was.maxPending, is.maxPending, formatDuration),
    limit('most uses', was.maxUses, is.maxUses, usesText),
  ];
  const [wasLong, isLong] = [was.justification?.minLength ?? 0, is.justification?.minLength ?? 0];
  // Of a least length, the lower one lets more through.
  const reason = limit('reason', wasLong, isLong, shortest);
  found.push({ ...reason, weaker: reason.stronger, stronger: reason.weaker });
  found.push(ticket(was, is));
  found.push(allowed('executors', was.executors, is.executors, 'any, or a person'));
  found.push(pins(was, is, work));
  found.push(allowed('variables', was.env, is.env, 'any'));
  found.push(allowed('standard input', was.stdin, is.stdin, 'any'));
  found.push(ending(was, is));
  return found.filter((one) => one.weaker || one.stronger || one.is !== one.was);
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
  return assembly.setOf(policy, rule.requesters ?? [EVERYONE]);
}

/** The approvals of two rules: weighed for those who may ask under both, or, where nobody may, under the second. */
export function approvalsWeighed(scales: Scales, was: Placed, is: Placed): Weighed {
  const { assembly, budget } = scales;
  const shared = both(askersOf(scales, was), askersOf(scales, is));
  const askers = isNobody(shared) ? askersOf(scales, is) : shared;
  return {
    what: 'approvals',
    is: clausesText(is.rule.approvals),
    was: clausesText(was.rule.approvals),
    weaker: weakerThan(assembly, demand(was), demand(is), askers, budget) !== 'no',
    stronger: weakerThan(assembly, demand(is), demand(was), askers, budget) === 'yes',
  };
}

/** Who may ask under two rules, of those who are members of both policies. */
export function requestersWeighed(scales: Scales, was: Placed, is: Placed): Weighed {
  const { assembly } = scales;
  const known = both(assembly.setOf(was.policy, [EVERYONE]), assembly.setOf(is.policy, [EVERYONE]));
  const [before, after] = [askersOf(scales, was), askersOf(scales, is)];
  return {
    what: 'who may ask',
    is: namesText(is.rule.requesters ?? [EVERYONE]),
    was: namesText(was.rule.requesters ?? [EVERYONE]),
    weaker: !isNobody(both(known, minus(after, before))),
    stronger: !isNobody(both(known, minus(before, after))),
  };
}
