import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyState } from '../../src/ledger/checkpoint.js';
import { openHome } from '../../src/ledger/home.js';
import { tryLock } from '../../src/ledger/lock.js';
import { place } from '../support/places.js';
import { containing, ask, BEGIN, world, write, type Home } from './world.js';

function file(home: Home, name: string): string {
  return join(home.folder, name);
}

function headOf(home: Home): unknown {
  return JSON.parse(readFileSync(file(home, 'head.json'), 'utf8'));
}

describe('what this machine remembers of a ledger', () => {
  it('is the anchor in full, the verified head, and a checkpoint; private files', async () => {
    const w = await world();
    const home = w.home();
    const { head } = await home.ledger.refresh();
    expect(readFileSync(file(home, 'anchor'), 'utf8').trim()).toBe(w.anchor);
    expect(headOf(home)).toEqual({ anchor: w.anchor, ...head, fetchedAt: BEGIN });
    for (const name of ['anchor', 'head.json', 'checkpoint'])
      expect(statSync(file(home, name)).mode & 0o777).toBe(0o600);
  });

  it('knows when the remote was last looked at, without another look', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    w.clock.time += 600;
    expect((await home.again().ledger.view()).fetchedAt).toBe(BEGIN);
    await home.again().ledger.refresh();
    expect((await home.again().ledger.view()).fetchedAt).toBe(BEGIN + 600);
  });

  it('foreign-state: a folder that holds another ledger', async () => {
    const w = await world();
    const other = await world();
    const home = w.home();
    await home.ledger.refresh();
    const theirs = other.home();
    await theirs.ledger.refresh();
    writeFileSync(file(theirs, 'anchor'), `${w.anchor}\n`);
    await expect(theirs.ledger.view()).rejects.toMatchObject({ code: 'foreign-state' });
    writeFileSync(file(theirs, 'anchor'), `${other.anchor}\n`);
    writeFileSync(file(theirs, 'head.json'), readFileSync(file(home, 'head.json')));
    await expect(theirs.ledger.refresh()).rejects.toMatchObject({ code: 'foreign-state' });
  });

  it.each([
    ['lost', (path: string): void => rmSync(path)],
    ['torn', (path: string): void => writeFileSync(path, readFileSync(path).subarray(0, 40))],
    ['empty', (path: string): void => writeFileSync(path, '')],
    ['of another form', (path: string): void => writeFileSync(path, '{"commit": "here"}')],
  ])('§2.2 a head record that is %s fails closed, with the next step', async (_how, spoil) => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    spoil(file(home, 'head.json'));
    const refused = await home
      .again()
      .ledger.refresh()
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'bad-config', hint: containing('mpa join') });
  });

  it('unsafe-permissions: a state folder that others can write in', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    chmodSync(home.folder, 0o770);
    await expect(home.again().ledger.view()).rejects.toMatchObject({ code: 'unsafe-permissions' });
  });

  it('§2.2 a lost or foreign checkpoint never weakens the look for a rewritten branch', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const before = w.remote.branch;
    await w.craft(w.alice, ask());
    await home.ledger.refresh();
    rmSync(file(home, 'checkpoint'));
    w.remote.branch = before;
    await expect(home.again().ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    await w.craft(w.bob, ask());
    await expect(home.again().ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    await w.home().ledger.refresh();
  });

  it('§4 a branch with the same names and another chain is rewritten: nothing rests on SHA-1', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const record = readFileSync(file(home, 'head.json'), 'utf8');
    writeFileSync(file(home, 'head.json'), record.replace(/"chain": "[0-9a-f]{8}/, '"chain": "00000000'));
    await expect(home.again().ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
  });
});

describe('the checkpoint', () => {
  it('spares the verification of what was verified: objects below it are not read again', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    home.store.objects.delete(w.first.head.commit);
    expect((await home.again().ledger.view()).head.commit).toBe(w.remote.branch);
    await expect(home.again().ledger.every(() => undefined)).rejects.toMatchObject({ code: 'damaged' });
  });

  it.each([
    [
      'torn',
      (home: Home): void =>
        writeFileSync(file(home, 'checkpoint'), readFileSync(file(home, 'checkpoint')).subarray(0, -20)),
    ],
    [
      'rotten',
      (home: Home): void =>
        writeFileSync(
          file(home, 'checkpoint'),
          readFileSync(file(home, 'checkpoint'), 'utf8').replace('"prod"', '"plod"'),
        ),
    ],
    ['of another form', (home: Home): void => writeFileSync(file(home, 'checkpoint'), 'hello')],
    [
      'of another ledger',
      (home: Home): void =>
        writeFileSync(
          file(home, 'checkpoint'),
          readFileSync(file(home, 'checkpoint'), 'utf8').replace(/"anchor":"./, '"anchor":"x'),
        ),
    ],
  ])('that is %s is told of, and made anew from the root', async (_how, spoil) => {
    const w = await world();
    const home = w.home();
    const { head } = await home.ledger.refresh();
    const good = readFileSync(file(home, 'checkpoint'), 'utf8');
    spoil(home);
    const again = home.again();
    expect((await again.ledger.view()).head).toEqual(head);
    expect(again.notices).toHaveLength(1);
    expect(readFileSync(file(home, 'checkpoint'), 'utf8')).toBe(good);
    const third = home.again();
    await third.ledger.view();
    expect(third.notices).toEqual([]);
  });

  it('of another version of the program is not used', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const newer = home.again('mpa next');
    await newer.ledger.view();
    expect(newer.notices).toHaveLength(1);
  });

  it('of a branch that was left behind is not used', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const before = readFileSync(file(home, 'head.json'));
    const base = w.remote.branch;
    await w.craft(w.alice, ask());
    await home.ledger.refresh();
    writeFileSync(file(home, 'head.json'), before);
    w.remote.branch = base;
    await w.craft(w.bob, ask());
    const view = await home.again().ledger.refresh();
    expect([...view.state.requests.values()].map(({ event }) => event.actor)).toEqual(['bob']);
  });

  it('that is large is written once for many commits, not at each', async () => {
    const w = await world();
    const { state, head } = w.first;
    const folder = join(place(), 'state');
    mkdirSync(folder, { mode: 0o700 });
    const remembered = openHome(folder, w.anchor, 'mpa test', 'memory');
    const at = async (read: number, name: string): Promise<string> => {
      await remembered.writeCheckpoint({ state: { ...state, name }, head }, read, false);
      return (await remembered.checkpoint()).verified?.state.name.slice(0, 1) ?? '';
    };
    const large = 'x'.repeat(600_000);
    expect(await at(1, `a${large}`)).toBe('a');
    expect(await at(1, `b${large}`)).toBe('a');
    expect(await at(1, `c${large}`)).toBe('a');
    expect(await at(1, `d${large}`)).toBe('d');
    expect(await at(5, 'small')).toBe('s');
    expect(await at(1, 'tiny')).toBe('t');
  });

  it('leaves no drafts of writers that were killed, even where there is nothing to write', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const { pid: gone } = spawnSync('true');
    mkdirSync(file(home, 'archive'), { recursive: true });
    const drafts = (pid: number): string[] =>
      ['checkpoint', 'archive/a.seg'].map((name) => file(home, `${name}.tmp-${pid}-1`));
    for (const draft of [...drafts(gone), ...drafts(process.pid)]) writeFileSync(draft, 'half');
    await home.again().ledger.refresh();
    expect(drafts(gone).filter((draft) => existsSync(draft))).toEqual([]);
    expect(drafts(process.pid).filter((draft) => existsSync(draft))).toHaveLength(2);
  });
});

