import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Store, StoredCommit } from '../../src/core/ports.js';
import type { Verified } from '../../src/ledger/checkpoint.js';
import { inspect, stageIn } from '../../src/ledger/inspect.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { tryLock } from '../../src/ledger/lock.js';
import { readBranch } from '../../src/ledger/read.js';
import { place } from '../support/places.js';
import { memoryStore } from './memory-store.js';
import { ask, world, type World } from './world.js';

/** A branch longer than a stage: an event below its end, `near`, and two above it, the last at the tip. */
let w: World;
let near: string;

beforeAll(async () => {
  w = await world();
  const junk = (count: number): void => {
    for (let index = 0; index < count; index += 1) w.junk(`junk ${index}`);
  };
  junk(4900);
  near = await w.craft(w.alice, ask());
  junk(1000);
  await w.craft(w.alice, ask());
  junk(700);
  await w.craft(w.alice, ask());
});

type Commits = (...args: Parameters<Store['commits']>) => ReturnType<Store['commits']>;

/** What hands over commits as `store` does now, and breaks after so many; and how many it has handed over. */
function breaking(store: Store, after: number): { commits: Commits; handed: () => number } {
  let handed = 0;
  const real: Commits = store.commits.bind(store);
  async function* commits(...[oids, chain]: Parameters<Commits>): AsyncGenerator<StoredCommit, void> {
    for await (const commit of real(oids, chain)) {
      handed += 1;
      if (handed > after) throw new Error('interrupted');
      yield commit;
    }
  }
  return { commits, handed: () => handed };
}

describe('a first verification that is interrupted', () => {
  const parts = () => ({
    checker: createSignatureChecker(),
    certificates: createCertificateReader(),
    clock: w.clock,
  });
  const binding = { program: 'mpa test', remote: 'memory' };

  it('goes on after its last stage, and comes to the same', async () => {
    const folder = join(place(), 'state');
    const clone = memoryStore(w.remote);
    const met: string[] = [];
    const stage = () =>
      stageIn(folder, binding, ({ head }, there) => {
        met.push(`${head.commit} ${there}`);
      });
    const first = breaking(clone, 5500);
    await expect(
      inspect({ ...parts(), store: { ...clone, commits: first.commits }, stage: stage() }),
    ).rejects.toThrow('interrupted');
    expect(met).toEqual([]);

    const second = breaking(clone, Infinity);
    const found = await inspect({ ...parts(), store: { ...clone, commits: second.commits }, stage: stage() });
    expect(met).toEqual([`${near} true`]);
    expect(second.handed()).toBeLessThan(1800);
    const whole = await inspect({ ...parts(), store: memoryStore(w.remote) });
    expect([found.anchor, found.head, found.tip]).toEqual([whole.anchor, whole.head, whole.tip]);
    expect([...found.state.requests.hot.keys()]).toEqual([...whole.state.requests.hot.keys()]);
    // A third, as after a question that was not answered, has nothing left to verify.
    const third = breaking(clone, Infinity);
    await inspect({ ...parts(), store: { ...clone, commits: third.commits }, stage: stage() });
    expect([met.at(-1), third.handed()]).toEqual([`${whole.head.commit} true`, 1]);
    // Nothing is pinned by it.
    expect(existsSync(join(folder, 'head.json'))).toBe(false);
  });

  it('nothing is gone on from in a folder that others can write in', async () => {
    const folder = join(place(), 'state');
    const store = memoryStore(w.remote);
    const stage = () => stageIn(folder, binding, () => undefined);
    await inspect({ ...parts(), store, stage: stage() });
    chmodSync(folder, 0o770);
    const found = inspect({ ...parts(), store, stage: stage() });
    await expect(found).rejects.toMatchObject({ code: 'unsafe-permissions' });
  });

  it('begins again under another program, where the branch is another, and where no stage can be kept', async () => {
    const clone = memoryStore(w.remote);
    const [folder, second] = [join(place(), 'state'), join(place(), 'state')];
    for (const each of [folder, second]) {
      const store = { ...clone, commits: breaking(clone, 5500).commits };
      const stage = stageIn(each, binding, () => undefined);
      await expect(inspect({ ...parts(), store, stage })).rejects.toThrow('interrupted');
    }
    const other = breaking(clone, Infinity);
    const elder = stageIn(folder, { ...binding, program: 'mpa other' }, () => {
      throw new Error('nothing is to be found');
    });
    await inspect({ ...parts(), store: { ...clone, commits: other.commits }, stage: elder });
    expect(other.handed()).toBeGreaterThan(6600);

    const tip = w.remote.branch;
    w.remote.branch = w.first.head.commit;
    const gone: string[] = [];
    const kept = stageIn(second, binding, ({ head }, there) => {
      gone.push(`${head.commit} ${there}`);
    });
    const set = await inspect({ ...parts(), store: clone, stage: kept });
    expect(set.head.commit).toBe(w.first.head.commit);
    expect(gone).toEqual([`${near} false`]);
    w.remote.branch = tip;

    const taken = join(place(), 'state');
    mkdirSync(join(taken, 'checkpoint'), { recursive: true, mode: 0o700 });
    const nowhere = stageIn(taken, binding, () => undefined);
    expect((await inspect({ ...parts(), store: clone, stage: nowhere })).tip.commit).toBe(tip);
  });
});

