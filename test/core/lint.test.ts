import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KeyInfo } from '../../src/core/keys.js';
import { remarks, type Remark } from '../../src/core/lint.js';
import { policyProblems } from '../../src/core/policy.js';
import type { Policy, Rule } from '../../src/core/policy-document.js';
import { parsePolicy } from '../../src/core/schema.js';
import { parseDuration } from '../../src/core/time.js';
import { completed } from '../../src/workflows/standard-policy.js';
import { record, type Keys } from './support/compared.js';
import { any, bare, keyOf, listed, member, members, policy, reader, rule } from './support/policies.js';

const DAY = 86_400;
const NOW = 1000 * DAY;

function found(given: Policy, keys: Keys = {}): readonly Remark[] {
  return remarks(given, record(given, keys).ring, NOW);
}

/** Levels and places: `refuse rules.1`. */
function places(given: Policy, keys: Keys = {}): string[] {
  return found(given, keys).map(({ level, path }) => `${level} ${path.join('.')}`);
}

function refused(given: Policy, keys: Keys = {}): Remark[] {
  return found(given, keys).filter(({ level }) => level === 'refuse');
}

/** Five people in two groups; everybody and everything is of use. */
function base(changed: Partial<Policy> = {}): Policy {
  return policy({
    members: members('alice', 'bob', 'carol', 'dave', 'erin'),
    executors: bare([]),
    groups: bare([
      ['sre', ['alice', 'bob', 'carol']],
      ['security', ['dave', 'erin']],
    ]),
    rules: [rule({ approvals: [any(1, 'sre'), any(1, 'security')] })],
    changes: [any(2, 'everyone')],
    ...changed,
  });
}

const psql = rule({
  name: 'prod-db',
  match: { command: ['/usr/bin/psql', 'prod', '**'] },
  approvals: [any(1, 'sre'), any(1, 'security')],
});

describe('a good policy', () => {
  it('gets no remark', () => {
    expect(found(base())).toEqual([]);
    const ssh = rule({ name: 'ssh', match: { access: 'ssh/*' }, approvals: [any(1, 'sre')] });
    expect(found(base({ rules: [psql, ssh] }))).toEqual([]);
  });

  it('the policies of the tests are not refused', () => {
    expect(refused(policy())).toEqual([]);
  });

  it.each([
    ['two founders', ['alice', 'bob'], false],
    ['three', ['alice', 'bob', 'carol'], false],
    ['two, and a recovery key', ['alice', 'bob'], true],
  ] as const)('the standard policy of %s is not refused', (_, founders, recovery) => {
    const all = recovery ? [...founders, 'recovery'] : founders;
    const written = { ...completed(null, founders, recovery), members: members(...all) };
    const parsed = parsePolicy(written);
    expect(parsed.ok && refused(parsed.policy)).toEqual([]);
    expect(parsed.ok && policyProblems(parsed.policy, reader())).toEqual([]);
  });

  it.each([
    ['deployment', ['alice', 'bob']],
    ['migration', ['alice', 'bob']],
    ['weights', ['alice', 'bob', 'carol']],
  ])('examples/%s is not refused', (name, handles) => {
    const text = readFileSync(new URL(`../../examples/${name}/policy.yaml`, import.meta.url), 'utf8');
    const written = parse(
      text.replace(/: (\d+[smhd])$/gm, (_, span: string) => `: ${String(parseDuration(span))}`),
    ) as object;
    const parsed = parsePolicy({ ...written, members: members(...handles) });
    expect(parsed.ok && refused(parsed.policy)).toEqual([]);
    expect(parsed.ok).toBe(true);
  });
});

