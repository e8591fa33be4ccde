import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/canonical.js';
import { MpaError } from '../../src/core/errors.js';
import { policyProblems } from '../../src/core/policy.js';
import type { Policy } from '../../src/core/policy-document.js';
import {
  withExecutor,
  withKey,
  withMember,
  withoutExecutor,
  withoutMember,
} from '../../src/workflows/people-edit.js';
import { joinedGroups, leftGroup } from '../../src/workflows/people-groups.js';
import { withRecovery } from '../../src/workflows/recovery.js';
import {
  any,
  bare,
  certificateOf,
  keyOf,
  listed,
  member,
  members,
  policy,
  reader,
  rule,
} from '../core/support/policies.js';

const read = reader();

function problems(made: Policy): readonly string[] {
  return policyProblems(made, read).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

/** The code and the words of what is refused; throws where nothing is. */
function refusal(work: () => unknown): { code: string; words: string; hint: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof MpaError) return { code: error.code, words: error.message, hint: error.hint ?? '' };
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Alice, Bob and Carol; a group for the rule, one for changes. */
function team(changes: Partial<Policy> = {}): Policy {
  return policy({
    groups: bare([
      ['ops', ['alice', 'bob']],
      ['leads', ['alice', 'bob', 'carol']],
    ]),
    rules: [rule({ name: 'prod-db', requesters: ['ops', 'carol'], approvals: [any(1, 'ops', 'carol')] })],
    changes: [any(1, 'leads')],
    ...changes,
  });
}

describe('a member that is added', () => {
  it('stands in their groups, of which a new one comes into being', () => {
    const made = withMember(team(), 'dave', member('dave'), ['ops', 'new']);
    expect(made.groups).toEqual({
      ops: ['alice', 'bob', 'dave'],
      leads: ['alice', 'bob', 'carol'],
      new: ['dave'],
    });
    expect(problems(made)).toEqual([]);
  });

  it.each([
    ['a member', 'alice'],
    ['an executor', 'runner'],
    ['a group', 'ops'],
    ['everyone', 'everyone'],
    ['no handle', 'Dave'],
  ])('usage: the handle is %s', (_, handle) => {
    expect(refusal(() => withMember(team(), handle, member('dave'))).code).toBe('usage');
  });

  it('usage: the address is somebody else’s, whatever its case', () => {
    const same = member('dave', { email: 'ALICE@example.org' });
    expect(refusal(() => withMember(team(), 'dave', same))).toMatchObject({ code: 'usage' });
  });

  it('usage: a group of theirs has the name of a member', () => {
    expect(refusal(() => withMember(team(), 'dave', member('dave'), ['carol'])).code).toBe('usage');
  });

  it('invalid-policy, with the rule: nobody else could approve what they may ask', () => {
    const strict = team({
      groups: bare([['ops', ['alice', 'bob']]]),
      rules: [rule({ name: 'prod-db', requesters: ['ops'], approvals: [any(1, 'carol')] })],
      changes: [any(1, 'everyone')],
    });
    expect(withMember(strict, 'dave', member('dave'), ['ops']).members['dave']).toBeDefined();
    const found = refusal(() => joinedGroups(strict, 'ops', ['carol']));
    expect(found).toMatchObject({ code: 'invalid-policy' });
    expect(found.words).toContain('prod-db');
  });
});

describe('a member that is removed', () => {
  it('is gone from groups, requesters, clauses and the tests that ask as them', () => {
    const tests = ['alice', 'carol'].map((requester) => ({
      requester,
      command: ['true'],
      expect: 'prod-db',
    }));
    const made = withoutMember(team({ tests }), 'carol');
    expect(Object.keys(made.members)).toEqual(['alice', 'bob']);
    expect(made.groups).toEqual({ ops: ['alice', 'bob'], leads: ['alice', 'bob'] });
    expect(made.rules[0]).toMatchObject({ requesters: ['ops'], approvals: [any(1, 'ops')] });
    expect(made.tests?.map(({ requester }) => requester)).toEqual(['alice']);
    expect(problems(made)).toEqual([]);
  });

  it.each<[string, Partial<Policy>, string]>([
    [
      'a clause names nobody else',
      { rules: [rule({ name: 'prod-db', requesters: ['alice'], approvals: [any(1, 'carol')] })] },
      'the approvals of rule prod-db',
    ],
    [
      'nobody else may ask',
      { rules: [rule({ name: 'prod-db', requesters: ['carol'] })] },
      'the requesters of rule prod-db',
    ],
    [
      'changes name nobody else',
      { members: members('alice', 'bob', 'carol', 'dave'), changes: [any(1, 'carol'), any(1, 'leads')] },
      'the clauses of changes',
    ],
    [
      'a group that is named would be empty',
      {
        groups: bare([['solo', ['carol']]]),
        rules: [rule({ name: 'prod-db', requesters: ['alice'], approvals: [any(1, 'solo')] })],
        changes: [any(1, 'everyone')],
      },
      'the approvals of rule prod-db',
    ],
    [
      'a count could not be met',
      { rules: [rule({ name: 'prod-db', requesters: ['alice'], approvals: [any(2, 'everyone')] })] },
      'rule prod-db',
    ],
    ['changes could not be met', { changes: [any(2, 'everyone')] }, 'changes'],
  ])('invalid-policy, with its place: %s', (_, changes, where) => {
    const before = team(changes);
    const found = refusal(() => withoutMember(before, 'carol'));
    expect(found.code).toBe('invalid-policy');
    expect(found.words).toContain(where);
    expect(found.hint).toContain('mpa ');
  });

  it('invalid-policy: of two members none can go', () => {
    const two = team({
      members: members('alice', 'bob'),
      groups: bare([]),
      rules: [rule()],
      changes: [any(1, 'everyone')],
    });
    expect(refusal(() => withoutMember(two, 'bob'))).toMatchObject({ code: 'invalid-policy' });
  });

  it('usage: nobody has that handle, an executor neither', () => {
    for (const handle of ['dave', 'runner', 'ops', 'constructor'])
      expect(refusal(() => withoutMember(team(), handle)).code).toBe('usage');
  });
});

describe('a group', () => {
  it('goes with its last member, and with it the list of groups', () => {
    const made = joinedGroups(policy({ groups: bare([]) }), 'new', ['carol', 'carol']);
    expect(made.groups).toEqual({ new: ['carol'] });
    expect(leftGroup(made, 'new', ['carol']).groups).toBeUndefined();
  });

  it('invalid-policy: its last member leaves while a rule names it', () => {
    const found = refusal(() => leftGroup(team(), 'ops', ['alice', 'bob']));
    expect(found).toMatchObject({ code: 'invalid-policy' });
    expect(found.words).toContain('the requesters of rule prod-db and the approvals of rule prod-db');
  });

  it('usage: it is not there, or they are not in it, or they are no members', () => {
    expect(refusal(() => leftGroup(team(), 'none', ['alice'])).code).toBe('usage');
    expect(refusal(() => leftGroup(team(), 'ops', ['carol'])).code).toBe('usage');
    expect(refusal(() => joinedGroups(team(), 'ops', ['runner'])).code).toBe('usage');
    expect(refusal(() => joinedGroups(team(), 'alice', ['bob'])).code).toBe('usage');
  });
});

describe('a key that is rotated', () => {
  const renewedReader = reader({
    'cert alice renewed': { ok: true, certificate: certificateOf(keyOf('alice', { expires: 5000 })) },
  });
  const two = team({
    members: bare([
      ...Object.entries(members('bob', 'carol')),
      ['alice', member('alice', { keys: [listed('alice'), listed('alice-2')] })],
    ]),
  });
  const keysOf = (made: Policy): string[] => (made.members['alice']?.keys ?? []).map((key) => key.public);
  const renewed = { type: 'openpgp', public: 'cert alice renewed' } as const;

  it('takes the place of all that were listed, or with --add stands beside them', () => {
    expect(keysOf(withKey(two, 'alice', listed('alice-3'), { add: false, read }))).toEqual(['cert alice-3']);
    expect(keysOf(withKey(two, 'alice', listed('alice-3'), { add: true, read }))).toEqual([
      'cert alice',
      'cert alice-2',
      'cert alice-3',
    ]);
  });

  it.each([true, false])('takes only its own place where it is renewed (add: %s)', (add) => {
    expect(keysOf(withKey(two, 'alice', renewed, { add, read: renewedReader }))).toEqual([
      'cert alice renewed',
      'cert alice-2',
    ]);
  });

  it('is left alone where it is listed already, and without --add the others go', () => {
    expect(keysOf(withKey(two, 'alice', listed('alice-2'), { add: true, read }))).toEqual([
      'cert alice',
      'cert alice-2',
    ]);
    expect(keysOf(withKey(two, 'alice', listed('alice-2'), { add: false, read }))).toEqual(['cert alice-2']);
  });

  it('may be an executor’s', () => {
    const made = withKey(team(), 'runner', listed('runner-2'), { add: false, read });
    expect(made.executors?.['runner']?.keys).toEqual([listed('runner-2')]);
  });

  it('usage: nobody has that handle', () => {
    expect(refusal(() => withKey(team(), 'dave', listed('x'), { add: false, read })).code).toBe('usage');
  });
});

describe('an executor', () => {
  it('is taken out of rules that name another, too', () => {
    const both = withExecutor(team(), 'robot', member('robot'));
    const named = { ...both, rules: [rule({ name: 'deploy', executors: ['runner', 'robot'] })] };
    expect(withoutExecutor(named, 'runner').rules[0]?.executors).toEqual(['robot']);
    const found = refusal(() =>
      withoutExecutor({ ...both, rules: [rule({ name: 'deploy', executors: ['runner'] })] }, 'runner'),
    );
    expect(found).toMatchObject({ code: 'invalid-policy' });
    expect(found.words).toContain('deploy');
  });

  it('usage: it is taken, or not there', () => {
    expect(refusal(() => withExecutor(team(), 'alice', member('x'))).code).toBe('usage');
    expect(refusal(() => withoutExecutor(team(), 'alice')).code).toBe('usage');
  });
});

describe('a recovery key', () => {
  it('is named by each clause of changes, and the rules are narrowed to the group of all', () => {
    const made = withRecovery(
      team({
        rules: [
          rule({ approvals: [any(1, 'everyone')] }),
          rule({ name: 'b', requesters: ['ops'], approvals: [any(1, 'ops')] }),
        ],
        changes: [any(1, 'leads'), any(1, 'everyone')],
      }),
      member('recovery'),
    );
    expect(made.changes).toEqual([any(1, 'leads', 'recovery'), any(1, 'everyone')]);
    expect(made.rules).toMatchObject([
      { requesters: ['leads'], approvals: [any(1, 'leads')] },
      { requesters: ['ops'], approvals: [any(1, 'ops')] },
    ]);
    expect(problems(made)).toEqual([]);
  });

  it('usage: a rule names everyone and no group holds all; the hint makes one, and then it is taken', () => {
    const before = team({ groups: bare([]), rules: [rule({ name: 'open' })], changes: [any(1, 'everyone')] });
    const found = refusal(() => withRecovery(before, member('recovery')));
    expect(found).toMatchObject({ code: 'usage' });
    expect(found.words).toContain('open');
    expect(found.hint).toContain('mpa group add team alice bob carol');
    const made = withRecovery(joinedGroups(before, 'team', ['alice', 'bob', 'carol']), member('recovery'));
    expect(made.rules[0]).toMatchObject({ requesters: ['team'], approvals: [any(1, 'team')] });
  });

  it('usage: there is one', () => {
    const made = withRecovery(team(), member('recovery'));
    expect(refusal(() => withRecovery(made, member('recovery'))).code).toBe('usage');
  });
});

/** Policies of up to six people and three groups, whose rules and clauses name whom they like; only valid ones. */
const anyPolicy = fc
  .record({
    handles: fc.uniqueArray(fc.constantFrom('alice', 'bob', 'carol', 'dave', 'erin', 'frank'), {
      minLength: 2,
    }),
    groups: fc.dictionary(
      fc.constantFrom('ops', 'leads', 'sre'),
      fc.uniqueArray(fc.nat(5), { minLength: 1 }),
    ),
    rules: fc.array(
      fc.record({
        from: fc.uniqueArray(fc.nat(9), { minLength: 1 }),
        asks: fc.uniqueArray(fc.nat(9), { minLength: 1 }),
        count: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 3 },
    ),
    changes: fc.uniqueArray(fc.nat(9), { minLength: 1 }),
  })
  .map(({ handles, groups, rules, changes }) => {
    const named = Object.entries(groups).map(
      ([name, list]) => [name, [...new Set(list.map((i) => handles[i % handles.length] ?? ''))]] as const,
    );
    const names = [...handles, ...named.map(([name]) => name), 'everyone'];
    const pick = (list: readonly number[]): string[] => [
      ...new Set(list.map((i) => names[i % names.length] ?? '')),
    ];
    return policy({
      members: members(...handles),
      ...(named.length === 0 ? {} : { groups: bare(named) }),
      rules: rules.map(({ from, asks, count }, i) =>
        rule({ name: `rule-${String(i)}`, requesters: pick(asks), approvals: [any(count, ...pick(from))] }),
      ),
      changes: [any(1, ...pick(changes))],
    });
  })
  .map((made) =>
    made.groups !== undefined && Object.keys(made.groups).length > 0 ? made : withoutGroups(made),
  )
  .filter((made) => problems(made).length === 0);

function oneOf(record: Readonly<Record<string, unknown>>, n: number): string {
  const names = Object.keys(record);
  return names[n % Math.max(1, names.length)] ?? '';
}

function withoutGroups({ groups: _, ...rest }: Policy): Policy {
  return rest;
}

describe('whatever the policy', () => {
  const groupNames = fc.subarray(['ops', 'leads', 'new']);

  it('who is added and removed again leaves it as it was', () => {
    fc.assert(
      fc.property(anyPolicy, groupNames, (before, groups) => {
        let added: Policy;
        try {
          added = withMember(before, 'zoe', member('zoe'), groups);
        } catch (error) {
          if (error instanceof MpaError) return;
          throw error;
        }
        expect(problems(added)).toEqual([]);
        expect(canonicalText(withoutMember(added, 'zoe'))).toBe(canonicalText(before));
      }),
    );
  });

  it('a group joined and left again, and an executor, leave it as it was', () => {
    fc.assert(
      fc.property(anyPolicy, (before) => {
        const handle = Object.keys(before.members)[0] ?? '';
        const joined = joinedGroups(before, 'new', [handle]);
        expect(canonicalText(leftGroup(joined, 'new', [handle]))).toBe(canonicalText(before));
        const executed = withExecutor(before, 'robot', member('robot'));
        expect(canonicalText(withoutExecutor(executed, 'robot'))).toBe(canonicalText(before));
      }),
    );
  });

  it('each step gives a valid one, or fails with a code and what to do', () => {
    const handle = fc.constantFrom(
      'alice',
      'bob',
      'carol',
      'dave',
      'zoe',
      'ops',
      'runner',
      'recovery',
      'constructor',
    );
    const step = fc.oneof(
      fc.tuple(handle, groupNames).map(
        ([who, groups]) =>
          (p: Policy) =>
            withMember(p, who, member(who), groups),
      ),
      handle.map((who) => (p: Policy) => withoutMember(p, who)),
      // Who is there: most of what can go wrong is found by them.
      fc.nat(9).map((n) => (p: Policy) => withoutMember(p, oneOf(p.members, n))),
      fc.tuple(fc.nat(9), fc.nat(9)).map(([g, n]) => (p: Policy) => {
        const group = oneOf(p.groups ?? {}, g);
        const handles = p.groups?.[group] ?? [];
        return leftGroup(p, group, [handles[n % Math.max(1, handles.length)] ?? '']);
      }),
      fc.tuple(fc.constantFrom('ops', 'leads', 'sre', 'new'), handle).map(
        ([group, who]) =>
          (p: Policy) =>
            joinedGroups(p, group, [who]),
      ),
      fc.tuple(fc.constantFrom('ops', 'leads', 'sre', 'new'), handle).map(
        ([group, who]) =>
          (p: Policy) =>
            leftGroup(p, group, [who]),
      ),
      fc.tuple(handle, fc.boolean()).map(
        ([who, add]) =>
          (p: Policy) =>
            withKey(p, who, listed(`${who}-new`), { add, read }),
      ),
      handle.map((who) => (p: Policy) => withExecutor(p, who, member(who))),
      handle.map((who) => (p: Policy) => withoutExecutor(p, who)),
      fc.constant((p: Policy) => withRecovery(p, member('recovery'))),
    );
    fc.assert(
      fc.property(anyPolicy, fc.array(step, { maxLength: 6 }), (before, steps) => {
        let now = before;
        for (const change of steps) {
          try {
            now = change(now);
          } catch (error) {
            if (!(error instanceof MpaError)) throw error;
            expect(['usage', 'invalid-policy']).toContain(error.code);
            expect(error.message).not.toBe('');
          }
          expect(problems(now)).toEqual([]);
        }
      }),
    );
  });
});