describe('§2.2 a joined ledger that is read from its root, and interrupted', () => {
  it('goes on after the last stage below the verified head, and has a whole checkpoint again', async () => {
    const home = w.home();
    const { head } = await home.ledger.refresh();
    rmSync(join(home.folder, 'checkpoint'));
    const whole: Commits = home.store.commits.bind(home.store);
    home.store.commits = breaking(home.store, 5500).commits;
    await expect(home.again().ledger.view()).rejects.toThrow('interrupted');
    home.store.commits = whole;
    const again = breaking(home.store, Infinity);
    home.store.commits = again.commits;
    expect((await home.again().ledger.view()).head).toEqual(head);
    expect(again.handed()).toBeLessThan(1800);
    const last = again.handed();
    await home.again().ledger.view();
    expect(again.handed()).toBe(last);
  });

  it('waits for nobody: while another process writes, no stage is kept', async () => {
    const home = w.home();
    await home.ledger.refresh();
    rmSync(join(home.folder, 'checkpoint'));
    const whole: Commits = home.store.commits.bind(home.store);
    home.store.commits = breaking(home.store, 5500).commits;
    const lock = await tryLock(join(home.folder, 'lock'));
    await expect(home.again().ledger.view()).rejects.toThrow('interrupted');
    await lock?.release();
    expect(home.pauses).toEqual([]);
    expect(existsSync(join(home.folder, 'checkpoint'))).toBe(false);
    home.store.commits = whole;
  });

  it('an audit keeps none', async () => {
    const home = w.home();
    await home.ledger.refresh();
    rmSync(join(home.folder, 'checkpoint'));
    await home.again().ledger.every(() => undefined);
    expect(existsSync(join(home.folder, 'checkpoint'))).toBe(false);
  });

  it('above the verified head it keeps none: one that does not lead through that head is never gone on from', async () => {
    const home = w.home();
    const tip = w.remote.branch;
    w.remote.branch = w.first.head.commit;
    const { head } = await home.ledger.refresh();
    rmSync(join(home.folder, 'checkpoint'));
    w.remote.branch = tip;
    const whole: Commits = home.store.commits.bind(home.store);
    home.store.commits = breaking(home.store, 5500).commits;
    await expect(home.again().ledger.refresh()).rejects.toThrow('interrupted');
    home.store.commits = whole;
    expect(existsSync(join(home.folder, 'checkpoint'))).toBe(false);
    expect((await home.again().ledger.refresh()).head.commit).not.toBe(head.commit);
  });
});

it('the first stage that is kept shares nothing with what was kept before; where none was, the next is the first', async () => {
  const long = await world();
  for (let index = 0; index < 10_000; index += 1) long.junk('junk');
  const store = memoryStore(long.remote);
  await store.fetch();
  const { anchor, clock } = long;
  const parts = { checker: createSignatureChecker(), certificates: createCertificateReader(), anchor, clock };
  for (const kept of [true, false]) {
    const told: boolean[] = [];
    const passing = (_: Verified, anew: boolean): Promise<boolean> => {
      told.push(anew);
      return Promise.resolve(kept);
    };
    await readBranch({ ...parts, store, passing }, long.remote.branch ?? '', { from: null, head: null });
    expect(told).toEqual([true, !kept]);
  }
});
