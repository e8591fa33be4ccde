import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gitEnvironment } from '../../src/git/environment.js';
import { git, GitFailure } from '../../src/git/git.js';
import { createStore, openStore } from '../../src/git/store.js';
import { bareRepository, callerOf, grow, loosePath, workplace } from './support.js';

const place = workplace();
const env = callerOf(place);
const remote = bareRepository(place, 'remote.git');
const oids = grow(remote, 'sha1', 3);
const here = { cwd: remote, env: gitEnvironment(env, remote, null) };

async function failure(args: string[]): Promise<GitFailure> {
  try {
    await git(args, here);
  } catch (error) {
    if (error instanceof GitFailure) return error;
    throw error;
  }
  throw new Error('git did not fail');
}

/** A program in the place of ssh; its name tells git that it takes ssh's options. */
function sshThat(what: string, does: string): string {
  const path = join(place, what, 'ssh');
  mkdirSync(dirname(path));
  writeFileSync(path, `#!/bin/sh\n${does}\n`, { mode: 0o755 });
  return path;
}

describe('git', () => {
  it('a silent exit status 1 is a failure: simple-git alone would answer "yes, an ancestor" to a rollback', async () => {
    const isAncestor = ['merge-base', '--is-ancestor'];
    await expect(git([...isAncestor, oids[0] ?? '', oids[2] ?? ''], here)).resolves.toBe('');
    expect((await failure([...isAncestor, oids[2] ?? '', oids[0] ?? ''])).status).toBe(1);
  });

  it('a failure tells status, output and words apart', async () => {
    const found = await failure(['rev-parse', oids[0] ?? '', 'nothing']);
    expect(found.status).toBe(128);
    expect(found.stdout).toContain(oids[0]);
    expect(found.words).toContain('nothing');
    expect((await failure(['no-such-command'])).status).toBe(1);
  });

  it('a remote that says nothing is a failure after the silence that was allowed, and git is ended', async () => {
    const command = join(place, 'silent');
    writeFileSync(command, `#!/bin/sh\necho $$ > ${join(place, 'pid')}\nexec sleep 600\n`, { mode: 0o755 });
    const silent = { ...here, env: { ...here.env, GIT_SSH_COMMAND: command }, silence: 1500 };
    const asked = git(['ls-remote', 'ssh://nobody.invalid/ledger.git'], silent);
    await expect(asked).rejects.toMatchObject({ status: 124, words: 'nothing was heard for 2 s' });
    process.kill(Number(readFileSync(join(place, 'pid'), 'utf8')), 'SIGKILL');
  });

  it('a remote that talks without end is a failure, and what git started is ended', async () => {
    const command = sshThat('talks', `echo $$ > ${join(place, 'pid')}\nexec yes so many words >&2`);
    const endless = { ...here, env: { ...here.env, GIT_SSH_COMMAND: command }, silence: 60_000 };
    const asked = git(['ls-remote', 'ssh://nobody.invalid/ledger.git'], endless);
    await expect(asked).rejects.toMatchObject({ status: 124, words: 'more than 8 MiB were printed' });
    await expect.poll(() => isRunning(Number(readFileSync(join(place, 'pid'), 'utf8')))).toBe(false);
  });

  it.skipIf(!existsSync('/proc/self/task'))(
    'a remote that names branches without end is a failure before they fill the memory',
    async () => {
      const line = `${'1'.repeat(40)} refs/heads/aaaaa`;
      const command = sshThat('names', `printf '%s\\000 \\n' '0040${line}'\nexec yes '003e${line}'`);
      const naming = { ...here, env: { ...here.env, GIT_SSH_COMMAND: command }, silence: 60_000 };
      const asked = git(['ls-remote', 'ssh://nobody.invalid/ledger.git'], naming);
      await expect(asked).rejects.toMatchObject({
        status: 124,
        words: 'more than 320 MiB of memory were needed',
      });
    },
  );

  it('an object that claims more than 128 MiB is refused before it is unpacked', async () => {
    const size = 129 << 20;
    const path = loosePath(remote, '1'.repeat(40));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, deflateSync(Buffer.from(`commit ${size}\0tree `)));
    expect((await failure(['cat-file', 'commit', '1'.repeat(40)])).words).toContain('over limit');
    rmSync(path);
  });

  it('tells how far a fetch has come by the numbers that git shows, and nothing of what a server says of its own', async () => {
    const told: unknown[] = [];
    const progress = (...step: readonly unknown[]): void => {
      told.push(step);
    };
    const own = join(place, 'fetching.git');
    await git(['init', '-q', '--bare', own], here);
    const large = bareRepository(place, 'large.git');
    grow(large, 'sha1', 120);
    const fetch = ['fetch', '--progress', large, 'refs/heads/mpa:refs/heads/mpa'];
    await git(fetch, { cwd: own, env: gitEnvironment(env, own, null), silence: 60_000, progress });
    expect(told).toContainEqual([expect.any(Number), 121, 'objects']);

    told.length = 0;
    const lines = [
      'Receiving objects:  50% (x/y)',
      'Receiving objects: 100% (0/0)',
      'Receiving objects:   9% (9/1)',
      'Compressing: 100% (2/2)',
    ];
    const command = sshThat('shows', `printf '%s\\r' '${lines.join("' '")}' >&2`);
    const shown = { ...here, env: { ...here.env, GIT_SSH_COMMAND: command }, silence: 60_000, progress };
    await expect(git(['ls-remote', 'ssh://nobody.invalid/ledger.git'], shown)).rejects.toThrow(GitFailure);
    expect(told).toEqual([]);
  });

  it('what only shows progress is not among the words of a failure', async () => {
    const command = join(place, 'chatty');
    const said = 'Enumerating objects: 3, done.\\rremote: Counting objects: 100%% (3/3)\\rno room left\\n';
    writeFileSync(command, `#!/bin/sh\nprintf '${said}' >&2\nexit 1\n`, { mode: 0o755 });
    const chatty = { ...here, env: { ...here.env, GIT_SSH_COMMAND: command } };
    const asked = git(['ls-remote', 'ssh://nobody.invalid/ledger.git'], chatty);
    await expect(asked).rejects.toThrow(/^no room left/);
  });

  it('an option that is cut short is refused: it could be meant for another', async () => {
    await expect(git(['rev-list', '--first-p', oids[0] ?? ''], here)).rejects.toBeInstanceOf(GitFailure);
  });

  it('standard input is given byte by byte, and is empty where none is given', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    const empty = await git(['hash-object', '--stdin'], here);
    const some = await git(['hash-object', '--stdin'], { ...here, input: bytes });
    expect(empty.trim()).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
    expect(some.trim()).toBe('c86626638e0bc8cf47ca49bb1525b40e9737ee64');
  });

  it('a git that is ended by a signal has failed', async () => {
    const path = join(place, 'bin-git');
    writeFileSync(path, '#!/bin/sh\nkill -9 $$\n');
    const bin = join(place, 'bin');
    await git(['init', '--quiet', bin], { cwd: place, env: gitEnvironment(env, null, null) });
    writeFileSync(join(bin, 'git'), readFileSync(path));
    chmodSync(join(bin, 'git'), 0o755);
    const killed = git(['version'], { cwd: place, env: { ...here.env, PATH: bin } });
    await expect(killed).rejects.toBeInstanceOf(GitFailure);
  });

  it.each(['ext::touch ', 'git://localhost/', 'http://localhost/'])(
    'the transport of %s is refused by git itself, whatever the configuration allows',
    async (prefix) => {
      const trace = join(place, 'trace');
      const config = join(place, 'allowing');
      writeFileSync(config, '[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n');
      const run = git(['ls-remote', `${prefix}${trace}`], {
        ...here,
        env: gitEnvironment(env, remote, config),
      });
      await expect(run).rejects.toThrow(/'(ext|git|http)' not allowed/);
      expect(existsSync(trace)).toBe(false);
    },
  );

  it('a helper that stays in the background and keeps the pipes does not hold everything up', async () => {
    const ssh = join(place, 'ssh');
    writeFileSync(
      ssh,
      '#!/bin/sh\nsleep 20 >/dev/null &\nwhile test $# -gt 1; do shift; done\nexec sh -c "$1"\n',
    );
    chmodSync(ssh, 0o755);
    const online = { ...here.env, GIT_SSH_COMMAND: ssh };
    const started = performance.now();
    const listed = await git(['ls-remote', `host:${remote}`, 'HEAD', 'refs/heads/mpa'], {
      ...here,
      env: online,
    });
    expect(listed).toContain(oids[2]);
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe('processes', () => {
  it('walking and reading a ledger costs one git process, holds nothing open afterwards, and survives its end', async () => {
    const folder = join(place, 'counted.git');
    await (await createStore({ folder, remote, env })).fetch();
    const [bin, log] = [join(place, 'counting'), join(place, 'count')];
    await git(['init', '--quiet', bin], { cwd: place, env: gitEnvironment(env, null, null) });
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho $$ >> ${log}\nPATH=${env['PATH']} exec git "$@"\n`);
    chmodSync(join(bin, 'git'), 0o755);
    rmSync(log, { force: true });
    const store = await openStore({ folder, remote, env: { ...env, PATH: `${bin}:${env['PATH']}` } });
    expect(existsSync(log)).toBe(false);
    for (let round = 0; round < 3; round += 1) {
      expect(await store.walk(oids[2] ?? '', null)).toMatchObject({ ok: true });
      for await (const commit of store.commits(oids, null)) expect(commit.bytes).not.toBeNull();
      expect(await store.blob(oids[0] ?? '', 1)).toBeNull();
    }
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(1);
    const open = process.getActiveResourcesInfo();
    expect(open.filter((kind) => kind === 'ProcessWrap')).toEqual([]);

    const pid = Number(readFileSync(log, 'utf8'));
    process.kill(pid);
    while (isAlive(pid)) await new Promise((next) => setImmediate(next));
    expect(await store.walk(oids[2] ?? '', null)).toMatchObject({ ok: true });
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(2);
  });
});

/** A process that has ended, and that nobody has asked about yet, runs no more. */
function isRunning(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  return isAlive(pid) && !(existsSync(status) && /^State:\s+Z/m.test(readFileSync(status, 'utf8')));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
