import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { formatTime } from '../../src/core/time.js';
import { tryLock } from '../../src/ledger/lock.js';
import { ask, BEGIN, containing, policyOf, world, write, type Home, type World } from './world.js';

async function joined(): Promise<{ w: World; home: Home }> {
  const w = await world();
  const home = w.home();
  await home.ledger.refresh();
  return { w, home };
}

/** Has a policy of a later protocol take effect; the commit of the change. */
async function beyond(w: World, home: Home): Promise<string> {
  const policy = { ...policyOf([w.alice, w.bob, w.carol]), protocol: 2 };
  const { id } = await write(home, w.alice, {
    type: 'request',
    action: { kind: 'policy', base: w.anchor, policy },
    justification: 'new words',
    approveBy: formatTime(BEGIN + 3600),
  });
  return w.craft(w.bob, { type: 'approve', request: id });
}

describe('§5 commits without effect at the end of the branch', () => {
  it('are told of once, again where there are others, and not where there are none', async () => {
    const { w, home } = await joined();
    expect(home.notices).toEqual([]);
    w.junk('one');
    for (let i = 0; i < 2; i += 1) await home.ledger.refresh();
    expect(home.notices).toEqual([containing('1. See them')]);
    w.junk('two');
    for (let i = 0; i < 2; i += 1) await home.ledger.refresh();
    expect(home.notices).toEqual([containing('1. See them'), containing('2. See them')]);
    await home.ledger.view();
    await w.craft(w.bob, ask());
    for (let i = 0; i < 2; i += 1) await home.ledger.refresh();
    expect(home.notices).toHaveLength(2);
  });
});

it('§8.5 says when the branch was fetched last, and null where it never was', async () => {
  const w = await world();
  const home = w.home();
  expect(await home.ledger.fetchedAt()).toBeNull();
  await home.ledger.refresh();
  expect(await home.again().ledger.fetchedAt()).toBe(BEGIN);
});

describe('§2.5 missing', () => {
  it('says what was verified here, where anything was', async () => {
    const { w, home } = await joined();
    const { head } = await home.ledger.refresh();
    w.remote.branch = null;
    const message = containing(head.commit.slice(0, 12));
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'missing', message });
    await expect(w.home().ledger.refresh()).rejects.toMatchObject({ code: 'missing' });
  });
});

