import { line, quoted, solid } from '../core/show.js';
import type { Contents } from '../workflows/contents.js';
import { isBroken } from '../workflows/contents.js';
import { shortId } from '../workflows/find.js';
import { mostlyText, readable, textDiff, type DiffLine } from '../workflows/text-diff.js';
import { digestText } from './layout-action.js';
import { beside, field, folded, sizeText, type Paint } from './layout-words.js';
import { typeOf } from './magic.js';

/** One file of a request, for people. `facts` stand among the fields; `body` is what is in it, in rows that fit, or nothing. */
export interface FileText {
  readonly facts: readonly string[];
  readonly body: readonly string[];
}

/** How files are shown: whose, how wide the rows may be, and whether digests are given for what is shown in full. */
export interface FileStyle {
  readonly id: string;
  readonly columns: number;
  readonly digests: boolean;
  readonly paint: Paint;
}

const TAB = '    ';
/** Columns left of a file's own text: an indent, a number or a sign, and two spaces. */
const GUTTER = 9;

/** One line of a file as rows: control characters escaped, tabs as spaces, folded, so that nothing of it reaches the left edge. */
function rowsOf(text: string, columns: number): string[] {
  return folded(line(text.replaceAll('\t', TAB)), Math.max(20, columns - GUTTER));
}

/** `before` stands before the first row, `more` before those that only go on. */
function gutter(before: string, more: string, text: string, columns: number): string[] {
  return rowsOf(text, columns).map((row, i) =>
    `${(i === 0 ? before : more).padStart(GUTTER - 2)}  ${row}`.trimEnd(),
  );
}

/** A text with numbered lines. Exported for the one file that `show --file` prints on a terminal. */
export function numbered(text: string, columns: number): string[] {
  const lines = text.split('\n');
  const ended = lines.at(-1) === '';
  if (ended) lines.pop();
  return [
    ...lines.flatMap((each, i) => gutter(String(i + 1), ':', each, columns)),
    ...(ended || text === '' ? [] : [`${' '.repeat(GUTTER)}(no line break at its end)`]),
  ];
}

const SIGNS: Readonly<Record<DiffLine['kind'], string>> = {
  place: '',
  same: '',
  removed: '-',
  added: '+',
  note: '',
};

function diffRows(lines: readonly DiffLine[], { columns, paint }: FileStyle): string[] {
  return lines.flatMap(({ kind, text }) => {
    const said = kind === 'note' ? '(no line break at its end)' : text;
    const rows = gutter(SIGNS[kind], `${SIGNS[kind]}:`, said, columns);
    if (kind === 'added') return rows.map((row) => paint('good', row));
    if (kind === 'removed') return rows.map((row) => paint('bad', row));
    return kind === 'same' ? rows : rows.map((row) => paint('dim', row));
  });
}

function nameOf({ path }: Contents): string {
  return path === null ? 'standard input' : solid(path);
}

/** The line that prints one file whole. */
export function wholeLine(id: string, path: string | null): string {
  return `mpa show ${shortId(id)} --file ${path === null ? '-' : quoted(['x', path]).slice(2)}`;
}

function fact(label: string, facts: readonly string[], command: string | null, style: FileStyle): string {
  const plain = facts.map(beside).join('\n');
  // What can be pasted is never folded.
  return field(label, command === null ? plain : `${plain}\n${style.paint('strong', command)}`);
}

async function textFile(file: Contents, text: string, style: FileStyle): Promise<FileText> {
  const { size, before } = file;
  const digest = style.digests ? digestText(file).split('\n') : [];
  const whole = wholeLine(style.id, file.path);
  const label = file.path === null ? 'stdin' : 'file';
  const title = `${nameOf(file)}: ${size === 0 ? 'empty' : sizeText(size)}`;
  const old = before === null ? null : readable(before.bytes);
  if (before === null || old === null)
    return { facts: [fact(label, [title, ...digest], null, style)], body: numbered(text, style.columns) };
  const since = `${shortId(before.record.id)}, which was approved`;
  const diff = await textDiff(old, text);
  if (diff === null)
    return {
      facts: [fact(label, [`${title}, nothing like in ${since}`, ...digest], null, style)],
      body: numbered(text, style.columns),
    };
  // Nothing of it is on the screen: its digest is.
  if (old === text)
    return {
      facts: [fact(label, [`${title}, as in ${since}`, ...digestText(file).split('\n')], whole, style)],
      body: [],
    };
  return {
    facts: [fact(label, [`${title}, changed since ${since}`, ...digest], whole, style)],
    body: diffRows(diff, style),
  };
}

function otherFile(file: Contents, style: FileStyle): FileText {
  const { path, size, bytes } = file;
  const label = path === null ? 'stdin' : 'file';
  const digest = digestText(file).split('\n');
  if (isBroken(file)) {
    const broken = style.paint('bad', 'NOT what is attached: nobody can approve this request');
    return { facts: [field(label, [beside(nameOf(file)), broken, ...digest].join('\n'))], body: [] };
  }
  if (bytes !== null) {
    const most = mostlyText(bytes);
    const title = `${nameOf(file)}: ${sizeText(size)}, ${most === null ? typeOf(bytes) : 'text with other bytes in it'}`;
    const unread =
      most === null
        ? 'no text: nobody reads it here, and its first bytes are a guess at what it is'
        : 'some of it is no text, and stands here as \\xHH';
    const facts = [beside(title), style.paint('warn', beside(unread)), ...digest.map(beside)];
    const whole = style.paint('strong', `${wholeLine(style.id, path)} | file -`);
    return {
      facts: [field(label, [...facts, whole].join('\n'))],
      body: most === null ? [] : numbered(most, style.columns),
    };
  }
  const title = `${nameOf(file)}: ${sizeText(size)}, not attached`;
  const compare = path === null ? null : `sha256sum ${quoted(['x', path]).slice(2)}`;
  return { facts: [fact(label, [title, ...digest], compare, style)], body: [] };
}

/** One file for people: text whole, or as it changed since it was approved last; what is no text by size, type and digest. Section 9. */
export async function fileText(file: Contents, style: FileStyle): Promise<FileText> {
  const text = file.bytes === null ? null : readable(file.bytes);
  return text === null ? otherFile(file, style) : textFile(file, text, style);
}
