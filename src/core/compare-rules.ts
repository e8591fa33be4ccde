import { canonicalText } from './canonical.js';
import { neverSilent, sameText, weightOf, type Difference } from './compare-difference.js';
import { coversMatch } from './cover.js';
import type { Policy, Rule } from './policy-document.js';
import {
  approvalsWeighed,
  guardsWeighed,
  requestersWeighed,
  type Scales,
  type Weighed,
} from './weigh-rules.js';
import { matchText } from './weigh-words.js';

/** One rule before and after, by their indices; -1: there is none. */
export interface Pair {
  readonly was: number;
  readonly is: number;
}

/** Two policies whose rules are compared, and which rule of the one became which of the other. */
export interface Compared {
  readonly before: Policy;
  readonly after: Policy;
  readonly pairs: readonly Pair[];
}

/** Rules that go together: those of the same name; of the rest those of the same match, what is wholly alike first. */
export function pairRules(before: Policy, after: Policy): Pair[] {
  const pairs: Pair[] = [];
  const [old, now] = [new Set(before.rules.keys()), new Set(after.rules.keys())];
  const pairUp = (keyOf: (rule: Rule) => string): void => {
    const places = new Map<string, number[]>();
    const keyAt = (rules: readonly Rule[], i: number): string => {
      const rule = rules[i];
      return rule === undefined ? '' : keyOf(rule);
    };
    for (const i of old) {
      const key = keyAt(before.rules, i);
      const same = places.get(key);
      if (same === undefined) places.set(key, [i]);
      else same.push(i);
    }
    for (const is of [...now]) {
      const was = places.get(keyAt(after.rules, is))?.shift();
      if (was === undefined) continue;
      old.delete(was);
      now.delete(is);
      pairs.push({ was, is });
    }
  };
  pairUp(({ name }) => name);
  pairUp((rule) => canonicalText({ ...rule, name: '' }));
  pairUp(({ match }) => canonicalText(match));
  const gone = [...old].map((was) => ({ was, is: -1 }));
  return [...pairs, ...[...now].map((is) => ({ was: -1, is })), ...gone].sort(
    (a, b) => a.is - b.is || a.was - b.was,
  );
}

/** The kept rules that no longer stand in the order of the others: as few as can be, so that one that is moved is one. */
function movedOf(pairs: readonly Pair[]): Set<Pair> {
  const kept = pairs.filter(({ was, is }) => was !== -1 && is !== -1);
  // The longest run of them that keeps its order stays; at most 256 rules.
  const best = kept.map(() => ({ length: 1, from: -1 }));
  kept.forEach((pair, i) => {
    const mine = best[i];
    if (mine === undefined) return;
    for (let k = 0; k < i; k++) {
      const other = best[k];
      if (other === undefined || (kept[k]?.was ?? 0) > pair.was || other.length < mine.length) continue;
      mine.length = other.length + 1;
      mine.from = k;
    }
  });
  const moved = new Set(kept);
  let at = best.reduce((top, { length }, i) => (length > (best[top]?.length ?? 0) ? i : top), 0);
  while (at !== -1) {
    const pair = kept[at];
    if (pair !== undefined) moved.delete(pair);
    at = best[at]?.from ?? -1;
  }
  return moved;
}

function standing(rules: readonly Rule[], index: number): string {
  const previous = rules[index - 1];
  return previous === undefined ? 'first' : `after ${previous.name}`;
}

function matchDifference(scales: Scales, about: string, was: Rule, is: Rule): Difference[] {
  if (sameText(was.match, is.match)) return [];
  const broader = coversMatch(is.match, was.match, scales.budget);
  const narrower = coversMatch(was.match, is.match, scales.budget);
  // What is neither covers something that it did not cover.
  const what = broader
    ? narrower
      ? 'covers the same'
      : 'covers more'
    : narrower
      ? 'covers less'
      : 'covers other things';
  const words = `${what}: ${matchText(is.match)}, was ${matchText(was.match)}`;
  return [{ weight: weightOf(!narrower, narrower && !broader), about, words }];
}

/** `approvals: 1 of sre, was 2 of sre`. */
export function weighedText({ what, is, was }: Weighed): string {
  const [now, before] = [is(), was()];
  return now === before ? `${what}: ${now}, of other people than before` : `${what}: ${now}, was ${before}`;
}

function fieldDifferences(scales: Scales, compared: Compared, was: Rule, is: Rule): Difference[] {
  const about = `rule ${is.name}`;
  const before = { policy: compared.before, rule: was };
  const after = { policy: compared.after, rule: is };
  const weighed = [
    ...(sameText(was.approvals, is.approvals) ? [] : [approvalsWeighed(scales, before, after)]),
    ...(sameText(was.requesters, is.requesters) ? [] : [requestersWeighed(scales, before, after)]),
    ...guardsWeighed(was, is, scales.budget).filter(
      (one) => one.weaker || one.stronger || one.is() !== one.was(),
    ),
  ];
  const renamed: Difference[] =
    was.name === is.name ? [] : [{ weight: 'other', about, words: `is now called so, was ${was.name}` }];
  // No list of pins and an empty one are the same demand, and the same words.
  const empty = !sameText(was.pins, is.pins) && [...(was.pins ?? []), ...(is.pins ?? [])].length === 0;
  const unpinned: Difference[] = empty
    ? [{ weight: 'other', about, words: 'no argument must be pinned, written in another way' }]
    : [];
  return [
    ...renamed,
    ...unpinned,
    ...matchDifference(scales, about, was, is),
    ...weighed.map((one): Difference => {
      const words =
        one.is() === one.was() ? `${one.what}: ${one.is()}, written in another way` : weighedText(one);
      return { weight: weightOf(one.weaker, one.stronger), about, words };
    }),
  ];
}

/** What changes in the rules that both policies have: names, matches, demands, places. Section 6. */
export function ruleDifferences(scales: Scales, compared: Compared): Difference[] {
  const { before, after, pairs } = compared;
  const moved = movedOf(pairs);
  return pairs.flatMap((pair): readonly Difference[] => {
    const [was, is] = [before.rules[pair.was], after.rules[pair.is]];
    if (was === undefined || is === undefined) return [];
    const about = `rule ${is.name}`;
    const found = neverSilent(
      about,
      was,
      is,
      sameText(was, is) ? [] : fieldDifferences(scales, compared, was, is),
    );
    if (!moved.has(pair)) return found;
    const words = `is moved: it stands ${standing(after.rules, pair.is)}, was ${standing(before.rules, pair.was)}`;
    return [...found, { weight: 'other', about, words }];
  });
}
