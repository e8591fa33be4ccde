import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { messageOf } from '../../src/core/canonical.js';
import { commitPayload, readCommit, signedCommit } from '../../src/core/commit.js';
import { formatTime } from '../../src/core/time.js';
import { emptyTree } from '../../src/core/tree.js';
import { makeLedger } from '../bench/ledger.js';
import { MPA, run } from '../support/people.js';
import { place } from '../support/places.js';
import { eventOf } from '../ledger/world.js';

const EVENTS = 2402;

it('a long ledger is verified with one thread and with several to the same end, a bad signature included', async () => {
  const folder = place();
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, MPA_HOME: join(folder, 'mpa') };
  const { repository, anchor } = await makeLedger(folder, EVENTS);
  const git = (args: readonly string[], input?: Uint8Array): Buffer =>
    execFileSync('git', [`--git-dir=${repository}`, ...args], { input });
  const mpa = (more: Record<string, string>, ...args: string[]) =>
    run(process.execPath, [MPA, ...args], { ...env, ...more });

  const joined = await mpa({}, 'join', repository, '--anchor', anchor, '--name', 'long');
  expect(joined.outcome).toBe('0');
  const before = await mpa({}, 'audit', '--json');
  expect(before.json('events')).toBe(EVENTS);

  // An event that is right in everything but its signature, which is that of the commit before.
  const tip = before.text('head');
  const form = readCommit(git(['cat-file', 'commit', tip]), 'sha1');
  if (!form.ok) throw new Error('the tip is no event');
  const { armor, time, identity } = form.parts;
  const [name = '', email = ''] = identity.slice(0, -1).split(' <');
  const nonce = '0'.repeat(32);
  const common = { v: 1, ledger: anchor, prev: before.text('chain'), at: formatTime(time), nonce };
  const actor = identity.split(' ')[0] ?? '';
  const { message } = messageOf(eventOf({ ...common, type: 'halt', actor, reason: 'forged' }));
  const payload = commitPayload({ tree: emptyTree('sha1'), parent: tip, name, email, at: time, message });
  const forged = git(['hash-object', '-w', '-t', 'commit', '--stdin'], signedCommit(payload, armor, 'sha1'));
  git(['update-ref', 'refs/heads/mpa', forged.toString().trim()]);

  const [threads, alone] = [
    await mpa({}, 'audit', '--json'),
    await mpa({ UV_THREADPOOL_SIZE: '1' }, 'audit', '--json'),
  ];
  expect(threads.json('events')).toBe(EVENTS);
  expect(threads.json('inert')).toEqual([
    expect.objectContaining({ commit: forged.toString().trim(), reason: 'bad-signature' }),
  ]);
  const seconds = /"seconds": [0-9.]+/;
  expect(alone.stdout.replace(seconds, '')).toBe(threads.stdout.replace(seconds, ''));
  expect(alone.stderr).toBe(threads.stderr);
});