describe('two processes of one machine', () => {
  it('never move the head back: the slower one leaves what the quicker one has verified', async () => {
    const w = await world();
    const slow = w.home();
    const quick = slow.again();
    await slow.ledger.refresh();
    const first = await w.craft(w.alice, ask());
    let newest = '';
    slow.store.afterFetch = async () => {
      newest = await w.craft(w.bob, ask());
      await quick.ledger.refresh();
    };
    const view = await slow.ledger.refresh();
    expect(view.head.commit).toBe(first);
    expect(headOf(slow)).toMatchObject({ commit: newest });
    expect((await slow.ledger.refresh()).head.commit).toBe(newest);
  });

  it('rewritten: meanwhile another process has verified a continuation that ours lacks', async () => {
    const w = await world();
    const slow = w.home();
    await slow.ledger.refresh();
    const base = w.remote.branch;
    await w.craft(w.alice, ask());
    let theirs: unknown;
    slow.store.afterFetch = async () => {
      w.remote.branch = base;
      await w.craft(w.bob, ask());
      await slow.again().ledger.refresh();
      theirs = headOf(slow);
    };
    await expect(slow.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    expect(headOf(slow)).toEqual(theirs);
  });

  it('a view is as it was, whatever this process reads and writes later', async () => {
    const w = await world();
    const home = w.home();
    const early = await home.ledger.refresh();
    const before = copyState(early.state);
    await w.craft(w.bob, ask());
    const middle = await home.ledger.refresh();
    await write(home, w.alice, ask());
    expect(early.state).toEqual(before);
    expect(middle.state.requests.hot.size).toBe(1);
    expect((await home.ledger.view()).state.requests.hot.size).toBe(2);
  });

  it('a fetch that began before our push may put the older tip back here: the ledger is not rewound by that', async () => {
    const w = await world();
    const home = w.home();
    const { head } = await home.ledger.refresh();
    const { view } = await write(home, w.alice, ask());
    home.store.setTip(head.commit);
    expect((await home.again().ledger.view()).head).toEqual(view.head);
  });

  it('locked: a reader goes on without saving while another holds the lock, a writer does not', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const held = await tryLock(file(home, 'lock'));
    await w.craft(w.bob, ask());
    expect((await home.ledger.refresh()).state.requests.hot.size).toBe(1);
    expect(home.notices).toHaveLength(1);
    await w.craft(w.bob, ask());
    await expect(write(home, w.alice, ask())).rejects.toMatchObject({ code: 'locked' });
    await held?.release();
    await write(home, w.alice, ask());
  });
});

