import { describe, expect, it } from 'vitest';
import type { AccessAction, CommandAction } from '../../src/core/action.js';
import type { Rule } from '../../src/core/policy-document.js';
import { ruleFor, ruleProblem, type Asked } from '../../src/core/rules.js';
import { asked, bare, command, member, policy, remote, rule } from './support/policies.js';

const ssh: AccessAction = { kind: 'access', resource: 'ssh/prod-1' };
const content = (path: string): { path: string; sha256: string; size: number; attached: boolean } => ({
  path,
  sha256: '0'.repeat(64),
  size: 1,
  attached: true,
});

describe('§6 the first rule that matches decides', () => {
  const rules = [
    rule({ name: 'psql', match: { command: ['psql', '**'] } }),
    rule({ name: 'reboot', match: { command: ['/sbin/reboot'] } }),
    rule({ name: 'ssh', match: { access: 'ssh/*' } }),
    rule({ name: 'psql-again', match: { command: ['psql', '-c', '*'] } }),
    rule({ name: 'web', match: { access: 'web/*' } }),
  ];
  const sample = policy({ rules });
  const table: readonly (readonly [
    what: string,
    action: CommandAction | AccessAction,
    name: string | null,
  ])[] = [
    ['a command by its pattern', command(['psql']), 'psql'],
    ['the first of two that match', command(['psql', '-c', 'x']), 'psql'],
    ['a program by its path', command(['reboot'], { program: '/sbin/reboot' }), 'reboot'],
    ['another program of that name', command(['reboot'], { program: '/home/eve/reboot' }), null],
    ["an executor's command by argv[0]", remote(['/sbin/reboot']), 'reboot'],
    ["an executor's bare name is no path", remote(['reboot']), null],
    ['access by its resource', ssh, 'ssh'],
    ['other access', { kind: 'access', resource: 'web/x' }, 'web'],
    ['a resource that nothing covers', { kind: 'access', resource: 'db/x' }, null],
    ['a command never matches an access pattern', command(['ssh/prod-1']), null],
    ['access never matches a command pattern', { kind: 'access', resource: 'psql' }, null],
  ];
  it.each(table)('§6 %s', (_, action, name) => {
    const found = ruleFor(sample, action);
    expect(found?.rule.name ?? null).toBe(name);
    expect(found?.index ?? -1).toBe(rules.findIndex((one) => one.name === name));
  });

  it('§6 any covers commands and access', () => {
    const open = policy({ rules: [rule({ match: { any: true } })] });
    expect(ruleFor(open, ssh)?.index).toBe(0);
    expect(ruleFor(open, command(['x']))?.index).toBe(0);
    expect(ruleFor(open, remote(['x']))?.index).toBe(0);
  });

  it('§6 a policy without rules covers nothing', () => {
    expect(ruleFor(policy({ rules: [] }), ssh)).toBeNull();
  });
});

const sample = policy({
  executors: bare([
    ['runner', member('runner')],
    ['builder', member('builder')],
  ]),
});

/** The reason for a request by alice, under a rule that differs from the generous one. */
function reason(
  changes: Partial<Rule>,
  request: Asked,
  which: 'written' | 'now' = 'written',
  by = 'alice',
): string {
  return ruleProblem(sample, rule(changes), request, by, which)?.reason ?? 'fine';
}

describe('§7 not-a-requester', () => {
  const table: readonly (readonly [requesters: readonly string[] | undefined, by: string, reason: string])[] =
    [
      [undefined, 'alice', 'fine'],
      [undefined, 'carol', 'fine'],
      [undefined, 'runner', 'not-a-requester'],
      [undefined, 'nobody', 'not-a-requester'],
      [undefined, '__proto__', 'not-a-requester'],
      [['everyone'], 'carol', 'fine'],
      [['team'], 'alice', 'fine'],
      [['team'], 'carol', 'not-a-requester'],
      [['team', 'carol'], 'carol', 'fine'],
      [['carol'], 'alice', 'not-a-requester'],
      [[], 'alice', 'not-a-requester'],
      [['runner'], 'runner', 'not-a-requester'],
    ];
  it.each(table)('§7 requesters %j, asked by %s: %s', (requesters, by, expected) => {
    const changes = requesters === undefined ? {} : { requesters };
    expect(reason(changes, asked(command(['x'])), 'written', by)).toBe(expected);
    expect(reason(changes, asked(ssh), 'now', by)).toBe(expected);
  });
});

