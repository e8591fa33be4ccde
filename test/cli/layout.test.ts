import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { layout, type Extras } from '../../src/cli/layout.js';
import { history } from '../../src/cli/layout-history.js';
import { listEntry } from '../../src/cli/layout-list.js';
import { policyLines } from '../../src/cli/layout-policy.js';
import { field } from '../../src/cli/layout-words.js';
import { policyYaml } from '../../src/cli/policy-yaml.js';
import { parsePolicy } from '../../src/core/schema.js';
import type { CommandAction } from '../../src/core/action.js';
import {
  describe as describeRequest,
  describeGenesis,
  type Description,
} from '../../src/workflows/describe.js';
import { requestView } from '../../src/workflows/request-view.js';
import { COMMAND, member, policy, record, rule, Scene } from '../core/support/scene.js';

const plain = (_: string, text: string): string => text;
const PRINTABLE = /^[\x20-\x7e\n]*$/;

const BARE: Extras = { files: [], facts: [], body: [], halts: [] };

/** All that `show` prints of a request, but for its files. */
function whole(description: Description, now: number, body: readonly string[] = []): string {
  return `${layout(description, { ...BARE, body }, now, plain)}\n${history(description, now, plain)}`;
}

/** How a request of this action and reason is shown. */
function shown(action: Partial<CommandAction>, justification = 'the password leaked'): string {
  const scene = Scene.endorsed();
  const id = scene.request('alice', { action: { ...COMMAND, ...action }, justification });
  return whole(describeRequest(scene.state, scene.get(id), scene.now), scene.now);
}

describe('a field', () => {
  it('whose label leaves no gap has it on a line of its own: label and text never run together', () => {
    expect(field('rule', 'one\ntwo')).toBe('  rule       one\n             two');
    expect(field('production-shell', 'one\ntwo')).toBe(
      '  production-shell\n             one\n             two',
    );
    expect(field('elevenchars', 'one')).toBe('  elevenchars\n             one');
  });
});

