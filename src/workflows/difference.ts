import type { CommandAction, Content, Pin, Stdin } from '../core/action.js';
import type { Digest } from '../core/events.js';
import type { CommandToRun } from '../core/mismatch.js';
import { exact, line, quoted } from '../core/show.js';
import { attachmentsTo } from './attachments.js';
import { argumentLines } from './difference-arguments.js';
import { shortId } from './find.js';
import type { Judged } from './grant.js';
import { giveAgain } from './input.js';
import { peek } from './regular.js';
import { readable, textDiff, type DiffLine } from './text-diff.js';
import type { Workspace } from './workspace.js';

/** So many lines of one file's difference are shown; how to see the rest is said. */
const SHOWN = 40;

/** Files of which the difference is shown; the others are named. */
const FILES = 8;

/** So much of a file's difference is read now: no attachment has more. Section 10. */
const READ = 1 << 20;

type Attachments = ReadonlyMap<string, Uint8Array | null>;

function pair(name: string, approved: string, here: string): string[] {
  return [`${name}:`, `  approved  ${approved}`, `  here      ${here}`];
}

/** A word without `/` is looked for, which people forget. */
function programHere({ argv, program }: CommandToRun): string {
  const looked = program !== null && argv[0]?.includes('/') === false;
  return `${shown(program ?? undefined)}${looked ? ' (the first of that name on your PATH)' : ''}`;
}

function placeLines(action: CommandAction, toRun: CommandToRun): string[] {
  if (action.executor !== undefined) return [];
  const rows = [
    ['host', action.host, toRun.host, shown(toRun.host)],
    ['user', action.user, toRun.user, shown(toRun.user)],
    ['program', action.program, toRun.program, programHere(toRun)],
    ['folder', action.cwd, toRun.cwd, shown(toRun.cwd)],
  ] as const;
  return rows.flatMap(([name, approved, here, words]) =>
    approved === here ? [] : pair(name, shown(approved), words),
  );
}

function shown(text: string | undefined): string {
  return text === undefined ? 'none that can be found' : exact(text);
}

/** For people: the digest by its first digits, so that a line holds it. Empty: not read, since the size says enough. */
function sized({ size, sha256 }: Digest): string {
  return `${size} ${size === 1 ? 'byte' : 'bytes'}${sha256 === '' ? '' : `, sha256 ${sha256.slice(0, 16)}...`}`;
}

function stdinWords(stdin: Stdin | CommandToRun['stdin'] | undefined): string {
  if (stdin === undefined || stdin === 'none') return 'nothing (/dev/null)';
  return stdin === 'terminal' ? 'the terminal' : `a file of ${sized(stdin)}`;
}

function stdinLines(action: CommandAction, toRun: CommandToRun): string[] {
  const approved = stdinWords(action.stdin);
  const here = stdinWords(toRun.stdin);
  return approved === here ? [] : pair('standard input', approved, here);
}

/** A changed line byte for byte, so that a look-alike or a blank at its end is seen; what is the same as it reads. */
function diffRow({ kind, text }: DiffLine): string {
  switch (kind) {
    case 'removed':
      return `-${blanks(exact(text))}`;
    case 'added':
      return `+${blanks(exact(text))}`;
    case 'same':
      return ` ${line(text)}`;
    default:
      return kind === 'note' ? `\\${line(text)}` : text;
  }
}

function blanks(text: string): string {
  return text.replace(/ +$/, (end) => '\\u{20}'.repeat(end.length));
}

/** The command that prints an attached file. */
function shows(id: string, { path }: Pin): string {
  return quoted(['mpa', 'show', shortId(id), '--file', path]);
}

async function contentLines(pin: Pin, approved: Uint8Array, id: string): Promise<string[]> {
  const path = exact(pin.path);
  const before = readable(approved);
  const now = before === null ? null : await peek(pin.path, READ);
  const after = now === null ? null : readable(now);
  if (before === null || after === null) return [];
  const rows = await textDiff(before, after);
  const where = `\`${shows(id, pin)}\` prints the approved file, ${path} is what is here now`;
  if (rows === null) return [`  too little in common to lay side by side: ${where}`];
  const hidden = rows.length - SHOWN;
  return [
    `--- ${path}, as approved`,
    `+++ ${path}, here`,
    ...rows.slice(0, SHOWN).map(diffRow),
    ...(hidden > 0 ? [`... and ${hidden} more lines; ${where}`] : []),
  ];
}

function pinNow(found: Digest | null | undefined, { argv }: CommandAction): string {
  if (found !== null && found !== undefined) return sized(found);
  const detour = argv.some((argument) => argument.includes('../'));
  return detour
    ? 'no file that can be read, or a `..` leads to another one: is a folder on the way a link?'
    : 'no file that can be read';
}

function isSame(pin: Content, found: Digest | null | undefined): boolean {
  return found?.sha256 === pin.sha256 && found.size === pin.size;
}

async function pinLines({ record, toRun }: Judged, attachments: Attachments): Promise<string[]> {
  const { action } = record.event;
  const changed = (action.pins ?? []).filter((pin) => !isSame(pin, toRun.pins.get(pin.path)));
  const lines: string[] = [];
  for (const [index, pin] of changed.entries()) {
    const found = toRun.pins.get(pin.path);
    lines.push(...pair(`file ${exact(pin.path)}`, sized(pin), pinNow(found, action)));
    const approved = pin.attached ? attachments.get(pin.sha256) : undefined;
    // An executor's files are those that were approved, or are damaged: there is nothing beside them.
    if (!(approved instanceof Uint8Array) || action.executor !== undefined) continue;
    if (index < FILES) lines.push(...(await contentLines(pin, approved, record.id)));
    else
      lines.push(
        `  \`${shows(record.id, pin)}\` prints the approved file: so many are not laid side by side`,
      );
  }
  return lines;
}

function lackingLines({ toRun }: Judged): string[] {
  return (toRun.lacking ?? []).map((digest) => `attachment ${digest}: not in the ledger, or not these bytes`);
}

/**
 * Every part in which what would run differs from what was approved (section 8.6), in lines: arguments by their number, place,
 * standard input, files with what changed in them. Empty where nothing differs. Escaped for a terminal; what is cut says so.
 * `attachments`: as attachmentsTo gives them.
 */
export async function differences(judged: Judged, attachments: Attachments): Promise<string[]> {
  const { record, toRun } = judged;
  const { action } = record.event;
  return [
    ...(await argumentLines(action.argv, toRun.argv)),
    ...placeLines(action, toRun),
    ...stdinLines(action, toRun),
    ...lackingLines(judged),
    ...(await pinLines(judged, attachments)),
  ];
}

/**
 * What a refusal as `mismatch` adds to its sentence: all differences, lines joined by newlines, escaped for a terminal. Empty
 * where the refusal is another, or there is none.
 */
export async function explainMismatch(ws: Workspace, judged: Judged): Promise<string> {
  if (judged.decision.reason !== 'mismatch') return '';
  return (await differences(judged, await attachmentsTo(ws.store, judged.record))).join('\n');
}

/** The next step after a refusal as `mismatch`. */
export function mismatchHint({ record, toRun }: Judged): string {
  const { stdin } = record.event.action;
  const show = `\`mpa show ${shortId(record.id)}\` shows what was approved`;
  if (typeof stdin === 'object' && !stdin.attached && toRun.stdin === 'none') return giveAgain(record);
  return stdin === 'terminal' && toRun.stdin !== 'terminal'
    ? `It was approved with the terminal as its standard input. ${show}.`
    : `${show}; for what is here now, ask anew with \`mpa request\`.`;
}
