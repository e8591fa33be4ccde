import { describe, expect, it } from 'vitest';
import { comparePolicies } from '../../src/core/compare.js';
import { remarks } from '../../src/core/lint.js';
import type { Policy, Rule } from '../../src/core/policy-document.js';
import { any, bare, members, policy, rule } from './support/policies.js';
import { record } from './support/compared.js';

/** As large as a policy may be. Section 6. */
const people = Array.from({ length: 1024 }, (_, i) => `m${String(i)}`);
const groups = bare(
  Array.from(
    { length: 250 },
    (_, i) => [`g${String(i)}`, people.filter((_, k) => (k ^ i) % 3 !== 0)] as const,
  ),
);
const group = (i: number): string => `g${String(i % 250)}`;

function large(ruleAt: (i: number) => Partial<Rule>): Policy {
  const rules = Array.from({ length: 256 }, (_, i) => rule({ name: `r${String(i)}`, ...ruleAt(i) }));
  return policy({ members: members(...people), groups, rules, changes: [any(3, 'everyone')] });
}

describe('§6 the largest policies are looked through, and the work ends', () => {
  const plain = (shift: number) =>
    large((i) => ({
      match: { command: [`/usr/bin/p${String(i)}`, `prod-${String((i + shift) % 256)}*`, '**'] },
      approvals: [any(1, group(i)), any(1 + (i % 2), group(i + 7), group(i + 9))],
    }));

  it('one that people might write is looked through wholly', () => {
    const { policy: given, ring } = record(plain(0));
    expect(remarks(given, ring, 5000).filter(({ level }) => level === 'refuse')).toEqual([]);
    expect(comparePolicies(record(plain(0)), record(plain(1)))).toHaveLength(256);
  });

  it('each rule within the next, each with clauses of its own: what could not be weighed is refused, and weaker', () => {
    const nested = (shift: number): Policy =>
      large((i) => ({
        match: { command: [...Array.from({ length: 256 - i }, () => '*'), '**'] },
        approvals: Array.from({ length: 10 }, (_, k) => any(3, group(i + k * 3 + shift), group(i * 7 + k))),
      }));
    const [before, after] = [
      record(nested(0)),
      record({ ...nested(1), rules: [...nested(1).rules].reverse() }),
    ];
    const [first] = remarks(before.policy, before.ring, 5000);
    expect(first?.level).toBe('refuse');
    expect(first?.message).toContain('too many or too long to be looked through');
    const found = comparePolicies(before, after);
    expect(found[0]?.weight).toBe('weaker');
  });

  it('patterns that are many, long, and of the character that is first tried as a fresh one', () => {
    const long = (tail: string): Policy =>
      large(() => ({
        match: { command: Array.from({ length: 400 }, () => `*${tail}*`) },
        pins: [`*${tail}`],
      }));
    const [before, after] = [record(long('a')), record(long('\ue000\ue001'))];
    expect(remarks(after.policy, after.ring, 5000)[0]?.message).toContain('looked through');
    expect(comparePolicies(before, after)[0]?.weight).toBe('weaker');
  });
});
