import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eachOf, goesOn, joins, refused, stages, type Stage } from './daily.js';
import { git, harm, type Harm } from './objects.js';

const before = (on: Stage, count: number): string => git(on.remote, 'rev-parse', `${on.tip}~${count}`);

const THERE =
  /^the remote \/.*\/ledger\.git shows refs\/heads\/mpa, but cannot hand it over whole; git says:\n/;
const ADMIN =
  /^The private copy on this machine is whole: a repository admin looks at the remote\. There, `git fsck --full` /;

/** Which object of the newest event is harmed: one that Alice has not fetched yet. */
interface Newest {
  readonly title: string;
  readonly object: (on: Stage) => string;
  readonly how: Harm;
}

const tree = (on: Stage): string => git(on.remote, 'rev-parse', 'mpa^{tree}');
const NEWEST: readonly Newest[] = [
  { title: 'the newest commit, cut in half', object: (on) => on.forge.tip() ?? '', how: 'cut in half' },
  { title: 'the newest commit, absent', object: (on) => on.forge.tip() ?? '', how: 'absent' },
  {
    title: 'the newest commit: another under its name',
    object: (on) => on.forge.tip() ?? '',
    how: 'another under its name',
  },
  { title: 'the tree that it names, cut in half', object: tree, how: 'cut in half' },
  { title: 'the tree that it names, absent', object: tree, how: 'absent' },
  { title: 'the tree that it names: another under its name', object: tree, how: 'another under its name' },
  {
    title: 'an attached file, absent',
    object: (on) => git(on.remote, 'ls-tree', '-r', '--object-only', 'mpa'),
    how: 'absent',
  },
];

describe('§2.5 a remote whose newest event is damaged: nobody who lacks it goes on, and the blame is right', () => {
  const stage = stages();
  eachOf(NEWEST, async ({ object, how }) => {
    const on = stage();
    await on.bob.must(['request', '-m', 'with a file', '--', 'sh', 'other.sh']);
    const back = harm(on.remote, object(on), how);
    await refused(on, { code: 'damaged', exit: 3, meets: 'all', says: THERE, hint: ADMIN });
    const newcomer = await joins(on, '3 damaged');
    expect(newcomer.text('error', 'hint')).toMatch(ADMIN);
    back();
    await goesOn(on);
    await joins(on, '0');
  });
});

/** What is harmed lies below what Alice has: she reads on, and what the host then does with a push is up to it; nobody new gets in. */
const OLDER: readonly {
  readonly title: string;
  readonly how: Harm;
  readonly below: number;
  readonly push: string;
}[] = [
  {
    title: 'the commit that everybody has verified, cut in half',
    how: 'cut in half',
    below: 0,
    push: '4 remote-refused',
  },
  { title: 'an older commit, cut in half', how: 'cut in half', below: 2, push: '4 remote-refused' },
  {
    title: 'the commit that everybody has verified: another under its name',
    how: 'another under its name',
    below: 0,
    push: '4 remote-refused',
  },
  { title: 'an older commit, absent', how: 'absent', below: 2, push: '0' },
];

describe('§2.5 a remote whose past is damaged: readers go on, and a push is not taken or loses nothing', () => {
  const stage = stages();
  eachOf(OLDER, async ({ how, below, push }) => {
    const on = stage();
    const back = harm(on.remote, before(on, below), how);
    for (const args of [['status'], ['verify', on.granted], ['audit']]) await on.alice.must(args);
    if (push !== '0') {
      const says = /^the remote refuses the push although nobody was quicker; it says:\n/;
      const hint = /a damaged repository \(`git fsck --full` there\)/;
      await refused(on, { code: 'remote-refused', exit: 4, meets: 'writes', says, hint });
    } else await on.alice.must(['request', '-m', 'one more', '--', 'true']);
    expect((await joins(on, '3 damaged')).text('error', 'message')).toMatch(THERE);
    back();
    await goesOn(on);
    await joins(on, '0');
  });

  it('§2.4 a shallow copy in its place: said so, and nothing is decided', async () => {
    const on = stage();
    for (const reason of ['one', 'two', 'three']) await on.bob.must(['request', '-m', reason, '--', 'true']);
    const away = `${on.remote}.whole`;
    renameSync(on.remote, away);
    execFileSync('git', ['clone', '-q', '--bare', '--depth', '2', `file://${away}`, on.remote]);
    const says =
      /^the remote \/.*\/ledger\.git shows refs\/heads\/mpa, but it is a shallow copy: the beginning of the branch is not there$/;
    await refused(on, { code: 'damaged', exit: 3, meets: 'all', says, hint: /git fetch --unshallow/ });
    await joins(on, '3 damaged');
    renameSync(on.remote, `${on.remote}.shallow`);
    renameSync(away, on.remote);
    await goesOn(on);
  });
});
