import { columnsOf } from './columns.js';

/** The columns at which words of ours are wrapped; null: not a terminal, where lines stay as they are. */
export function widthOf({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number | null {
  return isTTY === true ? Math.max(40, columns ?? 80) : null;
}

/** Words of a line; what stands in backticks is one word, since people paste it. */
function wordsOf(row: string): string[] {
  const found: string[] = [];
  let inside = false;
  for (const word of row.split(' ')) {
    if (inside) found.push(`${found.pop() ?? ''} ${word}`);
    else found.push(word);
    if (word.split('`').length % 2 === 0) inside = !inside;
  }
  return found;
}

/**
 * Lines wrapped between words at `width` columns; what goes on stands under `indent`, so that nothing but the beginning of a line of ours
 * stands at the left edge. `plain`: a row without marks of colour. Lines that begin with two spaces stay whole: they are laid out already, or there to be pasted.
 */
export function wrapped(text: string, width: number, indent: string, plain: (row: string) => string): string {
  const rows = text.split('\n').flatMap((row) => {
    if (plain(row).startsWith('  ') || columnsOf(plain(row)) <= width) return [row];
    const lines: string[] = [];
    for (const word of wordsOf(row)) {
      const last = lines.at(-1);
      if (last === undefined) lines.push(word);
      else if (columnsOf(plain(`${last} ${word}`)) <= width) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(`${indent}${word}`);
    }
    return lines;
  });
  return rows.join('\n');
}