describe('§6 a rule that a weaker one below it lets people walk around', () => {
  const under = (...rules: readonly Rule[]): readonly Remark[] =>
    found(base({ rules: [psql, ...rules] })).filter(({ path }) => path.length === 2 && path[1] === 1);
  const weak = (changed: Partial<Rule>): Rule =>
    rule({ name: 'weak', approvals: [any(1, 'sre')], ...changed });

  const table: readonly (readonly [what: string, match: Rule['match'], level: string | undefined])[] = [
    ['anything', { any: true }, 'refuse'],
    ['every command', { command: ['**'] }, 'refuse'],
    ['any program with any arguments', { command: ['*', '**'] }, 'refuse'],
    ['the program with any arguments', { command: ['/usr/bin/psql', '**'] }, 'refuse'],
    ['the program by its name alone', { command: ['psql', '**'] }, 'refuse'],
    ['the program in any folder', { command: ['/*', '**'] }, 'refuse'],
    ['the program, one argument or more', { command: ['/usr/bin/psql', '*', '**'] }, 'refuse'],
    ['another program', { command: ['/usr/bin/ls', '**'] }, undefined],
    ['the program with other arguments', { command: ['/usr/bin/psql', 'test', '**'] }, undefined],
    ['access', { access: '*' }, undefined],
  ];
  it.each(table)('§6 %s', (_, match, level) => {
    expect(under(weak({ match })).map((one) => one.level)).toEqual(level === undefined ? [] : [level]);
  });

  it('§6 of the same program and as many arguments, it is a warning: what an argument means, mpa cannot know', () => {
    const closed = { ...psql, match: { command: ['/usr/bin/psql', 'prod-*'] } };
    const all = weak({ match: { command: ['/usr/bin/psql', '*'] } });
    expect(places(base({ rules: [closed, all] }))).toEqual(['warn rules.1']);
    const anyProgram = weak({ match: { command: ['*', '*'] } });
    expect(places(base({ rules: [closed, anyProgram] }))).toEqual(['refuse rules.1']);
  });

  it('§6 a resource has one name: a wider pattern is no way around, a catch-all is', () => {
    const prod = rule({
      name: 'ssh-prod',
      match: { access: 'ssh/prod-*' },
      approvals: [any(2, 'sre'), any(1, 'security')],
    });
    expect(places(base({ rules: [prod, weak({ match: { access: 'ssh/*' } })] }))).toEqual([]);
    expect(places(base({ rules: [prod, weak({ match: { access: '*' } })] }))).toEqual(['refuse rules.1']);
    expect(places(base({ rules: [prod, weak({ match: { any: true } })] }))).toEqual(['refuse rules.1']);
  });

  it('§6 says both names, in what it is weaker, and ways out', () => {
    const [one] = under(weak({ match: { any: true } }));
    expect(one?.message).toBe(
      'The rule weak is weaker than what stands above it: it asks for less than prod-db (approvals: 1 of sre, not 1 of sre and 1 of security). ' +
        'Whoever words an action of prod-db a little differently comes under weak.',
    );
    expect(one?.mend).toBe(
      'Let weak ask for as much as prod-db, or narrow what it covers; --anyway takes it as it is.',
    );
  });

  const guarded: Rule = {
    ...psql,
    maxDuration: 600,
    maxUses: 1,
    ticket: { pattern: 'T*' },
    justification: { minLength: 9 },
    pins: ['*.sql'],
    env: [],
    stdin: ['none'],
    enforceEnd: true,
  };
  const guards: readonly (readonly [Partial<Rule>, string])[] = [
    [{ maxDuration: 601 }, 'longest grant'],
    [{ maxUses: 2 }, 'most uses'],
    [{ ticket: { pattern: '*' } }, 'ticket'],
    [{ justification: { minLength: 8 } }, 'reason'],
    [{ pins: [] }, 'arguments that must be pinned'],
    [{ env: ['A'] }, 'variables'],
    [{ stdin: ['none', 'file'] }, 'standard input'],
  ];
  it.each(guards)('§6 as many approvals, and less of a guard: %j', (changed, what) => {
    const wide: Rule = { ...guarded, name: 'wide', match: { any: true } };
    expect(refused(base({ rules: [guarded, wide] }))).toEqual([]);
    const [one] = refused(base({ rules: [guarded, { ...wide, ...changed }] }));
    expect(one?.message).toContain(`less than prod-db (${what}: `);
    // More approvals are a guard of their own.
    const dear = { ...wide, ...changed, approvals: [any(2, 'sre'), any(1, 'security')] };
    expect(places(base({ rules: [guarded, dear] }))).toEqual(['warn rules.1']);
  });

  it('§6 who may ask, what runs on, and where it runs, are guards too', () => {
    const narrow: Rule = { ...guarded, requesters: ['sre'], executors: ['runner'] };
    const wide: Rule = { ...narrow, name: 'wide', match: { any: true } };
    const executors = bare([['runner', member('runner')]]);
    const { enforceEnd: _, ...endless } = wide;
    const { executors: __, ...anywhere } = wide;
    for (const [other, what] of [
      [wide, null],
      [endless, 'ended when its time is over'],
      [anywhere, 'executors'],
      [{ ...wide, requesters: ['everyone'] }, 'who may ask'],
      [{ ...wide, maxPending: 9_999_999 }, null],
    ] as const) {
      const said = refused(base({ executors, rules: [narrow, other] })).map(({ message }) => message);
      expect(said).toHaveLength(what === null ? 0 : 1);
      if (what !== null) expect(said[0]).toContain(what);
    }
  });

  it('§6 guards that only a command has are none of an access', () => {
    const vpn = rule({
      name: 'vpn',
      match: { access: 'vpn' },
      approvals: [any(1, 'sre')],
      stdin: ['none'],
      maxUses: 1,
    });
    expect(refused(base({ rules: [vpn, weak({ match: { any: true } })] }))).toEqual([]);
  });

  it('§6 a catch-all below many strict rules is one remark, which names them all', () => {
    const many = ['north', 'south', 'east', 'west', 'center'].map((name) => ({
      ...psql,
      name,
      match: { command: [`/opt/${name}`, '**'] },
    }));
    const all = refused(base({ rules: [...many, weak({ match: { any: true } })] }));
    expect(all).toHaveLength(1);
    for (const { name } of many) expect(all[0]?.message).toContain(name);
  });
});

