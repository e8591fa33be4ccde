import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clausesMet, people } from '../../src/core/clauses.js';
import type { Clause, Policy } from '../../src/core/policy-document.js';
import { newBudget, weakerThan } from '../../src/core/weigh.js';
import { assemblyOf } from '../../src/core/weigh-assembly.js';
import { bare, members, policy } from '../core/support/policies.js';
import { runs } from './runs.js';

const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];

const some = (max: number) => fc.subarray(PEOPLE, { maxLength: max });
const from = fc.oneof(
  fc.constantFrom(['everyone'], ['team'], ['ops'], ['team', 'ops']),
  some(3).filter((list) => list.length > 0),
);
const clause = fc.record({ count: fc.constantFrom(1, 1, 1, 2, 2, 3), from });
const clauses = fc.array(clause, { minLength: 1, maxLength: 4 });
const someMembers = fc.subarray(PEOPLE, { minLength: 2 });

/** A policy of some of the people, and of two groups of them. */
const aPolicy = fc.tuple(someMembers, some(6), some(6)).map(([handles, team, ops]) =>
  policy({
    members: members(...handles),
    groups: bare([
      ['team', team],
      ['ops', ops],
    ]),
  }),
);

/** Every set of `handles`. */
function subsets(handles: readonly string[]): string[][] {
  return handles.reduce<string[][]>((sets, one) => [...sets, ...sets.map((set) => [...set, one])], [[]]);
}

/** The question itself: is there somebody who asks, and a set of others who meet the new and not the old? */
function byHand(
  before: Policy,
  old: readonly Clause[],
  after: Policy,
  now: readonly Clause[],
  askers: readonly string[],
): boolean {
  return askers.some((asker) =>
    subsets(PEOPLE.filter((handle) => handle !== asker)).some(
      (set) => clausesMet(after, now, set) && !clausesMet(before, old, set),
    ),
  );
}

describe('whether one list of clauses is weaker than another', () => {
  it('of at most six people, agrees with a look at every requester and every set of the others', () => {
    fc.assert(
      fc.property(
        aPolicy,
        aPolicy,
        fc.boolean(),
        clauses,
        clauses,
        some(6),
        (one, two, same, old, now, names) => {
          const after = same ? one : two;
          const assembly = assemblyOf(one, after);
          const askers = [...people(after, names)];
          const answer = weakerThan(
            assembly,
            { policy: one, clauses: old },
            { policy: after, clauses: now },
            assembly.setOf(after, names),
            newBudget(),
          );
          expect(answer).toBe(byHand(one, old, after, now, askers) ? 'yes' : 'no');
        },
      ),
      runs(600),
    );
  });

  it('no clauses are weaker than themselves, in whatever order and under whatever names', () => {
    fc.assert(
      fc.property(aPolicy, clauses, (one, list) => {
        const assembly = assemblyOf(one);
        const spelled = [...list]
          .reverse()
          .map(({ count, from: names }) => ({ count, from: [...people(one, names)] }));
        const everyone = assembly.setOf(one, ['everyone']);
        const demand = { policy: one, clauses: list };
        const again = { policy: one, clauses: spelled };
        expect(weakerThan(assembly, demand, again, everyone, newBudget())).toBe('no');
        expect(weakerThan(assembly, again, demand, everyone, newBudget())).toBe('no');
      }),
    );
  });
});
