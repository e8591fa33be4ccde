import { prose, quoted, solid } from '../core/show.js';
import type { Action, CommandAction } from '../core/action.js';
import type { Clause } from '../core/policy-document.js';
import type { RequestStateName } from '../core/reasons.js';
import { formatDuration, timeWords as when } from '../core/time.js';
import type { RequestKind } from '../workflows/resumes.js';
import { columnsOf, columnsOfPoint } from './columns.js';
import type { Kind } from './output.js';

export { timeWords as when } from '../core/time.js';

/** Colours by meaning: Output.paint. */
export type Paint = (kind: Kind, text: string) => string;

const LABEL = 11;

/** What stands beside a label in 80 columns. */
export const BESIDE = 66;

/**
 * `  label      text`; further lines of `text` stand under its first. `columns`: how wide the label looks, where it is painted.
 */
export function field(label: string, text: string, columns = label.length): string {
  const rows = text.split('\n');
  // A label that leaves no gap stands on a line of its own.
  const [first = '', ...rest] = columns < LABEL ? rows : ['', ...rows];
  const gap = ' '.repeat(Math.max(0, LABEL - columns));
  const lines = [`  ${label}${gap}${first}`, ...rest.map((more) => `  ${' '.repeat(LABEL)}${more}`)];
  return lines.map((whole) => whole.trimEnd()).join('\n');
}

/** A span in at most two units, `2d3h`, `5m`: nobody reads seconds of days. */
export function span(seconds: number): string {
  const units = formatDuration(Math.max(0, seconds)).match(/\d+[a-z]/g) ?? [];
  return units.slice(0, 2).join('');
}

/** A time with how far away it is: `2026-03-01 09:30:00 UTC (in 55m)`. */
export function whenFrom(seconds: number, now: number): string {
  if (seconds === now) return `${when(seconds)} (now)`;
  return `${when(seconds)} (${seconds > now ? `in ${span(seconds - now)}` : `${span(now - seconds)} ago`})`;
}

/**
 * One line as rows of at most `width` columns, broken after a space or a slash where there is one late in the row. A line that the terminal
 * broke by itself would go on at the left edge, where only words of ours stand.
 */
export function folded(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  let columns = 0;
  for (const point of text) {
    const wide = columnsOfPoint(point);
    if (columns + wide > width) {
      const at = Math.max(row.lastIndexOf(' '), row.lastIndexOf('/')) + 1;
      const keep = at > row.length / 2 ? at : row.length;
      rows.push(row.slice(0, keep).trimEnd());
      row = row.slice(keep);
      columns = columnsOf(row);
    }
    row += point;
    columns += wide;
  }
  return [...rows, row];
}

/** Rows under a label: each line folded. For text that is safe to show already. */
export function beside(text: string): string {
  return text
    .split('\n')
    .flatMap((row) => folded(row, BESIDE))
    .join('\n');
}

/** Prose of others under a label: several lines stay several. */
export function words(text: string): string {
  return beside(prose(text));
}

/** A path, a host or a name of others under a label. */
export function place(text: string): string {
  return beside(solid(text));
}

/** `212 bytes`, `1 byte`, `5.2 MB (5242880 bytes)`. */
export function sizeText(bytes: number): string {
  const exactly = bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  if (bytes < 10_000) return exactly;
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1] ?? ''} (${exactly})`;
}

/** The colour of a state. */
export function stateKind(state: RequestStateName): Kind {
  if (state === 'approved' || state === 'applied') return 'good';
  if (state === 'pending' || state === 'scheduled') return 'warn';
  return state === 'used' || state === 'expired' || state === 'withdrawn' ? 'dim' : 'bad';
}

/** `1 of team`. */
export function clauseText({ count, from }: Clause): string {
  return `${count} of ${from.join(' or ')}`;
}

/** `40-digit fingerprint` in groups of four, as GnuPG prints it. */
export function fingerprintText(fingerprint: string): string {
  return fingerprint.match(/.{1,4}/g)?.join(' ') ?? fingerprint;
}

/** What a request is for, in one line. `kind`: where it is known, since an action does not say that it repeats the policy in force. */
export function actionLine(action: Action, kind: RequestKind = action.kind): string {
  if (action.kind === 'command') return quoted(action.argv);
  if (action.kind === 'access') return `access ${solid(action.resource)}`;
  return kind === 'resume' ? 'resume (the policy in force once more)' : 'policy change';
}

/** The exact command: in one line where it fits, else one argument a line, each in quotes that can be pasted back. */
export function commandText({ argv }: Pick<CommandAction, 'argv'>): string {
  const whole = quoted(argv);
  if (whole.length <= BESIDE) return whole;
  return argv.map((argument) => quoted([argument])).join(' \\\n');
}

/** Cut to `width` columns, said so by `...`. For lists only: `show` cuts nothing. */
export function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let kept = '';
  let columns = 0;
  for (const point of text) {
    columns += columnsOfPoint(point);
    if (columns > width - 3) break;
    kept += point;
  }
  return `${kept}...`;
}
