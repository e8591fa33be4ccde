import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { asciiJson, exact, line, prose, quoted, told } from '../../src/core/show.js';
import { cpuTime } from '../support/cpu.js';

describe('§9 prose', () => {
  test.each([
    ['letters of other scripts', 'Zoë Ωμέγα Привет 你好 ไทย עברית'],
    ['symbols', '— “x” 👍 ½ €'],
    ['a letter with its marks', 'e\u0301 ạ\u0302 n\u0303'],
    ['a script that puts several marks on a letter', '\u0e01\u0e34\u0e48 \u0915\u094d\u0937'],
    ['backslashes of all kinds but one', 'C:\\users \\n \\\\ \\u1234 \\'],
  ])('keeps %s', (_, text) => {
    expect(line(text)).toBe(text);
    expect(prose(text)).toBe(text);
  });

  test.each([
    ['an escape sequence', 'a\u001b[2Kb', 'a\\u{1b}[2Kb'],
    ['NUL', '\0', '\\u{0}'],
    ['a carriage return', 'safe\revil', 'safe\\u{d}evil'],
    ['a backspace', 'a\bb', 'a\\u{8}b'],
    ['a tab', 'a\tb', 'a\\u{9}b'],
    ['DEL', '\u007f', '\\u{7f}'],
    ['a C1 control', '\u009b2K', '\\u{9b}2K'],
    ['an override', 'a\u202egpj', 'a\\u{202e}gpj'],
    ['an embedding', '\u202a', '\\u{202a}'],
    ['an isolate', '\u2066', '\\u{2066}'],
    ['a direction mark', '\u200f', '\\u{200f}'],
    ['an Arabic letter mark', '\u061c', '\\u{61c}'],
    ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
    ['a zero-width joiner', 'a\u200db', 'a\\u{200d}b'],
    ['a word joiner', '\u2060', '\\u{2060}'],
    ['a byte order mark', '\ufeff', '\\u{feff}'],
    ['a soft hyphen', 'a\u00adb', 'a\\u{ad}b'],
    ['a Hangul filler', '\u3164', '\\u{3164}'],
    ['a braille blank', '\u2800', '\\u{2800}'],
    ['a variation selector', 'a\ufe0f', 'a\\u{fe0f}'],
    ['a variation selector of another plane', 'a\u{e0100}', 'a\\u{e0100}'],
    ['a combining grapheme joiner', 'a\u034f', 'a\\u{34f}'],
    ['a tag', '\u{e0041}', '\\u{e0041}'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['a paragraph separator', 'a\u2029b', 'a\\u{2029}b'],
    ['an unassigned code point', '\u0378', '\\u{378}'],
    ['a code point that is no character', '\u{1fffe}', '\\u{1fffe}'],
    ['private use', '\ue000', '\\u{e000}'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['an interlinear annotation', '\ufff9', '\\u{fff9}'],
    ['a lone mark at the start', '\u0301a', '\\u{301}a'],
    ['a lone mark after a space', 'a \u0338b', 'a \\u{338}b'],
    ['a lone mark after punctuation', '/\u0338', '/\\u{338}'],
    ['a mark after an escape', 'a\u200b\u0301', 'a\\u{200b}\\u{301}'],
    ['a mark after a filler, which is a letter', '\u3164\u0301', '\\u{3164}\\u{301}'],
    ['a mark that encloses', ' \u20e3', ' \\u{20e3}'],
  ])('shows %s as a visible escape', (_, text, shown) => {
    expect(line(text)).toBe(shown);
    expect(prose(text)).toBe(shown);
  });

  test('of a run of marks, what goes beyond four is escaped', () => {
    expect(line(`a${'\u0301'.repeat(6)}b`)).toBe(`a${'\u0301'.repeat(4)}\\u{301}\\u{301}b`);
  });

  test('of several spaces in a row all but the first are shown, and every space that is not the plain one', () => {
    expect(told('a b  c   ')).toBe('a b \\u{20}c \\u{20}\\u{20}');
    expect(prose('a\n  b')).toBe('a\n \\u{20}b');
    for (const space of ['\u00a0', '\u2003', '\u3000'])
      expect(line(`a${space}b`)).toBe(`a\\u{${(space.codePointAt(0) ?? 0).toString(16)}}b`);
  });

  test('newlines are escaped in a line and kept in several', () => {
    expect(line('a\nb')).toBe('a\\u{a}b');
    expect(prose('a\n\nb\r\n')).toBe('a\n\nb\\u{d}\n');
    expect(prose('a\n\u0301')).toBe('a\n\\u{301}');
  });

  test.each([
    ['\\u{202e}', '\\u{5c}u{202e}'],
    ['\\\\u{202e}', '\\u{5c}\\u{5c}u{202e}'],
    ['\\\u202e', '\\u{5c}\\u{202e}'],
    ['\\\\\u202e', '\\u{5c}\\u{5c}\\u{202e}'],
    ['\\u\u202e', '\\u\\u{202e}'],
    ['\\u{', '\\u{5c}u{'],
    ['\\u202e', '\\u202e'],
  ])('an escape that was typed is told from one that was made: %j', (text, shown) => {
    expect(line(text)).toBe(shown);
    expect(exact(text)).toBe(shown);
  });

  test('long hostile text takes a moment, not a minute', () => {
    const before = cpuTime();
    expect(line('\\'.repeat(200_000))).toHaveLength(200_000);
    expect(line('\u0301'.repeat(100_000))).toHaveLength(700_000);
    expect(exact(`${'\\'.repeat(100_000)}\u202e`)).toHaveLength(600_008);
    expect(cpuTime() - before).toBeLessThan(3000);
  });
});

describe('§9 arguments, paths, hosts, resources and variables', () => {
  test.each([
    ['printable ASCII', 'a ~!\'"$`', 'a ~!\'"$`'],
    ['a letter that looks like another', 'pr\u043ed', 'pr\\u{43e}d'],
    ['a space that is none', 'a\u00a0b', 'a\\u{a0}b'],
    ['a letter of another plane', '\u{1f600}', '\\u{1f600}'],
    ['a newline', 'a\nb', 'a\\u{a}b'],
    ['a lone surrogate', '\udc00', '\\u{dc00}'],
  ])('%s', (_, text, shown) => {
    expect(exact(text)).toBe(shown);
  });
});

describe('§9 shell quoting', () => {
  test.each([
    [['ls', '-la', '/srv/a_b', 'A=1', 'user@host:x', '50%,+1'], 'ls -la /srv/a_b A=1 user@host:x 50%,+1'],
    [['echo', ''], "echo ''"],
    [['echo', 'a b', ' '], "echo 'a b' ' '"],
    [['echo', "it's"], "echo 'it'\\''s'"],
    [
      ['echo', '$HOME', '`x`', '!!', '*', '~', '#', '{a,b}', 'a\\'],
      "echo '$HOME' '`x`' '!!' '*' '~' '#' '{a,b}' 'a\\'",
    ],
    [['A=1', 'x'], "'A=1' x"],
    [['if', 'if'], "'if' if"],
    [['echo', '=ls', '%1'], "echo '=ls' '%1'"],
    [['echo', 'a\nb\t\r'], "echo $'a\\nb\\t\\r'"],
    [['echo', 'pr\u043ed'], "echo $'pr\\xd0\\xbed'"],
    [['echo', "\u202e'\\!"], "echo $'\\xe2\\x80\\xae\\'\\\\\\x21'"],
    [['echo', '\u001b[2K'], "echo $'\\x1b[2K'"],
    [['echo', '\u0001b'], "echo $'\\x01b'"],
    [[], ''],
  ])('%j', (argv, shown) => {
    expect(quoted(argv)).toBe(shown);
  });

  test('long runs of spaces are bytes that can be seen', () => {
    expect(quoted(['x', 'a   b'])).toBe("x 'a   b'");
    expect(quoted(['x', `a${' '.repeat(4)}b`])).toBe("x $'a\\x20\\x20\\x20\\x20b'");
  });

  test('a newline cannot make one argument look like two', () => {
    expect(quoted(['a b', 'c'])).not.toBe(quoted(['a', 'b c']));
    expect(quoted(["a' 'b"])).not.toBe(quoted(['a', 'b']));
  });

  test('pasted into a plain POSIX shell, what is printable ASCII comes out as it went in', () => {
    const argv = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const words = [...argv, '', "it's", "''", '-n', '--', '$(x)', 'a=b', argv.join('')];
    const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${quoted(['x', ...words]).slice(2)}`], {
      encoding: 'utf8',
    });
    expect(stdout).toBe(words.map((word) => `${word}\n`).join(''));
  });
});

describe('CLI: JSON output is ASCII', () => {
  test('and says the same', () => {
    const value = { a: 'é\u202e\u007f\u{1f600}\ud800', ключ: ['\n', '"\\'] };
    const text = asciiJson(value);
    expect(text).toMatch(/^[\n -~]*$/);
    expect(text).toContain('\\u00e9\\u202e\\u007f\\ud83d\\ude00\\ud800');
    expect(JSON.parse(text)).toEqual(value);
    expect(text).toContain('\n  "a"');
    expect(asciiJson(value, 0)).not.toContain('\n');
    expect(asciiJson(undefined)).toBe('null');
  });
});
