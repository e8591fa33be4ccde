import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, founded, keygen, person, type Person } from '../support/people.js';
import { place } from '../support/places.js';

/** Every file and folder below a home, with its permissions. */
function modes(home: string): Map<string, number> {
  const entries = readdirSync(home, { recursive: true, encoding: 'utf8' });
  return new Map(entries.map((name) => [name, statSync(join(home, name)).mode & 0o777]));
}

/** Alice and Bob with keys, and no ledger yet. */
async function strangers(): Promise<{
  folder: string;
  alice: Person;
  bob: Person;
  bobKey: string;
  remote: string;
}> {
  const folder = place();
  const [alice, bob] = [person(folder, 'alice'), person(folder, 'bob')];
  const [, { publicKeyFile }] = await Promise.all([keygen(alice), keygen(bob)]);
  return { folder, alice, bob, bobKey: publicKeyFile, remote: join(folder, 'ledger.git') };
}

function git(remote: string, ...args: string[]): string {
  return execFileSync('git', [`--git-dir=${remote}`, ...args], { encoding: 'utf8' }).trim();
}

const init = (remote: string, key: string, ...more: string[]): string[] => [
  'init',
  remote,
  '--name',
  'prod',
  '--as',
  'alice',
  '--member',
  `bob=${key}`,
  '--json',
  ...more,
];

