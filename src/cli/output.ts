import { randomBytes } from 'node:crypto';
import type { Progress } from '../core/ports.js';
import { asciiJson, line as oneLine } from '../core/show.js';
import { columnsOf } from './columns.js';
import type { Report } from './report.js';
import { WorkLine } from './work-line.js';
import { widthOf, wrapped } from './wrap.js';

/** What a stretch of text means; each has one colour. */
export type Kind = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

/** Where words go. Results on stdout; talk on stderr. Everything handed in is escaped again against control characters. */
export interface Output {
  readonly json: boolean;
  /** A line (or lines) of the result, stdout. Ignored with --json. */
  result(text: string): void;
  /** The one JSON document, stdout, ASCII; `schema` is added. Ignored without --json. */
  document(body: Readonly<Record<string, unknown>>): void;
  /** Progress, hints, next steps: stderr; silent with --quiet. */
  talk(text: string): void;
  /** Warnings: stderr, also with --quiet. */
  warn(text: string): void;
  /** Bytes of a result as they are, for a file or a pipe: stdout, unescaped. For what is no text of others, such as armor. */
  raw(text: string | Uint8Array): void;
  /** Whether stdout (`result`) or stderr (`talk`) is a terminal. */
  isTerminal(which: 'result' | 'talk'): boolean;
  /** How large the terminal is that stdout (`result`) or stderr (`talk`) is; null where it is none, or cannot move its cursor. */
  screen(which: 'result' | 'talk'): Screen | null;
  /** Text as `result` or `warn` would print it, escaped and, unless told otherwise, with its colours, for a pager. */
  dressed(which: 'result' | 'talk', text: string, coloured: boolean): string;
  /** Colour by meaning, plain where colour is off. For the text of `result`, `talk` and `warn`; escapes `text`. */
  paint(kind: Kind, text: string): string;
  /** Shows that work goes on, while it does: on a terminal's stderr only, and not with --quiet or --json. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** While `during` works: how many of how many are done. Shown once it takes longer than a second. */
  progress(...[done, total, of]: Parameters<Progress>): void;
  /** Takes away the line of `during`, for good: something else is about to be drawn there. */
  clear(): void;
  /** Has lines that stay at the bottom of the terminal hidden before anything is written; null: there are none any more. */
  hides(lines: { hide(): void } | null): void;
}

/** A terminal that somebody looks at. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** How many of its rows this text takes, colours aside. */
  height(text: string): number;
}

