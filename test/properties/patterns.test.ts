import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, matchesCommand, validPattern } from '../../src/core/patterns.js';
import { runs } from './runs.js';

/** One code point of a pattern: a literal, or a star. */
type Unit = { readonly star: boolean; readonly point: string };

/** The pattern's units, code point by code point; null where it ends in a single `\`. */
function unitsOf(pattern: string): Unit[] | null {
  const points = Array.from(pattern);
  const units: Unit[] = [];
  while (points.length > 0) {
    const point = points.shift() ?? '';
    if (point !== '\\') {
      units.push({ star: point === '*', point });
      continue;
    }
    const next = points.shift();
    if (next === undefined) return null;
    units.push({ star: false, point: next });
  }
  return units;
}

/** The obvious matcher: tries every way. Exponential, so for small cases only. */
function slowly(units: readonly Unit[], points: readonly string[]): boolean {
  const [unit, ...rest] = units;
  if (unit === undefined) return points.length === 0;
  if (unit.star) return slowly(rest, points) || (points.length > 0 && slowly(units, points.slice(1)));
  return points[0] === unit.point && slowly(rest, points.slice(1));
}

const letters = fc.constantFrom('a', 'b', '*', '\\', '\u{1f600}', '\u{1f601}');
const pattern = fc
  .array(fc.oneof(fc.constant('*'), letters), { maxLength: 9 })
  .map((points) => points.join(''));
const text = fc.array(letters, { maxLength: 9 }).map((points) => points.join(''));

describe('§6 patterns', () => {
  it('§6 matches agrees with the obvious matcher', () => {
    fc.assert(
      fc.property(pattern, text, (given, against) => {
        const units = unitsOf(given);
        expect(validPattern(given)).toBe(units !== null);
        expect(matches(given, against)).toBe(units !== null && slowly(units, Array.from(against)));
      }),
      runs(5000),
    );
  });

  it('§6 of few letters, long borders: matches agrees with the obvious matcher', () => {
    const ab = fc.array(fc.constantFrom('a', 'b'), { maxLength: 14 }).map((points) => points.join(''));
    const pieces = fc.array(fc.array(fc.constantFrom('a', 'a', 'b'), { maxLength: 6 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(pieces, ab, (given, against) => {
        const joined = given.map((piece) => piece.join('')).join('*');
        expect(matches(joined, against)).toBe(slowly(unitsOf(joined) ?? [], Array.from(against)));
      }),
      runs(5000),
    );
  });

  it('§6 a text with every special character escaped covers that text and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (own, other) => {
        const escaped = own.replace(/[*\\]/g, '\\$&');
        expect(matches(escaped, own)).toBe(true);
        expect(matches(escaped, other)).toBe(own === other);
      }),
    );
  });

  it('§6 a command is covered where each argument is, and ** takes the rest', () => {
    const argv = fc.array(text, { minLength: 1, maxLength: 4 });
    const patterns = fc.array(fc.oneof(pattern, fc.constant('**')), { maxLength: 5 });
    fc.assert(
      fc.property(patterns, argv, (given, words) => {
        const open = given.at(-1) === '**';
        const fixed = open ? given.slice(0, -1) : given;
        const size = open ? fixed.length <= words.length : fixed.length === words.length;
        const each = fixed.every((one, i) => matches(one, words[i] ?? ''));
        expect(matchesCommand(given, words, '/bin/x')).toBe(size && each);
      }),
    );
  });
});
