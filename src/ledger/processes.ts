import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { systemCode } from './durable.js';

/**
 * One process of one boot of one machine, never mistaken for a later one with the same number. `boot` and `space`
 * (the namespace that its number is of) are empty where the system names none.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
  readonly boot: string;
  readonly space: string;
  readonly host: string;
}

export type Fate = 'alive' | 'dead' | 'unknown';

/** How a system tells of its processes: when one started, `null` where it runs no more, undefined where nobody can say. */
export interface ProcessTable {
  started(pid: number): Promise<string | null | undefined>;
  boot(): Promise<string>;
  space(): Promise<string>;
}

/** A zombie runs no more: it only waits for its parent to look. */
const GONE = /^[ZXx]/;

async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}

/** Linux: field 22 of /proc/PID/stat, counted after the command's name, which may itself hold anything. */
export const linuxTable: ProcessTable = {
  async started(pid) {
    const stat = await textOf(`/proc/${String(pid)}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    const ticks = fields[19];
    if (state === undefined || ticks === undefined) return undefined;
    return GONE.test(state) ? null : ticks;
  },
  boot: () => textOf('/proc/sys/kernel/random/boot_id'),
  space: () => readlink('/proc/self/ns/pid').catch(() => ''),
};

function output(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    // A fixed zone and language: the same start must read the same from every terminal.
    const env = { PATH: '/bin:/usr/bin:/sbin:/usr/sbin', LC_ALL: 'C', TZ: 'UTC0' };
    execFile(command, args, { env, timeout: 10_000 }, (error, stdout) => {
      resolve(error === null ? stdout.trim() : null);
    });
  });
}

/** Every other system: POSIX ps, and the boot's own name where the kernel has one (macOS). */
export const psTable: ProcessTable = {
  async started(pid) {
    const line = await output('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)]);
    const parts = /^(\S+)\s+(.+)$/.exec(line ?? '');
    if (parts === null) return undefined;
    return GONE.test(parts[1] ?? '') ? null : (parts[2] ?? undefined);
  },
  boot: async () => (await output('sysctl', ['-n', 'kern.bootsessionuuid'])) ?? '',
  space: () => Promise.resolve(''),
};

export const systemTable = process.platform === 'linux' ? linuxTable : psTable;

/** This process. `host` is the machine's name and, where there is one, its machine id. */
export async function identify(table: ProcessTable = systemTable): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    started: (await table.started(process.pid)) ?? '',
    boot: await table.boot(),
    space: await table.space(),
    host: `${hostname()} ${await textOf('/etc/machine-id')}`.trim(),
  };
}

let own: Promise<ProcessIdentity> | null = null;

/** This process, asked once. */
export function thisProcess(): Promise<ProcessIdentity> {
  own ??= identify();
  return own;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and another login's.
    return systemCode(error) !== 'ESRCH';
  }
}

/**
 * Whether the process of `identity` still runs, as far as `here` can prove it. `dead` is a proof: no such number in this
 * boot and namespace, the number given to a later process, or an earlier boot of this machine. Another machine's is `unknown`.
 */
export async function fateOf(
  identity: ProcessIdentity,
  here: ProcessIdentity,
  table: ProcessTable = systemTable,
): Promise<Fate> {
  const boots = identity.boot !== '' && here.boot !== '';
  if (boots && identity.boot !== here.boot) return identity.host === here.host ? 'dead' : 'unknown';
  if (!boots && identity.host !== here.host) return 'unknown';
  if (identity.space !== here.space || identity.started === '') return 'unknown';
  if (!exists(identity.pid)) return 'dead';
  const started = await table.started(identity.pid);
  if (started === undefined) return 'unknown';
  return started === identity.started ? 'alive' : 'dead';
}
