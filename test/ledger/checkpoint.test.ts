import { describe, expect, it } from 'vitest';
import { formatTime } from '../../src/core/time.js';
import { copyState, type Verified } from '../../src/ledger/checkpoint.js';
import { readWhole, wholeText } from './whole-checkpoint.js';
import { ask, BEGIN, newcomer, policyOf, world, write } from './world.js';

/** A ledger in which every kind of thing has happened. */
async function eventful(): Promise<Verified> {
  const w = await world();
  const home = w.home();
  const ids = [];
  for (const _ of [1, 2, 3]) ids.push((await write(home, w.alice, ask())).id);
  const [run = '', denied = '', open = ''] = ids;
  await write(home, w.bob, { type: 'approve', request: run, comment: 'fine', duration: 600 });
  const { id: start } = await write(home, w.alice, { type: 'start', request: run, host: 'prod-1' });
  await write(home, w.alice, { type: 'finish', run: start, exit: { code: 0 }, millis: 3 });
  await write(home, w.bob, { type: 'close', request: denied, as: 'denied', reason: 'no' });
  await w.craft(w.alice, { type: 'approve', request: open });
  const env = Object.assign(Object.create(null) as Record<string, string>, {
    constructor: 'x',
    PATH: '/bin',
  });
  const { action } = ask() as Extract<ReturnType<typeof ask>, { type: 'request' }>;
  await write(home, w.carol, { ...ask(), action: { ...action, env } } as ReturnType<typeof ask>);
  const dave = await newcomer('constructor');
  // Carol's key goes: what she approved lapses, also where nobody has it at hand.
  const policy = policyOf([w.alice, w.bob, dave], { groups: { team: ['alice', 'constructor'] } });
  const change = {
    type: 'request',
    action: { kind: 'policy', base: w.anchor, policy },
    justification: 'one comes, one goes',
    approveBy: formatTime(BEGIN + 3600),
  } as const;
  const { id } = await write(home, w.alice, change);
  await write(home, w.bob, { type: 'approve', request: id });
  await write(home, w.bob, { type: 'halt', who: 'alice', reason: 'look into it' });
  const { state, head } = await home.ledger.view();
  return { state, head };
}

const binding = { anchor: '', program: 'mpa test' };

describe('a checkpoint', () => {
  it('gives back the very state, its records without a prototype', async () => {
    const verified = await eventful();
    const bound = { ...binding, anchor: verified.state.anchor };
    const found = readWhole(wholeText(verified, bound), bound);
    expect(found).toEqual({ ok: true, verified });
    if (!found.ok) throw new Error(found.why);
    const { state } = found.verified;
    for (const { policy, ring } of state.policies.values()) {
      for (const record of [policy.members, policy.groups ?? ring, ring])
        expect(Object.getPrototypeOf(record)).toBeNull();
    }
    const withEnv = [...state.requests.values()].find(
      ({ event }) => event.action.kind === 'command' && event.action.env !== undefined,
    );
    const env = withEnv?.event.action.kind === 'command' ? withEnv.event.action.env : undefined;
    expect(Object.getPrototypeOf(env)).toBeNull();
    expect(env?.['constructor']).toBe('x');
    expect('toString' in (state.policies.get(state.current)?.policy.members ?? {})).toBe(false);
    expect([...state.requests.delisted]).toHaveLength(1);
    const text = wholeText(found.verified, bound);
    expect(text).toBe(wholeText(verified, bound));
    // A policy that a request carries is not written twice.
    const [key] = state.policies.get(state.current)?.policy.members['constructor']?.keys ?? [];
    expect(text.split(JSON.stringify(key)).length - 1).toBe(1);
  });

  it.each([
    ['another anchor', { anchor: 'b'.repeat(64) }],
    ['another program', { program: 'mpa 9.9.9' }],
  ])('is not used with %s', async (_what, other) => {
    const verified = await eventful();
    const bound = { ...binding, anchor: verified.state.anchor };
    expect(readWhole(wholeText(verified, bound), { ...bound, ...other }).ok).toBe(false);
  });

  it('is not used where a byte anywhere is another', async () => {
    const verified = await eventful();
    const bound = { ...binding, anchor: verified.state.anchor };
    const text = wholeText(verified, bound);
    const body = text.indexOf('\n') + 1;
    for (let at = body; at < text.length - 1; at += 997) {
      const spoiled = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
      expect(readWhole(spoiled, bound).ok).toBe(false);
    }
    for (const cut of [0, 10, body, body + 1, text.length - 2])
      expect(readWhole(text.slice(0, cut), bound).ok).toBe(false);
  });

  it('a copy of a state is carried on by itself', async () => {
    const { state } = await eventful();
    const before = copyState(state);
    const copy = copyState(state);
    copy.requests.hot.clear();
    copy.runs.hot.clear();
    copy.policies.hot.clear();
    copy.materials.clear();
    copy.halts = [];
    copy.position = 0;
    expect(state).toEqual(before);
  });
});
