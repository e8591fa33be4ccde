import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatTime } from '../../src/core/time.js';
import { forge, type Forge, type Hand } from '../support/craft.js';
import { commandHere, firstPolicy, handOf, keyOf, now, proposePolicy } from '../support/hands.js';
import { approve, founded, type Person } from '../support/people.js';

/** Everything that somebody with Carol's key and push access can think of, but for merges, deletions and `future` events. */
async function storm(branch: Forge, thief: Hand, ids: readonly string[], base: string): Promise<void> {
  const at = now();
  const { policy } = firstPolicy(branch);
  const bodies: Parameters<Forge['write']>[2][] = [
    { type: 'halt', reason: 'no\n\nmpa: all is well' },
    { type: 'halt', who: 'alice', reason: 'mine' },
    { type: 'halt', who: 'carol', reason: 'mine' },
    { type: 'approve', request: branch.anchor() },
  ];
  for (const request of ids) {
    bodies.push({ type: 'close', request, as: 'denied', reason: 'mine' });
    bodies.push({ type: 'close', request, as: 'withdrawn', reason: '' });
    bodies.push({ type: 'approve', request });
  }
  const approveBy = formatTime(at + 3600);
  for (const next of [policy, { ...policy, protocol: 2 }]) {
    const action = { kind: 'policy', base, policy: next } as const;
    bodies.push({ type: 'request', action, justification: 'better', approveBy });
  }
  for (const body of bodies) await branch.write(thief, at, body);
  // As far back as counts, as far ahead as is no `future`, in the name of another, and signed by nobody.
  await branch.write(thief, at - 890, { type: 'halt', reason: 'long ago' });
  await branch.write(thief, at + 600, { type: 'halt', reason: 'soon' });
  const alice = { ...thief, handle: 'alice', name: 'Alice Example', email: 'alice@example.org' };
  for (const request of ids)
    await branch.write(alice, at, { type: 'close', request, as: 'withdrawn', reason: '' });
  await branch.write(thief, at, { type: 'halt', reason: 'x' }, { armor: () => 'no signature' });
}

it('§7.5, 7.6 the thief of a key answers every move at once, and two others remove it all the same', async () => {
  const { alice, bob, carol, remote, anchor } = founded();
  const branch = forge(remote, anchor);
  const [hers, his, thief] = [await handOf(alice), await handOf(bob), await handOf(carol)];
  const first = firstPolicy(branch);
  const three = await proposePolicy(branch, hers, anchor, {
    ...first.policy,
    members: {
      ...first.policy.members,
      carol: { name: carol.name, email: carol.email, keys: [await keyOf(carol)] },
    },
    groups: { team: ['alice', 'bob', 'carol'] },
  });
  await branch.write(his, now(), { type: 'approve', request: three });
  await carol.must(['join', remote, '--anchor', anchor]);

  // Carol has a grant, Alice has one that Carol approved, and her laptop is stolen.
  const [trace, file] = [join(carol.folder, 'trace'), join(alice.folder, 'trace')];
  const asked = async (by: Hand, who: Person, path: string, signs: Hand): Promise<string> => {
    const common = { justification: 'x', approveBy: formatTime(now() + 3600), duration: 3600, uses: 1 };
    const action = commandHere(who, ['touch', path]);
    const { id } = await branch.write(by, now(), { type: 'request', action, ...common });
    await branch.write(signs, now(), { type: 'approve', request: id });
    return id;
  };
  const grant = await asked(thief, carol, trace, his);
  const shared = await asked(hers, alice, file, thief);

  await bob.must(['halt', '--who', 'carol', '-m', 'her laptop was stolen']);
  expect((await carol.mpa(['exec', grant, '--json'])).outcome).toBe('125 halted');
  expect((await alice.mpa(['exec', shared, '--no-wait', '--json'])).outcome).toBe('125 pending');
  await storm(branch, thief, [grant, shared], three);

  const proposed = await alice.must(['member', 'remove', 'carol', '-m', 'stolen', '--yes', '--json']);
  const removal = proposed.text('request', 'id');
  // The thief's own approval may complete it: there is nothing left to approve then.
  await storm(branch, thief, [removal, shared], three);
  expect((await bob.mpa(['approve', removal, '--yes', '--json'])).outcome).toMatch(/^0$|^1 closed$/);
  expect((await bob.must(['show', removal, '--json'])).json('request', 'state')).toBe('applied');

  // From here on nothing counts, whatever is tried.
  const tip = branch.tip() ?? '';
  await storm(branch, thief, [removal, shared, grant], removal);
  await asked(thief, carol, trace, thief);
  const audit = await bob.must(['audit', '--json']);
  expect(audit.json('violations')).toEqual([]);
  const inert = audit.json('inert');
  const since = commitsSince(branch.repository, tip);
  expect(since.length).toBeGreaterThan(20);
  expect(
    Array.isArray(inert) &&
      since.every((commit) => inert.some((one: { commit: string }) => one.commit === commit)),
  ).toBe(true);
  expect((await carol.mpa(['exec', grant, '--json'])).status).toBe(125);
  expect(existsSync(trace)).toBe(false);

  // Two more signatures lift what the thief had halted, and work goes on.
  const lifted = await alice.mpa(['resume', '-m', 'she is out', '--json']);
  expect(lifted.outcome).toMatch(/^0$|^1 nothing-to-resume$/);
  if (lifted.status === 0) await approve(bob, lifted.text('request', 'id'));
  const again = await asked(hers, alice, file, his);
  expect((await alice.mpa(['exec', again])).status).toBe(0);
  expect(existsSync(file)).toBe(true);
});

function commitsSince(repository: string, tip: string): string[] {
  const args = [`--git-dir=${repository}`, 'rev-list', `${tip}..refs/heads/mpa`];
  return execFileSync('git', args, { encoding: 'utf8' }).trim().split('\n');
}
