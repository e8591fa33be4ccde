import { tmpdir } from 'node:os';
import { MpaError } from '../core/errors.js';
import { configEnvironment, type Environment } from './environment.js';
import { failureOf, git } from './git.js';

/** One setting: `section.subsection.name` as git lists it, and its value; null: a name without `=`, which git takes for true. */
export interface Setting {
  readonly key: string;
  readonly value: string | null;
}

/**
 * What mpa takes from the user's global and system configuration, in git's order: `credential.*`, `http.*`,
 * `core.sshCommand` and `safe.directory`. Everything else (aliases, hooks, rewritten addresses, allowed transports ...)
 * is left behind. Errors: `bad-config` where git cannot read those files, `git-missing`.
 */
export async function userSettings(env: Environment): Promise<Setting[]> {
  let listed: string;
  try {
    const args = ['config', '--includes', '--show-scope', '--null', '--list'];
    listed = await git(args, { cwd: tmpdir(), env: configEnvironment(env) });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    throw new MpaError('bad-config', `git cannot read its own configuration files: ${failure.words.trim()}`, {
      hint: 'mend them until `git config --list` works',
      cause: error,
    });
  }
  return parseSettings(listed).filter(({ key }) => isWanted(key));
}

/** Reads `git config --show-scope --null --list`: scope NUL key [LF value] NUL, over and over. */
export function parseSettings(listed: string): Setting[] {
  const fields = listed.split('\0');
  const settings: Setting[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [scope, text] = [fields[at], fields[at + 1] ?? ''];
    if (scope !== 'system' && scope !== 'global') continue;
    const end = text.indexOf('\n');
    settings.push(
      end < 0 ? { key: text, value: null } : { key: text.slice(0, end), value: text.slice(end + 1) },
    );
  }
  return settings;
}

/** git lists section and name in lower case; the subsection keeps its letters. */
function isWanted(key: string): boolean {
  if (key === 'core.sshcommand' || key === 'safe.directory') return true;
  return key.startsWith('credential.') || key.startsWith('http.');
}

/** A configuration file that says exactly these settings, in this order. */
export function configText(settings: readonly Setting[]): string {
  return settings.map(settingText).join('');
}

function settingText({ key, value }: Setting): string {
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')];
  const section = key.slice(0, first);
  const subsection = first === last ? '' : ` "${key.slice(first + 1, last).replace(/["\\]/g, '\\$&')}"`;
  const name = key.slice(last + 1);
  return `[${section}${subsection}]\n\t${name}${value === null ? '' : ` = "${escaped(value)}"`}\n`;
}

function escaped(value: string): string {
  return value
    .replace(/["\\]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\b', '\\b');
}
