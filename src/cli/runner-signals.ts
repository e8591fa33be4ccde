import { hasTerminal, inForeground, isStopped } from './foreground.js';
import { holdInterrupts } from './interrupts.js';
import type { Child } from './runner-window.js';

const PASSED = ['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** Those that the kernel gives to the whole foreground of a terminal by itself: passed on, the command would be hit twice. */
const KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];

/** How long a command of the foreground may take to stop by itself before it is told to. */
const SUSPEND_MS = 150;

/** For how long after a command's end a signal is the one that ended it: sent to all of a job, it reaches mpa in its own time. */
const SAME_ACT_MS = 500;

/** Ends what listens still for a command that has ended. */
let lingering: (() => void) | null = null;

/** The signals that reach mpa while a command runs. */
export interface Signals {
  /** From now on they go to `child`, and those that came before it was there. */
  to(child: Child): void;
  /** From now on, once the command has ended, they are told to `listener` alone. */
  after(listener: () => void): void;
  /** The command has ended: what comes within half a second is dropped, for its end is yet to be recorded; then mpa is as any program. */
  stop(): void;
}

/** Ctrl-Z, fg and bg: mpa stops when its command does, or the shell, which knows mpa alone, would wait for ever. */
function jobControl(childNow: () => Child | null): ReadonlyMap<NodeJS.Signals, () => void> {
  let asked = false;
  const stopped = (): boolean | null => {
    const pid = childNow()?.pid;
    return pid === undefined ? null : isStopped(pid);
  };
  const stopSelf = (): void => {
    asked = false;
    // By the signal that a shell tells of: with nobody listening for it, it does what it does to any program. One that is on its way to us
    // as well is forgotten with its listener, or it would stop the command again once both go on.
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
  };
  const follow = (): void => {
    // Without a shell's job control nobody would ever continue mpa, which has to live to record how the command ended.
    if (stopped() === true && (asked || hasTerminal())) stopSelf();
  };
  function suspend(): void {
    asked = true;
    const child = childNow();
    if (child === null) stopSelf();
    else if (!inForeground()) child.kill('SIGTSTP');
    else {
      setTimeout(() => {
        if (asked && stopped() === false) child.kill('SIGTSTP');
      }, SUSPEND_MS).unref();
    }
    // Where no system tells whether it has stopped, it is taken at its word.
    if (child !== null && stopped() === null) stopSelf();
    else follow();
  }
  const resume = (): void => {
    asked = false;
    process.off('SIGTSTP', suspend).on('SIGTSTP', suspend);
    if (stopped() !== false) childNow()?.kill('SIGCONT');
  };
  return new Map<NodeJS.Signals, () => void>([
    ['SIGTSTP', suspend],
    ['SIGCHLD', follow],
    ['SIGCONT', resume],
  ]);
}

/**
 * Takes the signals that would end mpa, which has to live to record how the command ended, and hands them on; stops and
 * goes on with its command.
 */
export function takeSignals(): Signals {
  lingering?.();
  const release = holdInterrupts();
  const early: NodeJS.Signals[] = [];
  let child: Child | null = null;
  let later: (() => void) | null = null;
  const take = (signal: NodeJS.Signals): void => {
    if (later !== null) later();
    else if (child === null) early.push(signal);
    else if (!(KEYBOARD.includes(signal) && inForeground())) child.kill(signal);
  };
  const jobs = jobControl(() => (later === null ? child : null));
  for (const signal of PASSED) process.on(signal, take);
  for (const [signal, act] of jobs) process.on(signal, act);
  return {
    to: (started) => {
      child = started;
      for (const signal of early) started.kill(signal);
    },
    after: (listener) => {
      later = listener;
    },
    stop: () => {
      for (const [signal, act] of jobs) process.off(signal, act);
      later = () => undefined;
      const end = (): void => {
        clearTimeout(timer);
        lingering = null;
        for (const signal of PASSED) process.off(signal, take);
        release();
      };
      const timer = setTimeout(end, SAME_ACT_MS).unref();
      lingering = end;
    },
  };
}
