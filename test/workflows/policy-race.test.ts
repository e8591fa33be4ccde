import { describe, expect, it } from 'vitest';
import { inForce } from '../../src/core/counting.js';
import type { Policy } from '../../src/core/policy-document.js';
import { approve, propose } from '../../src/workflows/approve.js';
import { proposeChange } from '../../src/workflows/propose-policy.js';
import { world, type World } from '../ledger/world.js';
import { codeOf, desk } from './desk.js';

/** Everybody's limit, as somebody would have it. */
function limit(maxUses: number): (current: { readonly policy: Policy }) => Policy {
  return ({ policy }) => ({ ...policy, rules: policy.rules.map((rule) => ({ ...rule, maxUses })) });
}

function suggest(all: World, who: 'alice' | 'bob', maxUses: number, base?: string): Promise<string> {
  const how = { reason: 'as agreed', anyway: true, ...(base === undefined ? {} : { base }) };
  return proposeChange(desk(all, all[who]).ws, limit(maxUses), how).then(({ record }) => record.id);
}

async function inForceNow(all: World): Promise<{ id: string; uses: number | undefined }> {
  const { id, policy } = inForce((await all.home().ledger.refresh()).state);
  return { id, uses: policy.rules[0]?.maxUses };
}

async function approving(all: World, who: 'alice' | 'bob' | 'carol', id: string): Promise<void> {
  const { ws } = desk(all, all[who]);
  await approve(ws, await propose(ws, id, {}, true));
}

describe('§6 two people race with different changes of the policy', () => {
  it('proposed at once, approved at once: exactly one applies, the other is stale', async () => {
    const all = await world();
    const [one, two] = await Promise.all([suggest(all, 'alice', 3), suggest(all, 'bob', 5)]);
    const carol = desk(all, all.carol);
    const [first, second] = [
      await propose(carol.ws, one, {}, true),
      await propose(desk(all, all.alice).ws, two, {}, true),
    ];
    const codes = await Promise.all([
      codeOf(approve(carol.ws, first)),
      codeOf(approve(desk(all, all.alice).ws, second)),
    ]);
    expect([...codes].sort()).toEqual(['done', 'stale']);
    const applied = codes[0] === 'done' ? one : two;
    expect(await inForceNow(all)).toEqual({ id: applied, uses: applied === one ? 3 : 5 });
    const { state } = await all.home().ledger.refresh();
    expect([one, two].filter((id) => state.requests.get(id)?.closed?.as === 'applied')).toEqual([applied]);
  });

  it('approved one after the other: the second approver is told stale, and signs nothing', async () => {
    const all = await world();
    const [one, two] = [await suggest(all, 'alice', 3), await suggest(all, 'bob', 5)];
    await approving(all, 'carol', one);
    const before = all.remote.branch;
    const carol = desk(all, all.carol);
    expect(await codeOf(propose(carol.ws, two, {}, true))).toBe('stale');
    expect([carol.unlocked(), all.remote.branch]).toEqual([0, before]);
    expect(await inForceNow(all)).toEqual({ id: one, uses: 3 });
  });

  it('what was made from a policy that is in force no longer is refused as stale; made anew, it applies', async () => {
    const all = await world();
    const base = (await inForceNow(all)).id;
    await approving(all, 'carol', await suggest(all, 'alice', 3, base));
    const before = all.remote.branch;
    expect(await codeOf(suggest(all, 'bob', 5, base))).toBe('stale');
    expect(all.remote.branch).toBe(before);
    const anew = await suggest(all, 'bob', 5, (await inForceNow(all)).id);
    await approving(all, 'carol', anew);
    expect(await inForceNow(all)).toEqual({ id: anew, uses: 5 });
  });

  it('what is applied while somebody types: a change from a file is refused, a verb is applied to the newest', async () => {
    const all = await world();
    const base = (await inForceNow(all)).id;
    const other = await suggest(all, 'alice', 3);
    const { ws } = desk(all, all.bob);
    // Bob's signer is unlocked after his change was judged: in between, Carol approves Alice's.
    const slow = (): typeof ws => {
      let first = true;
      return {
        ...ws,
        signer: async () => {
          if (first) await approving(all, 'carol', other);
          first = false;
          return ws.signer();
        },
      };
    };
    expect(await codeOf(proposeChange(slow(), limit(5), { reason: 'x', anyway: true, base }))).toBe('stale');
    expect(await inForceNow(all)).toEqual({ id: other, uses: 3 });

    const third = await suggest(all, 'alice', 7);
    let applied = false;
    const later = {
      ...ws,
      signer: async () => {
        if (!applied) await approving(all, 'carol', third);
        applied = true;
        return ws.signer();
      },
    };
    const { record } = await proposeChange(
      later,
      ({ policy }) => ({ ...policy, changes: [{ count: 1, from: ['alice', 'bob', 'carol'] }] }),
      {
        reason: 'x',
        anyway: true,
      },
    );
    await approving(all, 'carol', record.id);
    const { state } = await all.home().ledger.refresh();
    expect(inForce(state).policy).toMatchObject({
      rules: [{ maxUses: 7 }],
      changes: [{ from: ['alice', 'bob', 'carol'] }],
    });
  });
});
