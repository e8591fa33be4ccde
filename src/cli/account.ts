import { userInfo } from 'node:os';
import { MpaError } from '../core/errors.js';
import { isLogin } from '../core/scalars.js';
import type { Account } from '../workflows/launch.js';
import type { LedgerEntry } from './config.js';

/** Where programs are looked for on an executor, unless its configuration says otherwise. */
export const FIXED_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The password database: the line of a login (`name:x:uid:gid:words:home:shell`), or null. */
export type PasswordLine = (login: string) => string | null;

/** An account in a line of the password database; null where the line is none, or another login's. */
function parseLine(line: string, login: string): Omit<Account, 'path' | 'own'> | null {
  const [name, , uid = '', gid = '', , home = '', shell = ''] = line.split(':');
  if (name !== login || !/^\d{1,10}$/.test(uid) || !/^\d{1,10}$/.test(gid)) return null;
  return {
    login,
    uid: Number(uid),
    gid: Number(gid),
    home: home === '' ? '/' : home,
    shell: shell === '' ? '/bin/sh' : shell,
  };
}

function bad(message: string, hint: string): MpaError {
  return new MpaError('bad-config', message, { hint });
}

/** The login of whoever runs mpa; null where the password database has none. */
function ownLogin(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

/**
 * The account under which this machine, as an executor, runs what was approved: the `login` of its configuration, else whoever runs mpa.
 * `uid`: this process's user. Section 8.7. Errors: `bad-config` where the password database has no such login, or where mpa is neither root
 * nor that login.
 */
export function accountOf(
  { login: configured, path = FIXED_PATH }: Pick<LedgerEntry, 'login' | 'path'>,
  uid: number | undefined,
  lineOf: PasswordLine,
): Account {
  const login = configured ?? ownLogin();
  if (login === null || !isLogin(login))
    throw bad('Nobody knows the login that runs mpa.', 'Add its account to the password database.');
  const line = lineOf(login);
  const found = line === null ? null : parseLine(line.trim(), login);
  if (found === null) {
    throw bad(
      `The configuration runs approved commands as ${login}, and there is no such account here.`,
      `Make it, or change "login" in the configuration file: getent passwd ${login} must find it.`,
    );
  }
  const own = found.uid === uid;
  if (own || uid === 0) return { ...found, path, own };
  throw bad(
    `Approved commands run as ${login} here, and mpa runs as ${ownLogin() ?? 'another'}: only root could change to it.`,
    `Run it as that login or as root: sudo -u ${login} mpa exec ID`,
  );
}
