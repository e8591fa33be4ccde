import { describe, expect, it } from 'vitest';
import { findingLines, refusal, verdictOf } from '../../src/cli/policy-findings.js';
import { MpaError } from '../../src/core/errors.js';
import type { CertificateReader } from '../../src/core/ports.js';
import { checkPolicy, type Bench, type Checked } from '../../src/workflows/policy-check.js';
import { pathText } from '../../src/workflows/policy-file.js';
import { known, policy, Scene, T0 } from '../core/support/scene.js';

const certificates: CertificateReader = { known, read: (armored) => Promise.resolve(known(armored)) };

/** Keys are named `cert:NAME`; there is no file. */
const BENCH: Bench = {
  certificates,
  now: T0,
  state: null,
  read: (source) => {
    const reading = known(source);
    if (reading.ok) return Promise.resolve({ armored: source, certificate: reading.certificate });
    return Promise.reject(new MpaError('usage', `there is no file ${source}`, { hint: 'Give a path.' }));
  },
};

const GOOD = `# a policy for a test
protocol: 1
members:
  alice: {name: Alice, email: alice@example.org, keys: ['cert:alice']}
  bob: {key: 'cert:bob'}
  carol:
    keys:
      - 'cert:carol'
    unix: [carol]
executors:
  ci: {key: 'cert:ci'}
groups:
  sre: [alice, bob]
  dba: [bob, carol]
rules:
  - name: database
    match: {command: [/usr/bin/psql, '**']}
    requesters: [sre]
    approvals:
      - {count: 1, from: [dba]}
    maxDuration: 1h
    maxPending: 4h
    maxUses: 1
    ticket: {pattern: 'OPS-*'}
    stdin: [none, file]
  - name: ssh
    match: {access: 'ssh/*'}
    approvals: [{count: 1, from: [everyone]}]
    maxDuration: 8h
    maxPending: 24h
    maxUses: 5
changes:
  - {count: 1, from: [everyone]}
tests:
  - {requester: alice, command: [psql, -l], expect: database}
  - {requester: carol, access: ssh/prod, expect: ssh}
`;

/** The text with one thing broken. */
function broken(what: string, by: string): string {
  if (GOOD.split(what).length !== 2) throw new Error(`${what} does not stand in the sample just once`);
  return GOOD.replace(what, by);
}

const check = (text: string, more: Partial<Bench> = {}): Promise<Checked> =>
  checkPolicy(text, { ...BENCH, ...more });

/** `LINE:COLUMN PATH`. */
const placesOf = ({ findings }: Checked): string[] =>
  findings.map(({ line, column, path }) => `${line}:${column} ${pathText(path)}`);

type Row = readonly [title: string, what: string, by: string, place: string, message: RegExp, mend: RegExp];

