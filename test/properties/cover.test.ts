import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, coversMatch, matchesOverlap, overlap } from '../../src/core/cover.js';
import { joinPath } from '../../src/core/paths.js';
import { matches, matchesCommand, piecesOf } from '../../src/core/patterns.js';
import type { Match } from '../../src/core/policy-document.js';

/** Few letters and many stars, so that patterns often cover one another. `\ue000` is the first character that cover.ts tries as a fresh one. */
const unit = fc.constantFrom('a', 'a', 'b', '*', '*', '\\*', '\\\\', '/', '\ue000');
const pattern = fc.array(unit, { maxLength: 6 }).map((units) => units.join(''));
const run = fc
  .array(fc.constantFrom('a', 'b', '*', '/', '\ue000', '\ue001'), { maxLength: 3 })
  .map((units) => units.join(''));
const runs = fc.array(run, { minLength: 8, maxLength: 8 });

/** A text that `pattern` matches: its stars stand for `fills`, one after the other. */
function instance(given: string, fills: readonly string[]): string {
  const [first = '', ...rest] = piecesOf(given) ?? [];
  return rest.reduce((text, piece, i) => text + (fills[i % fills.length] ?? '') + piece, first);
}

/** All texts of at most `length` letters that matter for patterns of these letters. */
function textsUpTo(length: number): string[] {
  const letters = ['a', 'b', '*', 'x'];
  let last = [''];
  const all = [''];
  for (let i = 0; i < length; i++) {
    last = last.flatMap((text) => letters.map((letter) => text + letter));
    all.push(...last);
  }
  return all;
}

describe('whether one pattern covers another', () => {
  it('a pattern covers itself, and `*` covers every pattern', () => {
    fc.assert(
      fc.property(pattern, (given) => {
        expect(covers(given, given)).toBe(true);
        expect(covers('*', given)).toBe(true);
      }),
    );
  });

  it('where it covers, every instance of the other matches', () => {
    fc.assert(
      fc.property(pattern, pattern, runs, (a, b, fills) => {
        if (covers(a, b)) expect(matches(a, instance(b, fills))).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  it('where it does not, some text is matched by the other alone', () => {
    // A letter that is in neither pattern, in the place of each star, is such a text.
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const witness = instance(b, ['\u{1f600}']);
        expect(matches(b, witness)).toBe(true);
        expect(matches(a, witness)).toBe(covers(a, b));
      }),
      { numRuns: 5000 },
    );
  });

  it('of short patterns it agrees with a look at all short texts', () => {
    const short = fc
      .array(fc.constantFrom('a', 'b', '*', '*', '\\*'), { maxLength: 3 })
      .map((units) => units.join(''));
    const texts = textsUpTo(5);
    fc.assert(
      fc.property(short, short, (a, b) => {
        const inside = texts.filter((text) => matches(b, text));
        expect(covers(a, b)).toBe(inside.every((text) => matches(a, text)));
        expect(overlap(a, b)).toBe(inside.some((text) => matches(a, text)));
      }),
      { numRuns: 400 },
    );
  });

  it('a text that both match says that they overlap', () => {
    fc.assert(
      fc.property(pattern, pattern, runs, (a, b, fills) => {
        if (matches(a, instance(b, fills))) expect(overlap(a, b)).toBe(true);
        expect(overlap(a, b)).toBe(overlap(b, a));
      }),
      { numRuns: 5000 },
    );
  });
});

/** Programs as section 4 has them: of a bare name in some folder, or the path that it is. */
interface Invocation {
  readonly argv: readonly string[];
  readonly program: string | undefined;
}

const words = ['a', 'b', 'ab', '/bin/a', '/bin/b', '/a', './a', '../b'];
const first = fc.constantFrom('a', 'b', 'a*', '*', '*b', '/bin/a', '/bin/*', '/*', '\\/bin/a', '');
const further = fc.constantFrom('a', 'b', '*', 'a*', '/*', '**');
const patterns = fc.oneof(
  fc.tuple(first, fc.array(further, { maxLength: 3 })).map(([one, rest]) => [one, ...rest]),
  fc.constantFrom(['**'], []),
);

function invocations(): Invocation[] {
  const rests = [[], ['a'], ['b'], ['/a'], ['a', 'a'], ['a', 'b'], ['b', 'b', 'b'], ['a', 'a', 'a', 'a']];
  return words.flatMap((name) =>
    rests.flatMap((rest): Invocation[] => {
      const argv = [name, ...rest];
      const path = name.startsWith('.') ? joinPath('/srv/app', name) : name;
      const programs = name.includes('/') ? [path] : [`/bin/${name}`, `/usr/bin/${name}`];
      return [undefined, ...programs].map((program) => ({ argv, program }));
    }),
  );
}

describe('whether one match covers another', () => {
  const all = invocations();
  const inside = (given: readonly string[]): Invocation[] =>
    all.filter(({ argv, program }) => matchesCommand(given, argv, program));

  it('commands: a yes to covering, and a no to overlapping, holds for every command, with a program and without', () => {
    fc.assert(
      fc.property(patterns, patterns, (a, b) => {
        const [outer, inner] = [{ command: a }, { command: b }];
        const theirs = inside(b);
        const shared = theirs.filter(({ argv, program }) => matchesCommand(a, argv, program));
        if (coversMatch(outer, inner)) expect(shared).toEqual(theirs);
        if (!matchesOverlap(outer, inner)) expect(shared).toEqual([]);
        expect(coversMatch(inner, inner)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('kinds: anything covers all, a command no access, an access no command', () => {
    const some = fc.oneof(
      patterns.map((command): Match => ({ command })),
      pattern.map((access): Match => ({ access })),
      fc.constant<Match>({ any: true }),
    );
    fc.assert(
      fc.property(some, some, (a, b) => {
        expect(coversMatch({ any: true }, b)).toBe(true);
        if ('access' in a && 'command' in b && b.command.length > 0) {
          expect(coversMatch(a, b) || coversMatch(b, a) || matchesOverlap(a, b)).toBe(false);
        }
        if ('any' in b && !('any' in a)) expect(coversMatch(a, b)).toBe(false);
        expect(matchesOverlap(a, b)).toBe(matchesOverlap(b, a));
      }),
    );
  });
});
