import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { remarks } from '../../src/core/lint.js';
import { ringOf } from '../../src/core/policy.js';
import type { Policy } from '../../src/core/policy-document.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { judged } from '../../src/workflows/policy-file.js';
import { approve, founded, keygen, person, type Person } from '../support/people.js';

/** Proposes by a command that people type, and has another approve; the policy that is in force then. */
async function change(by: Person, other: Person, command: readonly string[]): Promise<Policy> {
  const asked = await by.must([...command, '-m', 'the team changes', '--json']);
  const done = await approve(other, asked.text('request', 'id'));
  expect(done.text('request', 'state')).toBe('applied');
  return checked(done.json('request', 'action', 'policy'));
}

/** A policy out of JSON: valid, its tests passed, and nothing in it that a writer would have to confirm. */
async function checked(written: unknown): Promise<Policy> {
  const certificates = createCertificateReader();
  const policy = await judged(Object(written) as Readonly<Record<string, unknown>>, certificates);
  const ring = ringOf(policy, (armored) => certificates.known(armored));
  const unwise = remarks(policy, ring, Math.floor(Date.now() / 1000)).filter(
    ({ level }) => level === 'refuse',
  );
  expect(unwise).toEqual([]);
  return policy;
}

/** The digests of every file below some folders. */
function snapshot(...folders: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
    ),
  );
}

function secretOf(publicKeyFile: string): string {
  return publicKeyFile.replace('.public.', '.secret.');
}

/** Carol's key, which the world has made already. */
async function keyOf(who: Person): Promise<string> {
  return (await who.must(['key', 'list', '--json'])).text('keys', 0, 'publicKeyFile');
}

