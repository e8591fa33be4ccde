import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forge, graft, type Forge, type Hand } from '../support/craft.js';
import { firstPolicy, handOf, keyOf, now, pastWorld, proposePolicy } from '../support/hands.js';
import { approve, ask, found, founded, keygen, type Person, person, type World } from '../support/people.js';
import { place } from '../support/places.js';

/** A world with a grant that is good, and the file that its command would make. */
async function granted(): Promise<World & { id: string; ran: () => boolean; attack: Forge }> {
  const world = founded();
  const file = join(world.alice.folder, 'trace');
  const id = await ask(world.alice, ['touch', file]);
  await approve(world.bob, id);
  return { ...world, id, ran: () => existsSync(file), attack: forge(world.remote, world.anchor) };
}

/** A world with a request that nobody approved. */
async function asked(): Promise<World & { id: string; ran: () => boolean; attack: Forge }> {
  const world = founded();
  const file = join(world.alice.folder, 'trace');
  const id = await ask(world.alice, ['touch', file]);
  return { ...world, id, ran: () => existsSync(file), attack: forge(world.remote, world.anchor) };
}

async function outcome(who: Person, id: string): Promise<string> {
  return (await who.mpa(['exec', id, '--no-wait', '--json'])).outcome;
}

async function inert(who: Person): Promise<unknown> {
  return (await who.must(['audit', '--json'])).json('inert', 0, 'reason');
}

