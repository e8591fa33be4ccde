import { describe, expect, it } from 'vitest';
import { matches, matchesCommand, validPattern } from '../../src/core/patterns.js';
import { cpuTime } from '../support/cpu.js';

describe('§6 patterns', () => {
  const table: readonly (readonly [pattern: string, text: string, covers: boolean])[] = [
    // everything else is itself
    ['', '', true],
    ['', 'a', false],
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['abc', 'xabc', false],
    ['abc', 'ABC', false],
    ['a.c', 'abc', false],
    ['a?c', 'abc', false],
    ['[ab]', 'a', false],
    ['^a$', 'a', false],
    // any run of characters, also none, also newlines
    ['*', '', true],
    ['*', 'anything at all', true],
    ['*', 'two\nlines\r\u2028', true],
    ['a*', 'a', true],
    ['a*', 'ab/c', true],
    ['a*', 'ba', false],
    ['*a', 'a', true],
    ['*a', 'bca', true],
    ['*a', 'ab', false],
    ['a*b', 'ab', true],
    ['a*b', 'aab', true],
    ['a*b', 'abc', false],
    ['a**b', 'ab', true],
    ['***', '', true],
    // the first and the last piece do not overlap
    ['aa*aa', 'aaa', false],
    ['aa*aa', 'aaaa', true],
    ['aba*aba', 'ababa', false],
    ['ab*bc', 'abc', false],
    // those between each at its first place, in order, and not in the last piece's
    ['a*b*c', 'axbxc', true],
    ['a*b*c', 'acb', false],
    ['*b*a*', 'ab', false],
    ['*a*a*', 'a', false],
    ['*a*a*', 'aa', true],
    ['*ab*ab', 'ab', false],
    ['*ab*ab', 'abab', true],
    ['*ab*b', 'ab', false],
    ['a*a*', 'a', false],
    ['*abab*', 'aababb', true],
    ['*aab*', 'aaab', true],
    ['*abcabd*', 'abcabcabd', true],
    ['*ab*', 'axb', false],
    ['*abc*', 'abbc', false],
    ['*aabb*', 'aababb', false],
    ['*abac*', 'ababac', true],
    ['*abacabab*', 'abacabacabab', true],
    ['*aabaaabc*', 'aabaaabaaabc', true],
    // escapes
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\\\', '\\', true],
    ['\\a', 'a', true],
    ['\\a', '\\a', false],
    ['\\\\*', '\\anything', true],
    ['\\\\*', 'anything', false],
    ['\\\\\\*', '\\*', true],
    ['\\\\\\*', '\\x', false],
    ['a\\*b*', 'a*bc', true],
    ['a\\*b*', 'axbc', false],
    // code points and UTF-16 units
    ['\u{1f600}', '\u{1f600}', true],
    ['\\\u{1f600}', '\u{1f600}', true],
    ['*\u{1f600}*', 'a\u{1f600}b', true],
    ['*\u{1f601}*', 'a\u{1f600}b', false],
    ['\u{1f600}*\u{1f600}', '\u{1f600}', false],
    ['é', 'e\u0301', false],
  ];
  it.each(table)('§6 %j against %j: %j', (pattern, text, covers) => {
    expect(matches(pattern, text)).toBe(covers);
  });

  it.each(['\\', 'a\\', '\\\\\\', '*\\', 'a*b\\\\\\'])(
    '§6 %j ends in a single \\: invalid, covers nothing',
    (pattern) => {
      expect(validPattern(pattern)).toBe(false);
      expect(matches(pattern, pattern)).toBe(false);
      expect(matches(pattern, pattern.slice(0, -1))).toBe(false);
      expect(matches(pattern, '')).toBe(false);
    },
  );

  it.each(['', '*', '\\\\', 'a\\\\', '\\*', '\\\\\\\\', '\\a', '**'])('§6 %j is valid', (pattern) => {
    expect(validPattern(pattern)).toBe(true);
  });

  const hostile: readonly (readonly [what: string, pattern: string, text: string])[] = [
    ['8,000 dashes against *-*-*=', '*-*-*=', '-'.repeat(8000)],
    ['128 KiB of a against 1,000 stars', `${'*a'.repeat(1000)}*b`, 'a'.repeat(131_072)],
    ['a long piece that almost fits everywhere', `*b${'a'.repeat(60_000)}*`, 'a'.repeat(131_072)],
    ['a long piece whose end never fits', `*${'a'.repeat(60_000)}b*`, 'a'.repeat(131_072)],
    [
      'a piece with the flaw in its middle',
      `*${'a'.repeat(30_000)}b${'a'.repeat(30_000)}*`,
      'a'.repeat(131_072),
    ],
    ['a MiB of stars', `${'*'.repeat(1_048_576)}x`, 'a'.repeat(131_072)],
    ['half a MiB of pieces', `${'*a'.repeat(524_288)}x`, 'a'.repeat(131_072)],
  ];
  it.each(hostile)('§6 without backtracking: %s is answered at once', (_, pattern, text) => {
    const begin = cpuTime();
    expect(matches(pattern, text)).toBe(false);
    expect(cpuTime() - begin).toBeLessThan(1000);
  });
});

