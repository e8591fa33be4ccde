import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { openHome, type Home } from '../../src/ledger/home.js';
import { Keeper, type Move } from '../../src/ledger/keeper.js';
import type { Head } from '../../src/ledger/ledger.js';
import { Scene, T0 } from '../core/support/scene.js';
import { place } from '../support/places.js';
import { memoryRemote, memoryStore } from './memory-store.js';

/** A machine that remembers heads of one branch of five commits. */
class Machine {
  readonly scene = Scene.endorsed();
  readonly store = memoryStore(memoryRemote());
  readonly folder = join(place(), 'state');
  readonly home: Home;
  readonly keeper: Keeper;
  readonly heads: Head[] = [];

  constructor() {
    mkdirSync(this.folder, { mode: 0o700 });
    this.home = this.opened();
    this.keeper = new Keeper({
      home: this.home,
      store: this.store,
      pause: () => Promise.resolve(),
      notice: (line) => {
        throw new Error(line);
      },
    });
  }

  opened(): Home {
    return openHome(this.folder, this.scene.state.anchor, 'mpa test', 'memory');
  }

  async grown(): Promise<this> {
    for (let i = 0; i < 5; i += 1) {
      const parent = i === 0 ? '' : `parent ${this.head(i - 1).commit}\n`;
      const commit = await this.store.writeCommit(Buffer.from(`tree ${'0'.repeat(40)}\n${parent}\n${i}\n`));
      this.heads.push({ commit, chain: String(i).repeat(64), at: T0 + i });
    }
    return this;
  }

  head(i: number): Head {
    const head = this.heads[i];
    if (head === undefined) throw new Error('no such commit');
    return head;
  }

  /** A move to commit `i`, over those of `read`; null: by a push. */
  move(i: number, read: readonly number[] | null, more: Partial<Move> = {}): Move {
    const oids = read === null ? null : read.map((each) => this.head(each).commit);
    return { head: this.head(i), state: this.scene.state, oids, fetchedAt: T0, ...more };
  }

  /** What another process of this machine finds. */
  async remembered(): Promise<{ at: number; fetchedAt: number | null; saved: boolean }> {
    const record = await this.home.head();
    const { verified } = await this.opened().checkpoint();
    const at = this.heads.findIndex(({ commit }) => commit === record?.commit);
    return { at, fetchedAt: record?.fetchedAt ?? null, saved: verified?.head.commit === record?.commit };
  }

  close(count: number): string[] {
    return Array.from({ length: count }, () => {
      const id = this.scene.request('alice');
      this.scene.close('bob', id, 'denied');
      return id;
    });
  }
}

const machine = async (): Promise<Machine> => new Machine().grown();

describe('§2.2 a head that is moved while another process moves it', () => {
  it('nothing was remembered, and the remote was never looked at', async () => {
    const m = await machine();
    await m.keeper.save(m.move(0, [0], { fetchedAt: null }), null, true);
    expect(await m.remembered()).toEqual({ at: 0, fetchedAt: null, saved: true });
  });

  it.each<
    [what: string, before: number | null, other: number, move: [number, readonly number[] | null], at: number]
  >([
    ['the other stands on our way', 1, 2, [3, [2, 3]], 3],
    ['the other was first to remember anything', null, 1, [2, [0, 1, 2]], 2],
    ['the other is ahead', 1, 4, [2, [2]], 4],
    ['the other is below a push of ours', 1, 3, [4, null], 4],
    ['the other is above a push of ours', 1, 4, [3, null], 4],
  ])('%s', async (_what, before, other, [to, read], at) => {
    const m = await machine();
    if (before !== null) await m.home.writeHead(m.head(before), T0);
    const record = await m.home.head();
    await m.home.writeHead(m.head(other), T0);
    await m.keeper.save(m.move(to, read, { fetchedAt: T0 + 60 }), record, true);
    expect(await m.remembered()).toMatchObject({ at, fetchedAt: T0 + 60 });
  });

  it('both came to the same: what was read from the root is kept all the same', async () => {
    for (const read of [null, [1, 2, 3]]) {
      const m = await machine();
      await m.home.writeHead(m.head(1), T0);
      const record = await m.home.head();
      await m.home.writeHead(m.head(3), T0);
      await m.keeper.save(m.move(3, read, { rebuilt: true }), record, true);
      expect(await m.remembered()).toEqual({ at: 3, fetchedAt: T0, saved: true });
      // Whoever moved it there holds its objects already.
      expect(m.store.kept).toEqual([]);
    }
  });

  it('rewritten: the other has accepted a branch that was set back', async () => {
    const m = await machine();
    await m.home.writeHead(m.head(2), T0);
    const record = await m.home.head();
    await m.home.writeHead(m.head(1), T0);
    await expect(m.keeper.save(m.move(3, [3]), record, true)).rejects.toMatchObject({ code: 'rewritten' });
    expect(await m.remembered()).toMatchObject({ at: 1 });
  });
});

