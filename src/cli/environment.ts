import type { CommandAction } from '../core/action.js';
import type { Account } from '../workflows/launch.js';
import { pathEntries } from '../workflows/program.js';

/** Section 8.6: what the child gets of the caller's environment without being asked. */
const KEPT =
  'HOME USER LOGNAME SHELL TERM COLORTERM LANG LANGUAGE TZ TMPDIR SSH_AUTH_SOCK XDG_RUNTIME_DIR KRB5CCNAME GPG_TTY';
const PROXIES = 'http_proxy https_proxy no_proxy all_proxy ftp_proxy';
const NAMES: readonly string[] = [
  ...KEPT.split(' '),
  ...PROXIES.split(' '),
  ...PROXIES.toUpperCase().split(' '),
];

function isKept(name: string): boolean {
  return NAMES.includes(name) || /^LC_[A-Z]+$/.test(name);
}

/**
 * The child's environment, section 8.6: a fixed list of names, a PATH without empty or relative entries, what the request
 * passes unseen from `caller`, and what it sets, as written. Nothing else. No prototype.
 */
export function childEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
  action: Pick<CommandAction, 'env' | 'passEnv'>,
): Record<string, string> {
  const env = new Map<string, string>();
  for (const [name, value] of Object.entries(caller)) {
    if (value !== undefined && isKept(name)) env.set(name, value);
  }
  const path = pathEntries(caller['PATH']);
  if (path.length > 0) env.set('PATH', path.join(':'));
  for (const name of action.passEnv ?? []) {
    const value = Object.hasOwn(caller, name) ? caller[name] : undefined;
    if (value !== undefined) env.set(name, value);
  }
  for (const [name, value] of Object.entries(action.env ?? {})) env.set(name, value);
  const built: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of env) built[name] = value;
  return built;
}

/** A name of a terminal that leads nowhere else: some programs look up a file by it. */
const TERMINAL = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$/;

/**
 * The environment of a command that an executor runs, section 8.7: the account's, a fixed PATH, and what the request sets. Of the caller
 * only the kind of terminal, and only where the command gets it. No prototype.
 */
export function accountEnvironment(
  { login, home, shell, path }: Account,
  action: Pick<CommandAction, 'env' | 'stdin'>,
  caller: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const own = { HOME: home, USER: login, LOGNAME: login, SHELL: shell, PATH: path, LANG: 'C.UTF-8' };
  const built = Object.assign(Object.create(null) as Record<string, string>, own);
  const terminal = caller['TERM'] ?? '';
  if (action.stdin === 'terminal') built['TERM'] = TERMINAL.test(terminal) ? terminal : 'dumb';
  for (const [name, value] of Object.entries(action.env ?? {})) built[name] = value;
  return built;
}

/** The environment of a command under an access grant: the caller's whole one, whose approver saw no command, but what steers mpa. */
export function accessEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const built: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(caller)) {
    if (value !== undefined && !name.startsWith('MPA_')) built[name] = value;
  }
  return built;
}
