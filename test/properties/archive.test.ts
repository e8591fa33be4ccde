import fc from 'fast-check';
import { mkdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { AccessAction, CommandAction } from '../../src/core/action.js';
import { CLOCK_SLACK } from '../../src/core/authentic.js';
import { decide, stateName } from '../../src/core/decide.js';
import { labelsOf } from '../../src/core/requests.js';
import { isAtRest, liveRequests, policiesInOrder } from '../../src/core/rest.js';
import type { LedgerState } from '../../src/core/state.js';
import { Archive } from '../../src/ledger/archive.js';
import { checkpointText, readCheckpoint } from '../../src/ledger/checkpoint.js';
import { Shelving } from '../../src/ledger/shelving.js';
import { COMMAND, DAY, HOUR, policy, rule, Scene } from '../core/support/scene.js';
import { emptyFolder, remove } from '../support/places.js';
import { FACTOR, runs } from './runs.js';

const ACTIONS: readonly (CommandAction | AccessAction)[] = [
  COMMAND,
  { ...COMMAND, argv: ['id'], program: '/usr/bin/id', host: 'prod-2' },
  {
    ...COMMAND,
    pins: [{ path: '/srv/rotate.sql', sha256: 'a'.repeat(64), size: 3, attached: true }],
  },
  { kind: 'access', resource: 'ssh/prod-1' },
];

/** Carol comes and goes, bob with this key and that; how much is allowed changes too. */
const POLICIES = (
  [
    [['carol', 'bob'], 3],
    [['bob'], 1],
    [['carol', ['bob', 'cert:bob2']], 3],
    [[['bob', 'cert:bob', 'cert:bob2']], 2],
  ] as const
).map(([others, maxUses]) => policy({ members: ['alice', 'dave', ...others], rules: [rule({ maxUses })] }));

type Move =
  | { kind: 'request'; by: string; action: number; uses: number; duration: number; within: number }
  | { kind: 'approve' | 'start' | 'revoke' | 'withdraw'; by: string; of: number }
  | { kind: 'finish'; of: number; failed: boolean }
  | { kind: 'change'; to: number; by: string; complete: boolean }
  | { kind: 'grant'; by: string; action: number; uses: number; starts: number }
  | { kind: 'halt'; by: string; who: string | undefined }
  | { kind: 'wait'; seconds: number }
  | { kind: 'save' | 'restart' };

const who = fc.constantFrom('alice', 'bob', 'bob', 'carol', 'dave');
/** Counted from the newest: old ones are named too. */
const of = fc.oneof(fc.nat(2), fc.nat(30));
const asked: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('request' as const),
  by: who,
  action: fc.nat(ACTIONS.length - 1),
  uses: fc.integer({ min: 1, max: 3 }),
  duration: fc.constantFrom(HOUR, 4 * HOUR),
  within: fc.constantFrom(HOUR, DAY),
});
const granted: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('grant' as const),
  by: fc.constantFrom('bob', 'bob', 'carol'),
  action: fc.nat(ACTIONS.length - 1),
  uses: fc.integer({ min: 1, max: 2 }),
  starts: fc.nat(2),
});
const aMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: granted },
  { weight: 4, arbitrary: asked },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'approve' as const,
        'approve' as const,
        'start' as const,
        'revoke' as const,
        'withdraw' as const,
      ),
      by: who,
      of,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), of, failed: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      to: fc.nat(POLICIES.length - 1),
      by: who,
      complete: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constant('halt' as const), by: who, who: fc.constantFrom(undefined, 'alice') }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(HOUR, 2 * DAY) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('save' as const, 'restart' as const) }) },
);

/** What a request at rest is, whatever a halt says of it. */
const OVER = ['used', 'expired', 'denied', 'withdrawn', 'revoked', 'applied', 'void', 'halted'];

const folders: string[] = [];
afterAll(() => folders.forEach(remove));

/** A machine that keeps a checkpoint and an archive of a ledger told event by event. */
class Machine {
  readonly scene = Scene.endorsed(policy({ rules: [rule({ maxUses: 3 })] }));
  readonly #folder = emptyFolder();
  readonly #bound = { anchor: this.scene.state.anchor, program: 'mpa test' };
  #shelving = this.#open();
  #text: string | null = null;

