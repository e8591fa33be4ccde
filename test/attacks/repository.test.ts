import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  eachOf,
  exec,
  fetched,
  goesOn,
  joins,
  linesOf,
  pasted,
  refused,
  stages,
  type Stage,
} from './daily.js';
import { git, harm, poisonGraph } from './objects.js';

type Where = (on: Stage) => string;
const HERE: Where = (on) => on.clone(on.alice);
const THERE: Where = (on) => on.remote;
const ROOT = 3;

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode });
}

const older = (on: Stage, count: number): string => git(on.remote, 'rev-parse', `${on.tip}~${count}`);
/** How many commits plain git sees below the tip: what it is made to believe. */
const seen = (repository: string, on: Stage): number =>
  Number(git(repository, 'rev-list', '--count', on.tip));

/** What changes nothing: it makes plain git see another history or other objects, and mpa reads on, writes and runs as if it were not there. */
interface Nothing {
  readonly title: string;
  readonly does: (on: Stage) => void;
  /** That plain git is taken in: else the row would try nothing. */
  readonly bites: (on: Stage) => boolean;
  /** How somebody who clones it fares; `0` unless given. */
  readonly newcomer?: string;
}

/** Makes git take the tip's parent for the root. */
const GRAFTS = (where: Where) => (on: Stage) =>
  write(join(where(on), 'info', 'grafts'), `${on.tip} ${older(on, ROOT)}\n`);
const REPLACED = (where: Where) => (on: Stage) => {
  const forged = git(where(on), 'cat-file', 'commit', on.tip).replace(
    /^parent .*/m,
    `parent ${older(on, ROOT)}`,
  );
  const oid = execFileSync('git', ['--git-dir', where(on), 'hash-object', '-w', '-t', 'commit', '--stdin'], {
    input: `${forged}\n`,
    encoding: 'utf8',
  }).trim();
  git(where(on), 'update-ref', `refs/replace/${on.tip}`, oid);
};
const HIDDEN = (where: Where) => (on: Stage) => seen(where(on), on) < ROOT + 1;

/** Another repository with an object of ours that is another: whoever looks there first is told a lie. */
function foreign(on: Stage): string {
  const other = join(on.folder, 'foreign.git');
  execFileSync('git', ['clone', '-q', '--bare', '--no-hardlinks', on.remote, other]);
  harm(other, on.tip, 'another under its name');
  return join(other, 'objects');
}

const NOTHING: readonly Nothing[] = [
  { title: 'a replace ref in the clone', does: REPLACED(HERE), bites: HIDDEN(HERE) },
  { title: 'a replace ref at the remote', does: REPLACED(THERE), bites: HIDDEN(THERE) },
  { title: 'a graft in the clone', does: GRAFTS(HERE), bites: HIDDEN(HERE) },
  // Of its own admin's making: the host then hands over a branch with a gap.
  { title: 'a graft at the remote', does: GRAFTS(THERE), bites: HIDDEN(THERE), newcomer: '3 damaged' },
  {
    title: 'a poisoned commit-graph in the clone',
    does: (on) => poisonGraph(HERE(on), on.tip),
    bites: HIDDEN(HERE),
  },
  {
    title: 'a stale commit-graph and broken multi-pack-index at the remote',
    does: (on) => {
      git(on.remote, 'commit-graph', 'write', '--reachable');
      git(on.remote, 'repack', '-adq');
      write(join(on.remote, 'objects/pack/multi-pack-index'), 'MIDX of somebody else');
    },
    bites: (on) => existsSync(join(on.remote, 'objects/info/commit-graph')),
  },
  {
    title: 'a broken commit-graph and multi-pack-index in the clone',
    does: (on) => {
      git(HERE(on), 'repack', '-adq');
      write(join(HERE(on), 'objects/info/commit-graph'), 'CGPH of somebody else');
      write(join(HERE(on), 'objects/pack/multi-pack-index'), 'MIDX of somebody else');
    },
    bites: (on) => existsSync(join(HERE(on), 'objects/info/commit-graph')),
  },
  {
    title: 'alternates and http-alternates of the clone that point into a foreign repository',
    does: (on) => {
      const objects = foreign(on);
      write(join(HERE(on), 'objects/info/alternates'), `${objects}\n`);
      write(join(HERE(on), 'objects/info/http-alternates'), 'http://127.0.0.1:9/objects\n');
    },
    bites: (on) => git(HERE(on), 'count-objects', '-v').includes('alternate:'),
  },
  {
    title: 'alternates of the remote that are not there',
    does: (on) => write(join(on.remote, 'objects/info/alternates'), '/nonexistent/objects\n'),
    bites: (on) => existsSync(join(on.remote, 'objects/info/alternates')),
  },
  {
    title: 'a checkpoint that is garbage',
    does: (on) => write(join(on.state(on.alice), 'checkpoint'), 'garbage'),
    bites: (on) => existsSync(join(on.state(on.alice), 'checkpoint')),
  },
];

