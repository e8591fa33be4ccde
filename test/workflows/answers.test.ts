import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CommandAction } from '../../src/core/action.js';
import type { Store } from '../../src/core/ports.js';
import { formatTime } from '../../src/core/time.js';
import type { EventBody } from '../../src/ledger/ledger.js';
import { approve, propose } from '../../src/workflows/approve.js';
import { end, toEnd } from '../../src/workflows/close.js';
import { halt, resume } from '../../src/workflows/halt.js';
import { request, type Ask } from '../../src/workflows/request.js';
import { requestView } from '../../src/workflows/request-view.js';
import { world, type World } from '../ledger/world.js';
import { codeOf, desk } from './desk.js';

const ACTION: CommandAction = {
  kind: 'command',
  argv: ['tool', 'x'],
  host: 'prod-1',
  user: 'deploy',
  program: '/usr/bin/tool',
  cwd: '/srv',
};

function wish(more: Partial<Ask> = {}): Ask {
  return { action: ACTION, justification: 'because', ...more };
}

/** A rule for `tool` alone, of carol's approval, with narrow limits. */
async function narrow(): Promise<World> {
  const rule = {
    name: 'tools',
    match: { command: ['tool', '**'] },
    requesters: ['alice'],
    approvals: [{ count: 1, from: ['carol'] }],
    maxDuration: 600,
    maxPending: 1200,
    maxUses: 3,
    justification: { minLength: 3 },
  };
  return world({ policy: { rules: [rule] } });
}

describe('a request', () => {
  it('takes 1 h, 24 h and one use where the rule allows more', async () => {
    const all = await world();
    const { record } = await request(desk(all, all.alice).ws, wish());
    const view = requestView((await all.home().ledger.refresh()).state, record, all.clock.now());
    expect(view).toMatchObject({
      state: 'pending',
      duration: 3600,
      uses: 1,
      rule: 'standard',
      actor: 'alice',
    });
    expect(Date.parse(view.approveBy ?? '') - Date.parse(view.at ?? '')).toBe(86_400_000);
  });

  it('takes the rule’s limit where that is less', async () => {
    const all = await narrow();
    const { record, view } = await request(desk(all, all.alice).ws, wish());
    const shown = requestView(view.state, record, all.clock.now());
    expect(shown).toMatchObject({ duration: 600, uses: 1, missing: [{ count: 1, from: ['carol'] }] });
    expect(Date.parse(shown.approveBy ?? '') - Date.parse(shown.at ?? '')).toBe(1_200_000);
  });

  it.each([
    ['a longer duration', { duration: 601 }, 'exceeds-rule'],
    ['more uses', { uses: 4 }, 'exceeds-rule'],
    ['a longer wait', { within: 1201 }, 'exceeds-rule'],
    ['a reason that is too short', { justification: 'x' }, 'bad-justification'],
    ['what no rule covers', { action: { kind: 'access', resource: 'x' } }, 'no-rule'],
    ['an unknown executor', { action: { kind: 'command', argv: ['tool'], executor: 'ci' } }, 'bad-executor'],
    ['a path that breaks the schema', { action: { ...ACTION, program: '/bin/other' } }, 'usage'],
    [
      'too many arguments',
      { action: { ...ACTION, argv: ['tool', ...Array<string>(1024).fill('')] } },
      'over-limit',
    ],
  ] satisfies [string, Partial<Ask>, string][])(
    '%s is refused before anything is signed',
    async (_, more, code) => {
      const all = await narrow();
      const alice = desk(all, all.alice);
      const before = all.remote.branch;
      expect(await codeOf(request(alice.ws, wish(more)))).toBe(code);
      expect([alice.unlocked(), all.remote.branch]).toEqual([0, before]);
    },
  );

  it('the refusal names the rule', async () => {
    const all = await narrow();
    await expect(request(desk(all, all.alice).ws, wish({ uses: 9 }))).rejects.toThrow('`tools`');
    await expect(request(desk(all, all.bob).ws, wish())).rejects.toThrow('`tools`');
    expect(await codeOf(request(desk(all, all.bob).ws, wish()))).toBe('not-a-requester');
  });

  it('§6 before the endorsement: unendorsed', async () => {
    const all = await world({ endorsed: false });
    expect(await codeOf(request(desk(all, all.alice).ws, wish()))).toBe('unendorsed');
  });
});

