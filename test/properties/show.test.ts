import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinPath } from '../../src/core/paths.js';
import { asciiJson, exact, line, prose, quoted } from '../../src/core/show.js';
import { formatDuration, formatTime, parseDuration, parseTime } from '../../src/core/time.js';
import { runs } from './runs.js';

const AWKWARD = [
  '\\',
  'u',
  '{',
  '}',
  '202e',
  '\u202e',
  "'",
  '$',
  '\n',
  ' ',
  '!',
  '\u0301',
  '\u200d',
  'é',
  '\ud83d\ude00',
  '\ufe0f',
  '\t',
];
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...AWKWARD), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 20 }),
);

/** What a reader of the output would take it for. */
function unescaped(shown: string): string {
  return shown.replaceAll(/\\u\{([0-9a-f]+)\}/g, (_, digits: string) =>
    String.fromCodePoint(parseInt(digits, 16)),
  );
}

describe('§9 what is shown', () => {
  test('comes from one text only, which can be told from it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(unescaped(line(text))).toBe(text);
        expect(unescaped(prose(text))).toBe(text);
        expect(unescaped(exact(text))).toBe(text);
      }),
      runs(500),
    );
  });

  test('holds nothing that a terminal obeys, hides or reorders', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const hidden =
          /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;
        expect(line(text)).not.toMatch(hidden);
        expect(prose(text).replaceAll('\n', '')).not.toMatch(hidden);
        expect(line(text)).not.toMatch(/(?:^|[^\p{L}\p{N}\p{M}])\p{M}|\p{M}{5}/u);
        for (const ascii of [exact(text), quoted([text]), asciiJson(text)]) expect(ascii).toMatch(/^[ -~]*$/);
      }),
      runs(500),
    );
  });

  test('does not change when it is shown again, spaces in a row aside', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -[\]-~\n]*$/), (text) => {
        const plain = text.replaceAll(/ {2,}/g, ' ');
        expect(prose(plain)).toBe(plain);
        expect(unescaped(prose(text))).toBe(text);
      }),
      runs(50),
    );
  });
});

describe('§9 shell quoting', () => {
  test('pasted into bash, it gives the same arguments', () => {
    const argv = fc.array(
      hostile.map((text) => text.replaceAll('\0', '')),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(argv, fc.constantFrom('C', 'C.UTF-8'), (words, locale) => {
        // The first word is quoted as a command is; `printf` takes the others.
        const script = `printf '%s\\0' ${quoted(words)}`;
        const { stdout } = spawnSync('bash', ['--norc', '-c', script], {
          env: { ...process.env, LC_ALL: locale },
        });
        expect(stdout.toString()).toBe(words.map((word) => `${word}\0`).join(''));
      }),
      runs(40),
    );
  });

  test('two lists of arguments never look the same', () => {
    const argv = fc.array(fc.oneof(hostile, fc.constantFrom('', 'a', 'a b', "'", "' '")), { maxLength: 4 });
    fc.assert(
      fc.property(argv, argv, (a, b) => {
        expect(quoted(a) === quoted(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      runs(300),
    );
  });
});

describe('§4 times and paths', () => {
  test('every second from 1970 to 9999 is written and read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        expect(parseTime(formatTime(seconds))).toBe(seconds);
      }),
    );
  });

  test('text that is read as a time is the only text of that time', () => {
    const near = fc.stringMatching(/^(19|20|99)\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\dZ$/);
    fc.assert(
      fc.property(near, (text) => {
        const seconds = parseTime(text);
        if (seconds !== null) expect(formatTime(seconds)).toBe(text);
      }),
      runs(500),
    );
  });

  test('durations are written and read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });

  test('a joined path is plain, and joining it again changes nothing', () => {
    const path = fc
      .array(fc.constantFrom('/', '.', '..', 'a', 'b', ' '), { maxLength: 10 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(path, path, (folder, other) => {
        const joined = joinPath(`/${folder}`, other);
        expect(joined).toMatch(/^\//);
        expect(joined === '/' ? [] : joined.slice(1).split('/')).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^\.{0,2}$/)]),
        );
        expect(joinPath('/elsewhere', joined)).toBe(joined);
        expect(joinPath('', joinPath('', other))).toBe(joinPath('', other));
      }),
      runs(300),
    );
  });
});