describe('approvals that are none', () => {
  it('§6 the requester approves: self-approval', async () => {
    const { alice, id, ran } = await asked();
    expect((await alice.mpa(['approve', id, '--yes', '--json'])).outcome).toBe('1 self-approval');
    expect(await outcome(alice, id)).toBe('125 pending');
    expect(ran()).toBe(false);
  });

  it('§7 the requester writes the approval with git alone: void, and the run is refused', async () => {
    const { alice, bob, id, ran, attack } = await asked();
    await attack.write(await handOf(alice), now(), { type: 'approve', request: id });
    expect(await outcome(alice, id)).toBe('125 pending');
    expect(ran()).toBe(false);
    expect((await bob.must(['log', id])).stdout).toContain('self-approval');
  });

  it('§6 a second key of the same person: self-approval', async () => {
    const { folder, remote, anchor, alice, bob, id, ran, attack } = await asked();
    const second = { ...person(folder, 'alice2'), name: alice.name, email: alice.email };
    await keygen(second);
    const first = firstPolicy(attack);
    const keys = [...(first.policy.members['alice']?.keys ?? []), await keyOf(second)];
    const members = { ...first.policy.members, alice: { name: alice.name, email: alice.email, keys } };
    const both = await proposePolicy(attack, await handOf(alice), first.id, { ...first.policy, members });
    await approve(bob, both);
    await second.must(['join', remote, '--anchor', anchor]);
    expect((await second.mpa(['approve', id, '--yes', '--json'])).outcome).toBe('1 self-approval');
    expect(await outcome(alice, id)).toBe('125 pending');
    expect(ran()).toBe(false);
  });

  it('§5.3 a second key that signs in the name of another member: inert', async () => {
    const { alice, bob, id, ran, attack } = await asked();
    const hand: Hand = { ...(await handOf(bob)), signer: (await handOf(alice)).signer };
    await attack.write(hand, now(), { type: 'approve', request: id });
    expect(await outcome(alice, id)).toBe('125 pending');
    expect(ran()).toBe(false);
    expect(await inert(bob)).toBe('wrong-key');
  });

  it('§5.2 a key that no policy lists: inert', async () => {
    const { alice, bob, carol, id, ran, attack } = await asked();
    await attack.write(await handOf(carol), now(), { type: 'approve', request: id });
    expect(await outcome(alice, id)).toBe('125 pending');
    expect(ran()).toBe(false);
    expect(await inert(bob)).toBe('unknown-actor');
  });

  it('§7 an approval of another request', async () => {
    const { alice, id, ran } = await granted();
    const file = join(alice.folder, 'other');
    const other = await ask(alice, ['touch', file]);
    expect(await outcome(alice, other)).toBe('125 pending');
    expect(existsSync(file)).toBe(false);
    expect(await outcome(alice, id)).toBe('0');
    expect(ran()).toBe(true);
  });

  it('§5.3 an approval whose text was changed to name another request: inert', async () => {
    const { alice, bob, id, attack } = await granted();
    const file = join(alice.folder, 'other');
    const other = await ask(alice, ['touch', file]);
    const approval = execFileSync('git', ['--git-dir', attack.repository, 'rev-parse', 'mpa~1'], {
      encoding: 'utf8',
    });
    graft(attack, attack.read(approval.trim()), (text) => text.replaceAll(id, other));
    expect(await outcome(alice, other)).toBe('125 pending');
    expect(existsSync(file)).toBe(false);
    expect(await inert(bob)).toBe('bad-message');
  });

  it('§4 an approval copied from another ledger of the same people: inert', async () => {
    const { alice, bob, id, ran, attack } = await asked();
    const hand = await handOf(bob);
    const elsewhere = forge(bare());
    const genesis = await elsewhere.write(hand, now(), {
      type: 'genesis',
      name: 'copy',
      policy: firstPolicy(attack).policy,
    });
    const copied = await elsewhere.write(hand, now(), { type: 'approve', request: id });
    graft(attack, elsewhere.read(copied.commit), (text) => text);
    expect(await outcome(alice, id)).toBe('125 pending');
    expect(ran()).toBe(false);
    expect(await inert(bob)).toBe('wrong-ledger');

    // Signed anew for this place, by Bob himself, it still speaks of the other ledger.
    await attack.write(hand, now(), { type: 'approve', request: id }, { event: { ledger: genesis.id } });
    expect(await outcome(alice, id)).toBe('125 pending');
  });

  it('§7.2 an approver who was removed since: pending again', async () => {
    const { alice, bob, carol, id, ran, attack } = await granted();
    const { id: anchor, policy } = firstPolicy(attack);
    const newcomer = { name: carol.name, email: carol.email, keys: [await keyOf(carol)] };
    const three = {
      ...policy,
      members: { ...policy.members, carol: newcomer },
      groups: { team: ['alice', 'bob', 'carol'] },
    };
    const withCarol = await proposePolicy(attack, await handOf(alice), anchor, three);
    await approve(bob, withCarol);
    await carol.must(['join', attack.repository, '--anchor', anchor]);
    const members = Object.fromEntries(Object.entries(three.members).filter(([handle]) => handle !== 'bob'));
    const two = { ...policy, members, groups: { team: ['alice', 'carol'] } };
    await approve(carol, await proposePolicy(attack, await handOf(alice), withCarol, two));
    expect(await outcome(alice, id)).toBe('125 pending');
    expect(ran()).toBe(false);
    expect(await outcome(bob, id)).toMatch(/^125 /);
  });

  it('§6 an unendorsed ledger decides nothing', async () => {
    const folder = place();
    const alice = person(folder, 'alice');
    const bob = person(folder, 'bob');
    const [, key] = await Promise.all([keygen(alice), keygen(bob)]);
    const member = `bob=${key.publicKeyFile}`;
    await alice.must([
      'init',
      join(folder, 'ledger.git'),
      '--name',
      'x',
      '--as',
      'alice',
      '--member',
      member,
      '--yes',
    ]);
    const request = await alice.mpa(['request', '-m', 'too early', '--json', '--', 'true']);
    expect(request.outcome).toBe('1 unendorsed');
  });
});

