import { EVERYONE } from './clauses.js';
import { clauseDifferences } from './compare-clauses.js';
import { neverSilent, sameText, weightOf, type Difference, type Weight } from './compare-difference.js';
import { orderDifferences } from './compare-order.js';
import { groupDifferences, partyDifferences } from './compare-people.js';
import { reachDifferences } from './compare-reach.js';
import { pairRules, ruleDifferences, type Compared } from './compare-rules.js';
import type { Policy, Rule } from './policy-document.js';
import type { PolicyRecord } from './state.js';
import { newBudget, weakerThan } from './weigh.js';
import { assemblyOf } from './weigh-assembly.js';
import type { Scales } from './weigh-rules.js';
import { clausesText, testText } from './weigh-words.js';

export type { Difference, Weight } from './compare-difference.js';

const ORDER: readonly Weight[] = ['weaker', 'key', 'person', 'stronger', 'other'];

/** `changes` are clauses for which any member may ask. */
function changesDifferences(scales: Scales, before: Policy, after: Policy): Difference[] {
  if (sameText(before.changes, after.changes)) return [];
  const { assembly, budget } = scales;
  const old = { policy: before, clauses: before.changes };
  const now = { policy: after, clauses: after.changes };
  const askers = assembly.setOf(after, [EVERYONE]);
  const weaker = weakerThan(assembly, old, now, askers, budget) !== 'no';
  const stronger = weakerThan(assembly, now, old, askers, budget) === 'yes';
  const [is, was] = [clausesText(after.changes), clausesText(before.changes)];
  const words =
    is === was
      ? `a change of the policy takes ${is}, written in another way`
      : `a change of the policy takes ${is}, was ${was}`;
  return [{ weight: weightOf(weaker, stronger), about: 'changes', words }];
}

function protocolDifferences(before: Policy, after: Policy): Difference[] {
  if (before.protocol === after.protocol) return [];
  const raised = `is ${after.protocol}, was ${before.protocol}: programs that do not know it decide nothing any more, for good`;
  const words = after.protocol > before.protocol ? raised : `is ${after.protocol}, was ${before.protocol}`;
  return [{ weight: 'weaker', about: 'protocol', words }];
}

function testDifferences(before: Policy, after: Policy): Difference[] {
  if (sameText(before.tests, after.tests)) return [];
  const [was, is] = [(before.tests ?? []).map(testText), (after.tests ?? []).map(testText)];
  const [old, now] = [new Set(was), new Set(is)];
  const gone = [...old].filter((test) => !now.has(test));
  const come = [...now].filter((test) => !old.has(test));
  const found = [...gone.map((test) => `is removed: ${test}`), ...come.map((test) => `is new: ${test}`)];
  return (found.length === 0 ? ['are written in another way'] : found).map((words) => {
    return { weight: 'other', about: found.length === 0 ? 'tests' : 'test', words };
  });
}

/** Lists that are empty in one policy and absent in the other mean the same. */
function emptyDifferences(before: Policy, after: Policy): Difference[] {
  return (['executors', 'groups'] as const).flatMap((field): Difference[] => {
    const [was, is] = [before[field], after[field]];
    if (sameText(was, is) || !sameText(was ?? {}, is ?? {})) return [];
    return [{ weight: 'other', about: field, words: 'there are none, written in another way' }];
  });
}

function keptRules({ before, after, pairs }: Compared): { was: Rule; is: Rule }[] {
  return pairs.flatMap((pair) => {
    const [was, is] = [before.rules[pair.was], after.rules[pair.is]];
    return was === undefined || is === undefined ? [] : [{ was, is }];
  });
}

/**
 * What changes from one policy to another, the most dangerous first; empty where it is the same word for word, and only there.
 * Keys are told by `ring`; everything else by the documents. Bounded work: where it does not suffice (hostile policies), weaker.
 */
export function comparePolicies(before: PolicyRecord, after: PolicyRecord): readonly Difference[] {
  if (sameText(before.policy, after.policy)) return [];
  const [old, now] = [before.policy, after.policy];
  const scales = { assembly: assemblyOf(old, now), budget: newBudget() };
  const compared = { before: old, after: now, pairs: pairRules(old, now) };
  const kept = keptRules(compared);
  const found = [
    ...protocolDifferences(old, now),
    ...changesDifferences(scales, old, now),
    ...ruleDifferences(scales, compared),
    ...clauseDifferences(scales, old, now, kept),
    ...orderDifferences(scales, compared),
    ...partyDifferences('members', before, after),
    ...partyDifferences('executors', before, after),
    ...reachDifferences(scales.assembly, old, now, kept),
    ...groupDifferences(old, now),
    ...emptyDifferences(old, now),
    ...testDifferences(old, now),
  ];
  const all = neverSilent('policy', old, now, found);
  return ORDER.flatMap((weight) => all.filter((difference) => difference.weight === weight));
}
