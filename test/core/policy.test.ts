import { describe, expect, it } from 'vitest';
import type { KeyInfo } from '../../src/core/keys.js';
import type { Policy } from '../../src/core/policy-document.js';
import { changeProblems, policyProblems, ringOf } from '../../src/core/policy.js';
import type { CertificateReading } from '../../src/core/ports.js';
import { VOID_REASONS } from '../../src/core/reasons.js';
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
  subkeyOf,
} from './support/policies.js';

/** Where the problems are, sorted. */
function places(
  changes: Partial<Policy>,
  given: Readonly<Record<string, CertificateReading | undefined>> = {},
): string[] {
  return policyProblems(policy(changes), reader(given))
    .map(({ path }) => path.join('.'))
    .sort();
}
const good = (...keys: readonly KeyInfo[]): CertificateReading => ({
  ok: true,
  certificate: certificateOf(...keys),
});
const handles = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

it('§6 the sample is valid', () => {
  expect(policyProblems(policy(), reader())).toEqual([]);
});

describe('§6 people', () => {
  it('§6 two members are enough', () => {
    expect(places({ members: members('alice', 'bob') })).toEqual([]);
  });
  it('§6 one member is invalid', () => {
    expect(places({ members: members('alice'), groups: bare([]) })).toEqual(['members']);
  });
  it('§6 one member and an executor are still one member', () => {
    expect(places({ members: members('alice'), groups: bare([]), executors: members('bob') })).toEqual([
      'members',
    ]);
  });
  it('§1 a handle that is a member and an executor is invalid', () => {
    const executors = bare([['alice', member('runner')]]);
    expect(places({ executors })).toEqual(['executors.alice']);
  });
  it('§1 a handle that is a member and a group is invalid', () => {
    expect(places({ groups: bare([['carol', ['alice']]]) })).toEqual(['groups.carol']);
  });
  it('§1 a handle that is an executor and a group is invalid', () => {
    expect(places({ groups: bare([['runner', ['alice']]]) })).toEqual(['groups.runner']);
  });
  it('§1 everyone is no member', () => {
    expect(places({ members: members('alice', 'bob', 'everyone') })).toEqual(['members.everyone']);
  });
  it('§1 everyone is no executor', () => {
    expect(places({ executors: members('everyone') })).toEqual(['executors.everyone']);
  });
  it('§1 everyone is no group', () => {
    expect(places({ groups: bare([['everyone', ['alice']]]) })).toEqual(['groups.everyone']);
  });
  it('§6 names of Object.prototype are ordinary handles', () => {
    const changes = { members: members('constructor', 'alice', 'bob', 'carol') };
    expect(places(changes)).toEqual([]);
    expect(places({ groups: bare([['constructor', ['alice']]]) })).toEqual([]);
    expect(places({ groups: bare([['team', ['constructor']]]) })).toEqual(['groups.team.0']);
  });
});

describe('§6 groups hold member handles that exist', () => {
  const table: readonly (readonly [what: string, group: readonly string[], at: readonly string[]])[] = [
    ['members', ['alice', 'carol'], []],
    ['nobody', [], []],
    ['a stranger', ['alice', 'eve'], ['groups.ops.1']],
    ['an executor', ['runner'], ['groups.ops.0']],
    ['another group', ['team'], ['groups.ops.0']],
    ['itself', ['ops'], ['groups.ops.0']],
    ['everyone', ['everyone'], ['groups.ops.0']],
  ];
  it.each(table)('§6 %s', (_, group, at) => {
    expect(
      places({
        groups: bare([
          ['team', ['alice']],
          ['ops', group],
        ]),
      }),
    ).toEqual(at);
  });
});

describe('§4 e-mail addresses are unique whatever their case', () => {
  const table: readonly (readonly [what: string, bob: string, runner: string, at: readonly string[]])[] = [
    ['different', 'b@x', 'r@x', []],
    ['a member twice', 'alice@example.org', 'r@x', ['members.bob.email']],
    ['a member twice, other case', 'Alice@Example.ORG', 'r@x', ['members.bob.email']],
    ['a member and an executor', 'b@x', 'ALICE@example.org', ['executors.runner.email']],
  ];
  it.each(table)('§4 %s', (_, bob, runner, at) => {
    const changes = {
      members: bare([
        ['alice', member('alice')],
        ['bob', member('bob', { email: bob })],
      ]),
      executors: bare([['runner', member('runner', { email: runner })]]),
    };
    expect(places(changes)).toEqual(at);
  });
  it('§6 names of people need not be unique', () => {
    const changes = {
      members: bare([
        ['alice', member('alice')],
        ['bob', member('bob', { name: 'alice' })],
      ]),
    };
    expect(places(changes)).toEqual([]);
  });
});

