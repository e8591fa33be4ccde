import {
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint, type Verified } from '../../src/ledger/checkpoint.js';
import { openHome, type Home } from '../../src/ledger/home.js';
import { policy, rule, Scene } from '../core/support/scene.js';
import { place } from '../support/places.js';
import { ask, BEGIN, world, write, type Home as Joined, type World } from './world.js';

/** A ledger told event by event, and where a machine keeps what is over of it. */
class Kept {
  readonly scene = Scene.endorsed();
  readonly folder = join(place(), 'state');
  home = this.process();
  /** The ids of what is over, and of a request that stays open. */
  readonly over: string[] = [];

  constructor() {
    mkdirSync(this.folder, { mode: 0o700 });
  }

  /** Another process of the same machine. */
  process(): Home {
    return openHome(this.folder, this.scene.state.anchor, 'mpa test', 'memory');
  }

  /** Writes so many requests that are closed. */
  close(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const id = this.scene.request('alice');
      this.scene.close('bob', id, 'denied');
      this.over.push(id);
    }
  }

  verified(): Verified {
    const { state } = this.scene;
    return { state, head: { commit: '0'.repeat(40), chain: '0'.repeat(64), at: state.greatestAt } };
  }

  async save(home = this.home, anew = false): Promise<void> {
    await home.writeCheckpoint(this.verified(), Number.POSITIVE_INFINITY, anew);
  }

  /** Continues with what another process finds. */
  async restart(): Promise<void> {
    this.home = this.process();
    const { verified, why } = await this.home.checkpoint();
    if (verified === null) throw new Error(`no checkpoint: ${why ?? 'none'}`);
    this.scene.state = verified.state;
  }

  get archive(): string {
    return join(this.folder, 'archive');
  }

  files(): string[] {
    return existsSync(this.archive) ? readdirSync(this.archive).sort() : [];
  }

  file(): string {
    return join(this.archive, this.files()[0] ?? '');
  }
}

