import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PushOutcome } from '../../src/core/ports.js';
import { createGenesis, type GenesisParts } from '../../src/ledger/genesis.js';
import { holdsCommit, inspect, pin, type Inspection } from '../../src/ledger/inspect.js';
import { openLedger } from '../../src/ledger/open.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { place } from '../support/places.js';
import { memoryRemote, memoryStore, type MemoryRemote } from './memory-store.js';
import {
  ask,
  BEGIN,
  KEYS_MADE,
  memberOf,
  people,
  policyOf,
  random,
  world,
  write,
  type People,
} from './world.js';

let remote: MemoryRemote;
let who: People;

beforeEach(async () => {
  remote = memoryRemote();
  who = await people();
});

function parts(more: Partial<GenesisParts> = {}): GenesisParts {
  return {
    store: memoryStore(remote),
    signer: who.alice.signer,
    checker: createSignatureChecker(),
    certificates: createCertificateReader(),
    clock: { now: () => BEGIN },
    random,
    name: 'prod',
    founder: 'alice',
    policy: policyOf([who.alice, who.bob]),
    ...more,
  };
}

function inspection(): Inspection {
  const { checker, certificates, clock } = parts();
  return { store: memoryStore(remote), checker, certificates, clock };
}

describe('§2.3, 6 a new ledger', () => {
  it('is one commit on a branch that was not there, unendorsed, and any reader agrees', async () => {
    const view = await createGenesis(parts());
    expect(remote.branch).toBe(view.head.commit);
    expect(view.tip).toMatchObject({ commit: view.head.commit, position: 0 });
    const read = await inspect(inspection());
    expect(read).toMatchObject({ anchor: view.anchor, head: view.head, tip: view.tip });
    expect(read.state).toEqual(view.state);
    expect(read.genesis).toMatchObject({ type: 'genesis', name: 'prod', actor: 'alice' });
    expect(read.state.endorsement.closed).toBeNull();
  });

  it('in a SHA-256 repository too', async () => {
    remote = memoryRemote('sha256');
    const view = await createGenesis(parts());
    expect((await inspect(inspection())).head).toEqual(view.head);
  });

  it('§8.1 remote-not-empty: a branch that is there stays as it is', async () => {
    const view = await createGenesis(parts());
    const signer = { fingerprint: '', sign: () => Promise.reject(new Error('nobody is asked to sign')) };
    await expect(createGenesis(parts({ signer }))).rejects.toMatchObject({ code: 'remote-not-empty' });
    expect(remote.branch).toBe(view.head.commit);
  });

  it('§8.1 remote-not-empty: somebody else founded one meanwhile', async () => {
    const other = await createGenesis(parts());
    remote.branch = null;
    remote.onPush = () => {
      remote.branch = other.head.commit;
      return undefined;
    };
    await expect(createGenesis(parts())).rejects.toMatchObject({ code: 'remote-not-empty' });
    expect(remote.branch).toBe(other.head.commit);
  });

  it.each<[string, PushOutcome]>([
    ['unknown', { kind: 'unknown', words: 'the connection broke' }],
    ['refused', { kind: 'refused', words: 'failed to update ref' }],
  ])('§8.3 a push that landed although the answer was %s is a success', async (_what, outcome) => {
    remote.onPush = ({ land }) => {
      land();
      return outcome;
    };
    expect((await createGenesis(parts())).head.commit).toBe(remote.branch);
  });

  it('remote-refused: the remote says no though the branch is not there', async () => {
    remote.onPush = () => ({ kind: 'refused', words: 'no' });
    await expect(createGenesis(parts())).rejects.toMatchObject({ code: 'remote-refused' });
  });

  it('remote-unreachable: nobody can say whether it landed', async () => {
    remote.onPush = () => {
      remote.down = true;
      return { kind: 'unknown', words: '' };
    };
    await expect(createGenesis(parts())).rejects.toMatchObject({ code: 'remote-unreachable' });
    remote.down = false;
    remote.onPush = () => ({ kind: 'unknown', words: '' });
    await expect(createGenesis(parts())).rejects.toMatchObject({ code: 'remote-unreachable' });
  });

  it.each<[string, string, () => Partial<GenesisParts>]>([
    ['one member only', 'invalid-policy', () => ({ policy: policyOf([who.alice]) })],
    [
      'one key for two',
      'invalid-policy',
      () => ({
        policy: policyOf([who.alice, who.bob], {
          members: {
            alice: memberOf(who.alice),
            bob: { ...memberOf(who.bob), keys: memberOf(who.alice).keys },
          },
        }),
      }),
    ],
    [
      'a certificate that is none',
      'invalid-policy',
      () => ({
        policy: policyOf([who.alice, who.bob], {
          members: {
            alice: memberOf(who.alice),
            bob: { ...memberOf(who.bob), keys: [{ type: 'openpgp', public: 'x' }] },
          },
        }),
      }),
    ],
    [
      'a protocol of the future',
      'invalid-policy',
      () => ({ policy: policyOf([who.alice, who.bob], { protocol: 2 }) }),
    ],
    ['a founder whom it does not name', 'no-identity', () => ({ founder: 'carol' })],
    ['a key that is not the founder’s', 'unfit-key', () => ({ signer: who.bob.signer })],
    ['a name that is none', 'usage', () => ({ name: '' })],
    ['a clock from before the key', 'bad-clock', () => ({ clock: { now: () => KEYS_MADE - 901 } })],
  ])('nothing is pushed with %s: %s', async (_what, code, more) => {
    await expect(createGenesis(parts(more()))).rejects.toMatchObject({ code });
    expect(remote.branch).toBeNull();
  });
});

