import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standingDecision } from '../../src/core/decide.js';
import type { Closing } from '../../src/core/events.js';
import type { Policy } from '../../src/core/policy-document.js';
import { formatTime } from '../../src/core/time.js';
import { Branch, type Fate } from './support/branch.js';
import { COMMAND, DAY, HOUR, member, policy } from './support/scene.js';

const THIEF = 'mallory';

/** What the thief writes between two moves of the others, with the key of mallory. Numbers choose among what there is. */
type Answer =
  | { readonly kind: 'halt'; readonly who: string | undefined }
  | { readonly kind: 'close'; readonly which: number; readonly as: Closing }
  | { readonly kind: 'approve'; readonly which: number }
  | { readonly kind: 'start'; readonly which: number }
  | { readonly kind: 'ask' }
  | {
      readonly kind: 'rival';
      readonly policy: 'same' | 'alone' | 'my-second-key' | 'their-key' | 'protocol' | 'only-me';
    }
  | { readonly kind: 'endorse' }
  | { readonly kind: 'forge'; readonly as: string }
  | { readonly kind: 'elsewhere' };

interface Dated {
  readonly answer: Answer;
  /** Seconds beside the clock: back as far as it goes and further, ahead as far as it goes. */
  readonly shift: number;
}

const which = fc.nat(20);
const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ kind: fc.constant('halt' as const), who: fc.constantFrom(undefined, 'alice', 'bob', THIEF) }),
  fc.record({
    kind: fc.constant('close' as const),
    which,
    as: fc.constantFrom<Closing>('denied', 'revoked', 'withdrawn'),
  }),
  fc.record({ kind: fc.constant('approve' as const), which }),
  fc.record({ kind: fc.constant('start' as const), which }),
  fc.constant<Answer>({ kind: 'ask' }),
  fc.record({
    kind: fc.constant('rival' as const),
    policy: fc.constantFrom('same', 'alone', 'my-second-key', 'their-key', 'protocol', 'only-me'),
  }),
  fc.constant<Answer>({ kind: 'endorse' }),
  fc.record({ kind: fc.constant('forge' as const), as: fc.constantFrom('alice', 'bob') }),
  fc.constant<Answer>({ kind: 'elsewhere' }),
);
const dated: fc.Arbitrary<Dated> = fc.record({
  answer,
  shift: fc.constantFrom(0, 0, 0, -900, -901, -2 * DAY, 900),
});

/** Three of whom one other suffices, and four of whom two others must agree. */
const LEDGERS = {
  three: policy({ members: ['alice', 'bob', THIEF], changes: [{ count: 1, from: ['everyone'] }] }),
  four: policy({ members: ['alice', 'bob', 'carol', THIEF], changes: [{ count: 2, from: ['everyone'] }] }),
} as const;

function without(from: Policy, handle: string): Policy {
  return {
    ...from,
    members: Object.fromEntries(Object.entries(from.members).filter(([name]) => name !== handle)),
  };
}

function rotated(from: Policy, handle: string, ...certs: readonly string[]): Policy {
  return { ...from, members: { ...from.members, [handle]: member(handle, ...certs) } };
}

/** A ledger in use, a thief with mallory's key, and two or three others who want them out. */
class Struggle {
  readonly branch: Branch;
  answers: readonly (readonly Dated[])[];
  moves = 0;
  /** How each answer of the thief's fared. */
  readonly fates: Fate[] = [];

  private constructor(branch: Branch, answers: readonly (readonly Dated[])[]) {
    this.branch = branch;
    this.answers = answers;
  }

