import { describe, expect, it } from 'vitest';
import { matchesOverlap } from '../../src/core/cover.js';
import { MpaError } from '../../src/core/errors.js';
import { comparePolicies } from '../../src/core/compare.js';
import { remarks } from '../../src/core/lint.js';
import { changeProblems, policyProblems, runTests } from '../../src/core/policy.js';
import type { Policy } from '../../src/core/policy-document.js';
import { ruleFor, ruleProblem, type Asked } from '../../src/core/rules.js';
import { formatTime } from '../../src/core/time.js';
import { warnings, type Circumstances } from '../../src/core/warnings.js';
import { labelsOf, withFile } from '../../src/core/requests.js';
import type { RequestEvent } from '../../src/core/events.js';
import { record } from './support/compared.js';
import { any, bare, keyOf, listed, members, policy, reader, rule } from './support/policies.js';
import { COMMAND } from './support/scene.js';

/** A valid policy with nothing but what every policy has. */
const sparse: Policy = {
  protocol: 1,
  members: members('alice', 'bob', 'carol'),
  rules: [rule()],
  changes: [any(1, 'everyone')],
};

describe('§6 a policy without groups and executors', () => {
  it('is valid, and has nothing to remark', () => {
    expect(policyProblems(sparse, reader())).toEqual([]);
    expect(remarks(sparse, record(sparse).ring, 2000).map(({ level }) => level)).not.toContain('refuse');
  });

  it('knows no group and no executor', () => {
    const rules = [rule({ approvals: [any(1, 'team')], requesters: ['team'], executors: ['runner'] })];
    const problems = policyProblems({ ...sparse, rules }, reader());
    expect(problems.map(({ path, message, mend }) => [path.join('.'), message, mend])).toEqual([
      [
        'rules.0.executors.0',
        'runner is no executor',
        'Add it under `executors`, or name one that is there.',
      ],
      [
        'rules.0.requesters.0',
        'team is no member and no group',
        "Name a group, a member's handle, or everyone.",
      ],
      [
        'rules.0.approvals.0.from.0',
        'team is no member and no group',
        "Name a group, a member's handle, or everyone.",
      ],
    ]);
  });

  it('beside one whose groups and executors are empty differs in how it is written', () => {
    const empty = { ...sparse, groups: bare<readonly string[]>([]), executors: bare<never>([]) };
    const said = comparePolicies(record(sparse), record(empty)).map(
      ({ about, words }) => `${about}: ${words}`,
    );
    expect(said).toEqual([
      'executors: there are none, written in another way',
      'groups: there are none, written in another way',
    ]);
  });

  it('names the groups that there are where one is not', () => {
    const groups = bare(Array.from({ length: 10 }, (_, i) => [`g${i}`, ['alice']] as const));
    const [problem] = policyProblems({ ...sparse, groups, changes: [any(1, 'g10')] }, reader());
    expect(problem?.mend).toBe(
      "Name a group (g0, g1, g2, g3, g4, g5, g6, g7), a member's handle, or everyone.",
    );
  });

  it('answers a test by the rule that covers it, or by the reason', () => {
    const tests = [
      { requester: 'alice', command: ['ls'], expect: 'anything' },
      { requester: 'alice', access: 'ssh/x', expect: 'no-rule' },
      { requester: 'zoe', access: 'ssh/x', expect: 'anything' },
    ];
    expect(runTests({ ...sparse, tests })).toEqual([
      { index: 1, expected: 'no-rule', got: 'anything' },
      { index: 2, expected: 'anything', got: 'not-a-requester' },
    ]);
    const none = { ...sparse, rules: [rule({ match: { access: 'db' } })] };
    expect(runTests({ ...none, tests })).toEqual([
      { index: 0, expected: 'anything', got: 'no-rule' },
      { index: 2, expected: 'anything', got: 'no-rule' },
    ]);
  });
});