describe('what an approver must not overlook', () => {
  it('§6 a raise of the protocol is shown, and not approved by a program that does not know it', async () => {
    const { alice, bob, attack } = await asked();
    const first = firstPolicy(attack);
    const id = await proposePolicy(attack, await handOf(alice), first.id, { ...first.policy, protocol: 2 });
    expect((await bob.must(['show', id])).stdout).toMatch(
      /WEAKER +protocol: is 2, was 1: programs that do not know it/,
    );
    expect((await bob.must(['show', id, '--full'])).stdout).toMatch(/^Protocol 2$/m);
    expect((await bob.mpa(['approve', id, '--yes', '--json'])).outcome).toBe('2 unsupported');
  });

  it('§7.3 the timeline keeps the order of the chain, whatever times the events give', async () => {
    const { alice, bob, id, attack } = await asked();
    await attack.write(await handOf(bob), now() - 600, { type: 'approve', request: id });
    const { stdout } = await alice.must(['show', id]);
    expect(stdout.indexOf('alice requested')).toBeLessThan(stdout.indexOf('bob approved'));
    expect(stdout.indexOf('alice requested')).toBeGreaterThan(-1);
  });

  it('§2.2 a record of the verified head that is gone with all its folder is noticed', async () => {
    const { alice, id, anchor } = await granted();
    rmSync(join(alice.home, 'state', anchor.slice(0, 12)), { recursive: true });
    expect((await alice.mpa(['verify', id, '--json'])).outcome).toBe('6 bad-config');
    expect(await outcome(alice, id)).toBe('125 bad-config');
  });

  it('§5 junk is told of by every command that meets it', async () => {
    const { alice, attack } = await asked();
    const tip = attack.tip() ?? '';
    const text = Buffer.from(attack.read(tip))
      .toString('latin1')
      .replace(/parent \w+/, `parent ${tip}`);
    attack.set(attack.store('commit', Buffer.from(text, 'latin1')));
    expect((await alice.must(['list'])).stderr).toContain(
      'Commits without effect at the end of the branch: 1',
    );
  });
});

describe('text that lies', () => {
  it('§9 words of a denial cannot pose as words of mpa', async () => {
    const { alice, bob, id } = await asked();
    await bob.must(['deny', id, '-m', 'no\n\nmpa: it is authorised. Type:\n  evil']);
    const refused = await alice.mpa(['exec', id]);
    expect(refused.status).toBe(125);
    expect(refused.stderr.split('\n').filter((line) => line.startsWith('mpa:'))).toHaveLength(1);
    expect(refused.stderr).not.toMatch(/^ {2}evil/m);
  });

  it('§9 words of a halt cannot forge findings, and spaces in a reason cannot forge fields', async () => {
    const { alice, bob } = await asked();
    await bob.must(['halt', '-m', 'x\nok    endorsement: fine']);
    expect((await alice.mpa(['status'])).stdout).not.toMatch(/^ok {4}endorsement: fine/m);
    const id = await ask(alice, ['true'], ['-m', `routine${' '.repeat(60)}  runs       ls -l`]);
    expect((await bob.must(['show', id])).stdout).not.toMatch(/ {2}runs {7}ls -l/);
  });
});

describe('what is to be run is not what was approved', () => {
  it('§7 other arguments: mismatch', async () => {
    const { alice, id, ran } = await granted();
    const other = await alice.mpa(['exec', id, '--json', '--', 'touch', 'elsewhere']);
    expect(other.outcome).toBe('125 mismatch');
    expect(existsSync(join(alice.folder, 'elsewhere'))).toBe(false);
    expect(ran()).toBe(false);
  });

  it('§7 another folder: mismatch', async () => {
    const { alice, id, ran } = await granted();
    expect((await alice.mpa(['exec', id, '--json'], { cwd: alice.home })).outcome).toBe('125 mismatch');
    expect(ran()).toBe(false);
  });

  it('§7 another machine: mismatch', async () => {
    const { alice, bob } = founded();
    const file = join(alice.folder, 'trace');
    const id = await ask(alice, ['/usr/bin/touch', file], ['--host', 'another-machine']);
    await approve(bob, id);
    expect(await outcome(alice, id)).toBe('125 mismatch');
    expect(existsSync(file)).toBe(false);
  });

  it('§7 another person: wrong-runner', async () => {
    const { bob, id, ran } = await granted();
    expect(await outcome(bob, id)).toBe('125 wrong-runner');
    expect(ran()).toBe(false);
  });

  it('§5.3 a request that was edited after the approval is another request, and inert', async () => {
    const { alice, bob, id, ran, attack } = await granted();
    const request = execFileSync('git', ['--git-dir', attack.repository, 'rev-parse', 'mpa~1'], {
      encoding: 'utf8',
    });
    graft(attack, attack.read(request.trim()), (text) => text.replaceAll('trace', 'tracf'));
    expect(await inert(bob)).toBe('bad-message');
    expect(await outcome(alice, id)).toBe('0');
    expect(ran()).toBe(true);
    expect(existsSync(join(alice.folder, 'tracf'))).toBe(false);
  });
});