describe('§5 certificates and key material', () => {
  const withBob = (...texts: readonly string[]): Partial<Policy> => ({
    members: bare([
      ['alice', member('alice')],
      ['bob', member('bob', { keys: texts.map((text) => listed(text)) })],
    ]),
  });
  const bob = ['members.bob.keys.0'];
  it('§1 a member without a key is invalid', () => {
    expect(places(withBob())).toEqual(['members.bob']);
  });
  it('§1 an executor without a key is invalid', () => {
    expect(places({ executors: bare([['runner', member('runner', { keys: [] })]]) })).toEqual([
      'executors.runner',
    ]);
  });
  it('§1 a member may list several keys', () => {
    expect(places(withBob('bob', 'bob-2', 'bob-3'))).toEqual([]);
  });
  it('§6 a certificate that is not minimal is invalid', () => {
    expect(places(withBob('bob'), { 'cert bob': { ok: false, problem: 'two user ids' } })).toEqual(bob);
  });
  it("§6 an executor's certificate that is not minimal is invalid", () => {
    const given = { 'cert runner': { ok: false, problem: 'two user ids' } } as const;
    expect(places({}, given)).toEqual(['executors.runner.keys.0']);
  });
  it('a certificate that nobody has read is invalid', () => {
    expect(places(withBob('bob'), { 'cert bob': undefined })).toEqual(bob);
  });
  it('§6 each certificate needs a key that could ever sign, not each member', () => {
    const given = { 'cert bob-2': good(keyOf('bob-2', { maySign: false })) };
    expect(places(withBob('bob', 'bob-2'), given)).toEqual(['members.bob.keys.1']);
  });
  it.each([
    ['weak', { strong: false }],
    ['of an algorithm that is not accepted', { algorithm: 17 }],
    ['for encryption', { maySign: false }],
  ] as const)('§6 a certificate whose only key is %s is invalid', (_, changes) => {
    expect(places(withBob('bob'), { 'cert bob': good(keyOf('bob', changes)) })).toEqual(bob);
  });
  it('§6 a primary that only certifies is fine with a subkey that signs', () => {
    const given = { 'cert bob': good(keyOf('bob', { maySign: false }), subkeyOf('bob-sub')) };
    expect(places(withBob('bob'), given)).toEqual([]);
  });
  it('§6 a certificate that has expired or is revoked is valid: its algorithm, size and flags could sign', () => {
    expect(places(withBob('bob'), { 'cert bob': good(keyOf('bob', { expires: 1, revoked: true })) })).toEqual(
      [],
    );
  });

  const repeated: readonly (readonly [
    what: string,
    texts: readonly string[],
    given: Record<string, CertificateReading>,
    at: string[],
  ])[] = [
    ['listed for two members', ['alice'], {}, bob],
    ['of an executor', ['runner'], {}, ['executors.runner.keys.0']],
    ['twice for one member', ['bob', 'bob'], {}, ['members.bob.keys.1']],
    [
      'twice for one member under two fingerprints',
      ['bob', 'other'],
      { 'cert other': good(keyOf('bob', { fingerprint: 'E'.repeat(40) })) },
      ['members.bob.keys.1'],
    ],
    [
      "as a subkey of another's certificate",
      ['bob'],
      { 'cert bob': good(keyOf('bob'), subkeyOf('alice')) },
      bob,
    ],
    [
      'as primary and subkey of one certificate',
      ['bob'],
      { 'cert bob': good(keyOf('bob'), subkeyOf('bob')) },
      bob,
    ],
    [
      'as a subkey that cannot sign',
      ['bob'],
      { 'cert bob': good(keyOf('bob'), subkeyOf('alice', { maySign: false })) },
      bob,
    ],
    [
      'as two subkeys',
      ['bob', 'b2'],
      { 'cert bob': good(keyOf('bob'), subkeyOf('s')), 'cert b2': good(keyOf('b2'), subkeyOf('s')) },
      ['members.bob.keys.1'],
    ],
  ];
  it.each(repeated)('§5 the same material %s is invalid', (_, texts, given, at) => {
    expect(places(withBob(...texts), given)).toEqual(at);
  });
  it('§5 one fingerprint with two materials is not the same material', () => {
    const given = { 'cert bob': good(keyOf('bob', { fingerprint: keyOf('alice').fingerprint })) };
    expect(places(withBob('bob'), given)).toEqual([]);
  });
});

