import fc from 'fast-check';
import type { AccessAction, CommandAction } from '../../src/core/action.js';
import type { Clause, Policy, Rule } from '../../src/core/policy-document.js';
import { isFit } from './keys.js';
import { isValid, keysFor } from './policy.js';
import { COMMAND, DAY, HOUR, T0, policy, rule } from '../core/support/scene.js';

/** What can happen to a ledger. Numbers choose among what is there when the move is played: a request, a key, a moment. */
export type Move = { readonly wait: Wait } & (
  | { readonly kind: 'ask'; readonly by: string; readonly key: number; readonly asking: Asking }
  | {
      readonly kind: 'propose';
      readonly by: string;
      readonly to: Policy;
      readonly within: number;
      readonly old: boolean;
    }
  | {
      readonly kind: 'approve';
      readonly by: string;
      readonly key: number;
      readonly which: number;
      readonly more: Narrowing;
    }
  | { readonly kind: 'everybody'; readonly which: number }
  | {
      readonly kind: 'close';
      readonly by: string;
      readonly which: number;
      readonly as: 'denied' | 'revoked' | 'withdrawn';
    }
  | { readonly kind: 'halt'; readonly by: string; readonly who: string | undefined }
  | {
      readonly kind: 'start';
      readonly by: string | null;
      readonly key: number;
      readonly which: number;
      readonly host: string;
    }
  | { readonly kind: 'finish'; readonly by: string | null; readonly which: number; readonly failed: boolean }
  | {
      readonly kind: 'forge';
      readonly by: string;
      readonly how: 'key' | 'prev' | 'actor';
      readonly which: number;
    }
);

/** How the clock moves before a move: on by some seconds, or to a moment that matters, give or take. */
export type Wait = { readonly seconds: number } | { readonly moment: number; readonly beside: -1 | 0 | 1 };

export interface Narrowing {
  readonly duration?: number;
  readonly uses?: number;
}

export interface Asking {
  readonly action: CommandAction | AccessAction;
  readonly duration: number;
  readonly uses: number;
  readonly within: number;
  /** Seconds after the request. */
  readonly notBefore: number | undefined;
  readonly justification: string;
  readonly ticket: string | undefined;
}

export const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;
export const MACHINES = ['runner', 'robot'] as const;
const ANYBODY = [...PEOPLE, ...MACHINES] as const;
/** Of the requester, of another, whom none of them names. */
export const HOSTS = ['prod-1', 'prod-2'] as const;

/** When keys end, and when some begin. */
export const ENDS = T0 + 3 * HOUR;
export const BEGINS = T0 + 2 * HOUR;

