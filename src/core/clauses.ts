import type { Clause, Policy } from './policy-document.js';
import {
  addPeople,
  addPerson,
  isFull,
  noPeople,
  seatPeople,
  spared,
  type PeopleSet,
  type Places,
} from './places.js';

/** The built-in group of all members. Section 1. */
export const EVERYONE = 'everyone';

function isMember(policy: Policy, handle: string): boolean {
  return Object.hasOwn(policy.members, handle);
}

/** What one name of a `from` or `requesters` list stands for: members' handles only, executors never. */
function named(policy: Policy, name: string): readonly string[] {
  if (name === EVERYONE) return Object.keys(policy.members);
  if (isMember(policy, name)) return [name];
  const { groups } = policy;
  const group = groups !== undefined && Object.hasOwn(groups, name) ? groups[name] : undefined;
  return (group ?? []).filter((handle) => isMember(policy, handle));
}

/** The members that `names` (groups, handles, `everyone`) stand for. Section 6; executors are never among them. */
export function people(policy: Policy, names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of new Set(names)) for (const handle of named(policy, name)) found.add(handle);
  return found;
}

/** Whether `handle` is a member and any of `names` stands for it. */
export function isAmong(policy: Policy, names: readonly string[], handle: string): boolean {
  if (!isMember(policy, handle)) return false;
  return names.some((name) => name === EVERYONE || named(policy, name).includes(handle));
}

/** Whether any of `clauses` names `handle`, a member. Section 7, counting 2; that the requester never is, is the caller's to see. */
export function eligible(policy: Policy, clauses: readonly Clause[], handle: string): boolean {
  return clauses.some((clause) => isAmong(policy, clause.from, handle));
}

/** Some members, numbered, and what the policy's names stand for among them. */
export interface Crowd {
  readonly handles: readonly string[];
  setOf(names: readonly string[]): PeopleSet;
}

/** The members among `handles`. Names are looked up once each: a hostile policy repeats large groups in many clauses. */
export function crowdOf(policy: Policy, handles: Iterable<string>): Crowd {
  const list = [...new Set(handles)].filter((handle) => isMember(policy, handle));
  const numbers = new Map(list.map((handle, i) => [handle, i]));
  const known = new Map<string, PeopleSet>();
  const setOfName = (name: string): PeopleSet => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const set = noPeople(list.length);
    for (const handle of named(policy, name)) {
      const i = numbers.get(handle);
      if (i !== undefined) addPerson(set, i);
    }
    known.set(name, set);
    return set;
  };
  const setOf = (names: readonly string[]): PeopleSet => {
    const set = noPeople(list.length);
    for (const name of names) addPeople(set, setOfName(name));
    return set;
  };
  return { handles: list, setOf };
}

/** The places of clauses, those for the same people in one; `placesOf[i]` is the index of clause `i`. */
function placesFor(
  crowd: Crowd,
  clauses: readonly Clause[],
): { places: readonly Places[]; placesOf: readonly number[] } {
  const indices = new Map<string, number>();
  const places: { count: number; from: PeopleSet }[] = [];
  const placesOf = clauses.map(({ count, from: names }) => {
    const from = crowd.setOf(names);
    const key = from.join();
    const index = indices.get(key) ?? places.length;
    indices.set(key, index);
    const same = places[index];
    if (same === undefined) places.push({ count, from });
    else same.count += count;
    return index;
  });
  return { places, placesOf };
}

function total(clauses: readonly Clause[]): number {
  return clauses.reduce((sum, { count }) => sum + count, 0);
}

/** Everyone of a crowd. */
function all(crowd: Crowd): PeopleSet {
  const set = noPeople(crowd.handles.length);
  crowd.handles.forEach((_, i) => {
    addPerson(set, i);
  });
  return set;
}

/**
 * The people of `crowd` without whom `clauses` can still be met by the rest of it, each place by a different
 * person; null where all of them together cannot. One matching answers for each possible requester (section 6).
 */
export function sparedBy(crowd: Crowd, clauses: readonly Clause[]): PeopleSet | null {
  const size = crowd.handles.length;
  // Each place takes a person: this bounds the work for whatever a policy asks.
  if (clauses.length === 0 || clauses.length > size || total(clauses) > size) return null;
  const { places } = placesFor(crowd, clauses);
  const seating = seatPeople(places, size, all(crowd));
  return isFull(places, seating) ? spared(places, seating) : null;
}

/**
 * Whether the members among `handles` meet all `clauses`, each place by a different person. Section 6. The caller
 * leaves the requester out. No clauses are never met: no policy can ask for nobody.
 */
export function clausesMet(policy: Policy, clauses: readonly Clause[], handles: Iterable<string>): boolean {
  return sparedBy(crowdOf(policy, handles), clauses) !== null;
}

/**
 * What is still to be given beside `handles`: clauses with the count that they lack, in their order; empty where
 * met. Places are left open for those who could still fill them, `without` (the requester) aside: where Alice
 * stands in two clauses and Carol in one of them, Alice's approval leaves the one open that Carol can give.
 */
export function missing(
  policy: Policy,
  clauses: readonly Clause[],
  handles: Iterable<string>,
  without?: string,
): Clause[] {
  const given = [...new Set(handles)].filter((handle) => isMember(policy, handle));
  const others = Object.keys(policy.members).filter((handle) => handle !== without);
  const crowd = crowdOf(policy, [...given, ...others]);
  const size = crowd.handles.length;
  const { places, placesOf } = placesFor(crowd, clauses);
  const givenSet = noPeople(size);
  given.forEach((_, i) => {
    addPerson(givenSet, i);
  });
  const now = seatPeople(places, size, givenSet);
  const later = seatPeople(places, size, all(crowd), now);
  const filled = new Int32Array(places.length);
  for (const seat of later.seatOf.subarray(0, given.length))
    if (seat !== -1) filled[seat] = (filled[seat] ?? 0) + 1;
  return clauses.flatMap(({ count, from }, i) => {
    const index = placesOf[i] ?? 0;
    const here = Math.min(count, filled[index] ?? 0);
    filled[index] = (filled[index] ?? 0) - here;
    return here === count ? [] : [{ count: count - here, from }];
  });
}

/** Whether all members but `without` together could meet `clauses`. Section 6. */
export function couldBeMet(policy: Policy, clauses: readonly Clause[], without: string): boolean {
  return clausesMet(
    policy,
    clauses,
    Object.keys(policy.members).filter((handle) => handle !== without),
  );
}
