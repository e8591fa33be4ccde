import type { Work } from './cover.js';
import {
  addPeople,
  addPerson,
  hasPerson,
  isFull,
  noPeople,
  seatPeople,
  type PeopleSet,
  type Places,
} from './places.js';
import { isNobody, minus, type Assembly, type Demand } from './weigh-assembly.js';

/** Different clauses of one list beyond which it is not weighed: each of their subsets is looked at. */
const WEIGHED_AT_MOST = 10;

/** Small matchings made for one question, and for everything that is asked of one pair of policies. */
const MATCHINGS_EACH = 2200;
const MATCHINGS_IN_ALL = 6000;

/** Characters of patterns compared, in all. */
const CHARACTERS_IN_ALL = 30_000_000;

/** What is left of the work that an analysis may do; used up in place. */
export interface Budget extends Work {
  matchings: number;
  /** What was weighed before: the rules of a policy ask for few different approvals. */
  readonly answers: Map<string, Weaker>;
}

/** Whether some clauses are weaker than others; `may-be`: it was too much to work out. */
export type Weaker = 'no' | 'yes' | 'may-be';

/** For one analysis: a second or two at most, whatever a policy holds. */
export function newBudget(): Budget {
  return { matchings: MATCHINGS_IN_ALL, characters: CHARACTERS_IN_ALL, answers: new Map() };
}

function total(places: readonly Places[]): number {
  return places.reduce((sum, { count }) => sum + count, 0);
}

/** Of two lists of clauses: nobody meets the one who would not meet the other; these people do; or it was too much to work out. */
type Gap = null | { readonly by: PeopleSet } | 'unsure';

function seatedOf(seatOf: Int32Array): PeopleSet {
  const set = noPeople(seatOf.length);
  seatOf.forEach((seat, person) => {
    if (seat !== -1) addPerson(set, person);
  });
  return set;
}

/**
 * People of `crowd` who meet `after` and not `before`. By Hall's theorem a crowd leaves `before` unmet where for some of its clauses fewer
 * come of the people that any of these names than their places. The fewest of them that a crowd meeting `after` can do with are
 * its places less the most of them that others can fill (a matching grows without anybody losing a seat).
 */
function gapAmong(
  before: readonly Places[],
  after: readonly Places[],
  crowd: PeopleSet,
  size: number,
  budget: Budget,
): Gap {
  const places = total(after);
  if (after.length === 0 || places > size) return null;
  // The larger ones count for several.
  const cost = 1 + Math.floor((size * after.length) / 256);
  budget.matchings -= cost;
  if (!isFull(after, seatPeople(after, size, crowd))) return null;
  for (let subset = 1; subset < 2 ** before.length; subset++) {
    budget.matchings -= cost;
    if (budget.matchings < 0) return 'unsure';
    const chosen = before.filter((_, i) => ((subset >>> i) & 1) === 1);
    const named = noPeople(size);
    for (const { from } of chosen) addPeople(named, from);
    const others = seatPeople(after, size, minus(crowd, named));
    const filled = others.taken.reduce((sum, taken) => sum + taken, 0);
    if (places - filled < total(chosen))
      return { by: seatedOf(seatPeople(after, size, crowd, others).seatOf) };
  }
  return null;
}

/** A question about clauses: the old ones and the new ones, who may ask, and how many people there are. */
interface Question {
  readonly old: readonly Places[];
  readonly now: readonly Places[];
  readonly askers: PeopleSet;
  readonly size: number;
}

/** For each person the clauses that name them, as bits, and whether they may ask: those alike are exchangeable. */
function kindsOf({ old, now, askers, size }: Question): number[] {
  const sets = [askers, ...old.map(({ from }) => from), ...now.map(({ from }) => from)];
  return Array.from({ length: size }, (_, person) =>
    sets.reduce((kind, set, bit) => (hasPerson(set, person) ? kind | (1 << bit) : kind), 0),
  );
}

/** The same question with as many people of each kind as could ever matter: one for each new place, and one who asks. */
function fewest(question: Question): Question {
  const kinds = kindsOf(question);
  const most = total(question.now) + 1;
  const counts = new Map<number, number>();
  const kept: number[] = [];
  kinds.forEach((kind, person) => {
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    if (kind !== 0 && count < most) kept.push(person);
  });
  const renumbered = (set: PeopleSet): PeopleSet => {
    const result = noPeople(kept.length);
    kept.forEach((person, i) => {
      if (hasPerson(set, person)) addPerson(result, i);
    });
    return result;
  };
  const places = (list: readonly Places[]): Places[] =>
    list.map(({ count, from }) => ({ count, from: renumbered(from) }));
  return {
    old: places(question.old),
    now: places(question.now),
    askers: renumbered(question.askers),
    size: kept.length,
  };
}

/** One asker of each kind. */
function differentAskers(question: Question): number[] {
  const found = new Map<number, number>();
  kindsOf(question).forEach((kind, person) => {
    if (hasPerson(question.askers, person) && !found.has(kind)) found.set(kind, person);
  });
  return [...found.values()];
}

/**
 * Whether some people could meet `after` who would not have met `before`, none of them the one of `askers` who asks: it is weaker then.
 * `may-be`: it was too much to work out (a hostile policy), and is to be taken as weaker.
 */
export function weakerThan(
  assembly: Assembly,
  before: Demand,
  after: Demand,
  askers: PeopleSet,
  budget: Budget,
): Weaker {
  const size = assembly.handles.length;
  const { places: old, id: was } = assembly.placesOf(before);
  const { places: now, id: is } = assembly.placesOf(after);
  if (was === is) return 'no';
  if (old.length === 0) return 'yes';
  if (old.length > WEIGHED_AT_MOST || now.length > WEIGHED_AT_MOST) return 'may-be';
  if (budget.matchings <= 0) return 'may-be';
  const question = `${was} ${is} ${askers.join()}`;
  const known = budget.answers.get(question);
  if (known !== undefined) return known;
  const mine = { ...budget, matchings: Math.min(MATCHINGS_EACH, budget.matchings) };
  const allowed = mine.matchings;
  const answer = weigh(fewest({ old, now, askers, size }), mine);
  budget.matchings -= allowed - Math.max(0, mine.matchings);
  budget.answers.set(question, answer);
  return answer;
}

function weigh(question: Question, budget: Budget): Weaker {
  const { old, now, askers, size } = question;
  const everyone = noPeople(size).fill(0xffffffff);
  // With whoever asks among them, there are more who could: a no is one for all.
  const gap = gapAmong(old, now, everyone, size, budget);
  if (gap === null) return 'no';
  if (gap === 'unsure') return 'may-be';
  if (!isNobody(minus(askers, gap.by))) return 'yes';
  for (const asker of differentAskers(question)) {
    const self = noPeople(size);
    addPerson(self, asker);
    const without = gapAmong(old, now, minus(everyone, self), size, budget);
    if (without === 'unsure') return 'may-be';
    if (without !== null) return 'yes';
  }
  return 'no';
}