describe('§2.4 what makes git see another history changes nothing', () => {
  const stage = stages();
  eachOf(NOTHING, async ({ does, bites, newcomer = '0' }) => {
    const on = stage();
    does(on);
    expect(bites(on)).toBe(true);
    expect((await on.alice.must(['audit', '--strict', '--json'])).json('events')).toBe(5);
    await joins(on, newcomer);
    await goesOn(on);
  });
});

/** Programs that leave a trace under their own names, as hooks and helpers of others would. */
function tracers(on: Stage): { readonly path: (name: string) => string; readonly ran: () => string[] } {
  const trace = join(on.folder, 'traced');
  const path = (name: string): string => {
    const file = join(on.folder, 'programs', name);
    write(file, `#!/bin/sh\necho ${name} >> ${trace}\nexit 0\n`, 0o755);
    return file;
  };
  const ran = (): string[] =>
    existsSync(trace) ? [...new Set(readFileSync(trace, 'utf8').trim().split('\n'))].sort() : [];
  return { path, ran };
}

/** Settings that name a program. */
const PROGRAMS = [
  ...['core.fsmonitor', 'core.sshCommand', 'core.pager', 'core.editor', 'core.askPass', 'core.gitProxy'],
  ...['core.alternateRefsCommand', 'uploadpack.packObjectsHook', 'diff.external', 'gpg.program'],
  ...[
    'filter.x.clean',
    'filter.x.smudge',
    'filter.x.process',
    'remote.origin.uploadpack',
    'remote.origin.vcs',
  ],
];

/** Every setting of one repository that names a program or leads to one, and every hook; answers which of them have run. */
function hostileConfig(on: Stage, repository: string): () => string[] {
  const { path, ran } = tracers(on);
  for (const name of PROGRAMS) git(repository, 'config', name, path(name));
  for (const name of ['credential.helper', 'alias.fetch', 'alias.push'])
    git(repository, 'config', name, `!${path(name)}`);
  for (const name of HOOKS) path(name);
  git(repository, 'config', 'core.hooksPath', join(on.folder, 'programs'));
  git(repository, 'config', 'url.ext::sh.insteadOf', '/');
  git(repository, 'config', 'protocol.ext.allow', 'always');
  write(join(on.folder, 'included'), `[core]\n\tfsmonitor = ${path('included')}\n`);
  git(repository, 'config', 'include.path', join(on.folder, 'included'));
  return ran;
}

/** What receive-pack runs of its own repository, and what nobody ever should. */
const RECEIVING = ['post-receive', 'post-update', 'pre-receive', 'reference-transaction', 'update'];
const HOOKS = [
  ...RECEIVING,
  'pre-push',
  'post-checkout',
  'pre-auto-gc',
  'proc-receive',
  'fsmonitor-watchman',
];