describe('§6 rules', () => {
  const rows: readonly (readonly [
    what: string,
    changes: Parameters<typeof rule>[0],
    at: readonly string[],
  ])[] = [
    ['requesters that exist', { requesters: ['team', 'carol', 'everyone'] }, []],
    ['a requester who does not exist', { requesters: ['team', 'eve'] }, ['rules.0.requesters.1']],
    ['an executor as requester', { requesters: ['runner'] }, ['rules.0.requesters.0']],
    ['a name of Object.prototype as requester', { requesters: ['constructor'] }, ['rules.0.requesters.0']],
    ['from that does not exist', { approvals: [any(1, 'everyone', 'eve')] }, ['rules.0.approvals.0.from.1']],
    [
      'an executor in from',
      { approvals: [any(1, 'everyone'), any(1, 'everyone', 'runner')] },
      ['rules.0.approvals.1.from.1'],
    ],
    ['an executor that exists', { executors: ['runner'] }, []],
    ['an executor that does not exist', { executors: ['runner', 'eve'] }, ['rules.0.executors.1']],
    ['a member as executor', { executors: ['alice'] }, ['rules.0.executors.0']],
    ['a group as executor', { executors: ['team'] }, ['rules.0.executors.0']],
    ['no clause', { approvals: [] }, ['rules.0.approvals']],
    ['no clause, though nobody may ask', { approvals: [], requesters: [] }, ['rules.0.approvals']],
    ['an invalid command pattern', { match: { command: ['psql', '\\'] } }, ['rules.0.match.command.1']],
    ['an invalid access pattern', { match: { access: 'ssh/*\\' } }, ['rules.0.match.access']],
    ['an invalid ticket pattern', { ticket: { pattern: '\\\\\\' } }, ['rules.0.ticket.pattern']],
    ['an invalid pins pattern', { pins: ['*.sql', '*\\'] }, ['rules.0.pins.1']],
    [
      'patterns that end in an escaped \\',
      { match: { command: ['a\\\\', '**'] }, ticket: { pattern: '\\\\' }, pins: ['\\\\'] },
      [],
    ],
  ];
  it.each(rows)('§6 %s', (_, changes, at) => {
    expect(places({ rules: [rule(changes)] })).toEqual(at);
  });
  it('§6 rule names are unique', () => {
    expect(places({ rules: [rule({ name: 'a' }), rule({ name: 'b' }), rule({ name: 'a' })] })).toEqual([
      'rules.2.name',
    ]);
  });
  it('§6 a rule may be called as a member or group', () => {
    expect(places({ rules: [rule({ name: 'alice' }), rule({ name: 'team' })] })).toEqual([]);
  });
  it.each(VOID_REASONS)('§6 no rule is called %s', (name) => {
    expect(places({ rules: [rule({ name })] })).toEqual(['rules.0.name']);
  });
  it('§6 a policy without rules is valid', () => {
    expect(places({ rules: [] })).toEqual([]);
  });
  it('§6 changes need a clause', () => {
    expect(places({ changes: [] })).toEqual(['changes']);
  });
  it('§6 changes name people who exist', () => {
    expect(places({ changes: [any(1, 'everyone', 'runner')] })).toEqual(['changes.0.from.1']);
  });
  it('§6 tests are not judged when read', () => {
    expect(places({ tests: [{ requester: 'eve', access: 'x', expect: 'nothing' }] })).toEqual([]);
  });
});

describe('§6 clauses could be met by others whoever of requesters asks', () => {
  const rows: readonly (readonly [what: string, changes: Parameters<typeof rule>[0], valid: boolean])[] = [
    ['two of three', { approvals: [any(2, 'everyone')] }, true],
    ['three of three', { approvals: [any(3, 'everyone')] }, false],
    ['one named member, who may ask', { approvals: [any(1, 'alice')] }, false],
    [
      'one named member, who may not ask',
      { approvals: [any(1, 'alice')], requesters: ['bob', 'carol'] },
      true,
    ],
    ['a group of two, both must', { approvals: [any(2, 'team')] }, false],
    [
      'a group of two, both must, only the third asks',
      { approvals: [any(2, 'team')], requesters: ['carol'] },
      true,
    ],
    ['more than a group has', { approvals: [any(3, 'team')], requesters: ['carol'] }, false],
    [
      'two clauses for one person',
      { approvals: [any(1, 'alice'), any(1, 'alice')], requesters: ['carol'] },
      false,
    ],
    [
      'two clauses, each with another way',
      { approvals: [any(1, 'alice', 'bob'), any(1, 'bob', 'carol')] },
      true,
    ],
    ['two clauses of two people', { approvals: [any(1, 'team'), any(1, 'team')] }, false],
    ['more clauses than members', { approvals: Array.from({ length: 4 }, () => any(1, 'everyone')) }, false],
    ['a clause that names nobody', { approvals: [any(1)], requesters: ['carol'] }, false],
    [
      'nobody may ask: there is nobody whose approvals could lack',
      { approvals: [any(3, 'team')], requesters: [] },
      true,
    ],
  ];
  it.each(rows)('§6 %s', (_, changes, valid) => {
    expect(places({ rules: [rule(changes)] })).toEqual(valid ? [] : ['rules.0.approvals']);
  });
  it('§6 any member may ask for a change', () => {
    expect(places({ changes: [any(1, 'alice')] })).toEqual(['changes']);
    expect(places({ changes: [any(3, 'everyone')] })).toEqual(['changes']);
    expect(places({ changes: [any(2, 'everyone')] })).toEqual([]);
  });
});

