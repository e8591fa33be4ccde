import { describe, expect, it } from 'vitest';
import { audit } from '../../src/workflows/audit.js';
import { exec } from '../../src/workflows/exec.js';
import { filtered, list, type Filter } from '../../src/workflows/list.js';
import { isEvent, log } from '../../src/workflows/log.js';
import { verify } from '../../src/workflows/verify.js';
import { HOUR, rule, policy, Scene } from '../core/support/scene.js';
import { world } from '../ledger/world.js';
import { asking, codeOf, desk, granted, recorder, workshop } from './desk.js';

const NOTHING: Filter = { pending: false, mine: false, forMe: false, all: false };

describe('the list', () => {
  /** pending, used and denied requests of alice, one of bob, and one that carol has approved halfway. */
  function scene(): Scene & { ids: Record<string, string> } {
    const two = rule({ name: 'two', match: { access: 'x' }, approvals: [{ count: 2, from: ['everyone'] }] });
    const it = Scene.endorsed(policy({ rules: [two, rule()] }));
    const pending = it.request('alice');
    const used = it.request('alice');
    it.approve('bob', used);
    it.start('alice', used);
    const denied = it.request('alice');
    it.close('bob', denied, 'denied');
    const bobs = it.request('bob');
    const half = it.request('alice', { action: { kind: 'access', resource: 'x' } });
    it.approve('carol', half);
    return Object.assign(it, { ids: { pending, used, denied, bobs, half } });
  }
  const names = (it: ReturnType<typeof scene>, filter: Partial<Filter>, handle: string | null): string[] => {
    const found = filtered(it.state, { ...NOTHING, ...filter }, handle, it.now).map((record) => record.id);
    return found.map((id) => Object.entries(it.ids).find(([, each]) => each === id)?.[0] ?? '?');
  };

  it.each([
    ['nothing', {}, 'alice', ['half', 'bobs', 'pending']],
    ['--all', { all: true }, 'alice', ['half', 'bobs', 'denied', 'used', 'pending']],
    ['--mine', { mine: true }, 'bob', ['bobs']],
    ['--pending', { pending: true }, null, ['half', 'bobs', 'pending']],
    ['--for-me', { forMe: true }, 'bob', ['half', 'pending']],
    ['--for-me, to one who gave theirs', { forMe: true }, 'carol', ['bobs', 'pending']],
    ['--for-me, to a reader', { forMe: true }, null, []],
    ['--mine, to a reader', { mine: true }, null, []],
  ] satisfies [string, Partial<Filter>, string | null, string[]][])(
    'with %s is newest first',
    (_, filter, handle, found) => {
      expect(names(scene(), filter, handle)).toEqual(found);
    },
  );

  it('§7.2 whose approval lapsed with their old key may give another', () => {
    const two = rule({ approvals: [{ count: 2, from: ['everyone'] }] });
    const it = Scene.endorsed(policy({ rules: [two] }));
    const id = it.request('alice');
    it.approve('bob', id);
    const mine = (): number => filtered(it.state, { ...NOTHING, forMe: true }, 'bob', it.now).length;
    expect(mine()).toBe(0);
    it.enact(
      'alice',
      policy({ rules: [two], members: ['alice', ['bob', 'cert:bob2'], 'carol', 'dave'] }),
      'carol',
    );
    expect(mine()).toBe(1);
  });

  it('shows what was verified before, with a notice, where the remote does not answer', async () => {
    const all = await world();
    const alice = desk(all, all.alice);
    await granted(all, workshop().action);
    expect((await list(alice.ws, NOTHING, false)).records).toHaveLength(1);
    all.remote.down = true;
    all.clock.time += 600;
    expect((await list(alice.ws, NOTHING, false)).records).toHaveLength(1);
    expect(alice.home.notices.join()).toContain('10 min');
  });
});