describe('time', () => {
  it('§7.4 a window that is over: expired', async () => {
    const { alice, id, ran } = await pastWorld({ age: 7200, duration: 3600, approved: true });
    expect(await outcome(alice, id)).toBe('125 expired');
    expect(ran()).toBe(false);
  });

  it('§7 approveBy has passed without a quorum: expired, and an approval comes too late', async () => {
    const { alice, bob, id, ran } = await pastWorld({
      age: 7200,
      duration: 3600,
      approved: false,
      within: 3600,
    });
    expect((await bob.mpa(['approve', id, '--yes', '--json'])).outcome).toMatch(/^1 (late|expired)$/);
    expect(await outcome(alice, id)).toBe('125 expired');
    expect(ran()).toBe(false);
  });

  it('§7 before notBefore: too-early', async () => {
    const { alice, bob } = founded();
    const file = join(alice.folder, 'trace');
    const later = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const id = await ask(alice, ['touch', file], ['--at', later]);
    await approve(bob, id);
    expect(await outcome(alice, id)).toBe('125 too-early');
    expect(existsSync(file)).toBe(false);
  });

  it('§5.5 an event more than 900 s older than the newest: inert', async () => {
    const past = { age: 7200, duration: 28_800, approved: false };
    const { alice, bob, id, attack, ran } = await pastWorld(past);
    await attack.write(await handOf(bob), now() - 7200 - 1000, { type: 'approve', request: id });
    expect(await outcome(alice, id)).toBe('125 pending');
    expect(ran()).toBe(false);
    expect(await inert(bob)).toBe('backdated');
  });

  it('§2.5 an event more than 900 s ahead: future, exit 3, nothing runs', async () => {
    const { alice, bob, id, ran, attack } = await granted();
    await attack.write(await handOf(bob), now() + 5000, { type: 'halt', reason: 'from the future' });
    expect(await outcome(alice, id)).toBe('125 future');
    expect((await bob.mpa(['audit', '--json'])).outcome).toBe('3 future');
    expect(ran()).toBe(false);
  });
});

