import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { handOf, now } from '../support/hands.js';
import { eachOf, exec, goesOn, joins, linesOf, pasted, refused, stages, type Stage } from './daily.js';
import { git } from './objects.js';

/** Somebody who set the branch back, and what brings it back; every reader says so, and nothing runs. */
interface Moved {
  readonly title: string;
  readonly code: string;
  readonly says: RegExp;
  readonly hint: RegExp;
  /** How somebody fares who has never read the branch. */
  readonly newcomer: string;
  readonly does: (on: Stage) => Promise<void> | void;
  /** What an admin does before the hint's line is pasted; absent: nothing has to go. */
  readonly clears?: (on: Stage) => void;
}

const REWRITTEN = {
  code: 'rewritten',
  says: /^the branch at [0-9a-f]{12} does not contain commit [0-9a-f]{12}, which was verified here$/,
  hint: /set the branch back or replaced it: tell the others[^]*\n {2}git --git-dir [^]*\n {2}mpa sync --accept HEAD$/,
  newcomer: '0',
} as const;

const before = (on: Stage, count: number): string => git(on.remote, 'rev-parse', `${on.tip}~${count}`);

/** A commit of nobody's, with the parents given. */
function plain(on: Stage, ...parents: readonly string[]): string {
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
  const tree = git(on.remote, 'rev-parse', `${before(on, 3)}^{tree}`);
  const args = parents.flatMap((parent) => ['-p', parent]);
  return git(on.remote, ...who, 'commit-tree', ...args, '-m', 'Initial commit', tree);
}

const MOVED: readonly Moved[] = [
  { ...REWRITTEN, title: '§2.2 set back by one event', does: (on) => on.forge.set(before(on, 1)) },
  {
    ...REWRITTEN,
    title: '§2.2 set back by two events, and grown otherwise by one who may',
    does: async (on) => {
      on.forge.set(before(on, 2));
      await on.forge.write(await handOf(on.bob), now(), { type: 'halt', reason: 'in place of the grant' });
    },
    clears: (on) => on.forge.set(before(on, 2)),
  },
  {
    ...REWRITTEN,
    title: '§2.2 set back, and junk put on it',
    does: (on) => on.forge.set(plain(on, before(on, 1))),
    clears: (on) => on.forge.set(before(on, 1)),
  },
  {
    title: '§2.5 deleted',
    code: 'missing',
    says: /^the ledger's branch is gone from \/.*\/ledger\.git; the newest commit verified here is [0-9a-f]{12}$/,
    hint: /^Nobody makes it again by itself\. Ask the repository's admin [^]*\n {2}git --git-dir /,
    newcomer: '3 missing',
    does: (on) => on.forge.set(null),
  },
  {
    title: '§2.3 deleted, and a ledger of her own founded there by somebody else',
    code: 'stranger',
    says: /^the root [0-9a-f]{12} is not the ledger [0-9a-f]{12}: it carries the genesis of another ledger/,
    hint: /its branch was replaced: tell them, and have its admin set the branch back/,
    newcomer: '3 stranger',
    does: async (on) => {
      on.forge.set(null);
      const key = (await on.bob.must(['key', 'export', '--out', join(on.folder, 'bob.asc')])).status;
      expect(key).toBe(0);
      const other = `bob=${join(on.folder, 'bob.asc')}`;
      await on.carol.must(['init', on.remote, '--name', 'prod', '--as', 'carol', '--member', other, '--yes']);
    },
    clears: (on) => on.forge.set(on.tip),
  },
  {
    title: '§2.3 a branch of somebody’s that is no ledger, pushed by mistake',
    code: 'stranger',
    says: /^the root [0-9a-f]{12} is not the ledger [0-9a-f]{12}: /,
    hint: /its branch was replaced: tell them/,
    newcomer: '3 stranger',
    does: (on) => on.forge.set(plain(on)),
    clears: (on) => on.forge.set(on.tip),
  },
  {
    title: '§2.1 merged with an older state of itself',
    code: 'malformed',
    says: /^commit [0-9a-f]{12}: the commit has 2 parents$/,
    hint: /^A repository admin sets the branch back to the last good commit, .* verified on this machine is [0-9a-f]{40};/,
    newcomer: '3 malformed',
    does: (on) => on.forge.set(plain(on, on.tip, before(on, 1))),
    clears: (on) => on.forge.set(on.tip),
  },
];

