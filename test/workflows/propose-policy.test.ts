import { describe, expect, it } from 'vitest';
import { inForce } from '../../src/core/counting.js';
import { isPolicyRequest } from '../../src/core/events.js';
import type { Policy, Rule } from '../../src/core/policy-document.js';
import { approve, propose } from '../../src/workflows/approve.js';
import { policyProposal } from '../../src/workflows/policy-requests.js';
import { plan, proposeChange, type Change, type Proposing } from '../../src/workflows/propose-policy.js';
import { rebased } from '../../src/workflows/rebase-policy.js';
import { world, type Someone, type World } from '../ledger/world.js';
import { codeOf, desk } from './desk.js';

const HOW: Proposing = { reason: 'the team changed', anyway: false };
const DAY = 86_400;

/** Changes the one rule. */
const uses =
  (maxUses: number): Change =>
  ({ policy }) => ({ ...policy, rules: policy.rules.map((rule) => ({ ...rule, maxUses })) });
const added =
  (rule: Partial<Rule>): Change =>
  ({ policy }) => ({
    ...policy,
    rules: policy.rules.flatMap((standard) => [{ ...standard, ...rule }, standard]),
  });
const logins =
  (handle: string): Change =>
  ({ policy }) => {
    const member = policy.members[handle];
    if (member === undefined) throw new Error('a member');
    return { ...policy, members: { ...policy.members, [handle]: { ...member, unix: [handle] } } };
  };
const STRICT: Partial<Rule> = {
  name: 'strict',
  match: { command: ['/usr/bin/psql', '**'] },
  approvals: [{ count: 2, from: ['everyone'] }],
};

async function agree(at: World, who: Someone, id: string): Promise<void> {
  const { ws } = desk(at, who);
  await approve(ws, await propose(ws, id, {}, true));
}

describe('a change of the policy', () => {
  it('is a request on the policy in force, for seven days unless told otherwise', async () => {
    const at = await world();
    const alice = desk(at, at.alice);
    const { ws } = alice;
    const { record, differences } = await proposeChange(ws, uses(3), HOW);
    const { event } = record;
    expect(isPolicyRequest(event) && event.action).toMatchObject({
      base: at.anchor,
      policy: { rules: [{ maxUses: 3 }] },
    });
    expect(record.void).toBeNull();
    expect(Date.parse(event.approveBy) / 1000 - record.at).toBe(7 * DAY);
    expect(differences).toMatchObject([{ weight: 'stronger' }]);
    expect(alice.unlocked()).toBe(1);
  });

  it('planned is not written', async () => {
    const at = await world();
    const alice = desk(at, at.alice);
    const { ws } = alice;
    const planned = await plan(ws, uses(3), { anyway: false });
    expect(planned.next.policy.rules[0]?.maxUses).toBe(3);
    expect((await ws.ledger.refresh()).state.requests.hot.size).toBe(0);
    expect(alice.unlocked()).toBe(0);
  });

  const refused: readonly (readonly [
    title: string,
    change: Change,
    how: Partial<Proposing>,
    code: string,
  ])[] = [
    ['what changes nothing', ({ policy }) => policy, {}, 'usage'],
    ['a rule without clauses', added({ name: 'open', approvals: [] }), {}, 'invalid-policy'],
    ['what breaks the form', uses(0), {}, 'invalid-policy'],
    [
      'a test that fails',
      ({ policy }): Policy => ({
        ...policy,
        tests: [{ requester: 'alice', access: 'x', expect: 'no-rule' }],
      }),
      {},
      'invalid-policy',
    ],
    [
      'a key of another',
      ({ policy }) => ({
        ...policy,
        members: {
          ...policy.members,
          carol: { name: 'C', email: 'c@example.org', keys: policy.members['bob']?.keys ?? [] },
        },
      }),
      {},
      'invalid-policy',
    ],
    ['a rule that a weaker one under it walks around', added(STRICT), {}, 'unsafe-policy'],
    ['a protocol that nobody knows', ({ policy }) => ({ ...policy, protocol: 2 }), {}, 'unsafe-policy'],
    ['a base that never was', uses(3), { base: 'f'.repeat(64) }, 'stale'],
    ['more than 30 days', uses(3), { within: 31 * DAY }, 'exceeds-rule'],
  ];
  it.each(refused)('%s is refused before anything is signed', async (_, change, how, code) => {
    const at = await world();
    const alice = desk(at, at.alice);
    const { ws } = alice;
    expect(await codeOf(plan(ws, change, { anyway: false, ...how }))).toBe(code);
    expect(await codeOf(proposeChange(ws, change, { ...HOW, ...how }))).toBe(code);
    expect(alice.unlocked()).toBe(0);
    expect((await ws.ledger.refresh()).state.requests.hot.size).toBe(0);
  });

  it('that is unwise is taken with --anyway, and what was agreed to so is no reason to refuse the next', async () => {
    const at = await world();
    const { ws } = desk(at, at.alice);
    const { record, remarks } = await proposeChange(ws, added(STRICT), { ...HOW, anyway: true });
    expect(remarks.map(({ level }) => level)).toContain('refuse');
    await agree(at, at.bob, record.id);
    const next = await proposeChange(ws, logins('bob'), HOW);
    expect(next.remarks.filter(({ level }) => level === 'refuse')).toEqual([]);
    expect(next.remarks.map(({ path }) => path)).toContainEqual(['rules', 1]);
  });

  it('is made from the newest policy, also of one that came meanwhile', async () => {
    const at = await world();
    const { ws } = desk(at, at.alice);
    const other = await proposeChange(desk(at, at.carol).ws, logins('carol'), HOW);
    let meanwhile = false;
    const change: Change = async (current, view) => {
      // Once alice's change was made: before it is pushed, bob puts the other in force.
      if (!meanwhile && view.state.requests.has(other.record.id)) {
        meanwhile = true;
        await agree(at, at.bob, other.record.id);
      }
      return uses(3)(current, view);
    };
    const { record, view } = await proposeChange(ws, change, HOW);
    const { event } = record;
    expect(inForce(view.state).id).toBe(other.record.id);
    expect(isPolicyRequest(event) && event.action).toMatchObject({
      base: other.record.id,
      policy: { members: { carol: { unix: ['carol'] } }, rules: [{ maxUses: 3 }] },
    });
  });

  it('a reader proposes nothing', async () => {
    const at = await world();
    expect(await codeOf(plan(desk(at, null).ws, uses(3), { anyway: false }))).toBe('no-identity');
  });
});

