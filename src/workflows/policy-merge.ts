import { canonicalText } from '../core/canonical.js';
import type { Executor, Member, Policy, PolicyTest, Rule } from '../core/policy-document.js';
import type { Path } from './policy-places.js';

/** A place that both sides changed, each in its own way. undefined: that side has nothing there. */
export interface Clash {
  readonly path: Path;
  readonly base: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** The merged policy; where something clashes, it holds what is theirs. */
export interface Merged {
  readonly policy: Policy;
  readonly clashes: readonly Clash[];
}

/** The same thing in the policy that both began with and in what became of it on both sides; undefined: not there. */
interface Three<T> {
  readonly base: T | undefined;
  readonly ours: T | undefined;
  readonly theirs: T | undefined;
}

type Notice = (clash: Clash) => void;

/** Merges one thing at `path`; undefined: it is gone. */
type Merge<T> = (three: Three<T>, path: Path, clash: Notice) => T | undefined;

/** Names to things, without a prototype. */
type Named<T> = Readonly<Record<string, T>>;

function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || canonicalText(a) === canonicalText(b);
}

/** What the one side that changed it made of it; `merge` where both did, and not alike. */
function settled<T>(merge: Merge<T>): Merge<T> {
  return (three, path, clash) => {
    const { base, ours, theirs } = three;
    if (same(ours, theirs) || same(base, ours)) return theirs;
    return same(base, theirs) ? ours : merge(three, path, clash);
  };
}

/** A thing that is one, and no more. */
function whole<T>(): Merge<T> {
  return settled((three, path, clash) => {
    clash({ path, ...three });
    return three.theirs;
  });
}

/** For things that are made of others: where one side took the thing away and the other changed it, that is a clash. */
function ofParts<T>(
  merge: (three: { base: T | undefined; ours: T; theirs: T }, path: Path, clash: Notice) => T,
): Merge<T> {
  return settled((three, path, clash) => {
    const { base, ours, theirs } = three;
    if (ours !== undefined && theirs !== undefined) return merge({ base, ours, theirs }, path, clash);
    clash({ path, ...three });
    return theirs;
  });
}

function own<T>(record: Named<T> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Names that mean something by themselves, each merged by `entry`. */
function byName<T>(entry: Merge<T>): Merge<Named<T>> {
  return ofParts(({ base, ours, theirs }, path, clash) => {
    const merged: Record<string, T> = Object.create(null) as Record<string, T>;
    for (const name of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
      const three = { base: own(base, name), ours: own(ours, name), theirs: own(theirs, name) };
      const value = entry(three, [...path, name], clash);
      if (value !== undefined) merged[name] = value;
    }
    return merged;
  });
}

/** A group: who came and who went on either side. */
const group: Merge<readonly string[]> = ofParts(({ base, ours, theirs }) => {
  const before = base ?? [];
  const gone = before.filter((handle) => !ours.includes(handle));
  const come = ours.filter((handle) => !before.includes(handle) && !theirs.includes(handle));
  return [...theirs.filter((handle) => !gone.includes(handle)), ...come];
});

function party<T extends Executor & Pick<Member, 'unix'>>(
  rest: (unix: readonly string[] | undefined, party: Executor) => T,
): Merge<T> {
  return ofParts(({ base, ours, theirs }, path, clash) => {
    const field = <F extends keyof T & ('name' | 'email' | 'keys')>(name: F): T[F] => {
      const three = { base: base?.[name], ours: ours[name], theirs: theirs[name] };
      return whole<T[F]>()(three, [...path, name], clash) ?? theirs[name];
    };
    const unix = whole<readonly string[]>()(
      { base: base?.unix, ours: ours.unix, theirs: theirs.unix },
      [...path, 'unix'],
      clash,
    );
    return rest(unix, { name: field('name'), email: field('email'), keys: field('keys') });
  });
}

const executor: Merge<Executor> = party((_, common) => common);
const member: Merge<Member> = party((unix, common) => (unix === undefined ? common : { ...common, unix }));

/** The things of a list by a key of their own; of equal ones the second and further have their number. */
function keyed<T>(list: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const item of list) {
    const key = keyOf(item);
    let free = key;
    for (let i = 2; map.has(free); i += 1) free = `${key} ${i}`;
    map.set(free, item);
  }
  return map;
}

