import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import type { CertificateReader } from '../../src/core/ports.js';
import {
  invalidPolicy,
  judged,
  pathText,
  readPolicyFile,
  type Written,
} from '../../src/workflows/policy-file.js';
import { completed, lockedOutWithout } from '../../src/workflows/standard-policy.js';
import { known, member, policy } from '../core/support/scene.js';

/** Reads the made-up certificates of scenes. */
const certificates: CertificateReader = { known, read: (armored) => Promise.resolve(known(armored)) };

const TWO = { alice: member('alice'), bob: member('bob') };

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'fine';
  } catch (error) {
    return error instanceof MpaError ? error.code : String(error);
  }
}

describe('the standard policy', () => {
  it('is one rule of one approval from the team, as CLI.md has it, and valid', async () => {
    const { members: _, ...rest } = await judged(
      { ...completed(null, ['bob', 'alice'], false), members: TWO },
      certificates,
    );
    expect(rest).toEqual({
      protocol: 1,
      groups: { team: ['alice', 'bob'] },
      rules: [
        {
          name: 'standard',
          match: { any: true },
          approvals: [{ count: 1, from: ['team'] }],
          maxDuration: 28_800,
          maxPending: 86_400,
          maxUses: 10,
        },
      ],
      changes: [{ count: 1, from: ['team'] }],
    });
  });

  it('lets the recovery key change the policy and nothing else', async () => {
    const members = { ...TWO, recovery: member('recovery') };
    const made = await judged({ ...completed(null, ['alice', 'bob'], true), members }, certificates);
    expect(made.changes).toEqual([{ count: 1, from: ['team', 'recovery'] }]);
    expect(made.groups).toEqual({ team: ['alice', 'bob'] });
    expect(made.rules[0]?.requesters).toEqual(['team']);
    expect(made.rules[0]?.approvals).toEqual([{ count: 1, from: ['team'] }]);
  });

  it('fills in what a file leaves out', async () => {
    const file = await readPolicyFile('rules: []', 'x');
    expect(completed(file, ['alice'], false)).toMatchObject({ groups: { team: ['alice'] }, rules: [] });
    const whole = { protocol: 1, rules: [], changes: [{ count: 1, from: ['everyone'] }] };
    expect(completed(whole, ['alice'], false)).toEqual(whole);
  });

  it('asks for a team where a file has groups but leaves its use to the standard', async () => {
    expect(await codeOf(() => completed({ groups: { ops: ['alice'] } }, ['alice'], false))).toBe('usage');
    expect(await codeOf(() => completed({ groups: { team: ['alice'] } }, ['alice'], false))).toBe('fine');
  });

  it("keeps the recovery key out of a file's own rules", async () => {
    const rule = { name: 'a', match: { any: true }, approvals: [{ count: 1, from: ['ops'] }] };
    const file: Written = {
      groups: { ops: ['alice'] },
      rules: [rule],
      changes: [{ count: 1, from: ['ops'] }],
    };
    expect(completed(file, ['alice', 'bob'], true)).toMatchObject({
      rules: [{ requesters: ['alice', 'bob'] }],
      changes: [{ from: ['ops', 'recovery'] }],
    });
    for (const wide of [
      { requesters: ['everyone'] },
      { approvals: [{ count: 1, from: ['everyone'] }] },
      { requesters: ['recovery'] },
    ]) {
      expect(await codeOf(() => completed({ ...file, rules: [{ ...rule, ...wide }] }, ['alice'], true))).toBe(
        'usage',
      );
    }
  });
});

describe('losing one key', () => {
  it.each([
    ['two founders', { members: ['alice', 'bob'] }, ['alice', 'bob']],
    ['three founders', { members: ['alice', 'bob', 'carol'] }, []],
    [
      'three founders of whom two must change it',
      { members: ['alice', 'bob', 'carol'], changes: [{ count: 2, from: ['everyone'] }] },
      ['alice', 'bob', 'carol'],
    ],
    ['a second key for one', { members: [['alice', 'cert:alice', 'cert:alice2'], 'bob'] }, ['bob']],
    [
      'one who alone may change it',
      { members: ['alice', 'bob', 'carol'], changes: [{ count: 1, from: ['alice', 'bob'] }] },
      [],
    ],
    [
      'three of whom two named ones change it, so that only the third can ask',
      { members: ['alice', 'bob', 'carol'], changes: [{ count: 2, from: ['alice', 'bob'] }] },
      ['alice', 'bob', 'carol'],
    ],
  ] as const)('of %s locks out: %j', (_, parts, expected) => {
    expect(lockedOutWithout(policy(parts as Parameters<typeof policy>[0]))).toEqual(expected);
  });
});

describe('a policy file', () => {
  it('is YAML or JSON, with durations as people type them', async () => {
    const yaml = 'rules:\n  - name: a\n    maxDuration: 8h\n    maxPending: 1d\n';
    const json = '{"rules":[{"name":"a","maxDuration":28800,"maxPending":86400}]}';
    expect(await readPolicyFile(yaml, 'x')).toEqual(await readPolicyFile(json, 'x'));
  });

  it('leaves what is no duration for the schema to refuse, and says where', async () => {
    const file = await readPolicyFile(
      'rules: [{name: a, match: {any: true}, approvals: [], maxDuration: soon, maxPending: 1d, maxUses: 1}]',
      'x',
    );
    await expect(judged({ ...file, members: {}, changes: [] }, certificates)).rejects.toThrow(
      /rules\[0\]\.maxDuration/,
    );
  });

  it.each([
    ['no YAML', 'rules: ['],
    ['a list', '- a'],
    ['a word', 'policy'],
    ['nothing', ''],
    ['one key twice', 'rules: []\nrules: []'],
    ['aliases', 'a: &a [x]\nrules: *a'],
  ])('is invalid-policy with %s', async (_, text) => {
    expect(await codeOf(() => readPolicyFile(text, 'x'))).toBe('invalid-policy');
  });

  it.each([
    ['one member', { members: { alice: member('alice') } }],
    ['an unknown field', { colour: 'red' }],
    ['a group of nobody', { groups: { team: ['alice', 'bob', 'eve'] } }],
    [
      'a certificate that is none',
      { members: { ...TWO, bob: { ...member('bob'), keys: [{ type: 'openpgp', public: 'x' }] } } },
    ],
    ['one key for two', { members: { ...TWO, bob: { ...member('bob'), keys: member('alice').keys } } }],
    ['clauses that nobody could meet', { changes: [{ count: 2, from: ['team'] }] }],
    ['a test that fails', { tests: [{ requester: 'alice', command: ['ls'], expect: 'no-rule' }] }],
  ])('is invalid-policy with %s', async (_, more) => {
    const whole = { ...completed(null, ['alice', 'bob'], false), members: TWO };
    expect(await codeOf(() => judged(whole, certificates))).toBe('fine');
    expect(await codeOf(() => judged({ ...whole, ...more }, certificates))).toBe('invalid-policy');
  });

  it('has its problems shown one by one, each with its place', () => {
    const error = invalidPolicy([
      { path: ['rules', 2, 'approvals', 0, 'from'], message: 'no such group' },
      { path: [], message: 'is missing' },
    ]);
    expect(error.message.split('\n')).toEqual([
      'The policy has 2 problems:',
      '  rules[2].approvals[0].from: no such group',
      '  policy: is missing',
    ]);
    expect(pathText([0, 'a'])).toBe('[0].a');
  });
});