describe('the remote', () => {
  it('§5 a junk commit stops nothing, and the audit lists it', async () => {
    const { alice, bob, id, ran, attack } = await granted();
    junk(attack);
    expect((await bob.mpa(['audit', '--strict', '--json'])).status).toBe(1);
    expect(await inert(bob)).toBe('bad-headers');
    expect(await outcome(alice, id)).toBe('0');
    expect(ran()).toBe(true);
  });

  it('§2.1 a merge: malformed, exit 3, nothing runs', async () => {
    const { alice, bob, id, ran, attack } = await granted();
    const env = { ...process.env, ...WHO };
    const merge = execFileSync(
      'git',
      [
        '--git-dir',
        attack.repository,
        'commit-tree',
        '-p',
        'mpa',
        '-p',
        'mpa~1',
        '-m',
        'merged',
        'mpa^{tree}',
      ],
      { encoding: 'utf8', env },
    );
    attack.set(merge.trim());
    expect(await outcome(alice, id)).toBe('125 malformed');
    expect((await bob.mpa(['verify', id, '--json'])).outcome).toBe('3 malformed');
    expect((await bob.mpa(['audit', '--json'])).outcome).toBe('3 malformed');
    expect(ran()).toBe(false);
  });

  it('§2.2 a rewound branch: rewritten, exit 3, nothing runs', async () => {
    const { alice, bob, id, ran, attack } = await granted();
    await bob.must(['revoke', id, '-m', 'no']);
    await alice.mpa(['status']);
    const before = execFileSync('git', ['--git-dir', attack.repository, 'rev-parse', 'mpa~1'], {
      encoding: 'utf8',
    });
    attack.set(before.trim());
    expect(await outcome(alice, id)).toBe('125 rewritten');
    expect((await alice.mpa(['verify', id, '--json'])).outcome).toBe('3 rewritten');
    expect(ran()).toBe(false);
  });

  it('§2.5 a deleted branch: missing, exit 3, and nobody recreates it', async () => {
    const { alice, bob, id, ran, attack } = await granted();
    attack.set(null);
    expect(await outcome(alice, id)).toBe('125 missing');
    expect((await bob.mpa(['deny', id, '-m', 'x', '--json'])).outcome).toBe('3 missing');
    expect(attack.tip()).toBe(null);
    expect(ran()).toBe(false);
  });

  it('§2.3 another ledger in its place: exit 3, nothing runs', async () => {
    const { alice, id, ran, attack } = await granted();
    const other = await found(join(place(), 'world'));
    const git = [
      '--git-dir',
      attack.repository,
      'fetch',
      '-q',
      other.remote,
      '+refs/heads/mpa:refs/heads/mpa',
    ];
    execFileSync('git', git);
    expect(await outcome(alice, id)).toMatch(/^125 (stranger|rewritten)$/);
    expect(ran()).toBe(false);
  });

  it('§2.3 join with a wrong anchor: stranger, exit 3', async () => {
    const { carol, remote, anchor } = founded();
    const wrong = anchor.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    expect((await carol.mpa(['join', remote, '--anchor', wrong, '--json'])).outcome).toBe('3 stranger');
    expect((await carol.mpa(['list', '--json'])).outcome).toBe('6 not-joined');
  });

  it('a remote that takes no push: nothing runs', async () => {
    const { alice, id, ran, attack } = await granted();
    const hook = join(attack.repository, 'hooks', 'pre-receive');
    execFileSync('sh', [
      '-c',
      'mkdir -p "$(dirname "$1")"; printf "#!/bin/sh\\nexit 1\\n" > "$1"; chmod +x "$1"',
      '-',
      hook,
    ]);
    expect(await outcome(alice, id)).toMatch(/^125 remote-/);
    expect(ran()).toBe(false);
  });

  it('§7.8 a start that nobody authorised is a violation: the audit exits 1', async () => {
    const { alice, bob, id, attack } = await asked();
    await attack.write(await handOf(alice), now(), { type: 'start', request: id, host: 'here' });
    const audit = await bob.mpa(['audit', '--json']);
    expect(audit.status).toBe(1);
    expect(audit.json('violations', 0)).toBeTypeOf('object');
  });
});

function bare(): string {
  const repository = join(place(), 'ledger.git');
  execFileSync('git', ['init', '-q', '--bare', repository]);
  return repository;
}

const WHO = {
  GIT_AUTHOR_NAME: 'x',
  GIT_AUTHOR_EMAIL: 'x@example.org',
  GIT_COMMITTER_NAME: 'x',
  GIT_COMMITTER_EMAIL: 'x@example.org',
};

/** An unsigned commit on the tip, as somebody's editor would make it. */
function junk(attack: Forge): void {
  const args = [
    '--git-dir',
    attack.repository,
    'commit-tree',
    '-p',
    'mpa',
    '-m',
    'Update README',
    'mpa^{tree}',
  ];
  attack.set(execFileSync('git', args, { encoding: 'utf8', env: { ...process.env, ...WHO } }).trim());
}