describe('§7 a request of which the schema would not let a field pass', () => {
  const asked: Asked = {
    action: COMMAND,
    at: formatTime(0),
    approveBy: formatTime(60),
    justification: 'x',
    duration: 60,
    uses: 1,
  };
  const judged = (more: Partial<Asked>): string | undefined =>
    ruleProblem(sparse, rule(), { ...asked, ...more }, 'alice', 'written')?.reason;

  it('is beyond the rule where a time is none', () => {
    expect(judged({})).toBeUndefined();
    expect(judged({ at: 'now' })).toBe('exceeds-rule');
    expect(judged({ approveBy: 'soon' })).toBe('exceeds-rule');
    expect(judged({ notBefore: 'later' })).toBe('exceeds-rule');
  });

  it('without a number of uses has no limit of uses to exceed', () => {
    const { uses: _, ...access } = { ...asked, action: { kind: 'access', resource: 'ssh/x' } as const };
    expect(ruleProblem(sparse, rule({ maxUses: 1 }), access, 'alice', 'written')).toBeNull();
    expect(ruleFor(sparse, access.action)?.index).toBe(0);
  });

  it('names no executor, and the rule asks for none', () => {
    expect(ruleProblem(sparse, rule({ executors: ['runner'] }), asked, 'alice', 'written')).toEqual({
      reason: 'bad-executor',
      detail: 'an executor must be named',
    });
    expect(
      ruleProblem(
        policy(),
        rule(),
        { ...asked, action: { kind: 'command', argv: ['x'], executor: 'robot' } },
        'alice',
        'written',
      ),
    ).toEqual({
      reason: 'bad-executor',
      detail: 'the policy has no executor robot',
    });
  });
});

describe('warnings of what is rarely asked', () => {
  const calm: Circumstances = { duration: 60, uses: 1, logins: [], hosts: [] };
  const said = (argv: readonly string[], more = {}): string[] =>
    warnings({ ...COMMAND, argv, ...more }, calm).map(({ what, why }) => `${what}: ${why}`);

  it('a policy change has none of its own: the comparison speaks of it', () => {
    expect(warnings({ kind: 'policy', base: 'a'.repeat(64), policy: sparse }, calm)).toEqual([]);
  });

  it('several files that nobody can read', () => {
    const pin = (path: string) => ({ path, sha256: 'ab'.repeat(32), size: 1, attached: false });
    expect(said(['true'], { pins: [pin('/a'), pin('/b')] })).toContain(
      '2 files: known by digest alone: nobody can read it here',
    );
  });

  it('ssh without a host, and a shell whose standard input nobody can read', () => {
    const stdin = { sha256: 'ab'.repeat(32), size: 1, attached: false };
    expect(said(['ssh', '-v'])).toContain(
      'ssh: it works on that machine, where nothing is compared with what was approved',
    );
    expect(said(['sh', '-'], { stdin })).toContain(
      'sh: it does what its standard input says: which nobody can read here',
    );
    expect(said(['sh', '/dev/stdin'], { stdin })).toContain(
      'sh: it does what its standard input says: which nobody can read here',
    );
    expect(said(['sh', 'x'], { stdin }).join()).not.toContain('standard input');
    expect(said(['Rscript', '--vanilla']).join()).not.toContain('code');
  });

  it('code that an option names in its own word, or in the next', () => {
    for (const argv of [
      ['node', '--require=./x.js'],
      ['node', '--require', './x.js'],
    ])
      expect(said(argv).join()).toContain('node -- ./x.js: not pinned');
    expect(said(['node', '-r']).join()).toContain('not pinned');
  });

  it('many words that only a shell would expand: three of them are named', () => {
    expect(said(['true', '$A', '$B', '$C', '$D']).join()).toContain(' and 1 more');
  });
});

describe('what is rarely said of two policies', () => {
  const said = (before: Policy, after: Policy, was = {}, is = {}): string[] =>
    comparePolicies(record(before, was), record(after, is)).map(({ about, words }) => `${about}: ${words}`);

  it('somebody joins with a key that is revoked', () => {
    const four = { ...sparse, members: members('alice', 'bob', 'carol', 'dave') };
    expect(said(sparse, four, {}, { dave: [keyOf('dave', { revoked: true })] }).join()).toContain(
      'never expires, revoked)',
    );
  });

  it('a key that could not sign may sign now', () => {
    const { bob, ...others } = sparse.members;
    if (bob === undefined) throw new Error('no bob');
    const anew = { ...sparse, members: { ...others, bob: { ...bob, keys: [listed('bob anew')] } } };
    const [mute, loud] = [keyOf('bob', { maySign: false }), keyOf('bob')];
    expect(said(sparse, anew, { bob: [mute] }, { 'bob anew': [loud] }).join()).toMatch(/may now sign/);
    expect(said(sparse, anew, { bob: [loud] }, { 'bob anew': [mute] }).join()).toMatch(/may no longer sign/);
  });
});