describe('verify', () => {
  it('answers for the requester and what was approved, and spends nothing', async () => {
    const all = await world();
    const id = await granted(all, workshop().action);
    const reader = desk(all, null);
    const ask = { kind: 'request', id, argv: null } as const;
    expect((await verify(reader.ws, ask, false)).decision).toMatchObject({ authorised: true, reason: null });
    expect((await verify(reader.ws, { ...ask, argv: ['tool', 'x'] }, false)).decision.authorised).toBe(true);
    expect((await verify(reader.ws, { ...ask, argv: ['tool', 'y'] }, false)).decision.reason).toBe(
      'mismatch',
    );
    expect((await verify(reader.ws, { ...ask, argv: [] }, false)).decision.reason).toBe('mismatch');
  });

  it('a full id that nobody wrote is a refusal, a prefix that matches nothing an error', async () => {
    const all = await world();
    const { ws } = desk(all, null);
    const answer = await verify(ws, { kind: 'request', id: 'f'.repeat(64), argv: null }, false);
    expect([answer.record, answer.decision.reason]).toEqual([null, 'unknown-request']);
    expect(await codeOf(verify(ws, { kind: 'request', id: 'fffffff', argv: null }, false))).toBe(
      'unknown-id',
    );
  });

  it('fetches, so an unreachable remote is an error; --offline answers from what was verified', async () => {
    const all = await world();
    const id = await granted(all, workshop().action);
    const { ws } = desk(all, all.bob);
    await ws.ledger.refresh();
    all.remote.down = true;
    expect(await codeOf(verify(ws, { kind: 'request', id, argv: null }, false))).toBe('remote-unreachable');
    expect((await verify(ws, { kind: 'request', id, argv: null }, true)).decision.authorised).toBe(true);
  });

  it('an access: the grant of that member for that resource, and no other', async () => {
    const all = await world();
    const { alice, bob, clock } = all;
    const { uses: _, ...body } = asking(workshop().action, clock.now()) as { uses: number } & ReturnType<
      typeof asking
    >;
    const access = { ...body, action: { kind: 'access' as const, resource: 'ssh/prod-1' } };
    await all.craft(alice, access as ReturnType<typeof asking>);
    const { state } = await all.home().ledger.refresh();
    const id = [...state.requests.keys()][0] ?? '';
    const reason = async (resource: string, handle: string): Promise<string | null> =>
      (await verify(desk(all, null).ws, { kind: 'access', resource, handle }, false)).decision.reason;
    expect(await reason('ssh/prod-1', 'alice')).toBe('pending');
    await all.craft(bob, { type: 'approve', request: id });
    expect(await reason('ssh/prod-1', 'alice')).toBe(null);
    expect(await reason('ssh/prod-2', 'alice')).toBe('unknown-request');
    expect(await reason('ssh/prod-1', 'bob')).toBe('unknown-request');
    // An access runs no command, whatever its words.
    expect(
      (await verify(desk(all, null).ws, { kind: 'request', id, argv: ['ssh'] }, false)).decision.reason,
    ).toBe('mismatch');
    all.clock.time += HOUR;
    expect(await reason('ssh/prod-1', 'alice')).toBe('expired');
  });
});

