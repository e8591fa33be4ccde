import { describe, expect, it } from 'vitest';
import type { Action, CommandAction } from '../../src/core/action.js';
import { mismatch, type CommandToRun, type ToRun } from '../../src/core/mismatch.js';
import { COMMAND, policy } from './support/scene.js';

const SHA = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const asked: CommandAction = {
  ...COMMAND,
  stdin: { sha256: SHA, size: 3, attached: true },
  pins: [
    { path: '/srv/a.sql', sha256: SHA, size: 3, attached: false },
    { path: '/srv/b.sql', sha256: OTHER, size: 4, attached: false },
  ],
};
const remote: CommandAction = { kind: 'command', argv: ['psql', '-f', 'rotate.sql'], executor: 'runner' };
const access: Action = { kind: 'access', resource: 'ssh/prod-1' };
const change: Action = { kind: 'policy', base: SHA, policy: policy() };

const exact: CommandToRun = {
  kind: 'command',
  argv: COMMAND.argv,
  host: 'prod-1',
  user: 'alice',
  program: '/usr/bin/psql',
  cwd: '/srv',
  stdin: { sha256: SHA, size: 3 },
  pins: new Map([
    ['/srv/a.sql', { sha256: SHA, size: 3 }],
    ['/srv/b.sql', { sha256: OTHER, size: 4 }],
  ]),
};
const elsewhere: CommandToRun = {
  ...exact,
  host: 'worker',
  user: 'mpa',
  program: null,
  cwd: '/tmp/x',
  stdin: 'none',
};

describe('§8.6 what is to be run beside what was approved', () => {
  it.each<[string, Action, ToRun]>([
    ['a command, every part of it', asked, exact],
    ['a command without pins', COMMAND, { ...exact, stdin: 'none', pins: new Map() }],
    ['a command of a terminal', { ...COMMAND, stdin: 'terminal' }, { ...exact, stdin: 'terminal' }],
    ['an executor’s, wherever it stands', remote, elsewhere],
    ['an executor’s, whatever host a start names', remote, { kind: 'as-approved', host: 'worker' }],
    ['no attachment that lacks', asked, { ...exact, lacking: [] }],
    ['an access', access, { kind: 'access', resource: 'ssh/prod-1' }],
    ['an access, whatever host a start names', access, { kind: 'as-approved', host: 'anywhere' }],
    ['the arguments alone', asked, { kind: 'argv', argv: COMMAND.argv }],
    ['as approved', asked, { kind: 'as-approved', host: null }],
    ['as approved, on its host', asked, { kind: 'as-approved', host: 'prod-1' }],
    ['as approved, a policy', change, { kind: 'as-approved', host: 'x' }],
  ])('is the same: %s', (_, action, toRun) => {
    expect(mismatch(action, toRun)).toBeNull();
  });

  it.each<[string, Action, ToRun]>([
    ['host: approved for prod-1', asked, { kind: 'as-approved', host: 'prod-2' }],
    ['kind: an access was approved, not a command', access, exact],
    ['kind: an access was approved, not a command', access, { kind: 'argv', argv: ['ssh'] }],
    ['resource: another was approved', access, { kind: 'access', resource: 'ssh/prod-2' }],
    ['kind: a policy change runs nothing', change, exact],
    ['kind: a policy change runs nothing', change, { kind: 'access', resource: 'ssh/prod-1' }],
    ['kind: a command was approved, not an access', asked, { kind: 'access', resource: 'ssh/prod-1' }],
    [
      'argv: argument 1 is not what was approved',
      asked,
      { kind: 'argv', argv: ['psql', '-x', 'rotate.sql'] },
    ],
    ['argv: argument 2 is not what was approved', asked, { kind: 'argv', argv: ['psql', '-f'] }],
    ['argv: 2 more arguments than were approved', asked, { kind: 'argv', argv: [...COMMAND.argv, 'a', 'b'] }],
    ['argv: argument 0 is not what was approved', remote, { ...elsewhere, argv: ['sh', '-f', 'rotate.sql'] }],
    ['host: approved for prod-1', asked, { ...exact, host: 'prod-2' }],
    ['user: approved for alice', asked, { ...exact, user: 'root' }],
    ['program: approved was /usr/bin/psql', asked, { ...exact, program: '/tmp/psql' }],
    ['program: approved was /usr/bin/psql', asked, { ...exact, program: null }],
    ['cwd: approved was /srv', asked, { ...exact, cwd: '/' }],
    ['stdin: not what was approved', asked, { ...exact, stdin: 'none' }],
    ['stdin: not what was approved', asked, { ...exact, stdin: { sha256: OTHER, size: 3 } }],
    ['stdin: not what was approved', asked, { ...exact, stdin: { sha256: SHA, size: 4 } }],
    ['stdin: not what was approved', COMMAND, { ...exact, stdin: 'terminal' }],
    ['stdin: not what was approved', { ...COMMAND, stdin: 'terminal' }, { ...exact, stdin: 'none' }],
    ['stdin: not what was approved', remote, { ...elsewhere, stdin: 'terminal' }],
    [
      `attachment ${SHA}: not in the ledger, or not the bytes of that name`,
      asked,
      { ...exact, lacking: [SHA, OTHER] },
    ],
    ['pin /srv/a.sql: cannot be read', asked, { ...exact, pins: new Map() }],
    [
      'pin /srv/b.sql: cannot be read',
      asked,
      { ...exact, pins: new Map([...exact.pins, ['/srv/b.sql', null]]) },
    ],
    [
      'pin /srv/b.sql: its bytes are not those that were approved',
      asked,
      { ...exact, pins: new Map([...exact.pins, ['/srv/b.sql', { sha256: OTHER, size: 5 }]]) },
    ],
  ])('%s', (detail, action, toRun) => {
    expect(mismatch(action, toRun)).toBe(detail);
  });
});
