import { userInfo } from 'node:os';
import { MpaError } from '../core/errors.js';
import { FIXED_PATH } from './account.js';
import { MACHINE_CONFIG } from './folders.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What only changes how our words look. */
const KEPT = ['TERM', 'COLORTERM', 'NO_COLOR'];

/** Whether root was asked by somebody else, through sudo. */
export function isAsked({ SUDO_UID: by }: Environment): boolean {
  return by !== undefined && by !== '' && by !== '0';
}

/**
 * Whether mpa works with the machine's own configuration alone: it is root, that configuration is there, and root itself has not set
 * MPA_HOME. CLI.md: nothing of its caller's environment is taken then.
 */
export function isMachineWide(env: Environment, uid: number | undefined, configured: boolean): boolean {
  if (uid !== 0 || !configured) return false;
  return isAsked(env) || env['MPA_HOME'] === undefined || env['MPA_HOME'] === '';
}

/**
 * The environment of an mpa that takes nothing from its caller: root's home of the password database, a fixed PATH, and what only
 * changes how words look.
 */
export function machineEnvironment(env: Environment): Record<string, string> {
  const { username, homedir, shell } = userInfo();
  const own = {
    HOME: homedir,
    USER: username,
    LOGNAME: username,
    SHELL: shell ?? '/bin/sh',
    PATH: FIXED_PATH,
  };
  const built: Record<string, string> = { ...own, LANG: 'C.UTF-8' };
  for (const name of KEPT) {
    const value = env[name];
    if (value !== undefined && /^[\x21-\x7e]{0,64}$/.test(value)) built[name] = value;
  }
  return built;
}

/** Makes `env`, this process's own, hold exactly what `wanted` does: libraries that read it find nothing else. */
export function replaceEnvironment(env: NodeJS.ProcessEnv, wanted: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(env)) if (!Object.hasOwn(wanted, name)) Reflect.deleteProperty(env, name);
  Object.assign(env, wanted);
}

/**
 * The file with the passphrase: `typed` with --passphrase-file, else MPA_PASSPHRASE_FILE; undefined: none. Errors: `usage` where mpa is
 * machine-wide: whoever calls an executor names no file for it to read.
 */
export function passphraseFile(
  typed: string | undefined,
  { MPA_PASSPHRASE_FILE: set }: Environment,
  machineWide: boolean,
): { readonly path: string; readonly flag: string } | undefined {
  if (typed !== undefined && machineWide) {
    throw new MpaError('usage', `With ${MACHINE_CONFIG} mpa takes no --passphrase-file.`, {
      hint: 'Give the machine a key without a passphrase: mpa keygen --no-passphrase',
    });
  }
  if (typed !== undefined) return { path: typed, flag: '--passphrase-file' };
  return set === undefined || set === '' ? undefined : { path: set, flag: 'MPA_PASSPHRASE_FILE' };
}

/** Options that name a file to be read or written, or a program to be started. */
const NAMING = [
  'reasonFile',
  'stdin',
  'pin',
  'output',
  'out',
  'policy',
  'recoveryKey',
  'file',
  'key',
  'notify',
];

/**
 * Refuses what names files where somebody asks root through sudo to use the machine's key: root reads what they may not. Section 8.7.
 * Error: `usage`.
 */
export function refuseFiles(options: Readonly<Record<string, unknown>>): void {
  const name = NAMING.find((each) => options[each] !== undefined);
  if (name === undefined) return;
  const typed = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new MpaError(
    'usage',
    `With ${MACHINE_CONFIG} and through sudo mpa takes no --${typed}: it takes no files of its caller.`,
    {
      hint: 'What was approved runs with `mpa exec ID`, and travels with the request.',
    },
  );
}