describe('programs that a repository names', () => {
  const stage = stages();

  it('in the clone: nothing of it runs, and its configuration is as it was', async () => {
    const on = stage();
    const before = readFileSync(join(HERE(on), 'config'), 'utf8');
    const ran = hostileConfig(on, HERE(on));
    await goesOn(on);
    expect(ran()).toEqual([]);
    expect(readFileSync(join(HERE(on), 'config'), 'utf8')).toBe(before);
  });

  it('in a remote that is a path: nothing runs by reading; a push runs its hooks and its alternateRefsCommand, as git says, and nothing else', async () => {
    const on = stage();
    const ran = hostileConfig(on, on.remote);
    for (const args of [['status'], ['verify', on.granted], ['audit'], ['doctor'], ['sync']])
      await on.alice.must(args);
    await joins(on, '0');
    expect(ran()).toEqual([]);
    await goesOn(on);
    expect(ran()).toEqual(['core.alternateRefsCommand', ...RECEIVING]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'in a remote of another login: git does not touch it, and nothing of it runs',
    async () => {
      const on = stage();
      const ran = hostileConfig(on, on.remote);
      for (const path of [on.remote, join(on.remote, 'config')]) chownSync(path, 65534, 65534);
      const says =
        /^the remote \/.*\/ledger\.git is not a repository that git can use; git says:\n.*ownership/;
      const fate = {
        code: 'remote-not-a-repository',
        exit: 4,
        meets: 'all',
        says,
        hint: /safe\.directory/,
      } as const;
      await refused(on, fate);
      expect(ran()).toEqual([]);
      for (const path of [on.remote, join(on.remote, 'config')]) chownSync(path, 0, 0);
    },
  );
});

/** What a caller's environment can say to git. `bites`: that plain git obeys it. */
function hostileEnvironment(on: Stage, program: string): Record<string, string> {
  const other = dirname(foreign(on));
  write(join(on.folder, 'grafts'), `${on.tip} ${older(on, ROOT)}\n`);
  write(join(on.folder, 'shallow'), `${on.tip}\n`);
  return {
    GIT_DIR: other,
    GIT_COMMON_DIR: other,
    GIT_WORK_TREE: on.folder,
    GIT_NAMESPACE: 'elsewhere',
    GIT_OBJECT_DIRECTORY: join(other, 'objects'),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(other, 'objects'),
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: program,
    GIT_CONFIG_KEY_1: 'core.sshCommand',
    GIT_CONFIG_VALUE_1: program,
    GIT_CONFIG_PARAMETERS: "'url.ext::sh.insteadOf=/'",
    GIT_REPLACE_REF_BASE: 'refs/mpa/',
    GIT_GRAFT_FILE: join(on.folder, 'grafts'),
    GIT_SHALLOW_FILE: join(on.folder, 'shallow'),
    GIT_EXEC_PATH: on.folder,
    GIT_TEMPLATE_DIR: on.folder,
    GIT_QUARANTINE_PATH: on.folder,
    GIT_PROXY_COMMAND: program,
    GIT_EXTERNAL_DIFF: program,
    GIT_PAGER: program,
    GIT_EDITOR: program,
    GIT_ALLOW_PROTOCOL: 'ext',
    GIT_DEFAULT_HASH: 'sha256',
    GIT_TRACE: join(on.folder, 'git-trace'),
    GIT_TRACE2_EVENT: join(on.folder, 'git-trace'),
  };
}

describe('§2.4 the caller’s environment', () => {
  const stage = stages();

  it('variables that point git elsewhere change nothing, whoever reads, joins, writes and runs', async () => {
    const on = stage();
    const { path, ran } = tracers(on);
    const env = hostileEnvironment(on, path('variable'));
    expect((await on.alice.must(['audit', '--strict', '--json'], { env })).json('events')).toBe(5);
    await joins(on, '0', env);
    await goesOn(on, env);
    expect(ran()).toEqual([]);
    expect(existsSync(join(on.folder, 'git-trace'))).toBe(false);
  });

  it('the ssh command is the caller’s own, and is used for ssh alone', async () => {
    const on = stage();
    const { path, ran } = tracers(on);
    const env = { GIT_SSH_COMMAND: path('ssh') };
    await on.alice.must(['status'], { env });
    expect(ran()).toEqual([]);
    const joined = await on.carol.mpa(['join', 'ssh://host.invalid/x.git', '--anchor', on.anchor, '--json'], {
      env,
    });
    expect(joined.outcome).toBe('4 remote-unreachable');
    expect(ran()).toEqual(['ssh']);
  });
});

/** What is wrong with this machine's own copies; the hint's lines, pasted, mend it. */
interface Broken {
  readonly title: string;
  readonly does: (on: Stage) => void;
  readonly code: string;
  readonly exit: number;
  readonly says: RegExp;
  readonly proven?: true;
}

const ANEW =
  /\n {2}rm -r \/[^\n]*\/ledgers\/[0-9a-f]{12}\.git\n {2}mpa join \/[^\n]*\/ledger\.git --anchor [0-9a-f]{64}$/;
const GITS = {
  code: 'untrusted-clone',
  exit: 3,
  says: /^git cannot work on the clone in \/[^\n]*; it says:\n/,
} as const;
const SPOILT = { code: 'damaged', exit: 3, says: /^commit [0-9a-f]{12}: / } as const;

const BROKEN: readonly Broken[] = [
  { ...SPOILT, title: 'the newest commit, cut in half', does: (on) => harm(HERE(on), on.tip, 'cut in half') },
  { ...GITS, title: 'no HEAD', does: (on) => rmSync(join(HERE(on), 'HEAD')) },
  {
    code: 'untrusted-clone',
    exit: 3,
    says: /\/shallow: this clone is shallow$/,
    title: 'a shallow file',
    does: (on) => write(join(HERE(on), 'shallow'), `${on.tip}\n`),
  },
  {
    ...SPOILT,
    title: 'an older commit, cut in half',
    does: (on) => harm(HERE(on), older(on, 2), 'cut in half'),
  },
  { ...GITS, title: 'no references', does: (on) => rmSync(join(HERE(on), 'refs'), { recursive: true }) },
  {
    code: 'untrusted-clone',
    exit: 3,
    says: /\/commondir: this clone takes its configuration and objects from another repository$/,
    title: 'the common folder of a foreign repository',
    does: (on) => write(join(HERE(on), 'commondir'), `${dirname(foreign(on))}\n`),
  },
  {
    ...SPOILT,
    title: 'the newest commit: another under its name',
    does: (on) => harm(HERE(on), on.tip, 'another under its name'),
    proven: true,
  },
];

describe('a private clone that is broken: said so, not blamed on the remote, and mended by what is said', () => {
  const stage = stages();
  eachOf(BROKEN, async ({ does, ...fate }) => {
    const on = stage();
    does(on);
    const hint = await refused(on, { ...fate, meets: 'all', hint: ANEW });
    expect(hint).toMatch(/^The private copy on this machine is at fault, not the remote\./);
    await pasted(on.alice, linesOf(hint));
    await goesOn(on);
  });

  it('another commit under the name of the newest: a run seconds after a fetch is proven by the remote, which takes it; the audit says it', async () => {
    const on = stage();
    fetched(on.state(on.alice), 0);
    harm(HERE(on), on.tip, 'another under its name');
    await on.alice.must(exec(on));
    expect(on.runs()).toBe(1);
    await on.bob.must(['audit', '--strict']);
    const told = await on.alice.mpa(['audit', '--json']);
    expect(told.outcome).toBe('3 damaged');
    await pasted(on.alice, linesOf(told.text('error', 'hint')));
    expect((await on.alice.mpa([...exec(on), '--json'])).outcome).toBe('125 used');
    expect(on.runs()).toBe(1);
  });

  it('one that is gone is made anew, and what was verified holds', async () => {
    const on = stage();
    rmSync(HERE(on), { recursive: true });
    const says = /^there is no clone of the ledger in \//;
    const hint = await refused(on, {
      code: 'not-joined',
      exit: 6,
      meets: 'all',
      says,
      hint: /\n {2}mpa join \//,
    });
    on.forge.set(older(on, 1));
    const line = (linesOf(hint)[0] ?? '').split(' ').slice(1);
    expect((await on.alice.mpa([...line, '--json'])).outcome).toBe('3 rewritten');
    on.forge.set(on.tip);
    await pasted(on.alice, linesOf(hint));
    await goesOn(on);
  });

  it('an object spoilt below what the checkpoint holds is found by the audit, with what mends it', async () => {
    const on = stage();
    harm(HERE(on), older(on, 2), 'absent');
    await on.alice.must(['status']);
    const audit = await on.alice.mpa(['audit', '--json']);
    expect(audit.outcome).toBe('3 damaged');
    expect(audit.text('error', 'hint')).toMatch(ANEW);
    await pasted(on.alice, linesOf(audit.text('error', 'hint')));
    await goesOn(on);
  });
});

/** What is wrong with the record of the verified head: nothing is decided until somebody else's head has been asked for. */
const HEADS: readonly {
  readonly title: string;
  readonly does: (on: Stage) => void;
  readonly says: RegExp;
}[] = [
  {
    title: 'cannot be read',
    does: (on) => write(join(on.state(on.alice), 'head.json'), '{'),
    says: /^the record of the verified head cannot be read: \/.*\/head\.json$/,
  },
  {
    title: 'is gone',
    does: (on) => rmSync(join(on.state(on.alice), 'head.json')),
    says: /^the record of the verified head cannot be read: \/.*\/head\.json$/,
  },
  {
    title: 'is gone with all its folder',
    does: (on) => rmSync(on.state(on.alice), { recursive: true }),
    says: /^What this machine had verified of prod is gone from \//,
  },
];

describe('§2.2 the record of what was verified: without it nothing is decided; joined again by the head of another, it goes on', () => {
  const stage = stages();
  eachOf(HEADS, async ({ does, says }) => {
    const on = stage();
    does(on);
    const hint = /\n {2}mpa join \/[^\n]* --anchor [0-9a-f]{64} --head COMMIT$/;
    const words = await refused(on, { code: 'bad-config', exit: 6, meets: 'all', says, hint });
    const head = (await on.bob.must(['status', '--json'])).text('head');
    const stale = linesOf(words).map((line) => line.replace('COMMIT', 'ab'.repeat(20)));
    await expect(pasted(on.alice, stale)).rejects.toThrow('rewritten');
    await pasted(
      on.alice,
      linesOf(words).map((line) => line.replace('COMMIT', head)),
    );
    await goesOn(on);
  });

  it('lost after a use: the use stays spent, by the ledger and by this machine’s own record', async () => {
    const on = stage();
    await on.alice.must(exec(on));
    write(join(on.state(on.alice), 'head.json'), '{');
    const lost = await on.alice.mpa(['verify', on.granted, '--json']);
    const head = (await on.bob.must(['status', '--json'])).text('head');
    await pasted(
      on.alice,
      linesOf(lost.text('error', 'hint')).map((line) => line.replace('COMMIT', head)),
    );
    expect((await on.alice.mpa([...exec(on), '--json'])).outcome).toBe('125 used');
    // A host that takes the start back after that meets the machine's own record.
    on.forge.set(on.tip);
    await on.alice.must(['sync', '--accept', on.tip, '--yes']);
    expect((await on.alice.mpa([...exec(on), '--json'])).outcome).toBe('125 used');
    expect(on.runs()).toBe(1);
  });
});