/** A list whose order counts: its things, each merged by `item`, and the order of those that all have. */
function inOrder<T>(keyOf: (item: T) => string, item: Merge<T>): Merge<readonly T[]> {
  return ofParts(({ base, ours, theirs }, path, clash) => {
    const b = keyed(base ?? [], keyOf);
    const o = keyed(ours, keyOf);
    const t = keyed(theirs, keyOf);
    const merged = new Map<string, T>();
    for (const key of new Set([...t.keys(), ...o.keys()])) {
      const three = { base: b.get(key), ours: o.get(key), theirs: t.get(key) };
      const value = item(three, [...path, key], clash);
      if (value !== undefined) merged.set(key, value);
    }
    const common = [...b.keys()].filter((key) => o.has(key) && t.has(key));
    const orderIn = (map: ReadonlyMap<string, T>): string[] =>
      [...map.keys()].filter((key) => common.includes(key));
    const order = whole<readonly string[]>()(
      { base: common, ours: orderIn(o), theirs: orderIn(t) },
      [...path, 'order'],
      clash,
    );
    return ordered(order ?? [], [...o.keys()], [...t.keys()], merged).flatMap((key) => {
      const value = merged.get(key);
      return value === undefined ? [] : [value];
    });
  });
}

/**
 * Puts what each side added after what it stands after there. Where both added something in one place, what is in force comes first: what two
 * have agreed to is not taken over by a rule that nobody has approved yet.
 */
function ordered<T>(
  common: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
  merged: ReadonlyMap<string, T>,
): string[] {
  const result = common.filter((key) => merged.has(key));
  for (const [side, other] of [
    [theirs, null],
    [ours, ours],
  ] as const) {
    let last = -1;
    for (const key of side) {
      if (!merged.has(key)) continue;
      const at = result.indexOf(key);
      if (at >= 0) {
        last = at;
        continue;
      }
      let place = last + 1;
      while (other !== null && place < result.length && !other.includes(result[place] ?? '')) place += 1;
      result.splice(place, 0, key);
      last = place;
    }
  }
  return result;
}

/**
 * A rule that both changed: field by field, while it is about the same on both sides. Where one changed what it covers, what the other
 * changed was thought for something else.
 */
const rule: Merge<Rule> = ofParts((three, path, clash) => {
  const { base, ours, theirs } = three;
  if (!same(base?.match, ours.match) || !same(base?.match, theirs.match)) {
    clash({ path, ...three });
    return theirs;
  }
  const field = <F extends keyof Rule>(name: F): Rule[F] | undefined =>
    whole<Rule[F]>()({ base: base?.[name], ours: ours[name], theirs: theirs[name] }, [...path, name], clash);
  const requesters = field('requesters');
  const justification = field('justification');
  const ticket = field('ticket');
  const executors = field('executors');
  const pins = field('pins');
  const env = field('env');
  const stdin = field('stdin');
  const enforceEnd = field('enforceEnd');
  return {
    name: theirs.name,
    match: theirs.match,
    approvals: field('approvals') ?? theirs.approvals,
    maxDuration: field('maxDuration') ?? theirs.maxDuration,
    maxPending: field('maxPending') ?? theirs.maxPending,
    maxUses: field('maxUses') ?? theirs.maxUses,
    ...(requesters === undefined ? {} : { requesters }),
    ...(justification === undefined ? {} : { justification }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(executors === undefined ? {} : { executors }),
    ...(pins === undefined ? {} : { pins }),
    ...(env === undefined ? {} : { env }),
    ...(stdin === undefined ? {} : { stdin }),
    ...(enforceEnd === undefined ? {} : { enforceEnd }),
  };
});

const rules = inOrder<Rule>(({ name }) => name, rule);
const tests = inOrder<PolicyTest>(({ expect: _, ...asked }) => canonicalText(asked), whole<PolicyTest>());

/**
 * What `ours`, made from `base`, changed, applied to `theirs`, which is in force now: by structure (people and rules by name and field, groups by who
 * came and went, the order of rules, changes, tests). Where both changed the same thing, and not alike, that is a clash. Pure.
 */
export function mergePolicies(base: Policy, ours: Policy, theirs: Policy): Merged {
  const clashes: Clash[] = [];
  const clash = (found: Clash): void => void clashes.push(found);
  const part = <T>(name: string, of: (policy: Policy) => T | undefined, merge: Merge<T>): T | undefined =>
    merge({ base: of(base), ours: of(ours), theirs: of(theirs) }, [name], clash);
  const executors = part('executors', (policy) => policy.executors, byName(executor));
  const groups = part('groups', (policy) => policy.groups, byName(group));
  const cases = part('tests', (policy) => policy.tests, tests);
  const policy: Policy = {
    protocol: part('protocol', (policy) => policy.protocol, whole<number>()) ?? theirs.protocol,
    members: part('members', (policy) => policy.members, byName(member)) ?? theirs.members,
    ...(executors === undefined ? {} : { executors }),
    ...(groups === undefined ? {} : { groups }),
    rules: part('rules', (policy) => policy.rules, rules) ?? theirs.rules,
    changes: part('changes', (policy) => policy.changes, whole()) ?? theirs.changes,
    ...(cases === undefined ? {} : { tests: cases }),
  };
  return { policy, clashes };
}