describe('an approval', () => {
  const asked = async (all: World, more: Partial<Ask> = {}): Promise<string> =>
    (await request(desk(all, all.alice).ws, wish(more))).record.id;

  it('signs what was proposed, narrowed', async () => {
    const all = await world();
    const id = await asked(all, { uses: 5 });
    const bob = desk(all, all.bob);
    const proposal = await propose(
      bob.ws,
      id.slice(0, 12),
      { uses: 2, duration: 60, comment: 'fine' },
      false,
    );
    expect(proposal.description.view).toMatchObject({ id, uses: 5 });
    const { view, target } = await approve(bob.ws, proposal);
    if (target.kind !== 'request') throw new Error('a request');
    expect(requestView(view.state, target.record, all.clock.now())).toMatchObject({
      state: 'approved',
      uses: 2,
      duration: 60,
      approvals: [{ actor: 'bob', comment: 'fine', counts: true, fingerprint: all.bob.signer.fingerprint }],
    });
  });

  it('unattended it takes the full id only', async () => {
    const all = await world();
    const id = await asked(all);
    const bob = desk(all, all.bob);
    expect(await codeOf(propose(bob.ws, id.slice(0, 63), {}, true))).toBe('full-id-needed');
    expect(await codeOf(propose(bob.ws, id.toUpperCase(), {}, true))).toBe('full-id-needed');
    expect(await codeOf(propose(bob.ws, id, {}, true))).toBe('done');
  });

  it('what cannot count is refused before anybody is asked', async () => {
    const all = await narrow();
    const id = await asked(all);
    const tell = (who: Parameters<typeof desk>[1]): Promise<string> =>
      codeOf(propose(desk(all, who).ws, id, {}, false));
    expect(await tell(all.alice)).toBe('self-approval');
    expect(await tell(all.bob)).toBe('not-eligible');
    expect(await tell(null)).toBe('no-identity');
    all.clock.time += 1200;
    expect(await tell(all.carol)).toBe('late');
  });

  it('a second approval by the same person is a duplicate', async () => {
    const all = await world();
    const id = await asked(all);
    const bob = desk(all, all.bob).ws;
    await approve(bob, await propose(bob, id, {}, false));
    expect(await codeOf(propose(bob, id, {}, false))).toBe('duplicate');
  });

  it('§8.3 a request that was withdrawn while the approver read it: closed, and nothing is written', async () => {
    const all = await world();
    const id = await asked(all);
    const [alice, bob] = [desk(all, all.alice).ws, desk(all, all.bob).ws];
    const proposal = await propose(bob, id, {}, false);
    await end(alice, await toEnd(alice, id, 'withdrawn'), 'withdrawn', '');
    const before = all.remote.branch;
    expect(await codeOf(approve(bob, proposal))).toBe('closed');
    expect(all.remote.branch).toBe(before);
  });

  it('§6 of the anchor endorses the ledger, by another than the founder', async () => {
    const all = await world({ endorsed: false });
    const [alice, bob] = [desk(all, all.alice).ws, desk(all, all.bob).ws];
    expect(await codeOf(propose(alice, all.anchor, {}, true))).toBe('self-approval');
    const proposal = await propose(bob, all.anchor, {}, true);
    expect(proposal.description).toMatchObject({
      isGenesis: true,
      view: { state: 'pending', actor: 'alice' },
    });
    expect(proposal.description.open.map((open) => open.candidates)).toEqual([['bob', 'carol']]);
    const { view } = await approve(bob, proposal);
    expect(view.state.endorsement.closed?.as).toBe('applied');
    expect(await codeOf(propose(desk(all, all.carol).ws, all.anchor, {}, true))).toBe('closed');
  });

  /** A request of alice's with such an attached file. */
  async function attached(all: World, text: string): Promise<string> {
    const bytes = Buffer.from(text);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const pins = [{ path: '/srv/x.sql', sha256, size: bytes.length, attached: true }];
    const body: EventBody = {
      type: 'request',
      action: { ...ACTION, pins },
      justification: 'x',
      approveBy: formatTime(all.clock.now() + 600),
      duration: 60,
      uses: 1,
    };
    const draft = () => ({ body, attachments: [bytes] });
    const { id } = await all.home().ledger.append('alice', all.alice.signer, draft, { patience: 'person' });
    return id;
  }

  it('§3 of a request with an attached file is given with its bytes at hand', async () => {
    const all = await world();
    const id = await attached(all, 'select 1');
    const proposal = await propose(desk(all, all.bob).ws, id, {}, false);
    const [file, ...others] = proposal.contents;
    expect(others).toEqual([]);
    expect(Buffer.from(file?.bytes ?? []).toString()).toBe('select 1');
    expect(file).toMatchObject({ path: '/srv/x.sql', size: 8, before: null });
  });

  it('§3 of a request whose attached file is gone, or is another: mismatch, before any passphrase', async () => {
    for (const harm of ['gone', 'other'] as const) {
      const all = await world();
      const id = await attached(all, 'select 1');
      const bob = desk(all, all.bob);
      const other = harm === 'gone' ? null : Buffer.from('select 2');
      const store: Store = Object.assign(Object.create(bob.ws.store) as Store, {
        blob: () => Promise.resolve(other),
      });
      await expect(propose({ ...bob.ws, store }, id, {}, false)).rejects.toMatchObject({
        code: 'mismatch',
        message:
          'What is attached as /srv/x.sql is not in the ledger, or is not what the request says: nobody can approve it.',
      });
      expect(bob.unlocked()).toBe(0);
    }
  });
});

