import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { approve, founded, keygen, person, type Person, type Ran, type World } from '../support/people.js';
import { place } from '../support/places.js';

const STRICT = `  - name: production
    match: {command: [/usr/bin/psql, '**']}
    approvals: [{count: 1, from: [team]}]
    maxDuration: 1h
    maxPending: 4h
    maxUses: 1
    ticket: {pattern: 'OPS-*'}
`;

/** What `policy show` prints, with changes, in a file of that person. */
async function drafted(who: Person, name: string, change: (text: string) => string): Promise<string> {
  const { stdout } = await who.must(['policy', 'show']);
  const text = change(stdout);
  if (text === stdout) throw new Error('the change changes nothing');
  writeFileSync(join(who.folder, name), text);
  return name;
}
const replaced = (what: string, by: string) => (text: string) => text.replace(what, by);

async function proposed(who: Person, file: string): Promise<string> {
  const args = ['policy', 'propose', file, '-m', 'as agreed', '--json'];
  return (await who.must(args)).text('request', 'id');
}

async function inForce({ alice }: World, ...path: readonly (string | number)[]): Promise<unknown> {
  return (await alice.must(['policy', 'show', '--json'])).json('policy', ...path);
}

/** The command that a message tells to type, as arguments. */
function toldToType({ stderr }: Ran, command: string): string[] {
  const found = new RegExp(`mpa (${command} \\S+)`).exec(stderr)?.[1];
  if (found === undefined) throw new Error(`nothing to type in ${stderr}`);
  return found.split(' ');
}

