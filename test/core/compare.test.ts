import { describe, expect, it } from 'vitest';
import type { Policy, Rule } from '../../src/core/policy-document.js';
import { any, bare, keyOf, listed, member, members, policy, rule, subkeyOf } from './support/policies.js';
import { changes } from './support/compared.js';

const team = ['alice', 'bob', 'carol', 'dave', 'erin'];

const prod: Rule = rule({
  name: 'prod-db',
  match: { command: ['/usr/bin/psql', 'prod*', '**'] },
  requesters: ['sre'],
  approvals: [any(1, 'sre'), any(1, 'security')],
  maxDuration: 1800,
  maxPending: 7200,
  maxUses: 1,
  justification: { minLength: 20 },
  ticket: { pattern: 'OPS-*' },
  pins: ['*.sql'],
  env: ['PGHOST', 'PGUSER'],
  stdin: ['none', 'file'],
  executors: ['runner'],
  enforceEnd: true,
});
const ssh = rule({ name: 'ssh-prod', match: { access: 'ssh/prod-*' }, approvals: [any(1, 'sre')] });
const rest = rule({ name: 'rest', match: { command: ['*', '**'] }, approvals: [any(2, 'everyone')] });

/** Five people in two groups, an executor, three rules, a test. */
function base(changed: Partial<Policy> = {}): Policy {
  return policy({
    members: members(...team),
    groups: bare([
      ['sre', ['alice', 'bob', 'carol']],
      ['security', ['dave', 'erin']],
    ]),
    rules: [prod, ssh, rest],
    changes: [any(2, 'everyone')],
    tests: [{ requester: 'alice', access: 'ssh/prod-1', expect: 'ssh-prod' }],
    ...changed,
  });
}

const withRule = (changed: Partial<Rule>): Policy => base({ rules: [{ ...prod, ...changed }, ssh, rest] });
const without = (field: keyof Rule): Policy => {
  const { [field]: _, ...left } = prod;
  return base({ rules: [left as Rule, ssh, rest] });
};