describe('joining', () => {
  it('inspect: missing where there is no branch, stranger where it is no ledger', async () => {
    await expect(inspect(inspection())).rejects.toMatchObject({ code: 'missing' });
    remote.branch = remote.put('commit', Buffer.from('tree 0\n\nhello\n'));
    await expect(inspect(inspection())).rejects.toMatchObject({ code: 'stranger' });
  });

  it('inspect: a fatal case of the branch is what it is', async () => {
    const w = await world();
    remote = w.remote;
    await w.craft(w.bob, ask(), BEGIN + 901);
    await expect(inspect(inspection())).rejects.toMatchObject({ code: 'future' });
  });

  it('inspect: a genesis of the future is not read yet', async () => {
    await createGenesis(parts());
    const early = { ...inspection(), clock: { now: () => BEGIN - 901 } };
    await expect(inspect(early)).rejects.toMatchObject({ code: 'future' });
  });

  it('pin: what was inspected is the verified head from then on', async () => {
    const w = await world();
    remote = w.remote;
    const view = await inspect(inspection());
    const folder = join(place(), 'state');
    mkdirSync(folder, { mode: 0o700 });
    const store = memoryStore(remote);
    await pin(store, view, folder, 'mpa test');
    const { checker, certificates, clock } = parts();
    const notice = (line: string): void => {
      throw new Error(line);
    };
    const ledger = openLedger({
      store,
      anchor: view.anchor,
      checker,
      certificates,
      clock,
      random,
      folder,
      program: 'mpa test',
      notice,
    });
    remote.branch = w.first.head.commit;
    await expect(ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    expect(store.kept).toEqual([view.head.commit]);
  });

  it('pin: a head that is remembered already stays; another ledger is foreign-state', async () => {
    const w = await world();
    remote = w.remote;
    const home = w.home();
    const early = await inspect(inspection());
    const { view } = await write(home, w.alice, ask());
    await pin(home.store, early, home.folder, 'mpa test');
    expect((await home.again().ledger.view()).head).toEqual(view.head);
    const other = await world();
    remote = other.remote;
    const stranger = await inspect(inspection());
    await expect(pin(home.store, stranger, home.folder, 'mpa test')).rejects.toMatchObject({
      code: 'foreign-state',
    });
  });

  it('§11 holdsCommit: whether the branch has what somebody else saw', async () => {
    const w = await world();
    remote = w.remote;
    const seen = w.remote.branch ?? '';
    const late = await w.craft(w.alice, ask());
    const { store } = w.home();
    const view = await inspect({ ...inspection(), store });
    expect(await holdsCommit(store, view, seen)).toBe(true);
    expect(await holdsCommit(store, view, late)).toBe(true);
    expect(await holdsCommit(store, view, 'f'.repeat(40))).toBe(false);
  });
});
