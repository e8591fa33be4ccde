import type { Difference, Weight } from '../core/compare.js';
import type { Remark } from '../core/lint.js';
import { pathText } from '../workflows/policy-file.js';
import type { Paint } from './layout-words.js';
import type { Kind } from './output.js';

/** What an approver must not overlook has a word of its own before it. */
const MARKS: Readonly<Record<Weight, { readonly word: string; readonly kind: Kind | null }>> = {
  weaker: { word: 'WEAKER', kind: 'bad' },
  person: { word: 'PERSON', kind: 'warn' },
  key: { word: 'KEY', kind: 'warn' },
  stronger: { word: 'stronger', kind: 'good' },
  other: { word: '', kind: null },
};

const MARK = 10;
/** What is left of 80 columns beside the mark. */
const WIDE = 68;

/** Text in rows of at most `width` columns, broken after spaces where there are any. */
export function rows(text: string, width: number): string[] {
  const pattern = new RegExp(`.{1,${width}}(?: |$)|.{${width}}`, 'gu');
  return text.split('\n').flatMap((row) => row.match(pattern)?.map((part) => part.trimEnd()) ?? ['']);
}

/**
 * What changes between two policies, for people: each difference under its mark, in the order given (comparePolicies: the most dangerous
 * first), in 80 columns. A word marks what weakens a rule, brings or takes a person, or touches a key: colour alone marks nothing.
 */
export function differenceLines(differences: readonly Difference[], paint: Paint): string[] {
  if (differences.length === 0) return ['  nothing: it is word for word the same'];
  return differences.flatMap(({ weight, about, words }) => {
    const { word, kind } = MARKS[weight];
    const mark = kind === null ? word.padEnd(MARK) : paint(kind, word) + ' '.repeat(MARK - word.length);
    // Patterns may hold spaces enough to fill a row: what goes on stands further in, and cannot pose as another difference.
    const [first = '', ...rest] = rows(`${about}: ${words}`, WIDE - 2);
    return [`  ${mark}${first}`, ...rest.map((row) => `  ${' '.repeat(MARK + 2)}${row}`)];
  });
}

/** What is valid and not wise, for people: what and where, and the way out under it. */
export function remarkLines(remarks: readonly Remark[], paint: Paint): string[] {
  return remarks.flatMap(({ level, path, message, mend }) => {
    const mark = paint(level === 'refuse' ? 'bad' : 'warn', level === 'refuse' ? 'UNWISE' : 'note');
    const gap = ' '.repeat(MARK - (level === 'refuse' ? 6 : 4));
    const [first = '', ...rest] = [...rows(`${pathText(path)}: ${message}`, WIDE), ...rows(mend, WIDE)];
    return [`  ${mark}${gap}${first}`, ...rest.map((row) => `  ${' '.repeat(MARK)}${row}`)];
  });
}