describe('§6 what changes in the demands of a rule', () => {
  type Row = readonly [what: string, after: Policy, found: readonly string[]];
  const table: readonly Row[] = [
    ['nothing', base(), []],
    [
      'one clause less',
      withRule({ approvals: [any(1, 'sre')] }),
      [
        'weaker rule prod-db: approvals: 1 of sre, was 1 of sre and 1 of security',
        'stronger members dave, erin: may no longer approve under prod-db',
      ],
    ],
    [
      'a higher count',
      withRule({ approvals: [any(2, 'sre'), any(1, 'security')] }),
      ['stronger rule prod-db: approvals: 2 of sre and 1 of security, was 1 of sre and 1 of security'],
    ],
    [
      'the same clauses the other way round',
      withRule({ approvals: [any(1, 'security'), any(1, 'sre')] }),
      ['other rule prod-db: approvals: 1 of security and 1 of sre, was 1 of sre and 1 of security'],
    ],
    [
      'more who may ask',
      withRule({ requesters: ['everyone'] }),
      [
        'weaker rule prod-db: who may ask: everyone, was sre',
        'weaker members dave, erin: may now ask under prod-db',
      ],
    ],
    [
      'a longer grant',
      withRule({ maxDuration: 14_400 }),
      ['weaker rule prod-db: longest grant: 4h, was 30m'],
    ],
    ['a shorter one', withRule({ maxDuration: 60 }), ['stronger rule prod-db: longest grant: 1m, was 30m']],
    [
      'a longer wait',
      withRule({ maxPending: 86_400 }),
      ['weaker rule prod-db: longest wait for approvals: 1d, was 2h'],
    ],
    ['more uses', withRule({ maxUses: 5 }), ['weaker rule prod-db: most uses: 5 uses, was 1 use']],
    ['no ticket', without('ticket'), ["weaker rule prod-db: ticket: none needed, was 'OPS-*'"]],
    ['any ticket', withRule({ ticket: { pattern: '*' } }), ["weaker rule prod-db: ticket: '*', was 'OPS-*'"]],
    [
      'a narrower ticket',
      withRule({ ticket: { pattern: 'OPS-1*' } }),
      ["stronger rule prod-db: ticket: 'OPS-1*', was 'OPS-*'"],
    ],
    [
      'another ticket',
      withRule({ ticket: { pattern: 'DB-*' } }),
      ["weaker rule prod-db: ticket: 'DB-*', was 'OPS-*'"],
    ],
    [
      'the same tickets in other words',
      withRule({ ticket: { pattern: 'OPS-**' } }),
      ["other rule prod-db: ticket: 'OPS-**', was 'OPS-*'"],
    ],
    [
      'a shorter reason',
      withRule({ justification: { minLength: 1 } }),
      ['weaker rule prod-db: reason: at least 1 character, was at least 20 characters'],
    ],
    [
      'any reason',
      without('justification'),
      ['weaker rule prod-db: reason: of any length, was at least 20 characters'],
    ],
    ['no pins', without('pins'), ["weaker rule prod-db: arguments that must be pinned: none, was '*.sql'"]],
    [
      'more pins',
      withRule({ pins: ['*.sql', '*.sh'] }),
      ["stronger rule prod-db: arguments that must be pinned: '*.sql' and '*.sh', was '*.sql'"],
    ],
    [
      'one variable more',
      withRule({ env: ['PGHOST', 'PGUSER', 'PGPASSWORD'] }),
      ['weaker rule prod-db: variables: PGHOST, PGUSER and PGPASSWORD, was PGHOST and PGUSER'],
    ],
    ['any variable', without('env'), ['weaker rule prod-db: variables: any, was PGHOST and PGUSER']],
    ['no variable', withRule({ env: [] }), ['stronger rule prod-db: variables: none, was PGHOST and PGUSER']],
    [
      'the terminal too',
      withRule({ stdin: ['none', 'file', 'terminal'] }),
      ['weaker rule prod-db: standard input: none, file and terminal, was none and file'],
    ],
    ['any input', without('stdin'), ['weaker rule prod-db: standard input: any, was none and file']],
    ['people too', without('executors'), ['weaker rule prod-db: executors: any, or a person, was runner']],
    [
      'what runs on goes on',
      without('enforceEnd'),
      ['weaker rule prod-db: ended when its time is over: no, was yes'],
    ],
    ['another name', withRule({ name: 'database' }), ['other rule database: is now called so, was prod-db']],
    [
      'another name, and less',
      withRule({ name: 'database', maxUses: 2 }),
      [
        'weaker rule database: most uses: 2 uses, was 1 use',
        'other rule database: is now called so, was prod-db',
      ],
    ],
  ];
  it.each(table)('§6 %s', (_, after, found) => {
    expect(changes(base(), after)).toEqual(found);
  });

  it('§6 each demand taken away, and each laid on, is told: the one weaker, the other stronger', () => {
    const fields = ['ticket', 'justification', 'pins', 'env', 'stdin', 'executors', 'enforceEnd'] as const;
    for (const field of fields) {
      const [away] = changes(base(), without(field));
      const [laid] = changes(without(field), base());
      expect(away).toMatch(/^weaker rule prod-db: /);
      expect(laid).toMatch(/^stronger rule prod-db: /);
    }
  });
});