const often = <T>(weight: number, value: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.constantFrom(...Array.from({ length: weight }, () => value), ...others);

function keysOf(handle: string): fc.Arbitrary<readonly string[]> {
  const own = `cert:${handle}`;
  return often<readonly string[]>(
    10,
    [own],
    [own, `${own}2`],
    [own, `${own}2`],
    [`${own}2`],
    [],
    [`${own}:${ENDS}`],
    [`${own}:under-${ENDS}`, `${own}2`],
    [`${own}:revoked`, `${own}2`],
    [own, `${own}3:from-${BEGINS}`],
  );
}

const clause: fc.Arbitrary<Clause> = fc.record({
  count: often(8, 1, 2),
  from: often<readonly string[]>(
    4,
    ['everyone'],
    ['sre'],
    ['bob', 'dave'],
    ['sre', 'erin'],
    ['carol', 'everyone'],
  ),
});

const matching = often<Rule['match']>(
  6,
  { any: true },
  { command: ['psql', '**'] },
  { command: ['psql', '-f', '*.sql'] },
  { command: ['/usr/bin/*', '**'] },
  { access: 'ssh/*' },
  { access: '*' },
);

/** At most one demand beside approvals and limits: a rule with many is hardly ever met. */
const demand = often<Partial<Rule>>(
  14,
  {},
  { requesters: ['alice', 'sre'] },
  { justification: { minLength: 10 } },
  { ticket: { pattern: 'OPS-*' } },
  { env: ['STAGE'] },
  { stdin: ['none', 'file'] },
  { pins: ['*.sql'] },
  { executors: ['runner'] },
);

const aRule: fc.Arbitrary<Rule> = fc
  .record({
    match: matching,
    approvals: fc.array(clause, { minLength: 1, maxLength: 2 }),
    maxDuration: often(3, 8 * HOUR, HOUR),
    maxPending: often(3, 2 * DAY, HOUR),
    maxUses: often(2, 3, 1),
    demand,
  })
  .map(({ demand: more, ...parts }) => rule({ ...parts, ...more }));

const people = fc.record({
  alice: keysOf('alice'),
  bob: keysOf('bob'),
  carol: keysOf('carol'),
  dave: often<readonly string[]>(8, ['cert:dave'], ['cert:dave2'], []),
  erin: often<readonly string[]>(8, ['cert:erin'], []),
});

/** Policies of which about two thirds are valid: the others name who is not there, ask too much, or give a key to another. */
const policyArbitrary: fc.Arbitrary<Policy> = fc
  .record({
    people,
    machines: fc.subarray([...MACHINES]),
    sre: fc.subarray([...PEOPLE], { minLength: 2 }),
    rules: fc.array(aRule, { minLength: 1, maxLength: 3 }),
    changes: often<readonly Clause[]>(
      4,
      [{ count: 1, from: ['everyone'] }],
      [{ count: 1, from: ['sre'] }],
      [{ count: 2, from: ['everyone'] }],
    ),
    bent: often<'' | 'names' | 'key' | 'protocol' | 'address'>(20, '', 'names', 'key', 'protocol', 'address'),
  })
  .map(({ people: keys, machines, sre, rules, changes, bent }) => {
    const there = Object.entries(keys).filter(([, list]) => list.length > 0);
    const handles = there.map(([handle]) => handle);
    const known = (names: readonly string[]): readonly string[] => {
      const left = names.filter((name) => name === 'everyone' || name === 'sre' || handles.includes(name));
      return bent === 'names' || left.length > 0 ? left : ['everyone'];
    };
    const whole = policy({
      members: there.map(([handle, list]) => [handle, ...list] as const),
      executors: machines.map((name) => [name, bent === 'key' ? 'cert:alice2' : `cert:${name}`] as const),
      groups: { sre: bent === 'names' ? sre : sre.filter((handle) => handles.includes(handle)) },
      rules: rules.map((each, i) => ({
        ...each,
        name: `rule-${i}`,
        approvals: each.approvals.map(({ count, from }) => ({ count, from: known(from) })),
        ...(each.requesters === undefined ? {} : { requesters: known(each.requesters) }),
        ...(each.executors === undefined || !machines.includes('runner') ? { executors: [] } : {}),
      })),
      changes,
      protocol: bent === 'protocol' ? 2 : 1,
    });
    return { ...whole, ...withoutEmpty(whole, bent === 'address') };
  });

/** A rule for executors where there are none is no rule of this policy. */
function withoutEmpty(whole: Policy, twice: boolean): Partial<Policy> {
  const rules = whole.rules.map(({ executors, ...rest }) =>
    executors === undefined || executors.length === 0 ? rest : { ...rest, executors },
  );
  if (!twice) return { rules };
  const members = Object.entries(whole.members).map(
    ([handle, each]) => [handle, { ...each, email: 'Shared@example.org' }] as const,
  );
  return { rules, members: Object.fromEntries(members) };
}

const SHA = 'ab'.repeat(32);
const PIN = { path: '/srv/rotate.sql', sha256: SHA, size: 3, attached: false } as const;
const REMOTE = { kind: 'command', argv: ['psql', '-f', 'rotate.sql'] } as const;

const action = often<CommandAction | AccessAction>(
  10,
  COMMAND,
  { ...COMMAND, pins: [PIN] },
  { ...COMMAND, argv: ['psql', '--file=rotate.sql', '-q'], pins: [PIN] },
  { ...COMMAND, argv: ['psql', '--file=rotate.sql'], pins: [{ ...PIN, path: '/srv/--file=rotate.sql' }] },
  { ...COMMAND, env: { STAGE: 'prod' }, stdin: { sha256: SHA, size: 3, attached: false } },
  { ...COMMAND, env: { OTHER: '1' }, passEnv: ['STAGE'] },
  { ...COMMAND, stdin: 'terminal' },
  { ...REMOTE, executor: 'runner' },
  { ...REMOTE, executor: 'runner', passEnv: ['STAGE'] },
  { ...REMOTE, executor: 'robot' },
  { kind: 'access', resource: 'ssh/prod-1' },
  { kind: 'access', resource: 'ssh/prod-1' },
  { kind: 'access', resource: 'db/prod' },
);

const asking: fc.Arbitrary<Asking> = fc.record({
  action,
  duration: often(24, HOUR, HOUR, 600, 60, 8 * HOUR, 9 * HOUR),
  uses: often(16, 1, 2, 3, 3, 4),
  within: often(24, HOUR, DAY, 2 * DAY, 60, 0),
  notBefore: often<number | undefined>(24, undefined, 600, HOUR, -600, 31 * DAY),
  justification: often(8, 'the password leaked', 'short'),
  ticket: often<string | undefined>(2, undefined, 'OPS-7', 'OPS-7', 'none'),
});

const wait: fc.Arbitrary<Wait> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ seconds: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ seconds: often(2, -30, -900, -901, 600) }) },
  {
    weight: 1,
    arbitrary: fc.record({ moment: fc.nat(9), beside: fc.constantFrom<-1 | 0 | 1>(-1, 0, 1) }),
  },
);

