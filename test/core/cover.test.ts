import { describe, expect, it } from 'vitest';
import { covers, coversMatch, matchesOverlap, overlap, sameProgram } from '../../src/core/cover.js';

describe('§6 whether one pattern covers another', () => {
  const table: readonly (readonly [a: string, b: string, covered: boolean])[] = [
    ['a', 'a', true],
    ['a', 'b', false],
    ['a*', 'ab', true],
    ['a*', 'a', true],
    ['a*', 'ab*', true],
    ['ab*', 'a*', false],
    ['*', '**', true],
    ['**', '*', true],
    ['*b*', 'abc', true],
    ['a*a', 'a*', false],
    ['a*a', 'a', false],
    ['a*a', 'a*b*a', true],
    ['*a*', '*aa*', true],
    ['*aa*', '*a*a*', false],
    ['a', 'a*', false],
    // a star that is escaped is a letter
    ['\\*', '*', false],
    ['*', '\\*', true],
    ['a\\*', 'a\\*', true],
    ['a\\*', 'ab', false],
    ['\\a*', 'a*', true],
    // a character that stands in a pattern is not a fresh one
    ['*\ue000*', '*', false],
    ['*\ue000*', '*\ue000', true],
    ['*\ue000\ue001*', '*\ue000*', false],
  ];
  it.each(table)('§6 %j covers %j: %j', (a, b, covered) => {
    expect(covers(a, b)).toBe(covered);
  });

  it('§6 what ends in a single \\ matches nothing: all covers it, and it covers nothing', () => {
    expect(covers('a', 'b\\')).toBe(true);
    expect(covers('a\\', 'a')).toBe(false);
    expect(overlap('a\\', 'a*')).toBe(false);
  });

  it('a fresh character is found even where a pattern holds every private one', () => {
    const many = Array.from({ length: 6400 }, (_, i) => String.fromCodePoint(0xe000 + i)).join('');
    expect(covers(`*${many}`, '*')).toBe(false);
    expect(covers('*', `*${many}`)).toBe(true);
  });

  it.each([
    ['a*', '*b', true],
    ['a*', 'b*', false],
    ['*a', '*b', false],
    ['ab*', 'a*', true],
    ['a', 'a*', true],
    ['a', 'b', false],
    ['a*c', 'ab', false],
  ])('§6 some text matches %j and %j: %j', (a, b, both) => {
    expect(overlap(a, b)).toBe(both);
    expect(overlap(b, a)).toBe(both);
  });
});

describe('§6 whether one command covers another', () => {
  type Row = readonly [
    what: string,
    a: readonly string[],
    b: readonly string[],
    covers: boolean,
    overlaps: boolean,
  ];
  const table: readonly Row[] = [
    ['the same', ['psql', 'prod'], ['psql', 'prod'], true, true],
    ['one argument wider', ['psql', '*'], ['psql', 'prod'], true, true],
    ['one narrower', ['psql', 'prod'], ['psql', '*'], false, true],
    ['more arguments', ['psql', '*', '*'], ['psql', '*'], false, false],
    ['`**` covers none, too', ['psql', '**'], ['psql'], true, true],
    ['`**` covers many', ['psql', '**'], ['psql', 'a', 'b', 'c'], true, true],
    ['`**` covers `**`', ['psql', '**'], ['psql', 'prod', '**'], true, true],
    ['what is closed does not cover `**`', ['psql', '*'], ['psql', '**'], false, true],
    ['`**` behind more arguments', ['psql', 'prod', '**'], ['psql', '**'], false, true],
    ['`**` behind more than there are', ['psql', 'a', 'b', '**'], ['psql', 'a'], false, false],
    ['`**` alone covers every command', ['**'], ['psql', '**'], true, true],
    ['`* **` is as much: a command has an argument', ['*', '**'], ['**'], true, true],
    ['`* * **` is less', ['*', '*', '**'], ['**'], false, true],
    ['`**` that is not the last is any one', ['psql', '**', 'x'], ['psql', '*', 'x'], true, true],
    ['paths by program', ['/usr/bin/*', '**'], ['/usr/bin/psql', 'x'], true, true],
    ['another path', ['/usr/bin/psql'], ['/opt/psql'], false, false],
    ['a path does not cover its name', ['/usr/bin/psql', '**'], ['psql', 'x'], false, true],
    ['nor all paths any name', ['/*', '**'], ['psql', 'x'], false, true],
    ['a name does not cover its path', ['psql', '**'], ['/usr/bin/psql', 'x'], false, true],
    ['a name with a star at either end neither', ['*psql*', '**'], ['/usr/bin/psql', 'x'], false, true],
    ['any name covers a path', ['*', '**'], ['/usr/bin/psql', 'x'], true, true],
    ['a path and another name', ['/usr/bin/psql', '**'], ['ls', '**'], false, false],
    ['any of a folder and a name', ['/usr/bin/*'], ['ls'], false, true],
    ['a path with a star within', ['/opt/*/psql'], ['psql'], false, true],
    ['no patterns are covered by all', ['ls'], [], true, false],
    ['no patterns cover nothing', [], ['ls'], false, false],
  ];
  it.each(table)('§6 %s', (_, a, b, covered, overlaps) => {
    expect(coversMatch({ command: a }, { command: b })).toBe(covered);
    expect(matchesOverlap({ command: a }, { command: b })).toBe(overlaps);
    expect(matchesOverlap({ command: b }, { command: a })).toBe(overlaps);
  });

  it('§6 access by its pattern', () => {
    expect(coversMatch({ access: 'ssh/*' }, { access: 'ssh/prod-*' })).toBe(true);
    expect(coversMatch({ access: 'ssh/prod-*' }, { access: 'ssh/*' })).toBe(false);
    expect(matchesOverlap({ access: 'ssh/*' }, { access: 'db/*' })).toBe(false);
  });

  it('a program goes by its last part', () => {
    expect(sameProgram('psql', '/usr/bin/psql')).toBe(true);
    expect(sameProgram('/opt/psql', '/usr/bin/psql')).toBe(true);
    expect(sameProgram('ls', '/usr/bin/psql')).toBe(false);
    expect(sameProgram('/usr/*', 'psql')).toBe(true);
    expect(sameProgram('/usr/a*l', 'psql')).toBe(true);
    expect(sameProgram('/usr/a*\\*', 'psql')).toBe(false);
  });

  it('where the work is used up, nothing is certain: covers says no, and overlaps says yes', () => {
    const done = { characters: 0 };
    expect(coversMatch({ command: ['ls'] }, { command: ['ls'] }, done)).toBe(false);
    expect(matchesOverlap({ command: ['ls'] }, { command: ['cp'] }, done)).toBe(true);
    expect(coversMatch({ access: 'a' }, { access: 'a' }, done)).toBe(false);
    expect(matchesOverlap({ access: 'a' }, { access: 'b' }, done)).toBe(true);
  });
});
