import { describe, expect, it } from 'vitest';
import { inForce } from '../../src/core/counting.js';
import { standingDecision } from '../../src/core/decide.js';
import type { CommandAction } from '../../src/core/action.js';
import type { Policy } from '../../src/core/policy-document.js';
import type { LedgerState } from '../../src/core/state.js';
import { formatTime } from '../../src/core/time.js';
import { inspect } from '../../src/ledger/inspect.js';
import type { EventBody, View } from '../../src/ledger/ledger.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { approve, propose } from '../../src/workflows/approve.js';
import { audit } from '../../src/workflows/audit.js';
import { end, toEnd } from '../../src/workflows/close.js';
import { exec } from '../../src/workflows/exec.js';
import type { Here } from '../../src/workflows/grant.js';
import { halt, resume } from '../../src/workflows/halt.js';
import { proposeChange } from '../../src/workflows/propose-policy.js';
import { request } from '../../src/workflows/request.js';
import { BEGIN, memberOf, people, world, type Someone, type World } from '../ledger/world.js';
import { memoryStore } from '../ledger/memory-store.js';
import { ageing, branching } from './ageing.js';
import { codeOf, desk, recorder, workshop, type Desk } from './desk.js';

const DAY = 86_400;
const MONTH = 30 * DAY;

/** A team, its machines and its clock, month after month. */
class Team {
  readonly all: World;
  readonly here: Here;
  readonly action: CommandAction;
  readonly #desks = new Map<string, Desk>();

  constructor(all: World, shop: { here: Here; action: CommandAction }) {
    this.all = all;
    this.here = shop.here;
    this.action = shop.action;
  }

  /** The first of a month, and an hour later for each `hours`. */
  month(number: number, days = 0): void {
    const next = BEGIN + number * MONTH + days * DAY;
    if (next < this.all.clock.time) throw new Error('time only passes');
    this.all.clock.time = next;
  }

  get now(): number {
    return this.all.clock.time;
  }

  /** Someone sits down at their machine, with the key that they have now. */
  seat(who: Someone): Desk {
    const before = this.#desks.get(who.handle);
    const made = before === undefined ? desk(this.all, who) : desk(this.all, who, before.home);
    this.#desks.set(who.handle, made);
    return made;
  }

  at(handle: string): Desk {
    const found = this.#desks.get(handle);
    if (found === undefined) throw new Error(`${handle} has no machine`);
    return found;
  }

  async ask(handle: string, uses = 1): Promise<string> {
    const asked = { action: this.action, justification: 'the monthly rotation', uses, duration: 8 * 3600 };
    return (await request(this.at(handle).ws, asked)).record.id;
  }

  async sign(handle: string, id: string): Promise<void> {
    const { ws } = this.at(handle);
    await approve(ws, await propose(ws, id, {}, true));
    this.all.clock.time += 60;
  }

  /** One asks, another approves, and it runs. */
  async run(asks: string, signs: string): Promise<void> {
    const id = await this.ask(asks);
    await this.sign(signs, id);
    const exit = await exec(this.at(asks).ws, { id, argv: null }, this.here, recorder().launcher);
    expect(exit).toEqual({ code: 0 });
    this.all.clock.time += 60;
  }

  /** One proposes a change of the members, another approves it. */
  async members(by: string, signs: string, changed: Readonly<Record<string, Someone | null>>): Promise<void> {
    const next = (policy: Policy): Policy => {
      const left = Object.entries(policy.members).filter(([handle]) => !Object.hasOwn(changed, handle));
      const come = Object.values(changed).flatMap((who) =>
        who === null ? [] : [[who.handle, memberOf(who)] as const],
      );
      return { ...policy, members: Object.fromEntries([...left, ...come]) };
    };
    const how = { reason: 'who is who', anyway: true };
    const { record } = await proposeChange(this.at(by).ws, ({ policy }) => next(policy), how);
    await this.sign(signs, record.id);
    expect(inForce((await this.read()).state).id).toBe(record.id);
  }

  read(): Promise<View> {
    return this.all.home().ledger.refresh();
  }
}

/** What no attempt may change. */
function counting(state: LedgerState): unknown {
  const { current, halts, requests, runs, events, greatestAt, policies, materials, endorsement } = state;
  return structuredClone({
    current,
    halts,
    requests,
    runs,
    events,
    greatestAt,
    policies,
    materials,
    endorsement,
  });
}

/** A key that must not count any more, and a time at which it did. */
interface Dead {
  readonly title: string;
  readonly who: Someone;
  readonly when: number;
}