  static async begin(
    size: keyof typeof LEDGERS,
    founder: string,
    older: number,
    answers: readonly (readonly Dated[])[],
  ): Promise<Struggle> {
    const branch = await Branch.found(LEDGERS[size], founder);
    const it = new Struggle(branch, answers);
    const others = Object.keys(branch.policy.members).filter((handle) => handle !== founder);
    for (const other of others) await branch.write(other, { type: 'approve', request: branch.state.anchor });
    // Somebody's grant, something of mallory's that alice approved, and changes that wait.
    for (const [asks, approves] of [
      ['alice', 'bob'],
      [THIEF, 'alice'],
      ['bob', THIEF],
    ] as const) {
      const { id } = await it.ask(asks);
      await branch.write(approves, { type: 'approve', request: id });
    }
    for (let i = 0; i < older; i += 1) {
      const proposer = ['alice', 'bob'][i % 2] ?? '';
      const { id } = await it.propose(proposer, branch.policy);
      if (size === 'four') await branch.write('carol', { type: 'approve', request: id });
    }
    return it;
  }

  ask(actor: string): Promise<Fate> {
    const approveBy = formatTime(this.branch.now + HOUR);
    const justification = 'the password leaked';
    return this.branch.write(actor, {
      type: 'request',
      action: COMMAND,
      justification,
      approveBy,
      duration: HOUR,
      uses: 3,
    });
  }

  propose(actor: string, next: Policy, at = this.branch.now): Promise<Fate> {
    const { branch } = this;
    const action = { kind: 'policy', base: branch.state.current, policy: next } as const;
    const approveBy = formatTime(at + DAY);
    return branch.write(actor, { type: 'request', action, justification: 'stolen', approveBy }, { at });
  }

  /** One move of an honest person, and all that the thief answers to it. */
  async move(act: () => Promise<Fate>): Promise<Fate> {
    this.branch.now += 30;
    const fate = await act();
    // Nobody can make an honest event inert.
    expect([fate.outcome, fate.reason]).not.toContain('inert');
    for (const { answer: next, shift } of this.answers[this.moves] ?? [])
      this.fates.push(await this.#answer(next, shift));
    this.moves += 1;
    return fate;
  }

  #pick(index: number): string {
    const ids = [...this.branch.state.requests.keys()];
    return ids[ids.length - 1 - (index % ids.length)] ?? '';
  }

