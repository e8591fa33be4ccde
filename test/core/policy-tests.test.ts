import { describe, expect, it } from 'vitest';
import type { PolicyTest, Rule } from '../../src/core/policy-document.js';
import { runTests, tried } from '../../src/core/policy.js';
import { policy, rule } from './support/policies.js';

/** What a test of alice's is answered with, under these rules. */
function got(
  rules: readonly Rule[],
  asked: Pick<PolicyTest, 'command' | 'access'>,
  requester = 'alice',
): string {
  const [failed] = runTests(policy({ rules, tests: [{ requester, ...asked, expect: 'x' }] }));
  return failed?.got ?? 'x';
}

describe('§6 tests of a policy', () => {
  const rules = [
    rule({ name: 'psql', match: { command: ['/usr/bin/psql', '**'] }, requesters: ['team'] }),
    rule({ name: 'own', match: { command: ['/opt/tool'] } }),
    rule({ name: 'ssh', match: { access: 'ssh/*' } }),
  ];
  const table: readonly (readonly [
    what: string,
    asked: Pick<PolicyTest, 'command' | 'access'>,
    by: string,
    answer: string,
  ])[] = [
    ['a bare name stands for a program in /usr/bin', { command: ['psql', '-c', 'x'] }, 'alice', 'psql'],
    ['an absolute path stands for itself', { command: ['/opt/tool'] }, 'alice', 'own'],
    ['another path is not covered', { command: ['/opt/psql'] }, 'alice', 'no-rule'],
    ['a name with a slash is taken as a path', { command: ['./psql'] }, 'alice', 'psql'],
    ['access', { access: 'ssh/prod' }, 'carol', 'ssh'],
    ['access that nothing covers', { access: 'web/prod' }, 'carol', 'no-rule'],
    ['someone else may not ask', { command: ['psql'] }, 'carol', 'not-a-requester'],
    ['an executor may not ask', { access: 'ssh/prod' }, 'runner', 'not-a-requester'],
    ['a stranger may not ask', { access: 'ssh/prod' }, 'eve', 'not-a-requester'],
    ['no rule comes before no requester', { access: 'web/prod' }, 'eve', 'no-rule'],
  ];
  it.each(table)('§6 %s', (_, asked, by, answer) => {
    expect(got(rules, asked, by)).toBe(answer);
  });

  it('§6 what is answered as expected is not reported, what is not is, by its index', () => {
    const tests: PolicyTest[] = [
      { requester: 'alice', command: ['psql'], expect: 'psql' },
      { requester: 'carol', command: ['psql'], expect: 'psql' },
      { requester: 'alice', access: 'ssh/x', expect: 'no-rule' },
    ];
    expect(runTests(policy({ rules, tests }))).toEqual([
      { index: 1, expected: 'psql', got: 'not-a-requester' },
      { index: 2, expected: 'no-rule', got: 'ssh' },
    ]);
  });
  it('§6 a policy without tests has none that fail', () => {
    expect(runTests(policy())).toEqual([]);
  });

  const fitting: readonly (readonly [what: string, changes: Partial<Rule>])[] = [
    ['a long justification', { justification: { minLength: 4096 } }],
    ['a ticket', { ticket: { pattern: 'OPS-*\\*\\\\*\u{1f600}' } }],
    ['limits of one', { maxDuration: 1, maxUses: 1, maxPending: 1 }],
    ['no variables', { env: [] }],
    ['a terminal', { stdin: ['terminal'] }],
    ['a file', { stdin: ['file'] }],
    ['nothing on standard input', { stdin: ['terminal', 'none'] }],
    ['pins', { pins: ['*.sql', '--f=*'] }],
    ['an executor', { executors: ['runner'] }],
    ['an executor and pins', { executors: ['runner'], pins: ['*.sql', '--f=*'] }],
    [
      'all of them',
      {
        executors: ['runner'],
        pins: ['*.sql', '--f=*'],
        env: [],
        stdin: ['file'],
        ticket: { pattern: 'T-*' },
      },
    ],
  ];
  it.each(fitting)('§6 the request of a test satisfies what a rule demands: %s', (_, changes) => {
    const demanding = [rule({ name: 'demanding', match: { command: ['psql', '**'] }, ...changes })];
    expect(got(demanding, { command: ['psql', 'a.sql', '--f=b', '--', ''] })).toBe('demanding');
  });

  it('§6 an option is no path: where every argument must be pinned, no command with a plain one can be asked for', () => {
    const demanding = [rule({ name: 'demanding', match: { command: ['psql', '**'] }, pins: ['*'] })];
    expect(got(demanding, { command: ['psql', 'a.sql', '--f=b'] })).toBe('demanding');
    expect(got(demanding, { command: ['psql', 'a.sql', '--'] })).toBe('bad-pins');
  });

  it('§6 what no request could satisfy is answered with its reason', () => {
    const match = { command: ['/usr/bin/psql'] };
    expect(got([rule({ match, stdin: [] })], { command: ['psql'] })).toBe('bad-stdin');
    expect(got([rule({ match, executors: [] })], { command: ['psql'] })).toBe('bad-executor');
    // An executor's command has no program: the pattern sees the bare name.
    expect(got([rule({ match, executors: ['runner'] })], { command: ['psql'] })).toBe('bad-executor');
    expect(got([rule({ name: 'far', match, executors: ['runner'] })], { command: ['/usr/bin/psql'] })).toBe(
      'far',
    );
  });

  it('§6 whoever names a machine means that one', () => {
    const made = policy({ rules: [rule({ name: 'own', executors: ['runner'] })] });
    const reason = (executor?: string): unknown =>
      tried(
        made,
        executor === undefined
          ? { kind: 'command', argv: ['x'], host: 'h', user: 'u', program: '/usr/bin/x', cwd: '/' }
          : { kind: 'command', argv: ['x'], executor },
        'alice',
      ).problem?.reason;
    expect([reason(), reason('runner'), reason('other')]).toEqual([undefined, undefined, 'bad-executor']);
  });
});
