import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../src/core/schema.js';
import * as sample from './support/events.js';
import { without } from './support/events.js';

const [first] = sample.policy.rules;
const { alice } = sample.policy.members;
const withRule = (changes: object) => ({ ...sample.policy, rules: [{ ...first, ...changes }] });
const withAlice = (changes: object) => ({
  ...sample.policy,
  members: { ...sample.policy.members, alice: { ...alice, ...changes } },
});

/** `ok`, or the paths of what is wrong, joined by dots. */
function problems(value: unknown): string | string[] {
  const parsed = parsePolicy(value);
  return parsed.ok ? 'ok' : parsed.problems.map(({ path }) => path.join('.'));
}

describe("§6 a policy's form", () => {
  test('the example is of the form, and comes out as it went in', () => {
    const parsed = parsePolicy(sample.policy);
    expect(parsed.ok && parsed.policy).toEqual(sample.policy);
  });

  test.each(['executors', 'groups', 'tests'])('%s may be absent', (field) => {
    expect(problems(without(sample.policy, field))).toBe('ok');
  });

  test.each(['protocol', 'members', 'rules', 'changes'])('%s may not be absent', (field) => {
    expect(problems(without(sample.policy, field))).toEqual([field]);
  });

  test.each(Object.keys(first))('a rule without %s: only the fields with ? may be absent', (field) => {
    const needed = ['name', 'match', 'approvals', 'maxDuration', 'maxPending', 'maxUses'].includes(field);
    const value = { ...sample.policy, rules: [without(first, field)] };
    expect(problems(value)).toEqual(needed ? [`rules.0.${field}`] : 'ok');
  });

  test.each([
    ['protocol 0', { ...sample.policy, protocol: 0 }, 'protocol'],
    ['protocol 1001', { ...sample.policy, protocol: 1001 }, 'protocol'],
    ['an unknown field', { ...sample.policy, owner: 'alice' }, 'owner'],
    ['an unknown field of a rule', withRule({ toString: 1 }), 'rules.0.toString'],
    ['an unknown field of a member', withAlice({ admin: true }), 'members.alice.admin'],
    ['a handle in capitals', { ...sample.policy, groups: { Team: [] } }, 'groups.Team'],
    ['a handle of 33', { ...sample.policy, groups: { ['t'.repeat(33)]: [] } }, `groups.${'t'.repeat(33)}`],
    ['a group that holds no handle', { ...sample.policy, groups: { team: ['Al'] } }, 'groups.team.0'],
    [
      'an executor with logins',
      { ...sample.policy, executors: { e: { ...alice, unix: [] } } },
      'executors.e.unix',
    ],
    [
      'a key of another type',
      withAlice({ keys: [{ type: 'ssh', public: '' }] }),
      'members.alice.keys.0.type',
    ],
    ['a login with a space', withAlice({ unix: ['a b'] }), 'members.alice.unix.0'],
    ['a rule name in capitals', withRule({ name: 'Deploy' }), 'rules.0.name'],
    ['a match of two kinds', withRule({ match: { command: ['x'], access: 'x' } }), 'rules.0.match.access'],
    ['a match of none', withRule({ match: {} }), 'rules.0.match.any'],
    ['a match with any: false', withRule({ match: { any: false } }), 'rules.0.match.any'],
    ['a match by an inherited name', withRule({ match: { constructor: 1 } }), 'rules.0.match.any'],
    ['a pattern that is no text', withRule({ match: { command: [1] } }), 'rules.0.match.command.0'],
    ['a count of 0', withRule({ approvals: [{ count: 0, from: [] }] }), 'rules.0.approvals.0.count'],
    ['a count of 101', withRule({ approvals: [{ count: 101, from: [] }] }), 'rules.0.approvals.0.count'],
    ['maxUses of 0', withRule({ maxUses: 0 }), 'rules.0.maxUses'],
    ['maxUses of 1,000,001', withRule({ maxUses: 1_000_001 }), 'rules.0.maxUses'],
    ['maxDuration beyond a leap year', withRule({ maxDuration: 31_622_401 }), 'rules.0.maxDuration'],
    ['maxPending of 0', withRule({ maxPending: 0 }), 'rules.0.maxPending'],
    ['a duration as typed', withRule({ maxDuration: '8h' }), 'rules.0.maxDuration'],
    ['minLength of 0', withRule({ justification: { minLength: 0 } }), 'rules.0.justification.minLength'],
    [
      'minLength of 4,097',
      withRule({ justification: { minLength: 4097 } }),
      'rules.0.justification.minLength',
    ],
    ['env with __proto__', withRule({ env: ['__proto__'] }), 'rules.0.env.0'],
    ['another kind of stdin', withRule({ stdin: ['pipe'] }), 'rules.0.stdin.0'],
    ['enforceEnd: false', withRule({ enforceEnd: false }), 'rules.0.enforceEnd'],
    [
      'a test of two kinds',
      { ...sample.policy, tests: [{ ...sample.policy.tests[0], access: 'x' }] },
      'tests.0.access',
    ],
    ['a test of none', { ...sample.policy, tests: [{ requester: 'a', expect: 'b' }] }, 'tests.0.access'],
  ])('%s breaks it, and the path says where', (_, value, path) => {
    const found = problems(value);
    expect(found).not.toBe('ok');
    expect(found).toContain(path);
  });

  test.each([
    ['no member', { ...sample.policy, members: {} }],
    ['no rule', { ...sample.policy, rules: [] }],
    ['no clause', { ...sample.policy, changes: [] }],
    ['no key', withAlice({ keys: [] })],
    ['a name that nobody has', withRule({ requesters: ['nobody'] })],
    ['a rule called like a void reason', withRule({ name: 'stale' })],
    ['everyone as a group', { ...sample.policy, groups: { everyone: [] } }],
    ['protocol 2', { ...sample.policy, protocol: 2 }],
  ])(
    '%s is of the form: whether it is valid is another question (a void request, not an inert commit)',
    (_, value) => {
      expect(problems(value)).toBe('ok');
    },
  );

  test('§1 a member called constructor is legal and is kept, and finds nothing that was not written', () => {
    const written: unknown = JSON.parse(
      JSON.stringify(sample.policy).replace('"alice":{', '"constructor":{'),
    );
    const parsed = parsePolicy(written);
    if (!parsed.ok) throw new Error('refused');
    expect(Object.keys(parsed.policy.members)).toEqual(['constructor', 'bob']);
    expect(parsed.policy.members['constructor']?.name).toBe('Alice');
    expect(parsed.policy.groups?.['constructor']).toBeUndefined();
    expect(Object.getPrototypeOf(parsed.policy.executors)).toBeNull();
  });

  test.each(['__proto__', 'toString', 'prototype-', ''])(
    '§1 a member called %j: only a handle is one',
    (name) => {
      const text = JSON.stringify(sample.policy).replace('"alice":{', `${JSON.stringify(name)}:{`);
      const outcome = problems(JSON.parse(text));
      expect(outcome).toEqual(name === 'prototype-' ? 'ok' : [`members.${name}`]);
    },
  );

  test('all that is wrong is told, not the first alone', () => {
    const value = { ...withRule({ name: 'X', maxUses: 0 }), changes: 1, protocol: '1' };
    expect(problems(value)).toEqual(['protocol', 'rules.0.name', 'rules.0.maxUses', 'changes']);
  });
});
