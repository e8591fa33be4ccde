import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits, windowOf } from '../../src/core/counting.js';
import type { Clause, Policy, Rule } from '../../src/core/policy-document.js';
import { COMMAND, DAY, HOUR, Scene, T0, policy, rule } from './support/scene.js';

/** Dave and erin govern and never leave; the others come and go, with this key and that. */
const ALICE = [['cert:alice'], ['cert:alice', 'cert:alice2']] as const;
const KEYS = {
  alice: [...ALICE, ...ALICE, ...ALICE, ['cert:alice2'], [], ['cert:alice:revoked']],
  bob: [
    ['cert:bob'],
    ['cert:bob'],
    ['cert:bob2'],
    ['cert:bob', 'cert:bob2'],
    [],
    [`cert:bob:${T0 + 3 * HOUR}`],
  ],
  carol: [['cert:carol'], ['cert:carol'], ['cert:carol2'], []],
} as const;

const clause: fc.Arbitrary<Clause> = fc.record({
  count: fc.constantFrom(1, 1, 2),
  from: fc.constantFrom(['sre'], ['everyone'], ['bob', 'dave'], ['sre', 'erin']),
});

const aRule: fc.Arbitrary<Rule> = fc
  .record({
    match: fc.constantFrom<Rule['match']>(
      { any: true },
      { any: true },
      { command: ['psql', '**'] },
      { access: '*' },
    ),
    approvals: fc.array(clause, { minLength: 1, maxLength: 2 }),
    maxDuration: fc.constantFrom(HOUR, 4 * HOUR),
    maxUses: fc.constantFrom(1, 3),
    requesters: fc.constantFrom(['everyone'], ['everyone'], ['everyone'], ['alice', 'dave'], ['sre', 'dave']),
  })
  .map((more) => rule(more));

const aPolicy: fc.Arbitrary<Policy> = fc
  .record({
    alice: fc.constantFrom(...KEYS.alice),
    bob: fc.constantFrom(...KEYS.bob),
    carol: fc.constantFrom(...KEYS.carol),
    sre: fc.subarray(['alice', 'bob', 'carol', 'dave'], { minLength: 1 }),
    rules: fc.array(aRule, { minLength: 1, maxLength: 2 }),
  })
  .map(({ sre, rules, ...people }) => {
    const there = Object.entries(people).filter(([, keys]) => keys.length > 0);
    const handles = [...there.map(([handle]) => handle), 'dave', 'erin'];
    return policy({
      members: ['dave', 'erin', ...there.map(([handle, keys]) => [handle, ...keys] as const)],
      groups: { sre: sre.filter((handle) => handles.includes(handle)) },
      rules: rules.map((each, i) => ({
        ...each,
        name: `rule-${i}`,
        approvals: each.approvals.map((one) => known(one, handles)),
        requesters: (each.requesters ?? []).filter(
          (name) => name === 'everyone' || name === 'sre' || handles.includes(name),
        ),
      })),
    });
  });

function known(asked: Clause, handles: readonly string[]): Clause {
  return {
    ...asked,
    from: asked.from.filter((name) => name === 'sre' || name === 'everyone' || handles.includes(name)),
  };
}

type Move =
  | { readonly kind: 'change'; readonly to: Policy }
  | { readonly kind: 'approve'; readonly by: string; readonly second: boolean }
  | { readonly kind: 'halt'; readonly who: string | undefined }
  | { readonly kind: 'start' }
  | { readonly kind: 'wait'; readonly seconds: number };

const change: fc.Arbitrary<Move> = aPolicy.map((to) => ({ kind: 'change', to }));
const others: fc.Arbitrary<Move> = fc.oneof(
  fc.constantFrom(undefined, 'alice', 'bob').map((who): Move => ({ kind: 'halt', who })),
  fc.constant<Move>({ kind: 'start' }),
  fc.constantFrom(60, HOUR).map((seconds): Move => ({ kind: 'wait', seconds })),
);
const approval: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('approve' as const),
  by: fc.constantFrom('alice', 'bob', 'carol', 'dave', 'erin'),
  second: fc.boolean(),
});

/** Whoever the names of a policy stand for. */
function people(given: Policy, from: readonly string[]): string[] {
  return from.flatMap((name) =>
    name === 'everyone' ? Object.keys(given.members) : (given.groups?.[name] ?? [name]),
  );
}

/** Tries every assignment of people to places. */
function fills(given: Policy, clauses: readonly Clause[], left: readonly string[]): boolean {
  const [first, ...rest] = clauses.flatMap(({ count, from }) =>
    Array<Clause>(count).fill({ count: 1, from }),
  );
  if (first === undefined) return true;
  return left.some(
    (who) =>
      people(given, first.from).includes(who) &&
      fills(
        given,
        rest,
        left.filter((one) => one !== who),
      ),
  );
}

/** A bookkeeper who has never seen counting.ts: who has given what, with which key, and whether it stands. */
class Book {
  readonly scene: Scene;
  readonly id: string;
  readonly written: Policy;
  given: { who: string; material: string }[] = [];

  constructor(first: Policy) {
    this.scene = new Scene(first, 'dave');
    this.scene.approve('erin', this.scene.state.anchor);
    this.written = first;
    this.id = this.scene.request('alice', { action: COMMAND, duration: 4 * HOUR, uses: 3 });
  }

