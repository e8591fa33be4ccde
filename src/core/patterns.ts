/**
 * The pieces of a pattern between its stars, escapes taken away; null where it ends in a single `\`. A star
 * that is escaped belongs to its piece. Section 6.
 */
export function piecesOf(pattern: string): string[] | null {
  const pieces: string[] = [];
  let piece = '';
  for (let i = 0; i < pattern.length; i++) {
    const unit = pattern.charAt(i);
    if (unit === '*') {
      pieces.push(piece);
      piece = '';
    } else if (unit === '\\') {
      i += 1;
      if (i === pattern.length) return null;
      piece += pattern.charAt(i);
    } else {
      piece += unit;
    }
  }
  pieces.push(piece);
  return pieces;
}

/** For each length of a beginning of `piece`: the length of its longest proper beginning that also ends it. */
function bordersOf(piece: string): Int32Array {
  const borders = new Int32Array(piece.length);
  let length = 0;
  for (let i = 1; i < piece.length; i++) {
    while (length > 0 && piece.charCodeAt(i) !== piece.charCodeAt(length)) length = borders[length - 1] ?? 0;
    if (piece.charCodeAt(i) === piece.charCodeAt(length)) length += 1;
    borders[i] = length;
  }
  return borders;
}

/**
 * Where the first place of `piece` in `text` between `from` and `end` is over, or -1. Knuth, Morris and Pratt:
 * `indexOf` needs time of both lengths multiplied for a piece such as one `b` and 50,000 `a`.
 */
function endOfFirst(text: string, piece: string, from: number, end: number): number {
  if (piece === '') return from;
  const borders = bordersOf(piece);
  let length = 0;
  for (let i = from; i < end; i++) {
    const unit = text.charCodeAt(i);
    while (length > 0 && piece.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0;
    if (piece.charCodeAt(length) === unit) length += 1;
    if (length === piece.length) return i + 1;
  }
  return -1;
}

/**
 * Whether `pattern` covers the whole of `text`. Section 6: `*` stands for any run of characters, `\` makes the
 * next one literal; the first piece at the start, the last at the end, each between at its first place, without
 * backtracking, in time of both lengths added. An invalid pattern covers nothing. Both are well-formed strings,
 * so that UTF-16 units and code points give the same answer.
 */
export function matches(pattern: string, text: string): boolean {
  const pieces = piecesOf(pattern);
  if (pieces === null) return false;
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return text === first;
  const last = pieces[pieces.length - 1] ?? '';
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    from = endOfFirst(text, piece, from, end);
    if (from === -1) return false;
  }
  return true;
}

/** Whether `pattern` may stand in a policy. Section 6: one that ends in a single `\` is invalid. */
export function validPattern(pattern: string): boolean {
  return piecesOf(pattern) !== null;
}

/**
 * Whether a rule's command patterns cover `argv`, one pattern for each argument. Section 6: a last pattern `**`
 * covers any number of further arguments, none too; the first pattern, if it begins with `/`, is matched against
 * `program`, where there is one (undefined for an executor's command). No patterns cover nothing.
 */
export function matchesCommand(
  patterns: readonly string[],
  argv: readonly string[],
  program: string | undefined,
): boolean {
  const open = patterns.at(-1) === '**';
  const fixed = open ? patterns.slice(0, -1) : patterns;
  if (argv.length === 0 || (open ? argv.length < fixed.length : argv.length !== fixed.length)) return false;
  return fixed.every((pattern, i) => {
    const named = i === 0 && pattern.startsWith('/') ? (program ?? argv[0]) : argv[i];
    return named !== undefined && matches(pattern, named);
  });
}
