import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/canonical.js';
import { comparePolicies } from '../../src/core/compare.js';
import type { Policy } from '../../src/core/policy-document.js';
import { parsePolicy } from '../../src/core/schema.js';
import { record } from '../core/support/compared.js';
import { any, bare, listed, member, members, policy, rule } from '../core/support/policies.js';
import { runs } from './runs.js';

/** A policy in which every field that there is stands at least once. */
const whole: Policy = policy({
  members: {
    ...members('alice', 'bob', 'carol', 'dave'),
    erin: member('erin', { keys: [listed('erin'), listed('second')], unix: ['erin', 'root'] }),
  },
  executors: bare([
    ['runner', member('runner')],
    ['builder', member('builder')],
  ]),
  groups: bare([
    ['sre', ['alice', 'bob', 'carol']],
    ['security', ['dave', 'erin']],
  ]),
  rules: [
    rule({
      name: 'prod',
      match: { command: ['/usr/bin/psql', 'prod*', '**'] },
      requesters: ['sre', 'dave'],
      approvals: [any(1, 'sre'), any(1, 'security', 'alice')],
      justification: { minLength: 20 },
      ticket: { pattern: 'OPS-*' },
      executors: ['runner', 'builder'],
      pins: ['*.sql', '*.sh'],
      env: ['PGHOST', 'PGUSER'],
      stdin: ['none', 'file'],
      enforceEnd: true,
    }),
    rule({ name: 'ssh', match: { access: 'ssh/*' } }),
    rule({ name: 'rest', approvals: [any(2, 'everyone')] }),
  ],
  changes: [any(2, 'everyone'), any(1, 'security')],
  tests: [
    { requester: 'alice', command: ['ls', '-l'], expect: 'rest' },
    { requester: 'bob', access: 'ssh/a', expect: 'ssh' },
  ],
});

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Other values in the place of one: near ones, that the schema may take. */
function othersOf(value: Json): Json[] {
  if (typeof value === 'string') return [`${value}x`, 'everyone', 'sre', 'terminal'];
  if (typeof value === 'number') return [value + 1, value - 1, 1];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    const list: readonly Json[] = value;
    return [
      ...list.map((_, i) => list.filter((__, k) => k !== i)),
      [...list].reverse(),
      [...list, ...list.slice(0, 1)],
      [...list.slice(1), ...list.slice(0, 1)],
      [],
    ];
  }
  const entries = Object.entries(value);
  const [first, second] = entries;
  return [
    ...entries.map(([name]) => Object.fromEntries(entries.filter(([other]) => other !== name))),
    ...(first === undefined ? [] : [Object.fromEntries([...entries, ['other', first[1]]])]),
    // Two of a kind change places.
    ...(first === undefined || second === undefined
      ? []
      : [Object.fromEntries([...entries.slice(2), [first[0], second[1]], [second[0], first[1]]])]),
  ];
}

/** Every document that differs from `value` by one change in one place. */
function changedOnce(value: Json): Json[] {
  const here = othersOf(value);
  if (typeof value !== 'object' || value === null) return here;
  if (Array.isArray(value)) {
    const list: readonly Json[] = value;
    return [
      ...here,
      ...list.flatMap((item, i) =>
        changedOnce(item).map((other) => list.map((kept, k) => (k === i ? other : kept))),
      ),
    ];
  }
  const entries = Object.entries(value);
  return [
    ...here,
    ...entries.flatMap(([name, item]) =>
      changedOnce(item).map((other) =>
        Object.fromEntries([...entries.filter(([key]) => key !== name), [name, other]]),
      ),
    ),
  ];
}

/** Those that are policies, and not the same word for word. */
function neighbours(from: Policy): Policy[] {
  const text = canonicalText(from);
  return changedOnce(JSON.parse(text) as Json).flatMap((json) => {
    const parsed = parsePolicy(json);
    return !parsed.ok || canonicalText(parsed.policy) === text ? [] : [parsed.policy];
  });
}

describe('no change passes in silence', () => {
  const all = neighbours(whole);

  it('each change in one place, of a policy in which everything stands, is weighed and told', () => {
    expect(all.length).toBeGreaterThan(400);
    const silent = all.filter((other) =>
      [
        [whole, other],
        [other, whole],
      ].some(([a = whole, b = whole]) => {
        const found = comparePolicies(record(a), record(b));
        return found.length === 0 || found.some(({ words }) => words.includes('cannot weigh'));
      }),
    );
    expect(silent.map(canonicalText)).toEqual([]);
  });

  it('of any number of changes something is told, and of none nothing', () => {
    const some = fc.constantFrom(whole, ...all);
    fc.assert(
      fc.property(some, some, (a, b) => {
        const same = canonicalText(a) === canonicalText(b);
        expect(comparePolicies(record(a), record(b)).length === 0).toBe(same);
        expect(comparePolicies(record(a), record(structuredClone(a)))).toEqual([]);
      }),
      runs(300),
    );
  });
});
