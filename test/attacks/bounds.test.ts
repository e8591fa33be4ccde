import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createDeflate } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyTree } from '../../src/core/tree.js';
import type { Ran } from '../support/people.js';
import { setBranch } from './bent.js';
import { bomb, serving } from './bomb.js';
import { ground, template, type Ground, type Template } from './ground.js';
import { measured, namedIn } from './measure.js';
import { approves } from './tried.js';
import { until } from '../system/support/processes.js';

/** Megabytes that mpa and its git processes may hold together, whatever a remote does. */
const MOST = 500;

let made: Template;
let clear: () => void;
beforeAll(async () => {
  ({ made, remove: clear } = await template());
});
afterAll(() => clear());

/** Runs one command line within the bounds, and says what it took. */
async function bounded(
  on: Ground,
  what: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const { ran, peak, seconds } = await measured(() => on.alice.mpa(args, { env }));
  process.stdout.write(
    `bounds: ${what}: ${args[0] ?? ''} ended with ${ran.outcome}, ${peak} MB, ${seconds} s\n`,
  );
  expect(peak, what).toBeLessThan(MOST);
  return ran;
}

const exec = (on: Ground): string[] => ['exec', on.id, '--no-wait', '--json'];

/** The bytes of an unsigned commit on the tip, before its message. */
function headOf(on: Ground, tree = emptyTree('sha1')): string {
  return `tree ${tree}\nparent ${on.forge.tip() ?? ''}\nauthor A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n\n`;
}

/** A commit that says so many megabytes of one letter, written without ever holding it. */
async function swollen(on: Ground, megabytes: number): Promise<string> {
  const head = headOf(on);
  const piece = Buffer.alloc(1 << 20, 'x');
  const header = `commit ${head.length + megabytes * piece.length}\0${head}`;
  const hash = createHash('sha1').update(header);
  for (let i = 0; i < megabytes; i += 1) hash.update(piece);
  const oid = hash.digest('hex');
  const path = join(on.forge.repository, 'objects', oid.slice(0, 2), oid.slice(2));
  mkdirSync(dirname(path), { recursive: true });
  const packer = createDeflate({ level: 1 });
  const file = packer.pipe(createWriteStream(path));
  packer.write(header);
  for (let i = 0; i < megabytes; i += 1) if (!packer.write(piece)) await once(packer, 'drain');
  packer.end();
  await once(file, 'close');
  return oid;
}

/** So many commits of nobody's, as fast as git makes them. */
function junk(on: Ground, count: number, message: string): void {
  const data = `data ${message.length}\n${message}\n`;
  const commits = Array.from(
    { length: count },
    (_, i) =>
      `commit refs/heads/mpa\ncommitter A <a@example.org> ${1_700_000_000 + i} +0000\n${data}${i === 0 ? `from ${on.tip}\ndeleteall\n` : ''}`,
  );
  const git = ['--git-dir', on.forge.repository, '-c', 'fastimport.unpackLimit=0', 'fast-import', '--quiet'];
  execFileSync('git', git, { input: commits.join(''), stdio: ['pipe', 'ignore', 'pipe'] });
}

/** The twin of everything here: on the same branch Bob's approval counts, and the command runs. */
async function goesOn(on: Ground, what: string): Promise<void> {
  expect(on.ran()).toBe(false);
  approves(on);
  expect((await bounded(on, `${what}, approved`, exec(on))).outcome).toBe('0');
  expect(on.ran()).toBe(true);
}

describe.skipIf(!existsSync('/proc/self/task'))('what is large', () => {
  it('§10 a commit of 100 MB has no effect, and stops nothing', async () => {
    const on = ground(made);
    setBranch(on.forge.repository, await swollen(on, 100));
    expect((await bounded(on, '100 MB commit', exec(on))).outcome).toBe('125 pending');
    expect((await bounded(on, '100 MB commit', ['audit', '--json'])).json('inert', 0, 'reason')).toBe(
      'too-large',
    );
    await goesOn(on, '100 MB commit');
  });

  it('a commit that unpacks to a gigabyte is refused before it is: damaged, and what to do is said', async () => {
    const on = ground(made);
    setBranch(on.forge.repository, await swollen(on, 1024));
    expect((await bounded(on, '1 GB commit', exec(on))).outcome).toBe('125 damaged');
    const said = await bounded(on, '1 GB commit', ['sync', '--json']);
    expect(said.outcome).toBe('3 damaged');
    expect(said.text('error', 'hint')).toMatch(/repository admin/);
    setBranch(on.forge.repository, on.tip);
    await goesOn(on, '1 GB commit');
  });

  it('§5 50,000 commits of junk stop nothing, and are counted, not listed', async () => {
    const on = ground(made);
    junk(on, 50_000, 'junk');
    expect((await bounded(on, '50,000 commits', exec(on))).outcome).toBe('125 pending');
    const doctor = await bounded(on, '50,000 commits', ['doctor']);
    expect(doctor.status).toBe(0);
    expect(doctor.stdout.split('\n').length).toBeLessThan(60);
    expect(doctor.stdout.replaceAll(/\s+/g, ' ')).toMatch(/49997 more without effect/);
    expect((await bounded(on, '50,000 commits', ['status'])).stdout.split('\n').length).toBeLessThan(60);
    const asked = await bounded(on, '50,000 commits', ['request', '-m', 'as before', '--json', '--', 'true']);
    expect(asked.outcome).toBe('0');
  });

  it('§10 500 commits of 1 MiB have no effect', async () => {
    const on = ground(made);
    junk(on, 500, 'x'.repeat((1 << 20) - 300));
    expect((await bounded(on, '500 commits of 1 MiB', exec(on))).outcome).toBe('125 pending');
    expect((await bounded(on, '500 commits of 1 MiB', ['audit', '--json'])).outcome).toBe('0');
    await goesOn(on, '500 commits of 1 MiB');
  });

  it('§3 a tree of a million entries has no effect, signed or not', async () => {
    const on = ground(made);
    const blob = Buffer.from(on.forge.store('blob', 'x'), 'hex').toString('latin1');
    const entries = Array.from(
      { length: 1_000_000 },
      (_, at) => `100644 ${String(at).padStart(7, '0')}\0${blob}`,
    );
    const tree = on.forge.store('tree', Buffer.from(entries.join(''), 'latin1'));
    setBranch(on.forge.repository, on.forge.store('commit', headOf(on, tree) + 'junk\n'));
    const { commit } = approves(on, { tree });
    expect((await bounded(on, 'a million entries', exec(on))).outcome).toBe('125 pending');
    const audit = await bounded(on, 'a million entries', ['audit', '--json']);
    expect(audit.json('inert', 1)).toMatchObject({ commit, reason: 'bad-tree' });
    await goesOn(on, 'a million entries');
  });
});

