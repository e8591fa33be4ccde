import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRival, pendingFinishes, pushFinishes, settleClaims } from '../../src/ledger/claims.js';
import type { Candidate, EventBody } from '../../src/ledger/ledger.js';
import { openSpentRecord, type Claim, type FinishNote, type Stage } from '../../src/ledger/spent.js';
import { formatTime } from '../../src/core/time.js';
import { ask, BEGIN, policyOf, world, write, type Home, type World } from './world.js';

interface Scene {
  readonly w: World;
  readonly home: Home;
  readonly request: string;
}

/** Alice has a request that bob approved. */
async function granted(uses = 1): Promise<Scene> {
  const w = await world();
  const home = w.home();
  const { id } = await write(home, w.alice, { ...ask(), uses } as EventBody);
  await write(home, w.bob, { type: 'approve', request: id });
  return { w, home, request: id };
}

/** The event of some candidate, where only its place matters. */
async function anyEvent(home: Home): Promise<Candidate['event']> {
  const found: Candidate['event'][] = [];
  await home.ledger.every((item) => {
    if ('event' in item && item.event.type === 'request') found.push(item.event);
  });
  const [event] = found;
  if (event === undefined) throw new Error('no request');
  return event;
}

function claimOf({ id, commit, parent }: Candidate, request: string, at: number): Claim {
  return {
    start: id,
    request,
    commit,
    parent,
    actor: 'alice',
    at,
    stage: 'claimed',
    finish: null,
    settled: null,
  };
}

/** Writes a start with its claim, as exec does, up to `stage`. `landing`: what the push comes to. */
async function started(scene: Scene, stage: Stage, finish: FinishNote | null = null): Promise<Claim> {
  const { w, home, request } = scene;
  const claims: Claim[] = [];
  await home.ledger.append(
    'alice',
    w.alice.signer,
    () => ({ body: { type: 'start', request, host: 'prod-1' } }),
    {
      patience: 'person',
      beforePush: async (candidate) => {
        const claim = claimOf(candidate, request, w.clock.now());
        claims.push(claim);
        await home.spent.claim(claim);
      },
    },
  );
  const [claim] = claims;
  if (claim === undefined) throw new Error('no claim');
  const now: Claim = { ...claim, stage, finish };
  if (stage !== 'claimed') await home.spent.update(now);
  w.clock.time += 10;
  return now;
}

/** A claim whose push never arrived. */
async function unsent(scene: Scene): Promise<Claim> {
  const { w, home, request } = scene;
  const claims: Claim[] = [];
  w.remote.onPush = () => {
    w.remote.down = true;
    return { kind: 'unknown', words: '' };
  };
  const sent = home.ledger.append(
    'alice',
    w.alice.signer,
    () => ({ body: { type: 'start', request, host: 'prod-1' } }),
    {
      patience: 'person',
      beforePush: async (candidate) => {
        const claim = claimOf(candidate, request, w.clock.now());
        claims.push(claim);
        await home.spent.claim(claim);
      },
    },
  );
  await expect(sent).rejects.toMatchObject({ code: 'remote-unreachable' });
  w.remote.onPush = null;
  w.remote.down = false;
  w.clock.time += 10;
  const [claim] = claims;
  if (claim === undefined) throw new Error('no claim');
  return claim;
}

async function settle({ home }: Scene): Promise<Awaited<ReturnType<typeof settleClaims>>> {
  return settleClaims(await home.ledger.refresh(), home.store, home.spent);
}

const NOTHING = { lost: [], unspawned: [], interrupted: [] };

