import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approve, ask, person, type Person } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { begin, pair, withEnv } from './support/pair.js';
import { sshKey, startSshd, type Sshd } from './support/sshd.js';
import { suite } from './support/tools.js';

suite('a remote behind a real sshd', { tools: ['sshd', 'ssh', 'ssh-keygen'] }, () => {
  let folder: string;
  let sshd: Sshd;
  let alice: Person;
  let bob: Person;
  let bobKey: string;
  let repository: string;
  let url: string;
  let anchor: string;

  /** GIT_SSH_COMMAND with nothing of this machine's own ssh configuration. */
  const ssh = (key: string, knownHosts: string): { GIT_SSH_COMMAND: string } => {
    const config = join(folder, `config-${key}-${knownHosts}`);
    const lines = [
      `IdentityFile ${join(folder, key)}`,
      'IdentitiesOnly yes',
      'IdentityAgent none',
      'BatchMode yes',
      'StrictHostKeyChecking yes',
      'UpdateHostKeys no',
      `UserKnownHostsFile ${join(folder, knownHosts)}`,
      'GlobalKnownHostsFile /dev/null',
      'ConnectTimeout 10',
      'KexAlgorithms curve25519-sha256',
      'Host ledger-host',
      'HostName 127.0.0.1',
      `Port ${sshd.port}`,
      `User ${userInfo().username}`,
      // Under the alias too the key is looked up by address and port.
      `HostKeyAlias [127.0.0.1]:${sshd.port}`,
    ];
    writeFileSync(config, `${lines.join('\n')}\n`);
    return { GIT_SSH_COMMAND: `ssh -F ${config}` };
  };
  const tip = (): string =>
    execFileSync('git', [`--git-dir=${repository}`, 'rev-parse', 'refs/heads/mpa'], {
      encoding: 'utf8',
    }).trim();
  const address = (path: string): string => `ssh://${userInfo().username}@127.0.0.1:${sshd.port}${path}`;

  beforeAll(async () => {
    folder = emptyFolder();
    sshd = await startSshd(folder);
    sshd.admit(sshKey(join(folder, 'alice_key')));
    sshd.admit(sshKey(join(folder, 'bob_key')));
    sshKey(join(folder, 'stranger_key'));
    // May fetch, and is told so when pushing: what a forge does for readers.
    const only =
      'case "$SSH_ORIGINAL_COMMAND" in git-upload-pack*) exec sh -c "$SSH_ORIGINAL_COMMAND";; *) echo read only >&2; exit 1;; esac';
    sshd.admit(sshKey(join(folder, 'reader_key')), only.replaceAll('"', '\\"'));
    const known = (hostKey: string): string => `[127.0.0.1]:${sshd.port} ${hostKey}\n`;
    writeFileSync(join(folder, 'known_hosts'), known(sshd.hostKey));
    writeFileSync(join(folder, 'changed_hosts'), known(sshKey(join(folder, 'other_host_key'))));
    writeFileSync(join(folder, 'no_hosts'), '');

    repository = join(folder, 'ledger.git');
    url = address(repository);
    execFileSync('git', ['init', '--quiet', '--bare', repository]);
    const two = await pair(folder);
    alice = withEnv(two.alice, ssh('alice_key', 'known_hosts'));
    bob = withEnv(two.bob, ssh('bob_key', 'known_hosts'));
    bobKey = two.bobKey;
    anchor = await begin(alice, bob, bobKey, url, `ledger-host:${repository}`);
  });
  afterAll(async () => {
    await sshd.stop();
    remove(folder);
  });

  it('ssh:// and host:path by an ssh configuration are the same ledger: request, approval, run, audit', async () => {
    const file = join(folder, 'ran');
    const id = await ask(alice, ['touch', file]);
    expect((await alice.mpa(['exec', id, '--no-wait', '--json'])).outcome).toBe('125 pending');
    await approve(bob, id);
    expect((await alice.mpa(['exec', id])).status).toBe(0);
    expect(existsSync(file)).toBe(true);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 used');
    for (const who of [alice, bob]) {
      const audit = await who.must(['audit', '--strict', '--json']);
      expect(audit.text('head')).toBe(tip());
    }
    expect((await alice.must(['status', '--json'])).text('remote')).toBe(url);
    expect((await bob.must(['status', '--json'])).text('remote')).toBe(`ledger-host:${repository}`);
  });

  it('request and approve make two connections each; exec two before its command starts, and one after', async () => {
    const log = join(folder, 'connections');
    const counted = (): number => readFileSync(log, 'utf8').split('\n').length - 1;
    const counting = (who: Person, key: string): Person => {
      const program = join(folder, `counting-${key}`);
      const { GIT_SSH_COMMAND } = ssh(key, 'known_hosts');
      writeFileSync(program, `#!/bin/sh\necho connection >> ${log}\nexec ${GIT_SSH_COMMAND} "$@"\n`, {
        mode: 0o755,
      });
      return withEnv(who, { GIT_SSH_COMMAND: program, GIT_SSH_VARIANT: 'ssh' });
    };
    const [one, two] = [counting(alice, 'alice_key'), counting(bob, 'bob_key')];
    const copy = join(folder, 'before-the-command');
    const of = async (work: () => Promise<unknown>): Promise<number> => {
      writeFileSync(log, '');
      await work();
      return counted();
    };
    let id = '';
    expect(await of(async () => (id = await ask(one, ['sh', '-c', `cp ${log} ${copy}`])))).toBe(2);
    expect(await of(() => approve(two, id))).toBe(2);
    expect(await of(() => one.must(['exec', id]))).toBe(3);
    expect(readFileSync(copy, 'utf8')).toBe('connection\nconnection\n');
  });

  it('core.sshCommand of the user’s own ~/.gitconfig is honoured', async () => {
    const zoe = person(folder, 'zoe');
    const { GIT_SSH_COMMAND } = ssh('bob_key', 'known_hosts');
    writeFileSync(join(folder, 'zoe', 'home', '.gitconfig'), `[core]\n\tsshCommand = ${GIT_SSH_COMMAND}\n`);
    expect((await zoe.must(['join', url, '--anchor', anchor, '--json'])).text('anchor')).toBe(anchor);
  });

  it.each([
    ['another host key than the known one', 'alice_key', 'changed_hosts', 'ledger.git'],
    ['a host key that nobody has seen', 'alice_key', 'no_hosts', 'ledger.git'],
    ['a key that the server does not admit', 'stranger_key', 'known_hosts', 'ledger.git'],
    ['a repository that is not there', 'alice_key', 'known_hosts', 'nothing.git'],
    ['a folder that is no repository', 'alice_key', 'known_hosts', 'zoe'],
  ])('%s: init and join end with 4, ask nobody, and leave nothing', async (_, key, hosts, path) => {
    mkdirSync(join(folder, 'zoe'), { recursive: true });
    const zoe = withEnv(person(join(folder, `${key}-${hosts}-${path}`), 'zoe'), ssh(key, hosts));
    await zoe.must(['keygen', '--name', 'Zoe Z', '--email', 'zoe@example.org', '--no-passphrase']);
    const before = tip();
    const join_ = ['join', address(join(folder, path)), '--anchor', anchor, '--json'];
    expect((await zoe.mpa(join_)).outcome).toMatch(/^4 remote-(unreachable|not-a-repository)$/);
    const init = [
      'init',
      address(join(folder, path)),
      '--name',
      'p',
      '--as',
      'zoe',
      '--member',
      `bob=${bobKey}`,
    ];
    expect((await zoe.mpa([...init, '--json'])).outcome).toMatch(/^4 remote-(unreachable|not-a-repository)$/);
    expect((await zoe.mpa(['status', '--json'])).outcome).toBe('6 not-joined');
    for (const part of ['ledgers', 'state']) {
      const place = join(zoe.home, part);
      expect(existsSync(place) ? readdirSync(place) : []).toEqual([]);
    }
    expect(existsSync(join(folder, 'nothing.git'))).toBe(false);
    expect(tip()).toBe(before);
    expect(readFileSync(join(folder, 'no_hosts'), 'utf8')).toBe('');
  });

  it.each([
    ['another host key than the known one', 'alice_key', 'changed_hosts', 'remote-unreachable'],
    ['a key that may only fetch', 'reader_key', 'known_hosts', 'remote-refused'],
  ])('%s: nothing is asked for and nothing runs; afterwards all of it is', async (_, key, hosts, code) => {
    const lost = (who: Person): Person => withEnv(who, ssh(key, hosts));
    const file = join(folder, `ran-${key}-${hosts}`);
    const id = await ask(alice, ['touch', file]);
    const before = tip();
    const request = await lost(alice).mpa(['request', '-m', 'because', '--json', '--', 'true']);
    expect(tip()).toBe(before);

    await approve(bob, id);
    const approved = tip();
    const run = await lost(alice).mpa(['exec', id, '--json']);
    expect(existsSync(file)).toBe(false);
    expect(tip()).toBe(approved);

    // A start that may have landed is lost as soon as another commit has its place.
    await ask(bob, ['true']);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('0');
    expect(existsSync(file)).toBe(true);
    await alice.must(['audit', '--strict']);
    expect([request.outcome, run.outcome]).toEqual([`4 ${code}`, `125 ${code}`]);
  });

  it('a hook on the server that says no is remote-refused, with its words, escaped', async () => {
    const hook = join(repository, 'hooks', 'pre-receive');
    writeFileSync(hook, '#!/bin/sh\nprintf "frozen \\033[31muntil Monday\\n" >&2\nexit 1\n', { mode: 0o755 });
    const before = tip();
    const refused = await alice.mpa(['request', '-m', 'because', '--json', '--', 'true']);
    writeFileSync(hook, '#!/bin/sh\nexit 0\n');
    expect(refused.outcome).toBe('4 remote-refused');
    expect(refused.text('error', 'message')).toMatch(/frozen .*until Monday/);
    expect(refused.stdout + refused.stderr).not.toContain('\u001b');
    expect(tip()).toBe(before);
    expect((await alice.mpa(['request', '-m', 'because', '--json', '--', 'true'])).outcome).toBe('0');
  });

  it('a server that is gone is remote-unreachable; what was fetched can still be read', async () => {
    const id = await ask(alice, ['true']);
    await approve(bob, id);
    await alice.must(['sync']);
    await sshd.stop();
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 remote-unreachable');
    expect((await alice.mpa(['sync', '--json'])).outcome).toBe('4 remote-unreachable');
    expect((await alice.must(['verify', id, '--offline', '--json'])).outcome).toBe('0');
    expect((await alice.must(['status', '--json'])).json('problems', 0, 'code')).toBe('remote-unreachable');
  });
});