describe('§6 what changes in the order of rules: the first match decides', () => {
  const easy = rule({
    name: 'easy',
    match: { command: ['/usr/bin/psql', '**'] },
    approvals: [any(1, 'sre')],
  });

  it('§6 a rule that comes before another takes its cases, and is weaker where it asks for less', () => {
    expect(changes(base(), base({ rules: [easy, prod, ssh, rest] }))).toEqual([
      'weaker rule easy: decides cases that prod-db decided, and asks for less: approvals: 1 of sre, was 1 of sre and 1 of security; ' +
        'who may ask: everyone, was sre; longest grant: 8h, was 30m; longest wait for approvals: 1d, was 2h; most uses: 10 uses, was 1 use; ' +
        "reason: of any length, was at least 20 characters; ticket: none needed, was 'OPS-*'; executors: any, or a person, was runner; " +
        "arguments that must be pinned: none, was '*.sql'; variables: any, was PGHOST and PGUSER; standard input: any, was none and file; " +
        'ended when its time is over: no, was yes',
      'weaker rule easy: decides cases that rest decided, and asks for less: approvals: 1 of sre, was 2 of everyone',
      "other rule easy: is new: /usr/bin/psql '**'; asked for by everyone; approved by 1 of sre; for at most 8h and 10 uses; waiting at most 1d",
      'other rule prod-db: decides nothing any more: easy comes first',
    ]);
  });

  it('§6 behind the one that it could weaken, it takes from those after it alone', () => {
    const found = changes(base(), base({ rules: [prod, easy, ssh, rest] }));
    expect(found.filter((text) => text.includes('decides cases'))).toEqual([
      'weaker rule easy: decides cases that rest decided, and asks for less: approvals: 1 of sre, was 2 of everyone',
    ]);
  });

  it('§6 a stricter rule before a catch-all is stronger', () => {
    const strict = rule({
      name: 'strict',
      match: { command: ['rm', '**'] },
      approvals: [any(3, 'everyone')],
    });
    expect(changes(base(), base({ rules: [prod, ssh, strict, rest] }))).toEqual([
      'stronger rule strict: decides cases that rest decided, and asks for more',
      "other rule strict: is new: rm '**'; asked for by everyone; approved by 3 of everyone; for at most 8h and 10 uses; waiting at most 1d",
    ]);
  });

  it('§6 what no rule covered, and a new one does, is weaker', () => {
    const vpn = rule({ name: 'vpn', match: { access: 'vpn/*' }, approvals: [any(2, 'sre')] });
    expect(changes(base(), base({ rules: [prod, ssh, vpn, rest] }))).toEqual([
      'weaker rule vpn: is new: access vpn/*; asked for by everyone; approved by 2 of sre; for at most 8h and 10 uses; waiting at most 1d; ' +
        'no one rule covered all of this before',
    ]);
  });

  it('§6 a new rule that others leave nothing decides nothing', () => {
    expect(changes(base(), base({ rules: [prod, ssh, rest, easy] }))).toEqual([
      "other rule easy: is new: /usr/bin/psql '**'; asked for by everyone; approved by 1 of sre; for at most 8h and 10 uses; waiting at most 1d; " +
        'it decides nothing: rest comes first',
    ]);
  });

  it('§6 of a rule that is removed, the cases go to the next that covers them', () => {
    const found = changes(base(), base({ rules: [ssh, rest] }));
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(
      /^weaker rule rest: decides cases that prod-db decided, and asks for less: approvals: 2 of everyone, was 1 of sre and 1 of security; who/,
    );
    expect(found[1]).toMatch(
      /^other rule prod-db: is removed: \/usr\/bin\/psql 'prod\*' '\*\*'; asked for by sre; approved by 1 of sre and/,
    );
  });

  it('§6 where no other covers them, the removal is stronger', () => {
    expect(changes(base(), base({ rules: [prod, rest] }))).toEqual([
      'stronger rule ssh-prod: is removed: access ssh/prod-*; asked for by everyone; approved by 1 of sre; for at most 8h and 10 uses; waiting ' +
        'at most 1d; nobody can ask for any of it any more',
    ]);
  });

  it('§6 a rule that is moved is one, and what it takes is told', () => {
    const found = changes(base(), base({ rules: [ssh, rest, prod] }));
    expect(found.map((text) => text.slice(0, 74))).toEqual([
      'weaker rule rest: decides cases that prod-db decided, and asks for less: a',
      'other rule prod-db: is moved: it stands after rest, was first',
      'other rule prod-db: decides nothing any more: rest comes first',
    ]);
  });

  it('§6 rules that share no case may change places', () => {
    expect(changes(base(), base({ rules: [ssh, prod, rest] }))).toEqual([
      'other rule prod-db: is moved: it stands after ssh-prod, was first',
    ]);
  });

  const matched: readonly (readonly [what: string, match: Rule['match'], line: string])[] = [
    [
      'more',
      { command: ['/usr/bin/psql', '**'] },
      "weaker rule prod-db: covers more: /usr/bin/psql '**', was /usr/bin/psql 'prod*' '**'",
    ],
    [
      'less',
      { command: ['/usr/bin/psql', 'prod', '**'] },
      "stronger rule prod-db: covers less: /usr/bin/psql prod '**', was /usr/bin/psql 'prod*' '**'",
    ],
    [
      'others',
      { command: ['/usr/bin/psql', 'test*', '**'] },
      "weaker rule prod-db: covers other things: /usr/bin/psql 'test*' '**', was /usr/bin/psql 'prod*' '**'",
    ],
    [
      'the same in other words',
      { command: ['/usr/bin/psql', 'prod**', '**'] },
      "other rule prod-db: covers the same: /usr/bin/psql 'prod**' '**', was /usr/bin/psql 'prod*' '**'",
    ],
  ];
  it.each(matched)('§6 a match that covers %s', (_, match, line) => {
    expect(changes(base(), withRule({ match }))).toContain(line);
  });

  it('§6 what a narrower rule lets go falls to a weaker one after it', () => {
    const found = changes(base(), withRule({ match: { command: ['/usr/bin/psql', 'prod'] } }));
    expect(found[0]).toMatch(/^weaker rule rest: decides cases that prod-db decided, and asks for less: /);
  });

  it('more rules than three that lose cases are named', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const many = names.map((name) =>
      rule({ name, match: { command: [name, '**'] }, approvals: [any(2, 'everyone')] }),
    );
    const all = rule({ name: 'all' });
    const found = changes(base({ rules: many }), base({ rules: [all, ...many] }));
    expect(found.filter((text) => text.startsWith('weaker rule all: decides'))).toHaveLength(3);
    expect(found).toContain('weaker rule all: takes cases and asks for less than d and e');
  });
});