describe('mpa init', () => {
  it('makes a bare repository, the genesis and a private home, and names the anchor and the next lines', async () => {
    const { alice, bobKey, remote } = await strangers();
    const made = await alice.must(init(remote, bobKey));
    const anchor = made.text('anchor');
    expect(made.json()).toEqual({ schema: 'mpa/v1', anchor, name: 'prod', handle: 'alice', endorsed: false });
    expect(made.stderr).toContain(`mpa join ${remote} --anchor ${anchor} --as bob`);
    expect(made.stderr).toContain(`mpa approve ${anchor}`);
    expect(made.stderr).toContain('WARNING');
    expect(git(remote, 'log', '--format=%s', 'refs/heads/mpa')).toBe(
      `genesis ${anchor.slice(0, 12)}: alice: prod`,
    );
    for (const [name, mode] of modes(alice.home)) expect(mode & 0o077, name).toBe(0);
  });

  it('takes a repository that is there, relative too, and remembers its absolute path', async () => {
    const { alice, bobKey, remote } = await strangers();
    execFileSync('git', ['init', '--quiet', '--bare', remote]);
    await alice.must(init('../../ledger.git', bobKey));
    expect((await alice.must(['status', '--json'])).text('remote')).toBe(remote);
  });

  it('refuses a repository that has a ledger: nothing of the second remains', async () => {
    const { alice, bob, bobKey, remote } = await strangers();
    await alice.must(init(remote, bobKey));
    const before = git(remote, 'rev-parse', 'refs/heads/mpa');
    const { stdout } = await alice.must(['key', 'export']);
    writeFileSync(join(bob.folder, 'alice.asc'), stdout);
    const second = [
      'init',
      remote,
      '--name',
      'other',
      '--as',
      'bob',
      '--member',
      'alice=alice.asc',
      '--json',
    ];
    expect((await bob.mpa(second)).outcome).toBe('4 remote-not-empty');
    expect(git(remote, 'rev-parse', 'refs/heads/mpa')).toBe(before);
    expect(readdirSync(join(bob.home, 'ledgers'))).toEqual([]);
    expect((await bob.mpa(['status', '--json'])).outcome).toBe('6 not-joined');
  });

  it.each([
    ['a member file that is not there', ['--member', 'carol=nobody.asc'], '2 usage'],
    ['a member file that is no key', ['--member', 'carol=junk'], '5 bad-key'],
    ['one handle twice', ['--member', 'alice=junk'], '2 usage'],
    ['a handle that is none', ['--member', 'Carol=junk'], '2 usage'],
    ['--member without a file', ['--member', 'carol'], '2 usage'],
    ['a policy file that is not there', ['--policy', 'nothing.yaml'], '2 usage'],
    ['a policy that is not valid', ['--policy', 'junk'], '1 invalid-policy'],
    ['a name that is none', ['--name', ' x'], '2 usage'],
    ['another transport', [], '4 transport-refused'],
  ])('refuses %s, and makes nothing', async (what, flags, outcome) => {
    const { alice, bobKey, remote } = await strangers();
    writeFileSync(join(alice.folder, 'junk'), 'junk');
    const where = what === 'another transport' ? 'http://localhost/x' : remote;
    expect((await alice.mpa(init(where, bobKey, ...flags))).outcome).toBe(outcome);
    expect(existsSync(remote)).toBe(false);
    expect(existsSync(join(alice.home, 'ledgers'))).toBe(false);
  });

  it('refuses a recovery key that lies in the own key store, and takes another', async () => {
    const { folder, alice, bobKey, remote } = await strangers();
    const dave = person(folder, 'dave');
    const { publicKeyFile } = await keygen(dave);
    const own = join(
      alice.home,
      'keys',
      readdirSync(join(alice.home, 'keys')).find((name) => name.includes('public')) ?? '',
    );
    expect((await alice.mpa(init(remote, bobKey, '--recovery-key', own))).outcome).toBe('2 usage');
    const made = await alice.must(init(remote, bobKey, '--recovery-key', publicKeyFile));
    expect(made.stderr).toContain('is two people');
    expect(made.stderr).not.toContain('loses their key');
  });

  it('a wrong passphrase leaves no repository and no ledger behind', async () => {
    const { folder, alice, bobKey, remote } = await strangers();
    const zoe = person(folder, 'zoe');
    const file = (text: string): string => {
      const path = join(zoe.folder, `p-${text}`);
      writeFileSync(path, `${text}\n`, { mode: 0o600 });
      return path;
    };
    await zoe.must([
      'keygen',
      '--name',
      'Zoe Z',
      '--email',
      'zoe@example.org',
      '--passphrase-file',
      file('right'),
    ]);
    const line = ['init', remote, '--name', 'prod', '--as', 'zoe', '--member', `bob=${bobKey}`, '--json'];
    expect((await zoe.mpa(line)).outcome).toBe('2 answer-needed');
    expect((await zoe.mpa([...line, '--passphrase-file', file('wrong')])).outcome).toBe('5 bad-passphrase');
    expect(existsSync(remote)).toBe(false);
    expect(readdirSync(join(zoe.home, 'ledgers'))).toEqual([]);
    const env = { MPA_PASSPHRASE_FILE: file('right') };
    expect((await zoe.mpa(line, { env })).status).toBe(0);
    expect(alice.handle).toBe('alice');
  });

  it('takes groups, rules and members from a policy file, keys beside it', async () => {
    const { alice, bobKey, remote } = await strangers();
    mkdirSync(join(alice.folder, 'p'));
    writeFileSync(join(alice.folder, 'p', 'bob.asc'), readFileSync(bobKey));
    const policy = {
      members: { bob: { name: 'Robert', keys: ['bob.asc'] } },
      groups: { ops: ['alice', 'bob'] },
      rules: [
        {
          name: 'all',
          match: { any: true },
          approvals: [{ count: 1, from: ['ops'] }],
          maxDuration: '90m',
          maxPending: '1d',
          maxUses: 1,
        },
      ],
      changes: [{ count: 1, from: ['ops'] }],
    };
    writeFileSync(join(alice.folder, 'p', 'policy.yaml'), JSON.stringify(policy));
    const line = ['init', remote, '--name', 'prod', '--as', 'alice', '--policy', 'p/policy.yaml', '--json'];
    await alice.must(line);
    const body = git(remote, 'log', '--format=%b', 'refs/heads/mpa');
    expect(body).toContain('"name": "Robert"');
    expect(body).toContain('"maxDuration": 5400');
  });
});

