import { MpaError } from '../core/errors.js';
import { formatTime, parseDuration, parseTime } from '../core/time.js';

/** The options of an Invocation: camelCase names, values as commander leaves them. */
type Options = Readonly<Record<string, unknown>>;

/** The value of a flag that takes text; undefined: not given. */
export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of a flag that may be given several times, in order. */
export function texts(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Whether a switch was given. */
export function flag(options: Options, name: string): boolean {
  return options[name] === true;
}

/** Whether `--no-NAME` was given. */
export function without(options: Options, name: string): boolean {
  return options[name] === false;
}

/** A flag's duration in seconds, typed as `90s`, `1h30m`, `2d`. Errors: `usage`. */
export function duration(options: Options, name: string): number | undefined {
  const typed = text(options, name);
  if (typed === undefined) return undefined;
  const seconds = parseDuration(typed);
  if (seconds !== null && seconds > 0) return seconds;
  throw new MpaError('usage', `--${name} ${typed} is not a duration.`, {
    hint: 'Durations are typed 90s, 30m, 1h, 2d, 1h30m or 1y.',
  });
}

/** A flag's whole number from 1. Errors: `usage`. */
export function count(options: Options, name: string): number | undefined {
  const typed = text(options, name);
  if (typed === undefined) return undefined;
  const value = Number(typed);
  if (/^[1-9][0-9]{0,6}$/.test(typed) && value <= 1_000_000) return value;
  throw new MpaError('usage', `--${name} ${typed} is not a whole number from 1 to 1000000.`);
}

/** A flag's time in seconds: RFC 3339, or `HH:MM` local time, the next one to come after `now`. Errors: `usage`. */
export function time(options: Options, name: string, now: number): number | undefined {
  const typed = text(options, name);
  if (typed === undefined) return undefined;
  const seconds = parseTime(typed) ?? offsetTime(typed) ?? clockTime(typed, now);
  if (seconds !== null) return seconds;
  throw new MpaError('usage', `--${name} ${typed} is not a time.`, {
    hint: `Times are typed ${formatTime(now)} or HH:MM (local, today or tomorrow).`,
  });
}

/** RFC 3339 with an offset, as people copy it from elsewhere. */
function offsetTime(typed: string): number | null {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)([+-])(\d\d):(\d\d)$/.exec(typed);
  if (parts === null) return null;
  const [, date, clock, sign, hours, minutes] = parts;
  const local = parseTime(`${date}T${clock?.length === 5 ? `${clock}:00` : clock}Z`);
  if (local === null || Number(hours) > 23 || Number(minutes) > 59) return null;
  const offset = Number(hours) * 3600 + Number(minutes) * 60;
  return sign === '-' ? local + offset : local - offset;
}

function clockTime(typed: string, now: number): number | null {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(typed);
  if (parts === null) return null;
  const day = new Date(now * 1000);
  day.setHours(Number(parts[1]), Number(parts[2]), 0, 0);
  if (day.getTime() <= now * 1000) day.setDate(day.getDate() + 1);
  return Math.floor(day.getTime() / 1000);
}
