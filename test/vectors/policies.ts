import type { Policy } from '../../src/core/policy-document.js';
import { policyOf, type People } from './ledgers.js';
import type { PatternVector, Policies, PolicyVector, QuorumVector, RuleVector } from './shapes.js';

/** Policies, which rule covers what, who is enough, patterns and certificates. */
export function policies(people: People): Policies {
  const { alice, bob, carol, ci, mallory, erin } = people;
  const good = policyOf(people);
  const [rule] = good.rules;
  if (rule === undefined) throw new Error('no rule');
  const one = (handle: { name: string; email: string; key: { public: string } }) => ({
    name: handle.name,
    email: handle.email,
    keys: [handle.key],
  });
  const policy = (title: string, valid: boolean, more: object): PolicyVector => ({
    title,
    policy: { ...good, ...more },
    valid,
  });
  const clause = (count: number, ...from: readonly string[]) => ({ count, from });
  const only = (approvals: readonly object[], more: object = {}): object => ({
    rules: [{ ...rule, approvals, ...more }],
  });
  const groups: Policy['groups'] = {
    dev: ['alice', 'bob'],
    ops: ['bob', 'carol'],
    all: ['alice', 'bob', 'carol'],
  };

  return {
    policies: [
      policy('good', true, {}),
      policy('groups that overlap', true, {
        groups,
        ...only([clause(1, 'dev'), clause(1, 'ops')], { requesters: ['alice', 'carol'] }),
        changes: [clause(1, 'all')],
      }),
      policy('one member', false, { members: { alice: one(alice) }, groups: { team: ['alice'] } }),
      policy('a group named as a member', false, { groups: { team: ['alice', 'bob'], alice: ['bob'] } }),
      policy('a group called everyone', false, { groups: { team: ['alice', 'bob'], everyone: ['bob'] } }),
      policy('a group of somebody unknown', false, { groups: { team: ['alice', 'bob', 'dora'] } }),
      policy('an address twice, in another case', false, {
        members: { ...good.members, erin: { ...one(erin), email: 'ALICE@example.org' } },
      }),
      policy('a key twice', false, {
        members: { ...good.members, erin: { ...one(erin), keys: [alice.key] } },
      }),
      policy("a member's key as an executor's", false, {
        executors: { ci: { ...one(ci), keys: [bob.key] } },
      }),
      policy('a member without a key', false, {
        members: { ...good.members, erin: { ...one(erin), keys: [] } },
      }),
      policy('a rule without approvals', false, only([])),
      policy('changes without approvals', false, { changes: [] }),
      policy('more approvals than people', false, only([clause(3, 'team')])),
      policy('enough people, but not for whoever asks', false, only([clause(1, 'bob')])),
      policy(
        'enough people for those who may ask',
        true,
        only([clause(1, 'bob')], { requesters: ['alice', 'carol'] }),
      ),
      policy(
        'two clauses that only one person could fill',
        false,
        only([clause(1, 'bob'), clause(1, 'bob')], { requesters: ['alice'] }),
      ),
      policy('a rule called as a void reason', false, only([clause(1, 'team')], { name: 'no-rule' })),
      policy('a rule twice', false, { rules: [rule, rule] }),
      policy(
        'a pattern that ends in one backslash',
        false,
        only([clause(1, 'team')], { match: { access: 'a\\' } }),
      ),
      policy('an executor that is none', false, only([clause(1, 'team')], { executors: ['alice'] })),
      policy('an executor as approver', false, only([clause(1, 'ci')])),
    ],
    rules: rules(),
    quorums: quorums(),
    patterns: PATTERNS,
    certificates: [
      ...[alice, bob, carol, ci, erin, mallory].map((hand) => ({
        title: hand.name,
        armored: hand.key.public,
        minimal: true,
        fingerprints: [hand.fingerprint],
      })),
      { title: 'a final newline', armored: `${alice.key.public}\n`, minimal: false, fingerprints: [] },
      {
        title: 'an armor header',
        armored: alice.key.public.replace('\n\n', '\nComment: x\n\n'),
        minimal: false,
        fingerprints: [],
      },
      {
        title: 'two blocks',
        armored: `${alice.key.public}\n${bob.key.public}`,
        minimal: false,
        fingerprints: [],
      },
      {
        title: 'one character changed',
        armored: changed(alice.key.public),
        minimal: false,
        fingerprints: [],
      },
      { title: 'nothing', armored: '', minimal: false, fingerprints: [] },
    ],
  };
}

