import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessAction, CommandAction } from '../../src/core/action.js';
import { clausesMet } from '../../src/core/clauses.js';
import { comparePolicies } from '../../src/core/compare.js';
import type { Policy, Rule } from '../../src/core/policy-document.js';
import { ruleFor, ruleProblem, type Asked } from '../../src/core/rules.js';
import { record } from '../core/support/compared.js';
import { any, asked, bare, command, members, policy, remote, rule } from '../core/support/policies.js';
import { runs } from './runs.js';

const PEOPLE = ['alice', 'bob', 'carol', 'dave'];
const CROWDS = PEOPLE.reduce<string[][]>((sets, one) => [...sets, ...sets.map((set) => [...set, one])], [[]]);

const ACTIONS: readonly (CommandAction | AccessAction)[] = [
  command(['a']),
  command(['a', 'x']),
  command(['a', 'x', 'y']),
  command(['b', 'x']),
  command(['/usr/bin/a', 'x'], { program: '/usr/bin/a' }),
  remote(['a', 'x']),
  { kind: 'access', resource: 'p/1' },
  { kind: 'access', resource: 'q' },
];

/** What may be asked for: each action plainly, and with one thing more. */
const REQUESTS: readonly Asked[] = ACTIONS.flatMap((action) => [
  asked(action),
  asked(action, { ticket: 'T1' }),
  ...(action.kind === 'command'
    ? [asked(action, { uses: 2 }), asked({ ...action, stdin: 'terminal' as const })]
    : []),
]);

/** Everything that `given` lets through: who asks, for what, and with whose approvals. */
function letsThrough(given: Policy): Set<string> {
  const met = new Map<string, boolean>();
  const found = new Set<string>();
  for (const [i, request] of REQUESTS.entries()) {
    const decided = ruleFor(given, request.action)?.rule;
    if (decided === undefined) continue;
    for (const asker of PEOPLE) {
      if (ruleProblem(given, decided, request, asker, 'written') !== null) continue;
      for (const [k, crowd] of CROWDS.entries()) {
        if (crowd.includes(asker)) continue;
        // Not by its name: two edits may give two rules the same one.
        const key = `${given.rules.indexOf(decided)} ${k}`;
        const known = met.get(key) ?? clausesMet(given, decided.approvals, crowd);
        met.set(key, known);
        if (known) found.add(`${i} ${asker} ${k}`);
      }
    }
  }
  return found;
}

const match = fc.constantFrom<Rule['match']>(
  { command: ['a', '**'] },
  { command: ['a', 'x'] },
  { command: ['a', 'x', '**'] },
  { command: ['a', '*'] },
  { command: ['/usr/bin/a', '**'] },
  { command: ['/usr/bin/*', 'x'] },
  { command: ['*', '**'] },
  { command: ['b', '**'] },
  { access: 'p/*' },
  { access: '*' },
  { any: true },
);
const names = fc.constantFrom<readonly string[]>(['everyone'], ['g'], ['h'], ['alice'], ['g', 'h']);
const approvals = fc.oneof(
  names.map((from) => [any(1, ...from)]),
  fc.constantFrom(
    [any(2, 'everyone')],
    [any(1, 'g'), any(1, 'h')],
    [any(2, 'g')],
    [any(1, 'everyone'), any(1, 'alice')],
  ),
);
const field = fc.oneof(
  approvals.map((list): Partial<Rule> => ({ approvals: list })),
  match.map((one): Partial<Rule> => ({ match: one })),
  names.map((list): Partial<Rule> => ({ requesters: list })),
  fc.constantFrom<Partial<Rule>>(
    { maxUses: 1 },
    { maxUses: 2 },
    { ticket: { pattern: 'T*' } },
    { ticket: { pattern: 'T1' } },
    { stdin: ['none'] },
    { stdin: ['none', 'terminal'] },
    { executors: ['runner'] },
    { name: 'renamed' },
  ),
);
const changed = fc.array(field, { maxLength: 3 }).map((list) => Object.assign({}, ...list) as Partial<Rule>);
const aRule = fc
  .tuple(match, approvals, changed)
  .map(([one, list, rest]) => rule({ match: one, approvals: list, ...rest }));
const rules = fc
  .array(aRule, { minLength: 1, maxLength: 4 })
  .map((list) => list.map((one, i) => ({ ...one, name: `r${i}` })));
const groups = fc
  .tuple(fc.subarray(PEOPLE, { minLength: 1 }), fc.subarray(PEOPLE, { minLength: 1 }))
  .map(([g, h]) =>
    bare([
      ['g', g],
      ['h', h],
    ]),
  );

const place = fc.nat({ max: 3 });
type Edit = (given: Policy) => Policy;
const inRules =
  (edit: (list: Rule[]) => Rule[]): Edit =>
  (given) => ({ ...given, rules: edit([...given.rules]) });

/** What somebody might propose: one thing. */
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc
    .tuple(place, field)
    .map(([at, rest]) =>
      inRules((list) => list.map((one, i) => (i === at % list.length ? { ...one, ...rest } : one))),
    ),
  place.map((at) => inRules((list) => list.filter((_, i) => i !== at))),
  fc.tuple(place, place).map(([from, to]) =>
    inRules((list) => {
      const moved = list.splice(from % list.length, 1);
      return list.toSpliced(to, 0, ...moved);
    }),
  ),
  fc
    .tuple(place, aRule)
    .map(([at, one]) => inRules((list) => list.toSpliced(at, 0, { ...one, name: 'new' }))),
  groups.map((next): Edit => (given) => ({ ...given, groups: next })),
);

describe('what a change lets through, and what is said of it', () => {
  it('what is let through now and was not, is told as weaker; where all is `other`, all is as it was', () => {
    let quiet = 0;
    fc.assert(
      fc.property(rules, groups, fc.array(edit, { minLength: 1, maxLength: 2 }), (list, named, edits) => {
        const before = policy({ members: members(...PEOPLE), groups: named, rules: list });
        const after = edits.reduce((given, one) => one(given), before);
        const weights = new Set(comparePolicies(record(before), record(after)).map(({ weight }) => weight));
        const [old, now] = [letsThrough(before), letsThrough(after)];
        const more = [...now].some((case_) => !old.has(case_));
        const less = [...old].some((case_) => !now.has(case_));
        if (!weights.has('weaker')) quiet += 1;
        expect(more && !weights.has('weaker')).toBe(false);
        expect(less && !weights.has('weaker') && !weights.has('stronger')).toBe(false);
      }),
      runs(300),
    );
    // Else the property says nothing.
    expect(quiet).toBeGreaterThan(20);
  });
});