describe('mpa policy', () => {
  it('what is shown is checked, changed in a file, proposed, compared and, approved by another, in force', async () => {
    const world = founded();
    const { alice, bob } = world;
    const file = await drafted(alice, 'policy.yaml', replaced('maxUses: 10', 'maxUses: 3'));
    expect((await alice.must(['policy', 'check', file, '--json'])).json('ok')).toBe(true);
    const same = await alice.mpa(['policy', 'propose', '-', '-m', 'x', '--json'], {
      input: (await alice.must(['policy', 'show'])).stdout,
    });
    expect(same.outcome).toBe('2 usage');

    const told = await alice.must(['policy', 'propose', file, '-m', 'as agreed']);
    expect(told.stderr).toMatch(/stronger +rule standard/);
    expect(told.stdout).toMatch(/1 of team \(bob\)[\s\S]*mpa approve [0-9a-f]{12}/);
    const id = (await bob.must(['list', '--json'])).text('requests', 0, 'id');

    const diff = await bob.must(['policy', 'diff', id.slice(0, 12)]);
    expect(diff.stdout).toMatch(/stronger +rule standard/);
    expect(diff.stdout).toContain('\n-    maxUses: 10\n+    maxUses: 3\n');
    expect(diff.stdout).not.toContain('BEGIN PGP');
    const json = await bob.must(['policy', 'diff', id, '--json']);
    expect(json.json('base')).toBe(world.anchor);
    expect(json.json('differences', 0, 'weight')).toBe('stronger');

    await approve(bob, id);
    expect(await inForce(world, 'rules', 0, 'maxUses')).toBe(3);
    expect((await alice.mpa(['policy', 'propose', file, '-m', 'again', '--json'])).outcome).toBe('1 stale');
  });

  it('two race with different changes: one applies, the other is stale and told the command that makes it again', async () => {
    const world = founded();
    const { alice, bob } = world;
    const first = await proposed(
      alice,
      await drafted(alice, 'a.yaml', replaced('maxUses: 10', 'maxUses: 3')),
    );
    const mine = await drafted(bob, 'b.yaml', replaced('maxDuration: 8h', 'maxDuration: 2h'));
    const second = await proposed(bob, mine);
    await approve(bob, first);
    const late = await alice.mpa(['approve', second, '--yes', '--json']);
    expect(late.outcome).toBe('1 stale');
    const stale = await alice.mpa(['approve', second, '--yes']);
    const again = await bob.must([...toldToType(stale, 'policy rebase'), '--json']);
    expect(again.json('request', 'justification')).toBe('as agreed');
    await approve(alice, again.text('request', 'id'));
    expect(await inForce(world, 'rules', 0)).toMatchObject({ maxUses: 3, maxDuration: 7200 });
  });

  it('a file that is old is merged by the command that its refusal names', async () => {
    const world = founded();
    const { alice, bob } = world;
    const old = await drafted(bob, 'b.yaml', replaced('maxUses: 10', 'maxUses: 4'));
    const longer = await drafted(alice, 'a.yaml', replaced('maxDuration: 8h', 'maxDuration: 2h'));
    await approve(bob, await proposed(alice, longer));
    const refused = await bob.mpa(['policy', 'propose', old, '-m', 'fewer']);
    expect(refused.status).toBe(1);
    const rebase = [...toldToType(refused, 'policy rebase'), '-m', 'fewer', '--json'];
    await approve(alice, (await bob.must(rebase)).text('request', 'id'));
    expect(await inForce(world, 'rules', 0)).toMatchObject({ maxUses: 4, maxDuration: 7200 });
  });

  it('a weaker catch-all under a rule, and tests that fail, are refused with their line; --anyway takes the one, not the other', async () => {
    const { alice } = founded();
    const file = await drafted(alice, 'p.yaml', replaced('rules:\n', `rules:\n${STRICT}`));
    const line = readFileSync(join(alice.folder, file), 'utf8').split('\n').indexOf('  - name: standard') + 1;
    const check = await alice.mpa(['policy', 'check', file]);
    expect(check).toMatchObject({ status: 1 });
    expect(check.stdout).toMatch(new RegExp(`^p\\.yaml:${line}:\\d+: unwise: rules\\[1\\]`, 'm'));
    expect((await alice.mpa(['policy', 'propose', file, '-m', 'x', '--json'])).outcome).toBe(
      '1 unsafe-policy',
    );

    const test = (expected: string): string =>
      `tests:\n  - {requester: alice, command: [psql, -l], expect: ${expected}}\n`;
    const text = readFileSync(join(alice.folder, file), 'utf8');
    writeFileSync(join(alice.folder, 'fails.yaml'), `${text}${test('standard')}`);
    writeFileSync(join(alice.folder, 'passes.yaml'), `${text}${test('production')}`);
    const json = await alice.mpa(['policy', 'check', 'fails.yaml', '--anyway', '--json']);
    expect(json.outcome).toBe('1 invalid-policy');
    expect(json.json('ok')).toBe(false);
    expect(json.json('problems', 0)).toMatchObject({ path: 'tests[0]', level: 'error', column: 5 });
    const failing = ['policy', 'propose', 'fails.yaml', '--anyway', '-m', 'x', '--json'];
    expect((await alice.mpa(failing)).outcome).toBe('1 invalid-policy');
    await alice.must(['policy', 'propose', 'passes.yaml', '--anyway', '-m', 'x']);

    const asked = ['policy', 'test', '--file', file, '--json', '--', 'psql', '-l'];
    expect((await alice.must(asked)).json()).toMatchObject({
      ok: true,
      requester: 'alice',
      rule: 'production',
      demands: { ticket: { pattern: 'OPS-*' }, maxUses: 1 },
      approvals: [{ count: 1, from: ['team'], candidates: ['bob'] }],
    });
  });

  it('a file without a ledger, with keys beside it, is checked by itself; broken, each fault is at its line', async () => {
    const folder = place();
    const [dora, emil] = [person(folder, 'dora'), person(folder, 'emil')];
    const keys = await Promise.all([keygen(dora), keygen(emil)]);
    const [mine = '', theirs = ''] = keys.map(({ publicKeyFile }) => readFileSync(publicKeyFile, 'utf8'));
    writeFileSync(join(dora.folder, 'emil.asc'), theirs);
    const text = [
      'members:',
      '  emil: {key: emil.asc}',
      '  dora:',
      '    keys:',
      '      - |',
      ...mine.split('\n').map((row) => `        ${row}`),
      `groups: {team: [dora, emil]}`,
      'rules:',
      '  - {name: all, match: {any: true}, approvals: [{count: 1, from: [team]}], maxDuration: 8h, maxPending: 1d, maxUses: 5}',
      'changes: [{count: 1, from: [team]}]',
    ].join('\n');
    writeFileSync(join(dora.folder, 'p.yaml'), text);
    expect((await dora.must(['policy', 'check', 'p.yaml', '--json'])).json('ok')).toBe(true);
    const asked = ['policy', 'test', '--file', 'p.yaml', '--as', 'dora', '--access', 'ssh/prod', '--json'];
    expect((await dora.must(asked)).json('approvals', 0, 'candidates')).toEqual(['emil']);
    expect((await dora.mpa([...asked.slice(0, 5), 'zoe', ...asked.slice(6)])).outcome).toBe(
      '1 not-a-requester',
    );

    writeFileSync(
      join(dora.folder, 'q.yaml'),
      text.replace('emil.asc', 'nobody.asc').replace('maxUses: 5', 'maxUses: no'),
    );
    const checked = await dora.mpa(['policy', 'check', 'q.yaml']);
    expect(checked.status).toBe(1);
    expect(checked.stdout).toMatch(/^q\.yaml:2:15: members\.emil\.key: there is no file nobody\.asc$/m);
    expect(checked.stdout).toMatch(/^q\.yaml:\d+:\d+: rules\[0\]\.maxUses \(rule all\)/m);
    expect(checked.stderr).toContain('[invalid-policy]');
  });

  it('a private key in place of a public one is refused, and nothing of it is printed', async () => {
    const { alice } = founded();
    const secret = 'c2VjcmV0IHNlY3JldA==';
    const armor = `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${secret}\n-----END PGP PRIVATE KEY BLOCK-----`;
    const block = armor
      .split('\n')
      .map((row) => `          ${row}`)
      .join('\n');
    const file = await drafted(alice, 'p.yaml', (text) =>
      text.replace(/public: \|-?\n(?: {10}.*\n| *\n)+/, `public: |\n${block}\n`),
    );
    const checked = await alice.mpa(['policy', 'check', file]);
    expect(checked.status).toBe(1);
    expect(checked.stdout + checked.stderr).not.toContain('c2Vj');
  });

  it('an editor needs a terminal, and the way without one is named', async () => {
    const { alice } = founded();
    const ran = await alice.mpa(['policy', 'edit']);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/mpa policy show > FILE[\s\S]*mpa policy propose FILE/);
  });
});
