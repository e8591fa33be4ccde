import { describe, expect, it } from 'vitest';
import { folded } from '../../src/cli/layout-words.js';
import { columnsOf } from '../../src/cli/columns.js';
import { wrapped } from '../../src/cli/wrap.js';

const plain = (row: string): string => row;

describe('words of ours on a terminal', () => {
  it('are wrapped between words, and go on under an indent', () => {
    expect(wrapped('one two three four', 10, '    ', plain)).toBe('one two\n    three\n    four');
  });

  it('stay whole where they fit, and where they are laid out already or to be pasted', () => {
    expect(wrapped('one two', 10, '    ', plain)).toBe('one two');
    const line = `  mpa join REMOTE --anchor ${'a'.repeat(64)}`;
    expect(wrapped(`Run this:\n${line}`, 20, '    ', plain)).toBe(`Run this:\n${line}`);
  });

  it('are never broken within backticks', () => {
    expect(wrapped('Type `mpa key use X` and go on', 14, '    ', plain)).toBe(
      'Type\n    `mpa key use X`\n    and go on',
    );
  });
});

describe('text of others under a label', () => {
  it('takes no more columns than there are, whichever way a terminal counts them', () => {
    for (const text of [
      'x'.repeat(300),
      '中'.repeat(100),
      'word '.repeat(50),
      '/a/b'.repeat(60),
      '😀'.repeat(80),
    ])
      for (const row of folded(text, 66)) expect(columnsOf(row)).toBeLessThanOrEqual(66);
  });

  it('loses nothing but the space at which it was broken', () => {
    const path = '/srv/some/long/path'.repeat(9);
    expect(folded(path, 66).join('')).toBe(path);
    expect(folded('one two three four five', 11)).toEqual(['one two', 'three four', 'five']);
    expect(folded('', 66)).toEqual(['']);
  });
});