describe('Alice and Bob', () => {
  it('grow to eight people and three groups, by commands, two people behind each change', async () => {
    const world = founded();
    const { alice, bob, carol } = world;
    const others = ['dave', 'erin', 'frank', 'grace', 'heidi'].map((handle) => person(world.folder, handle));
    const keys = new Map(
      (await Promise.all(others.map(keygen))).map(({ publicKeyFile }, i) => [
        others[i]?.handle ?? '',
        publicKeyFile,
      ]),
    );
    const add = (handle: string, ...groups: readonly string[]): string[] => [
      'member',
      'add',
      handle,
      '--key',
      keys.get(handle) ?? '',
      ...['team', ...groups].flatMap((group) => ['--group', group]),
    ];
    keys.set('carol', await keyOf(carol));
    await change(alice, bob, add('carol', 'sre'));
    await carol.must(['join', world.remote, '--anchor', world.anchor, '--as', 'carol']);
    await change(bob, carol, add('dave', 'sre'));
    await change(carol, alice, add('erin', 'security'));
    await change(alice, bob, add('frank', 'security'));
    await change(bob, alice, add('grace'));
    const eight = await change(alice, bob, add('heidi'));
    expect(Object.keys(eight.members)).toHaveLength(8);
    const grown = await change(bob, alice, ['group', 'add', 'sre', 'grace', 'heidi']);
    expect(grown.groups).toEqual({
      team: ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'],
      sre: ['carol', 'dave', 'grace', 'heidi'],
      security: ['erin', 'frank'],
    });

    // Everyone's key, for people and for scripts.
    const listed = await alice.must(['member', 'list', '--json']);
    expect(listed.json('members', 2)).toMatchObject({
      handle: 'carol',
      groups: ['sre', 'team'],
      mayApprove: ['standard', 'changes'],
      halted: false,
    });
    expect((await alice.must(['member', 'list'])).stdout).toContain(
      listed.text('members', 2, 'keys', 0, 'fingerprint'),
    );
    expect((await alice.must(['group', 'list', '--json'])).json('groups', 0)).toMatchObject({
      group: 'security',
      members: ['erin', 'frank'],
      mayAsk: [],
    });

    // A key is lost: stopped by one, replaced by two. Then Bob signs with the new one.
    expect((await alice.must(['halt', '--who', 'bob', '-m', 'his laptop is gone'])).status).toBe(0);
    const fresh = await keygen(bob);
    const doubted = await alice.must(['group', 'add', 'late', 'carol', '-m', 'by the way']);
    expect(doubted.stderr).toContain('Once in force it lifts what is halted now: bob (by alice).');
    const rotated = await change(alice, carol, ['member', 'rotate', 'bob', '--key', fresh.publicKeyFile]);
    expect(rotated.members['bob']?.keys).toHaveLength(1);
    expect((await bob.mpa(['member', 'remove', 'heidi', '-m', 'x', '--json'])).outcome).toBe('5 no-key');
    await bob.must(['key', 'use', fresh.fingerprint]);
    expect((await bob.must(['status', '--json'])).json('problems')).toEqual([]);

    // People leave, and a group goes with its last.
    const left = await change(bob, alice, ['member', 'remove', 'heidi']);
    expect(Object.keys(left.members)).not.toContain('heidi');
    expect(left.groups?.['sre']).toEqual(['carol', 'dave', 'grace']);
    const fewer = await change(alice, bob, ['group', 'remove', 'security', 'erin', 'frank']);
    expect(Object.keys(fewer.groups ?? {}).sort()).toEqual(['sre', 'team']);
    expect((await alice.must(['audit'])).stdout).toMatch(/audit\s+clean/);
  }, 150_000);

  it('add an offline recovery key, and rehearse it without writing anything', async () => {
    const world = founded();
    const { alice, bob } = world;
    const safe = person(world.folder, 'safe');
    const { publicKeyFile } = await keygen(safe);
    expect((await alice.must(['doctor'])).stdout).toMatch(/recovery: if alice or bob loses their key/);
    expect((await alice.mpa(['doctor', '--rehearse-recovery', '--json'])).outcome).toBe('5 no-key');
    const own = (await alice.must(['key', 'list', '--json'])).text('keys', 0, 'publicKeyFile');
    const added = ['member', 'add', '--recovery', '--key'];
    expect((await alice.mpa([...added, own, '-m', 'x', '--json'])).outcome).toBe('2 usage');
    const policy = await change(alice, bob, [...added, publicKeyFile]);
    expect(policy.changes).toEqual([{ count: 1, from: ['team', 'recovery'] }]);
    expect(policy.rules[0]?.requesters).toEqual(['team']);
    expect((await alice.must(['doctor'])).stdout).not.toMatch(/recovery: if/);

    await alice.must(['sync']);
    const before = snapshot(world.folder);
    const rehearsed = await alice.must(['doctor', '--rehearse-recovery', secretOf(publicKeyFile), '--json']);
    expect(snapshot(world.folder)).toEqual(before);
    expect(rehearsed.json('ok')).toBe(true);
    const elsewhere = await alice.mpa([
      'doctor',
      '--rehearse-recovery',
      secretOf(await keyOf(bob)),
      '--json',
    ]);
    // Bob's key is listed and could approve as well; a stranger's is not.
    expect(elsewhere.json('ok')).toBe(true);
    const stranger = await alice.mpa([
      'doctor',
      '--rehearse-recovery',
      secretOf(await keyOf(world.carol)),
      '--json',
    ]);
    expect({ status: stranger.status, ok: stranger.json('ok') }).toEqual({ status: 5, ok: false });
    expect(snapshot(world.folder)).toEqual(before);
  });

  it('renew a key: the ledger that lists it is asked, and signatures count before and after', async () => {
    const { alice, bob } = founded();
    const expiry = async (): Promise<unknown> =>
      (await bob.must(['member', 'list', '--json'])).json('members', 0, 'keys', 0, 'expires');
    const first = await alice.must(['key', 'renew', '--expires', '20d', '--json']);
    await approve(bob, first.text('proposed', 0, 'id'));
    expect(await expiry()).toBe(first.text('expires'));
    // What is about to expire is announced to both.
    expect((await alice.must(['status'])).stdout).toContain('mpa key renew');
    expect((await bob.must(['status'])).stdout).toContain('the key of alice expires on');
    const kept = await alice.must(['key', 'renew', '--no-propose']);
    expect(kept.stderr).toContain('mpa member rotate alice --key FILE');
    const second = await alice.must(['key', 'renew', '--expires', 'never', '-m', 'no end', '--json']);
    await approve(bob, second.text('proposed', 0, 'id'));
    expect(await expiry()).toBeNull();
    expect((await alice.mpa(['key', 'renew', '--json'])).outcome).toBe('2 usage');
    expect((await bob.must(['audit'])).stdout).toMatch(/audit\s+clean/);
  });
});

describe('a private key given by mistake', () => {
  it('is refused wherever a public one is wanted, and leaves no trace', async () => {
    const world = founded();
    const { alice, bob, carol } = world;
    await alice.must(['sync']);
    const file = secretOf(await keyOf(carol));
    const secret = readFileSync(file, 'utf8');
    const before = snapshot(alice.home, bob.home, world.remote);
    for (const args of [
      ['member', 'add', 'carol', '--key', file],
      ['member', 'add', '--recovery', '--key', file],
      ['member', 'rotate', 'bob', '--key', file],
      ['executor', 'add', 'robot', '--key', file],
    ]) {
      const refused = await alice.mpa([...args, '-m', 'x', '--json']);
      expect(refused.outcome).toBe('5 bad-key');
      expect(refused.text('error', 'hint')).toContain('mpa key export');
      for (const line of secret.split('\n').filter((row) => row.length > 20))
        expect(`${refused.stdout}${refused.stderr}`).not.toContain(line);
    }
    const pasted = await alice.mpa(['member', 'add', 'carol', '--key', secret, '-m', 'x', '--json']);
    expect(pasted.outcome).toBe('2 usage');
    expect(`${pasted.stdout}${pasted.stderr}`).not.toContain(secret.split('\n')[2]);
    expect(snapshot(alice.home, bob.home, world.remote)).toEqual(before);
  });
});
