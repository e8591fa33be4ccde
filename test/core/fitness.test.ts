import { describe, expect, it } from 'vitest';
import { couldEverSign, fitness } from '../../src/core/fitness.js';
import type { KeyInfo } from '../../src/core/keys.js';
import { keyOf, subkeyOf } from './support/policies.js';

const AT = 100_000;
const primary = (expires: number | null, revoked = false): Partial<KeyInfo> => ({
  primary: { fingerprint: 'F'.repeat(40), expires, revoked },
});

describe('§5.4 fitness at a time', () => {
  const table: readonly (readonly [what: string, key: KeyInfo, fit: boolean])[] = [
    ['a primary key is fit', keyOf('a'), true],
    ['a cross-certified subkey is fit', subkeyOf('a'), true],
    ['RSA (1) is fit', keyOf('a', { algorithm: 1 }), true],
    ['RSA (3) is fit', keyOf('a', { algorithm: 3 }), true],
    ['ECDSA (19) is fit', keyOf('a', { algorithm: 19 }), true],
    ['Ed25519 (27) is fit', keyOf('a', { algorithm: 27 }), true],
    ['DSA (17) is not', keyOf('a', { algorithm: 17 }), false],
    ['RSA for encryption (2) is not', keyOf('a', { algorithm: 2 }), false],
    ['Ed448 (28) is not', keyOf('a', { algorithm: 28 }), false],
    ['a size or curve that is not accepted is not', keyOf('a', { strong: false }), false],
    ['flags without 0x02 are not', keyOf('a', { maySign: false }), false],
    ['a subkey without cross-certification is not', subkeyOf('a', { certified: false }), false],
    ['a revoked key is not', keyOf('a', { revoked: true }), false],
    ['the second before expiry is fit', keyOf('a', { expires: AT + 1 }), true],
    ['at the second of expiry it is not', keyOf('a', { expires: AT }), false],
    ['after expiry it is not', keyOf('a', { expires: AT - 1 }), false],
    ['created at the same second is fit', keyOf('a', { created: AT }), true],
    ['created 900 s later is fit', keyOf('a', { created: AT + 900 }), true],
    ['created 901 s later is not', keyOf('a', { created: AT + 901 }), false],
    ['a subkey the second before its primary expires is fit', subkeyOf('a', primary(AT + 1)), true],
    ['a subkey at the second its primary expires is not', subkeyOf('a', primary(AT)), false],
    ['a subkey of a revoked primary is not', subkeyOf('a', primary(null, true)), false],
    ['an expired subkey of a good primary is not', subkeyOf('a', { expires: AT }), false],
    ['a revoked subkey of a good primary is not', subkeyOf('a', { revoked: true }), false],
  ];
  it.each(table)('§5.4 %s', (_, key, fit) => {
    expect(fitness(key, AT).fit).toBe(fit);
  });

  it('§5.4 at a time that is no number nothing is fit', () => {
    expect(fitness(keyOf('a'), NaN).fit).toBe(false);
  });
});

describe('§6 a certificate needs a key whose algorithm, size and flags could ever sign', () => {
  const table: readonly (readonly [what: string, key: KeyInfo, could: boolean])[] = [
    ['a good key could', keyOf('a'), true],
    ['an expired key could', keyOf('a', { expires: 1 }), true],
    ['a revoked key could', keyOf('a', { revoked: true }), true],
    ['a key from the future could', keyOf('a', { created: 2 ** 32 }), true],
    ['a weak key could not', keyOf('a', { strong: false }), false],
    ['an algorithm that is not accepted could not', keyOf('a', { algorithm: 17 }), false],
    ['an encryption key could not', keyOf('a', { maySign: false }), false],
    ['a subkey without cross-certification could not', subkeyOf('a', { certified: false }), false],
  ];
  it.each(table)('§6 %s', (_, key, could) => {
    expect(couldEverSign(key)).toBe(could);
  });
});
