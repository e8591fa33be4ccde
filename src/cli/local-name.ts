import { MpaError } from '../core/errors.js';
import { isHandle } from '../core/scalars.js';
import type { Config, LedgerEntry } from './config.js';
import { withLedger } from './config.js';

/** A local name made from a ledger's own name, which may hold anything: lower case, other characters as hyphens. */
export function localName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 32)
    .replace(/-+$/, '');
  return isHandle(plain) ? plain : 'ledger';
}

/** A local name that was typed. Errors: `usage`. */
export function checkedName(typed: string, flag: string): string {
  if (isHandle(typed)) return typed;
  throw new MpaError(
    'usage',
    `${flag} ${typed} cannot name a ledger here: it takes a lower-case word of letters, digits and hyphens.`,
  );
}

/** Refuses a local name that another ledger has here. `anchor` null: of a ledger that is still to be made. Errors: `usage`. */
export function refuseTaken(config: Config, name: string, anchor: string | null, flag: string): void {
  const taken = config.ledgers[name];
  if (taken === undefined || taken.anchor === anchor) return;
  throw new MpaError('usage', `Another ledger is called ${name} here, with the anchor ${taken.anchor}.`, {
    hint: `Choose another name for this one with ${flag}.`,
  });
}

/** The local name of a ledger that was joined here before; undefined: it was not. */
export function nameOf(config: Config, anchor: string): string | undefined {
  return Object.entries(config.ledgers).find(([, entry]) => entry.anchor === anchor)?.[0];
}

/** The configuration with this ledger under this name and no other. */
export function enrolled(config: Config, name: string, entry: LedgerEntry): Config {
  const before = nameOf(config, entry.anchor);
  const { login, path } = config.ledgers[before ?? ''] ?? {};
  // What an administrator has set for an executor stays.
  const kept = { ...(login === undefined ? {} : { login }), ...(path === undefined ? {} : { path }) };
  const added = withLedger(config, name, { ...entry, ...kept });
  if (before === undefined || before === name) return added;
  const { [before]: _, ...rest } = added.ledgers;
  return { ...added, ledgers: Object.assign(Object.create(null) as Record<string, LedgerEntry>, rest) };
}
