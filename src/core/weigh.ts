import { people } from './clauses.js';
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
import type { Clause, Policy } from './policy-document.js';

/** Different clauses of one list beyond which it is not weighed: each of their subsets is looked at. */
const WEIGHED_AT_MOST = 10;

/** Matchings made for one question, and for everything that is asked of one pair of policies. */
const MATCHINGS_EACH = 4096;
const MATCHINGS_IN_ALL = 20_000;

/** Characters of patterns compared, in all. */
const CHARACTERS_IN_ALL = 60_000_000;

/** What is left of the work that an analysis may do; used up in place. */
export interface Budget extends Work {
  matchings: number;
}

/** For one analysis: a second or two at most, whatever a policy holds. */
export function newBudget(): Budget {
  return { matchings: MATCHINGS_IN_ALL, characters: CHARACTERS_IN_ALL };
}

/** The members of some policies under one numbering, and whom the names of any policy stand for among them. */
export interface Assembly {
  readonly handles: readonly string[];
  setOf(policy: Policy, names: readonly string[]): PeopleSet;
  placesOf(demand: Demand): Demanded;
}

/** The places of clauses, those for the same people in one. */
interface Demanded {
  readonly places: readonly Places[];
  /** The same for the same people and counts. */
  readonly key: string;
}

/** What was made of an object of a policy before, and is made now otherwise. */
function remembered<K extends object, V>(make: (policy: Policy, key: K) => V): (policy: Policy, key: K) => V {
  const known = new WeakMap<Policy, WeakMap<K, V>>();
  return (policy, key) => {
    const mine = known.get(policy) ?? new WeakMap<K, V>();
    known.set(policy, mine);
    const before = mine.get(key);
    if (before !== undefined) return before;
    const value = make(policy, key);
    mine.set(key, value);
    return value;
  };
}

/** The members of all `policies`, in order of handle. Names, lists of them and clauses are looked up once each. */
export function assemblyOf(...policies: readonly Policy[]): Assembly {
  const handles = [...new Set(policies.flatMap(({ members }) => Object.keys(members)))].sort();
  const numbers = new Map(handles.map((handle, i) => [handle, i]));
  const known = new WeakMap<Policy, Map<string, PeopleSet>>();
  const setOfName = (policy: Policy, name: string): PeopleSet => {
    const names = known.get(policy) ?? new Map<string, PeopleSet>();
    known.set(policy, names);
    const before = names.get(name);
    if (before !== undefined) return before;
    const set = noPeople(handles.length);
    for (const handle of people(policy, [name])) {
      const i = numbers.get(handle);
      if (i !== undefined) addPerson(set, i);
    }
    names.set(name, set);
    return set;
  };
  const setOf = remembered((policy: Policy, names: readonly string[]) => {
    const set = noPeople(handles.length);
    for (const name of names) addPeople(set, setOfName(policy, name));
    return set;
  });
  const placesOf = remembered((policy: Policy, clauses: readonly Clause[]) =>
    placesFor(clauses.map(({ count, from }) => ({ count, from: setOf(policy, from) }))),
  );
  return { handles, setOf, placesOf: ({ policy, clauses }) => placesOf(policy, clauses) };
}

/** The people of `set` who are not in `without`. */
export function minus(set: PeopleSet, without: PeopleSet): PeopleSet {
  return set.map((word, i) => word & ~(without[i] ?? 0));
}

/** The people of both sets. */
export function both(a: PeopleSet, b: PeopleSet): PeopleSet {
  return a.map((word, i) => word & (b[i] ?? 0));
}

export function isNobody(set: PeopleSet): boolean {
  return set.every((word) => word === 0);
}

/** The handles of a set, in order. */
export function handlesOf(assembly: Assembly, set: PeopleSet): string[] {
  return assembly.handles.filter((_, i) => hasPerson(set, i));
}

/** Clauses read with the names of one policy. */
export interface Demand {
  readonly policy: Policy;
  readonly clauses: readonly Clause[];
}

function placesFor(clauses: readonly Places[]): Demanded {
  const found = new Map<string, { count: number; from: PeopleSet }>();
  for (const { count, from } of clauses) {
    const key = from.join();
    const same = found.get(key);
    if (same === undefined) found.set(key, { count, from });
    else same.count += count;
  }
  const keys = [...found].map(([key, { count }]) => `${count} of ${key}`);
  return { places: [...found.values()], key: keys.sort().join(';') };
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
  budget.matchings -= 1;
  if (!isFull(after, seatPeople(after, size, crowd))) return null;
  for (let subset = 1; subset < 2 ** before.length; subset++) {
    budget.matchings -= 1;
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

/** One of `askers` for each set of clauses that a person can stand in: the others of it are exchangeable. */
function differentAskers(askers: PeopleSet, size: number, places: readonly Places[]): number[] {
  const found = new Map<string, number>();
  for (let person = 0; person < size; person++) {
    if (!hasPerson(askers, person)) continue;
    const key = places.map(({ from }) => (hasPerson(from, person) ? '1' : '0')).join('');
    if (!found.has(key)) found.set(key, person);
  }
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
): 'no' | 'yes' | 'may-be' {
  const size = assembly.handles.length;
  const { places: old, key: was } = assembly.placesOf(before);
  const { places: now, key: is } = assembly.placesOf(after);
  if (was === is) return 'no';
  if (old.length === 0) return 'yes';
  if (old.length > WEIGHED_AT_MOST || now.length > WEIGHED_AT_MOST) return 'may-be';
  const mine = { ...budget, matchings: Math.min(MATCHINGS_EACH, budget.matchings) };
  const allowed = mine.matchings;
  const answer = weigh(old, now, askers, size, mine);
  budget.matchings -= allowed - Math.max(0, mine.matchings);
  return answer;
}

function weigh(
  old: readonly Places[],
  now: readonly Places[],
  askers: PeopleSet,
  size: number,
  budget: Budget,
): 'no' | 'yes' | 'may-be' {
  const everyone = noPeople(size).fill(0xffffffff);
  // With whoever asks among them, there are more who could: a no is one for all.
  const gap = gapAmong(old, now, everyone, size, budget);
  if (gap === null) return 'no';
  if (gap === 'unsure') return 'may-be';
  if (!isNobody(minus(askers, gap.by))) return 'yes';
  for (const asker of differentAskers(askers, size, [...old, ...now])) {
    const self = noPeople(size);
    addPerson(self, asker);
    const without = gapAmong(old, now, minus(everyone, self), size, budget);
    if (without === 'unsure') return 'may-be';
    if (without !== null) return 'yes';
  }
  return 'no';
}
