import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/canonical.js';
import type { Clause, Policy, Rule } from '../../src/core/policy-document.js';
import { policyProblems } from '../../src/core/policy.js';
import { any, bare, member, policy, reader, rule } from './support/policies.js';
import { cpuTime } from '../support/cpu.js';

const MIB = 1_048_576;
const PEOPLE = 1000;
/** Short handles leave the most room for clauses. */
const handle = (i: number): string => `m${i.toString(36)}`;
const crowd = Array.from({ length: PEOPLE }, (_, i) => handle(i));
const group = (i: number): string => `g${i.toString(36)}`;

/** A commit holds 1 MiB at most: as many rules and clauses as fit beside 1,000 members. */
function filled(make: (rules: number, clauses: number) => Partial<Policy>, rules: number): Policy {
  const base = {
    members: bare(crowd.map((name) => [name, member(name, { name: 'x', email: `${name}@x` })] as const)),
  };
  let clauses = 1000;
  for (;;) {
    const { executors: _, ...made } = policy({ ...base, groups: bare([]), ...make(rules, clauses) });
    // Inside an event a policy stands two levels deeper.
    const size = canonicalText({ action: { policy: made } }).length;
    if (size <= MIB) return made;
    clauses = Math.floor((clauses * MIB * 0.99) / size);
  }
}

function rules(count: number, approvals: (i: number) => readonly Clause[], more: Partial<Rule> = {}): Rule[] {
  return Array.from({ length: count }, (_, i) => rule({ name: `r${i}`, approvals: approvals(i), ...more }));
}

const clauses = (count: number, clause: (i: number) => Clause): Clause[] =>
  Array.from({ length: count }, (_, i) => clause(i));

/** A fixed sequence that looks like chance. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Groups of nearly everyone, no two alike. */
const crowded = (count: number): NonNullable<Policy['groups']> =>
  bare(
    Array.from({ length: count }, (_, i) => [group(i), crowd.filter((_one, k) => k % count !== i)] as const),
  );

const policies: readonly (readonly [what: string, make: () => Policy])[] = [
  [
    'chains: each place has two people, and the last person wanted moves everybody up',
    () =>
      filled(
        (n, size) => ({
          rules: rules(n, () => clauses(size, (i) => any(1, handle((i + 1) % size), handle(i)))),
        }),
        6,
      ),
  ],
  [
    'chains that end nowhere',
    () =>
      filled(
        (n, size) => ({
          rules: rules(n, () =>
            clauses(size, (i) => any(1, handle(i % (size >> 1)), handle((i + 1) % (size >> 1)))),
          ),
        }),
        6,
      ),
  ],
  [
    'places for people by chance',
    () =>
      filled((n, size) => {
        const next = sequence(7);
        return {
          rules: rules(n, () =>
            clauses(size, () => any(1, handle(next(PEOPLE)), handle(next(PEOPLE)), handle(next(PEOPLE)))),
          ),
        };
      }, 5),
  ],
  [
    'unions of large groups, no two alike',
    () =>
      filled((n, size) => {
        const next = sequence(11);
        return {
          groups: bare(
            Array.from({ length: 24 }, (_, i) => [group(i), crowd.filter(() => next(2) === 0)] as const),
          ),
          rules: rules(n, () =>
            clauses(size, () =>
              any(1, group(next(24)), group(next(24)), group(next(24)), handle(next(PEOPLE))),
            ),
          ),
        };
      }, 5),
  ],
  [
    'many names of large groups in few clauses',
    () =>
      filled(
        (n, size) => ({
          groups: crowded(16),
          rules: rules(n, () =>
            clauses(8, (i) =>
              any(1, ...clauses(size, (k) => any(1, group((i + k) % 16))).flatMap(({ from }) => from)),
            ),
          ),
        }),
        2,
      ),
  ],
  [
    'requesters that name large groups again and again',
    () =>
      filled(
        (n, size) => ({
          groups: crowded(16),
          rules: rules(n, () => [any(1, 'everyone')], {
            requesters: Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 'everyone' : group(i % 16))),
          }),
        }),
        24,
      ),
  ],
  [
    '256 rules whose every place but one is taken',
    () =>
      filled(
        (n, size) => ({
          rules: rules(n, (r) => [
            ...clauses(9, () => any(100, 'everyone')),
            ...clauses(Math.min(size, 99), (i) =>
              any(1, handle((r * 7 + i) % PEOPLE), handle(PEOPLE - 1 - i)),
            ),
          ]),
        }),
        256,
      ),
  ],
  [
    'names that do not exist',
    () =>
      filled(
        (n, size) => ({
          rules: rules(n, () => [
            any(1, ...clauses(size * 8, () => any(1, 'q')).flatMap(({ from }) => from)),
          ]),
        }),
        5,
      ),
  ],
];

describe('§6 validity costs bounded work, whatever a single member proposes', () => {
  it.each(policies)('§6 1 MiB of %s is judged in under 2 s', (_, make) => {
    const made = make();
    expect(canonicalText({ action: { policy: made } }).length).toBeGreaterThan(MIB * 0.75);
    const begin = cpuTime();
    policyProblems(made, reader());
    const took = cpuTime() - begin;
    expect(took).toBeLessThan(2000);
  });
});
