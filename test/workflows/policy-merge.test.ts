import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/core/policy-document.js';
import { mergePolicies } from '../../src/workflows/policy-merge.js';
import { member, policy, record, rule } from '../core/support/scene.js';

const [first, second, third] = [rule({ name: 'first' }), rule({ name: 'second' }), rule({ name: 'third' })];
const BASE = policy({
  members: ['alice', 'bob', 'carol'],
  groups: { team: ['alice', 'bob'] },
  rules: [first, second, third],
});

/** Where two changes of BASE clash, and the merge of them. */
function merged(ours: Partial<Policy>, theirs: Partial<Policy>): { policy: Policy; places: string[] } {
  const { policy: result, clashes } = mergePolicies(BASE, { ...BASE, ...ours }, { ...BASE, ...theirs });
  return { policy: result, places: clashes.map(({ path }) => path.join('.')) };
}
const order = ({ rules }: Policy): string => rules.map(({ name }) => name).join(' ');

describe('two changes of one policy', () => {
  it('two who add another to the same group both have their way', () => {
    const { policy: result, places } = merged(
      { groups: record({ team: ['alice', 'bob', 'carol'] }) },
      { groups: record({ team: ['bob', 'dave'] }) },
    );
    expect(places).toEqual([]);
    expect(result.groups?.['team']).toEqual(['bob', 'dave', 'carol']);
  });

  it('one changes a key, the other the logins of the same person', () => {
    const rotated = member('bob', 'cert:bob2');
    const known = { ...member('bob'), unix: ['bobby'] };
    const { policy: result, places } = merged(
      { members: record({ ...BASE.members, bob: rotated }) },
      { members: record({ ...BASE.members, bob: known }) },
    );
    expect(places).toEqual([]);
    expect(result.members['bob']).toEqual({ ...rotated, unix: ['bobby'] });
  });

  it('one person with two new keys is a clash with both versions', () => {
    const { clashes } = mergePolicies(
      BASE,
      { ...BASE, members: record({ ...BASE.members, bob: member('bob', 'cert:bob2') }) },
      { ...BASE, members: record({ ...BASE.members, bob: member('bob', 'cert:bob3') }) },
    );
    expect(clashes).toEqual([
      {
        path: ['members', 'bob', 'keys'],
        base: member('bob').keys,
        ours: member('bob', 'cert:bob2').keys,
        theirs: member('bob', 'cert:bob3').keys,
      },
    ]);
  });

  it('who is removed by one and changed by the other is a clash, and stays as is in force', () => {
    const { bob: _, ...others } = BASE.members;
    const { policy: result, places } = merged(
      { members: record({ ...BASE.members, bob: member('bob', 'cert:bob2') }) },
      { members: record(others) },
    );
    expect(places).toEqual(['members.bob']);
    expect(result.members['bob']).toBeUndefined();
  });

  it('one field of a rule changed by both is a clash; different fields and rules are not', () => {
    const mine = { rules: [{ ...first, maxUses: 1 }, second, third] };
    expect(merged(mine, { rules: [{ ...first, maxUses: 2 }, second, third] }).places).toEqual([
      'rules.first.maxUses',
    ]);
    const shorter = merged(mine, { rules: [{ ...first, maxDuration: 60, env: [] }, second, third] });
    expect(shorter.places).toEqual([]);
    expect(shorter.policy.rules[0]).toEqual({ ...first, maxUses: 1, maxDuration: 60, env: [] });
    const { policy: result, places } = merged(mine, { rules: [first, second, { ...third, maxUses: 2 }] });
    expect(places).toEqual([]);
    expect(result.rules.map(({ maxUses }) => maxUses)).toEqual([1, second.maxUses, 2]);
  });

  it('a rule that one made cover something else is no place for what the other changed in it', () => {
    const wider = { rules: [{ ...first, match: { access: '*' } }, second, third] };
    const { places, policy: result } = merged({ rules: [{ ...first, maxUses: 100 }, second, third] }, wider);
    expect(places).toEqual(['rules.first']);
    expect(result.rules[0]).toEqual(wider.rules[0]);
  });

  it('two new rules of one name are a clash', () => {
    const [one, two] = [rule({ name: 'new', maxUses: 1 }), rule({ name: 'new', maxUses: 2 })];
    expect(merged({ rules: [...BASE.rules, one] }, { rules: [...BASE.rules, two] }).places).toEqual([
      'rules.new',
    ]);
  });

  it('a new rule stands after the rule that it was written after', () => {
    const added = rule({ name: 'added' });
    expect(
      order(merged({ rules: [first, added, second, third] }, { rules: [third, first, second] }).policy),
    ).toBe('third first added second');
    expect(order(merged({ rules: [added, first, second, third] }, { rules: [second, third] }).policy)).toBe(
      'added second third',
    );
  });

  it('of two new rules in one place, that in force comes first', () => {
    const [mine, theirs] = [rule({ name: 'mine' }), rule({ name: 'theirs' })];
    expect(
      order(
        merged({ rules: [first, mine, second, third] }, { rules: [first, theirs, second, third] }).policy,
      ),
    ).toBe('first theirs mine second third');
  });

  it('two different orders of the same rules are a clash', () => {
    expect(merged({ rules: [third, first, second] }, { rules: [second, first, third] }).places).toEqual([
      'rules.order',
    ]);
  });

  it('changes of the clauses of a change clash', () => {
    expect(
      merged({ changes: [{ count: 2, from: ['team'] }] }, { changes: [{ count: 1, from: ['team'] }] }).places,
    ).toEqual(['changes']);
  });
});