/** Another character in the middle of the base64. */
function changed(armored: string): string {
  const middle = Math.floor(armored.length / 2);
  return armored.slice(0, middle) + (armored[middle] === 'A' ? 'B' : 'A') + armored.slice(middle + 1);
}

function rules(): RuleVector[] {
  const command = (argv: readonly string[], program?: string) => ({
    kind: 'command',
    argv,
    ...(program === undefined ? { executor: 'ci' } : { host: 'h', user: 'u', program, cwd: '/' }),
  });
  const row = (title: string, action: unknown, rule: string | null): RuleVector => ({
    title,
    policy: 'good',
    requester: 'alice',
    action,
    rule,
  });
  return [
    row('access by its pattern', { kind: 'access', resource: 'weights/small' }, 'release'),
    row('access that no pattern covers', { kind: 'access', resource: 'weight/small' }, null),
    row('the first that matches', command(['./migrate', 'a', 'b']), 'migration'),
    row('no more arguments', command(['./migrate']), 'migration'),
    row('anything else', command(['migrate']), 'standard'),
  ];
}

function quorums(): QuorumVector[] {
  const row = (
    title: string,
    clauses: QuorumVector['clauses'],
    approvers: readonly string[],
    met: boolean,
  ): QuorumVector => ({
    title,
    policy: 'groups that overlap',
    clauses,
    approvers,
    met,
  });
  const both = [
    { count: 1, from: ['dev'] },
    { count: 1, from: ['ops'] },
  ];
  return [
    row('one person in both groups fills one place', both, ['bob'], false),
    row('two people, one in both', both, ['alice', 'bob'], true),
    row('two people, the other way round', both, ['bob', 'carol'], true),
    row(
      'the assignment has to be found',
      [
        { count: 2, from: ['all'] },
        { count: 1, from: ['dev'] },
      ],
      ['carol', 'bob', 'alice'],
      true,
    ),
    row('nobody twice', [{ count: 2, from: ['dev'] }], ['alice', 'alice'], false),
    row('everyone is all members', [{ count: 3, from: ['everyone'] }], ['alice', 'bob', 'carol'], true),
    row('an executor is nobody', [{ count: 1, from: ['everyone'] }], ['ci'], false),
  ];
}

const pattern = (text: string, of: string, matches: boolean): PatternVector => ({
  pattern: of,
  text,
  matches,
});

const PATTERNS: readonly PatternVector[] = [
  pattern('', '', true),
  pattern('', '*', true),
  pattern('a', '', false),
  pattern('prod-1', 'prod-*', true),
  pattern('prod-', 'prod-*', true),
  pattern('xprod-1', 'prod-*', false),
  pattern('aa', 'a*a', true),
  pattern('a', 'a*a', false),
  pattern('a*a', 'a\\*a', true),
  pattern('aba', 'a\\*a', false),
  pattern('a\\b', 'a\\\\b', true),
  pattern('a.c', 'a.c', true),
  pattern('abc', 'a.c', false),
  pattern('a\nb', 'a*b', true),
  pattern('x-y-z=', '*-*-*=', true),
  pattern('x-y=', '*-*-*=', false),
  pattern('abab', '*ab', true),
  pattern('ababc', '*ab', false),
  pattern('aXbXc', 'a*b*c', true),
  pattern('abcb', 'a*bc*b', true),
  pattern('прод', 'пр*', true),
];
