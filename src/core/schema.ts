import * as v from 'valibot';
import { canonicalText, messageOf } from './canonical.js';
import type { LedgerEvent } from './events.js';
import type { Policy } from './policy-document.js';
import { ledgerEvent } from './schema-event.js';
import { LIMITS, excess } from './schema-limits.js';
import { policy } from './schema-policy.js';
import { decodeUtf8 } from './utf8.js';

export { LIMITS } from './schema-limits.js';

const TOO_LARGE = `more than ${LIMITS.commit} bytes`;

/** Where in a document something is wrong, and what. `path` holds member names and indexes, as they were written: hostile text. */
export interface Problem {
  readonly path: (string | number)[];
  readonly message: string;
}

type Refused<R> = { readonly ok: false; readonly reason: R; readonly detail: string };

/**
 * Reads a commit message (raw bytes after the headers) as section 4 says: parse, validate, encode again, compare everything,
 * subject included. Answers the event (its records without a prototype) and its id, or why there is none: `bad-message` (not
 * subject, empty line, text; or a subject that is not this event's), `bad-text` (not the canonical text of anything),
 * `bad-event` (not of the closed schema), `over-limit` (section 10). The detail is for people and holds hostile text.
 */
export function parseMessage(
  message: Uint8Array,
):
  | { readonly ok: true; readonly event: LedgerEvent; readonly id: string }
  | Refused<'bad-message' | 'bad-text' | 'bad-event' | 'over-limit'> {
  if (message.length > LIMITS.commit) return refused('over-limit', TOO_LARGE);
  const end = message.indexOf(0x0a);
  if (end < 0 || message[end + 1] !== 0x0a) return refused('bad-message', 'no subject line and empty line');
  const subject = decodeUtf8(message.subarray(0, end));
  const text = decodeUtf8(message.subarray(end + 2));
  if (subject === null) return refused('bad-message', 'the subject is not UTF-8');
  if (text === null) return refused('bad-text', 'not UTF-8');
  const value = parseJson(text);
  if (value === undefined) return refused('bad-text', 'not JSON');
  const parsed = validate(value);
  if (!parsed.ok) return parsed;
  // What is encoded is the validated outcome: a member that validation dropped would be missed. Decoding was strict, so equal
  // texts are equal bytes.
  const again = messageOf(parsed.event);
  if (text !== again.text)
    return refused('bad-text', `not canonical from character ${difference(text, again.text)} on`);
  if (`${subject}\n\n${text}` !== again.message)
    return refused('bad-message', "the subject is not this event's");
  return { ok: true, event: parsed.event, id: again.id };
}

/**
 * Validates an event that is about to be written. Answers the validated copy, which alone may be encoded; `bad-event` where the
 * closed schema of section 4 refuses it, `over-limit` where section 10 does.
 */
export function parseEvent(
  value: unknown,
): { readonly ok: true; readonly event: LedgerEvent } | Refused<'bad-event' | 'over-limit'> {
  const parsed = validate(value);
  // The signature is still to come, and our own reading of the finished commit has the last word.
  if (parsed.ok && Buffer.byteLength(canonicalText(parsed.event), 'utf8') > LIMITS.commit) {
    return refused('over-limit', TOO_LARGE);
  }
  return parsed;
}

function validate(
  value: unknown,
): { readonly ok: true; readonly event: LedgerEvent } | Refused<'bad-event' | 'over-limit'> {
  const parsed = v.safeParse(ledgerEvent, value, { abortEarly: true });
  if (!parsed.success) return refused('bad-event', words(parsed.issues[0]));
  const event = parsed.output;
  const beyond = excess(event);
  if (beyond !== null) return refused('over-limit', beyond);
  return { ok: true, event };
}

/** Validates the form of a policy document (section 6, durations in seconds): the policy, or all that is wrong with its form. */
export function parsePolicy(
  value: unknown,
): { readonly ok: true; readonly policy: Policy } | { readonly ok: false; readonly problems: Problem[] } {
  const parsed = v.safeParse(policy, value);
  if (parsed.success) return { ok: true, policy: parsed.output };
  return {
    ok: false,
    problems: parsed.issues.map((issue) => ({ path: pathOf(issue), message: issue.message })),
  };
}

function refused<R>(reason: R, detail: string): Refused<R> {
  return { ok: false, reason, detail };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function difference(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return index;
}

function pathOf(issue: v.BaseIssue<unknown>): (string | number)[] {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}

function words(issue: v.BaseIssue<unknown>): string {
  const path = pathOf(issue).join('.');
  return path === '' ? issue.message : `${path} ${issue.message}`;
}