describe('a machine that has fetched and remembers nothing', () => {
  it('reads what is there, and does not know when it was looked at', async () => {
    const w = await world();
    for (const accepted of [false, true]) {
      const home = w.home();
      await home.store.fetch();
      const view = accepted ? await home.ledger.accept(w.remote.branch ?? '') : await home.ledger.view();
      expect([view.head.commit, view.fetchedAt]).toEqual([w.remote.branch, null]);
    }
  });

  it('believes no checkpoint without the head that goes with it', async () => {
    const { w, home } = await joined();
    for (const name of ['anchor', 'head.json']) rmSync(join(home.folder, name));
    home.store.objects.delete(w.first.head.commit);
    await expect(home.again().ledger.view()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('an audit makes no checkpoint', async () => {
    const { home } = await joined();
    rmSync(join(home.folder, 'checkpoint'));
    await home.again().ledger.every(() => undefined);
    expect(existsSync(join(home.folder, 'checkpoint'))).toBe(false);
  });
});

describe('§8.2 our own push moved the branch, and what it led to cannot be saved', () => {
  it('it has succeeded all the same, that is said, and this process holds the branch to it', async () => {
    const { w, home } = await joined();
    const base = w.remote.branch;
    home.store.keep = () => Promise.reject(new MpaError('disk', 'the disk is full'));
    const { commit, id } = await write(home, w.alice, ask());
    expect(w.remote.branch).toBe(commit);
    expect(home.notices).toEqual([containing('It was written')]);
    expect(home.notices).toEqual([containing('the disk is full')]);
    expect((await home.ledger.view()).state.requests.has(id)).toBe(true);
    w.remote.branch = base;
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
  });

  it('once it could be saved, this process goes by what is remembered again', async () => {
    const { w, home } = await joined();
    const keep = home.store.keep.bind(home.store);
    home.store.keep = () => Promise.reject(new MpaError('disk', 'the disk is full'));
    await write(home, w.alice, ask());
    home.store.keep = keep;
    const { head } = await home.ledger.refresh();
    expect((await home.again().ledger.view()).head).toEqual(head);
  });

  it('a defect is not taken for a full disk', async () => {
    const { w, home } = await joined();
    const defect = new TypeError('no such thing');
    home.store.keep = () => Promise.reject(defect);
    await expect(write(home, w.alice, ask())).rejects.toBe(defect);
    expect(home.notices).toEqual([]);
  });
});

describe('§2.6 another head, and what would vanish with it', () => {
  it.each([
    ['more before it', (head: string): string => `0${head}`],
    ['more after it', (head: string): string => `${head}0`],
    ['capitals', (head: string): string => head.toUpperCase()],
    [
      'as many digits as no id has',
      (head: string): string => `${head}${head}`.slice(0, 64).replace(/^./, 'g'),
    ],
  ])('full-id-needed: a head with %s', async (_what, spoil) => {
    const { w, home } = await joined();
    const tip = w.remote.branch ?? '';
    // Of a commit that is not there.
    const head = (tip.startsWith('a') ? 'b' : 'a') + tip.slice(1);
    await expect(home.ledger.accept(spoil(head))).rejects.toMatchObject({ code: 'full-id-needed' });
    await expect(home.ledger.accept(head)).rejects.toMatchObject({
      code: 'unknown-id',
      hint: containing('vanish'),
    });
  });

  it('missing: there is nothing here to accept, and nothing that could vanish', async () => {
    const home = (await world()).home();
    await expect(home.ledger.accept('a'.repeat(40))).rejects.toMatchObject({ code: 'missing' });
    await expect(home.ledger.accept('a'.repeat(64))).rejects.toMatchObject({ code: 'missing' });
    expect(await home.ledger.vanishing()).toEqual([]);
  });

  it('nothing can vanish where nothing was fetched, or nothing verified', async () => {
    const { w, home } = await joined();
    home.store.setTip(null);
    expect(await home.ledger.vanishing()).toEqual([]);
    const fresh = w.home();
    await fresh.store.fetch();
    expect(await fresh.ledger.vanishing()).toEqual([]);
  });

  it('when it was accepted, the remote had been looked at when it had', async () => {
    const { w, home } = await joined();
    const base = w.remote.branch;
    await write(home, w.alice, ask());
    w.remote.branch = base;
    const head = await w.craft(w.bob, ask());
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    w.clock.time += 600;
    expect((await home.ledger.accept(head)).fetchedAt).toBe(BEGIN);
    expect(home.ledger.last()?.head.commit).toBe(head);
    expect((await home.again().ledger.view()).fetchedAt).toBe(BEGIN);
    expect(home.store.kept.at(-1)).toBe(head);
  });

  it('events, in the order of the chain, without inert commits, and up to a protocol that nobody here knows', async () => {
    const { w, home } = await joined();
    const base = w.remote.branch;
    w.junk('nobody misses it');
    const change = await beyond(w, home);
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'not-understood' });
    expect(home.notices).toEqual([containing('without effect')]);
    w.remote.branch = base;
    await w.craft(w.bob, ask());
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    const gone = await home.ledger.vanishing();
    expect(gone.map(({ event }) => event.type)).toEqual(['request', 'approve']);
    expect(gone.at(-1)?.commit).toBe(change);
  });

  it('damaged: where either branch cannot be read nobody can say', async () => {
    const { w, home } = await joined();
    const base = w.remote.branch ?? '';
    const { commit } = await write(home, w.alice, ask());
    w.remote.branch = base;
    const head = await w.craft(w.bob, ask());
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    for (const oid of [commit, head]) {
      const item = home.store.objects.get(oid);
      home.store.objects.delete(oid);
      await expect(home.ledger.vanishing()).rejects.toMatchObject({ code: 'damaged' });
      if (item !== undefined) home.store.objects.set(oid, item);
    }
    expect(await home.ledger.vanishing()).toHaveLength(1);
  });
});

describe('what is remembered', () => {
  it('is written where something moved only: another look of the same second needs no lock', async () => {
    const { w, home } = await joined();
    const held = await tryLock(join(home.folder, 'lock'));
    await home.ledger.refresh();
    await home.ledger.view();
    expect([home.notices, home.pauses]).toEqual([[], []]);
    w.clock.time += 1;
    await home.ledger.refresh();
    expect(home.notices).toHaveLength(1);
    await held?.release();
  });

  it('a tip that was put back to before the head is not what is built upon; another branch is what it is', async () => {
    const { w, home } = await joined();
    const base = w.remote.branch ?? '';
    const { view } = await write(home, w.alice, ask());
    w.remote.branch = base;
    const other = await w.craft(w.bob, ask());
    await home.store.fetch();
    home.store.setTip(base);
    expect((await home.again().ledger.view()).tip.commit).toBe(view.tip.commit);
    home.store.setTip(other);
    await expect(home.again().ledger.view()).rejects.toMatchObject({ code: 'rewritten' });
  });
});