describe('§7 exceeds-rule', () => {
  const at = '2026-03-01T09:00:00Z';
  const rows: readonly (readonly [
    what: string,
    rule: Partial<Rule>,
    request: Partial<Asked>,
    expected: string,
  ])[] = [
    ['the whole duration', { maxDuration: 60 }, { duration: 60 }, 'fine'],
    ['a second more', { maxDuration: 60 }, { duration: 61 }, 'exceeds-rule'],
    ['all uses', { maxUses: 3 }, { uses: 3 }, 'fine'],
    ['a use more', { maxUses: 3 }, { uses: 4 }, 'exceeds-rule'],
    ['waiting as long as allowed', { maxPending: 60 }, { at, approveBy: '2026-03-01T09:01:00Z' }, 'fine'],
    [
      'waiting a second longer',
      { maxPending: 60 },
      { at, approveBy: '2026-03-01T09:01:01Z' },
      'exceeds-rule',
    ],
    ['waiting for nothing (late, not this)', { maxPending: 60 }, { at, approveBy: at }, 'fine'],
    ['beginning in 30 days', {}, { at, notBefore: '2026-03-31T09:00:00Z' }, 'fine'],
    ['beginning a second later', {}, { at, notBefore: '2026-03-31T09:00:01Z' }, 'exceeds-rule'],
    ['beginning in the past', {}, { at, notBefore: '2025-03-31T09:00:01Z' }, 'fine'],
    ['a time that is none', {}, { at, approveBy: 'soon' }, 'exceeds-rule'],
    ['a beginning that is none', {}, { at, notBefore: 'soon' }, 'exceeds-rule'],
    ['a request without a time', {}, { at: '' }, 'exceeds-rule'],
  ];
  it.each(rows)('§7 %s', (_, changes, request, expected) => {
    expect(reason(changes, asked(command(['x']), request))).toBe(expected);
  });
  it.each(rows)('§7 written at head, times and limits aside: %s is fine', (_, changes, request) => {
    expect(reason(changes, asked(command(['x']), request), 'now')).toBe('fine');
  });
  it('§7 access has a duration and no uses', () => {
    expect(reason({ maxUses: 1, maxDuration: 60 }, asked(ssh, { duration: 60 }))).toBe('fine');
    expect(reason({ maxDuration: 60 }, asked(ssh, { duration: 61 }))).toBe('exceeds-rule');
  });
});

const both = ['written', 'now'] as const;

describe('§7 bad-justification', () => {
  const table: readonly (readonly [least: number, text: string, expected: string])[] = [
    [3, 'abc', 'fine'],
    [3, 'ab', 'bad-justification'],
    [3, '', 'bad-justification'],
    [2, '\u{1f600}', 'bad-justification'],
    [2, '\u{1f600}\u{1f600}', 'fine'],
    [3, '\u{1f600}\u{1f600}', 'bad-justification'],
    [2, 'é', 'bad-justification'],
  ];
  it.each(table)('§10 minLength %d in code points against %j: %s', (minLength, justification, expected) => {
    for (const which of both) {
      expect(reason({ justification: { minLength } }, asked(command(['x']), { justification }), which)).toBe(
        expected,
      );
    }
  });
  it('§6 without the field nothing is asked', () => {
    expect(reason({}, asked(ssh, { justification: '' }))).toBe('fine');
  });
});

