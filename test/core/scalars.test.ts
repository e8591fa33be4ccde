import { describe, expect, test } from 'vitest';
import * as scalars from '../../src/core/scalars.js';

type Predicate = (text: string) => boolean;
const smile = '\u{1f600}';

const TABLE: readonly (readonly [string, Predicate, readonly string[], readonly string[]])[] = [
  [
    'handles',
    scalars.isHandle,
    ['a', 'a-', 'a1', 'constructor', 'everyone', 'a'.repeat(32)],
    ['', '1a', '-a', 'A', 'a_b', 'a.b', 'é', 'a'.repeat(33), 'a\n', '__proto__'],
  ],
  [
    'names',
    scalars.isName,
    ['A', 'Zoë Ω', 'a.b', "O'Neil", '(x)', smile.repeat(100), 'a'.repeat(100), '\u00a0', '\u202e', 'a-', '!'],
    [
      '',
      smile.repeat(101),
      'a'.repeat(101),
      '\ud800',
      'a\u0000b',
      'a\nb',
      'a\u001fb',
      'a\u007fb',
      'a\u0085b',
      'a\u009fb',
      'a<b',
      'a>b',
      ...Array.from(' .,:;"\'\\', (mark) => `${mark}a`),
      ...Array.from(' .,:;"\'\\', (mark) => `a${mark}`),
      '.',
    ],
  ],
  [
    'e-mail addresses',
    scalars.isEmail,
    ['a@b', 'a@b@c', '!@~', 'a+b@example.org', '"a"@b'],
    ['', '@', 'a@', '@b', 'a', 'a b@c', 'a@b ', '<a@b', 'a@b>', 'é@b', 'a@b\n', 'a\u007f@b'],
  ],
  [
    'variables',
    scalars.isVariable,
    ['A', '_', 'a1', '__proto', 'constructor'],
    ['', '1', 'A-B', 'é', 'A ', 'A\n', '__proto__'],
  ],
  [
    'hosts',
    scalars.isHost,
    ['!', '~', 'prod-1', 'h'.repeat(255)],
    ['', ' ', 'a b', 'é', '\u007f', 'a\n', 'h'.repeat(256)],
  ],
  ['logins', scalars.isLogin, ['a', 'DOM\\user', 'l'.repeat(64)], ['', 'a b', 'é', 'a\t', 'l'.repeat(65)]],
  [
    'signals',
    scalars.isSignal,
    ['SIGTERM', 'SIG9', 'SIGABCDEFGHIJKL'],
    ['SIG', 'TERM', 'SIGterm', 'SIGABCDEFGHIJKLM', 'SIGTERM\n', 'SIG-1'],
  ],
  [
    'digests',
    scalars.isDigest,
    ['0'.repeat(64), 'af'.repeat(32)],
    ['', '0'.repeat(63), '0'.repeat(65), 'AF'.repeat(32), 'g'.repeat(64), `${'0'.repeat(64)}\n`],
  ],
  ['nonces', scalars.isNonce, ['0'.repeat(32)], ['', '0'.repeat(31), '0'.repeat(64), 'A'.repeat(32)]],
  [
    'arguments',
    scalars.isArgument,
    ['', ' ', '\n', smile, '\u202e'],
    ['\0', 'a\0b', '\ud800', '\udc00\ud800'],
  ],
  ['absolute paths', scalars.isAbsolutePath, ['/', '/a', '//', '/a\n'], ['', 'a', './a', '/a\0', '/\ud800']],
  ['relative paths', scalars.isRelativePath, ['a', './a', '../a', ' '], ['', '/', '/a', 'a\0']],
];

describe('§4 text', () => {
  test.each(TABLE.flatMap(([name, is, yes]) => yes.map((text) => [name, text, is] as const)))(
    'among %s is %j',
    (_, text, is) => {
      expect(is(text)).toBe(true);
    },
  );

  test.each(TABLE.flatMap(([name, is, , no]) => no.map((text) => [name, text, is] as const)))(
    'among %s is not %j',
    (_, text, is) => {
      expect(is(text)).toBe(false);
    },
  );

  test('§10 code points are counted, not UTF-16 units', () => {
    expect(scalars.codePoints(`a${smile}\u0301`)).toBe(3);
  });
});

describe('§4 numbers', () => {
  test.each(Object.entries(scalars.RANGES))('%s: both ends are in, and nothing beyond them', (_, range) => {
    const [least, most] = range;
    expect(scalars.isInteger(least, range)).toBe(true);
    expect(scalars.isInteger(most, range)).toBe(true);
    expect(scalars.isInteger(least - 1, range)).toBe(false);
    expect(scalars.isInteger(most + 1, range)).toBe(false);
  });

  test.each([1.5, NaN, Infinity, -Infinity, -0])('%d is no integer of the protocol', (value) => {
    expect(scalars.isInteger(value, [-10, 10])).toBe(false);
  });
});
