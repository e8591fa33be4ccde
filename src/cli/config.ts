import * as v from 'valibot';
import { MpaError } from '../core/errors.js';
import { isDigest, isHandle, isLogin } from '../core/scalars.js';
import { closed, maybe, record, text } from '../core/schema-parts.js';
import { dirname } from 'node:path';
import { makeFolder, readIfThere, refuseUnsafe, writeWhole } from './files.js';

/** One joined ledger. `remote`: a URL or an absolute path; `anchor`: full id; `handle` absent: joined as a reader. */
export interface LedgerEntry {
  readonly remote: string;
  readonly anchor: string;
  readonly handle?: string;
  /** On an executor: the login under which approved commands run; absent: whoever runs mpa. */
  readonly login?: string;
  /** On an executor: the fixed PATH of what runs. */
  readonly path?: string;
}

/** The configuration file. `key`: fingerprint of the key in use. `ledgers` by local name, without a prototype. */
export interface Config {
  readonly version: 1;
  readonly key?: string;
  readonly ledgers: Readonly<Record<string, LedgerEntry>>;
}

const handle = text(isHandle, 'a lower-case word of letters, digits and hyphens, at most 32');

/** Each entry counts and is absolute: what is looked up along it never depends on where one stands. */
function isFixedPath(typed: string): boolean {
  return !typed.includes('\0') && typed.split(':').every((entry) => entry.startsWith('/'));
}

const schema = closed({
  version: v.literal(1, 'must be 1'),
  key: maybe(text((typed) => /^[0-9A-F]{40}$/.test(typed), 'a fingerprint of 40 upper-case hex digits')),
  ledgers: record(
    isHandle,
    'local name of a ledger',
    closed({
      remote: text((typed) => typed !== '' && !/[\0\n]/.test(typed), 'an address'),
      anchor: text(isDigest, 'a full anchor'),
      handle: maybe(handle),
      login: maybe(text(isLogin, 'a login')),
      path: maybe(text(isFixedPath, 'absolute folders, joined by colons')),
    }),
  ),
});

/** What a person has before anything is set up. */
export const NO_CONFIG: Config = { version: 1, ledgers: Object.create(null) as Record<string, LedgerEntry> };

/** Reads the configuration file; NO_CONFIG where there is none. Errors: `bad-config`, `unsafe-permissions`, `disk`. */
export async function loadConfig(path: string, uid: number | undefined): Promise<Config> {
  refuseUnsafe(path, uid);
  const bytes = await readIfThere(path);
  if (bytes === null) return NO_CONFIG;
  return parseConfig(bytes.toString('utf8'), path);
}

/** The configuration in a file's text. `path` is for the message. Errors: `bad-config`. */
export function parseConfig(json: string, path: string): Config {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw broken(path, 'it is not JSON', error);
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw broken(path, `${v.getDotPath(issue) ?? 'it'} ${issue.message}`);
}

/** Writes the configuration file, 0600, whole or not at all. Errors: `disk`. */
export async function saveConfig(path: string, config: Config): Promise<void> {
  await makeFolder(dirname(path));
  await writeWhole(path, `${JSON.stringify(config, null, 2)}\n`);
}

/** A copy with one ledger more, or another entry for a name that is there. */
export function withLedger(config: Config, name: string, entry: LedgerEntry): Config {
  const ledgers = Object.assign(Object.create(null) as Record<string, LedgerEntry>, config.ledgers);
  ledgers[name] = entry;
  return { ...config, ledgers };
}

/**
 * The ledger that a command is about: the one named, or the only one there is. `asked`: --ledger or MPA_LEDGER.
 * Errors: `not-joined`, `usage` where there are several and none is named.
 */
export function chooseLedger(
  config: Config,
  asked: string | undefined,
): { name: string; entry: LedgerEntry } {
  const names = Object.keys(config.ledgers);
  const name = asked ?? (names.length === 1 ? names[0] : undefined);
  const entry = name === undefined ? undefined : config.ledgers[name];
  if (name !== undefined && entry !== undefined) return { name, entry };
  if (name !== undefined) {
    throw new MpaError('not-joined', `No ledger called ${name} was joined here.`, {
      hint:
        names.length === 0
          ? 'Join it with `mpa join REMOTE --anchor ID`.'
          : `Joined are: ${names.join(', ')}.`,
    });
  }
  if (names.length === 0) throw new MpaError('not-joined', 'No ledger was joined here yet.');
  throw new MpaError('usage', 'Several ledgers were joined here: say which one.', {
    hint: `Give --ledger NAME or set MPA_LEDGER: ${names.join(', ')}.`,
  });
}

function broken(path: string, what: string, cause?: unknown): MpaError {
  return new MpaError('bad-config', `The configuration file ${path} is broken: ${what}.`, {
    hint: `Mend it in an editor, or move it away and join your ledgers anew: mv ${path} ${path}.broken`,
    cause,
  });
}