describe('§6 what changes in people', () => {
  const dana = bare([...Object.entries(members(...team)), ['dana', member('dana', { name: 'Dana Day' })]]);

  it('who joins is told with name, address and key, and with what the person may do', () => {
    const groups = bare([
      ['sre', ['alice', 'bob', 'carol', 'dana']],
      ['security', ['dave', 'erin']],
    ]);
    expect(changes(base(), base({ members: dana, groups }))).toEqual([
      'person member dana: is added: Dana Day <dana@example.org>, with the key 64616E6100000000000000000000000000000000 (ed25519, never expires)',
      'person member dana: may ask under prod-db, ssh-prod and rest, approve under prod-db, ssh-prod and rest and approve changes of the policy',
      'other group sre: dana joins',
    ]);
  });

  it('who leaves is told once', () => {
    const groups = bare([
      ['sre', ['alice', 'bob', 'carol']],
      ['security', ['dave']],
    ]);
    expect(changes(base(), base({ members: members('alice', 'bob', 'carol', 'dave'), groups }))).toEqual([
      'person member erin: is removed: erin <erin@example.org>',
      'other group security: erin leaves',
    ]);
  });

  it('those who gain the same are one difference, those who lose the same another', () => {
    const groups = bare([
      ['sre', ['carol', 'dave', 'erin']],
      ['security', ['dave', 'erin']],
    ]);
    expect(changes(base(), base({ groups }))).toEqual([
      'weaker rule prod-db: approvals: 1 of sre and 1 of security as before, but of other people: people who could not give them together now can',
      'weaker members dave, erin: may now ask under prod-db and approve under ssh-prod',
      'stronger members alice, bob: may no longer ask under prod-db and approve under prod-db and ssh-prod',
      'other group sre: dave and erin join; alice and bob leave',
    ]);
  });

  it('a group that nobody uses gives nobody anything', () => {
    const groups = { ...base().groups, spare: ['alice'] };
    expect(changes(base(), base({ groups }))).toEqual(['other group spare: is new: alice']);
    expect(changes(base({ groups }), base())).toEqual(['other group spare: is removed, was alice']);
  });

  it('a handle that takes over the name of a group is told by who gains and loses', () => {
    const { sre: _, ...groups } = base().groups ?? {};
    const next = { ...members(...team), sre: member('sre') };
    const found = changes(base(), base({ members: next, groups }));
    expect(found).toContain(
      'person member sre: may ask under prod-db, ssh-prod and rest, approve under prod-db, ssh-prod and rest and approve changes of the policy',
    );
    expect(found).toContain(
      'stronger members alice, bob, carol: may no longer ask under prod-db and approve under prod-db and ssh-prod',
    );
  });

  it('another name, another address, other logins', () => {
    const alice = member('alice', { name: 'Alice \u202eA', email: 'a@b', unix: ['root'] });
    const after = base({ members: { ...members(...team), alice } });
    expect(changes(base(), after)).toEqual([
      'weaker member alice: is known on machines as root, was none',
      'person member alice: is now called Alice \\u{202e}A, was alice',
      'person member alice: has the e-mail address a@b, was alice@example.org',
    ]);
    expect(changes(after, base())[2]).toBe('stronger member alice: is known on machines as none, was root');
  });

  it('executors come and go, too', () => {
    const executors = bare([
      ['runner', member('runner')],
      ['builder', member('builder')],
    ]);
    expect(changes(base(), base({ executors }))).toEqual([
      'person executor builder: is added: builder <builder@example.org>, with the key 6275696C64657200000000000000000000000000 (ed25519, never expires); ' +
        'it may run what rules let it run, and neither ask nor approve',
    ]);
    expect(changes(base({ executors }), base())).toEqual([
      'person executor builder: is removed: builder <builder@example.org>',
    ]);
  });

  it("somebody else's key is told", () => {
    const after = base({
      members: { ...members(...team), dana: member('dana', { keys: [listed('alice')] }) },
    });
    expect(changes(base(), after)[0]).toContain('a key of it was listed for alice');
  });
});

