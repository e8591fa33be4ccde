import { parseTime } from './time.js';

/**
 * The scalars of section 4 ("Text and numbers"), as predicates: what goes in is any text or number, what comes out is whether
 * it has that form. The schema is made of them, and whoever reads flags and files asks the same questions.
 */

/** Unicode scalar values only: a lone surrogate has no UTF-8. */
export function isText(text: string): boolean {
  return text.isWellFormed();
}

/** Handles, group names, rule names and words: section 1. `everyone` has the form too, and is judged by a policy's validity. */
export function isHandle(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(text);
}

/** Names of people and ledgers: 1 to 100 code points, no controls, no `<` or `>`, and nothing at either end that git would trim. */
export function isName(text: string): boolean {
  if (!isText(text) || /[\u0000-\u001f\u007f-\u009f<>]/.test(text)) return false;
  if (/^[ .,:;"'\\]|[ .,:;"'\\]$/.test(text)) return false;
  const points = codePoints(text);
  return points >= 1 && points <= 100;
}

export function isEmail(text: string): boolean {
  return /^[!-;=?-~]+@[!-;=?-~]+$/.test(text);
}

/** Names of environment variables. `__proto__` is none, for the sake of every language that has such members. */
export function isVariable(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && text !== '__proto__';
}

/** Hosts and resources: 1 to 255 printable ASCII characters without space. */
export function isHost(text: string): boolean {
  return /^[!-~]{1,255}$/.test(text);
}

export function isLogin(text: string): boolean {
  return /^[!-~]{1,64}$/.test(text);
}

export function isSignal(text: string): boolean {
  return /^SIG[A-Z0-9]{1,12}$/.test(text);
}

/** Ids, chain values and digests: 64 lower-case hex digits. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

export function isNonce(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

export function isTime(text: string): boolean {
  return parseTime(text) !== null;
}

/** Arguments, values of variables: text without NUL, which no process could be given. */
export function isArgument(text: string): boolean {
  return isText(text) && !text.includes('\0');
}

export function isAbsolutePath(text: string): boolean {
  return isArgument(text) && text.startsWith('/');
}

export function isRelativePath(text: string): boolean {
  return isArgument(text) && text !== '' && !text.startsWith('/');
}

/** The number of code points: how names and `minLength` are counted. Section 10. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Ranges of numbers, both ends included; all are integers. */
export const RANGES = {
  count: [1, 100],
  uses: [1, 1_000_000],
  duration: [1, 31_622_400],
  size: [0, Number.MAX_SAFE_INTEGER],
  millis: [0, Number.MAX_SAFE_INTEGER],
  code: [0, 255],
  minLength: [1, 4096],
  version: [1, 1000],
} as const satisfies Record<string, readonly [number, number]>;

/** An integer within a range. -0 is none: its canonical text is that of 0. */
export function isInteger(value: number, [least, most]: readonly [number, number]): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0) && value >= least && value <= most;
}
