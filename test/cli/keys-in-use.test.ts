import { describe, expect, it } from 'vitest';
import type { StoredKey } from '../../src/cli/adapters.js';
import { findKey, keyInUse } from '../../src/cli/keys-in-use.js';
import { MpaError } from '../../src/core/errors.js';

const A = 'A'.repeat(40);
const B = `${'B'.repeat(30)}${'A'.repeat(10)}`;
const C = `${'C'.repeat(39)}1`;

function key(fingerprint: string): StoredKey {
  return {
    fingerprint,
    certificate: { userId: { name: 'x', email: 'x@y', text: '' }, keys: [] },
    publicKeyFile: '/x',
  };
}

describe('the key in use', () => {
  const primary = (fingerprint: string) => ({ fingerprint, primary: null });
  const subkey = { fingerprint: 'D'.repeat(40), primary: { fingerprint: C } };

  it.each([
    ['the configured one', A, [B, C], [], A],
    ['none of an empty store', undefined, [], [], null],
    ['the only one', undefined, [B], [], B],
    ['unclear where there are several', undefined, [A, B], [], null],
    ['the one that the policy lists', undefined, [A, B], [primary(B)], B],
    ['the one whose subkey the policy lists', undefined, [A, C], [subkey], C],
    ['unclear where the policy lists two', undefined, [A, B], [primary(A), primary(B)], null],
  ])('is %s', (_, configured, keys, listed, expected) => {
    expect(keyInUse(configured, keys, listed)).toBe(expected);
  });
});

describe('a key that is named', () => {
  const keys = [key(A), key(B), key(C)];
  const found = (typed: string): string => {
    try {
      return findKey(keys, typed).fingerprint;
    } catch (error) {
      return error instanceof MpaError ? error.code : String(error);
    }
  };

  it.each([
    [A, A],
    [C.toLowerCase(), C],
    [`0x${C}`, C],
    [`${C.slice(0, 20)} ${C.slice(20)}`, C],
    ['CCCCCCC1', C],
    ['AAAAAAAAAA', 'usage'],
    ['CCC1', 'usage'],
    ['D'.repeat(40), 'no-key'],
    ['nonsense', 'usage'],
    ['', 'usage'],
  ])('%s is %s', (typed, expected) => {
    expect(found(typed)).toBe(expected);
  });
});