describe('mpa join', () => {
  it.each([
    [
      'another anchor',
      (a: string) => ['--anchor', a.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
      '3 stranger',
    ],
    ['an anchor in part', (a: string) => ['--anchor', a.slice(0, 12)], '2 full-id-needed'],
    ['no anchor and nobody to ask', () => [], '2 answer-needed'],
    ['a head that is not there', (a: string) => ['--anchor', a, '--head', '0'.repeat(40)], '3 rewritten'],
    ['a handle of another', (a: string) => ['--anchor', a, '--as', 'bob'], '5 no-key'],
    ['a handle of nobody', (a: string) => ['--anchor', a, '--as', 'zoe'], '6 no-identity'],
    ['a name that is none', (a: string) => ['--anchor', a, '--name', 'A B'], '2 usage'],
  ])('refuses %s, and keeps nothing', async (_, flags, outcome) => {
    const { carol, remote, anchor } = founded();
    expect((await carol.mpa(['join', remote, '--json', ...flags(anchor)])).outcome).toBe(outcome);
    expect((await carol.mpa(['status', '--json'])).outcome).toBe('6 not-joined');
    for (const part of ['ledgers', 'state']) {
      if (existsSync(join(carol.home, part))) expect(readdirSync(join(carol.home, part))).toEqual([]);
    }
  });

  it('joins a reader whose key nobody lists', async () => {
    const { carol, remote, anchor } = founded();
    const joined = await carol.must(['join', remote, '--anchor', anchor, '--json']);
    expect(joined.json()).toEqual({ schema: 'mpa/v1', anchor, name: 'prod', handle: null, endorsed: true });
    expect((await carol.mpa(['request', '-m', 'x', '--json', '--', 'true'])).outcome).toBe('6 no-identity');
  });

  it('says what the remote lacks', async () => {
    const { carol, folder } = founded();
    const where = (name: string): string => join(folder, name);
    mkdirSync(where('folder'));
    execFileSync('git', ['init', '--quiet', '--bare', where('empty.git')]);
    const outcome = async (name: string): Promise<string> =>
      (await carol.mpa(['join', where(name), '--json'])).outcome;
    expect(await outcome('nothing')).toBe('4 remote-unreachable');
    expect(await outcome('folder')).toBe('4 remote-not-a-repository');
    expect(await outcome('empty.git')).toBe('3 missing');
  });

  it('refuses a repository whose branch is no ledger', async () => {
    const { carol, folder } = founded();
    const path = join(folder, 'other.git');
    execFileSync('git', ['init', '--quiet', '--bare', path]);
    const tree = git(path, 'hash-object', '-t', 'tree', '-w', '/dev/null');
    const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    const commit = git(path, ...identity, 'commit-tree', '-m', 'hello', tree);
    git(path, 'update-ref', 'refs/heads/mpa', commit);
    expect((await carol.mpa(['join', path, '--json'])).outcome).toBe('3 stranger');
  });

  it('§2.2 again never forgets what was verified here', async () => {
    const { alice, bob, remote, anchor } = founded();
    const before = git(remote, 'rev-parse', 'refs/heads/mpa');
    await ask(bob, ['true']);
    await alice.must(['sync']);
    git(remote, 'update-ref', 'refs/heads/mpa', before);
    expect((await alice.mpa(['join', remote, '--anchor', anchor, '--json'])).outcome).toBe('3 rewritten');
    expect((await alice.mpa(['status', '--json'])).outcome).toBe('3 rewritten');
  });

  it('has one local name for each ledger', async () => {
    const { alice, bobKey, remote, folder } = { ...founded(), ...(await strangers()) };
    await alice.must(init(remote, bobKey));
    const other = init(join(folder, 'two.git'), bobKey);
    expect((await alice.mpa(other)).outcome).toBe('2 usage');
    expect(existsSync(join(folder, 'two.git'))).toBe(false);
    await alice.must([...other, '--name', 'two']);
    expect((await alice.mpa(['status', '--json'])).outcome).toBe('2 usage');
    expect((await alice.must(['status', '--json', '--ledger', 'two'])).text('name')).toBe('two');
    expect((await alice.must(['status', '--json'], { env: { MPA_LEDGER: 'prod' } })).text('name')).toBe(
      'prod',
    );
    expect((await alice.mpa(['status', '--json', '--ledger', 'three'])).outcome).toBe('6 not-joined');
  });
});

describe('a broken set-up', () => {
  it.each([
    [
      'a configuration that is no JSON',
      (home: string) => writeFileSync(join(home, 'config.json'), '{'),
      '6 bad-config',
    ],
    [
      'a configuration that others can write',
      (home: string) => chmodSync(join(home, 'config.json'), 0o666),
      '6 unsafe-permissions',
    ],
    ['a home that others can write', (home: string) => chmodSync(home, 0o777), '6 unsafe-permissions'],
    [
      'a key folder that others can write',
      (home: string) => chmodSync(join(home, 'keys'), 0o770),
      '6 unsafe-permissions',
    ],
  ])('with %s is refused, found by doctor, and exec is 125', async (_, spoil, outcome) => {
    const { alice } = founded();
    spoil(alice.home);
    expect((await alice.mpa(['list', '--json'])).outcome).toBe(outcome);
    const doctor = await alice.mpa(['doctor', '--json']);
    expect(doctor.status).toBe(6);
    expect(doctor.json('ok')).toBe(false);
    expect((await alice.mpa(['exec', '--', 'true'])).status).toBe(125);
  });

  it('without git is git-missing', async () => {
    const { alice } = founded();
    expect((await alice.mpa(['sync', '--json'], { env: { PATH: '/nowhere' } })).outcome).toBe(
      '6 git-missing',
    );
    const doctor = await alice.mpa(['doctor', '--json'], { env: { PATH: '/nowhere' } });
    expect(doctor.status).toBe(6);
  });

  it('nothing is wrong with a good one of two founders, but that one lost key would be the end', async () => {
    const { alice } = founded();
    const doctor = await alice.must(['doctor', '--json']);
    expect(doctor.json('ok')).toBe(true);
    const found: unknown = doctor.json('findings');
    const findings: readonly unknown[] = Array.isArray(found) ? found : [];
    const doubts = findings.filter(
      (finding) => typeof finding === 'object' && finding !== null && Reflect.get(finding, 'level') !== 'ok',
    );
    expect(doubts).toMatchObject([{ what: 'recovery', level: 'warn' }]);
  });
});

describe('mpa status and sync', () => {
  it('says who, which ledger, what waits and what is wrong', async () => {
    const { alice, bob, anchor, remote } = founded();
    const id = await ask(alice, ['true']);
    const status = await bob.must(['status', '--json']);
    expect(status.json()).toMatchObject({
      anchor,
      name: 'prod',
      remote,
      handle: 'bob',
      endorsed: true,
      waiting: [id],
      mine: [],
      problems: [],
    });
    expect((await alice.must(['status', '--json'])).json('mine')).toEqual([id]);
    await bob.must(['halt', '-m', 'stop']);
    expect((await alice.must(['status', '--json'])).json('problems', 0, 'code')).toBe('halted');
  });

  it('shows what is here where the remote cannot be reached, and says so', async () => {
    const { alice, remote } = founded();
    execFileSync('mv', [remote, `${remote}.away`]);
    const status = await alice.must(['status', '--json']);
    expect(status.json('problems', 0, 'code')).toBe('remote-unreachable');
    expect((await alice.mpa(['sync', '--json'])).outcome).toBe('4 remote-unreachable');
  });

  it('§2.6 accepts another head only in full, after showing what vanishes, and by a person or --yes', async () => {
    const { alice, bob, remote } = founded();
    const before = git(remote, 'rev-parse', 'refs/heads/mpa');
    const id = await ask(bob, ['true']);
    await alice.must(['sync']);
    git(remote, 'update-ref', 'refs/heads/mpa', before);
    expect((await alice.mpa(['sync', '--json'])).outcome).toBe('3 rewritten');
    expect((await alice.mpa(['sync', '--json', '--accept', before.slice(0, 12), '--yes'])).outcome).toBe(
      '2 full-id-needed',
    );
    const unasked = await alice.mpa(['sync', '--json', '--accept', before], { input: 'y\n' });
    expect(unasked.outcome).toBe('2 answer-needed');
    expect(unasked.stderr).toContain(id.slice(0, 12));
    expect((await alice.mpa(['sync', '--json'])).outcome).toBe('3 rewritten');
    const accepted = await alice.must(['sync', '--json', '--accept', before, '--yes']);
    expect(accepted.text('head')).toBe(before);
    expect((await alice.mpa(['sync', '--json'])).outcome).toBe('0');
  });
});

describe('the command line', () => {
  it.each([
    [['nonsense'], '2 usage'],
    [['exec', '--nonsense', '--', 'true'], '125 usage'],
    [['exec', 'a', 'b', '--', 'true'], '125 usage'],
    [['show', 'abc'], '2 usage'],
  ])('%j ends with %s', async (argv, outcome) => {
    const { alice } = founded();
    const [word = '', ...rest] = argv;
    expect((await alice.mpa([word, '--json', ...rest])).outcome).toBe(outcome);
  });

  it('prints failures as one sentence with its code and the next step, nothing on stdout', async () => {
    const alice = person(place(), 'alice');
    const { status, stdout, stderr } = await alice.mpa(['list']);
    expect(status).toBe(6);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^mpa: .*\. \[not-joined\]\n {2}.*\n$/);
  });

  it('prints the version of package.json', async () => {
    const alice = person(place(), 'alice');
    const { version }: { version?: unknown } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      version?: unknown;
    };
    expect((await alice.must(['--version'])).stdout).toBe(`${String(version)}\n`);
  });
});
