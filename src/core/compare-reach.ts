import { EVERYONE } from './clauses.js';
import type { Difference } from './compare-difference.js';
import { hasPerson, type PeopleSet } from './places.js';
import type { Clause, Policy, Rule } from './policy-document.js';
import { both, isNobody, minus, type Assembly } from './weigh-assembly.js';
import { listText, namesText } from './weigh-words.js';

/** A rule that both policies have, under whatever name. */
export interface KeptRule {
  readonly was: Rule;
  readonly is: Rule;
}

/** One thing that a member may do, and who may before and after. */
interface Right {
  readonly kind: 'ask' | 'approve' | 'change';
  readonly rule: string;
  readonly before: PeopleSet;
  readonly after: PeopleSet;
}

function rightsOf(assembly: Assembly, before: Policy, after: Policy, kept: readonly KeptRule[]): Right[] {
  const named = (policy: Policy, clauses: readonly Clause[]): PeopleSet =>
    assembly.setOf(
      policy,
      clauses.flatMap(({ from }) => from),
    );
  const askers = (policy: Policy, rule: Rule): PeopleSet =>
    assembly.setOf(policy, rule.requesters ?? [EVERYONE]);
  return [
    ...kept.flatMap(({ was, is }): Right[] => [
      { kind: 'ask', rule: is.name, before: askers(before, was), after: askers(after, is) },
      {
        kind: 'approve',
        rule: is.name,
        before: named(before, was.approvals),
        after: named(after, is.approvals),
      },
    ]),
    {
      kind: 'change',
      rule: '',
      before: named(before, before.changes),
      after: named(after, after.changes),
    },
  ];
}

function rightsText(rights: readonly Right[]): string {
  const rules = (kind: 'ask' | 'approve'): string[] =>
    rights.filter((right) => right.kind === kind).map(({ rule }) => rule);
  const [asks, approves] = [rules('ask'), rules('approve')];
  return listText([
    ...(asks.length === 0 ? [] : [`ask under ${namesText(asks)}`]),
    ...(approves.length === 0 ? [] : [`approve under ${namesText(approves)}`]),
    ...(rights.some(({ kind }) => kind === 'change') ? ['approve changes of the policy'] : []),
  ]);
}

/** Those of `people` who gain or lose the same rights, with what it is. */
function folded(
  assembly: Assembly,
  rights: readonly (Right & { readonly who: PeopleSet })[],
): { readonly handles: readonly string[]; readonly text: string }[] {
  const found = new Map<string, { handles: string[]; rights: Right[] }>();
  const changed = rights.filter(({ who }) => !isNobody(who));
  assembly.handles.forEach((handle, i) => {
    const mine = changed.filter(({ who }) => hasPerson(who, i));
    if (mine.length === 0) return;
    const key = changed.map(({ who }) => (hasPerson(who, i) ? '1' : '0')).join('');
    const same = found.get(key);
    if (same === undefined) found.set(key, { handles: [handle], rights: mine });
    else same.handles.push(handle);
  });
  return [...found.values()].map((one) => ({ handles: one.handles, text: rightsText(one.rights) }));
}

function aboutText(handles: readonly string[]): string {
  return `${handles.length === 1 ? 'member' : 'members'} ${handles.join(', ')}`;
}

/**
 * Who may now ask under which rule, approve under which, and approve changes of the policy, and who may no longer: those who gain or
 * lose the same are one difference. Of members who are new, what they gain goes with the person; of those removed nothing is said.
 */
export function reachDifferences(
  assembly: Assembly,
  before: Policy,
  after: Policy,
  kept: readonly KeptRule[],
): Difference[] {
  const [old, now] = [assembly.setOf(before, [EVERYONE]), assembly.setOf(after, [EVERYONE])];
  const rights = rightsOf(assembly, before, after, kept);
  const gains = rights.map((right) => ({ ...right, who: minus(right.after, right.before) }));
  const losses = rights.map((right) => ({ ...right, who: both(now, minus(right.before, right.after)) }));
  const among = (set: PeopleSet, list: readonly (Right & { readonly who: PeopleSet })[]) =>
    folded(
      assembly,
      list.map((right) => ({ ...right, who: both(set, right.who) })),
    );
  const stay = both(old, now);
  return [
    ...among(stay, gains).map(({ handles, text }): Difference => {
      return { weight: 'weaker', about: aboutText(handles), words: `may now ${text}` };
    }),
    ...among(minus(now, old), gains).map(({ handles, text }): Difference => {
      return { weight: 'person', about: aboutText(handles), words: `may ${text}` };
    }),
    ...among(stay, losses).map(({ handles, text }): Difference => {
      return { weight: 'stronger', about: aboutText(handles), words: `may no longer ${text}` };
    }),
  ];
}