describe('§6 limits', () => {
  it('§6 256 rules, not 257', () => {
    const rules = handles('r', 257).map((name) => rule({ name }));
    expect(places({ rules: rules.slice(1) })).toEqual([]);
    expect(places({ rules })).toEqual(['rules']);
  });
  it('§6 256 groups, not 257', () => {
    const groups = handles('g', 257).map((name) => [name, ['alice']] as const);
    expect(places({ groups: bare(groups.slice(1)) })).toEqual([]);
    expect(places({ groups: bare(groups) })).toEqual(['groups']);
  });
  it('§6 1,024 members and executors together, not 1,025', () => {
    const crowd = members('alice', 'bob', ...handles('m', 1021));
    expect(places({ members: crowd })).toEqual([]);
    expect(places({ members: crowd, executors: members('runner', 'builder') })).toEqual(['members']);
  });
});

describe('the keys of a policy', () => {
  it('lists primaries and subkeys of members and executors, without a prototype', () => {
    const changes = {
      members: bare([
        ['alice', member('alice', { keys: [listed('a'), listed('b')] })],
        ['bob', member('bob')],
      ]),
    };
    const ring = ringOf(policy(changes), reader({ 'cert a': good(keyOf('a'), subkeyOf('a-sub')) }));
    expect(Object.getPrototypeOf(ring)).toBeNull();
    expect(Object.keys(ring)).toEqual(['alice', 'bob', 'runner']);
    expect(ring['alice']?.map((key) => key.material)).toEqual(['a', 'a-sub', 'b']);
    expect(ring['runner']?.map((key) => key.material)).toEqual(['runner']);
  });
  it('a certificate that could not be read lists none', () => {
    const given = { 'cert alice': { ok: false, problem: 'x' }, 'cert bob': undefined } as const;
    const ring = ringOf(policy(), reader(given));
    expect(ring['alice']).toEqual([]);
    expect(ring['bob']).toEqual([]);
  });
});

describe('§6 Growth, and §5 material of others, in a change', () => {
  const current = policy();
  const change = (next: Policy, materials: readonly (readonly [string, string])[] = []): string[] => {
    const record = { id: '0'.repeat(64), policy: current, ring: ringOf(current, reader()) };
    return changeProblems(next, ringOf(next, reader()), record, new Map(materials)).map(({ path }) =>
      path.join('.'),
    );
  };
  it('§6 the policy in force word for word is no problem', () => {
    expect(change(policy())).toEqual([]);
  });
  it('§6 other changes under the same protocol are no problem', () => {
    expect(change(policy({ rules: [] }))).toEqual([]);
  });
  it('§6 a protocol that rises alone is no problem', () => {
    expect(change(policy({ protocol: 2 }))).toEqual([]);
    expect(change(policy({ protocol: 1000 }))).toEqual([]);
  });
  it('§6 the order in which members stand is no change', () => {
    expect(change(policy({ protocol: 2, members: members('carol', 'bob', 'alice') }))).toEqual([]);
  });
  it.each([
    ['rules', { rules: [] }],
    ['a test more', { tests: [] }],
    ['members', { members: members('alice', 'bob') }],
  ] as const)('§6 a protocol that rises with a change of %s is invalid', (_, changes) => {
    expect(change(policy({ protocol: 2, ...changes }))).toEqual(['protocol']);
  });
  it('§6 a lower protocol is invalid', () => {
    expect(change(policy({ protocol: 0 }))).toEqual(['protocol']);
  });
  it('§5 material listed for the same handle before is no problem', () => {
    expect(
      change(policy(), [
        ['alice', 'alice'],
        ['gone', 'dave'],
      ]),
    ).toEqual([]);
  });
  it('§5 material that was ever listed for another handle is invalid', () => {
    expect(change(policy(), [['bob', 'dave']])).toEqual(['members.bob']);
    expect(change(policy(), [['runner', 'alice']])).toEqual(['executors.runner']);
  });
  it('§5 a subkey counts too', () => {
    const next = policy();
    const ring = ringOf(next, reader({ 'cert bob': good(keyOf('bob'), subkeyOf('old')) }));
    const record = { id: '0'.repeat(64), policy: current, ring };
    const found = changeProblems(next, ring, record, new Map([['old', 'dave']]));
    expect(found.map(({ path }) => path.join('.'))).toEqual(['members.bob']);
  });
});
