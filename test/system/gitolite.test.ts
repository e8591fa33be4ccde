import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approve, ask, type Person } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { begin, pair, withEnv } from './support/pair.js';
import { sshKey, startSshd, type Sshd } from './support/sshd.js';
import { suite, tool } from './support/tools.js';

suite('a remote behind gitolite', { tools: ['gitolite', 'sshd', 'ssh', 'ssh-keygen'] }, () => {
  let folder: string;
  let sshd: Sshd;
  let alice: Person;
  let bob: Person;
  let url: string;

  /** gitolite's own home, so that it touches nobody else's. */
  const hosting = (): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder, 'git'),
    USER: userInfo().username,
  });
  const gitolite = (...args: readonly string[]): Buffer =>
    execFileSync(tool('gitolite'), args, { env: hosting(), stdio: ['ignore', 'pipe', 'pipe'] });
  const command = (who: string): string =>
    `env HOME=${join(folder, 'git')} /usr/share/gitolite3/gitolite-shell ${who}`;
  const by = (who: string): { GIT_SSH_COMMAND: string } => ({
    GIT_SSH_COMMAND: `ssh -F none -i ${join(folder, who)} -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${join(folder, 'known_hosts')} -o GlobalKnownHostsFile=/dev/null`,
  });
  const tip = (): string =>
    execFileSync('git', [
      `--git-dir=${join(folder, 'git', 'repositories', 'ledger.git')}`,
      'rev-parse',
      'refs/heads/mpa',
    ])
      .toString()
      .trim();

  beforeAll(async () => {
    folder = emptyFolder();
    mkdirSync(join(folder, 'git'));
    sshd = await startSshd(folder);
    writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
    for (const who of ['alice', 'bob', 'reader', 'stranger'])
      sshd.admit(sshKey(join(folder, who)), command(who));
    gitolite('setup', '-pk', join(folder, 'alice.pub'));
    const rules = [
      'repo ledger',
      '    RW = alice bob',
      '    R  = reader',
      'repo frozen',
      '    RW = bob',
      '    R  = alice',
    ];
    writeFileSync(join(folder, 'git', '.gitolite', 'conf', 'gitolite.conf'), `${rules.join('\n')}\n`);
    gitolite('compile');
    gitolite('trigger', 'POST_COMPILE');
    const two = await pair(join(folder, 'people'));
    alice = withEnv(two.alice, by('alice'));
    bob = withEnv(two.bob, by('bob'));
    url = `ssh://${userInfo().username}@127.0.0.1:${sshd.port}/ledger`;
    await begin(alice, bob, two.bobKey, url);
  });
  afterAll(async () => {
    await sshd.stop();
    remove(folder);
  });

  it('the whole way: request, approval, run, audit', async () => {
    const file = join(folder, 'ran');
    const id = await ask(alice, ['touch', file]);
    await approve(bob, id);
    expect((await alice.mpa(['exec', id])).status).toBe(0);
    expect(existsSync(file)).toBe(true);
    expect((await bob.must(['audit', '--strict', '--json'])).text('head')).toBe(tip());
  });

  it('who may only read is told remote-refused with gitolite’s words, and nothing is written', async () => {
    const before = tip();
    const refused = await withEnv(alice, by('reader')).mpa(['request', '-m', 'why', '--json', '--', 'true']);
    expect(refused.outcome).toBe('4 remote-refused');
    expect(refused.text('error', 'message')).toMatch(/DENIED/);
    expect(tip()).toBe(before);
  });

  it('who has no access at all is told remote-unreachable with gitolite’s words', async () => {
    const refused = await withEnv(alice, by('stranger')).mpa(['sync', '--json']);
    expect(refused.outcome).toBe('4 remote-unreachable');
    expect(refused.text('error', 'message')).toMatch(/DENIED/);
  });

  it('a repository that may only be read takes no genesis: remote-refused, and nothing is joined', async () => {
    const frozen = url.replace(/ledger$/, 'frozen');
    const before = await alice.must(['status', '--json']);
    const key = await bob.must(['key', 'export', '--out', 'bob.asc']).then(() => join(bob.folder, 'bob.asc'));
    const founding = ['--name', 'other', '--as', 'alice', '--member', `bob=${key}`];
    const refused = await alice.mpa(['init', frozen, ...founding, '--json']);
    expect(refused.outcome).toMatch(/^4 remote-(refused|unreachable)$/);
    expect((await alice.must(['status', '--json'])).text('anchor')).toBe(before.text('anchor'));
  });

  it('§2.7 gitolite’s RW without + keeps even members from forcing or deleting the branch', () => {
    const git = (...args: readonly string[]): number => {
      try {
        execFileSync('git', args, { env: { ...process.env, ...by('alice') }, stdio: 'ignore' });
        return 0;
      } catch {
        return 1;
      }
    };
    const before = tip();
    const clone = join(folder, 'clone.git');
    expect(git('clone', '-q', '--bare', '--branch', 'mpa', url, clone)).toBe(0);
    const parent = `${before}~1`;
    expect(git(`--git-dir=${clone}`, 'push', '-f', url, `${parent}:refs/heads/mpa`)).toBe(1);
    expect(git(`--git-dir=${clone}`, 'push', url, ':refs/heads/mpa')).toBe(1);
    expect(tip()).toBe(before);
  });
});