describe('§6 a rule that can never match', () => {
  const all = rule({ name: 'all', approvals: [any(1, 'sre'), any(1, 'security')] });
  it('§6 because one above it takes all', () => {
    const [one, ...others] = refused(base({ rules: [all, psql] }));
    expect(others).toEqual([]);
    expect(one?.path).toEqual(['rules', 1]);
    expect(one?.message).toBe('The rule prod-db can never match: all above it takes all that it covers.');
    expect(one?.mend).toBe('Move prod-db above all, or leave it out.');
  });

  it('§6 because two above it do', () => {
    const commands = { ...all, name: 'commands', match: { command: ['*', '**'] } };
    const resources = { ...all, name: 'resources', match: { access: '*' } };
    expect(refused(base({ rules: [commands, resources, all] })).map(({ message }) => message)).toEqual([
      'The rule all can never match: commands and resources above it take all that it covers.',
    ]);
    expect(refused(base({ rules: [commands, all] }))).toEqual([]);
  });

  it('§6 because it has no pattern', () => {
    expect(places(base({ rules: [{ ...psql, match: { command: [] } }, all] }))).toEqual(['refuse rules.0']);
  });
});

describe('names that people take for one another', () => {
  it('handles over members, executors and groups; rules among themselves', () => {
    const given = base({
      members: members('alice', 'bob', 'carol', 'dave', 'erin', 'a1ice'),
      executors: bare([['b0b', member('b0b')]]),
      groups: bare([
        ['sre', ['alice', 'bob', 'carol', 'a1ice']],
        ['security', ['dave', 'erin']],
        ['caroi', ['erin']],
        ['every0ne', ['erin']],
      ]),
      rules: [
        { ...psql, name: 'prod1', executors: ['b0b'], requesters: ['caroi', 'every0ne', 'sre'] },
        { ...psql, name: 'prodl', match: { command: ['/x'] }, executors: ['b0b'] },
        { ...psql, name: 'carol', match: { command: ['/y'] }, executors: ['b0b'] },
      ],
    });
    expect(places(given)).toEqual([
      'refuse members.a1ice',
      'refuse executors.b0b',
      'refuse groups.caroi',
      'refuse groups.every0ne',
      'refuse rules.1.name',
    ]);
    expect(found(given)[0]?.message).toBe('The member a1ice is easily taken for the member alice.');
    expect(found(given)[3]?.message).toBe(
      'The group every0ne is easily taken for the built-in group everyone.',
    );
  });

  it('names of members that look the same', () => {
    const twin = member('erin', { name: 'A\u0406ice \u202eJones' });
    const given = base({
      members: {
        ...members('bob', 'carol', 'dave'),
        alice: member('alice', { name: 'Aіice Jones' }),
        erin: twin,
      },
    });
    expect(places(given)).toEqual(['refuse members.erin.name']);
    expect(found(given)[0]?.message).toContain('\\u{202e}');
  });
});

