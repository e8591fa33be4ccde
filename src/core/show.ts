/**
 * Text of others made safe to show. Section 9. What these functions answer holds no control character (but newlines where they
 * are said to be kept), and nothing that a terminal would hide, reorder or draw over something else.
 */

/** Living scripts put up to four marks on one letter. */
const MARKS = 4;

/** Prose for one line: letters of every script stay; newlines and all that hides become visible escapes such as `\u{202e}`. */
export function line(text: string): string {
  return escaped(text, hiddenIn);
}

/**
 * Prose for one line among lines of ours: as `line`, and of several spaces in a row all but the first become visible. Without them
 * no text of others can be laid out so that, wrapped by the terminal, it looks like a field of mpa's own.
 */
export function told(text: string): string {
  return line(text).replace(/(?<= ) /g, '\\u{20}');
}

/** Prose of several lines: as `told`, but newlines stay. */
export function prose(text: string): string {
  return text.split('\n').map(told).join('\n');
}

/** Arguments, paths, hosts, resources, variables: everything outside printable ASCII becomes a visible escape. */
export function exact(text: string): string {
  return escaped(text, (points) => points.map((point) => !/[ -~]/.test(point)));
}

/**
 * As `exact`, for what stands in a field of ours without quotes (a path, a host, a name): of several spaces in a row all but the first
 * become visible, as in `told`, so that it cannot be laid out to look like another field.
 */
export function solid(text: string): string {
  return exact(text).replace(/(?<= ) /g, '\\u{20}');
}

let classes: ReturnType<typeof classesOf> | undefined;

/** What the points of a text are. Made of strings, and when needed: in a literal, the engine looks all of it up when it reads this file. */
function classesOf() {
  // Controls, format characters (bidirectional controls among them), lone surrogates, private use, unassigned, line and
  // paragraph separators, what is drawn as nothing (U+2800 is blank without being a space), and every space but the plain one.
  const hiding = ['Cc', 'Cf', 'Cs', 'Co', 'Cn', 'Z', 'Bidi_Control', 'Default_Ignorable_Code_Point'];
  const classOf = (names: readonly string[], more = ''): string =>
    `[${names.map((name) => `\\p{${name}}`).join('')}${more}]`;
  return {
    hides: new RegExp(`(?! )${classOf(hiding, '\\u2800')}`, 'u'),
    marking: new RegExp(classOf(['M']), 'u'),
    bases: new RegExp(classOf(['L', 'N']), 'u'),
  };
}

function hiddenIn(points: readonly string[]): boolean[] {
  const { hides, marking, bases } = (classes ??= classesOf());
  // Marks since the last letter or digit. A run that stands on none is hidden, and so is what goes beyond the bound.
  let marks = MARKS;
  return points.map((point) => {
    const mark = marking.test(point);
    const hidden = hides.test(point);
    if (mark && !hidden) marks += 1;
    else marks = bases.test(point) && !hidden ? 0 : MARKS;
    return hidden || (mark && marks > MARKS);
  });
}

// A backslash of the text that stands before `u{`, or before an escape, is itself escaped: whoever sees `\u{202e}` need not
// wonder whether that was typed, and each output comes from one text only.
function escaped(text: string, hide: (points: readonly string[]) => readonly boolean[]): string {
  if (/^[ -[\]-~]*$/.test(text)) return text;
  const points = Array.from(text);
  const hidden = hide(points);
  const shown: string[] = [];
  for (let index = points.length - 1; index >= 0; index -= 1) {
    const point = points[index] ?? '';
    const next = shown.at(-1) ?? '';
    const opens = next.length > 2 || (next === 'u' && points[index + 2] === '{');
    shown.push(hidden[index] === true || (point === '\\' && opens) ? escape(point) : point);
  }
  return shown.reverse().join('');
}

function escape(point: string): string {
  return `\\u{${(point.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Words that a shell would take for something else where they come first. */
const RESERVED = new Set(
  '- if then else elif fi do done case esac while until for in function time coproc select repeat foreach end nocorrect'.split(
    ' ',
  ),
);

/**
 * Arguments in shell quoting: printable ASCII only, pasted into bash or zsh it gives the same arguments again (into any POSIX
 * shell where nothing but printable ASCII without long runs of spaces stands in them), and one space stands between two. Quotes where they are needed:
 * `'..'`, and `$'..'` with the bytes of UTF-8 as `\xHH` for whatever is not printable ASCII.
 */
export function quoted(argv: readonly string[]): string {
  return argv.map((argument, index) => quote(argument, index === 0)).join(' ');
}

function quote(argument: string, first: boolean): string {
  // Long runs of spaces too: wrapped by the terminal, what follows them could look like a line of ours.
  if (/[^ -~]| {4}/.test(argument)) return ansi(argument);
  // A first word with `=` would be an assignment; `=word`, `~` and `%1` have a meaning to one shell or another.
  const plain = first ? /^[\w@+:,./-][\w@%+:,./-]*$/ : /^[\w@+:,./-][\w@%+=:,./-]*$/;
  if (plain.test(argument) && !(first && RESERVED.has(argument))) return argument;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

const NAMED: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };

// Bytes, since \u depends on the locale. `!` would be looked up in the history of an interactive shell.
function ansi(argument: string): string {
  const bytes = Array.from(new TextEncoder().encode(argument), (byte) => {
    const gap = byte === 0x20 && argument.includes('    ');
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x21 && !gap;
    return NAMED[byte] ?? (plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`);
  });
  return `$'${bytes.join('')}'`;
}

/** JSON in ASCII alone (`\u043e` for what is not), with `indent` spaces; `undefined` becomes null. CLI.md, `--json`. */
export function asciiJson(value: unknown, indent = 2): string {
  return JSON.stringify(value ?? null, null, indent).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