describe('what a list that is written otherwise means', () => {
  const said = (before: Policy, after: Policy): string[] =>
    comparePolicies(record(before), record(after)).map(
      ({ weight, about, words }) => `${weight} ${about}: ${words}`,
    );

  it('no pins and an empty list of them are the same demand', () => {
    expect(said(sparse, { ...sparse, rules: [rule({ pins: [] })] })).toEqual([
      'other rule anything: no argument must be pinned, written in another way',
    ]);
  });

  it('everyone, named or not, is everyone', () => {
    const more = {
      ...sparse,
      members: members('alice', 'bob', 'carol', 'dave'),
      rules: [rule({ requesters: ['everyone'] })],
    };
    expect(said(sparse, more).join('\n')).toContain(
      'other rule anything: who may ask: everyone, written in another way',
    );
  });

  it('commands of which nobody may compare more are taken to overlap', () => {
    const [a, b] = [{ command: ['aaaa', 'b'] }, { command: ['aaaa', 'c'] }];
    expect(matchesOverlap(a, b, { characters: 1000 })).toBe(false);
    expect(matchesOverlap(a, b, { characters: 30 })).toBe(true);
    expect(matchesOverlap(a, b, { characters: -1 })).toBe(true);
  });
});

describe('§6 what to do about a policy that is not valid', () => {
  const mends = (given: Policy): (string | undefined)[] =>
    policyProblems(given, reader()).map(({ mend }) => mend);
  const twice = (of: string, to: string): Policy => {
    const { alice, bob, carol } = sparse.members;
    if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three people');
    const all = { alice, bob, carol };
    const given = to === 'alice' ? alice : bob;
    return { ...sparse, members: { ...all, [to]: { ...given, keys: [...given.keys, listed(of)] } } };
  };

  it('a key that stands twice: once for one person, or for two', () => {
    expect(mends(twice('alice', 'alice'))).toEqual(['List each key once.']);
    expect(mends(twice('alice', 'bob'))).toEqual([
      'Each needs a key of their own: one person with two handles would be two people.',
    ]);
  });

  it('a protocol that is lowered', () => {
    const current = { id: 'a'.repeat(64), policy: { ...sparse, protocol: 3 }, ring: {} };
    expect(changeProblems(sparse, {}, current, new Map())).toEqual([
      {
        path: ['protocol'],
        message: 'the protocol in force is 3, and is never lowered',
        mend: 'Write `protocol: 3`.',
      },
    ]);
  });
});

describe('the lists in which a request stands', () => {
  const asked = (action: object): RequestEvent => ({ actor: 'alice', action }) as RequestEvent;

  it('an executor’s command stands under no host; an approved one under the files that it carries, and no others', () => {
    const remote = asked({ kind: 'command', argv: ['x'], executor: 'runner' });
    const pin = { sha256: 'ab'.repeat(32), size: 1 };
    const pins = [
      { ...pin, path: '/a', attached: true },
      { ...pin, path: '/b', attached: false },
    ];
    const [person, same] = labelsOf({ event: remote, quorumAt: null });
    expect(labelsOf({ event: remote, quorumAt: 1 })).toEqual([person, same]);
    const local = asked({ ...COMMAND, pins });
    expect(labelsOf({ event: local, quorumAt: null })).not.toContain(withFile('/a'));
    expect(labelsOf({ event: local, quorumAt: 1 })).toContain(withFile('/a'));
    expect(labelsOf({ event: local, quorumAt: 1 })).not.toContain(withFile('/b'));
  });
});

it('an MpaError keeps its cause, and has none where none was given', () => {
  const cause = new Error('why');
  expect(new MpaError('bug', 'x', { cause }).cause).toBe(cause);
  expect('cause' in new MpaError('bug', 'x')).toBe(false);
});