describe('§8.4 settling claims whose process is gone', () => {
  it('a claim on the tip itself stays: its push may still land', async () => {
    const scene = await granted();
    const claim = await unsent(scene);
    expect(await settle(scene)).toEqual(NOTHING);
    expect(await scene.home.spent.unsettled()).toEqual([claim]);
    expect(isRival(claim, await scene.home.ledger.view())).toBe(true);
  });

  it('lost: the verified branch carries another commit on its parent', async () => {
    const scene = await granted();
    const claim = await unsent(scene);
    await scene.w.craft(scene.w.bob, ask());
    const settled = await settle(scene);
    expect(settled).toEqual({ ...NOTHING, lost: [{ ...claim, settled: 'lost' }] });
    expect(await scene.home.spent.claims()).toEqual(settled.lost);
    expect(isRival(claim, await scene.home.ledger.view())).toBe(false);
  });

  it('lost: an inert commit on its parent will do', async () => {
    const scene = await granted();
    await unsent(scene);
    scene.w.junk('first');
    expect((await settle(scene)).lost).toHaveLength(1);
  });

  it('lost: the verified branch no longer holds its parent', async () => {
    const scene = await granted();
    const base = scene.w.remote.branch;
    scene.w.junk('to be dropped');
    await unsent(scene);
    scene.w.remote.branch = base;
    expect((await settle(scene)).lost).toHaveLength(1);
  });

  it('a view from before the claim proves nothing', async () => {
    const scene = await granted();
    const { w, home } = scene;
    const junk = w.junk('dropped later');
    const old = await home.ledger.refresh();
    w.remote.branch = old.head.commit;
    await home.ledger.refresh();
    const claim = await started(scene, 'claimed');
    expect(old.tip.commit).toBe(junk);
    expect(await settleClaims(old, home.store, home.spent)).toEqual(NOTHING);
    expect(await home.spent.unsettled()).toEqual([claim]);
  });

  it('a claim whose commit the branch holds is not lost, though its start be void', async () => {
    const scene = await granted();
    const { w, home, request } = scene;
    const { tip } = await home.ledger.refresh();
    const commit = await w.craft(w.bob, { type: 'start', request, host: 'prod-1' });
    const claim = claimOf(
      { id: 'e'.repeat(64), commit, parent: tip.commit, event: await anyEvent(home) },
      request,
      BEGIN,
    );
    await home.spent.claim(claim);
    w.clock.time += 10;
    expect(await settle(scene)).toEqual(NOTHING);
  });

  it('a claim that its process settled before we had its lock is left as it is', async () => {
    const scene = await granted();
    const { home } = scene;
    const claim = await started(scene, 'spawning');
    const stale = await home.spent.unsettled();
    await home.spent.update({ ...claim, settled: 'recorded' });
    const spent = { ...home.spent, unsettled: () => Promise.resolve(stale) };
    expect(await settleClaims(await home.ledger.refresh(), home.store, spent)).toEqual(NOTHING);
    expect(await home.spent.claims()).toMatchObject([{ settled: 'recorded' }]);
  });

  it('a claim whose process lives is not touched', async () => {
    const scene = await granted();
    const claim = await unsent(scene);
    await scene.w.craft(scene.w.bob, ask());
    const lock = await scene.home.spent.lock(claim.start);
    expect(await settle(scene)).toEqual(NOTHING);
    await lock?.release();
    expect((await settle(scene)).lost).toHaveLength(1);
  });

  it.each(['claimed', 'pushed'] as const)(
    'landed and certainly never spawned (%s): a failed finish waits, and gives the use back',
    async (stage) => {
      const scene = await granted();
      const { w, home, request } = scene;
      await started(scene, stage);
      expect((await settle(scene)).unspawned).toMatchObject([{ stage: 'finished', settled: null }]);
      expect(await pendingFinishes(home.spent)).toHaveLength(1);
      expect(await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, fail)).toBe(1);
      const record = (await home.ledger.view()).state.requests.get(request);
      expect(record).toMatchObject({
        spent: 0,
        givenBack: true,
        runs: [{ finish: { exit: { failed: 'not-spawned' } } }],
      });
      expect(await home.spent.claims()).toMatchObject([{ settled: 'recorded' }]);
    },
  );

  it('interrupted: it may have been spawned, and stays spent for good', async () => {
    const scene = await granted();
    const claim = await started(scene, 'spawning');
    expect(await settle(scene)).toEqual({ ...NOTHING, interrupted: [{ ...claim, settled: 'interrupted' }] });
    expect(await pendingFinishes(scene.home.spent)).toEqual([]);
    expect(await settle(scene)).toEqual(NOTHING);
    expect((await scene.home.ledger.view()).state.requests.get(scene.request)?.spent).toBe(1);
  });

  it('interrupted stays spent, too, where the remote has dropped its start and a person accepted that', async () => {
    const scene = await granted();
    const { w, home } = scene;
    const base = w.remote.branch;
    await started(scene, 'spawning');
    w.remote.branch = base;
    const head = await w.craft(w.bob, ask());
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    await home.ledger.accept(head);
    await settle(scene);
    expect(await home.spent.claims()).toMatchObject([{ settled: 'interrupted' }]);
  });

  it('each claim by itself: of two uses of one request the one that ended says nothing of the other', async () => {
    const scene = await granted(2);
    const { home, w } = scene;
    const first = await started(scene, 'spawning');
    const second = await started(scene, 'spawning');
    await write(home, w.alice, { type: 'finish', run: first.start, exit: { code: 0 }, millis: 5 });
    expect(await settle(scene)).toEqual({ ...NOTHING, interrupted: [{ ...second, settled: 'interrupted' }] });
    expect(await home.spent.claims()).toMatchObject([{ settled: 'recorded' }, { settled: 'interrupted' }]);
  });

  it('damaged: where the branch cannot be walked nothing is settled', async () => {
    const scene = await granted();
    const { home, w } = scene;
    const claim = await unsent(scene);
    await w.craft(w.bob, ask());
    const view = await home.ledger.refresh();
    const fault = { kind: 'damaged', oid: claim.parent, detail: 'rotten', mend: 'nothing' } as const;
    const store = { ...home.store, walk: () => Promise.resolve({ ok: false, fault } as const) };
    await expect(settleClaims(view, store, home.spent)).rejects.toMatchObject({ code: 'damaged' });
    expect(await home.spent.unsettled()).toEqual([claim]);
  });

  it('a claim whose file a person has moved away meanwhile is nobody’s to settle', async () => {
    const scene = await granted();
    const { home } = scene;
    const claim = await started(scene, 'spawning');
    const spent = openSpentRecord(join(home.folder, 'elsewhere'));
    const listed = { ...spent, unsettled: () => Promise.resolve([claim]) };
    expect(await settleClaims(await home.ledger.refresh(), home.store, listed)).toEqual(NOTHING);
  });

  it('is a rival where it is unconfirmed and was made onto this very tip', () => {
    const tip = { commit: 'd'.repeat(40), chain: 'c'.repeat(64), position: 3 };
    const base: Claim = {
      start: 'a'.repeat(64),
      request: 'b'.repeat(64),
      commit: 'c'.repeat(40),
      parent: tip.commit,
      actor: 'alice',
      at: BEGIN,
      stage: 'claimed',
      finish: null,
      settled: null,
    };
    const rival = (more: Partial<Claim>): boolean => isRival({ ...base, ...more }, { tip });
    expect(rival({})).toBe(true);
    for (const stage of ['pushed', 'spawning', 'finished'] as const) expect(rival({ stage })).toBe(false);
    for (const settled of ['lost', 'recorded', 'dropped', 'interrupted'] as const)
      expect(rival({ settled })).toBe(false);
    expect(rival({ parent: 'e'.repeat(40) })).toBe(false);
  });

  it('recorded: its finish is in the ledger, whoever pushed it', async () => {
    const scene = await granted();
    const claim = await started(scene, 'finished', { exit: { code: 0 }, millis: 5 });
    await write(scene.home, scene.w.alice, {
      type: 'finish',
      run: claim.start,
      exit: { code: 0 },
      millis: 5,
    });
    await settle(scene);
    expect(await scene.home.spent.claims()).toMatchObject([{ settled: 'recorded' }]);
  });
});

