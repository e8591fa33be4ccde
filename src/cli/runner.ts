import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Exit } from '../core/events.js';
import type { Clock } from '../core/ports.js';
import type { Launch, Launcher, Outcome } from '../workflows/launch.js';
import { covered } from './descriptors.js';
import { accessEnvironment, childEnvironment } from './environment.js';
import { inForeground } from './foreground.js';
import { holdInterrupts } from './interrupts.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** How long a command may take to end by itself once its window is over. */
const GRACE_MS = 10_000;

/** The longest wait that a timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

const PASSED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

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

function start({ record, program, argv, cwd, input }: Launch, caller: Environment): ChildProcess {
  const { action } = record.event;
  const environment =
    action.kind === 'command' ? childEnvironment(caller, action) : accessEnvironment(caller);
  const others = covered();
  try {
    return spawn(program, argv.slice(1), {
      argv0: argv[0] ?? program,
      cwd,
      // A name of node's own that it would add by itself.
      env: { NODE_V8_COVERAGE: undefined, ...environment },
      stdio: [stdinOf(input), 'inherit', 'inherit', ...others.stdio],
      shell: false,
    });
  } finally {
    others.close();
  }
}

/** What a launcher has beside the caller's environment. */
export interface Around {
  readonly clock: Clock;
  /** Tells the person one line; silent with --quiet. */
  say(line: string): void;
}

/** The signals that reach mpa while a command runs. */
interface Signals {
  /** From now on they go to `child`, and those that came before it was there. */
  to(child: ChildProcess): void;
  stop(): void;
}

/**
 * Takes the signals that would end mpa, which has to live to record how the command ended, and hands them on: but not those
 * of the keyboard, which the kernel gives to the whole foreground by itself, or the command would be hit twice.
 */
function takeSignals(): Signals {
  const release = holdInterrupts();
  const early: NodeJS.Signals[] = [];
  let child: ChildProcess | null = null;
  const take = (signal: NodeJS.Signals): void => {
    const fromKeyboard = signal === 'SIGINT' || signal === 'SIGQUIT';
    if (child === null) early.push(signal);
    else if (!(fromKeyboard && inForeground())) child.kill(signal);
  };
  for (const signal of PASSED) process.on(signal, take);
  return {
    to: (started) => {
      child = started;
      for (const signal of early) started.kill(signal);
    },
    stop: () => {
      for (const signal of PASSED) process.off(signal, take);
      release();
    },
  };
}

/** Section 6, `enforceEnd`: asks the child to end at `until`, and a little later makes it. Returns how to stop. */
function endAt(child: ChildProcess, until: number | null): () => void {
  if (until === null) return () => undefined;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const left = until * 1000 - Date.now();
    if (left > 0) {
      timer = setTimeout(wait, Math.min(left, LONGEST_MS));
      return;
    }
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  wait();
  return () => {
    clearTimeout(timer);
  };
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

/**
 * The launcher of this machine: starts `program` as `argv[0]`, without a shell, in `cwd`, with the environment of section 8.6 made
 * from `caller`, standard input as approved, output and errors as they are, and no other descriptor; passes signals on and waits.
 */
export function createLauncher(caller: Environment, _around: Around): Launcher {
  return async (launch: Launch): Promise<Outcome> => {
    const began = performance.now();
    const outcome = (exit: Exit): Outcome => ({ exit, millis: Math.round(performance.now() - began) });
    const signals = takeSignals();
    try {
      const child = start(launch, caller);
      // Before anything is sent to it: an error that nobody listens to would end mpa, and the run unrecorded.
      const end = ended(child);
      signals.to(child);
      const stop = endAt(child, launch.until);
      const exit = await end;
      stop();
      return outcome(exit);
    } catch (error) {
      return outcome(failure(error));
    } finally {
      signals.stop();
    }
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
