import { describe, expect, it } from 'vitest';
import { end, toEnd } from '../../src/workflows/close.js';
import { halt } from '../../src/workflows/halt.js';
import { interval, waitFor, type Hooks, type Waited } from '../../src/workflows/wait.js';
import { formatTime } from '../../src/core/time.js';
import { world, type World } from '../ledger/world.js';
import { asking, codeOf, desk, workshop, type Desk } from './desk.js';

interface Case {
  readonly all: World;
  readonly alice: Desk;
  readonly id: string;
  /** What was told, in order: reasons of decisions, `away`, `back`. */
  readonly told: string[];
  readonly rests: number[];
  /** Fetches that were made. */
  fetches: number;
  /** Waits; before each look the next of `steps` happens, and after the last one nothing more may be waited for. */
  wait(...steps: readonly (() => unknown)[]): Promise<Waited>;
  readonly stop: AbortController;
}

async function pending(more: Readonly<Record<string, unknown>> = {}): Promise<Case> {
  const all = await world();
  const { action } = workshop();
  await all.craft(all.alice, { ...asking(action, all.clock.now()), ...more });
  const alice = desk(all, all.alice);
  const view = await alice.ws.ledger.refresh();
  const id = [...view.state.requests.keys()].at(-1) ?? '';
  const stop = new AbortController();
  const told: string[] = [];
  const rests: number[] = [];
  const counted = (): void => {
    alice.home.store.afterFetch = () => {
      it.fetches += 1;
      counted();
      return Promise.resolve();
    };
  };
  const it: Case = {
    all,
    alice,
    id,
    told,
    rests,
    stop,
    fetches: 0,
    wait: (...steps) => {
      const left = [...steps];
      const hooks: Hooks = {
        update: ({ decision }) => told.push(decision.reason ?? 'authorised'),
        trouble: (error) => told.push(error === null ? 'back' : 'away'),
        stop: stop.signal,
        rest: async (ms) => {
          rests.push(ms);
          const step = left.shift();
          if (step === undefined) throw new Error('waits for nothing');
          await step();
        },
      };
      return waitFor(alice.ws, id, hooks);
    },
  };
  counted();
  return it;
}

const approving = ({ all, id }: Case) => all.craft(all.bob, { type: 'approve', request: id });
const nothing = (): undefined => undefined;

