import { weightOf, type Difference } from './compare-difference.js';
import { weighedText, type Compared } from './compare-rules.js';
import { coversMatch, matchesOverlap } from './cover.js';
import type { Policy, Rule } from './policy-document.js';
import {
  approvalsWeighed,
  guardsWeighed,
  requestersWeighed,
  type Scales,
  type Weighed,
} from './weigh-rules.js';
import { namesText, ruleText } from './weigh-words.js';

/** Rules of whose demands a difference speaks one by one; further ones are named. */
const TOLD_AT_MOST = 3;

/** What one rule of the new policy would decide that it did not decide before. */
interface Taking {
  readonly rule: Rule;
  /** Index of what it was; -1: it is new. */
  readonly was: number;
  /** Rules of the old policy that may have decided some of it. */
  readonly from: readonly Rule[];
  /** It may cover what no rule covered. */
  readonly newGround: boolean;
  /** A rule before it covers all that it covers. */
  readonly dead: Rule | null;
  /** That was so before. */
  readonly wasDead: boolean;
}

function indexOr(index: number): number {
  return index === -1 ? Infinity : index;
}

/**
 * For each rule of the new policy, the old rules from which it takes cases. The first match decides, so that a case of a new rule N was
 * another's, L, before only where both cover it, no rule before N in the new policy takes all of L's cases, and none before L in the
 * old one takes all of N's. That errs on the side of naming too many.
 */
function takings(scales: Scales, { before, after, pairs }: Compared): Taking[] {
  const { budget } = scales;
  const first = (rules: readonly Rule[], covered: Rule): number =>
    indexOr(rules.findIndex((rule) => coversMatch(rule.match, covered.match, budget)));
  const takenInOld = before.rules.map((rule) => first(before.rules, rule));
  const takenInNew = before.rules.map((rule) => first(after.rules, rule));
  const oldOf = new Map(pairs.map(({ was, is }) => [is, was]));
  return after.rules.map((rule, i) => {
    const was = oldOf.get(i) ?? -1;
    const decided = first(before.rules, rule);
    const earlier = first(after.rules, rule);
    const from = before.rules.filter(
      (other, k) =>
        k !== was &&
        k <= decided &&
        (takenInOld[k] ?? k) >= k &&
        (takenInNew[k] ?? i) >= i &&
        matchesOverlap(other.match, rule.match, budget),
    );
    const dead = earlier < i ? (after.rules[earlier] ?? null) : null;
    const wasDead = was !== -1 && (takenInOld[was] ?? was) < was;
    return { rule, was, from: dead === null ? from : [], newGround: decided === Infinity, dead, wasDead };
  });
}

/** In what `is` asks for less than `was`, and whether for more in anything. */
function weighAll(scales: Scales, compared: Compared, was: Rule, is: Rule): Weighed[] {
  const before = { policy: compared.before, rule: was };
  const after = { policy: compared.after, rule: is };
  return [
    approvalsWeighed(scales, before, after),
    requestersWeighed(scales, before, after),
    ...guardsWeighed(was, is, scales.budget),
  ];
}

function takingDifferences(scales: Scales, compared: Compared, { rule, from }: Taking): Difference[] {
  const about = `rule ${rule.name}`;
  const weighed = from.map((other) => ({ other, all: weighAll(scales, compared, other, rule) }));
  const weaker = weighed.filter(({ all }) => all.some((one) => one.weaker));
  const rest = weighed.filter(({ all }) => !all.some((one) => one.weaker));
  const told = weaker.slice(0, TOLD_AT_MOST).map(({ other, all }): Difference => {
    const less = all.filter((one) => one.weaker).map(weighedText);
    const words = `decides cases that ${other.name} decided, and asks for less: ${less.join('; ')}`;
    return { weight: 'weaker', about, words };
  });
  const further = weaker.slice(TOLD_AT_MOST).map(({ other }) => other.name);
  const stronger = rest.some(({ all }) => all.some((one) => one.stronger));
  const names = rest.map(({ other }) => other.name);
  return [
    ...told,
    ...(further.length === 0
      ? []
      : [
          {
            weight: 'weaker',
            about,
            words: `takes cases and asks for less than ${namesText(further)}`,
          } as const,
        ]),
    ...(names.length === 0
      ? []
      : [
          {
            weight: weightOf(false, stronger),
            about,
            words: `decides cases that ${namesText(names)} decided, and asks for ${stronger ? 'more' : 'as much'}`,
          },
        ]),
  ];
}

function added({ rule, newGround, dead }: Taking): Difference {
  const about = `rule ${rule.name}`;
  const words = `is new: ${ruleText(rule)}`;
  if (dead !== null) {
    return { weight: 'other', about, words: `${words}; it decides nothing: ${dead.name} comes first` };
  }
  const weight = weightOf(newGround, false);
  return { weight, about, words: newGround ? `${words}; no one rule covered all of this before` : words };
}

/** A rule that stays, and that rules which come before it now leave nothing. */
function silenced({ rule, dead, wasDead }: Taking): Difference[] {
  if (dead === null || wasDead) return [];
  const words = `decides nothing any more: ${dead.name} comes first`;
  return [{ weight: 'other', about: `rule ${rule.name}`, words }];
}

/** A rule that is gone. What takes its cases says so itself. */
function removed({ budget }: Scales, after: Policy, rule: Rule): Difference {
  const about = `rule ${rule.name}`;
  const words = `is removed: ${ruleText(rule)}`;
  const covered = after.rules.some(({ match }) => coversMatch(match, rule.match, budget));
  if (covered) return { weight: 'other', about, words };
  const some = after.rules.some(({ match }) => matchesOverlap(match, rule.match, budget));
  const fate = some ? 'what no other rule covers, nobody' : 'nobody';
  return {
    weight: 'stronger',
    about,
    words: `${words}; ${fate} can ask for ${some ? '' : 'any of it '}any more`,
  };
}

/** Rules that are new or gone, and which rules decide now what others decided: first match decides. Section 6. */
export function orderDifferences(scales: Scales, compared: Compared): Difference[] {
  const { before, after, pairs } = compared;
  const all = takings(scales, compared);
  const gone = pairs.flatMap(({ was, is }) => {
    const rule = is === -1 ? before.rules[was] : undefined;
    return rule === undefined ? [] : [rule];
  });
  return [
    ...all.flatMap((taking) => [
      ...(taking.was === -1 ? [added(taking)] : []),
      ...(taking.was === -1 ? [] : silenced(taking)),
      ...takingDifferences(scales, compared, taking),
    ]),
    ...gone.map((rule): Difference => removed(scales, after, rule)),
  ];
}
