import { describe, expect, it } from 'vitest';
import { formatTime } from '../../src/core/time.js';
import { execAccess } from '../../src/workflows/session.js';
import { world, type World } from '../ledger/world.js';
import { codeOf, desk, recorder, workshop } from './desk.js';

const RESOURCE = 'ssh/prod-1';

/** Alice's request for an access, approved by bob unless `pending`; its id. */
async function accessed(all: World, resource = RESOURCE, duration = 3600, pending = false): Promise<string> {
  const action = { kind: 'access', resource } as const;
  const approveBy = formatTime(all.clock.now() + 3600);
  await all.craft(all.alice, { type: 'request', action, justification: 'because', approveBy, duration });
  const view = await all.home().ledger.refresh();
  const id = [...view.state.requests.keys()].at(-1) ?? '';
  if (!pending) await all.craft(all.bob, { type: 'approve', request: id });
  return id;
}

describe('a command under an access grant', () => {
  it('is recorded as a session, as often as it is run: start, finish, and no use is spent', async () => {
    const all = await world();
    const id = await accessed(all);
    const alice = desk(all, all.alice);
    const { here } = workshop();
    const { launcher, launches } = recorder({ code: 3 });
    for (const argv of [['tool'], ['tool', 'anything', 'else'], ['tool']])
      expect(await execAccess(alice.ws, RESOURCE, argv, here, launcher)).toEqual({ code: 3 });
    const { state } = await alice.home.ledger.view();
    const runs = state.requests.get(id)?.runs ?? [];
    expect(runs.map(({ host, finish }) => [host, finish?.exit])).toEqual(
      Array.from({ length: 3 }, () => ['prod-1', { code: 3 }]),
    );
    expect(launches[1]).toMatchObject({ argv: ['tool', 'anything', 'else'], cwd: here.cwd, account: null });
    expect(launches[1]?.input).toEqual({ kind: 'terminal' });
    expect(launches[1]?.windowEnd).toBe(all.clock.now() + 3600);
  });

  it('of several that are live, the one that lasts longest stands behind it', async () => {
    const all = await world();
    const long = await accessed(all, RESOURCE, 7200);
    await accessed(all, RESOURCE, 600);
    const { launcher, launches } = recorder();
    await execAccess(desk(all, all.alice).ws, RESOURCE, ['tool'], workshop().here, launcher);
    expect(launches[0]?.record.id).toBe(long);
  });

  it.each([
    ['nobody asked', 'unknown-request', () => Promise.resolve('')],
    ['nobody approved', 'pending', (all: World) => accessed(all, RESOURCE, 3600, true)],
    ['another resource was approved', 'unknown-request', (all: World) => accessed(all, `${RESOURCE}0`)],
    [
      'the window is over',
      'expired',
      async (all: World) => {
        await accessed(all);
        all.clock.time += 3600;
      },
    ],
    [
      'it was revoked',
      'revoked',
      async (all: World) => {
        const request = await accessed(all);
        await all.craft(all.bob, { type: 'close', request, as: 'revoked', reason: 'no' });
      },
    ],
    [
      'everything is halted',
      'halted',
      async (all: World) => {
        await accessed(all);
        await all.craft(all.bob, { type: 'halt', reason: 'an incident' });
      },
    ],
  ])('%s: %s, and nothing runs', async (_, code, prepare) => {
    const all = await world();
    await prepare(all);
    const alice = desk(all, all.alice);
    const { launcher, launches } = recorder();
    expect(await codeOf(execAccess(alice.ws, RESOURCE, ['tool'], workshop().here, launcher))).toBe(code);
    expect(launches).toEqual([]);
    expect(await alice.ws.spent.claims()).toEqual([]);
  });

  it('another member’s grant is not mine', async () => {
    const all = await world();
    await accessed(all);
    const run = execAccess(desk(all, all.bob).ws, RESOURCE, ['tool'], workshop().here, recorder().launcher);
    expect(await codeOf(run)).toBe('unknown-request');
  });

  it('a program that is not there: not-found, and no session is recorded', async () => {
    const all = await world();
    const id = await accessed(all);
    const alice = desk(all, all.alice);
    const run = execAccess(alice.ws, RESOURCE, ['nobody-knows-it'], workshop().here, recorder().launcher);
    expect(await codeOf(run)).toBe('not-found');
    expect((await alice.ws.ledger.refresh()).state.requests.get(id)?.runs).toEqual([]);
  });

  it('no command: usage', async () => {
    const all = await world();
    const run = execAccess(desk(all, all.alice).ws, RESOURCE, [], workshop().here, recorder().launcher);
    expect(await codeOf(run)).toBe('usage');
  });
});
