const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const DURATION = /^(?:(\d{1,9})y)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/;

const UNITS = [
  ['y', 365 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/**
 * RFC 3339 in the one form of section 4 (`2026-03-01T09:30:00Z`: UTC, whole seconds, `Z`, a date of the calendar, years 1970 to
 * 9999, hours to 23, seconds to 59) to seconds since 1970; null for any other text.
 */
export function parseTime(text: string): number | null {
  if (!TIME.test(text)) return null;
  const two = (at: number): number => Number(text.slice(at, at + 2));
  const [year, month, day] = [Number(text.slice(0, 4)), two(5), two(8)];
  const [hour, minute, second] = [two(11), two(14), two(17)];
  if (year < 1970 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const days = (Date.UTC(year, month, 1) - Date.UTC(year, month - 1, 1)) / 86_400_000;
  if (day < 1 || day > days) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/**
 * Seconds since 1970 to the text that `parseTime` reads. Sums beyond the year 9999 (a window's end, say) become an expanded
 * year, for people only: `parseTime` refuses it. RangeError for what is no date at all.
 */
export function formatTime(seconds: number): string {
  // Not toISOString: for that, V8 looks for this machine's time zone, at times for 20 ms.
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new RangeError(`${seconds} s is no date`);
  const year = date.getUTCFullYear();
  const [digits, sign] = year >= 0 && year <= 9999 ? [4, ''] : [6, year < 0 ? '-' : '+'];
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = [date.getUTCMonth() + 1, date.getUTCDate()].map(two);
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two);
  return `${sign}${[String(Math.abs(year)).padStart(digits, '0'), ...day].join('-')}T${time.join(':')}Z`;
}

/** The same for people: `2026-03-01 09:30:00 UTC`. */
export function timeWords(seconds: number): string {
  return formatTime(seconds).replace('T', ' ').replace('Z', ' UTC');
}

/**
 * A typed duration, `1h30m`, `90s`, `2d`, `1y` (365 days), to seconds; null where it is none: each unit at most once, greatest
 * first, no signs, spaces or fractions, and not nothing. CLI.md, ground rules. The limits of section 4 are the schema's.
 */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  const total = UNITS.reduce((sum, [, size], index) => sum + Number(match[index + 1] ?? 0) * size, 0);
  return total > 0 && Number.isSafeInteger(total) ? total : null;
}

/** Whole seconds to the shortest text that `parseDuration` reads back (`5400` to `1h30m`); `0s` for nothing, `-` before what is negative. */
export function formatDuration(seconds: number): string {
  if (seconds < 0) return `-${formatDuration(-seconds)}`;
  let rest = seconds;
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