describe('§6 keys without which nobody can go on', () => {
  const two = base({
    members: members('alice', 'bob'),
    groups: bare([]),
    rules: [rule()],
    changes: [any(1, 'everyone')],
  });
  const easy = base({ changes: [any(1, 'everyone')] });
  const expired = (...handles: readonly string[]): Keys =>
    Object.fromEntries(handles.map((handle) => [handle, [keyOf(handle, { expires: NOW })]]));

  it('§6 two founders: any one lost key leaves the policy as it is, for ever', () => {
    const [one, ...others] = found(two);
    expect(others).toEqual([]);
    expect(one?.level).toBe('warn');
    expect(one?.path).toEqual(['changes']);
    expect(one?.message).toBe(
      'Every change of this policy takes both members: if the only key of alice or bob is lost, nobody can ever change the policy again.',
    );
    expect(one?.mend).toContain('mpa member add --recovery');
  });

  it('§6 a second key for each is enough, a second certificate key is not', () => {
    const keyed = (...keys: readonly string[]) => member('alice', { keys: keys.map(listed) });
    const both = {
      alice: keyed('alice', 'spare'),
      bob: member('bob', { keys: [listed('bob'), listed('other')] }),
    };
    expect(places({ ...two, members: both })).toEqual([]);
    const one = { alice: keyed('alice', 'spare'), bob: member('bob') };
    expect(found({ ...two, members: one })[0]?.message).toContain('the only key of bob is lost');
    const subkeyed = {
      alice: [keyOf('alice'), keyOf('sub', { primary: { fingerprint: '', expires: null, revoked: false } })],
    };
    expect(found(two, subkeyed)[0]?.message).toContain('the only key of alice or bob');
  });

  it('§6 all of three are a warning, too', () => {
    const three = base({ members: members('alice', 'bob', 'carol'), groups: bare([]), rules: [rule()] });
    expect(places(three)).toEqual(['warn changes']);
    expect(found(three)[0]?.message).toContain('takes all 3 members');
    expect(places({ ...three, changes: [any(1, 'everyone')] })).toEqual([]);
  });

  it('§6 an only admin: where keys have ended, without somebody there is no change any more', () => {
    const given = base({ changes: [any(1, 'alice', 'dave'), any(1, 'bob', 'erin')] });
    const keys = expired('dave', 'carol', 'erin');
    // Alice, whose place nobody else can fill, and Bob: with Carol's key gone nobody is left to ask either.
    expect(
      found(given, keys)
        .filter(({ path }) => path[0] === 'changes')
        .map(({ message }) => message),
    ).toEqual(['Nobody could change this policy now: no key that is fit now have: dave and erin.']);
    const some = expired('dave', 'erin');
    expect(refused(given, some)[0]).toMatchObject({
      path: ['changes'],
      message:
        'As keys stand now, no change of this policy can be made without alice, bob and carol: if the only key of alice or bob or carol ' +
        'is lost, nobody can ever change the policy again.',
    });
    const second = { ...given.members, alice: member('alice', { keys: [listed('alice'), listed('spare')] }) };
    expect(refused({ ...given, members: second }, some)[0]?.message).toContain(
      'the only key of bob or carol is',
    );
  });

  it('§6 a clause that only people without a fit key could meet', () => {
    expect(refused(easy, expired('dave', 'erin'))).toMatchObject([
      {
        path: ['rules', 0, 'approvals'],
        message:
          'Nobody could get an approval under the rule anything now: no key that is fit now have: dave and erin.',
      },
    ]);
    expect(refused(easy, expired('dave'))).toEqual([]);
  });

  it('§6 requesters who have no fit key', () => {
    const given = base({ ...easy, rules: [rule({ requesters: ['security'], approvals: [any(1, 'sre')] })] });
    expect(refused(given, expired('dave', 'erin')).map(({ message }) => message)).toEqual([
      'Nobody who may ask under the rule anything has a key that is fit now.',
    ]);
  });

  const ends: readonly (readonly [what: string, changes: Partial<KeyInfo>, said: string | null])[] = [
    ['in 31 days', { expires: NOW + 31 * DAY }, null],
    [
      'in 30 days',
      { expires: NOW + 30 * DAY },
      'expires on 1972-10-27, and erin has no other that can sign.',
    ],
    ['now', { expires: NOW }, 'expired on 1972-09-27, and erin has no other that can sign.'],
    ['revoked', { revoked: true }, 'is revoked, and erin has no other that can sign.'],
  ];
  it.each(ends)('§5 a key that ends %s', (_, changed, said) => {
    const all = found(base(), { erin: [keyOf('erin', changed)] });
    expect(all.map(({ level, path }) => `${level} ${path.join('.')}`)).toEqual(
      said === null ? [] : ['warn members.erin.keys.0'],
    );
    if (said !== null) expect(all[0]?.message).toBe(`The key ${keyOf('erin').fingerprint} of erin ${said}`);
  });

  it("§5 a primary that certifies only does not count, and its end is its subkey's", () => {
    const primary = keyOf('erin', { maySign: false, expires: NOW + DAY });
    const sub = keyOf('sub', {
      primary: { fingerprint: primary.fingerprint, expires: NOW + DAY, revoked: false },
    });
    expect(places(base(), { erin: [primary, sub] })).toEqual(['warn members.erin.keys.0']);
    const renewed = { ...sub, primary: { fingerprint: primary.fingerprint, expires: null, revoked: false } };
    expect(places(base(), { erin: [{ ...primary, expires: null }, renewed] })).toEqual([]);
  });

  it('§5 a second key that is good is said', () => {
    const erin = member('erin', { keys: [listed('old'), listed('new')] });
    const given = base({ members: { ...base().members, erin } });
    const [one] = found(given, { old: [keyOf('old', { expires: 5 * DAY })] });
    expect(one?.message).toBe(`The key ${keyOf('old').fingerprint} of erin expired on 1970-01-06.`);
  });

  it('§5 executors have keys, too', () => {
    const executors = bare([['runner', member('runner')]]);
    const rules = [{ ...psql, executors: ['runner'] }];
    expect(places(base({ executors, rules }), expired('runner'))).toEqual(['warn executors.runner.keys.0']);
  });
});

