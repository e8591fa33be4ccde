import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hosted, launchOf, type Hosted } from './hosted.js';

/** The state of a process as the kernel says it: `T` is stopped. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return 'gone';
  }
}

async function until(what: string, probe: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (probe()) return;
    await pause(20);
  }
  throw new Error(`waited in vain for ${what}`);
}

const LOOP = 'while :; do sleep 0.02; done';

/** As a shell starts a job: the kernel lets no group stop whose parent could not continue it. */
const AS_JOB = 'set -m; "$@" & wait -f $!';

/** The parent of a process. */
function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

/** Starts a script that says its process id once its traps are set, and calls `act` with the host's and its own. */
async function running(
  traps: string,
  script: string,
  act: (host: number, command: number, said: () => string) => Promise<void>,
): Promise<Hosted> {
  let all = '';
  let failed: unknown = null;
  let acting: Promise<void> | null = null;
  const run = await hosted(launchOf(`${traps} echo $$; ${script}`, '/'), AS_JOB, (stdout) => {
    all = stdout;
    const command = Number(/^(\d+)\n/.exec(stdout)?.[1] ?? 0);
    if (command === 0 || acting !== null) return;
    const host = parentOf(command);
    acting = act(host, command, () => all).catch((error: unknown) => {
      failed = error;
      for (const pid of [command, host]) process.kill(pid, 'SIGKILL');
    });
  });
  if (failed instanceof Error) throw failed;
  return run;
}

describe.skipIf(process.platform !== 'linux')('stopping and going on', () => {
  it('SIGTSTP to mpa alone stops the command, then mpa; SIGCONT goes on with both', async () => {
    const run = await running('trap "exit 7" USR1;', LOOP, async (host, command) => {
      process.kill(host, 'SIGTSTP');
      await until('both to stop', () => stateOf(host) === 'T' && stateOf(command) === 'T');
      process.kill(host, 'SIGCONT');
      await until('both to go on', () => stateOf(host) !== 'T' && stateOf(command) !== 'T');
      process.kill(host, 'SIGUSR1');
    });
    expect(run.status).toBe(7);
  });

  it('a command that does not stop at SIGTSTP is told, and mpa goes on with it', async () => {
    const traps = 'trap "echo told" TSTP; trap "exit 7" USR1;';
    const run = await running(traps, LOOP, async (host, command, said) => {
      process.kill(host, 'SIGTSTP');
      await until('the command to be told', () => said().includes('told'));
      // Time enough for one that would stop.
      await pause(300);
      expect([stateOf(host), stateOf(command)]).not.toContain('T');
      process.kill(host, 'SIGUSR1');
    });
    expect(run.stdout).toContain('told');
    expect(run.status).toBe(7);
  });

  it('without a terminal a command that stops by itself does not stop mpa, which nobody would continue', async () => {
    const run = await running('', 'kill -STOP $$; exit 8', async (host, command) => {
      await until('the command to stop', () => stateOf(command) === 'T');
      // Time enough for a host that would stop as well.
      await pause(100);
      expect(stateOf(host)).not.toBe('T');
      process.kill(command, 'SIGCONT');
    });
    expect(run.status).toBe(8);
  });

  it('a stopped command is ended at the end of the window all the same', async () => {
    const end = Math.floor(Date.now() / 1000) + 1;
    const launch = { ...launchOf('kill -STOP $$; sleep 600', '/'), windowEnd: end, until: end };
    const run = await hosted(launch);
    expect(run.status).toBe(128 + 15);
    expect(run.stderr).toContain('was sent TERM');
  });
});