describe('a request as text', () => {
  it('says what, where, as whom, why, by which rule, and what is missing', () => {
    const text = shown({});
    for (const words of [
      'pending',
      'psql -f rotate.sql',
      '/usr/bin/psql',
      '/srv',
      'alice on prod-1',
      'the password leaked',
    ])
      expect(text).toContain(words);
    expect(text).toMatch(/anything: 1 of everyone/);
    expect(text).toMatch(/could come from bob, carol, dave/);
    expect(text).toMatch(/refused: pending: missing 1 of everyone/);
  });

  it('a plain request fits in 80 columns', () => {
    for (const line of shown({}).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('a long command stands one argument a line, none cut', () => {
    const argv = ['psql', ...Array.from({ length: 30 }, (_, i) => `argument number ${i}`)];
    const text = shown({ argv });
    for (const argument of argv.slice(1)) expect(text).toContain(`'${argument}'`);
    expect(text.split('\n').filter((line) => line.includes('argument number'))).toHaveLength(30);
  });

  it('warns of the terminal, and says that passed values are unseen', () => {
    expect(shown({ stdin: 'terminal' })).toMatch(/may type anything/);
    expect(shown({})).toContain('/dev/null');
    expect(shown({ env: { A: 'b c' }, passEnv: ['TOKEN'] })).toMatch(
      /A='b c'[\s\S]*TOKEN: passed with values that nobody here sees/,
    );
  });

  it.each([
    ['a right-to-left override', '\u202e'],
    ['a zero-width space', '\u200b'],
    ['an escape sequence', '\u001b[2J'],
    ['a carriage return', '\r'],
    ['a homograph', 'pr\u043ed'],
    ['a tag character', '\u{e0041}'],
  ])('§9 %s in arguments, paths, hosts and variables is escaped', (_, bad) => {
    const text = shown({
      argv: ['psql', bad],
      program: `/usr/${bad}/psql`,
      cwd: `/srv/${bad}`,
      env: { A: bad },
      pins: [{ path: `/x/${bad}`, sha256: 'a'.repeat(64), size: 1, attached: false }],
    });
    expect(text).toMatch(PRINTABLE);
  });

  it('§9 prose keeps its letters and loses what hides; a newline cannot make a line of ours', () => {
    const text = shown({}, 'Zoë läuft\u202e\u001b[1m\nApprovals\n  bob  counts');
    expect(text).toContain('Zoë läuft\\u{202e}\\u{1b}[1m');
    expect(text.split('\n').filter((line) => line === 'Approvals')).toEqual([]);
  });

  it('approvals with fingerprints and comments, runs, and events without effect', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    scene.approve('alice', id);
    scene.approve('bob', id, { comment: 'seen' });
    const run = scene.start('alice', id);
    scene.finish('alice', run, { signal: 'SIGTERM' });
    const text = whole(describeRequest(scene.state, scene.get(id), scene.now), scene.now);
    expect(text).toContain('BOB0 0000');
    expect(text).toContain('"seen"');
    expect(text).toMatch(/alice approve\s+without effect: self-approval/);
    expect(text).toContain('ended by SIGTERM');
  });

  it('§9 names, comments, tickets, reasons and resources hide nothing either', () => {
    const bad = 'x\u202e\u001b[1m\u200b';
    const members = record({ alice: { ...member('alice'), name: bad }, bob: member('bob') });
    const scene = Scene.endorsed(policy({ members: ['alice', 'bob'] }));
    scene.enact('alice', { ...policy(), members });
    const id = scene.request('alice', {
      action: { kind: 'access', resource: bad },
      ticket: bad,
      justification: bad,
    });
    scene.approve('bob', id, { comment: bad });
    scene.put('bob', { type: 'close', request: id, as: 'revoked', reason: bad });
    const found = describeRequest(scene.state, scene.get(id), scene.now);
    expect(whole(found, scene.now, [policyLines({ ...policy(), members }, null)])).toMatch(PRINTABLE);
    expect(listEntry(found.view, scene.now, plain)).toMatch(PRINTABLE);
  });

  it('a start without a finish is shown as interrupted', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.start('alice', id);
    expect(whole(describeRequest(scene.state, scene.get(id), scene.now), scene.now)).toContain('interrupted');
  });

  it('the first policy: who founded it, and who could endorse it', () => {
    const scene = new Scene();
    const text = whole(describeGenesis(scene.state, scene.now), scene.now, [policyLines(policy(), null)]);
    expect(text).toMatch(/First policy e+: pending/);
    expect(text).toMatch(/could come from bob, carol, dave/);
    expect(text).toMatch(/Members/);
  });
});

describe('a request in a list', () => {
  it('takes three lines of at most 80 columns, hostile or long', () => {
    const scene = Scene.endorsed();
    const argv = ['psql', 'x'.repeat(300), '\u202e'];
    const id = scene.request('alice', {
      action: { ...COMMAND, argv },
      justification: `a\nb${'c'.repeat(300)}`,
    });
    const entry = listEntry(requestView(scene.state, scene.get(id), scene.now), scene.now, plain);
    const lines = entry.split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[0]).toContain('0/1 approvals');
  });

  it('counts the approvals that count and those that are needed', () => {
    const two = rule({ approvals: [{ count: 2, from: ['everyone'] }] });
    const scene = Scene.endorsed(policy({ rules: [two] }));
    const id = scene.request('alice');
    scene.approve('bob', id);
    expect(listEntry(requestView(scene.state, scene.get(id), scene.now), scene.now, plain)).toContain(
      '1/2 approvals',
    );
  });
});

describe('a policy as YAML', () => {
  const hostile = policy({
    groups: { sre: ['alice', 'bob'] },
    rules: [
      rule({
        name: 'odd',
        match: {
          command: [
            '*: #',
            '- x',
            "'",
            '"\\\\',
            'yes',
            'null',
            '1',
            '~',
            '\u202eevil',
            '😀',
            'Zoë',
            '\t',
            '**',
          ],
        },
        maxDuration: 5400,
        maxPending: 90,
        ticket: { pattern: 'OPS-*' },
        stdin: ['none'],
      }),
    ],
  });

  it('reads back as the same policy, durations apart', async () => {
    const read: unknown = parse(await policyYaml(hostile));
    const parsed = parsePolicy({ ...(read as object), rules: hostile.rules });
    expect(parsed).toMatchObject({ ok: true });
    expect(read).toMatchObject({
      rules: [{ match: hostile.rules[0]?.match, maxDuration: '1h30m', maxPending: '1m30s' }],
    });
  });

  it('§9 is printable ASCII, whatever its texts hold', async () => {
    const members = record({
      alice: { ...member('alice'), name: 'Al\u202eice \u200bZoë' },
      bob: member('bob'),
    });
    expect(await policyYaml({ ...hostile, members })).toMatch(PRINTABLE);
  });
});

describe('a policy for people to read', () => {
  it('§6 Growth: says its protocol, and warns of one that this program does not know', () => {
    expect(policyLines(policy(), null)).toMatch(/^Protocol 1\nMembers/);
    expect(policyLines(policy({ protocol: 2 }), null)).toMatch(/^Protocol 2\nWARNING: /);
  });

  it('§9 hides nothing: tests too', () => {
    const tests = [{ requester: 'alice', command: ['ls', '-l'], expect: 'anything' }];
    expect(policyLines({ ...policy(), tests }, null)).toContain('ls -l: anything');
  });
});
