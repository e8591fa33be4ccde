import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approve, keygen, MPA, person, run, type Person, type Ran } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { makeLogin, type Login } from './support/logins.js';
import { suite, tool } from './support/tools.js';

const TOOLS = ['useradd', 'userdel', 'getent', 'setpriv', 'unshare', 'mount', 'bash'];

suite('an executor', { tools: TOOLS, asRoot: true }, () => {
  let folder: string;
  let [login, other]: Login[] = [];
  let [alice, bob, runner]: Person[] = [];

  const people = (): { alice: Person; bob: Person; runner: Person; login: Login; other: Login } => {
    if (!alice || !bob || !runner || !login || !other) throw new Error('not set up');
    return { alice, bob, runner, login, other };
  };
  /** Changes the only ledger in a configuration file. */
  const configure = (home: string, change: Record<string, string>): void => {
    const file = join(home, 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as { ledgers: Record<string, object> };
    config.ledgers = { prod: { ...config.ledgers['prod'], ...change } };
    writeFileSync(file, JSON.stringify(config));
  };
  /** Alice asks for a command on the executor, with files of hers; Bob approves. */
  const asked = async (
    command: readonly string[],
    files: Readonly<Record<string, string>> = {},
    flags: readonly string[] = [],
  ): Promise<string> => {
    const { alice: who, bob: approver } = people();
    const work = join(who.folder, String(readdirSync(who.folder).length));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(work, path, '..'), { recursive: true });
      writeFileSync(join(work, path), text, { mode: 0o755 });
    }
    mkdirSync(work, { recursive: true });
    const pins = Object.keys(files).flatMap((path) => ['--pin', path]);
    const request = ['request', '-m', 'because', '--executor', 'runner', ...pins, ...flags, '--json', '--'];
    const id = (await who.must([...request, ...command], { cwd: work })).text('request', 'id');
    await approve(approver, id);
    // What becomes of the files afterwards must not matter.
    for (const path of Object.keys(files)) writeFileSync(join(work, path), '#!/bin/sh\necho swapped\n');
    return id;
  };
  /** The spent uses that the ledger shows. */
  const runsOf = async (id: string): Promise<unknown> =>
    (await people().bob.must(['verify', id, '--json'])).json('request', 'runs', 'length');
  const runs = (home: string): string[] => readdirSync(join(home, 'runs')).filter((name) => name !== 'locks');

  beforeAll(async () => {
    folder = emptyFolder();
    // An approved command has to reach its folder.
    chmodSync(folder, 0o711);
    [login, other] = [makeLogin('/srv'), makeLogin()];
    [alice, bob, runner] = ['alice', 'bob', 'runner'].map((handle) => person(folder, handle));
    chmodSync(join(folder, 'runner'), 0o711);
    const members = people();
    const [, key, executor] = await Promise.all([members.alice, members.bob, members.runner].map(keygen));
    const policy = join(folder, 'policy.json');
    const named = { name: 'Runner Example', email: 'runner@example.org', key: executor?.publicKeyFile };
    const rule = { name: 'any', match: { any: true }, approvals: [{ count: 1, from: ['team'] }] };
    const limits = { maxDuration: '8h', maxPending: '24h', maxUses: 10 };
    writeFileSync(
      policy,
      JSON.stringify({
        protocol: 1,
        executors: { runner: named },
        groups: { team: ['alice', 'bob'] },
        rules: [{ ...rule, ...limits }],
        changes: [{ count: 1, from: ['team'] }],
      }),
    );
    const remote = join(folder, 'ledger.git');
    const init = ['--name', 'prod', '--as', 'alice', '--member', `bob=${key?.publicKeyFile ?? ''}`];
    const founded = await members.alice.must(['init', remote, ...init, '--policy', policy, '--json']);
    const anchor = founded.text('anchor');
    await members.bob.must(['join', remote, '--anchor', anchor]);
    await members.bob.must(['approve', anchor, '--yes']);
    await members.runner.must(['join', remote, '--anchor', anchor, '--as', 'runner']);
    configure(members.runner.home, { login: members.login.name });
  });
  afterAll(() => {
    login?.remove();
    other?.remove();
    remove(folder);
  });

  it('§8.7 runs the approved bytes under the configured login, with that account’s environment and a folder of its own', async () => {
    const { runner: who, login: account } = people();
    const script = [
      '#!/bin/sh',
      'echo "id $(id -u) $(id -g) $(id -G)"; echo "cwd $(pwd)"; env | sort | sed "s/^/env /"',
      'stat -c "mode %a %U %n" . conf conf/data lib tool | sort; cat conf/data; echo "umask $(umask)"',
      'for fd in /proc/self/fd/*; do case $fd in */[0-2]) ;; *) readlink "$fd" | grep held;; esac; done',
      'echo "stdin [$(cat)]"; echo "arguments $# $1"; exit 4',
    ].join('\n');
    const files = { tool: script, 'conf/data': 'approved\n', lib: '#!/bin/sh\n' };
    const id = await asked(['./tool', 'a b'], files, ['--env', 'SET=x y']);
    const held = join(folder, 'held');
    writeFileSync(held, 'held');
    const call = [
      '-c',
      `umask 0077; exec 9<${held}; cd /; exec "$@"`,
      'bash',
      process.execPath,
      MPA,
      'exec',
      id,
    ];
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, MPA_HOME: who.home, MPA_NO_INPUT: '1' };
    const hostile = { SECRET: 'x', LD_PRELOAD: '', LC_ALL: 'C', TZ: 'UTC', TERM: 'xterm', HOME: folder };
    const ran = await run('bash', call, { ...env, ...hostile }, { input: 'from the caller\n' });
    expect(ran.stderr).toMatch(/^mpa: standard input is not read[^\n]*\n$/);
    expect(ran.status).toBe(4);
    const lines = ran.stdout.trimEnd().split('\n');
    const cwd = lines.find((line) => line.startsWith('cwd '))?.slice(4) ?? '';
    expect(cwd.startsWith(join(who.home, 'runs'))).toBe(true);
    const { name, uid, gid } = account;
    expect(lines).toEqual([
      `id ${uid} ${gid} ${gid}`,
      `cwd ${cwd}`,
      'env HOME=/srv',
      'env LANG=C.UTF-8',
      `env LOGNAME=${name}`,
      'env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      `env PWD=${cwd}`,
      'env SET=x y',
      'env SHELL=/bin/sh',
      `env USER=${name}`,
      `mode 600 ${name} conf/data`,
      `mode 700 ${name} .`,
      `mode 700 ${name} conf`,
      `mode 700 ${name} lib`,
      `mode 700 ${name} tool`,
      'approved',
      'umask 0022',
      'stdin []',
      'arguments 1 a b',
    ]);
    expect(runs(who.home)).toEqual([]);
    const shown = await people().bob.must(['show', id, '--json']);
    expect(shown.json('request', 'runs', 0)).toMatchObject({ actor: 'runner', exit: { code: 4 } });
  });

  it('attached standard input comes from the ledger, whatever the caller gives', async () => {
    const { runner: who } = people();
    const input = join(folder, 'input');
    writeFileSync(input, 'approved input\n');
    const id = await asked(['cat'], {}, ['--stdin', input]);
    writeFileSync(input, 'another\n');
    expect((await who.must(['exec', id], { input: 'piped\n' })).stdout).toBe('approved input\n');
  });

  it('the executor’s key, state and other folders are closed to what it runs', async () => {
    const { runner: who } = people();
    const look =
      'for d in keys state ledgers config.json runs/locks; do ls "$0/$d" >/dev/null 2>&1 || cat "$0/$d" 2>/dev/null || echo "closed $d"; done';
    const id = await asked(['sh', '-c', look, who.home]);
    const closed = ['keys', 'state', 'ledgers', 'config.json', 'runs/locks'].map(
      (name) => `closed ${name}\n`,
    );
    // The name of the file shows; its content does not.
    const ran = await who.mpa(['exec', id]);
    for (const line of closed.filter((each) => !each.includes('config'))) expect(ran.stdout).toContain(line);
    expect(ran.stdout).not.toContain('anchor');
  });

  it('what a command leaves in its folder goes, without following its links', async () => {
    const { runner: who } = people();
    const precious = join(folder, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'stays');
    const id = await asked([
      'sh',
      '-c',
      'mkdir -p a/b && touch a/b/c && ln -s "$0" a/link && ln -s "$0" link',
      precious,
    ]);
    expect((await who.mpa(['exec', id])).status).toBe(0);
    expect(runs(who.home)).toEqual([]);
    expect(readFileSync(join(precious, 'file'), 'utf8')).toBe('stays');
  });

  it.each([
    ['a program of the caller’s PATH only', ['mpa-test-tool'], '127 not-found'],
    ['a program that is not among the attached files', ['./missing'], '127 not-found'],
  ])('%s: %s is %s, and nothing is spent', async (_, command, outcome) => {
    const { runner: who } = people();
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'mpa-test-tool'), '#!/bin/sh\n', { mode: 0o755 });
    const id = await asked(command);
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    expect((await who.mpa(['exec', id, '--json'], { env })).outcome).toBe(outcome);
    expect([await runsOf(id), runs(who.home)]).toEqual([0, []]);
  });

  it('other arguments than those approved: mismatch; --output: usage; another machine: wrong-runner', async () => {
    const { runner: who, alice: requester } = people();
    const id = await asked(['true']);
    expect((await who.mpa(['exec', id, '--json', '--', 'true', 'x'])).outcome).toBe('125 mismatch');
    expect((await who.mpa(['exec', id, '--json', '--output', '/etc/shadow'])).outcome).toBe('125 usage');
    expect((await requester.mpa(['exec', id, '--json'])).outcome).toMatch(/^125 (wrong-runner|mismatch)$/);
    expect(await runsOf(id)).toBe(0);
    expect((await who.mpa(['exec', id, '--', 'true'])).status).toBe(0);
  });

  it('a login that is not there, and one that mpa cannot change to: bad-config, nothing spent', async () => {
    const { runner: who, login: account, other: stranger } = people();
    const id = await asked(['id', '-un']);
    configure(who.home, { login: 'mpa-test-nobody' });
    expect((await who.mpa(['exec', id, '--json'])).outcome).toBe('125 bad-config');
    configure(who.home, { login: account.name });

    // The same executor, run by an ordinary login.
    const home = join(folder, 'ordinary');
    cpSync(who.home, home, { recursive: true });
    const own = (path: string): void => {
      lchownSync(path, stranger.uid, stranger.gid);
      if (statSync(path).isDirectory()) for (const name of readdirSync(path)) own(join(path, name));
    };
    own(home);
    const as = (...args: readonly string[]): Promise<Ran> => {
      const { uid, gid } = stranger;
      const change = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', process.execPath, MPA, ...args];
      const env = { PATH: process.env['PATH'] ?? '', MPA_HOME: home, MPA_NO_INPUT: '1', HOME: home };
      return run(tool('setpriv'), change, env, { cwd: '/' });
    };
    // Git takes the other owner's repository only where it is told that it is safe.
    writeFileSync(join(home, '.gitconfig'), '[safe]\n\tdirectory = *\n');
    execFileSync('chmod', ['-R', 'a+rwX', join(folder, 'ledger.git')]);
    expect((await as('exec', id, '--json')).outcome).toBe('125 bad-config');
    expect(await runsOf(id)).toBe(0);
    configure(home, { login: stranger.name });
    expect(await as('exec', id)).toMatchObject({ status: 0, stdout: `${stranger.name}\n` });
  });

  it('killed in the middle: the next run removes what it left, and the run shows as interrupted', async () => {
    const { runner: who } = people();
    const id = await asked(['sh', '-c', 'echo $$; exec sleep 300']);
    const env = { PATH: process.env['PATH'] ?? '', MPA_HOME: who.home, MPA_NO_INPUT: '1' };
    const child = spawn(process.execPath, [MPA, 'exec', id], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: '/',
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const [name] = runs(who.home);
    child.kill('SIGKILL');
    await once(child, 'exit');
    process.kill(Number(said.toString()), 'SIGKILL');
    expect(existsSync(join(who.home, 'runs', name ?? ''))).toBe(true);
    const again = await who.mpa(['exec', id, '--json']);
    expect(again.outcome).toBe('125 used');
    expect(again.stderr).toContain('interrupted');
    expect((await who.mpa(['exec', await asked(['true'])])).status).toBe(0);
    expect(runs(who.home)).toEqual([]);
  });

  it('with /etc/mpa/config.json nothing of the caller’s environment is read', async () => {
    const { runner: who } = people();
    const id = await asked(['sh', '-c', 'echo ran; env']);
    const evil = join(folder, 'evil');
    mkdirSync(evil);
    const trap = `!touch ${join(evil, 'called')}`;
    writeFileSync(
      join(evil, '.gitconfig'),
      `[core]\n\tsshCommand = ${trap}\n[alias]\n\trev-parse = ${trap}\n`,
    );
    writeFileSync(join(evil, 'passphrase'), 'x', { mode: 0o600 });
    const steering = {
      ...{ MPA_LEDGER: 'another', MPA_HOME: evil, SUDO_UID: '1000', MPA_PASSPHRASE_FILE: join(evil, 'none') },
      ...{
        XDG_CONFIG_HOME: evil,
        XDG_DATA_HOME: evil,
        XDG_STATE_HOME: evil,
        HOME: evil,
        TMPDIR: join(evil, 'no'),
      },
      ...{ GIT_SSH_COMMAND: trap, GIT_EXEC_PATH: evil, GIT_DIR: evil, PATH: evil, SECRET: 'x' },
    };
    const state = join(folder, 'machine');
    cpSync(who.home, state, { recursive: true });
    chmodSync(state, 0o711);
    const mounts =
      'mkdir -p /etc/mpa /var/lib/mpa; mount --bind "$0" /etc/mpa; mount --bind "$0" /var/lib/mpa; shift 0';
    const call = (...args: readonly string[]): Promise<Ran> => {
      const inner = `${mounts}; cd /; exec env -- ${Object.entries(steering)
        .map(([name, value]) => `${name}='${value}'`)
        .join(' ')} ${process.execPath} ${MPA} "$@"`;
      const env = { PATH: process.env['PATH'] ?? '' };
      return run(tool('unshare'), ['-m', 'bash', '-c', inner, state, ...args], env);
    };
    try {
      const refused = await call('exec', id, '--json', '--passphrase-file', join(evil, 'passphrase'));
      expect(refused.outcome).toBe('125 usage');
      const secret = join(folder, 'secret');
      writeFileSync(secret, 'of root', { mode: 0o600 });
      const files = await call('exec', '--json', '-F', secret, '--', 'true');
      expect(files.outcome).toBe('125 usage');
      expect(files.stdout + files.stderr).not.toContain('of root');
      const ran = await call('exec', id);
      expect(ran.stderr).toBe('');
      expect(ran.stdout).toMatch(/^ran\n/);
      expect(ran.stdout).not.toMatch(/evil|SECRET/);
      expect(existsSync(join(evil, 'called'))).toBe(false);
    } finally {
      for (const path of ['/etc/mpa', '/var/lib/mpa'])
        execFileSync('rmdir', ['--ignore-fail-on-non-empty', path]);
    }
  });
});