  constructor() {
    folders.push(this.#folder);
    mkdirSync(this.#folder, { recursive: true });
  }

  #open(): Shelving {
    return new Shelving(this.#folder, () => undefined, 2);
  }

  async save(): Promise<void> {
    const { state } = this.scene;
    this.#shelving.base(state, this.#text === null);
    const shelved = await this.#shelving.shelve(state, () => Promise.resolve());
    const head = { commit: '0'.repeat(40), chain: '0'.repeat(64), at: state.greatestAt };
    this.#text = checkpointText({ state, head }, shelved, this.#bound);
  }

  /** Another process, which knows what was saved. */
  async restart(): Promise<void> {
    await this.save();
    const read = readCheckpoint(this.#text ?? '', this.#bound, (refs) =>
      Archive.open(this.#folder, refs, () => undefined),
    );
    if (!read.ok) throw new Error(read.why);
    this.scene.state = read.verified.state;
    this.#shelving = this.#open();
  }
}

/** Does the same on both; the ids of requests and runs are the same, since a scene counts. */
class Two {
  readonly whole = Scene.endorsed(policy({ rules: [rule({ maxUses: 3 })] }));
  readonly machine = new Machine();
  readonly requests: string[] = [];
  readonly runs: string[] = [];

  both(act: (scene: Scene) => string): string {
    const [id, other] = [this.whole, this.machine.scene].map(act);
    expect(other).toBe(id);
    expect(this.machine.scene.last).toEqual(this.whole.last);
    return id ?? '';
  }

  async move(move: Move): Promise<void> {
    const named = (of: number): string => this.requests.at(-1 - of) ?? this.whole.state.anchor;
    switch (move.kind) {
      case 'request': {
        const action = ACTIONS[move.action] ?? COMMAND;
        this.requests.push(this.both((scene) => scene.request(move.by, { ...move, action })));
        return;
      }
      case 'grant': {
        const { uses } = move;
        const action = ACTIONS[move.action] ?? COMMAND;
        const id = this.both((scene) => scene.request('alice', { action, uses }));
        this.requests.push(id);
        this.both((scene) => scene.approve(move.by, id));
        for (let start = 0; start < move.starts; start += 1)
          this.runs.push(this.both((scene) => scene.start('alice', id)));
        return;
      }
      case 'approve':
        this.both((scene) => scene.approve(move.by, named(move.of), { uses: 2 }));
        return;
      case 'start': {
        const actor = this.whole.state.requests.get(named(move.of))?.event.actor ?? move.by;
        this.runs.push(this.both((scene) => scene.start(actor, named(move.of))));
        return;
      }
      case 'revoke':
        this.both((scene) => scene.close(move.by, named(move.of), 'revoked'));
        return;
      case 'withdraw':
        this.both((scene) => scene.close(move.by, named(move.of), 'withdrawn'));
        return;
      case 'finish': {
        const run = this.runs.at(-1 - move.of) ?? 'f'.repeat(64);
        const request = this.whole.state.runs.get(run) ?? '';
        const actor = this.whole.state.requests.get(request)?.event.actor ?? 'alice';
        this.both((scene) => scene.finish(actor, run, move.failed ? { failed: 'not-spawned' } : { code: 0 }));
        return;
      }
      case 'change': {
        const to = POLICIES[move.to] ?? policy();
        const id = this.both((scene) => scene.propose(move.by, to));
        this.requests.push(id);
        if (move.complete) this.both((scene) => scene.approve(move.by === 'bob' ? 'dave' : 'bob', id));
        return;
      }
      case 'halt':
        this.both((scene) => scene.halt(move.by, move.who));
        return;
      case 'wait':
        for (const scene of [this.whole, this.machine.scene]) scene.now += move.seconds;
        return;
      case 'save':
        await this.machine.save();
        return;
      case 'restart':
        await this.machine.restart();
    }
  }
}

/** Everything that anybody could learn of a ledger. */
function learned(state: LedgerState, now: number): unknown {
  const all = state.requests.all();
  const labels = [...new Set(all.flatMap(labelsOf))].sort();
  const { requests: _requests, runs: _runs, policies: _policies, ...rest } = state;
  return {
    rest,
    all,
    live: liveRequests(state).map(({ id }) => id),
    policies: policiesInOrder(state),
    runs: [...state.runs.keys()].sort().map((id) => [id, state.runs.get(id), state.runs.has(id)]),
    ids: ['', 'e', 'eeeeeeee', 'f'].map((prefix) => [...state.requests.keys(prefix)].sort()),
    delisted: [...state.requests.delisted].sort(),
    under: labels.map((label) => [
      label,
      [undefined, state.position - 5].map((before) =>
        [...state.requests.under(label, before)].map(({ id, approvals }) => [id, approvals]),
      ),
    ]),
    decisions: all.map((record) =>
      [now, now + HOUR, now + 3 * DAY].map((at) => [
        state.requests.get(record.id),
        stateName(state, record, at),
        decide(
          state,
          record.id,
          { handle: 'alice', material: null },
          { kind: 'as-approved', host: null },
          at,
        ),
      ]),
    ),
  };
}

describe('a ledger of which only what is not over is at hand', () => {
  it(
    'answers every look-up, void and decision as one that was read from its root, wherever it was saved',
    async () => {
      let archived = 0;
      let lapsed = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(aMove, { minLength: 30, maxLength: 60 }), async (moves) => {
          const two = new Two();
          for (const move of moves) await two.move(move);
          const { whole, machine } = two;
          expect(learned(machine.scene.state, whole.now)).toEqual(learned(whole.state, whole.now));
          await machine.restart();
          const { state } = machine.scene;
          expect(learned(state, whole.now)).toEqual(learned(whole.state, whole.now));
          archived += whole.state.requests.hot.size - state.requests.hot.size;
          lapsed += state.requests
            .all()
            .filter(
              ({ id, approvals }) => !state.requests.hot.has(id) && approvals.some((given) => given.lapsed),
            ).length;
          for (const record of whole.state.requests.all()) {
            if (!isAtRest(whole.state, record)) continue;
            for (const after of [-CLOCK_SLACK, 0, HOUR, DAY])
              expect(OVER).toContain(stateName(whole.state, record, whole.state.greatestAt + after));
          }
        }),
        runs(15),
      );
      // Else nothing was tried.
      expect(archived).toBeGreaterThan(60);
      expect(lapsed).toBeGreaterThan(2);
    },
    FACTOR * 60_000,
  );
});
