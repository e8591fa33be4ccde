import { describe, expect, it } from 'vitest';
import type { Action, CommandAction, Pin } from '../../src/core/action.js';
import { warnings, type Circumstances } from '../../src/core/warnings.js';
import { cpuTime } from '../support/cpu.js';

const CALM: Circumstances = { duration: 3600, uses: 1, logins: [], hosts: [] };

function pin(path: string, attached = true): Pin {
  return { path, sha256: 'a'.repeat(64), size: 10, attached };
}

function command(argv: readonly string[], more: Partial<CommandAction> = {}): CommandAction {
  const [first = ''] = argv;
  const program = first.includes('/') ? first : `/usr/bin/${first}`;
  return { kind: 'command', argv, host: 'prod-1', user: 'alice', program, cwd: '/srv/app', ...more };
}

/** Everything that is said, `what: why` a line. */
function said(action: Action, known: Partial<Circumstances> = {}): string {
  return warnings(action, { ...CALM, ...known })
    .map(({ what, why }) => `${what}: ${why}`)
    .join('\n');
}

const INLINE = /the code is in the arguments: read it/;
const UNPINNED = /not pinned: what stands there when it runs is what runs/;
const PLAIN = /only a shell would expand it/;

type Loud = [argv: readonly string[], said: RegExp, more?: Partial<CommandAction>];

const LOUD: Loud[] = [
  [['psql'], /^terminal: the requester may type anything at all/, { stdin: 'terminal' }],
  [['passwd', 'bob'], /^terminal: the requester may type anything, unseen by you$/, { stdin: 'terminal' }],
  [['bash'], /^terminal: .*anything at all/, { stdin: 'terminal' }],
  [['sudo', 'su', '-'], /^terminal: .*anything at all/, { stdin: 'terminal' }],
  [['ssh', 'prod-2'], /^terminal: .*anything at all/, { stdin: 'terminal' }],
  [['sh', '-c', 'rm -rf /'], INLINE],
  [['bash', '-euxc', 'ls'], /^bash -euxc: /],
  [['/bin/zsh', '-c', 'ls'], INLINE],
  [['env', 'A=1', 'bash', '-c', 'ls'], INLINE],
  [['sudo', '-u', 'postgres', 'sh', '-c', 'ls'], INLINE],
  [['nohup', 'dash', '-c', 'ls'], INLINE],
  [['timeout', '5', 'ksh', '-c', 'ls'], INLINE],
  [['xargs', '-n1', 'sh', '-c', 'ls'], INLINE],
  [['ssh', '-p', '22', 'prod-2', 'rm -rf x'], /ssh prod-2: it works on that machine[^]*a shell there runs/],
  [['kubectl', 'exec', 'pod', '--', 'sh', '-c', 'ls'], INLINE],
  [['find', '.', '-exec', 'sh', '-c', 'ls', ';'], INLINE],
  [['su', '-c', 'ls', 'bob'], INLINE],
  [['flock', '/tmp/l', '-c', 'ls'], INLINE],
  [['env', '-S', 'sh -x'], INLINE],
  [['python3', '-c', 'print(1)'], INLINE],
  [['python3.11', '-Ic', 'print(1)'], INLINE],
  [['perl', '-lane', 'print'], INLINE],
  [['ruby', '-e', 'p 1'], INLINE],
  [['node', '--eval=1'], INLINE],
  [['php', '-r', 'echo 1;'], INLINE],
  [['awk', '{ system($1) }', 'f'], INLINE],
  [['psql', '-Atc', 'drop table t'], INLINE],
  [['psql', '--command=select 1'], INLINE],
  [['mysql', '-u', 'root', '-e', 'drop table t'], INLINE],
  [['bash', 'deploy.sh'], UNPINNED],
  [['bash', '-x', '-o', 'pipefail', 'deploy.sh'], /^bash deploy\.sh: not pinned/],
  [['bash', 'deploy.sh'], UNPINNED, { pins: [pin('/srv/other/deploy.sh')] }],
  [['python3', 'fix.py'], UNPINNED],
  [['psql', '-f', 'rotate.sql'], UNPINNED],
  [['awk', '-f', 'p.awk', 'f'], UNPINNED],
  [['python3', '-m', 'http.server'], UNPINNED],
  [['make', 'deploy'], /^make: it does what files of its folder say/],
  [['sudo', 'npm', 'run', 'x'], /npm: it does what files of its folder say/],
  [['sh', '-c', 'curl x.example | sh'], /runs what it fetches/],
  [['sudo', 'systemctl', 'restart', 'nginx'], /^sudo: it runs as another user/],
  [['doas', 'reboot'], /^doas: it runs as another user/],
  [['find', '/srv', '-delete'], /deletes each file/],
  [['git', '-c', 'core.sshCommand=x', 'pull'], /can start other programs/],
  [['tar', '-xf', 'x', '--checkpoint-action=exec=sh'], /can start other programs/],
  [['env', 'LD_PRELOAD=./x.so', 'ls'], /LD_PRELOAD: a variable that can change which code runs/],
  [['rm', '-r', 'logs/*'], PLAIN],
  [['echo', '$HOME'], PLAIN],
  [['cat', '~/x'], PLAIN],
  [['echo', '`id`'], PLAIN],
  [['echo', 'x', '|', 'sh'], /'\|': without a shell this is a plain argument/],
  [['cp', '-r', 'conf/', '/etc/app'], /conf\/: a folder/],
  [['du', '.'], /a folder: what is in it is not pinned/],
  [['echo', 'x'.repeat(301)], /longer than 300 characters/],
  [['ls'], /PATH, LD_PRELOAD: a variable/, { env: { PATH: '/x', A: 'b', LD_PRELOAD: 'x' } }],
  [['ls'], /GIT_SSH_COMMAND: a variable[^]*GIT_SSH_COMMAND: passed/, { passEnv: ['GIT_SSH_COMMAND'] }],
  [['ls'], /TOKEN: passed with values that nobody here sees/, { passEnv: ['TOKEN'] }],
  [['tool', 'a.bin'], /one file: known by digest alone/, { pins: [pin('/srv/app/a.bin', false)] }],
  [['sort'], /stdin: known by digest alone/, { stdin: { sha256: 'a', size: 1, attached: false } }],
  [['bash'], /does what its standard input says/, { stdin: { sha256: 'a', size: 1, attached: true } }],
  [
    ['./rotate-token'],
    /rotate-token: the program itself is not pinned/,
    { program: '/srv/app/rotate-token' },
  ],
  [['id'], /root: it runs with every right/, { user: 'root' }],
];

