import { quorum, secondsOf, windowOf } from '../core/counting.js';
import type { Standing } from '../workflows/wait.js';
import { cut, span, when } from './layout-words.js';

/** More names than this are counted. */
const NAMED = 4;

/** `bob`, `bob or carol`, `bob, carol, dave or 7 others`. */
export function either(names: readonly string[]): string {
  const rest = names.length - (NAMED - 1);
  const shown = names.length > NAMED ? [...names.slice(0, NAMED - 1), `${rest} others`] : names;
  const last = shown.at(-1) ?? 'nobody who is left';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`;
}

/** `bob`, `bob and carol`. */
function all(names: readonly string[]): string {
  return either(names).replace(/ or ([^ ]+(?: others)?)$/, ' and $1');
}

function pendingText({ view, record }: Standing, now: number, left: string): string {
  const { standings, missing, candidates } = quorum(view.state, record, now);
  const given = standings.filter(({ counts }) => counts).map(({ approval }) => approval.actor);
  const needed = given.length + missing.reduce((sum, { count }) => sum + count, 0);
  const tally = `${given.length}/${needed}`;
  if (candidates.length === 0) return `Nobody who is left could approve it (${tally}), ${left}.`;
  const had = given.length === 0 ? '' : `Approved by ${all(given)}. `;
  return `${had}Waiting for ${either(candidates)} to approve (${tally}), ${left}.`;
}

/**
 * How things stand with a request that is waited for, in one line: who could approve, who has, and the time left, or when its window
 * begins. `clock`: with the time left, for a line that is drawn again each second; else with the end itself. Handles and numbers
 * only, no text of others. `now` in seconds.
 */
export function standingText(standing: Standing, now: number, clock: boolean): string {
  const { view, record, decision } = standing;
  if (decision.reason === 'pending') {
    const end = secondsOf(record.event.approveBy);
    const left = clock ? `${span(end - now)} left` : `until ${when(end)}`;
    return pendingText(standing, now, left);
  }
  if (decision.reason !== 'too-early') return decision.authorised ? 'Approved.' : 'Decided.';
  const start = windowOf(view.state, record)?.start ?? now;
  return `Approved. It begins at ${when(start)}${clock ? `, in ${span(start - now)}` : ''}.`;
}

/** What the live lines show beside the standing. */
export interface Extras {
  readonly away: boolean;
  readonly copied: boolean;
  /** Whether keys are heard. */
  readonly keys: boolean;
}

const AWAY = 'The remote cannot be reached; trying again.';

/** The lines that are drawn again and again while somebody waits, each cut to fit into `columns`. */
export function liveLines(standing: Standing, now: number, columns: number, extras: Extras): string[] {
  const copy = extras.copied ? 'copied, if your terminal allows it' : 'c copies the line for them';
  const lines = [
    standingText(standing, now, true),
    ...(extras.away ? [AWAY] : []),
    extras.keys ? `  ${copy}, Ctrl-C stops waiting` : '  Ctrl-C stops waiting',
  ];
  return lines.map((line) => cut(line, Math.max(20, columns - 1)));
}
