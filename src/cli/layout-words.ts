import { exact, prose, quoted } from '../core/show.js';
import type { Action, CommandAction } from '../core/action.js';
import type { Clause } from '../core/policy-document.js';
import type { RequestStateName } from '../core/reasons.js';
import { formatDuration, formatTime } from '../core/time.js';
import type { Kind } from './output.js';

/** Colours by meaning: Output.paint. */
export type Paint = (kind: Kind, text: string) => string;

const LABEL = 11;

/** At most 66 columns, broken after a space where there is one: with the label, what an old terminal shows in one line. */
const WRAPPED = /.{1,66}(?: |$)|.{66}/gu;

/** `  label      text`; further lines of `text` stand under its first. */
export function field(label: string, text: string): string {
  const [first = '', ...rest] = text.split('\n');
  const lines = [`  ${label.padEnd(LABEL)}${first}`, ...rest.map((more) => `  ${' '.repeat(LABEL)}${more}`)];
  return lines.map((whole) => whole.trimEnd()).join('\n');
}

/** `2026-03-01 09:30:00 UTC`. */
export function when(seconds: number): string {
  return formatTime(seconds).replace('T', ' ').replace('Z', ' UTC');
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

/** Prose of others under a label: several lines stay several. */
export function words(text: string): string {
  return prose(text)
    .split('\n')
    .flatMap((row) => row.match(WRAPPED) ?? [''])
    .join('\n');
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

/** What a request is for, in one line. */
export function actionLine(action: Action): string {
  if (action.kind === 'command') return quoted(action.argv);
  return action.kind === 'access' ? `access ${exact(action.resource)}` : 'policy change';
}

const WIDE = 66;

/** The exact command: in one line where it fits, else one argument a line, each in quotes that can be pasted back. */
export function commandText({ argv }: Pick<CommandAction, 'argv'>): string {
  const whole = quoted(argv);
  if (whole.length <= WIDE) return whole;
  return argv.map((argument) => quoted([argument])).join(' \\\n');
}

/** Cut to `width` columns, said so by `...`. For lists only: `show` cuts nothing. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 3))}...`;
}