describe('what an approver is warned of', () => {
  it.each<Loud>(LOUD)('%j: %s', (argv, expected, more = {}) => {
    expect(said(command(argv, more))).toMatch(expected);
  });

  it.each<[readonly string[], Partial<CommandAction>?]>([
    [['grep', '-e', 'a.*b', 'f.txt']],
    [['grep', '-c', '$x[0-9]*']],
    [['tar', '-c', '-f', 'x.tar', 'a.txt']],
    [['psql', '-h', 'prod', '-f', 'rotate.sql'], { pins: [pin('/srv/app/rotate.sql')] }],
    [['psql', '-h', 'localhost', '-f', './sub/../rotate.sql'], { pins: [pin('/srv/app/rotate.sql')] }],
    [['bash', 'deploy.sh', 'prod'], { pins: [pin('/srv/app/deploy.sh')] }],
    [['systemctl', 'restart', 'nginx']],
    [['kubectl', 'rollout', 'restart', 'deployment/web']],
    [['timeout', '5', 'pg_dump', 'app']],
    [['curl', 'https://example.org/x?a=*']],
    [['echo', 'costs $5, 100 % sure? (yes)']],
    [['date', '+%s']],
    [['./rotate'], { program: '/srv/app/rotate', pins: [pin('/srv/app/rotate')] }],
    [['ls', '-l'], { env: { LANG: 'C' } }],
    [['find', '.x', '-name', '*.log']],
  ])('%j: nothing', (argv, more = {}) => {
    expect(said(command(argv, more))).toBe('');
  });

  it('an executor finds its scripts by relative paths', () => {
    const action: CommandAction = { kind: 'command', argv: ['sh', './run'], executor: 'ci' };
    expect(said(action)).toMatch(UNPINNED);
    expect(said({ ...action, pins: [pin('run')] })).toBe('');
  });

  it('long windows and many uses, from the ninth hour and the eleventh use', () => {
    const action = command(['true']);
    expect(said(action, { duration: 8 * 3600, uses: 10 })).toBe('');
    expect(said(action, { duration: 8 * 3600 + 1 })).toMatch(/^8h1s: a long time/);
    expect(said(action, { uses: 11 })).toMatch(/^11 uses: /);
    expect(said({ kind: 'access', resource: 'ssh/x' }, { duration: 86_400, uses: null })).toMatch(/^1d: /);
  });

  it("a login that is not the requester's, and a machine that they never asked for", () => {
    const action = command(['true']);
    expect(said(action, { logins: ['alice'], hosts: ['prod-1'] })).toBe('');
    expect(said(action, { logins: ['al'] })).toMatch(/^alice: not a login/);
    expect(said(action, { hosts: ['laptop'] })).toMatch(/^prod-1: a machine that the requester never/);
  });

  it('§9 names nothing in characters that hide or draw', () => {
    const bad = 'a\u202e\u001b[2J\n\u200b/';
    const action = command(['bash', bad, `$${bad}`, `\`${bad}`], {
      env: { [`LD_${bad}`]: 'x' },
      passEnv: [bad],
      user: bad,
      host: bad,
      program: `/${bad}`,
    });
    expect(said(action, { logins: ['x'], hosts: ['y'] })).toMatch(/^[\n -~]+$/);
  });

  it('a hostile command of 128 KiB is judged in no time', () => {
    const long = 'c'.repeat(100_000);
    const many = Array.from({ length: 1000 }, () => 'sudo');
    const started = cpuTime();
    for (const argv of [
      ['bash', `-${long}!`],
      ['sh', '-c', 'curl '.repeat(20_000)],
      ['1'.repeat(100_000) + 'x', `-${long}`],
      ['perl', `-${'a'.repeat(100_000)}`, `$${long}`, `[${'['.repeat(50_000)}`],
      many,
      many.map((_, i) => (i % 2 === 0 ? 'find' : '-exec')),
    ])
      said(command(argv, { program: '/usr/bin/x' }));
    expect(cpuTime() - started).toBeLessThan(5000);
  });
});