const TABLE: readonly Row[] = [
  ['a field without a value', 'protocol: 1', 'protocol:', '2:1 protocol', /nothing/, /protocol: 1/],
  ['text for a number', 'maxUses: 1\n', 'maxUses: lots\n', '23:14 rules[0].maxUses', /lots/, /maxUses: 10/],
  ['no duration', 'maxDuration: 1h', 'maxDuration: 1 hour', '21:18 rules[0].maxDuration', /1 hour/, /8h/],
  ['a missing field', '    maxPending: 4h\n', '', '16:5 rules[0].maxPending', /missing/, /maxPending: 24h/],
  ['a field in snake case', 'maxUses: 5', 'max_uses: 5', '31:15 rules[1].max_uses', /no field/, /`maxUses`/],
  [
    'a field that is none',
    '    unix:',
    '    phone:',
    '9:5 members.carol.phone',
    /no field/,
    /name, email, keys/,
  ],
  ['a handle in capitals', '  bob: {', '  Bob: {', '5:3 members.Bob', /handle/, /lower-case/],
  [
    'a key that is not there',
    "{key: 'cert:bob'}",
    '{key: bob.asc}',
    '5:14 members.bob.key',
    /bob\.asc/,
    /path/,
  ],
  [
    'a second such key',
    "      - 'cert:carol'",
    '      - carol.gpg',
    '8:9 members.carol.keys[0]',
    /carol\.gpg/,
    /path/,
  ],
  [
    'a match that is none',
    "{access: 'ssh/*'}",
    "{resource: 'ssh/*'}",
    '27:23 rules[1].match.resource',
    /no field/,
    /access/,
  ],
  [
    'a kind of input that is none',
    '[none, file]',
    '[none, pipe]',
    '25:19 rules[0].stdin[1]',
    /pipe/,
    /terminal/,
  ],
  [
    'a number as an argument',
    '[psql, -l]',
    '[psql, 1]',
    '35:40 tests[0].command[1]',
    /must be text/,
    /quotes/,
  ],
  [
    'a name that leads nowhere',
    'requesters: [sre]',
    'requesters: [sra]',
    '18:18 rules[0].requesters[0]',
    /sra is no/,
    /sre, dba/,
  ],
  [
    'a stranger in a group',
    'sre: [alice, bob]',
    'sre: [alice, bab]',
    '13:16 groups.sre[1]',
    /bab.*sre.*no member/,
    /members/,
  ],
  [
    'a clause that the others cannot meet',
    '{count: 1, from: [dba]}',
    '{count: 2, from: [dba]}',
    '19:5 rules[0].approvals',
    /when bob asks/,
    /count/,
  ],
  [
    'changes that the others cannot meet',
    '  - {count: 1, from: [everyone]}\ntests',
    '  - {count: 3, from: [everyone]}\ntests',
    '32:1 changes',
    /could not meet/,
    /more people/,
  ],
  [
    'no clause',
    'approvals: [{count: 1, from: [everyone]}]',
    'approvals: []',
    '28:5 rules[1].approvals',
    /clause/,
    /count: 1/,
  ],
  [
    'two rules of one name',
    '- name: ssh',
    '- name: database',
    '26:11 rules[1].name',
    /another rule is called database/,
    /own/,
  ],
  [
    'a rule named as a reason',
    '- name: ssh',
    '- name: no-rule',
    '26:11 rules[1].name',
    /no-rule/,
    /another name/,
  ],
  [
    'a pattern that ends in an escape',
    "'OPS-*'",
    "'OPS-\\'",
    '24:23 rules[0].ticket.pattern',
    /ends in/,
    /backslash/,
  ],
  [
    'a group with the name of a member',
    '  dba: [',
    '  carol: [',
    '14:3 groups.carol',
    /carol is also one of members/,
    /name of its own/,
  ],
  ['the built-in group', '  dba: [', '  everyone: [', '14:3 groups.everyone', /built-in/, /another name/],
  [
    'one key for two',
    "'cert:carol'",
    "'cert:alice'",
    '8:9 members.carol.keys[0]',
    /carol.*also listed for alice/,
    /two people/,
  ],
  [
    'an executor that is none',
    '    stdin: [none, file]',
    '    executors: [cd]',
    '25:17 rules[0].executors[0]',
    /cd is no executor/,
    /`executors`/,
  ],
  [
    'a test that fails',
    'expect: database}',
    'expect: ssh}',
    '35:5 tests[0]',
    /expects ssh.*database/,
    /the rules/,
  ],
  [
    'a test of nobody who may ask',
    'requester: alice, command',
    'requester: carol, command',
    '35:5 tests[0]',
    /not-a-requester/,
    /./,
  ],
];

