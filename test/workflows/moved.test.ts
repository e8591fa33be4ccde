import { describe, expect, it } from 'vitest';
import { approve, narrowed, propose } from '../../src/workflows/approve.js';
import { end, toEnd } from '../../src/workflows/close.js';
import { halt, resume } from '../../src/workflows/halt.js';
import { ask, world, write, type Someone, type World } from '../ledger/world.js';
import { codeOf, desk } from './desk.js';

/** Two of the team have to approve. */
const TWO = {
  name: 'two',
  match: { any: true as const },
  approvals: [{ count: 2, from: ['everyone'] }],
  maxDuration: 7200,
  maxPending: 86_400,
  maxUses: 10,
};

/** What bob's approval comes to, when `meanwhile` happens between his reading and his signature. */
async function signedAfter(
  meanwhile: (all: World, id: string) => Promise<unknown>,
  unattended = false,
): Promise<string> {
  const all = await world({ policy: { rules: [TWO] } });
  const { id } = await write(all.home(), all.alice, ask());
  const { ws } = desk(all, all.bob);
  const proposal = await propose(ws, id, {}, unattended);
  await meanwhile(all, id);
  const before = all.remote.branch;
  const code = await codeOf(approve(ws, proposal));
  if (code !== 'done') expect(all.remote.branch).toBe(before);
  return code;
}

async function approved(all: World, by: Someone, id: string): Promise<void> {
  const { ws } = desk(all, by);
  await approve(ws, await propose(ws, id, {}, true));
}

describe('an approval of what was read', () => {
  it.each<[string, (all: World, id: string) => Promise<unknown>, string]>([
    ['nothing moved', () => Promise.resolve(), 'done'],
    ['somebody asked for something else', (all) => write(all.home(), all.alice, ask(['true', 'x'])), 'done'],
    ['another approved: what is missing changed', (all, id) => approved(all, all.carol, id), 'conflict'],
    ['all was halted', (all) => halt(desk(all, all.carol).ws, null, 'stop'), 'conflict'],
    ['the requester was halted', (all) => halt(desk(all, all.carol).ws, 'alice', 'stop'), 'conflict'],
    [
      'it was denied',
      async (all, id) => {
        const { ws } = desk(all, all.carol);
        return end(ws, await toEnd(ws, id, 'denied'), 'denied', 'no');
      },
      'closed',
    ],
    [
      'it was withdrawn',
      async (all, id) => {
        const { ws } = desk(all, all.alice);
        return end(ws, await toEnd(ws, id, 'withdrawn'), 'withdrawn', '');
      },
      'closed',
    ],
  ])('where %s', async (_, meanwhile, expected) => {
    expect(await signedAfter(meanwhile)).toBe(expected);
  });

  it('with --yes nobody has read anything, and what others approve meanwhile is no conflict', async () => {
    expect(await signedAfter((all, id) => approved(all, all.carol, id), true)).toBe('done');
  });

  it('of a resume, where another halt came meanwhile: conflict, since that one stays', async () => {
    const all = await world();
    await halt(desk(all, all.alice).ws, null, 'stop');
    const { record } = await resume(desk(all, all.alice).ws, 'all is well');
    const { ws } = desk(all, all.bob);
    const proposal = await propose(ws, record.id, {}, false);
    await halt(desk(all, all.carol).ws, null, 'not at all');
    await expect(approve(ws, proposal)).rejects.toMatchObject({
      code: 'conflict',
      hint: `Read it again: mpa approve ${record.id.slice(0, 12)}`,
    });
  });

  it('that is narrowed on the screen carries the limits and the comment that were typed, and no others', async () => {
    const all = await world();
    const { id } = await write(all.home(), all.alice, ask());
    const { ws } = desk(all, all.bob);
    const proposal = await narrowed(ws, await propose(ws, id, {}, false), {
      duration: 600,
      comment: 'read it',
    });
    const { view } = await approve(ws, proposal);
    expect(view.state.requests.get(id)?.approvals).toMatchObject([
      { actor: 'bob', duration: 600, comment: 'read it' },
    ]);
    expect(view.state.requests.get(id)?.approvals[0]?.uses).toBeUndefined();
  });

  it('that is narrowed beyond what an event may say is refused before anything is signed', async () => {
    const all = await world();
    const { id } = await write(all.home(), all.alice, ask());
    const bob = desk(all, all.bob);
    const proposal = await propose(bob.ws, id, {}, false);
    expect(await codeOf(narrowed(bob.ws, proposal, { comment: 'x'.repeat(5000) }))).toBe('over-limit');
    expect(bob.unlocked()).toBe(0);
  });
});