describe('§5 what changes in keys', () => {
  const keyed = (...materials: readonly string[]): Policy =>
    base({ members: { ...members(...team), alice: member('alice', { keys: materials.map(listed) }) } });
  const hex = (material: string): string => keyOf(material).fingerprint;

  it('§5 replaced, added, removed', () => {
    expect(changes(keyed('a'), keyed('b'))).toEqual([
      `key member alice: the key ${hex('a')} (ed25519, never expires) is replaced by the key ${hex('b')} (ed25519, never expires)`,
    ]);
    expect(changes(keyed('a'), keyed('a', 'b'))).toEqual([
      `key member alice: the key ${hex('b')} (ed25519, never expires) is added`,
    ]);
    expect(changes(keyed('a', 'b'), keyed('b'))).toEqual([
      `key member alice: the key ${hex('a')} (ed25519, never expires) is removed`,
    ]);
    expect(changes(keyed('a', 'b'), keyed('b', 'a'))).toEqual([
      'other member alice: the same keys are listed in another way',
    ]);
  });

  /** Key `a`, its certificate written anew as `again`. */
  const rewritten = (was: Parameters<typeof keyOf>[1], is: Parameters<typeof keyOf>[1]): string[] =>
    changes(keyed('a'), keyed('again'), { a: [keyOf('a', was)] }, { again: [keyOf('a', is)] });

  it('§5 renewed: the same material, another expiry', () => {
    expect(rewritten({ expires: 86_400 }, { expires: 172_800 })).toEqual([
      `key member alice: the key ${hex('a')}: it is renewed: expires 1970-01-03, was: expires 1970-01-02`,
    ]);
    expect(rewritten({ expires: 86_400 }, {})).toEqual([
      `key member alice: the key ${hex('a')}: it is renewed: never expires, was: expires 1970-01-02`,
    ]);
    expect(rewritten({}, { expires: 86_400 })).toEqual([
      `key member alice: the key ${hex('a')}: it ends earlier: expires 1970-01-02, was: never expires`,
    ]);
  });

  it('§5 revoked, and not', () => {
    expect(rewritten({}, { revoked: true })).toEqual([
      `key member alice: the key ${hex('a')}: it is revoked`,
    ]);
    expect(rewritten({ revoked: true }, {})).toEqual([
      `key member alice: the key ${hex('a')}: it is no longer revoked`,
    ]);
  });

  it('§5 written anew, with nothing that counts', () => {
    expect(rewritten({}, {})).toEqual([
      `key member alice: the key ${hex('a')}: its certificate is written anew, with the same keys`,
    ]);
  });

  it('§5 the same material under another fingerprint, or other flags', () => {
    const [one] = rewritten({}, { fingerprint: 'F'.repeat(40), maySign: false });
    expect(one).toContain(
      'it may no longer sign and it is the same material under another fingerprint, FFFF',
    );
  });

  it('§5 subkeys come and go', () => {
    const found = changes(
      keyed('a'),
      keyed('again'),
      { a: [keyOf('a'), subkeyOf('s')] },
      { again: [keyOf('a'), subkeyOf('t')] },
    );
    expect(found).toEqual([
      `key member alice: the key ${hex('a')}: its subkey ${hex('t')} is added (ed25519) and its subkey ${hex('s')} is removed`,
    ]);
  });

  it('§5 a certificate that could not be read is one that is replaced', () => {
    const after = base({
      members: {
        ...members(...team),
        alice: member('alice', { keys: [{ type: 'openpgp', public: 'rubbish' }] }),
      },
    });
    expect(changes(base(), after)).toEqual([
      `key member alice: the key ${hex('alice')} (ed25519, never expires) is replaced by the key (could not be read)`,
    ]);
  });
});