describe('§7 bad-ticket', () => {
  const table: readonly (readonly [
    pattern: string | undefined,
    ticket: string | undefined,
    expected: string,
  ])[] = [
    [undefined, undefined, 'fine'],
    [undefined, 'OPS-1', 'fine'],
    ['OPS-*', 'OPS-1', 'fine'],
    ['OPS-*', 'XOPS-1', 'bad-ticket'],
    ['OPS-*', undefined, 'bad-ticket'],
    ['*', undefined, 'bad-ticket'],
    ['*', '', 'fine'],
  ];
  it.each(table)('§6 pattern %j, ticket %j: %s', (pattern, ticket, expected) => {
    const changes = pattern === undefined ? {} : { ticket: { pattern } };
    const more = ticket === undefined ? {} : { ticket };
    for (const which of both) {
      expect(reason(changes, asked(command(['x']), more), which)).toBe(expected);
      expect(reason(changes, asked(ssh, more), which)).toBe(expected);
    }
  });
});

describe('§7 bad-env', () => {
  const rows: readonly (readonly [
    what: string,
    allowed: readonly string[] | undefined,
    action: CommandAction,
    expected: string,
  ])[] = [
    ['no list, any name', undefined, command(['x'], { env: bare([['A', '1']]), passEnv: ['B'] }), 'fine'],
    ['set and listed', ['A'], command(['x'], { env: bare([['A', '1']]) }), 'fine'],
    ['set and not listed', ['A'], command(['x'], { env: bare([['B', '1']]) }), 'bad-env'],
    ['passed and listed', ['A'], command(['x'], { passEnv: ['A'] }), 'fine'],
    ['passed and not listed', ['A'], command(['x'], { passEnv: ['A', 'B'] }), 'bad-env'],
    [
      'one listed, one not',
      ['A'],
      command(['x'], {
        env: bare([
          ['A', '1'],
          ['a', '1'],
        ]),
      }),
      'bad-env',
    ],
    ['an empty list, nothing set', [], command(['x']), 'fine'],
    ['an empty list, something set', [], command(['x'], { env: bare([['A', '1']]) }), 'bad-env'],
    [
      'names of Object.prototype are not listed',
      ['A'],
      command(['x'], { passEnv: ['constructor'] }),
      'bad-env',
    ],
    ['set for an executor and listed', ['A'], remote(['x'], { env: bare([['A', '1']]) }), 'fine'],
    ['set for an executor and not listed', ['A'], remote(['x'], { env: bare([['B', '1']]) }), 'bad-env'],
    ['passed to an executor, though listed', ['A'], remote(['x'], { passEnv: ['A'] }), 'bad-env'],
    ['passed to an executor, no list', undefined, remote(['x'], { passEnv: ['A'] }), 'bad-env'],
    ['an empty passEnv with an executor', undefined, remote(['x'], { passEnv: [] }), 'bad-env'],
  ];
  it.each(rows)('§7 %s', (_, env, action, expected) => {
    for (const which of both) {
      expect(reason(env === undefined ? {} : { env }, asked(action), which)).toBe(expected);
    }
  });
  it('§7 access has no variables to judge', () => {
    expect(reason({ env: [] }, asked(ssh))).toBe('fine');
  });
});

describe('§7 bad-stdin', () => {
  const kinds = { none: {}, terminal: { stdin: 'terminal' }, file: { stdin: content('/x') } } as const;
  const names = ['none', 'file', 'terminal'] as const;
  it.each(names)('§6 a list of %s alone allows it and nothing else', (name) => {
    for (const kind of names) {
      const expected = kind === name ? 'fine' : 'bad-stdin';
      expect(reason({ stdin: [name] }, asked(command(['x'], kinds[kind])))).toBe(expected);
      expect(reason({ stdin: [name] }, asked(remote(['x'], kinds[kind])), 'now')).toBe(expected);
    }
  });
  it.each(names)('§6 without a list %s is allowed; with an empty one nothing is', (kind) => {
    expect(reason({}, asked(command(['x'], kinds[kind])))).toBe('fine');
    expect(reason({ stdin: [] }, asked(command(['x'], kinds[kind])))).toBe('bad-stdin');
  });
  it('§7 access has no standard input to judge', () => {
    expect(reason({ stdin: ['file'] }, asked(ssh))).toBe('fine');
  });
});

