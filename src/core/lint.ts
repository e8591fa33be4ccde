import type { KeyInfo } from './keys.js';
import { keyRemarks } from './lint-keys.js';
import { nameRemarks } from './lint-names.js';
import type { Remark } from './lint-remark.js';
import { ruleRemarks } from './lint-rules.js';
import { useRemarks } from './lint-use.js';
import type { Policy } from './policy-document.js';
import { newBudget } from './weigh.js';
import { assemblyOf } from './weigh-assembly.js';

export type { Remark } from './lint-remark.js';

/**
 * What a valid policy would do that its writers hardly want, what a writer must confirm first. `ring`: its keys by handle, as in
 * PolicyRecord; `now`: seconds. Bounded work: a policy whose rules are too many or too long to look through gets a remark that says so.
 */
export function remarks(
  policy: Policy,
  ring: Readonly<Record<string, readonly KeyInfo[]>>,
  now: number,
): readonly Remark[] {
  const scales = { assembly: assemblyOf(policy), budget: newBudget() };
  const found = [
    ...ruleRemarks(policy, scales),
    ...nameRemarks(policy),
    ...keyRemarks(policy, ring, now),
    ...useRemarks(policy),
  ];
  if (scales.budget.characters < 0 || scales.budget.matchings <= 0) {
    found.unshift({
      level: 'refuse',
      path: ['rules'],
      message:
        'The rules are too many or too long to be looked through: some of what is wrong with them may not be said here.',
      mend: 'Write fewer rules, shorter patterns and fewer clauses.',
    });
  }
  return [
    ...found.filter(({ level }) => level === 'refuse'),
    ...found.filter(({ level }) => level === 'warn'),
  ];
}
