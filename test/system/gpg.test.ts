import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { gnupg, type Gnupg } from '../signing/support/gnupg.js';
import { approve, ask, founded, person, type Person, type World } from '../support/people.js';
import { place } from '../support/places.js';
import { begin } from './support/pair.js';
import { suite } from './support/tools.js';

/** What stock git says, with a gpg that knows these people's keys and nothing else. */
function git(gpg: Gnupg, repository: string, ...args: readonly string[]): string {
  const env = { PATH: process.env['PATH'] ?? '', HOME: gpg.home, GNUPGHOME: gpg.home, LC_ALL: 'C.UTF-8' };
  return execFileSync('git', [`--git-dir=${repository}`, ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** Takes in the public key that a person exports with mpa. */
async function takes(gpg: Gnupg, who: Person): Promise<void> {
  const file = join(who.folder, `${who.handle}.asc`);
  await who.must(['key', 'export', '--out', file]);
  gpg.run('--import', file);
}

/** Every commit of the ledger passes `git verify-commit`; their subjects, oldest first. */
function accepted(gpg: Gnupg, repository: string): string[] {
  const commits = git(gpg, repository, 'rev-list', '--reverse', 'refs/heads/mpa').split('\n');
  for (const commit of commits) git(gpg, repository, 'verify-commit', commit);
  expect(git(gpg, repository, 'log', '--format=%G?', 'refs/heads/mpa').split('\n')).toEqual(
    commits.map(() => 'G'),
  );
  return git(gpg, repository, 'log', '--reverse', '--format=%s', 'refs/heads/mpa').split('\n');
}

suite('stock git and gpg agree with mpa', { tools: ['gpg', 'git'] }, () => {
  let gpg: Gnupg;
  beforeEach(() => {
    gpg = gnupg();
    // Whether a key is its owner's is for the reader to say; here both are.
    writeFileSync(join(gpg.home, 'gpg.conf'), 'trust-model always\n');
  });
  afterEach(() => {
    gpg.close();
  });

  /** Asks, approves, runs, denies and halts: each of the seven events at least once. */
  async function lives({ alice, bob, anchor }: Pick<World, 'alice' | 'bob' | 'anchor'>): Promise<string[]> {
    const file = join(alice.folder, 'ran');
    const id = await ask(alice, ['touch', file]);
    await approve(bob, id);
    await alice.must(['exec', id]);
    expect(existsSync(file)).toBe(true);
    const denied = await ask(bob, ['echo', 'naïve “quotes”']);
    await alice.must(['deny', denied, '-m', 'no need']);
    await bob.must(['halt', '-m', 'enough']);
    const short = (whole: string): string => whole.slice(0, 12);
    return [
      `: alice: prod`,
      `: bob: ${short(anchor)}`,
      `: alice: touch ${file}`.slice(0, 60),
      `: bob: ${short(id)}`,
      `: alice: ${short(id)}`,
      ' exit 0',
      ': bob: echo na?ve ?quotes?',
      `: alice: ${short(denied)} denied`,
      ': bob: all',
    ];
  }

  it('keys made by mpa: gpg imports both, and every commit is good', async () => {
    const world = founded();
    const words = await lives(world);
    for (const who of [world.alice, world.bob]) await takes(gpg, who);
    const subjects = accepted(gpg, world.remote);
    expect(subjects).toHaveLength(words.length);
    words.forEach((word, index) => {
      expect(subjects[index]).toContain(word);
    });
    const types = subjects.map((subject) => /^([a-z]+) [0-9a-f]{12}: /.exec(subject)?.[1]);
    const expected = 'genesis approve request approve start finish request close halt';
    expect(types).toEqual(expected.split(' '));
  });

  it('a commit that somebody else’s key signed is good for nobody', async () => {
    const world = founded();
    await takes(gpg, world.carol);
    const head = git(gpg, world.remote, 'rev-parse', 'refs/heads/mpa');
    expect(() => git(gpg, world.remote, 'verify-commit', head)).toThrow();
  });

  it.each([
    ['ed25519', 'nistp256'],
    ['rsa3072', 'subkey'],
  ])('keys made by gpg (%s and %s): imported, they ask, approve and run', async (...algorithms) => {
    const folder = place();
    const [alice, bob] = [person(folder, 'alice'), person(folder, 'bob')];
    const people = [alice, bob] as const;
    const hands = gnupg();
    try {
      for (const [index, who] of people.entries()) {
        const userId = `${who.name} <${who.email}>`;
        const algorithm = algorithms[index] ?? '';
        const subkey = algorithm === 'subkey';
        const fingerprint = hands.key(userId, subkey ? 'ed25519' : algorithm, subkey ? 'cert' : 'sign');
        if (subkey) hands.run('--quick-add-key', fingerprint, 'ed25519', 'sign', '1y');
        const file = join(who.folder, 'secret.asc');
        writeFileSync(file, hands.run('--armor', '--export-secret-keys', fingerprint), { mode: 0o600 });
        await who.must(['key', 'import', file]);
        await who.must(['key', 'use', fingerprint]);
      }
    } finally {
      hands.close();
    }
    await bob.must(['key', 'export', '--out', 'bob.asc']);
    const remote = join(folder, 'ledger.git');
    const anchor = await begin(alice, bob, join(bob.folder, 'bob.asc'), remote);
    await lives({ alice, bob, anchor });
    await alice.must(['audit', '--strict']);
    for (const who of people) await takes(gpg, who);
    expect(accepted(gpg, remote)).toHaveLength(9);
  });
});