describe('§6 bad-pins: what matches pins must be pinned', () => {
  const pins = ['*.sql', '--file=*'];
  const here = (argv: readonly string[], ...paths: readonly string[]): CommandAction =>
    command(argv, { pins: paths.map(content) });
  const there = (argv: readonly string[], ...paths: readonly string[]): CommandAction =>
    remote(argv, { pins: paths.map(content) });
  const rows: readonly (readonly [what: string, action: CommandAction, expected: string])[] = [
    ['nothing matches, nothing pinned', command(['psql', 'a.txt']), 'fine'],
    ['a match without pins', command(['psql', 'a.sql']), 'bad-pins'],
    ['a match, pinned', here(['psql', 'a.sql'], '/srv/app/a.sql'), 'fine'],
    ['a match, another folder pinned', here(['psql', 'a.sql'], '/srv/a.sql'), 'bad-pins'],
    ['two matches, one pinned', here(['psql', 'a.sql', 'b.sql'], '/srv/app/a.sql'), 'bad-pins'],
    [
      'two matches, both pinned',
      here(['psql', 'a.sql', 'b.sql'], '/srv/app/b.sql', '/srv/app/a.sql'),
      'fine',
    ],
    ['an absolute match, pinned', here(['psql', '/tmp/a.sql'], '/tmp/a.sql'), 'fine'],
    ['the first argument is not judged', command(['a.sql']), 'fine'],
    ['the part after the first =, pinned', here(['psql', '--file=a.x'], '/srv/app/a.x'), 'fine'],
    ['the part after the first =, not pinned', here(['psql', '--file=a.x'], '/srv/app/b.x'), 'bad-pins'],
    [
      'the part after the first =, not the second',
      here(['psql', '--file=k=a.x'], '/srv/app/a.x'),
      'bad-pins',
    ],
    ['a path with = after the first', here(['psql', '--file=k=a.x'], '/srv/app/k=a.x'), 'fine'],
    ['the whole argument as a path with =', here(['dd', 'of=a.x'], '/srv/app/of=a.x'), 'fine'],
    [
      'an option is no path: a decoy of its name stands for nothing',
      here(['psql', '--file=a.x'], '/srv/app/--file=a.x'),
      'bad-pins',
    ],
    ['an option without =, and a decoy', here(['psql', '-fa.sql'], '/srv/app/-fa.sql'), 'bad-pins'],
    ['a path whose name begins with -', here(['psql', './-fa.sql'], '/srv/app/-fa.sql'), 'fine'],
    ['only what matches is judged', here(['psql', '--other=a.x'], '/srv/app/b.x'), 'fine'],
    ['. and empty parts go', here(['psql', './/x/./a.sql'], '/srv/app/x/a.sql'), 'fine'],
    ['.. takes away the part before it', here(['psql', '../lib/a.sql'], '/srv/lib/a.sql'), 'fine'],
    ["a pin's own path is normalised too", here(['psql', 'a.sql'], '/srv/app/x/../a.sql'), 'fine'],
    ['an executor: relative, pinned', there(['psql', 'a.sql'], 'a.sql'), 'fine'],
    ['an executor: normalised both', there(['psql', './x/../a.sql'], 'y/../a.sql'), 'fine'],
    ['an executor: not pinned', there(['psql', 'a.sql'], 'b.sql'), 'bad-pins'],
    ['an executor: after =', there(['psql', '--file=a.x'], 'a.x'), 'fine'],
    ['an executor: an absolute argument is never pinned', there(['psql', '/a.sql'], 'a.sql'), 'bad-pins'],
    ['an executor: out of its folder is not in it', there(['psql', '../a.sql'], 'a.sql'), 'bad-pins'],
    [
      'an executor: what is out of its folder is never pinned',
      there(['psql', '../a.sql'], '../a.sql'),
      'bad-pins',
    ],
    [
      'an executor: nor what leads to the folder above it',
      there(['psql', '--file=x/../..'], '..'),
      'bad-pins',
    ],
    ['an executor: a name that begins with two dots', there(['psql', '..a.sql'], '..a.sql'), 'fine'],
  ];
  it.each(rows)('§6 %s', (_, action, expected) => {
    for (const which of both) expect(reason({ pins }, asked(action), which)).toBe(expected);
  });
  it('§6 without the field, or for access, nothing must be pinned', () => {
    expect(reason({}, asked(command(['psql', 'a.sql'])))).toBe('fine');
    expect(reason({ pins }, asked(ssh))).toBe('fine');
  });
});

