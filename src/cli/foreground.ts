import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Whether this process and its children are the foreground of a terminal now: the kernel then sends Ctrl-C and Ctrl-\ to all of them
 * by itself. Linux says so exactly; elsewhere a terminal among the first three descriptors stands for it.
 */
export function inForeground(): boolean {
  try {
    // After the command's name, which may hold anything: state, parent, group, session, terminal, its foreground group.
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[2] !== undefined && fields[2] === fields[5];
  } catch {
    return [0, 1, 2].some((fd) => isatty(fd));
  }
}
