import { describe, expect, it } from 'vitest';
import type { Clause } from '../../src/core/policy-document.js';
import { newBudget, weakerThan } from '../../src/core/weigh.js';
import { assemblyOf } from '../../src/core/weigh-assembly.js';
import { any, bare, members, policy } from './support/policies.js';

const handles = ['alice', 'bob', 'carol', 'dave'];
const sample = policy({
  members: members(...handles),
  groups: bare([
    ['sre', ['alice', 'bob']],
    ['security', ['carol', 'dave']],
    ['both', ['alice', 'carol']],
  ]),
});

function weigh(old: readonly Clause[], now: readonly Clause[], askers: readonly string[]): string {
  const assembly = assemblyOf(sample);
  const [before, after] = [
    { policy: sample, clauses: old },
    { policy: sample, clauses: now },
  ];
  return weakerThan(assembly, before, after, assembly.setOf(sample, askers), newBudget());
}

describe('§6 whether clauses are weaker than others', () => {
  type Row = readonly [what: string, old: readonly Clause[], now: readonly Clause[], weaker: string];
  const table: readonly Row[] = [
    ['the same', [any(1, 'sre')], [any(1, 'sre')], 'no'],
    ['a lower count', [any(2, 'everyone')], [any(1, 'everyone')], 'yes'],
    ['a higher count', [any(1, 'everyone')], [any(2, 'everyone')], 'no'],
    ['more people to choose from', [any(1, 'sre')], [any(1, 'everyone')], 'yes'],
    ['fewer', [any(1, 'everyone')], [any(1, 'sre')], 'no'],
    ['other people', [any(1, 'sre')], [any(1, 'security')], 'yes'],
    ['one clause less', [any(1, 'sre'), any(1, 'security')], [any(1, 'sre')], 'yes'],
    ['two of all in place of one each', [any(1, 'sre'), any(1, 'security')], [any(2, 'everyone')], 'yes'],
    ['one each in place of two of all', [any(2, 'everyone')], [any(1, 'sre'), any(1, 'security')], 'no'],
    ['three of four hold one of either two', [any(1, 'sre'), any(1, 'security')], [any(3, 'everyone')], 'no'],
    [
      'more of one group do not stand for the other',
      [any(1, 'sre'), any(1, 'security')],
      [any(2, 'sre')],
      'yes',
    ],
    ['people who stand in both', [any(1, 'sre'), any(1, 'security')], [any(2, 'both')], 'no'],
    ['handles in place of their group', [any(1, 'sre')], [any(1, 'bob', 'alice')], 'no'],
    ['clauses that nobody can meet let nothing through', [any(1, 'sre')], [any(3, 'sre')], 'no'],
    ['whatever can be met is weaker than what cannot', [any(3, 'sre')], [any(4, 'everyone')], 'no'],
    ['no clauses are never met', [any(1, 'sre')], [], 'no'],
    ['anything is weaker than what is never met', [], [any(1, 'sre')], 'yes'],
  ];
  it.each(table)('§6 %s', (_, old, now, weaker) => {
    expect(weigh(old, now, handles)).toBe(weaker);
  });

  it('§6 whoever asks is none of those who approve', () => {
    // Two of sre are alice and bob: with one of them asking, nobody could meet it.
    expect(weigh([any(2, 'both')], [any(2, 'sre')], ['carol'])).toBe('yes');
    expect(weigh([any(2, 'both')], [any(2, 'sre')], ['alice', 'bob'])).toBe('no');
    // While alice asks, the one of `both` is carol, who is of security.
    expect(weigh([any(1, 'security')], [any(1, 'both')], ['alice'])).toBe('no');
    expect(weigh([any(1, 'security')], [any(1, 'both')], ['bob'])).toBe('yes');
    expect(weigh([any(2, 'security')], [any(1, 'sre')], [])).toBe('no');
  });

  it('a member who is new to a group makes the same clauses weaker', () => {
    const wider = policy({ ...sample, groups: bare([['sre', ['alice', 'bob', 'carol']]]) });
    const assembly = assemblyOf(sample, wider);
    const [before, after] = [sample, wider].map((one) => ({ policy: one, clauses: [any(1, 'sre')] }));
    const everyone = assembly.setOf(wider, ['everyone']);
    expect(weakerThan(assembly, before!, after!, everyone, newBudget())).toBe('yes');
    expect(weakerThan(assembly, after!, before!, everyone, newBudget())).toBe('no');
  });

  describe('hostile: more than can be worked out may be weaker', () => {
    const many = Array.from({ length: 24 }, (_, i) => `p${String(i)}`);
    const crowd = policy({ members: members(...many), groups: bare([]) });
    const assembly = assemblyOf(crowd);
    const everyone = assembly.setOf(crowd, ['everyone']);
    // Neighbours: no two clauses name the same people.
    const ring = (length: number): Clause[] =>
      Array.from({ length }, (_, i) => any(1, many[i] ?? '', many[i + 1] ?? ''));
    const demand = (clauses: readonly Clause[]) => ({ policy: crowd, clauses });

    it('eleven different clauses, ten are weighed', () => {
      const all = [any(11, 'everyone')];
      expect(weakerThan(assembly, demand(ring(10)), demand(all), everyone, newBudget())).toBe('yes');
      expect(weakerThan(assembly, demand(all), demand(ring(10)), everyone, newBudget())).toBe('yes');
      expect(
        weakerThan(assembly, demand(ring(10)), demand([any(24, 'everyone')]), everyone, newBudget()),
      ).toBe('no');
      expect(
        weakerThan(assembly, demand(ring(11)), demand([any(24, 'everyone')]), everyone, newBudget()),
      ).toBe('may-be');
      expect(weakerThan(assembly, demand(all), demand(ring(11)), everyone, newBudget())).toBe('may-be');
      expect(weakerThan(assembly, demand(ring(11)), demand(ring(11)), everyone, newBudget())).toBe('no');
    });

    it('no work is left', () => {
      const budget = { ...newBudget(), matchings: 20 };
      const stronger = demand([any(23, 'everyone')]);
      expect(weakerThan(assembly, demand(ring(3)), stronger, everyone, budget)).toBe('no');
      expect(weakerThan(assembly, demand(ring(5)), stronger, everyone, budget)).toBe('may-be');
      expect(weakerThan(assembly, demand(ring(3)), stronger, everyone, budget)).toBe('may-be');
      expect(budget.matchings).toBe(0);
    });
  });
});
