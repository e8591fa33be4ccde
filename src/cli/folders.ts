import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { refuseUnsafe } from './files.js';

/** Where this person's files are. CLI.md: MPA_HOME, or the XDG folders. Absolute paths. */
export interface Folders {
  /** The configuration file itself. */
  readonly config: string;
  readonly keys: string;
  readonly ledgers: string;
  readonly state: string;
}

/** The machine-wide configuration: executors use nothing else, and root uses it where MPA_HOME is not set. */
export const MACHINE_CONFIG = '/etc/mpa/config.json';

/** What decides where files are. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** This process's user; undefined where the system has none. */
  readonly uid: number | undefined;
  /** Whether MACHINE_CONFIG is there. */
  readonly machineWide: boolean;
}

/** The folders of CLI.md. A relative XDG variable is ignored, as the XDG specification asks. */
export function foldersOf({ env, cwd, uid, machineWide }: Surroundings): Folders {
  const home = env.MPA_HOME;
  if (home !== undefined && home !== '') return inOneFolder(resolve(cwd, home));
  if (uid === 0 && machineWide) return { ...inOneFolder('/var/lib/mpa'), config: MACHINE_CONFIG };
  const base = env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir();
  const xdg = (name: string, usual: string): string => {
    const value = env[name];
    return join(value !== undefined && isAbsolute(value) ? value : join(base, usual), 'mpa');
  };
  const data = xdg('XDG_DATA_HOME', '.local/share');
  return {
    config: join(xdg('XDG_CONFIG_HOME', '.config'), 'config.json'),
    keys: join(data, 'keys'),
    ledgers: join(data, 'ledgers'),
    state: xdg('XDG_STATE_HOME', '.local/state'),
  };
}

function inOneFolder(home: string): Folders {
  return {
    config: join(home, 'config.json'),
    keys: join(home, 'keys'),
    ledgers: join(home, 'ledgers'),
    state: join(home, 'state'),
  };
}

/** Where one ledger is: its bare clone, its state and in it the record of uses; named by the first 12 digits of its anchor. */
export function ledgerFolders(
  folders: Folders,
  anchor: string,
): { readonly clone: string; readonly state: string; readonly spent: string } {
  const short = anchor.slice(0, 12);
  const state = join(folders.state, short);
  return { clone: join(folders.ledgers, `${short}.git`), state, spent: join(state, 'spent') };
}

/**
 * Where runs on this executor get a folder each: beside root's state, which no other login can pass through; else in the state folder of
 * whoever runs mpa.
 */
export function runsFolder({ state }: Folders, uid: number | undefined): string {
  return uid === 0 ? join(dirname(state), 'runs') : join(state, 'runs');
}

/** Each folder and file whose writer decides what mpa does. */
export function guarded(folders: Folders): readonly string[] {
  const { config, keys, ledgers, state } = folders;
  return [...new Set([dirname(config), dirname(keys), config, keys, ledgers, state])];
}

/** Refuses folders and a configuration file that others can write. Errors: `unsafe-permissions`, `disk`. */
export function refuseUnsafeFolders(folders: Folders, uid: number | undefined): void {
  for (const path of guarded(folders)) refuseUnsafe(path, uid);
}