describe.skipIf(!existsSync('/proc/self/task'))('what unpacks to much more than it is', () => {
  it.each([
    ['110 deltas upon one another, of 24 MB each', 24, 110, true],
    ['10 objects of 120 MB', 120, 10, false],
  ])('a pack of some kilobytes that holds %s: nothing is joined', async (what, megabytes, count, chained) => {
    const on = ground(made);
    const pack = bomb(megabytes, count, chained);
    expect(pack.length).toBeLessThan(2 << 20);
    const joins = [
      'join',
      'ssh://host.invalid/ledger.git',
      '--anchor',
      on.anchor,
      '--name',
      'other',
      '--json',
    ];
    const ran = await bounded(on, what, joins, { GIT_SSH_COMMAND: serving(on.folder, pack) });
    expect(ran.outcome).toBe('3 damaged');
    await until('all processes to end', () => (namedIn(on.folder) === 0 ? true : null));
  });
});

const BYTE = '0123456789'.repeat(4);

describe.skipIf(!existsSync('/proc/self/task'))('what does not end', () => {
  it('a hook that prints without end: the push has failed, nothing runs, and no process is left', async () => {
    const on = ground(made);
    approves(on);
    const hook = join(on.forge.repository, 'hooks', 'pre-receive');
    mkdirSync(dirname(hook), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\nexec yes "so many words of the host" >&2\n', { mode: 0o755 });
    const ran = await bounded(on, 'an endless hook', exec(on));
    expect(ran.outcome).toMatch(/^125 remote-/);
    expect(on.ran()).toBe(false);
    await until('all processes to end', () => (namedIn(on.folder) === 0 ? true : null));
    writeFileSync(hook, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect((await on.alice.mpa(exec(on))).outcome).toBe('0');
    expect(on.ran()).toBe(true);
  });

  it('a server that names branches without end: not reached, and no process is left', async () => {
    const on = ground(made);
    const ssh = join(on.folder, 'ssh');
    const line = `${BYTE} refs/heads/aaaaaaaaaaaa`;
    const packet = (text: string): string => (text.length + 4).toString(16).padStart(4, '0');
    writeFileSync(
      ssh,
      `#!/bin/sh\nprintf '%s\\000 \\n' '${packet(`${line}\0 \n`)}${line}'\nexec yes '${packet(`${line}\n`)}${line}'\n`,
      { mode: 0o755 },
    );
    const env = { GIT_SSH_COMMAND: ssh };
    const ran = await bounded(
      on,
      'endless branches',
      ['join', 'ssh://host.invalid/ledger.git', '--anchor', on.anchor, '--name', 'other', '--json'],
      env,
    );
    expect(ran.outcome).toBe('4 remote-unreachable');
    await until('all processes to end', () => (namedIn(on.folder) === 0 ? true : null));
  });

  it('a server that talks without end: not reached, and no process is left', async () => {
    const on = ground(made);
    const ssh = join(on.folder, 'ssh');
    writeFileSync(ssh, '#!/bin/sh\nexec yes "so many words of the host" >&2\n', { mode: 0o755 });
    const env = { GIT_SSH_COMMAND: ssh };
    const ran = await bounded(
      on,
      'endless words',
      ['join', 'ssh://host.invalid/ledger.git', '--anchor', on.anchor, '--name', 'other', '--json'],
      env,
    );
    expect(ran.outcome).toBe('4 remote-unreachable');
    await until('all processes to end', () => (namedIn(on.folder) === 0 ? true : null));
  });
});