describe('§2.6 accepting a branch that lost what was verified', () => {
  it('lists what vanishes, moves to the head that was typed, and keeps the record of spent uses', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const base = w.remote.branch;
    const { id } = await write(home, w.alice, ask());
    const claim = {
      start: 'a'.repeat(64),
      request: id,
      commit: 'b'.repeat(40),
      parent: 'c'.repeat(40),
      actor: 'alice',
      at: BEGIN,
      stage: 'spawning',
      finish: null,
      settled: null,
    } as const;
    await home.spent.claim(claim);
    w.remote.branch = base;
    const head = await w.craft(w.bob, ask());
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    expect((await home.ledger.vanishing()).map((item) => item.id)).toEqual([id]);
    await expect(home.ledger.accept(head.slice(0, 12))).rejects.toMatchObject({ code: 'full-id-needed' });
    await expect(home.ledger.accept(base ?? '')).rejects.toMatchObject({ code: 'unknown-id' });
    await expect(home.ledger.view()).rejects.toMatchObject({ code: 'rewritten' });
    expect((await home.ledger.accept(head)).head.commit).toBe(head);
    expect((await home.ledger.refresh()).state.requests.has(id)).toBe(false);
    expect((await home.again().ledger.view()).head.commit).toBe(head);
    expect(await home.ledger.vanishing()).toEqual([]);
    expect(await home.spent.claims(id)).toEqual([claim]);
  });

  it('locked: another process has moved the head since the new branch was read', async () => {
    const w = await world();
    let spoil = (): void => undefined;
    const clock = {
      time: BEGIN,
      now() {
        spoil();
        return BEGIN;
      },
    };
    const home = w.home(clock);
    await home.ledger.refresh();
    const base = w.remote.branch;
    await write(home, w.alice, ask());
    const newer = readFileSync(file(home, 'head.json'), 'utf8').replaceAll(
      /"commit": "[0-9a-f]+"/g,
      `"commit": "${'e'.repeat(40)}"`,
    );
    w.remote.branch = base;
    const head = await w.craft(w.bob, ask());
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    spoil = () => writeFileSync(file(home, 'head.json'), newer);
    await expect(home.ledger.accept(head)).rejects.toMatchObject({ code: 'locked' });
    expect(readFileSync(file(home, 'head.json'), 'utf8')).toBe(newer);
  });

  it('a stranger, or a branch that is malformed, cannot be accepted', async () => {
    const w = await world();
    const other = await world();
    const home = w.home();
    await home.ledger.refresh();
    for (const [oid, item] of other.remote.objects) w.remote.objects.set(oid, item);
    w.remote.branch = other.remote.branch;
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'stranger' });
    await expect(home.ledger.accept(other.remote.branch ?? '')).rejects.toMatchObject({ code: 'stranger' });
  });
});