  async #answer(next: Answer, shift: number): Promise<Fate> {
    const { branch } = this;
    const at = branch.now + shift;
    const write = (body: Parameters<Branch['write']>[1]): Promise<Fate> => branch.write(THIEF, body, { at });
    switch (next.kind) {
      case 'halt':
        return write({ type: 'halt', ...(next.who === undefined ? {} : { who: next.who }), reason: 'ha' });
      case 'close':
        return write({ type: 'close', request: this.#pick(next.which), as: next.as, reason: 'ha' });
      case 'approve':
        return write({ type: 'approve', request: this.#pick(next.which) });
      case 'start':
        return write({ type: 'start', request: this.#pick(next.which), host: 'prod-1' });
      case 'endorse':
        return write({ type: 'approve', request: branch.state.anchor });
      case 'ask':
        return this.ask(THIEF);
      case 'rival':
        return this.propose(THIEF, this.#rival(next.policy), at);
      case 'forge':
        return branch.write(
          next.as,
          { type: 'close', request: this.#pick(0), as: 'withdrawn', reason: 'ha' },
          { at, key: THIEF },
        );
      case 'elsewhere':
        return branch.write(THIEF, { type: 'halt', reason: 'ha' }, { at, prev: 'f'.repeat(64) });
    }
  }

  #rival(what: Extract<Answer, { kind: 'rival' }>['policy']): Policy {
    const now = this.branch.policy;
    if (what === 'same') return now;
    if (what === 'alone') return without(now, 'alice');
    if (what === 'protocol') return { ...now, protocol: 2 };
    if (what === 'only-me') return { ...now, changes: [{ count: 1, from: [THIEF] }] };
    return rotated(now, THIEF, `cert:${THIEF}`, what === 'their-key' ? 'cert:alice' : 'cert:mallory9');
  }

  /** What the thief asked for or alone approved is not authorised. */
  nothingOfTheThief(): void {
    const { state, now } = this.branch;
    for (const record of state.requests.values()) {
      const decision = standingDecision(state, record, now);
      if (!decision.authorised) continue;
      expect(record.event.actor).not.toBe(THIEF);
      expect(record.approvals.some(({ actor, lapsed }) => actor !== THIEF && !lapsed)).toBe(true);
    }
  }

  listed(): boolean {
    const keys = this.branch.policy.members[THIEF]?.keys ?? [];
    return keys.some((key) => key.public === `cert:${THIEF}`);
  }
}

const setting = fc.record({
  size: fc.constantFrom<keyof typeof LEDGERS>('three', 'four'),
  founder: fc.constantFrom('alice', THIEF),
  older: fc.nat(3),
  rotate: fc.boolean(),
  answers: fc.array(fc.array(dated, { maxLength: 5 }), { maxLength: 12 }),
  later: fc.array(dated, { minLength: 4, maxLength: 8 }),
});

const ROUNDS = 2;

describe('§7.5, 7.6 the thief of a key, who answers every move at once', () => {
  it('is out after two proposals at most, and nothing that they sign counts any more', async () => {
    const fared = { effect: 0, void: 0, inert: 0 };
    let delayed = 0;
    await fc.assert(
      fc.asyncProperty(setting, async ({ size, founder, older, rotate, answers, later }) => {
        const it = await Struggle.begin(size, founder, older, answers);
        const { branch } = it;
        const others = size === 'three' ? ['bob'] : ['bob', 'carol'];
        await it.move(() =>
          branch.write('alice', { type: 'halt', who: THIEF, reason: 'her laptop is gone' }),
        );
        it.nothingOfTheThief();

        let rounds = 0;
        while (it.listed()) {
          rounds += 1;
          expect(rounds).toBeLessThanOrEqual(ROUNDS);
          const next = (): Policy =>
            rotate ? rotated(branch.policy, THIEF, 'cert:mallory2') : without(branch.policy, THIEF);
          const proposed = await it.move(() => it.propose('alice', next()));
          expect(proposed.outcome).toBe('effect');
          for (const other of others) {
            if (!it.listed()) break;
            await it.move(() => branch.write(other, { type: 'approve', request: proposed.id }));
          }
        }
        // Only a change that waited from before can be played against theirs, and only once.
        expect(rounds).toBeLessThanOrEqual(older > 0 ? ROUNDS : 1);

        const before = structuredClone({
          current: branch.state.current,
          halts: branch.state.halts,
          requests: branch.state.requests,
          events: branch.state.events,
        });
        for (const { outcome } of it.fates) fared[outcome] += 1;
        if (rounds === ROUNDS) delayed += 1;
        it.answers = Array.from({ length: 10 }, () => later);
        it.moves = 0;
        it.fates.length = 0;
        await it.move(() =>
          branch.write('alice', { type: 'halt', who: 'bob', reason: 'to see that she still can' }),
        );
        expect(branch.state.events).toBe(before.events + 1);
        expect([branch.state.current, branch.state.requests]).toEqual([before.current, before.requests]);
        it.nothingOfTheThief();

        // Whatever they halted is lifted by the next two signatures.
        const resume = await it.move(() => it.propose('alice', branch.policy));
        for (const other of others)
          await it.move(() => branch.write(other, { type: 'approve', request: resume.id }));
        expect([branch.state.current, branch.state.halts]).toEqual([resume.id, []]);
        it.nothingOfTheThief();
        expect(it.fates.length).toBeGreaterThan(0);
        expect(it.fates.every(({ outcome }) => outcome === 'inert')).toBe(true);
      }),
      { numRuns: 120, seed: 20261123 },
    );
    // A thief who never did anything, or never cost them a round, would prove nothing.
    expect(Math.min(...Object.values(fared))).toBeGreaterThan(100);
    expect(delayed).toBeGreaterThan(2);
  });
});
