import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { comparePolicies } from '../../src/core/compare.js';
import { remarks } from '../../src/core/lint.js';
import { policyProblems, runTests } from '../../src/core/policy.js';
import type { Policy } from '../../src/core/policy-document.js';
import { ruleFor, ruleProblem, type Asked } from '../../src/core/rules.js';
import { formatTime } from '../../src/core/time.js';
import { warnings, type Circumstances } from '../../src/core/warnings.js';
import { record } from './support/compared.js';
import { any, bare, members, policy, reader, rule } from './support/policies.js';
import { COMMAND } from './support/scene.js';

/** A valid policy with nothing but what every policy has. */
const sparse: Policy = {
  protocol: 1,
  members: members('alice', 'bob', 'carol'),
  rules: [rule()],
  changes: [any(1, 'everyone')],
};

describe('§6 a policy without groups and executors', () => {
  it('is valid, and has nothing to remark', () => {
    expect(policyProblems(sparse, reader())).toEqual([]);
    expect(remarks(sparse, record(sparse).ring, 2000).map(({ level }) => level)).not.toContain('refuse');
  });

  it('knows no group and no executor', () => {
    const rules = [rule({ approvals: [any(1, 'team')], requesters: ['team'], executors: ['runner'] })];
    const problems = policyProblems({ ...sparse, rules }, reader());
    expect(problems.map(({ path, message, mend }) => [path.join('.'), message, mend])).toEqual([
      [
        'rules.0.executors.0',
        'runner is no executor',
        'Add it under `executors`, or name one that is there.',
      ],
      [
        'rules.0.requesters.0',
        'team is no member and no group',
        "Name a group, a member's handle, or everyone.",
      ],
      [
        'rules.0.approvals.0.from.0',
        'team is no member and no group',
        "Name a group, a member's handle, or everyone.",
      ],
    ]);
  });

  it('beside one whose groups and executors are empty differs in how it is written', () => {
    const empty = { ...sparse, groups: bare<readonly string[]>([]), executors: bare<never>([]) };
    const said = comparePolicies(record(sparse), record(empty)).map(
      ({ about, words }) => `${about}: ${words}`,
    );
    expect(said).toEqual([
      'executors: there are none, written in another way',
      'groups: there are none, written in another way',
    ]);
  });

  it('names the groups that there are where one is not', () => {
    const groups = bare(Array.from({ length: 10 }, (_, i) => [`g${i}`, ['alice']] as const));
    const [problem] = policyProblems({ ...sparse, groups, changes: [any(1, 'g10')] }, reader());
    expect(problem?.mend).toBe(
      "Name a group (g0, g1, g2, g3, g4, g5, g6, g7), a member's handle, or everyone.",
    );
  });

  it('answers a test by the rule that covers it, or by the reason', () => {
    const tests = [
      { requester: 'alice', command: ['ls'], expect: 'anything' },
      { requester: 'alice', access: 'ssh/x', expect: 'no-rule' },
      { requester: 'zoe', access: 'ssh/x', expect: 'anything' },
    ];
    expect(runTests({ ...sparse, tests })).toEqual([
      { index: 1, expected: 'no-rule', got: 'anything' },
      { index: 2, expected: 'anything', got: 'not-a-requester' },
    ]);
    const none = { ...sparse, rules: [rule({ match: { access: 'db' } })] };
    expect(runTests({ ...none, tests })).toEqual([
      { index: 0, expected: 'anything', got: 'no-rule' },
      { index: 2, expected: 'anything', got: 'no-rule' },
    ]);
  });
});

describe('§7 a request of which the schema would not let a field pass', () => {
  const asked: Asked = {
    action: COMMAND,
    at: formatTime(0),
    approveBy: formatTime(60),
    justification: 'x',
    duration: 60,
    uses: 1,
  };
  const judged = (more: Partial<Asked>): string | undefined =>
    ruleProblem(sparse, rule(), { ...asked, ...more }, 'alice', 'written')?.reason;

  it('is beyond the rule where a time is none', () => {
    expect(judged({})).toBeUndefined();
    expect(judged({ at: 'now' })).toBe('exceeds-rule');
    expect(judged({ approveBy: 'soon' })).toBe('exceeds-rule');
    expect(judged({ notBefore: 'later' })).toBe('exceeds-rule');
  });

  it('without a number of uses has no limit of uses to exceed', () => {
    const { uses: _, ...access } = { ...asked, action: { kind: 'access', resource: 'ssh/x' } as const };
    expect(ruleProblem(sparse, rule({ maxUses: 1 }), access, 'alice', 'written')).toBeNull();
    expect(ruleFor(sparse, access.action)?.index).toBe(0);
  });

  it('names no executor, and the rule asks for none', () => {
    expect(ruleProblem(sparse, rule({ executors: ['runner'] }), asked, 'alice', 'written')).toEqual({
      reason: 'bad-executor',
      detail: 'an executor must be named',
    });
    expect(
      ruleProblem(
        policy(),
        rule(),
        { ...asked, action: { kind: 'command', argv: ['x'], executor: 'robot' } },
        'alice',
        'written',
      ),
    ).toEqual({
      reason: 'bad-executor',
      detail: 'the policy has no executor robot',
    });
  });
});

describe('warnings of what is rarely asked', () => {
  const calm: Circumstances = { duration: 60, uses: 1, logins: [], hosts: [] };
  const said = (argv: readonly string[], more = {}): string[] =>
    warnings({ ...COMMAND, argv, ...more }, calm).map(({ what, why }) => `${what}: ${why}`);

  it('a policy change has none of its own: the comparison speaks of it', () => {
    expect(warnings({ kind: 'policy', base: 'a'.repeat(64), policy: sparse }, calm)).toEqual([]);
  });

  it('several files that nobody can read', () => {
    const pin = (path: string) => ({ path, sha256: 'ab'.repeat(32), size: 1, attached: false });
    expect(said(['true'], { pins: [pin('/a'), pin('/b')] })).toContain(
      '2 files: known by digest alone: nobody can read it here',
    );
  });

  it('ssh without a host, and a shell whose standard input nobody can read', () => {
    const stdin = { sha256: 'ab'.repeat(32), size: 1, attached: false };
    expect(said(['ssh', '-v'])).toContain(
      'ssh: it works on that machine, where nothing is compared with what was approved',
    );
    expect(said(['sh', '-'], { stdin })).toContain(
      'sh: it does what its standard input says: which nobody can read here',
    );
    expect(said(['sh', '/dev/stdin'], { stdin })).toContain(
      'sh: it does what its standard input says: which nobody can read here',
    );
    expect(said(['sh', 'x'], { stdin }).join()).not.toContain('standard input');
    expect(said(['Rscript', '--vanilla']).join()).not.toContain('code');
  });

  it('many words that only a shell would expand: three of them are named', () => {
    expect(said(['true', '$A', '$B', '$C', '$D']).join()).toContain(' and 1 more');
  });
});

it('an MpaError keeps its cause, and has none where none was given', () => {
  const cause = new Error('why');
  expect(new MpaError('bug', 'x', { cause }).cause).toBe(cause);
  expect('cause' in new MpaError('bug', 'x')).toBe(false);
});