describe('a branch that is not what it was', () => {
  const stage = stages();
  eachOf(MOVED, async ({ does, clears, newcomer, ...fate }) => {
    const on = stage();
    await does(on);
    const hint = await refused(on, { ...fate, exit: 3, meets: 'all' });
    await joins(on, newcomer);
    // Nothing was pushed, and nobody made the branch again.
    expect((await on.bob.mpa(['approve', on.waiting, '--yes', '--json'])).outcome).toBe(`3 ${fate.code}`);
    clears?.(on);
    await pasted(
      on.alice,
      linesOf(hint).filter((line) => line.startsWith('git ')),
    );
    expect(on.forge.tip()).toBe(on.tip);
    await goesOn(on);
  });

  it('§2.6 set back for good: each moves by the new head typed in full, sees what vanishes, and what was spent stays so', async () => {
    const on = stage();
    await on.alice.must([...exec(on)]);
    await on.bob.must(['sync']);
    const kept = on.forge.tip() ?? '';
    on.forge.set(on.tip);
    const [spent, head] = [['exec', on.granted, '--no-wait', '--json'], on.tip];
    expect((await on.alice.mpa(spent)).outcome).toBe('125 rewritten');
    expect((await on.alice.mpa(['sync', '--accept', head.slice(0, 12), '--yes', '--json'])).outcome).toBe(
      '2 full-id-needed',
    );
    expect((await on.alice.mpa(['sync', '--accept', kept, '--yes', '--json'])).outcome).toBe('2 unknown-id');
    expect((await on.alice.mpa(['sync', '--accept', head, '--json'])).outcome).toBe('2 answer-needed');
    const accepted = await on.alice.must(['sync', '--accept', head, '--yes']);
    expect(accepted.stderr).toMatch(/lacks 2 events that were verified here/);
    expect((await on.alice.mpa(spent)).outcome).toBe('125 used');
    expect(on.runs()).toBe(1);
    // Bob has not agreed to anything.
    expect((await on.bob.mpa(['list', '--json'])).outcome).toBe('3 rewritten');
    await on.bob.must(['sync', '--accept', head, '--yes']);
    expect((await on.bob.must(['show', on.waiting, '--json'])).json('request', 'state')).toBe('pending');
  });
});

/** Shows Alice another repository than the others, until `meet` shows everybody hers or theirs. */
function twoFaces(on: Stage): (to: 'hers' | 'theirs') => void {
  const theirs = on.remote;
  const hers = join(on.folder, 'hers.git');
  execFileSync('cp', ['-a', theirs, hers]);
  const config = join(on.alice.home, 'config.json');
  const point = (to: string): void => {
    execFileSync('sed', ['-i', `s|"remote": ".*"|"remote": "${to}"|`, config]);
  };
  point(hers);
  return (to) => {
    if (to === 'hers') {
      renameSync(theirs, `${theirs}.away`);
      renameSync(hers, theirs);
    }
    point(theirs);
  };
}

describe('§11 a host that shows two people two continuations', () => {
  const stage = stages();

  it('as soon as their heads meet: who is shown the other one stops, and the revocation that was held back from her counts', async () => {
    const on = stage();
    const meet = twoFaces(on);
    await on.bob.must(['revoke', on.granted, '-m', 'not today']);
    await on.alice.must(['request', '-m', 'on her side', '--', 'true']);
    const head = (await on.bob.must(['audit', '--json'])).text('head');
    // What the other one saw and said is enough, before anything meets.
    const compared = await on.alice.mpa(['audit', '--head', head, '--json']);
    expect(compared.outcome).toBe('3 rewritten');
    expect(compared.text('error', 'message')).toContain(`lacks the commit ${head}, which someone else saw`);
    expect((await joins(on, '0')).json('anchor')).toBe(on.anchor);

    meet('theirs');
    await refused(on, { ...REWRITTEN, exit: 3, meets: 'all' });
    // Bob saw nothing but his own.
    await on.bob.must(['audit', '--strict', '--json']);
    const accepted = await on.alice.must(['sync', '--accept', head, '--yes']);
    expect(accepted.stderr).toMatch(/lacks 1 event that was verified here[^]*alice requested true/);
    expect((await on.alice.mpa([...exec(on), '--json'])).outcome).toBe('125 revoked');
    expect(on.runs()).toBe(0);
  });

  it('where hers becomes everybody’s, he is told; what ran on her side had its start taken there, once, and stays spent', async () => {
    const on = stage();
    const meet = twoFaces(on);
    await on.bob.must(['revoke', on.granted, '-m', 'not today']);
    // Section 11: a host can take a start onto a continuation that lacks the newest revocation.
    await on.alice.must(exec(on));
    expect(on.runs()).toBe(1);
    meet('hers');
    const bob = await on.bob.mpa(['verify', on.granted, '--json']);
    expect(bob.outcome).toBe('3 rewritten');
    expect((await on.bob.mpa(['request', '-m', 'x', '--json', '--', 'true'])).outcome).toBe('3 rewritten');
    expect((await on.alice.mpa([...exec(on), '--json'])).outcome).toBe('125 used');
    expect(on.runs()).toBe(1);
  });
});
