import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * What Linux says of a process, from its state on: state, parent, group, session, terminal, the terminal's foreground group, ...;
 * null on other systems, and where there is no such process.
 */
function factsOf(process: number | 'self'): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'latin1');
    // After the command's name, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/**
 * Whether this process and its children are the foreground of a terminal now: the kernel then sends Ctrl-C, Ctrl-\ and Ctrl-Z to all
 * of them by itself. Linux says so exactly; elsewhere a terminal among the first three descriptors stands for it.
 */
export function inForeground(): boolean {
  const facts = factsOf('self');
  if (facts === null) return [0, 1, 2].some((fd) => isatty(fd));
  return facts[2] !== undefined && facts[2] === facts[5];
}

/** Whether a terminal, and so a shell with job control, governs this process. */
export function hasTerminal(): boolean {
  const terminal = factsOf('self')?.[4];
  return terminal !== undefined && terminal !== '0';
}

/** Whether a process is stopped, as by Ctrl-Z; null where nobody can say. One that a debugger holds is not. */
export function isStopped(pid: number): boolean | null {
  const state = factsOf(pid)?.[0];
  return state === undefined ? null : state === 'T';
}