describe('§7.5 an end', () => {
  it.each([
    ['denied', 'bob', 'done'],
    ['revoked', 'bob', 'done'],
    ['withdrawn', 'alice', 'done'],
    ['withdrawn', 'bob', 'not-allowed'],
    ['denied', 'alice', 'not-allowed'],
    ['revoked', 'alice', 'not-allowed'],
  ] as const)('%s by %s of alice’s request: %s', async (as, who, outcome) => {
    const all = await world();
    const { record } = await request(desk(all, all.alice).ws, wish());
    const someone = desk(all, all[who]);
    expect(await codeOf(toEnd(someone.ws, record.id, as))).toBe(outcome);
    if (outcome !== 'done') return;
    const { view } = await end(someone.ws, await toEnd(someone.ws, record.id, as), as, 'no');
    expect(view.state.requests.get(record.id)?.closed?.as).toBe(as);
    expect(await codeOf(toEnd(someone.ws, record.id, as))).toBe('closed');
  });

  it('a reason may be empty only when withdrawn', async () => {
    const all = await world();
    const { record } = await request(desk(all, all.alice).ws, wish());
    const [alice, bob] = [desk(all, all.alice), desk(all, all.bob)];
    expect(await codeOf(end(bob.ws, await toEnd(bob.ws, record.id, 'denied'), 'denied', ''))).toBe('usage');
    expect(bob.unlocked()).toBe(0);
    expect(await codeOf(end(alice.ws, await toEnd(alice.ws, record.id, 'withdrawn'), 'withdrawn', ''))).toBe(
      'done',
    );
  });

  it('a reason beyond 4 KiB: over-limit, before the signer is unlocked', async () => {
    const all = await world();
    const { record } = await request(desk(all, all.alice).ws, wish());
    const bob = desk(all, all.bob);
    const ending = await toEnd(bob.ws, record.id, 'denied');
    expect(await codeOf(end(bob.ws, ending, 'denied', 'x'.repeat(4097)))).toBe('over-limit');
    expect(bob.unlocked()).toBe(0);
  });
});

describe('§7.6 a halt', () => {
  it('of nobody that the policy knows: unknown-who', async () => {
    const all = await world();
    const bob = desk(all, all.bob);
    expect(await codeOf(halt(bob.ws, 'mallory', 'x'))).toBe('unknown-who');
    expect(await codeOf(halt(bob.ws, 'constructor', 'x'))).toBe('unknown-who');
    expect(bob.unlocked()).toBe(0);
  });

  it('is lifted by the policy in force, proposed anew and approved', async () => {
    const all = await world();
    const [alice, bob] = [desk(all, all.alice).ws, desk(all, all.bob).ws];
    expect(await codeOf(resume(bob, 'over'))).toBe('nothing-to-resume');
    await halt(bob, 'alice', 'her laptop was stolen');
    const { record, view } = await resume(bob, 'it was found');
    expect(view.state.halts).toHaveLength(1);
    const done = await approve(alice, await propose(alice, record.id, {}, true));
    expect(done.view.state.halts).toEqual([]);
    expect(done.view.state.policies.get(record.id)?.policy).toEqual(
      done.view.state.policies.get(all.anchor)?.policy,
    );
  });
});