function fail(line: string): void {
  throw new Error(line);
}

describe('§8.8 finishes that wait', () => {
  const finish: FinishNote = {
    exit: { signal: 'SIGTERM' },
    millis: 77,
    stdout: { sha256: 'a'.repeat(64), size: 3 },
  };

  it('are signed when they are pushed, with what was noted', async () => {
    const scene = await granted();
    const { w, home, request } = scene;
    await started(scene, 'finished', finish);
    expect(await settle(scene)).toEqual(NOTHING);
    w.clock.time = BEGIN + 50_000;
    expect(await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, fail)).toBe(1);
    const view = await home.ledger.view();
    expect(view.state.requests.get(request)?.runs).toMatchObject([
      { finish: { exit: finish.exit, millis: 77, at: BEGIN + 50_000 } },
    ]);
    expect(await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, fail)).toBe(0);
  });

  it('of a run that this process has seen need no fetch', async () => {
    const scene = await granted();
    const { w, home } = scene;
    await started(scene, 'finished', finish);
    let fetches = 0;
    home.store.afterFetch = () => Promise.resolve(void (fetches += 1));
    expect(await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, fail)).toBe(1);
    expect(fetches).toBe(0);
  });

  it('of a run that another process wrote after our last look are recorded, not taken for hopeless', async () => {
    const scene = await granted();
    const { w, home } = scene;
    const other = home.again();
    await other.ledger.view();
    await started(scene, 'finished', finish);
    expect(await pushFinishes(other.ledger, other.spent, 'alice', w.alice.signer, fail)).toBe(1);
  });

  it('are those of runs that have ended and are known, and no others', async () => {
    const { home } = await granted();
    const claim = (digit: string, stage: Stage, noted: FinishNote | null): Claim => ({
      start: digit.repeat(64),
      request: 'b'.repeat(64),
      commit: 'c'.repeat(40),
      parent: 'd'.repeat(40),
      actor: 'alice',
      at: BEGIN,
      stage,
      finish: noted,
      settled: null,
    });
    const waiting = claim('4', 'finished', finish);
    for (const each of [
      claim('1', 'spawning', null),
      claim('2', 'spawning', finish),
      claim('3', 'finished', null),
      waiting,
    ])
      await home.spent.claim(each);
    expect(await pendingFinishes(home.spent)).toEqual([waiting]);
  });

  it('are pushed by a process that has read nothing yet', async () => {
    const scene = await granted();
    const { w, home } = scene;
    await started(scene, 'finished', finish);
    const other = home.again();
    expect(await pushFinishes(other.ledger, other.spent, 'alice', w.alice.signer, fail)).toBe(1);
  });

  it('of one of two runs do not wait for the other', async () => {
    const scene = await granted(2);
    const { w, home } = scene;
    await started(scene, 'finished', finish);
    await started(scene, 'finished', finish);
    expect(await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, fail)).toBe(2);
    expect(await pendingFinishes(home.spent)).toEqual([]);
  });

  it('of somebody else are left alone', async () => {
    const scene = await granted();
    await started(scene, 'finished', finish);
    const { home, w } = scene;
    expect(await pushFinishes(home.ledger, home.spent, 'bob', w.bob.signer, fail)).toBe(0);
    expect(await pendingFinishes(home.spent)).toHaveLength(1);
  });

  it('are kept where the remote cannot be reached', async () => {
    const scene = await granted();
    await started(scene, 'finished', finish);
    const { home, w } = scene;
    w.remote.down = true;
    await expect(pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, fail)).rejects.toMatchObject({
      code: 'remote-unreachable',
    });
    expect(await pendingFinishes(home.spent)).toHaveLength(1);
    expect(await home.spent.lock((await pendingFinishes(home.spent))[0]?.start ?? '')).not.toBeNull();
  });

  it('are recorded once where two try, or where one landed unseen', async () => {
    const scene = await granted();
    const { home, w } = scene;
    const claim = await started(scene, 'finished', finish);
    await write(home, w.alice, { type: 'finish', run: claim.start, exit: { signal: 'SIGTERM' }, millis: 77 });
    expect(await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, fail)).toBe(1);
    expect(await home.spent.claims()).toMatchObject([{ settled: 'recorded' }]);
    const events = (await home.ledger.view()).state.events;
    expect(await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, fail)).toBe(0);
    expect((await home.ledger.refresh()).state.events).toBe(events);
  });

  it('are dropped, and that is said, where the run is not in the ledger any more', async () => {
    const scene = await granted();
    const { home, w } = scene;
    const base = w.remote.branch;
    await started(scene, 'finished', finish);
    w.remote.branch = base;
    await home.ledger.accept(
      await w.craft(w.bob, ask()).then(async (head) => (await home.store.fetch(), head)),
    );
    const said: string[] = [];
    expect(
      await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, (line) => said.push(line)),
    ).toBe(0);
    expect(said).toHaveLength(1);
    expect(await home.spent.claims()).toMatchObject([{ settled: 'dropped' }]);
  });

  it('are dropped, and that is said, where the policy names their signer no more', async () => {
    const scene = await granted();
    const { home, w } = scene;
    await started(scene, 'finished', finish);
    const { id } = await write(home, w.bob, {
      type: 'request',
      action: { kind: 'policy', base: w.anchor, policy: policyOf([w.bob, w.carol]) },
      justification: 'alice leaves',
      approveBy: formatTime(BEGIN + 3600),
    });
    await write(home, w.carol, { type: 'approve', request: id });
    const said: string[] = [];
    const pushed = await pushFinishes(home.ledger, home.spent, 'alice', w.alice.signer, (line) =>
      said.push(line),
    );
    expect([pushed, said.length]).toEqual([0, 1]);
    expect(await home.spent.claims()).toMatchObject([{ settled: 'dropped' }]);
  });

  it('are kept where only the key is wrong today', async () => {
    const scene = await granted();
    const { home, w } = scene;
    await started(scene, 'finished', finish);
    await expect(pushFinishes(home.ledger, home.spent, 'alice', w.bob.signer, fail)).rejects.toMatchObject({
      code: 'unfit-key',
    });
    expect(await pendingFinishes(home.spent)).toHaveLength(1);
  });
});