describe('the audit', () => {
  it('of a ledger with one run is clean, and prints the head', async () => {
    const all = await world();
    const { here, action } = workshop();
    const id = await granted(all, action);
    await exec(desk(all, all.alice).ws, { id, argv: null }, here, recorder().launcher);
    const found = await audit(desk(all, all.bob).ws, { since: null, head: null, strict: true });
    expect(found).toMatchObject({
      failure: null,
      events: 6,
      violations: [],
      inert: [],
      interrupted: [],
      givenBack: [],
    });
    expect(found.view.head.commit).toBe(all.remote.branch);
  });

  it('§7.8 a void start is a violation; before --since it is only listed', async () => {
    const all = await world();
    const { action } = workshop();
    const id = await granted(all, action, { uses: 1 });
    await all.craft(all.alice, { type: 'start', request: id, host: 'prod-1' });
    const bad = await all.craft(all.alice, { type: 'start', request: id, host: 'prod-1' });
    const { ws } = desk(all, all.bob);
    const plain = { since: null, head: null, strict: false };
    const found = await audit(ws, plain);
    expect(found.failure).toBe('violation');
    expect(found.violations).toMatchObject([
      { commit: bad, request: id, reason: 'not-authorised', before: false },
    ]);
    // From the start itself it still counts; after it, it is known.
    expect((await audit(ws, { ...plain, since: bad })).failure).toBe('violation');
    const later = await all.craft(all.bob, { type: 'halt', reason: 'what was that' });
    const known = await audit(ws, { ...plain, since: later });
    expect([known.failure, known.violations.map((each) => each.before)]).toEqual([null, [true]]);
  });

  it('--strict fails on inert commits and on interrupted runs; both are listed without it', async () => {
    const all = await world();
    const { action } = workshop();
    const { ws } = desk(all, all.bob);
    const plain = { since: null, head: null, strict: false };
    const junk = all.junk('hello');
    const found = await audit(ws, plain);
    expect(found.inert.map(({ commit }) => commit)).toEqual([junk]);
    expect([found.failure, (await audit(ws, { ...plain, strict: true })).failure]).toEqual([null, 'strict']);

    const other = await world();
    const id = await granted(other, action);
    await other.craft(other.alice, { type: 'start', request: id, host: 'prod-1' });
    const second = desk(other, other.bob).ws;
    const run = await audit(second, plain);
    expect(run.interrupted).toMatchObject([{ request: id, exit: null }]);
    expect([run.failure, (await audit(second, { ...plain, strict: true })).failure]).toEqual([
      null,
      'strict',
    ]);
  });

  it('a use that was given back is listed', async () => {
    const all = await world();
    const { here, action } = workshop();
    const id = await granted(all, action);
    await exec(desk(all, all.alice).ws, { id, argv: null }, here, recorder({ failed: 'not-found' }).launcher);
    const found = await audit(desk(all, all.bob).ws, { since: null, head: null, strict: true });
    expect(found.givenBack).toMatchObject([{ request: id, exit: { failed: 'not-found' } }]);
    expect(found.failure).toBe(null);
  });

  it('--head must be in the chain, or the ledger is rewritten; commits are typed in full', async () => {
    const all = await world();
    const { ws } = desk(all, all.bob);
    const plain = { since: null, head: null, strict: false };
    expect(await codeOf(audit(ws, { ...plain, head: all.first.head.commit }))).toBe('done');
    expect(await codeOf(audit(ws, { ...plain, head: 'f'.repeat(40) }))).toBe('rewritten');
    expect(await codeOf(audit(ws, { ...plain, since: 'f'.repeat(40) }))).toBe('unknown-id');
    for (const flag of ['head', 'since'])
      expect(await codeOf(audit(ws, { ...plain, [flag]: all.first.head.commit.slice(0, 12) }))).toBe(
        'full-id-needed',
      );
  });
});

describe('the log', () => {
  it('is the whole chain, inert commits too; of one request only what is about it', async () => {
    const all = await world();
    const { here, action } = workshop();
    const id = await granted(all, action);
    await granted(all, action);
    all.junk('hello');
    const { ws } = desk(all, all.alice);
    await exec(ws, { id, argv: null }, here, recorder().launcher);
    const whole = await log(ws, null, false);
    const types = whole.items.map((item) => (isEvent(item) ? item.event.type : item.reason));
    const inert = whole.items.filter((item) => !isEvent(item));
    expect(inert).toHaveLength(1);
    expect(types.filter((_, i) => !inert.includes(whole.items[i] as (typeof inert)[number]))).toEqual([
      'genesis',
      'approve',
      'request',
      'approve',
      'request',
      'approve',
      'start',
      'finish',
    ]);
    const one = await log(ws, id.slice(0, 12), false);
    expect(one.items.map((item) => (isEvent(item) ? item.event.type : ''))).toEqual([
      'request',
      'approve',
      'start',
      'finish',
    ]);
    const first = await log(ws, all.anchor, false);
    expect(first.items.map((item) => (isEvent(item) ? item.event.type : ''))).toEqual(['genesis', 'approve']);
  });
});