describe('§6 patterns of a command', () => {
  const person = '/usr/bin/psql';
  const table: readonly (readonly [
    what: string,
    patterns: readonly string[],
    argv: readonly string[],
    program: string | undefined,
    covers: boolean,
  ])[] = [
    ['one pattern for each argument', ['psql', '-c', '*'], ['psql', '-c', 'x'], person, true],
    ['an argument too many', ['psql', '-c'], ['psql', '-c', 'x'], person, false],
    ['an argument too few', ['psql', '-c', '*'], ['psql', '-c'], person, false],
    ['* takes one argument, not none', ['psql', '*'], ['psql'], person, false],
    ['* takes one argument, not two', ['psql', '*'], ['psql', 'a', 'b'], person, false],
    ['* takes an empty argument', ['psql', '*'], ['psql', ''], person, true],
    ['a pattern covers its whole argument', ['psql', 'a'], ['psql', 'ab'], person, false],
    ['a last ** takes none', ['psql', '**'], ['psql'], person, true],
    ['a last ** takes one', ['psql', '**'], ['psql', 'a'], person, true],
    ['a last ** takes many, whatever they are', ['psql', '**'], ['psql', '', '\n', '-f', '*'], person, true],
    ['a last ** leaves those before it', ['psql', '-c', '**'], ['psql', '-f', 'x'], person, false],
    ['a last ** needs those before it', ['psql', '-c', '**'], ['psql'], person, false],
    ['** alone takes any command', ['**'], ['psql', 'a'], person, true],
    ['** elsewhere is two stars: one argument', ['psql', '**', 'x'], ['psql', 'a', 'x'], person, true],
    ['** elsewhere is not none', ['psql', '**', 'x'], ['psql', 'x'], person, false],
    ['** elsewhere is not two', ['psql', '**', 'x'], ['psql', 'a', 'b', 'x'], person, false],
    ['**x at the end is an ordinary pattern', ['psql', '**x'], ['psql', 'a', 'x'], person, false],
    ['*** at the end is an ordinary pattern', ['psql', '***'], ['psql', 'a', 'x'], person, false],
    ['an escaped ** at the end is literal', ['psql', '\\*\\*'], ['psql', '**'], person, true],
    ['an escaped ** takes nothing else', ['psql', '\\*\\*'], ['psql', 'a'], person, false],
    ['two ** at the end: the first is one argument', ['psql', '**', '**'], ['psql'], person, false],
    ['the first with / is matched against program', ['/usr/bin/psql'], ['psql'], person, true],
    ['the first with / is not matched against argv[0]', ['/opt/psql'], ['/opt/psql'], person, false],
    ['stars in the program', ['/usr/*/psql', '**'], ['psql', 'a'], person, true],
    ['the first without / is matched against argv[0]', ['psql'], ['psql'], '/home/eve/psql', true],
    ['the first without / is not matched against program', ['*/psql'], ['psql'], person, false],
    ['an escaped / does not begin with /', ['\\/usr/bin/psql'], ['psql'], person, false],
    ['an escaped / is matched against argv[0]', ['\\/usr/bin/psql'], ['/usr/bin/psql'], person, true],
    [
      'without a program (an executor) argv[0] is matched',
      ['/usr/bin/psql'],
      ['/usr/bin/psql'],
      undefined,
      true,
    ],
    ['without a program a bare name is no path', ['/usr/bin/psql'], ['psql'], undefined, false],
    ['only the first pattern sees the program', ['psql', '/usr/bin/psql'], ['psql', 'x'], person, false],
    ['a later pattern with / sees its argument', ['psql', '/tmp/*'], ['psql', '/tmp/x'], person, true],
    ['no patterns cover nothing', [], ['psql'], person, false],
    ['no arguments are covered by nothing', ['**'], [], person, false],
    ['no arguments are not covered by no patterns', [], [], person, false],
    ['an invalid pattern covers nothing', ['psql', '*\\'], ['psql', '\\'], person, false],
  ];
  it.each(table)('§6 %s', (_, patterns, argv, program, covers) => {
    expect(matchesCommand(patterns, argv, program)).toBe(covers);
  });
});
