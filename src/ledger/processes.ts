import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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

// A fixed zone and language: the same start must read the same from every terminal.
const PLAIN = { PATH: '/bin:/usr/bin:/sbin:/usr/sbin', LC_ALL: 'C', TZ: 'UTC0' };

function output(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, args, { env: PLAIN, timeout: 10_000 }, (error, stdout) => {
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

/** One process that runs now, and which started it. `started` tells it from a later one of the same number. */
export interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly started: string;
}

function runningOnLinux(): Running[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [state = 'X', parent = '0', started = ''] = [fields[0], fields[1], fields[19]];
      return GONE.test(state) ? [] : [{ pid: Number(name), parent: Number(parent), started }];
    } catch {
      // It has ended since the folder was read.
      return [];
    }
  });
}

function runningByPs(): Running[] {
  const args = ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'stat=', '-o', 'lstart='];
  const lines = execFileSync('ps', args, { env: PLAIN, timeout: 10_000, encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state = 'X', started = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+)$/.exec(line) ?? [];
    return GONE.test(state) ? [] : [{ pid: Number(pid), parent: Number(parent), started }];
  });
}

/** Every process that this one can see; none where the system shows none. */
export function running(): readonly Running[] {
  try {
    return process.platform === 'linux' ? runningOnLinux() : runningByPs();
  } catch {
    return [];
  }
}

/** Those of `all` that one of `roots` (process ids) started, or what they started, and so on; without the roots. */
export function descendants(all: readonly Running[], roots: readonly number[]): readonly Running[] {
  const family = new Set(roots);
  const found: Running[] = [];
  for (let before = -1; before !== found.length;) {
    before = found.length;
    for (const each of all) {
      if (family.has(each.pid) || !family.has(each.parent)) continue;
      family.add(each.pid);
      found.push(each);
    }
  }
  return found;
}
