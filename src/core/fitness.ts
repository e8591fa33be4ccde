import type { KeyInfo } from './keys.js';

/** Seconds by which a key may be younger than what it signs. Section 5.4. */
export const CREATED_LATER_AT_MOST = 900;

/** RSA, ECDSA and the two numbers of Ed25519. Section 5.4. */
const ALGORITHMS: ReadonlySet<number> = new Set([1, 3, 19, 22, 27]);

export type Fitness = { readonly fit: true } | { readonly fit: false; readonly why: string };

function unfit(why: string): Fitness {
  return { fit: false, why };
}

/**
 * Whether algorithm, size, flags and cross-certification let this key ever sign, whatever the time. Section 5.4;
 * each certificate of a valid policy has such a key (section 6).
 */
export function couldEverSign(key: KeyInfo): boolean {
  return ALGORITHMS.has(key.algorithm) && key.strong && key.certified && key.maySign;
}

/**
 * Whether `key` was fit at `at` (seconds since 1970) to sign for its holder. Section 5.4: at the second of
 * expiry it has expired; what was revoked is revoked for every `at`. `why` is words for people.
 */
export function fitness(key: KeyInfo, at: number): Fitness {
  if (!ALGORITHMS.has(key.algorithm) || !key.strong) {
    return unfit(`its algorithm or size (${key.algorithmName}) is not accepted`);
  }
  if (!key.certified) return unfit('it is a subkey without a cross-certification');
  if (!key.maySign) return unfit('its key flags do not say that it may sign');
  if (key.revoked) return unfit('it is revoked');
  if (key.expires !== null && at >= key.expires) return unfit('it has expired');
  if (key.primary?.revoked === true) return unfit('its primary key is revoked');
  if (key.primary !== null && key.primary.expires !== null && at >= key.primary.expires) {
    return unfit('its primary key has expired');
  }
  // Written so that a time that is no number is a no.
  if (!(key.created <= at + CREATED_LATER_AT_MOST)) return unfit('it was created later');
  return { fit: true };
}