describe('a policy file with one thing broken', () => {
  it('is good before', async () => {
    const checked = await check(GOOD);
    expect(checked.findings.filter(({ level }) => level !== 'warn')).toEqual([]);
    expect(Object.keys(checked.policy?.members ?? {})).toEqual(['alice', 'bob', 'carol']);
  });

  it.each(TABLE)('%s: is named at its place, with a way out', async (_, what, by, place, message, mend) => {
    const checked = await check(broken(what, by));
    const found = checked.findings.find(
      ({ line, column, path }) => `${line}:${column} ${pathText(path)}` === place,
    );
    expect(placesOf(checked)).toContain(place);
    expect(found).toMatchObject({ level: 'error' });
    expect(found?.message).toMatch(message);
    expect(found?.mend).toMatch(mend);
    expect(checked.policy).toBeNull();
    expect(verdictOf(checked.findings, true)).toBe('invalid-policy');
  });

  const yaml: readonly (readonly [title: string, what: string, by: string, line: number, message: RegExp])[] =
    [
      ['a tab', '  sre: [', '\tsre: [', 13, /[Tt]ab/],
      ['the same field twice', 'changes:', 'rules: []\nchanges:', 32, /unique/],
      ['a bracket left open', 'sre: [alice, bob]', 'sre: [alice, bob', 14, /YAML/],
      ['an alias', 'from: [dba]', 'from: *dba', 20, /alias/],
      ['a tag', 'from: [dba]', 'from: !all [dba]', 20, /tag/],
      ['two documents', 'changes:', '---\nchanges:', 32, /documents/],
    ];
  it.each(yaml)('%s: no YAML of a policy, and the line', async (_, what, by, line, message) => {
    const { findings, policy: none } = await check(broken(what, by));
    expect(none).toBeNull();
    expect(findings[0]).toMatchObject({ line, level: 'error', path: [] });
    expect(findings[0]?.message).toMatch(message);
    expect(findings[0]?.mend).not.toBe('');
  });

  it('a list, nothing, and what nests without end are no policies', async () => {
    for (const text of ['- 1\n', '', '# only a comment\n', '['.repeat(100_000)]) {
      const { findings, policy: none } = await check(text);
      expect(none).toBeNull();
      expect(findings.length).toBeGreaterThan(0);
    }
  });

  it('everything that is wrong is said at once, in the order of the lines', async () => {
    const text = broken('maxUses: 1\n', 'maxUses: 0\n')
      .replace('{key: ', '{file: ')
      .replace('count: 1, from: [dba]', 'from: [dba]');
    const lines = (await check(text)).findings.map(({ line }) => line);
    expect(new Set(lines)).toEqual(new Set([5, 20, 23]));
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });

  it('a key that cannot be read hides nothing else, and is said once', async () => {
    const text = broken("{key: 'cert:bob'}", '{key: bob.asc}').replace(
      'sre: [alice, bob]',
      'sre: [alice, bab]',
    );
    expect(placesOf(await check(text))).toEqual(['5:14 members.bob.key', '13:16 groups.sre[1]']);
  });

  it('a rule is named by its name beside its number', async () => {
    const { findings } = await check(broken('maxUses: 5', 'maxUses: 0'));
    expect(findings).toMatchObject([{ rule: 'ssh', path: ['rules', 1, 'maxUses'] }]);
  });
});

describe('a policy file beside a ledger', () => {
  const scene = new Scene(policy({ members: ['alice', 'bob'], rules: [] }));

  it('lists no key that was listed for another', async () => {
    const text = broken(
      "      - 'cert:carol'",
      "      - 'cert:alice'\n    name: Carol\n    email: carol@example.org",
    ).replace("'cert:alice'", "'cert:zoe'");
    expect((await check(text)).findings.filter(({ level }) => level === 'error')).toEqual([]);
    expect((await check(text, { state: scene.state })).findings).toMatchObject([
      { level: 'error', path: ['members', 'carol'], line: 6 },
    ]);
  });

  it('is told to be old where it was made from another policy', async () => {
    const other = `# policy ${'a'.repeat(64)}\n${GOOD}`;
    const { findings, base } = await check(other, { state: scene.state });
    expect(base).toBe('a'.repeat(64));
    expect(findings[0]).toMatchObject({ level: 'warn', line: 1 });
    expect(findings[0]?.mend).toContain('mpa policy rebase');
    expect(verdictOf(findings, false)).toBeNull();
  });
});

describe('what findings come to', () => {
  const weaker = GOOD.replace(
    'changes:',
    [
      '  - name: rest',
      '    match: {any: true}',
      '    approvals: [{count: 1, from: [everyone]}]',
      '    maxDuration: 24h',
      '    maxPending: 24h',
      '    maxUses: 100',
      'changes:',
    ].join('\n'),
  );

  it('a catch-all that is weaker than a rule above it takes --anyway', async () => {
    const { findings, policy: valid } = await check(weaker);
    expect(valid).not.toBeNull();
    expect(verdictOf(findings, false)).toBe('unsafe-policy');
    expect(verdictOf(findings, true)).toBeNull();
    expect(refusal('p.yaml', findings, false)).toMatchObject({ code: 'unsafe-policy' });
    expect(refusal('p.yaml', findings, true)).toBeNull();
    expect(findings.find(({ level }) => level === 'refuse')).toMatchObject({ line: 32, rule: 'rest' });
  });

  it('is printed as compilers do, in 80 columns, with nothing of the file left as it is that a terminal would obey', async () => {
    const { findings } = await check(broken('name: ssh', 'name: "s\\e[31m\\u202esh"'));
    const lines = findingLines('p.yaml', findings, (_, text) => text);
    expect(lines[0]).toMatch(/^p\.yaml:26:11: rules\[1\]\.name \(rule s\\u\{1b\}/);
    expect(lines.join('')).not.toMatch(/[^ -~]/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });
});
