import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ObjectFormat } from '../../src/core/ports.js';
import { createStore } from '../../src/git/store.js';
import { realPause } from '../../src/ledger/back-off.js';
import { createGenesis } from '../../src/ledger/genesis.js';
import { inspect } from '../../src/ledger/inspect.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { openLedger } from '../../src/ledger/open.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { place } from '../support/places.js';
import { ask, BEGIN, people, policyOf, random, type Someone } from './world.js';

describe.each<ObjectFormat>(['sha1', 'sha256'])('a ledger over real git, %s', (format) => {
  it('§8.3 writers on several machines at once: each event lands once, and every reader reads the same', async () => {
    const folder = place();
    const remote = join(folder, 'remote.git');
    execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, remote]);
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
    const { alice, bob, carol } = await people();
    const store = (name: string) => createStore({ folder: join(folder, `${name}.git`), remote, env });
    const shared = { checker: createSignatureChecker(), clock: { now: () => BEGIN }, random };
    const tools = () => ({ ...shared, certificates: createCertificateReader() });
    const policy = policyOf([alice, bob, carol]);
    const founded = {
      ...tools(),
      store: await store('founder'),
      name: 'prod',
      founder: 'alice',
      signer: alice.signer,
      policy,
    };
    const { anchor } = await createGenesis(founded);
    const join_ = async ({ handle }: Someone): Promise<Ledger> =>
      openLedger({
        ...tools(),
        store: await store(handle),
        anchor,
        folder: join(folder, `${handle}.state`),
        program: 'mpa test',
        notice: (line) => {
          throw new Error(line);
        },
        pause: realPause,
      });
    const patient = { patience: 'person' } as const;
    const writers = [];
    for (const by of [alice, bob, carol]) writers.push({ by, ledger: await join_(by) });
    const [first, second] = writers;
    if (first === undefined || second === undefined) throw new Error('three writers');
    await second.ledger.append(
      'bob',
      bob.signer,
      () => ({ body: { type: 'approve', request: anchor } }),
      patient,
    );
    const written = await Promise.all(
      writers.map(({ by, ledger }) => ledger.append(by.handle, by.signer, () => ({ body: ask() }), patient)),
    );
    const views = [];
    for (const { ledger } of writers) views.push(await ledger.refresh());
    const whole = await inspect({ ...tools(), store: await store('reader') });
    expect([...whole.state.requests.keys()].sort()).toEqual(written.map(({ id }) => id).sort());
    for (const { state, head, tip } of views)
      expect({ state, head, tip }).toEqual({ state: whole.state, head: whole.head, tip: whole.tip });
    const log = execFileSync('git', ['--git-dir', remote, 'log', '--format=%s', 'refs/heads/mpa'], {
      encoding: 'utf8',
    });
    expect(log.split('\n').filter((line) => line.startsWith('request '))).toHaveLength(3);
  });
});
