import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approve, ask, person, type Person } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { begin, homeOf, pair } from './support/pair.js';
import { suite } from './support/tools.js';
import { authority, startWeb, type Web } from './support/web.js';

const USERS = { alice: 'open sesame', bob: 'p%40ss: "word"', zoe: 'zzz' };

suite(
  'a remote behind nginx, TLS and a password',
  { tools: ['nginx', 'fcgiwrap', 'git-http-backend', 'openssl'] },
  () => {
    let folder: string;
    let repositories: string;
    let web: Web;
    let known: string;
    let unknown: string;

    const address = (name: string): string => `https://localhost:${web.port}/git/${name}`;
    /** What a person has in their home for git: whom TLS trusts, and a helper that knows their password. */
    const equip = (who: Person, password: string | null, authorityFile = known): void => {
      const home = homeOf(who);
      const config = [`[http]\n\tsslCAInfo = ${authorityFile}`, '[credential]\n\thelper = store'];
      writeFileSync(join(home, '.gitconfig'), `${config.join('\n')}\n`);
      rmSync(join(home, '.git-credentials'), { force: true });
      if (password === null) return;
      const user = `${who.handle}:${encodeURIComponent(password)}`;
      writeFileSync(join(home, '.git-credentials'), `https://${user}@localhost%3a${web.port}\n`, {
        mode: 0o600,
      });
    };
    const repository = (name: string, format = 'sha1'): string => {
      const path = join(repositories, name);
      execFileSync('git', ['init', '--quiet', '--bare', `--object-format=${format}`, path]);
      return path;
    };
    const tip = (name: string): string =>
      execFileSync('git', [`--git-dir=${join(repositories, name)}`, 'rev-parse', 'refs/heads/mpa'], {
        encoding: 'utf8',
      }).trim();

    beforeAll(async () => {
      folder = emptyFolder();
      repositories = join(folder, 'repositories');
      const servers = join(folder, 'servers');
      for (const each of [repositories, servers]) mkdirSync(each);
      const ours = authority(servers, 'ours');
      known = ours.file;
      unknown = authority(servers, 'theirs').file;
      web = await startWeb(servers, repositories, USERS, ours);
    });
    afterAll(async () => {
      await web.stop();
      remove(folder);
    });

    it.each(['sha1', 'sha256'])(
      'a %s repository: helper and authority of ~/.gitconfig are used; request, approval, run, audit',
      async (format) => {
        const name = `${format}.git`;
        const path = repository(name, format);
        const git = (...args: readonly string[]): string =>
          execFileSync('git', [`--git-dir=${path}`, ...args], { encoding: 'utf8' }).trim();
        // A repository with another branch: a ledger may live beside the code.
        const tree = git('hash-object', '-t', 'tree', '-w', '/dev/null');
        const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
        git('update-ref', 'refs/heads/main', git(...identity, 'commit-tree', '-m', 'code', tree));
        const { alice, bob, bobKey } = await pair(join(folder, format));
        equip(alice, USERS.alice);
        equip(bob, USERS.bob);
        await begin(alice, bob, bobKey, address(name));
        const file = join(alice.folder, 'ran');
        const id = await ask(alice, ['touch', file]);
        expect((await alice.mpa(['exec', id, '--no-wait', '--json'])).outcome).toBe('125 pending');
        await approve(bob, id);
        expect((await alice.mpa(['exec', id])).status).toBe(0);
        expect(existsSync(file)).toBe(true);
        const audit = await bob.must(['audit', '--strict', '--json']);
        expect(audit.text('head')).toBe(tip(name));
        expect(audit.text('head')).toHaveLength(format === 'sha1' ? 40 : 64);
        for (const who of [alice, bob])
          expect(holds(who.home, [USERS.alice, encodeURIComponent(USERS.bob)])).toBe(false);
      },
    );

    it('request and approve make two connections each; exec two before its command starts, and one after', async () => {
      repository('counted.git');
      const { alice, bob, bobKey } = await pair(join(folder, 'counted'));
      equip(alice, USERS.alice);
      equip(bob, USERS.bob);
      await begin(alice, bob, bobKey, address('counted.git'));
      const connections = (file = web.secureLog): number =>
        new Set(readFileSync(file, 'utf8').trim().split('\n')).size;
      const of = async (work: () => Promise<unknown>): Promise<number> => {
        const before = connections();
        await work();
        return connections() - before;
      };
      let id = '';
      const copy = join(alice.folder, 'before-the-command');
      expect(await of(async () => (id = await ask(alice, ['sh', '-c', `cp ${web.secureLog} ${copy}`])))).toBe(
        2,
      );
      expect(await of(() => approve(bob, id))).toBe(2);
      const before = connections();
      expect(await of(() => alice.must(['exec', id]))).toBe(3);
      expect(connections(copy) - before).toBe(2);
    });

    it('an empty sha256 repository gets a sha256 ledger', async () => {
      repository('empty.git', 'sha256');
      const { alice, bob, bobKey } = await pair(join(folder, 'empty'));
      equip(alice, USERS.alice);
      equip(bob, USERS.bob);
      await begin(alice, bob, bobKey, address('empty.git'));
      expect(tip('empty.git')).toHaveLength(64);
    });

    describe('when something is not as it should be', () => {
      let alice: Person;
      let bob: Person;
      let anchor: string;
      beforeAll(async () => {
        repository('ledger.git');
        const two = await pair(join(folder, 'two'));
        [alice, bob] = [two.alice, two.bob];
        equip(alice, USERS.alice);
        equip(bob, USERS.bob);
        anchor = await begin(alice, bob, two.bobKey, address('ledger.git'));
      });

      it.each([
        ['a wrong password', () => ['wrong', known] as const, 'ledger.git'],
        ['no password and nobody to ask', () => [null, known] as const, 'ledger.git'],
        ['an authority that nobody here knows', () => [USERS.zoe, unknown] as const, 'ledger.git'],
        ['a repository that is not there', () => [USERS.zoe, known] as const, 'nothing.git'],
      ])('%s: join and init end with 4 and leave nothing', async (title, given, name) => {
        const zoe = person(join(folder, title.replaceAll(' ', '-')), 'zoe');
        const [password, trusted] = given();
        equip(zoe, password, trusted);
        await zoe.must(['keygen', '--name', 'Zoe Z', '--email', 'zoe@example.org', '--no-passphrase']);
        const remote = address(name);
        const joined = await zoe.mpa(['join', remote, '--anchor', anchor, '--json']);
        expect(joined.outcome).toMatch(/^4 remote-(unreachable|not-a-repository)$/);
        const key = join(folder, 'bob.asc');
        writeFileSync(key, (await bob.must(['key', 'export'])).stdout);
        const init = ['init', remote, '--name', 'p', '--as', 'zoe', '--member', `bob=${key}`, '--json'];
        expect((await zoe.mpa(init)).outcome).toMatch(/^4 remote-(unreachable|not-a-repository)$/);
        expect((await zoe.mpa(['status', '--json'])).outcome).toBe('6 not-joined');
        expect(existsSync(join(repositories, 'nothing.git'))).toBe(false);
      });

      it('a password in the address never reaches the screen', async () => {
        const zoe = person(join(folder, 'secret'), 'zoe');
        equip(zoe, null, unknown);
        const remote = address('ledger.git').replace('https://', 'https://zoe:hidden-word@');
        for (const flags of [['--json'], []]) {
          const refused = await zoe.mpa(['join', remote, '--anchor', anchor, ...flags]);
          expect(refused.status).toBe(4);
          expect(refused.stdout + refused.stderr).not.toContain('hidden-word');
        }
      });

      it('http:// is refused before anybody is asked, and so is a redirect to it', async () => {
        const zoe = person(join(folder, 'plain'), 'zoe');
        equip(zoe, USERS.zoe);
        const plain = `http://localhost:${web.plainPort}/git/ledger.git`;
        const outcome = async (remote: string): Promise<string> =>
          (await zoe.mpa(['join', remote, '--anchor', anchor, '--json'])).outcome;
        expect(await outcome(plain)).toBe('4 transport-refused');
        expect(await outcome(`https://localhost:${web.port}/moved/ledger.git`)).toBe('4 remote-unreachable');
        expect(web.plainRequests()).toBe(0);
      });

      it('a password that changed in between: nothing is asked for and nothing runs; with the new one all is as before', async () => {
        const file = join(folder, 'ran');
        const id = await ask(alice, ['touch', file]);
        await approve(bob, id);
        const before = tip('ledger.git');
        equip(alice, 'outdated');
        const request = ['request', '-m', 'because', '--json', '--', 'true'];
        expect((await alice.mpa(request)).outcome).toBe('4 remote-unreachable');
        expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 remote-unreachable');
        expect(tip('ledger.git')).toBe(before);
        expect(existsSync(file)).toBe(false);
        equip(alice, USERS.alice);
        expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('0');
        expect(existsSync(file)).toBe(true);
      });

      it('a server that forbids pushes is remote-refused; nothing is written and nothing runs', async () => {
        const file = join(folder, 'ran-forbidden');
        const id = await ask(alice, ['touch', file]);
        await approve(bob, id);
        const before = tip('ledger.git');
        const receive = (value: string): void => {
          execFileSync('git', [
            `--git-dir=${join(repositories, 'ledger.git')}`,
            'config',
            'http.receivepack',
            value,
          ]);
        };
        receive('false');
        const refused = await alice.mpa(['request', '-m', 'because', '--json', '--', 'true']);
        const notRun = await alice.mpa(['exec', id, '--json']);
        receive('true');
        expect(tip('ledger.git')).toBe(before);
        expect(existsSync(file)).toBe(false);
        // The claim of that start is lost as soon as another commit has its place.
        await ask(bob, ['true']);
        expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('0');
        await alice.must(['audit', '--strict']);
        expect(refused.outcome).toBe('4 remote-refused');
        expect(notRun.outcome).toBe('125 remote-refused');
      });
    });
  },
);

/** Whether a file below `folder` holds one of `words`. */
function holds(folder: string, words: readonly string[]): boolean {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.some((entry) => {
    const text = readFileSync(join(entry.parentPath, entry.name), 'latin1');
    return words.some((word) => text.includes(word));
  });
}