/** Everything that somebody could still want to write. */
function attempts(team: Team, view: View, mine: string | undefined, open: string): EventBody[] {
  const at = team.now;
  const { policy } = inForce(view.state);
  const approveBy = formatTime(at + 3600);
  const asked = { type: 'request' as const, justification: 'x', approveBy };
  return [
    { type: 'halt', reason: 'x' },
    { type: 'halt', who: 'alice', reason: 'x' },
    { type: 'approve', request: open },
    { type: 'approve', request: team.all.anchor },
    { type: 'close', request: open, as: 'denied', reason: 'x' },
    { type: 'close', request: open, as: 'withdrawn', reason: '' },
    { ...asked, action: team.action, duration: 3600, uses: 1 },
    { ...asked, action: { kind: 'policy', base: view.state.current, policy } },
    { type: 'start', request: mine ?? open, host: 'prod-1' },
  ];
}

describe('a year passes', () => {
  it(
    'keys end, are renewed and replaced, people come and go: the audit is clean, and no dead key counts',
    { timeout: 120_000 },
    async () => {
      const all = await world();
      const team = new Team(all, workshop());
      const { alice, bob, carol } = await people();
      for (const who of [alice, bob, carol]) team.seat(who);
      const dead: Dead[] = [];
      /** A grant of each, still within its window, when their key ended. */
      const mine = new Map<string, string>();

      // Month 1. Dora's key lives half a year, Erin's three months; Frank signs with a subkey that ends in month 8.
      team.month(1);
      const doras = await ageing('dora', team.now, 5 * MONTH);
      const erin = branching('erin', BEGIN + 4 * MONTH).primary;
      const franks = branching('frank');
      const subkeyEnds = BEGIN + 8 * MONTH;
      const dora = await doras.someone();
      const frank = franks.with([0, subkeyEnds]);
      await team.members('alice', 'bob', { dora, erin, frank });
      for (const who of [dora, erin, frank]) team.seat(who);
      await team.run('dora', 'frank');
      await team.run('frank', 'erin');

      // Month 4. Erin's key ends between two of her approvals; what she gave before counts no more.
      team.month(4, -1);
      const early = await team.ask('dora', 3);
      await team.sign('erin', early);
      await exec(team.at('dora').ws, { id: early, argv: null }, team.here, recorder().launcher);
      mine.set('erin', await team.ask('erin'));
      await team.sign('bob', mine.get('erin') ?? '');
      const lastDay = await team.read();
      const ends = inForce(lastDay.state).ring['erin']?.[0]?.expires ?? 0;
      all.clock.time = ends;
      expect(ends).toBe(BEGIN + 4 * MONTH);
      const waiting = await team.ask('dora');
      expect(await codeOf(propose(team.at('erin').ws, waiting, {}, true))).toBe('unfit-key');
      expect(await codeOf(team.ask('erin'))).toBe('unfit-key');
      await end(team.at('alice').ws, await toEnd(team.at('alice').ws, waiting, 'denied'), 'denied', 'later');
      dead.push({ title: 'erin, expired', who: erin, when: ends - 3600 });

      // Month 5. Dora renews in time: her open request and the approval that she gave live on.
      team.month(5);
      const [hers, theirs] = [await team.ask('dora'), await team.ask('alice')];
      await team.sign('frank', hers);
      await team.sign('dora', theirs);
      const renewed = await doras.renew(BEGIN + 18 * MONTH, team.now);
      await team.members('bob', 'carol', { dora: renewed });
      team.seat(renewed);
      const open = (await team.read()).state;
      for (const id of [hers, theirs]) {
        const record = open.requests.get(id);
        if (record === undefined) throw new Error('it was asked for');
        expect(standingDecision(open, record, team.now).reason).toBe(null);
        expect(record.approvals.map(({ lapsed }) => lapsed)).toEqual([false]);
      }

      // Month 6. The first certificate would have ended: the renewed one goes on.
      team.month(6, 1);
      await team.run('dora', 'alice');
      await team.run('alice', 'dora');

      // Month 7. Carol's key is stolen: her handle is halted, her key replaced, and what she had approved lapses.
      team.month(7);
      mine.set('carol', await team.ask('carol'));
      await team.sign('alice', mine.get('carol') ?? '');
      const stolen = await team.ask('bob');
      await team.sign('carol', stolen);
      await halt(team.at('bob').ws, 'carol', 'her laptop was stolen');
      const carol2 = await (await ageing('carol', team.now, null)).someone();
      await team.members('alice', 'dora', { carol: carol2 });
      team.seat(carol2);
      const rotated = await team.read();
      expect(rotated.state.halts).toEqual([]);
      for (const id of [stolen, mine.get('carol') ?? '']) {
        const record = rotated.state.requests.get(id);
        if (record === undefined) throw new Error('it was asked for');
        expect(standingDecision(rotated.state, record, team.now).authorised).toBe(false);
      }
      dead.push({ title: 'carol, replaced', who: carol, when: team.now - 600 });
      await team.run('carol', 'frank');

      // Month 8. Frank's subkey ends; a second takes its place, and later the first is revoked.
      team.month(8, -1);
      mine.set('frank', await team.ask('frank'));
      await team.sign('alice', mine.get('frank') ?? '');
      const frank2 = franks.with([0, subkeyEnds], [1, BEGIN + 20 * MONTH]);
      await team.members('dora', 'alice', { frank: frank2 });
      team.month(8);
      team.seat(frank2);
      await team.run('frank', 'dora');
      team.month(8, 3);
      const frank3 = franks.with([0, 'revoked'], [1, BEGIN + 20 * MONTH]);
      await team.members('carol', 'bob', { frank: frank3 });
      team.seat(frank3);
      dead.push({ title: 'frank, an old subkey', who: frank, when: subkeyEnds - 3600 });
      dead.push({
        title: 'frank, a subkey that was never listed',
        who: franks.with([2, null]),
        when: team.now,
      });

      // Month 9. Bob leaves, with a grant in his hands.
      team.month(9);
      mine.set('bob', await team.ask('bob'));
      await team.sign('frank', mine.get('bob') ?? '');
      await team.members('alice', 'carol', { bob: null });
      dead.push({ title: 'bob, removed', who: bob, when: team.now - 120 });
      expect(await codeOf(team.ask('bob'))).toBe('no-key');

      // Month 10. An incident, and its end; Erin comes back with another key.
      team.month(10);
      await halt(team.at('dora').ws, null, 'what is this');
      expect(
        await codeOf(exec(team.at('alice').ws, { id: theirs, argv: null }, team.here, recorder().launcher)),
      ).toBe('halted');
      const lifted = await resume(team.at('carol').ws, 'it was nothing');
      await team.sign('alice', lifted.record.id);
      const erin2 = await (await ageing('erin', team.now, null)).someone();
      await team.members('dora', 'frank', { erin: erin2 });
      team.seat(erin2);
      await team.run('erin', 'alice');

      // Month 12. The audit of the year is clean.
      team.month(12);
      await team.run('dora', 'erin');
      const pending = await team.ask('dora');
      const plain = { since: null, head: null, strict: true };
      const year = await audit(team.at('alice').ws, plain);
      expect(year).toMatchObject({
        failure: null,
        violations: [],
        inert: [],
        interrupted: [],
        givenBack: [],
      });
      expect(year.events).toBeGreaterThan(60);

      // A newcomer verifies all of it, and reads what those read who were there.
      const { remote, clock } = all;
      const parts = {
        store: memoryStore(remote),
        checker: createSignatureChecker(),
        certificates: createCertificateReader(),
        clock,
      };
      const joined = await inspect(parts);
      expect([joined.anchor, joined.head, joined.inert]).toEqual([all.anchor, year.view.head, []]);
      expect(counting(joined.state)).toEqual(counting(year.view.state));
      expect(counting((await team.at('alice').ws.ledger.refresh()).state)).toEqual(counting(year.view.state));

      // Whoever holds one of the dead keys tries everything: now, when it was good, and as far back as is allowed.
      const before = counting(joined.state);
      const { greatestAt } = joined.state;
      let tried = 0;
      for (const { who, when } of dead) {
        for (const body of attempts(team, joined, mine.get(who.handle), pending)) {
          for (const at of [team.now, when, greatestAt - 900]) {
            await all.craft(who, body, at);
            tried += 1;
          }
        }
      }
      const after = await audit(team.at('alice').ws, { ...plain, strict: false });
      expect(counting(after.view.state)).toEqual(before);
      expect(after).toMatchObject({ failure: null, violations: [] });
      expect(after.inert).toHaveLength(tried);
      const reasons = new Set(after.inert.map(({ reason }) => reason));
      expect([...reasons].sort()).toEqual(['backdated', 'unfit-key', 'unknown-actor', 'wrong-key']);
      expect(counting((await inspect({ ...parts, store: memoryStore(remote) })).state)).toEqual(before);

      // The living go on above all that.
      await team.sign('erin', pending);
      await exec(team.at('dora').ws, { id: pending, argv: null }, team.here, recorder().launcher);
      expect((await audit(team.at('frank').ws, { ...plain, strict: false })).failure).toBe(null);
    },
  );
});