describe('what nobody uses, and what opens more than it seems', () => {
  const sre = [any(1, 'sre'), any(1, 'security')];
  const table: readonly (readonly [what: string, changed: Partial<Policy>, places: readonly string[]])[] = [
    [
      'groups that nothing names, and empty ones',
      { groups: { ...base().groups, spare: ['alice'], none: [] }, changes: [any(2, 'everyone', 'none')] },
      ['warn groups.spare', 'warn groups.none'],
    ],
    [
      'a member whom nothing names',
      {
        members: members('alice', 'bob', 'carol', 'dave', 'erin', 'frank'),
        rules: [rule({ requesters: ['sre'], approvals: sre })],
        changes: [any(1, 'sre'), any(1, 'security')],
      },
      ['warn members.frank'],
    ],
    ['no requesters', { rules: [rule({ requesters: [], approvals: sre })] }, ['warn rules.0.requesters']],
    [
      'an executor that no rule names',
      { executors: bare([['runner', member('runner')]]) },
      ['warn executors.runner'],
    ],
    [
      'a shell with a terminal',
      { rules: [{ ...psql, match: { command: ['/bin/bash', '**'] } }] },
      ['warn rules.0'],
    ],
    [
      'a shell without one',
      { rules: [{ ...psql, match: { command: ['/bin/bash', '**'] }, stdin: ['none'] }] },
      [],
    ],
    [
      'a long grant for one approval',
      { rules: [rule({ maxDuration: 8 * DAY })] },
      ['warn rules.0', 'warn groups.sre', 'warn groups.security'],
    ],
    [
      'many uses for one',
      { rules: [rule({ maxUses: 101, approvals: [any(1, 'sre', 'security')] })] },
      ['warn rules.0'],
    ],
    ['many uses for two', { rules: [rule({ maxUses: 101, maxDuration: 8 * DAY, approvals: sre })] }, []],
    [
      'a week and a hundred',
      { rules: [rule({ maxUses: 100, maxDuration: 7 * DAY, approvals: [any(1, 'sre', 'security')] })] },
      [],
    ],
    [
      'programs without a folder: once for all rules',
      {
        rules: [
          psql,
          { ...psql, name: 'one', match: { command: ['ls', '**'] } },
          { ...psql, name: 'two', match: { command: ['cp*', '**'] } },
          { ...psql, name: 'three', match: { command: ['*', '**'] } },
        ],
      },
      ['warn rules.1.match.command.0'],
    ],
    [
      'an executor looks along a path of its own',
      {
        executors: bare([['runner', member('runner')]]),
        rules: [{ ...psql, match: { command: ['ls', '**'] }, executors: ['runner'] }],
      },
      [],
    ],
  ];
  it.each(table)('%s', (_, changed, expected) => {
    expect(places(base(changed))).toEqual(expected);
  });

  it('every remark says how to mend it, in sentences of one line', () => {
    for (const [, changed] of table) {
      for (const { message, mend } of found(base(changed))) {
        expect(message).toMatch(/^[A-Z0-9a-z][ -~]+\.$/);
        expect(mend).toMatch(/^[A-Z][ -~]+[.\w]$/);
      }
    }
  });
});
