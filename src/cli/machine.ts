import { hostname, userInfo } from 'node:os';
import type { Machine } from '../workflows/workspace.js';

/** The first label of a host's name, lower case: how an action names a machine. PROTOCOL.md section 4. */
export function hostLabel(name: string): string {
  return (name.split('.')[0] ?? name).toLowerCase();
}

/** This machine as the kernel and the password database describe it; never $USER, which anyone can set. */
export function thisMachine(): Machine {
  return { host: hostLabel(hostname()), user: login() };
}

function login(): string {
  try {
    return userInfo().username;
  } catch {
    // No entry in the password database (a container's made-up user): the number, as `ls -l` prints it.
    return String(process.getuid?.() ?? 'unknown');
  }
}
