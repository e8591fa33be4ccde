import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/canonical.js';
import type { Member, Policy, PolicyTest, Rule } from '../../src/core/policy-document.js';
import { mergePolicies } from '../../src/workflows/policy-merge.js';
import { member, record, rule } from '../core/support/scene.js';

const names = ['ann', 'ben', 'cat', 'dan', 'eve'];
const handles = fc.subarray(names);

const people = fc
  .dictionary(fc.constantFrom(...names), fc.tuple(fc.constantFrom('k1', 'k2'), fc.boolean()))
  .map((entries) =>
    record(
      Object.fromEntries(
        Object.entries(entries).map(([handle, [key, unix]]): [string, Member] => [
          handle,
          { ...member(handle, `cert:${handle}-${key}`), ...(unix ? { unix: [handle] } : {}) },
        ]),
      ),
    ),
  );
const rules: fc.Arbitrary<readonly Rule[]> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('r1', 'r2', 'r3', 'r4'), fc.integer({ min: 1, max: 3 })), {
    selector: ([name]) => name,
  })
  .map((list) => list.map(([name, maxUses]) => rule({ name, maxUses })));
const tests: fc.Arbitrary<readonly PolicyTest[]> = fc.array(
  fc.record({
    requester: fc.constantFrom(...names),
    access: fc.constantFrom('a', 'b'),
    expect: fc.constantFrom('r1', 'r2'),
  }),
  { maxLength: 4 },
);
const policies: fc.Arbitrary<Policy> = fc
  .record(
    {
      members: people,
      executors: fc.dictionary(fc.constantFrom('ci', 'cd'), fc.constant(member('ci', 'cert:ci'))).map(record),
      groups: fc.dictionary(fc.constantFrom('sre', 'dba'), handles).map((groups) => record(groups)),
      rules,
      changes: handles.map((from) => [{ count: 1, from }]),
      tests,
    },
    { requiredKeys: ['members', 'rules', 'changes'] },
  )
  .map((parts) => ({ protocol: 1, ...parts }));

describe('a change merged into the policy in force', () => {
  it('where nothing else changed, it is the change; where it changes nothing, what is in force', () => {
    fc.assert(
      fc.property(policies, policies, (base, changed) => {
        const there = mergePolicies(base, changed, base);
        const here = mergePolicies(base, base, changed);
        expect(there.clashes).toEqual([]);
        expect(here.clashes).toEqual([]);
        expect(canonicalText(there.policy)).toBe(canonicalText(changed));
        expect(canonicalText(here.policy)).toBe(canonicalText(changed));
      }),
    );
  });

  it('where both made the same change, that is it, and nothing clashes', () => {
    fc.assert(
      fc.property(policies, policies, (base, changed) => {
        const { policy, clashes } = mergePolicies(base, changed, changed);
        expect(clashes).toEqual([]);
        expect(canonicalText(policy)).toBe(canonicalText(changed));
      }),
    );
  });

  const fields = ['members', 'executors', 'groups', 'rules', 'changes', 'tests'] as const;
  it('changes in different parts never clash, and their order does not matter', () => {
    fc.assert(
      fc.property(policies, policies, policies, fc.subarray([...fields]), (base, one, two, mine) => {
        const part = (from: Policy, taken: (field: string) => boolean): Policy => ({
          ...Object.fromEntries(Object.entries(base).filter(([field]) => !taken(field))),
          ...Object.fromEntries(Object.entries(from).filter(([field]) => taken(field))),
          protocol: 1,
          members: taken('members') ? from.members : base.members,
          rules: taken('rules') ? from.rules : base.rules,
          changes: taken('changes') ? from.changes : base.changes,
        });
        const a = part(one, (field) => mine.some((own) => own === field));
        const b = part(two, (field) => !mine.some((own) => own === field));
        const ab = mergePolicies(base, a, b);
        const ba = mergePolicies(base, b, a);
        expect(ab.clashes).toEqual([]);
        expect(ba.clashes).toEqual([]);
        expect(canonicalText(ab.policy)).toBe(canonicalText(ba.policy));
      }),
    );
  });

  it('changes of different people, groups and rules never clash, and their order does not matter', () => {
    const mine = new Set(['ann', 'cat', 'sre', 'r1', 'r3']);
    const named = <T>(from: Readonly<Record<string, T>>, of: Readonly<Record<string, T>>, own: boolean) =>
      record({
        ...Object.fromEntries(Object.entries(of).filter(([name]) => mine.has(name) !== own)),
        ...Object.fromEntries(Object.entries(from).filter(([name]) => mine.has(name) === own)),
      });
    const side = (base: Policy, from: Policy, own: boolean): Policy => ({
      ...base,
      members: named(from.members, base.members, own),
      groups: named(from.groups ?? {}, base.groups ?? {}, own),
      rules: base.rules.flatMap((was) => {
        if (mine.has(was.name) !== own) return [was];
        return from.rules.filter(({ name }) => name === was.name);
      }),
    });
    fc.assert(
      fc.property(policies, policies, policies, (base, one, two) => {
        const whole = { ...base, groups: base.groups ?? {} };
        const [a, b] = [side(whole, one, true), side(whole, two, false)];
        const ab = mergePolicies(whole, a, b);
        const ba = mergePolicies(whole, b, a);
        expect(ab.clashes).toEqual([]);
        expect(ba.clashes).toEqual([]);
        expect(canonicalText(ab.policy)).toBe(canonicalText(ba.policy));
        expect(canonicalText(ab.policy)).toBe(canonicalText(side(a, two, false)));
      }),
    );
  });

  it('what is in neither side is in no merge, and what is in both is in each', () => {
    fc.assert(
      fc.property(policies, policies, policies, (base, ours, theirs) => {
        const { policy } = mergePolicies(base, ours, theirs);
        const namesOf = (of: Policy): Set<string> =>
          new Set([...Object.keys(of.members), ...of.rules.map(({ name }) => name)]);
        const merged = namesOf(policy);
        const [a, b] = [namesOf(ours), namesOf(theirs)];
        for (const name of merged) expect(a.has(name) || b.has(name)).toBe(true);
        for (const name of a) if (b.has(name)) expect(merged.has(name)).toBe(true);
      }),
    );
  });
});
