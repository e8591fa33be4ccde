import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clausesMet, couldBeMet, eligible, missing, people } from '../../src/core/clauses.js';
import type { Clause, Policy } from '../../src/core/policy-document.js';
import { policyProblems } from '../../src/core/policy.js';
import { bare, members, policy, reader, rule } from '../core/support/policies.js';

const HANDLES = ['a', 'b', 'c', 'd', 'e'];
const GROUPS = ['g', 'h'];

const some = (of: readonly string[]): fc.Arbitrary<string[]> => fc.subarray([...of]);
const clause: fc.Arbitrary<Clause> = fc.record({
  count: fc.integer({ min: 1, max: 3 }),
  from: some([...HANDLES, ...GROUPS, 'everyone', 'runner', 'nobody']),
});
const clauses = fc.array(clause, { minLength: 1, maxLength: 3 });
const sample: fc.Arbitrary<Policy> = fc.tuple(some(HANDLES), some(HANDLES)).map(([g, h]) =>
  policy({
    members: members(...HANDLES),
    groups: bare([
      ['g', g],
      ['h', h],
    ]),
    rules: [],
  }),
);

/** Tries every assignment of people to places, one place after the other. */
function assignable(given: Policy, asked: readonly Clause[], left: ReadonlySet<string>): boolean {
  const [first, ...rest] = asked.flatMap(({ count, from }) =>
    Array.from({ length: count }, () => ({ count: 1, from })),
  );
  if (first === undefined) return true;
  const fits = people(given, first.from);
  return [...left].some(
    (handle) =>
      fits.has(handle) && assignable(given, rest, new Set([...left].filter((one) => one !== handle))),
  );
}

const runs = { numRuns: 2000 };

describe('§6 clauses', () => {
  it('§6 clausesMet agrees with trying every assignment', () => {
    fc.assert(
      fc.property(sample, clauses, some(HANDLES), (given, asked, handles) => {
        expect(clausesMet(given, asked, handles)).toBe(assignable(given, asked, new Set(handles)));
      }),
      runs,
    );
  });

  it('§6 one person more never takes a quorum away; each alone fills one place at most', () => {
    fc.assert(
      fc.property(
        sample,
        clauses,
        some(HANDLES),
        fc.constantFrom(...HANDLES),
        (given, asked, handles, more) => {
          if (clausesMet(given, asked, handles))
            expect(clausesMet(given, asked, [...handles, more])).toBe(true);
          const places = asked.reduce((sum, { count }) => sum + count, 0);
          if (places > handles.length) expect(clausesMet(given, asked, handles)).toBe(false);
        },
      ),
      runs,
    );
  });

  it('§6 an approval by someone who is not eligible changes nothing', () => {
    fc.assert(
      fc.property(sample, clauses, some(HANDLES), (given, asked, handles) => {
        const named = handles.filter((handle) => eligible(given, asked, handle));
        expect(clausesMet(given, asked, named)).toBe(clausesMet(given, asked, handles));
      }),
      runs,
    );
  });

  it('§6 couldBeMet agrees with trying every assignment of the others', () => {
    fc.assert(
      fc.property(sample, clauses, fc.constantFrom(...HANDLES), (given, asked, requester) => {
        const others = new Set(HANDLES.filter((handle) => handle !== requester));
        expect(couldBeMet(given, asked, requester)).toBe(assignable(given, asked, others));
      }),
      runs,
    );
  });

  it('§6 a rule is valid where couldBeMet says so for each of its requesters', () => {
    const exact = clauses.map((asked) =>
      asked.map(({ count, from }) => ({
        count,
        from: from.filter((name) => name !== 'runner' && name !== 'nobody'),
      })),
    );
    fc.assert(
      fc.property(sample, exact, some([...HANDLES, ...GROUPS]), (given, approvals, requesters) => {
        const whole = { ...given, rules: [rule({ approvals, requesters })] };
        const each = [...people(given, requesters)].every((handle) => couldBeMet(given, approvals, handle));
        expect(policyProblems(whole, reader()).length).toBe(each ? 0 : 1);
      }),
      runs,
    );
  });

  it('what is missing is empty where met, and is as many places as people still needed', () => {
    fc.assert(
      fc.property(
        sample,
        clauses,
        some(HANDLES),
        fc.constantFrom(...HANDLES),
        (given, asked, handles, without) => {
          const given2 = handles.filter((handle) => handle !== without);
          const left = missing(given, asked, given2, without);
          expect(left.length === 0).toBe(clausesMet(given, asked, given2));
          // Where it can be met at all, others can fill exactly what is said to be missing.
          if (!couldBeMet(given, asked, without)) return;
          const others = HANDLES.filter((handle) => handle !== without && !given2.includes(handle));
          if (left.length > 0) expect(clausesMet(given, left, others)).toBe(true);
          const open = left.reduce((sum, { count }) => sum + count, 0);
          const smallest = sizes(others).find((more) => clausesMet(given, asked, [...given2, ...more]));
          expect(open).toBe(smallest?.length);
        },
      ),
      runs,
    );
  });
});

/** All subsets, smallest first. */
function sizes(of: readonly string[]): string[][] {
  const all = of.reduce<string[][]>((sets, one) => [...sets, ...sets.map((set) => [...set, one])], [[]]);
  return all.sort((a, b) => a.length - b.length);
}
