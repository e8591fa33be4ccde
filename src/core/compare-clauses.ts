import { EVERYONE } from './clauses.js';
import { entryOf, sameText, weightOf, type Difference } from './compare-difference.js';
import type { KeptRule } from './compare-reach.js';
import type { Clause, Policy } from './policy-document.js';
import { weakerThan } from './weigh.js';
import { isNobody, minus } from './weigh-assembly.js';
import type { Scales } from './weigh-rules.js';
import { clausesText } from './weigh-words.js';

/** Clauses that both policies have, and who may ask for what they approve. */
interface Kept {
  readonly about: string;
  readonly was: readonly Clause[];
  readonly is: readonly Clause[];
  readonly requesters: readonly string[];
}

/** `policy` with those members alone who were in `before`. */
function withoutNewcomers(before: Policy, policy: Policy): Policy {
  const entries = Object.entries(policy.members).filter(([handle]) => entryOf(before.members, handle));
  const members = Object.assign(Object.create(null), Object.fromEntries(entries)) as Policy['members'];
  return { ...policy, members };
}

function compareClauses(scales: Scales, before: Policy, known: Policy, kept: Kept): Difference[] {
  const { assembly, budget } = scales;
  const old = { policy: before, clauses: kept.was };
  const now = { policy: known, clauses: kept.is };
  const named = (policy: Policy, clauses: readonly Clause[]) =>
    assembly.setOf(
      policy,
      clauses.flatMap(({ from }) => from),
    );
  const [could, can] = [named(before, kept.was), named(known, kept.is)];
  const askers = assembly.setOf(known, kept.requesters);
  // Where somebody gains or loses the right to approve, that is told of the person.
  const weaker = isNobody(minus(can, could)) && weakerThan(assembly, old, now, askers, budget) !== 'no';
  const stronger = isNobody(minus(could, can)) && weakerThan(assembly, now, old, askers, budget) === 'yes';
  if (!weaker && !stronger) return [];
  const fate = weaker
    ? 'people who could not give them together now can'
    : 'people who could give them together no longer can';
  const words = `approvals: ${clausesText(kept.is)} as before, but of other people: ${fate}`;
  return [{ weight: weightOf(weaker, stronger), about: kept.about, words }];
}

/**
 * Clauses that stay word for word, and are weaker or stronger for what changed in the groups that they name: who stands in two groups, say,
 * stands in one of them only, so that each of two people can give what only one of them could.
 */
export function clauseDifferences(
  scales: Scales,
  before: Policy,
  after: Policy,
  rules: readonly KeptRule[],
): Difference[] {
  const known = withoutNewcomers(before, after);
  const kept: Kept[] = [
    ...rules.map(({ was, is }) => {
      return {
        about: `rule ${is.name}`,
        was: was.approvals,
        is: is.approvals,
        requesters: is.requesters ?? [EVERYONE],
      };
    }),
    { about: 'changes', was: before.changes, is: after.changes, requesters: [EVERYONE] },
  ];
  return kept.flatMap((one) => (sameText(one.was, one.is) ? compareClauses(scales, before, known, one) : []));
}