describe('§6 what changes in the rest', () => {
  it('changes: who may change the policy', () => {
    expect(changes(base(), base({ changes: [any(1, 'sre')] }))).toEqual([
      'weaker changes: a change of the policy takes 1 of sre, was 2 of everyone',
      'stronger members dave, erin: may no longer approve changes of the policy',
    ]);
    expect(changes(base(), base({ changes: [any(3, 'everyone')] }))).toEqual([
      'stronger changes: a change of the policy takes 3 of everyone, was 2 of everyone',
    ]);
  });

  it('a protocol that is raised is weaker: programs that do not know it decide nothing, for good', () => {
    expect(changes(base(), base({ protocol: 2 }))).toEqual([
      'weaker protocol: is 2, was 1: programs that do not know it decide nothing any more, for good',
    ]);
  });

  it('tests', () => {
    const test = { requester: 'bob', command: ['ls', 'a b'], expect: 'rest' };
    expect(changes(base(), base({ tests: [test] }))).toEqual([
      'other test: is removed: alice asks for access ssh/prod-1: ssh-prod',
      "other test: is new: bob asks for ls 'a b': rest",
    ]);
  });

  it('what a later program might write, and this one does not know, is weaker: no change passes in silence', () => {
    const unknown = 'is changed in a way that mpa cannot weigh';
    const policyWide = Object.assign(base(), { later: 'field' });
    expect(changes(base(), policyWide)).toEqual([`weaker policy: ${unknown}`]);
    const ofRule = base({ rules: [Object.assign({ ...prod }, { later: 1 }), ssh, rest] });
    expect(changes(base(), ofRule)).toEqual([`weaker rule prod-db: ${unknown}`]);
    const alice = Object.assign(member('alice'), { later: true });
    expect(changes(base(), base({ members: { ...members(...team), alice } }))).toEqual([
      `weaker member alice: ${unknown}`,
    ]);
  });

  it('the most dangerous comes first', () => {
    const after = base({
      changes: [any(1, 'everyone')],
      members: {
        ...members('alice', 'bob', 'carol', 'dave', 'dana'),
        alice: member('alice', { keys: [listed('new')] }),
      },
      groups: bare([
        ['sre', ['alice', 'bob']],
        ['security', ['dave']],
      ]),
    });
    const weights = changes(base(), after).map((text) => text.split(' ')[0]);
    const order = ['weaker', 'key', 'person', 'stronger', 'other'];
    expect([...new Set(weights)]).toEqual(order);
    expect(weights).toEqual([...weights].sort((a, b) => order.indexOf(a ?? '') - order.indexOf(b ?? '')));
  });
});