describe('a stage of a long reading', () => {
  it('that cannot be kept costs time only, and holds no lock; a defect is told', async () => {
    const m = await machine();
    const verified = { state: m.scene.state, head: m.head(0) };
    const failing = (error: Error): Keeper =>
      new Keeper({
        home: { ...m.home, writeCheckpoint: () => Promise.reject(error) },
        store: m.store,
        pause: () => Promise.resolve(),
        notice: () => undefined,
      });
    await failing(new MpaError('disk', 'the disk is full')).pass(verified, true);
    const defect = new TypeError('no such thing');
    await expect(failing(defect).pass(verified, true)).rejects.toBe(defect);
    await m.keeper.pass(verified, true);
    expect((await m.opened().checkpoint()).verified?.head).toEqual(m.head(0));
    expect(await m.home.head()).toBeNull();
  });
});

describe('the checkpoint that goes with a head', () => {
  it('a large one is due once for so many commits: as many as were read, and one for a push', async () => {
    for (const read of [[2, 3], null]) {
      const m = await machine();
      const named = (name: string) => ({ ...m.scene.state, name: name + 'x'.repeat(600_000) });
      const name = async (): Promise<string> =>
        (await m.opened().checkpoint()).verified?.state.name.slice(0, 1) ?? '';
      await m.keeper.save(m.move(0, [0], { state: named('a') }), null, true);
      await m.keeper.save(m.move(1, [1], { state: named('b') }), await m.home.head(), true);
      expect(await name()).toBe('a');
      await m.keeper.save(m.move(3, read, { state: named('c') }), await m.home.head(), true);
      expect(await name()).toBe(read === null ? 'a' : 'c');
    }
  });

  it('where the ledger was read from its root, or another was accepted, holds nothing of what was kept before', async () => {
    for (const accepted of [true, false]) {
      const m = await machine();
      const gone = m.close(80);
      await m.keeper.save(m.move(0, [0]), null, true);
      expect((await m.opened().checkpoint()).verified?.state.requests.has(gone[50] ?? '')).toBe(true);
      const other = new Machine();
      const stays = other.close(1);
      const { state } = other.scene;
      const record = await m.home.head();
      if (accepted) await m.keeper.replace({ state, head: m.head(4) }, record);
      else await m.keeper.save(m.move(0, [0], { state, rebuilt: true }), record, true);
      const { verified } = await m.opened().checkpoint();
      expect([stays[0], gone[50]].map((id) => verified?.state.requests.has(id ?? ''))).toEqual([true, false]);
    }
  });
});

describe('§2.6 a head that a person typed', () => {
  it('is remembered where nothing was, too', async () => {
    const m = await machine();
    await m.keeper.replace({ state: m.scene.state, head: m.head(2) }, null);
    expect(await m.remembered()).toEqual({ at: 2, fetchedAt: null, saved: true });
    expect(m.store.kept).toEqual([m.head(2).commit]);
  });

  it('locked: another process has moved the head since what would vanish was shown; with the next step', async () => {
    const m = await machine();
    await m.home.writeHead(m.head(1), T0);
    await expect(m.keeper.replace({ state: m.scene.state, head: m.head(2) }, null)).rejects.toMatchObject({
      code: 'locked',
      hint: expect.stringContaining('vanish') as unknown,
    });
    expect(await m.remembered()).toMatchObject({ at: 1 });
  });
});