describe('a proposal that another has outrun', () => {
  async function outrun(mine: Change, theirs: Change) {
    const at = await world();
    const { ws } = desk(at, at.alice);
    const stale = await proposeChange(ws, mine, HOW);
    const first = await proposeChange(desk(at, at.carol).ws, theirs, HOW);
    await agree(at, at.bob, first.record.id);
    const view = await ws.ledger.refresh();
    return { at, ws, view, id: stale.record.id };
  }

  it('is made again on the policy in force, and both changes hold', async () => {
    const { at, ws, view, id } = await outrun(uses(3), logins('carol'));
    expect(await codeOf(agree(at, at.bob, id))).toBe('stale');
    const { base, next, live } = await policyProposal(ws, view, id.slice(0, 12));
    expect(live).toBe(false);
    const again = await proposeChange(ws, rebased(base, next), HOW);
    await agree(at, at.bob, again.record.id);
    const { policy } = inForce((await ws.ledger.refresh()).state);
    expect(policy.members['carol']?.unix).toEqual(['carol']);
    expect(policy.rules[0]?.maxUses).toBe(3);
  });

  it('that clashes is a conflict with both versions, and nothing is written', async () => {
    const { ws, view, id } = await outrun(uses(3), uses(4));
    const { base, next } = await policyProposal(ws, view, id);
    const size = view.state.requests.hot.size;
    const work = proposeChange(ws, rebased(base, next), HOW);
    await expect(work).rejects.toMatchObject({ code: 'conflict' });
    await expect(work).rejects.toThrow(/rules\.standard\.maxUses[\s\S]*proposed: +3[\s\S]*in force: +4/);
    expect((await ws.ledger.refresh()).state.requests.hot.size).toBe(size);
  });

  it('whose change is in force already has nothing to propose', async () => {
    const { ws, view, id } = await outrun(uses(3), uses(3));
    const { base, next } = await policyProposal(ws, view, id);
    expect(await codeOf(proposeChange(ws, rebased(base, next), HOW))).toBe('usage');
  });

  it('is told from what changes no policy', async () => {
    const { at, ws, view } = await outrun(uses(3), uses(4));
    expect(await codeOf(policyProposal(ws, view, at.anchor))).toBe('usage');
    expect(await codeOf(policyProposal(ws, view, 'f'.repeat(64)))).toBe('unknown-request');
  });
});
