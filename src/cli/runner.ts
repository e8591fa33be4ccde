import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Exit } from '../core/events.js';
import type { Launch, Launcher, Outcome } from '../workflows/launch.js';
import { covered } from './descriptors.js';
import { accessEnvironment, accountEnvironment, childEnvironment } from './environment.js';
import { holdInterrupts } from './interrupts.js';
import { takeSignals } from './runner-signals.js';
import { openPassages, type Passages } from './runner-streams.js';
import { watchWindow, type Around } from './runner-window.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The word of a `finish` where nothing was spawned (section 4), by the system's code. */
function failure(error: unknown): Exit {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return { failed: 'not-found' };
  if (code === 'EACCES' || code === 'ENOEXEC' || code === 'EPERM') return { failed: 'cannot-execute' };
  return { failed: 'spawn-failed' };
}

function stdinOf(input: Launch['input']): 'ignore' | 'inherit' | number {
  if (input.kind === 'bytes') return input.descriptor;
  return input.kind === 'terminal' ? 'inherit' : 'ignore';
}

function environmentOf({ record, account }: Launch, caller: Environment): Record<string, string> {
  const { action } = record.event;
  if (action.kind === 'access') return accessEnvironment(caller);
  return account === null ? childEnvironment(caller, action) : accountEnvironment(account, action, caller);
}

function mkfifo(path: string): void {
  const env = { PATH: '/usr/bin:/bin' };
  const made = spawnSync('mkfifo', ['-m', '600', path], { env, stdio: 'ignore' });
  if (made.status !== 0) throw made.error ?? new Error('mkfifo failed');
}

/** The password database's line of a login, wherever that is kept (files, LDAP); null where it has none. */
export function passwordLine(login: string): string | null {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
  const found = spawnSync('getent', ['passwd', login], { env, encoding: 'utf8', timeout: 10_000 });
  if (found.error === undefined) return found.status === 0 ? found.stdout : null;
  // A system without getent (macOS): what its own file says.
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.find((line) => line.startsWith(`${login}:`)) ?? null;
}

function start(launch: Launch, caller: Environment, passages: Passages | null): ChildProcess {
  const { program, argv, cwd, input, account } = launch;
  const others = covered();
  try {
    return spawn(program, argv.slice(1), {
      argv0: argv[0] ?? program,
      cwd,
      // A name of node's own that it would add by itself.
      env: { NODE_V8_COVERAGE: undefined, ...environmentOf(launch, caller) },
      stdio: [stdinOf(input), passages?.stdout ?? 'inherit', passages?.stderr ?? 'inherit', ...others.stdio],
      shell: false,
      ...(account === null || account.own ? {} : { uid: account.uid, gid: account.gid }),
    });
  } finally {
    others.close();
    passages?.handedOver();
  }
}

function ended(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    // For as long as it lives: each signal that may not be sent (a child of another login, as with sudo) is such an error, and no end.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(failure(error));
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? { code: code ?? 0 } : { signal });
    });
  });
}

/** Runs one launch to its end; `millis` is called when the command ends. */
async function run(
  launch: Launch,
  caller: Environment,
  around: Around,
  millis: () => number,
): Promise<Outcome> {
  const signals = takeSignals();
  const umask = launch.account === null ? null : process.umask(0o022);
  let passages: Passages | null = null;
  try {
    passages = launch.digests ? openPassages(launch.account, mkfifo) : null;
    const child = start(launch, caller, passages);
    // Before anything is sent to it: an error that nobody listens to would end mpa, and the run unrecorded.
    const end = ended(child);
    signals.to(child);
    const stop = child.pid === undefined ? () => Promise.resolve() : watchWindow(child, launch, around);
    const exit = await end;
    await stop();
    const outcome = { exit, millis: millis() };
    if (passages === null || 'failed' in exit) return outcome;
    // What it has left behind may still be writing, as in any pipeline. Whoever does not want to wait for that says so by a signal.
    signals.after(passages.giveUp);
    return { ...outcome, ...(await passages.digests) };
  } catch (error) {
    return { exit: failure(error), millis: millis() };
  } finally {
    passages?.giveUp();
    if (umask !== null) process.umask(umask);
    signals.stop();
  }
}

/**
 * The launcher of this machine: starts `program` as `argv[0]`, without a shell, in `cwd`, with the environment of section 8.6 made
 * from `caller` (8.7 on an executor), standard input as approved, output and errors as they are or through mpa where they are digested, and
 * no other descriptor; passes signals on, stops and goes on with it, tells when the grant ends, and waits.
 */
export function createLauncher(caller: Environment, around: Around): Launcher {
  return (launch: Launch): Promise<Outcome> => {
    const began = performance.now();
    return run(launch, caller, around, () => Math.round(performance.now() - began));
  };
}

/** The exit status that stands for an end: the command's own, 128+n for a signal, 126 or 127 where nothing was spawned. */
export function statusOf(exit: Exit): number {
  if ('code' in exit) return exit.code;
  if ('failed' in exit) return exit.failed === 'not-found' ? 127 : 126;
  const number = Object.entries(constants.signals).find(([name]) => name === exit.signal)?.[1];
  return 128 + (number ?? 0);
}

/** Opens `path` in an editor on this terminal, as git does: `editor` may hold arguments. True where it ended well. */
export async function edit(editor: string, path: string): Promise<boolean> {
  const release = holdInterrupts();
  try {
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, editor, path], { stdio: 'inherit' });
    const exit = await ended(child);
    return 'code' in exit && exit.code === 0;
  } finally {
    release();
  }
}
