import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLauncher, statusOf } from '../../src/cli/runner.js';
import type { Exit } from '../../src/core/events.js';
import { running } from '../../src/ledger/processes.js';
import type { Launch } from '../../src/workflows/launch.js';
import { place } from '../support/places.js';
import { AROUND, hosted, launchOf } from './hosted.js';

describe('a launch', () => {
  const launcher = createLauncher({ PATH: '/usr/bin:/bin', SECRET: 'x' }, AROUND);
  const exitOf = async (launch: Launch): Promise<Exit> => (await launcher(launch)).exit;

  it.each([0, 1, 7, 125, 255])('ends with the command’s own code %i', async (code) => {
    expect(await exitOf(launchOf(`exit ${code}`, '/'))).toEqual({ code });
  });

  it.each(['SIGTERM', 'SIGKILL', 'SIGSEGV'])('names the signal %s that ended it', async (signal) => {
    expect(await exitOf(launchOf(`kill -${signal.slice(3)} $$`, '/'))).toEqual({ signal });
  });

  it('measures whole milliseconds', async () => {
    const { millis } = await launcher(launchOf('exit 0', '/'));
    expect(Number.isSafeInteger(millis) && millis >= 0).toBe(true);
  });

  it.each([
    ['no file', '/nonexistent/program', { failed: 'not-found' }],
    ['a file without execute permission', '/etc/passwd', { failed: 'cannot-execute' }],
    ['a folder', '/etc', { failed: 'cannot-execute' }],
  ])('%s is not started: %s', async (_, program, exit) => {
    expect(await exitOf({ ...launchOf('', '/'), program, argv: [program] })).toEqual(exit);
  });

  it('arguments that are too long are a failure that nothing was spawned by', async () => {
    const argv = ['true', 'x'.repeat(300_000)];
    expect(await exitOf({ ...launchOf('', '/'), program: '/bin/true', argv })).toEqual({
      failed: 'spawn-failed',
    });
  });

  it('§8.6 arguments reach the program one by one, without a shell', async () => {
    const folder = place();
    const odd = ['a b', '$(touch evil)', '`id`', "'", '"', '\n', '*', ';', ''];
    const script =
      'const fs = require("fs"); fs.writeFileSync("seen", JSON.stringify([process.argv0, ...process.argv.slice(1)]))';
    const launch = {
      ...launchOf('', folder),
      program: process.execPath,
      argv: ['renamed', '-e', script, '--', ...odd],
    };
    expect(await exitOf(launch)).toEqual({ code: 0 });
    expect(JSON.parse(readFileSync(join(folder, 'seen'), 'utf8'))).toEqual(['renamed', ...odd]);
  });

  it('§8.6 runs in the folder, with the environment, that were approved', async () => {
    const folder = place();
    const action = { env: { SET: 'a b' } };
    expect(await exitOf(launchOf('pwd >where; env >env', folder, action))).toEqual({ code: 0 });
    expect(readFileSync(join(folder, 'where'), 'utf8')).toBe(`${folder}\n`);
    const names = readFileSync(join(folder, 'env'), 'utf8').split('\n').filter(Boolean);
    // What sh itself adds.
    expect(names.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line)).sort()).toEqual([
      'PATH=/usr/bin:/bin',
      'SET=a b',
    ]);
  });

  it('§6 enforceEnd: what still runs at the end of the window is ended', async () => {
    const now = Math.floor(Date.now() / 1000);
    const launch = { ...launchOf('exec sleep 600', '/'), windowEnd: now, until: now };
    expect(await exitOf(launch)).toEqual({ signal: 'SIGTERM' });
  });

  it('§6 enforceEnd: so is what a script has started, in the foreground and in the background', async () => {
    const folder = place();
    const file = join(folder, 'pids');
    // The shell dies at TERM; what it waits for would go on.
    const script = `(sleep 601 & echo $! >>pids; exec sleep 602) & echo $! >>pids; sh -c 'echo $$ >>pids; sleep 603; :'; :`;
    const until = Math.floor(Date.now() / 1000) + 1;
    expect(await exitOf({ ...launchOf(script, folder), windowEnd: until, until })).toEqual({
      signal: 'SIGTERM',
    });
    const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number);
    expect(pids).toHaveLength(3);
    const runs = new Set(running().map(({ pid }) => pid));
    expect(pids.filter((pid) => runs.has(pid))).toEqual([]);
  });
});

describe('a launch in a process of its own', () => {
  it('stdout and stderr are the command’s alone', async () => {
    const run = await hosted(launchOf('echo out; echo err >&2; exit 3', '/'));
    expect(run).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('§8.6 standard input that nobody approved is /dev/null', async () => {
    const run = await hosted(launchOf('cat; echo end', '/'), 'exec "$@"', undefined, 'secret\n');
    expect(run.stdout).toBe('end\n');
  });

  it('§8.6 approved, standard input is the caller’s', async () => {
    const run = await hosted(launchOf('cat', '/', { stdin: 'terminal' }), 'exec "$@"', undefined, 'typed\n');
    expect(run.stdout).toBe('typed\n');
  });

  it.skipIf(process.platform !== 'linux')(
    '§8.6 none of the caller’s descriptors above 2 reach it',
    async () => {
      const folder = place();
      mkdirSync(join(folder, 'd'));
      writeFileSync(join(folder, 'held'), 'held');
      const list = launchOf('for fd in /proc/$$/fd/*; do readlink $fd; done', folder);
      const open = [3, 9, 17, 30, 64, 200].map((fd) => `exec ${fd}<${join(folder, 'held')}`).join('; ');
      const run = await hosted(list, `${open}; exec "$@"`);
      expect(run.status).toBe(0);
      expect(run.stdout).not.toContain('held');
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'NODE_V8_COVERAGE, which node adds by itself, does not reach it',
    async () => {
      const folder = place();
      const run = await hosted(launchOf('env', '/'), `NODE_V8_COVERAGE=${folder} exec "$@"`);
      expect(run.stdout).not.toContain('NODE_V8_COVERAGE');
    },
  );

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const)(
    '%s reaches the command, and its own status comes back',
    async (signal) => {
      const script = `trap 'echo got; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
      let sent = false;
      const run = await hosted(launchOf(script, '/'), 'exec "$@"', (stdout, pid) => {
        if (!sent && stdout.includes('ready')) {
          sent = true;
          process.kill(pid, signal);
        }
      });
      expect(run).toMatchObject({ status: 9, stdout: 'ready\ngot\n' });
    },
  );

  it('a command that a passed signal ends gives 128 and the signal', async () => {
    let sent = false;
    const run = await hosted(launchOf('echo ready; exec sleep 600', '/'), 'exec "$@"', (stdout, pid) => {
      if (!sent && stdout.includes('ready')) {
        sent = true;
        process.kill(pid, 'SIGTERM');
      }
    });
    expect(run.status).toBe(128 + 15);
  });
});

describe('the exit status', () => {
  it.each([
    [{ code: 0 }, 0],
    [{ code: 42 }, 42],
    [{ signal: 'SIGINT' }, 130],
    [{ signal: 'SIGKILL' }, 137],
    [{ signal: 'SIGTERM' }, 143],
    [{ failed: 'not-found' }, 127],
    [{ failed: 'cannot-execute' }, 126],
    [{ failed: 'spawn-failed' }, 126],
  ] satisfies [Exit, number][])('%j is %i', (exit, status) => {
    expect(statusOf(exit)).toBe(status);
  });
});
