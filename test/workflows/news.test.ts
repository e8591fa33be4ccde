import { describe, expect, it } from 'vitest';
import type { CommandRequest } from '../../src/core/events.js';
import { formatTime } from '../../src/core/time.js';
import type { EventBody } from '../../src/ledger/ledger.js';
import { halt, resume } from '../../src/workflows/halt.js';
import { newsBetween, type Instant, type News } from '../../src/workflows/news.js';
import { policyOf, world, type World } from '../ledger/world.js';
import { asking, desk, workshop } from './desk.js';

type Name = 'alice' | 'bob' | 'carol';

interface Case {
  readonly all: World;
  /** Puts an event on the branch; the id of the newest request. */
  write(by: Name, body: EventBody): Promise<string>;
  instant(): Promise<Instant>;
}

async function begun(options: Parameters<typeof world>[0] = {}): Promise<Case> {
  const all = await world(options);
  const reader = all.home();
  const instant = async (): Promise<Instant> => ({
    state: (await reader.ledger.refresh()).state,
    now: all.clock.now(),
  });
  return {
    all,
    instant,
    write: async (by, body) => {
      await all.craft(all[by], body);
      return [...(await instant()).state.requests.keys()].at(-1) ?? '';
    },
  };
}

function request(at: number, more: Partial<CommandRequest> = {}): EventBody {
  return { ...asking(workshop().action, at), ...more } as EventBody;
}

/** Alice has asked for a command. */
async function asked(more: Partial<CommandRequest> = {}): Promise<Case & { id: string; before: Instant }> {
  const it = await begun();
  const id = await it.write('alice', request(it.all.clock.now(), more));
  return { ...it, id, before: await it.instant() };
}

function words(news: readonly News[]): string[] {
  return news.map((each) => `${each.type}${'actor' in each && each.actor !== null ? ` ${each.actor}` : ''}`);
}

/** What each of the three is told of what `act` does. */
async function told(it: Case, before: Instant, act: () => unknown): Promise<Record<Name, string[]>> {
  await act();
  const after = await it.instant();
  const of = (name: Name): string[] => words(newsBetween(before, after, name));
  return { alice: of('alice'), bob: of('bob'), carol: of('carol') };
}