const somebody = fc.constantFrom(...PEOPLE, ...PEOPLE, ...ANYBODY);
const member = fc.constantFrom(...PEOPLE);
const key = often(6, 0, 1, 2);
/** Of the open requests, counted from the newest; from ten on: of all; a hundred: none. */
const which = often(12, 0, 1, 1, 2, 3, 10, 11, 12, 13, 100);
const is = <const K extends string>(kind: K) => fc.constant(kind);

const moveArbitrary: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: is('ask'), by: member, key, asking, wait }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: is('propose'),
      by: member,
      to: policyArbitrary,
      within: often(8, DAY, 0, 31 * DAY),
      old: often(8, false, true),
      wait,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: is('approve'),
      by: somebody,
      key,
      which,
      more: often<Narrowing>(6, {}, { duration: 60 }, { uses: 1 }, { duration: 9 * HOUR, uses: 9 }),
      wait,
    }),
  },
  { weight: 9, arbitrary: fc.record({ kind: is('everybody'), which, wait }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: is('close'),
      by: member,
      which,
      as: fc.constantFrom('denied' as const, 'revoked' as const, 'withdrawn' as const),
      wait,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: is('halt'),
      by: member,
      who: fc.constantFrom(undefined, ...ANYBODY, 'mallory'),
      wait,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: is('start'),
      by: often<string | null>(8, null, ...ANYBODY),
      key,
      which,
      host: often<string>(6, ...HOSTS),
      wait,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: is('finish'),
      by: often<string | null>(5, null, 'alice', 'bob'),
      which,
      failed: fc.boolean(),
      wait,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: is('forge'),
      by: somebody,
      how: fc.constantFrom('key' as const, 'prev' as const, 'actor' as const),
      which,
      wait,
    }),
  },
);

/** Who could found a ledger with this policy: the first member whose first key is fit then. */
export function founderOf(first: Policy): string | undefined {
  return PEOPLE.find((handle) => {
    const [key] = keysFor(first, handle);
    return key?.material === handle && isFit(key, T0);
  });
}

const firstPolicy = policyArbitrary.filter(
  (first) => first.protocol === 1 && isValid(first) && founderOf(first) !== undefined,
);

/** A whole ledger: who begins it, and what happens then. Most are endorsed at once. */
export interface Story {
  readonly policy: Policy;
  readonly endorsed: boolean;
  readonly moves: readonly Move[];
  /** Chooses among the questions. */
  readonly pick: number;
}

// A bias towards the ends of every list would be one towards voids.
export const storyArbitrary: fc.Arbitrary<Story> = fc.noBias(
  fc.record({
    policy: firstPolicy,
    endorsed: often(15, true, false),
    moves: fc.array(moveArbitrary, { minLength: 1, maxLength: 40, size: 'max' }),
    pick: fc.nat(9999),
  }),
);