/** A stream as output needs it: process.stdout and process.stderr are such. */
export interface Stream {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface OutputSettings {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly noColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether a stream gets colour: CLI.md, Ground rules. chalk itself ignores NO_COLOR. */
export function colours(stream: Stream, settings: Pick<OutputSettings, 'noColor' | 'env'>): boolean {
  const { NO_COLOR, TERM } = settings.env;
  if (settings.noColor || (NO_COLOR !== undefined && NO_COLOR !== '')) return false;
  return stream.isTTY === true && TERM !== 'dumb';
}

/** Makes the Output of one invocation. chalk is imported only where a stream gets colour. */
export async function createOutput(settings: OutputSettings): Promise<Output> {
  const { stdout, stderr, json, quiet } = settings;
  const marks = new Marks();
  const showing = stderr.isTTY === true && !quiet && !json && settings.env.TERM !== 'dumb';
  const line = new WorkLine(stderr, showing);
  const dress = await dresser(marks, settings);
  const forResult = (text: string): string => dress(safe(text), colours(stdout, settings));
  const forTalk = (text: string): string => dress(safe(text), colours(stderr, settings));
  const plain = (text: string): string => dress(safe(text), false);
  const folding = (text: string): string => {
    const width = widthOf(stderr);
    return width === null ? text : wrapped(text, width, '    ', plain);
  };
  const painting = colours(stdout, settings) || colours(stderr, settings);
  return {
    json,
    result: (text) => {
      if (json) return;
      line.clear();
      stdout.write(`${forResult(text)}\n`);
    },
    document: (body) => {
      if (json) stdout.write(`${asciiJson({ schema: 'mpa/v1', ...body }, 2)}\n`);
    },
    talk: (text) => {
      if (quiet) return;
      line.clear();
      stderr.write(`${forTalk(folding(text))}\n`);
    },
    warn: (text) => {
      line.clear();
      stderr.write(`${forTalk(folding(text))}\n`);
    },
    raw: (text) => {
      line.clear();
      stdout.write(text);
    },
    isTerminal: (which) => (which === 'result' ? stdout : stderr).isTTY === true,
    screen: (which) => {
      const { isTTY, columns = 80, rows = 24 } = which === 'result' ? stdout : stderr;
      if (isTTY !== true || settings.env.TERM === 'dumb') return null;
      const height = (text: string): number =>
        plain(text)
          .split('\n')
          .reduce((sum, row) => sum + Math.max(1, Math.ceil(columnsOf(row) / columns)), 0);
      return { columns, rows, height };
    },
    dressed: (which, text, coloured) =>
      coloured ? (which === 'result' ? forResult(text) : forTalk(text)) : plain(text),
    paint: (kind, text) => (painting ? marks.wrap(kind, text) : text),
    during: (what, work) => line.during(safe(what), work),
    progress: (done, total, of) => {
      line.progress(done, total, of);
    },
    clear: () => {
      line.clear();
    },
    hides: (lines) => {
      line.lines = lines;
    },
  };
}

/** Prints a failure: a JSON document on stdout with --json, else a sentence and the next step on stderr. */
export function printReport(
  report: Report,
  settings: Pick<OutputSettings, 'stdout' | 'stderr' | 'json'>,
): void {
  const { code, message, hint } = report;
  if (settings.json) {
    settings.stdout.write(`${asciiJson({ schema: 'mpa/v1', error: { code, message, hint } }, 2)}\n`);
  } else {
    const [first = '', ...rest] = safe(message).split('\n');
    // Only the first line is ours for sure: git and servers have a say in the others.
    const quoted = rest.map((row) => `    | ${row}`);
    const whole = `mpa: ${first} [${code}]`;
    const width = widthOf(settings.stderr);
    const said = width === null ? whole : wrapped(whole, width, '     ', (row) => row);
    settings.stderr.write([said, ...quoted, ''].join('\n'));
    if (hint !== null && hint !== '') settings.stderr.write(`${safe(hint).replaceAll(/^/gm, '  ')}\n`);
  }
  if (report.trace !== null) settings.stderr.write(`${safe(report.trace)}\n`);
}

/**
 * Escapes what a terminal would obey or hide, and leaves alone what is escaped already: callers have shown words of others
 * through show.ts, whose escapes begin with a backslash, and a second escape of that backslash would be a lie.
 */
export function safe(text: string): string {
  return text
    .split('\n')
    .map((row) => row.split('\\').map(oneLine).join('\\'))
    .join('\n');
}

/**
 * Colour travels through escaping as marks of printable text that nobody outside can guess; only then they become
 * escape sequences. So text of others never carries colour, and every other control character is escaped.
 */
class Marks {
  private readonly secret = randomBytes(12).toString('hex');
  readonly pattern = new RegExp(`\\[${this.secret}:([a-z]+)\\]`, 'g');

  wrap(kind: Kind, text: string): string {
    return `[${this.secret}:${kind}]${text}[${this.secret}:end]`;
  }
}

/** Turns marks into escape sequences, or into nothing where `coloured` is false. */
async function dresser(
  marks: Marks,
  settings: OutputSettings,
): Promise<(text: string, coloured: boolean) => string> {
  const strip = (text: string): string => text.replaceAll(marks.pattern, '');
  if (!colours(settings.stdout, settings) && !colours(settings.stderr, settings)) return strip;
  const { Chalk } = await import('chalk');
  // Level 1: the sixteen colours that every terminal has and its owner chose.
  const chalk = new Chalk({ level: 1 });
  const styles: Readonly<Record<Kind, (text: string) => string>> = {
    good: chalk.green,
    bad: chalk.red.bold,
    warn: chalk.yellow,
    dim: chalk.dim,
    strong: chalk.bold,
  };
  return (text, coloured) => (coloured ? colour(text, marks, styles) : strip(text));
}

function colour(
  text: string,
  marks: Marks,
  styles: Readonly<Record<Kind, (text: string) => string>>,
): string {
  const open: { kind: Kind; text: string }[] = [];
  let plain = '';
  const add = (more: string): void => {
    const top = open.at(-1);
    if (top === undefined) plain += more;
    else top.text += more;
  };
  let from = 0;
  for (const mark of text.matchAll(marks.pattern)) {
    add(text.slice(from, mark.index));
    from = mark.index + mark[0].length;
    const kind = mark[1];
    if (isKind(kind)) open.push({ kind, text: '' });
    else {
      const done = open.pop();
      if (done !== undefined) add(styles[done.kind](done.text));
    }
  }
  add(text.slice(from));
  return plain + open.map((rest) => rest.text).join('');
}

function isKind(word: string | undefined): word is Kind {
  return word === 'good' || word === 'bad' || word === 'warn' || word === 'dim' || word === 'strong';
}