describe('§7 bad-executor', () => {
  const table: readonly (readonly [
    what: string,
    executors: readonly string[] | undefined,
    action: CommandAction | AccessAction,
    expected: string,
  ])[] = [
    ['a person, no list', undefined, command(['x']), 'fine'],
    ['a known executor, no list', undefined, remote(['x']), 'fine'],
    ['an unknown executor, no list', undefined, remote(['x'], { executor: 'nobody' }), 'bad-executor'],
    ['a member is no executor', undefined, remote(['x'], { executor: 'bob' }), 'bad-executor'],
    [
      'names of Object.prototype are no executors',
      undefined,
      remote(['x'], { executor: 'constructor' }),
      'bad-executor',
    ],
    ['a listed executor', ['runner'], remote(['x']), 'fine'],
    ['one of two', ['builder', 'runner'], remote(['x']), 'fine'],
    ['another executor', ['builder'], remote(['x']), 'bad-executor'],
    ['listed and unknown', ['nobody'], remote(['x'], { executor: 'nobody' }), 'bad-executor'],
    ['a list, and a person', ['runner'], command(['x']), 'bad-executor'],
    ['an empty list, and a person', [], command(['x']), 'bad-executor'],
    ['an empty list, and an executor', [], remote(['x']), 'bad-executor'],
    ['a list, and access, which names none', ['runner'], ssh, 'bad-executor'],
  ];
  it.each(table)('§7 %s', (_, executors, action, expected) => {
    for (const which of both) {
      expect(reason(executors === undefined ? {} : { executors }, asked(action), which)).toBe(expected);
    }
  });
  it.each(['runner', 'constructor'])('§7 a policy without executors knows no %s', (executor) => {
    const { executors: _, ...none } = sample;
    const request = asked(remote(['x'], { executor }));
    expect(ruleProblem(none, rule(), request, 'alice', 'written')?.reason).toBe('bad-executor');
  });
});

describe('§7 the first that applies, rows downwards, left to right', () => {
  const strict = rule({
    requesters: ['bob'],
    maxDuration: 60,
    justification: { minLength: 5 },
    ticket: { pattern: 'OPS-*' },
    env: [],
    stdin: ['none'],
    pins: ['*.sql'],
    executors: ['builder'],
  });
  const action = remote(['x', 'a.sql'], { env: bare([['A', '1']]), passEnv: ['B'], stdin: 'terminal' });
  const request = asked(action, { justification: '' });
  /** Each mends the reason before it. */
  const steps: readonly (readonly [
    reason: string,
    mend: { rule?: Partial<Rule>; request?: Partial<Asked>; which?: 'now' },
  ])[] = [
    ['not-a-requester', {}],
    ['exceeds-rule', { rule: { requesters: ['alice'] } }],
    ['bad-justification', { which: 'now' }],
    ['bad-ticket', { request: { justification: 'because' } }],
    ['bad-env', { request: { ticket: 'OPS-1' } }],
    ['bad-stdin', { rule: { env: ['A', 'B'] } }],
    ['bad-pins', { rule: { stdin: ['terminal'] } }],
    ['bad-env', { request: { action: { ...action, pins: [content('a.sql')] } } }],
    [
      'bad-executor',
      { request: { action: remote(['x', 'a.sql'], { pins: [content('a.sql')], stdin: 'terminal' }) } },
    ],
    ['fine', { rule: { executors: ['runner'] } }],
  ];
  it.each(steps.map(([expected], i) => [i, expected] as const))('§7 step %d: %s', (last, expected) => {
    const done = steps.slice(0, last + 1).map(([, mend]) => mend);
    const changed = Object.assign({}, strict, ...done.map((mend) => mend.rule ?? {})) as Rule;
    const mended = Object.assign({}, request, ...done.map((mend) => mend.request ?? {})) as Asked;
    const which = done.some((mend) => mend.which === 'now') ? 'now' : 'written';
    expect(ruleProblem(sample, changed, mended, 'alice', which)?.reason ?? 'fine').toBe(expected);
  });
});
