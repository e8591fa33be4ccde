import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { approve, ask, type Person } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { begin, pair, withEnv } from './support/pair.js';
import { startProxy, type Disturbance, type Proxy, type Traffic } from './support/proxy.js';
import { sshKey, startSshd, type Sshd } from './support/sshd.js';
import { suite } from './support/tools.js';

/** Where a connection is cut, as shares of the bytes that it carries when nobody disturbs it. CUTS=all: at more of them. */
const SHARES = process.env['CUTS'] === 'all' ? [0, 0.5, 0.8, 0.95, 1] : [0.5, 1];
const LONG = 900_000;

suite('a connection that is cut, slow or full of nonsense', { tools: ['sshd', 'ssh'] }, () => {
  let folder: string;
  let sshd: Sshd;
  let proxy: Proxy;
  let alice: Person;
  let bob: Person;
  let repository: string;
  const figures = { cuts: 0, done: 0, refused: 0 };

  beforeAll(async () => {
    folder = emptyFolder();
    sshd = await startSshd(folder);
    sshd.admit(sshKey(join(folder, 'key')));
    proxy = await startProxy(sshd.port);
    writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${proxy.port} ${sshd.hostKey}\n`);
    repository = join(folder, 'ledger.git');
    execFileSync('git', ['init', '--quiet', '--bare', repository]);
    const env = {
      GIT_SSH_COMMAND: `ssh -F none -i ${join(folder, 'key')} -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${join(folder, 'known_hosts')} -o GlobalKnownHostsFile=/dev/null -o ConnectTimeout=10`,
    };
    const two = await pair(folder);
    [alice, bob] = [withEnv(two.alice, env), two.bob];
    const url = `ssh://${userInfo().username}@127.0.0.1:${proxy.port}${repository}`;
    await begin(alice, bob, two.bobKey, url, repository);
  });
  afterAll(async () => {
    process.stdout.write(
      `cuts: ${figures.cuts} disturbed connections, ${figures.done} commands done all the same, ${figures.refused} refused\n`,
    );
    await proxy.stop();
    await sshd.stop();
    remove(folder);
  });
  beforeEach(() => proxy.reset());

  const starts = (): number =>
    execFileSync('git', [`--git-dir=${repository}`, 'log', '--format=%s', 'refs/heads/mpa'])
      .toString()
      .split('\n')
      .filter((subject) => subject.startsWith('start ')).length;
  const asked = async (): Promise<number> => {
    const list = await bob.must(['list', '--all', '--json']);
    return JSON.stringify(list.json('requests')).split('"approveBy"').length - 1;
  };

  /** Every place to cut a command's connections, from what they carry undisturbed. */
  const places = (traffic: readonly Traffic[]): Disturbance[] =>
    traffic.flatMap(({ sent, received }, connection) =>
      SHARES.flatMap((share) => [
        { connection, afterSent: Math.round(sent * share) },
        { connection, afterReceived: Math.round(received * share) },
      ]),
    );

  it(
    '§8.2 a request whose connection is cut anywhere is done or refused, never twice, and the next command works',
    { timeout: LONG },
    async () => {
      await ask(alice, ['true']);
      const whole = [...proxy.traffic];
      expect(whole).toHaveLength(2);
      for (const disturbance of places(whole)) {
        const before = await asked();
        proxy.reset(disturbance);
        const ran = await alice.mpa(['request', '-m', 'why', '--json', '--', 'true']);
        const told = `${JSON.stringify(disturbance)}: ${ran.stdout}${ran.stderr}`;
        figures.cuts += 1;
        proxy.reset();
        const more = (await asked()) - before;
        if (ran.outcome === '0') {
          figures.done += 1;
          expect(more, told).toBe(1);
        } else {
          figures.refused += 1;
          expect(ran.outcome, told).toMatch(/^4 remote-(unreachable|refused)$/);
          // What landed although nobody said so is one request, and the message says that it may have.
          expect(more, told).toBeLessThanOrEqual(1);
        }
        expect((await alice.mpa(['sync', '--json'])).outcome, told).toBe('0');
      }
    },
  );

  it(
    '§8.4 a run whose connection is cut anywhere happens once, with its start in the ledger, or not at all',
    { timeout: LONG },
    async () => {
      const trace = join(folder, 'trace');
      const lines = (): number =>
        existsSync(trace) ? readFileSync(trace, 'utf8').split('\n').length - 1 : 0;
      const argv = ['sh', '-c', `echo ran >> '${trace}'`];
      const granted = async (): Promise<string> => {
        const id = await ask(alice, argv);
        await approve(bob, id);
        return id;
      };
      const first = await granted();
      proxy.reset();
      await alice.must(['exec', first]);
      for (const disturbance of places([...proxy.traffic])) {
        proxy.reset();
        const id = await granted();
        const [ran, begun] = [lines(), starts()];
        proxy.reset(disturbance);
        const run = await alice.mpa(['exec', id, '--json']);
        proxy.reset();
        const told = `${JSON.stringify(disturbance)}: ${run.stdout}${run.stderr}`;
        figures.cuts += 1;
        if (run.outcome === '0') figures.done += 1;
        else {
          figures.refused += 1;
          expect(run.outcome, told).toMatch(/^125 remote-(unreachable|refused)$/);
        }
        expect(lines() - ran, told).toBe(run.outcome === '0' ? 1 : 0);
        if (run.outcome === '0') expect(starts() - begun, told).toBe(1);
        const again = await alice.mpa(['exec', id, '--json']);
        expect(again.outcome, `${told}\n${again.stdout}${again.stderr}`).toMatch(/^(0|125 used)$/);
        expect(lines() - ran, told).toBeLessThanOrEqual(1);
        if (lines() === ran) {
          const audit = await bob.must(['audit', '--json']);
          expect(JSON.stringify(audit.json()), told).toContain(id);
        }
      }
      expect((await bob.must(['audit', '--json'])).json('violations')).toEqual([]);
    },
  );

  it.each<[string, Disturbance]>([
    ['nonsense', { garbage: Buffer.from('220 mail.example.org ESMTP ready\r\n'.repeat(50)) }],
    ['nothing, and the end', { garbage: Buffer.alloc(0) }],
    ['zeros', { garbage: Buffer.alloc(100_000) }],
  ])(
    'a server that answers with %s is remote-unreachable, and nothing is written',
    async (_, disturbance) => {
      const before = await asked();
      proxy.reset(disturbance);
      const ran = await alice.mpa(['request', '-m', 'why', '--json', '--', 'true']);
      proxy.reset();
      figures.cuts += 1;
      figures.refused += 1;
      expect(ran.outcome).toBe('4 remote-unreachable');
      expect(await asked()).toBe(before);
      expect((await alice.mpa(['sync', '--json'])).outcome).toBe('0');
    },
  );

  it('a server that answers byte by byte is waited for', async () => {
    proxy.reset({ connection: 0, drip: 1 });
    await alice.must(['sync']);
  });
});