describe('what concerns whom', () => {
  it('a request: those who could approve it, not the one who asks', async () => {
    const it = await begun();
    const before = await it.instant();
    expect(await told(it, before, () => it.write('alice', request(it.all.clock.now())))).toEqual({
      alice: [],
      bob: ['request alice'],
      carol: ['request alice'],
    });
  });

  it('its approval: the one who asked', async () => {
    const it = await asked();
    expect(await told(it, it.before, () => it.write('bob', { type: 'approve', request: it.id }))).toEqual({
      alice: ['approved bob'],
      bob: [],
      carol: [],
    });
  });

  it('one approval of two: told as such, and the rest still waits for the other', async () => {
    const it = await begun({ policy: { rules: twoNeeded() } });
    const id = await it.write('alice', request(it.all.clock.now()));
    const before = await it.instant();
    expect(await told(it, before, () => it.write('bob', { type: 'approve', request: id }))).toEqual({
      alice: ['approval bob'],
      bob: [],
      carol: [],
    });
  });

  it('an approval for a window to come: scheduled, and approved when it begins, by nobody', async () => {
    const first = await begun();
    const notBefore = formatTime(first.all.clock.now() + 600);
    const it = await asked({ notBefore });
    await it.write('bob', { type: 'approve', request: it.id });
    const scheduled = await it.instant();
    expect(words(newsBetween(it.before, scheduled, 'alice'))).toEqual(['scheduled bob']);
    it.all.clock.time += 600;
    const [news] = newsBetween(scheduled, await it.instant(), 'alice');
    expect(news).toMatchObject({ type: 'approved', actor: null, at: it.all.clock.now() });
  });

  it.each(['denied', 'revoked'] as const)('%s: the one who asked', async (as) => {
    const it = await asked();
    const close: EventBody = { type: 'close', request: it.id, as, reason: 'no' };
    expect(await told(it, it.before, () => it.write('carol', close))).toEqual({
      alice: [`${as} carol`],
      bob: [],
      carol: [],
    });
  });

  it('withdrawn by the one who asked: nobody', async () => {
    const it = await asked();
    const close: EventBody = { type: 'close', request: it.id, as: 'withdrawn', reason: '' };
    expect(await told(it, it.before, () => it.write('alice', close))).toEqual({
      alice: [],
      bob: [],
      carol: [],
    });
  });

  it('its time is over, unapproved: the one who asked, by time alone', async () => {
    const it = await asked();
    it.all.clock.time += 3600;
    const after = await it.instant();
    expect(newsBetween(it.before, after, 'alice')).toMatchObject([
      { type: 'expired', actor: null, at: after.now },
    ]);
    expect(newsBetween(it.before, after, 'bob')).toEqual([]);
  });

  it('its run: start and end, in order', async () => {
    const it = await asked();
    await it.write('bob', { type: 'approve', request: it.id });
    const before = await it.instant();
    const act = async (): Promise<void> => {
      await it.write('alice', { type: 'start', request: it.id, host: 'prod-1' });
      const [run = ''] = (await it.instant()).state.runs.keys();
      await it.write('alice', { type: 'finish', run, exit: { code: 7 }, millis: 5 });
    };
    expect((await told(it, before, act)).alice).toEqual(['started alice', 'finished alice']);
    expect(newsBetween(before, await it.instant(), 'alice')[1]).toMatchObject({ exit: { code: 7 } });
  });

  it('a halt and its end: everybody', async () => {
    const it = await begun();
    const before = await it.instant();
    const { bob, carol } = it.all;
    const all = ['halt'];
    expect(await told(it, before, () => halt(desk(it.all, bob).ws, null, 'an incident'))).toEqual({
      alice: all,
      bob: all,
      carol: all,
    });
    const halted = await it.instant();
    const { record } = await resume(desk(it.all, bob).ws, 'over');
    const lifted = await told(it, halted, () =>
      desk(it.all, carol).ws.ledger.append(
        'carol',
        carol.signer,
        () => ({ body: { type: 'approve', request: record.id } }),
        {
          patience: 'person',
        },
      ),
    );
    expect(lifted.alice.sort()).toEqual(['policy carol', 'resumed']);
  });

  it('another policy in force: everybody, once', async () => {
    const it = await begun();
    const { alice, bob, carol } = it.all;
    const policy = policyOf([alice, bob, carol], { rules: twoNeeded() });
    const action = { kind: 'policy', base: it.all.anchor, policy } as const;
    const approveBy = formatTime(it.all.clock.now() + 3600);
    const id = await it.write('alice', { type: 'request', action, justification: 'as agreed', approveBy });
    const before = await it.instant();
    const one = ['policy bob'];
    expect(await told(it, before, () => it.write('bob', { type: 'approve', request: id }))).toEqual({
      alice: one,
      bob: one,
      carol: one,
    });
  });

  it('nothing new: nobody', async () => {
    const it = await asked();
    expect(await told(it, it.before, () => undefined)).toEqual({ alice: [], bob: [], carol: [] });
  });

  it('several things: oldest first', async () => {
    const it = await asked();
    const act = async (): Promise<void> => {
      await it.write('bob', request(it.all.clock.now()));
      await it.write('carol', { type: 'approve', request: it.id });
      await it.write('carol', { type: 'halt', reason: 'x' });
    };
    expect((await told(it, it.before, act)).alice).toEqual(['request bob', 'approval carol', 'halt']);
  });
});

describe('what is open at the beginning', () => {
  it('what waits for me, what of mine is open, and what is halted; nothing that is over', async () => {
    const it = await begun();
    const now = it.all.clock.now();
    const old = await it.write('bob', request(now));
    await it.write('carol', { type: 'close', request: old, as: 'denied', reason: 'no' });
    await it.write('alice', request(now));
    const granted = await it.write('bob', request(now));
    await it.write('carol', { type: 'approve', request: granted });
    const after = await it.instant();
    expect(words(newsBetween(null, after, 'bob'))).toEqual(['request alice', 'approved carol']);
    expect(words(newsBetween(null, after, 'alice'))).toEqual(['pending']);
    expect(words(newsBetween(null, after, 'carol'))).toEqual(['request alice']);
  });

  it('a halt', async () => {
    const it = await begun();
    await it.write('bob', { type: 'halt', reason: 'x' });
    expect(words(newsBetween(null, await it.instant(), 'alice'))).toEqual(['halt']);
  });
});

function twoNeeded(): NonNullable<Parameters<typeof policyOf>[1]>['rules'] & object {
  return [
    {
      name: 'two',
      match: { any: true },
      approvals: [{ count: 2, from: ['everyone'] }],
      maxDuration: 3600,
      maxPending: 86_400,
      maxUses: 10,
    },
  ];
}
