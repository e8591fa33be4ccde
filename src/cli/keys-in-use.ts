import { MpaError } from '../core/errors.js';
import type { StoredKey } from './adapters.js';

/** How a policy's ring lists keys: only what is compared here. */
interface Listed {
  readonly fingerprint: string;
  readonly primary: { readonly fingerprint: string } | null;
}

/**
 * The key that a person signs with: the one that the configuration names, or the only one in the store, or the only one that the
 * policy lists for their handle. Fingerprint of the primary; null: none, or nobody can say which.
 */
export function keyInUse(
  configured: string | undefined,
  keys: readonly string[],
  listed: readonly Listed[],
): string | null {
  if (configured !== undefined) return configured;
  const [only, ...others] = keys;
  if (only === undefined || others.length === 0) return only ?? null;
  const ours = keys.filter((fingerprint) =>
    listed.some((key) => key.fingerprint === fingerprint || key.primary?.fingerprint === fingerprint),
  );
  return ours.length === 1 ? (ours[0] ?? null) : null;
}

/** The key of the store that a person names by its fingerprint, spaces and case aside, or by its last 8 digits or more. Errors: `usage`, `no-key`. */
export function findKey(keys: readonly StoredKey[], typed: string): StoredKey {
  const wanted = typed.replace(/^0x/i, '').replaceAll(/\s/g, '').toUpperCase();
  if (!/^[0-9A-F]{8,40}$/.test(wanted)) {
    throw new MpaError(
      'usage',
      `\`${typed}\` is no fingerprint: give 40 hexadecimal digits, or the last 8 or more.`,
      {
        hint: 'See them: mpa key list',
      },
    );
  }
  const found = keys.filter(({ fingerprint }) => fingerprint.endsWith(wanted));
  const [only, ...others] = found;
  if (only === undefined) {
    throw new MpaError('no-key', `The key store holds no key ${wanted}.`, { hint: 'See them: mpa key list' });
  }
  if (others.length > 0) {
    throw new MpaError(
      'usage',
      `Several keys end in ${wanted}: ${found.map((key) => key.fingerprint).join(', ')}.`,
      {
        hint: 'Type more digits of the one that you mean.',
      },
    );
  }
  return only;
}

/** The key of the store that was typed, or the one in use. Errors: `no-key`, `usage` where nobody can say which. */
export function chosenKey(
  keys: readonly StoredKey[],
  typed: string | undefined,
  configured: string | undefined,
): StoredKey {
  const wanted =
    typed ??
    keyInUse(
      configured,
      keys.map(({ fingerprint }) => fingerprint),
      [],
    );
  if (wanted !== null) return findKey(keys, wanted);
  if (keys.length === 0) throw new MpaError('no-key', 'The key store is empty.');
  throw new MpaError('usage', 'Several keys are in the key store: say which one.', {
    hint: 'See them: mpa key list',
  });
}