async function kept(count = 80): Promise<Kept> {
  const it = new Kept();
  it.close(count);
  await it.save(it.home, true);
  return it;
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe('what is over', () => {
  it('leaves the checkpoint once it is much, and is found by whoever names it; private files', async () => {
    const it = await kept();
    const open = it.scene.request('alice');
    await it.save();
    await it.restart();
    const { requests } = it.scene.state;
    expect([...requests.hot.keys()]).toEqual([open]);
    expect(it.over.map((id) => requests.get(id)?.closed?.as)).toEqual(it.over.map(() => 'denied'));
    expect(requests.has('f'.repeat(64))).toBe(false);
    expect(statSync(it.archive).mode & 0o777).toBe(0o700);
    expect(statSync(it.file()).mode & 0o777).toBe(0o600);
  });

  it('are runs and superseded policies too: found by whoever names them, as they were', async () => {
    const it = await kept(0);
    const { scene } = it;
    const run = scene.request('alice');
    scene.approve('bob', run);
    const start = scene.start('alice', run);
    scene.finish('alice', start);
    const first = scene.state.current;
    const second = scene.enact('alice', policy({ rules: [rule({ maxUses: 2 })] }));
    const third = scene.enact('alice', policy({ members: ['alice', 'bob', 'carol'] }));
    it.close(80);
    const { policies } = scene.state;
    const before = [first, second, third].map((id) => policies.get(id));
    await it.save();
    await it.restart();
    const { state } = it.scene;
    expect([[...state.policies.hot.keys()], [...state.runs.hot.keys()]]).toEqual([[third], []]);
    expect([first, second, third].map((id) => state.policies.get(id))).toEqual(before);
    expect([state.runs.get(start), state.runs.get(run)]).toEqual([run, undefined]);
    expect([...state.runs.keys(start.slice(0, 9))]).toEqual([start]);
    expect(state.requests.get(run)?.runs.map(({ id }) => id)).toEqual([start]);
    // The key of who has left: what stands in the archive lapses by it.
    expect([...state.requests.delisted.keys()]).toEqual(['dave']);
  });

  it('stays in the checkpoint while it is little', async () => {
    const it = await kept(60);
    expect(it.files()).toEqual([]);
    await it.restart();
    expect(it.scene.state.requests.hot.size).toBe(60);
  });

  it('a year of it: the checkpoint stays as small, files stay few, and each is written a few times only', async () => {
    const it = await kept(0);
    const sizes: number[] = [];
    const written = new Map<string, number>();
    let most = 0;
    for (let round = 0; round < 60; round += 1) {
      it.close(25);
      await it.save();
      // Both: processes that end, and one that goes on.
      if (round % 12 === 0) await it.restart();
      sizes.push(statSync(join(it.folder, 'checkpoint')).size);
      most = Math.max(most, it.files().length);
      for (const name of it.files()) written.set(name, statSync(join(it.archive, name)).size);
    }
    expect(Math.max(...sizes.slice(4))).toBeLessThan(1.5 * Math.max(...sizes.slice(0, 4)));
    expect(most).toBeLessThan(7);
    await it.restart();
    expect([...it.scene.state.requests.keys()].sort()).toEqual([...it.over].sort());
    const sum = (values: Iterable<number>): number => [...values].reduce((all, each) => all + each, 0);
    const lasting = sum(it.files().map((name) => statSync(join(it.archive, name)).size));
    expect(sum(written.values())).toBeLessThan(4 * lasting);
  });
});

describe('an archive that is not what was written', () => {
  it.each([
    ['lost', (it: Kept): void => rmSync(it.file())],
    ['lost with its folder', (it: Kept): void => rmSync(it.archive, { recursive: true })],
    ['cut short', (it: Kept): void => truncateSync(it.file(), statSync(it.file()).size - 7)],
    ['damaged in its list', (it: Kept): void => flip(it.file(), statSync(it.file()).size - 30)],
  ])('that is %s: the checkpoint is not used, and the next one is whole', async (_how, spoil) => {
    const it = await kept();
    spoil(it);
    const again = it.process();
    expect(await again.checkpoint()).toEqual({
      verified: null,
      why: 'what is kept beside it is lost or damaged',
    });
    await it.save(again, true);
    await it.restart();
    expect(it.scene.state.requests.get(it.over[0] ?? '')?.closed?.as).toBe('denied');
  });

  it('that cannot be opened is a reason not to use the checkpoint; a defect is none', async () => {
    const it = await kept();
    const text = readFileSync(join(it.folder, 'checkpoint'), 'utf8');
    const bound = { anchor: it.scene.state.anchor, program: 'mpa test' };
    const opened = (error: Error): unknown =>
      readCheckpoint(text, bound, () => {
        throw error;
      });
    expect(opened(Object.assign(new Error('no'), { code: 'EACCES' }))).toMatchObject({ ok: false });
    const defect = new RangeError('no such thing');
    expect(() => opened(defect)).toThrow(defect);
  });

  it('of another ledger, or an older one under the newer name, is not taken for it', async () => {
    const it = await kept();
    const other = await kept(90);
    for (const wrong of [other.file()]) {
      copyFileSync(wrong, it.file());
      expect((await it.process().checkpoint()).verified).toBeNull();
    }
  });

  it('damaged where a request stands: the look-up says so, answers nothing, and the checkpoint is set aside', async () => {
    const it = await kept();
    flip(it.file(), 100);
    await it.restart();
    const { requests } = it.scene.state;
    expect(() => it.over.map((id) => requests.get(id))).toThrow(
      expect.objectContaining({ code: 'disk' }) as Error,
    );
    expect(await it.process().checkpoint()).toEqual({ verified: null, why: null });
  });
});

describe('an archive that was interrupted, and two processes', () => {
  it('killed between archive and checkpoint: the checkpoint before is whole, and what was left goes with the next', async () => {
    const it = await kept();
    const checkpoint = join(it.folder, 'checkpoint');
    const before = readFileSync(checkpoint);
    const [first] = it.files();
    copyFileSync(it.file(), join(it.folder, 'first'));
    it.close(70);
    await it.save();
    // As if the process had ended right before the new checkpoint replaced the old one.
    writeFileSync(checkpoint, before);
    copyFileSync(join(it.folder, 'first'), join(it.archive, first ?? ''));
    expect(it.files()).toHaveLength(2);
    await it.restart();
    expect([...it.scene.state.requests.keys()].sort()).toEqual(it.over.slice(0, 80).sort());
    it.close(70);
    await it.save();
    expect(it.files()).toHaveLength(1);
    await it.restart();
    expect([...it.scene.state.requests.keys()]).toHaveLength(150);
  });

  it('a process that another has outrun still finds everything, and never names files that are gone', async () => {
    const it = await kept();
    await it.restart();
    const slow = it.process();
    const { verified } = await slow.checkpoint();
    it.close(70);
    await it.save();
    const newest = readFileSync(join(it.folder, 'checkpoint'), 'utf8');
    expect(verified?.state.requests.get(it.over[3] ?? '')?.closed?.as).toBe('denied');
    if (verified === null) throw new Error('there is a checkpoint');
    await slow.writeCheckpoint(verified, 1, false);
    expect(readFileSync(join(it.folder, 'checkpoint'), 'utf8')).toBe(newest);
    expect((await it.process().checkpoint()).verified?.state.requests.get(it.over[149] ?? '')).toBeDefined();
  });
});

/** A ledger with so many requests that are over that they go into the archive; and one that is not. */
async function aged(): Promise<{ w: World; home: Joined; old: string }> {
  const w = await world();
  const home = w.home();
  const { id: old } = await write(home, w.alice, ask());
  for (let i = 0; i < 66; i += 1) await w.craft(w.bob, ask());
  w.clock.time = BEGIN + 2 * 3600;
  await w.craft(w.bob, ask(['true'], w.clock.time));
  await home.ledger.refresh();
  return { w, home, old };
}

describe('a ledger most of which is over', () => {
  it('an event that names an old request has the effect that it has for a reader from the root', async () => {
    const { w, home, old } = await aged();
    expect(readdirSync(join(home.folder, 'archive'))).toHaveLength(1);
    await w.craft(w.alice, { type: 'close', request: old, as: 'withdrawn', reason: 'too late' });
    const again = home.again();
    const { state } = await again.ledger.refresh();
    expect(again.notices).toEqual([]);
    expect(state.requests.hot.size).toBe(2);
    expect(state.requests.get(old)?.closed?.as).toBe('withdrawn');
    const whole = await again.ledger.every(() => undefined);
    expect(state.requests.all()).toEqual(whole.state.requests.all());
  });

  it('where that request is damaged, the ledger is read from its root, said so, and kept anew', async () => {
    const { w, home, old } = await aged();
    const archive = join(home.folder, 'archive');
    const path = join(archive, readdirSync(archive)[0] ?? '');
    for (let at = 50; at < statSync(path).size - 1000; at += 500) flip(path, at);
    await w.craft(w.alice, { type: 'close', request: old, as: 'withdrawn', reason: 'too late' });
    const again = home.again();
    const checkpoint = join(home.folder, 'checkpoint');
    const damaged = readFileSync(checkpoint);
    again.notices.push = (...lines) => {
      // It comes back: as where it cannot be set aside.
      writeFileSync(checkpoint, damaged);
      if (again.notices.length > 3) throw new Error('it is read for ever');
      return Array.prototype.push.apply(again.notices, lines);
    };
    w.clock.time += 60;
    const { state, fetchedAt } = await again.ledger.refresh();
    expect([again.notices.length, fetchedAt]).toEqual([1, w.clock.time]);
    expect(state.requests.get(old)?.closed?.as).toBe('withdrawn');
    const third = home.again();
    expect((await third.ledger.view()).state.requests.get(old)?.closed?.as).toBe('withdrawn');
    expect(third.notices).toEqual([]);
  });
});