describe('waiting for a decision', () => {
  it('approved: looks, and fetches only where the branch has moved', async () => {
    const it = await pending();
    const ended = await it.wait(nothing, nothing, nothing, () => approving(it));
    expect(ended.as).toBe('approved');
    expect(ended.view.state.requests.get(it.id)?.approvals).toHaveLength(1);
    expect(it.fetches).toBe(1);
    expect(it.told).toEqual(['pending', 'authorised']);
  });

  it('an approval that came between the request and the first look is not missed', async () => {
    const it = await pending();
    await approving(it);
    expect(await it.wait(nothing)).toMatchObject({ as: 'approved' });
  });

  it('approved before it began to wait: does not wait at all', async () => {
    const it = await pending();
    await approving(it);
    await it.alice.ws.ledger.refresh();
    expect(await it.wait()).toMatchObject({ as: 'approved' });
    expect(it.rests).toEqual([]);
  });

  it.each([
    ['denied', 'bob'],
    ['withdrawn', 'alice'],
  ] as const)('%s: refused, with who and why', async (as, who) => {
    const it = await pending();
    const { ws } = desk(it.all, it.all[who]);
    const ended = await it.wait(async () => end(ws, await toEnd(ws, it.id, as), as, 'not today'));
    expect(ended).toMatchObject({ as: 'refused', decision: { reason: as } });
    expect(ended.decision.detail).toMatch(new RegExp(`${who}.*not today`));
  });

  it('a halt ends it, with who and why', async () => {
    const it = await pending();
    const ended = await it.wait(() => halt(desk(it.all, it.all.carol).ws, null, 'an incident'));
    expect(ended).toMatchObject({ as: 'refused', decision: { reason: 'halted' } });
    expect(ended.decision.detail).toMatch(/carol.*an incident/);
  });

  it('time alone ends it, on the very second, without a fetch', async () => {
    const it = await pending();
    const { clock } = it.all;
    clock.time += 3590;
    const ended = await it.wait(
      () => (clock.time += 9),
      () => (clock.time += 1),
    );
    expect(ended).toMatchObject({ as: 'refused', decision: { reason: 'expired' } });
    expect(it.rests.at(-1)).toBe(1000);
    expect(it.fetches).toBe(0);
  });

  it('with a window that begins later: says so, and waits for that second', async () => {
    const first = await world();
    const start = first.clock.now() + 600;
    const it = await pending({ notBefore: formatTime(start) });
    const { clock } = it.all;
    const ended = await it.wait(
      () => approving(it),
      () => (clock.time = start - 1),
      () => (clock.time = start),
    );
    expect(ended.as).toBe('approved');
    expect(it.told).toEqual(['pending', 'too-early', 'authorised']);
    expect(it.rests.at(-1)).toBe(1000);
  });

  it('a remote that cannot be reached is said once, and ends nothing, not even when the time is over', async () => {
    const it = await pending();
    const { clock, remote } = it.all;
    const ended = await it.wait(
      () => (remote.down = true),
      nothing,
      () => (clock.time += 4000),
      nothing,
      async () => {
        remote.down = false;
        await it.all.craft(it.all.bob, { type: 'approve', request: it.id }, clock.time - 1000);
      },
    );
    expect(it.told.filter((word) => word === 'away' || word === 'back')).toEqual(['away', 'back']);
    expect(ended.as).toBe('approved');
    expect(it.rests[2]).toBeGreaterThan(it.rests[1] ?? 0);
  });

  it('a fatal case ends it', async () => {
    const it = await pending();
    expect(await codeOf(it.wait(() => (it.all.remote.branch = null)))).toBe('missing');
  });

  it('stopped: undecided, at once, without another look', async () => {
    const it = await pending();
    const ended = await it.wait(() => {
      it.stop.abort();
      it.all.remote.down = true;
    });
    expect(ended).toMatchObject({ as: 'stopped', decision: { reason: 'pending' } });
    expect(it.told).toEqual(['pending']);
  });

  it('stopped while a slow remote is looked at: does not wait for it', async () => {
    const it = await pending();
    const { store } = it.alice.home;
    const slow = new Promise<string | null>(() => undefined);
    Object.assign(store, {
      peek: () => {
        it.stop.abort();
        return slow;
      },
    });
    expect(await it.wait(nothing)).toMatchObject({ as: 'stopped' });
  });
});

describe('how long it waits between two looks, in milliseconds', () => {
  const random = { fraction: () => 0.5 };
  const at = (waited: number, misses = 0, remote = 'https://host/x.git'): number =>
    interval(remote, waited, misses, random);

  it.each([
    ['a path', '/srv/ledger.git'],
    ['a file URL', 'file:///srv/ledger.git'],
  ])('%s: one second, however long it waits', (_, remote) => {
    expect([0, 60, 100_000].map((waited) => at(waited, 0, remote))).toEqual([1000, 1000, 1000]);
  });

  it('elsewhere: two seconds in the first minute, then slowly more, fifteen at most; a clock that was set back counts as none', () => {
    expect([-500, 0, 59, 60].map((waited) => at(waited))).toEqual([2000, 2000, 2000, 2000]);
    expect(at(180)).toBeGreaterThan(4000);
    expect(at(180)).toBeLessThan(8000);
    expect([600, 1e9].map((waited) => at(waited))).toEqual([15_000, 15_000]);
  });

  it('doubled with each look that met nobody, a minute at most', () => {
    expect([1, 2, 3, 50].map((misses) => at(0, misses))).toEqual([4000, 8000, 16_000, 60_000]);
  });

  it('jittered by a fifth', () => {
    expect(interval('host:x', 0, 0, { fraction: () => 0 })).toBe(1600);
    expect(interval('host:x', 0, 0, { fraction: () => 0.999 })).toBeLessThan(2400);
  });
});