  get now(): Policy {
    return this.scene.state.policies.get(this.scene.state.current)?.policy ?? this.written;
  }

  keys(who: string): { material: string; fate: string | undefined }[] {
    return (this.now.members[who]?.keys ?? []).map((key) => {
      const [, material = '', fate] = key.public.split(':');
      return { material, fate };
    });
  }

  fit(who: string, material: string): boolean {
    const key = this.keys(who).find((one) => one.material === material);
    if (key === undefined || key.fate === 'revoked') return false;
    return key.fate === undefined || this.scene.now < Number(key.fate);
  }

  /** The rule that covers her command, by the two matches that there are. */
  rule(of: Policy): Rule | undefined {
    return of.rules.find(({ match }) => !('access' in match));
  }

  move(move: Move): void {
    const { scene } = this;
    if (move.kind === 'wait') scene.now += move.seconds;
    if (move.kind === 'halt') scene.halt('erin', move.who);
    if (move.kind === 'start') scene.start('alice', this.id);
    if (move.kind === 'approve') {
      const material = move.second ? `${move.by}2` : move.by;
      // What no listed and fit key signs is inert, and never comes here.
      if (!this.fit(move.by, material)) return;
      scene.approve(move.by, this.id, { key: material });
      if (scene.last === null) this.given.push({ who: move.by, material });
    }
    if (move.kind === 'change') {
      const id = scene.propose('dave', move.to);
      scene.approve('erin', id);
      if (scene.state.current !== id) return;
      this.given = this.given.filter(({ who, material }) =>
        this.keys(who).some((key) => key.material === material),
      );
    }
  }

  /** What must hold wherever the answer is yes. */
  mayRun(): boolean {
    const { scene } = this;
    const [then, now] = [this.rule(this.written), this.rule(this.now)];
    if (then === undefined || now === undefined || !this.fit('alice', 'alice')) return false;
    if (scene.state.halts.some(({ who }) => who === null || who === 'alice')) return false;
    if (!people(this.now, now.requesters ?? ['everyone']).includes('alice')) return false;
    const halted = scene.state.halts.map(({ who }) => who);
    const named = [
      ...people(
        this.written,
        then.approvals.flatMap(({ from }) => from),
      ),
      ...people(
        this.now,
        now.approvals.flatMap(({ from }) => from),
      ),
    ];
    const standing = this.given
      .filter(({ who, material }) => who !== 'alice' && this.fit(who, material) && !halted.includes(who))
      .map(({ who }) => who)
      .filter((who) => named.includes(who) && Object.hasOwn(this.now.members, who));
    return [[this.written, then] as const, [this.now, now] as const].every(([where, { approvals }]) =>
      fills(
        where,
        approvals,
        [...new Set(standing)].filter((who) => Object.hasOwn(where.members, who)),
      ),
    );
  }
}

const FIRST: readonly Policy[] = [
  [{ count: 1, from: ['sre'] }],
  [{ count: 2, from: ['everyone'] }],
  [
    { count: 1, from: ['sre'] },
    { count: 1, from: ['dave', 'erin'] },
  ],
].map((approvals) =>
  policy({
    members: ['alice', 'bob', 'carol', 'dave', 'erin'],
    groups: { sre: ['bob', 'carol', 'dave'] },
    rules: [rule({ approvals, requesters: ['alice'] })],
  }),
);
const first = fc.constantFrom(...FIRST);
const runs = { numRuns: 200, seed: 20261123 };

describe('§7 whatever rules, people and keys do while a request is open', () => {
  it('without an approval nothing is ever authorised', () => {
    fc.assert(
      fc.property(first, fc.array(fc.oneof(change, others), { maxLength: 10 }), (written, moves) => {
        const book = new Book(written);
        for (const move of moves) {
          book.move(move);
          expect(book.scene.verdict(book.id)).not.toBe('authorised');
          expect(book.scene.get(book.id).spent).toBe(0);
        }
      }),
      runs,
    );
  });

  it('the answer is yes exactly where two rules, keys and people say so, inside a window that only shrinks', () => {
    let yes = 0;
    fc.assert(
      fc.property(
        first,
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: approval },
            { weight: 2, arbitrary: change },
            { weight: 1, arbitrary: others },
          ),
          { maxLength: 14 },
        ),
        (written, moves) => {
          const book = new Book(written);
          const { scene, id } = book;
          let window = windowOf(scene.state, scene.get(id));
          for (const move of moves) {
            book.move(move);
            const record = scene.get(id);
            const next = windowOf(scene.state, record);
            if (window !== null) {
              expect(next?.start).toBe(window.start);
              // A longer maxDuration may come back after a shorter one, never beyond what was asked.
              expect(next?.end ?? 0).toBeLessThanOrEqual(window.start + 4 * HOUR);
            }
            window = next;
            const verdict = scene.verdict(id);
            const open =
              next !== null && scene.now < next.end && record.spent < (limits(scene.state, record).uses ?? 0);
            if (verdict === 'authorised') yes += 1;
            expect([verdict, verdict === 'authorised']).toEqual([verdict, open && book.mayRun()]);
            if (verdict !== 'authorised')
              expect(scene.verdict(id, { now: scene.now + 30 * DAY })).not.toBe('authorised');
          }
        },
      ),
      runs,
    );
    // Moves that never lead to a yes would prove nothing.
    expect(yes).toBeGreaterThan(100);
  });
});
