import { people } from './clauses.js';
import { addPeople, addPerson, noPeople, type PeopleSet, type Places } from './places.js';
import type { Clause, Policy } from './policy-document.js';

/** Clauses read with the names of one policy. */
export interface Demand {
  readonly policy: Policy;
  readonly clauses: readonly Clause[];
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
  readonly id: number;
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
  const ids = new Map<string, number>();
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
    placesFor(
      clauses.map(({ count, from }) => ({ count, from: setOf(policy, from) })),
      ids,
    ),
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

/** Whether somebody of `known` is in `set` and not in `without`. */
export function anyBeyond(known: PeopleSet, set: PeopleSet, without: PeopleSet): boolean {
  return set.some((word, i) => (word & ~(without[i] ?? 0) & (known[i] ?? 0)) !== 0);
}

export function isNobody(set: PeopleSet): boolean {
  return set.every((word) => word === 0);
}

function placesFor(clauses: readonly Places[], ids: Map<string, number>): Demanded {
  const found = new Map<string, { count: number; from: PeopleSet }>();
  for (const { count, from } of clauses) {
    const key = from.join();
    const same = found.get(key);
    if (same === undefined) found.set(key, { count, from });
    else same.count += count;
  }
  const keys = [...found].map(([key, { count }]) => `${count} of ${key}`);
  const all = keys.sort().join(';');
  const id = ids.get(all) ?? ids.size;
  ids.set(all, id);
  return { places: [...found.values()], id };
}
