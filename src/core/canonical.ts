import { hash } from 'node:crypto';
import { MpaError } from './errors.js';
import { isCommandRequest, isAccessRequest } from './events.js';
import type { Exit, LedgerEvent, RequestEvent } from './events.js';
import { isText } from './scalars.js';

const SUBJECT_LENGTH = 100;
const SHORT = 12;

/**
 * The canonical text of section 4: member order (UTF-16 units), string escapes and numbers of RFC 8785, laid out with two
 * spaces of indentation as `JSON.stringify(value, null, 2)` does, and one final newline. The value is JSON: text of Unicode
 * scalar values, finite numbers, booleans, null, arrays, records. Anything else is a `bug`.
 */
export function canonicalText(value: unknown): string {
  return `${encode(value, '\n')}\n`;
}

// JSON.stringify itself would put members that look like integers first, whatever order they were added in.
function encode(value: unknown, newline: string): string {
  if (typeof value === 'string' && isText(value)) return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'object') throw new MpaError('bug', `a ${typeof value} has no canonical text`);
  const inner = `${newline}  `;
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '[' : ','}${inner}${encode(item, inner)}`;
    return text === '' ? '[]' : `${text}${newline}]`;
  }
  const members = value as Readonly<Record<string, unknown>>;
  // Sorted by UTF-16 units, as sort does where it is told nothing.
  for (const name of Object.keys(members).sort())
    text += `${text === '' ? '{' : ','}${inner}${encode(name, inner)}: ${encode(members[name], inner)}`;
  return text === '' ? '{}' : `${text}${newline}}`;
}

/** An event's id: SHA-256 of the UTF-8 bytes of its canonical text, final newline included, in lower-case hex. Section 4. */
export function idOf(text: string): string {
  return hash('sha256', text, 'hex');
}

/**
 * The subject line of an event with this id: a pure function of both, so that `git log` cannot be made to lie. At most 100
 * printable ASCII characters, no newline. Section 3.
 */
export function subjectOf(event: LedgerEvent, id: string): string {
  const whole = `${event.type} ${id.slice(0, SHORT)}: ${event.actor}: ${what(event)}`;
  // The u flag counts code points: one `?` for each, also where JavaScript has two units.
  return whole.replace(/[^ -~]/gu, '?').slice(0, SUBJECT_LENGTH);
}

function what(event: LedgerEvent): string {
  switch (event.type) {
    case 'genesis':
      return event.name;
    case 'request':
      return asked(event);
    case 'approve':
    case 'start':
      return event.request.slice(0, SHORT);
    case 'close':
      return `${event.request.slice(0, SHORT)} ${event.as}`;
    case 'finish':
      return `${event.run.slice(0, SHORT)} ${ended(event.exit)}`;
    case 'halt':
      return event.who ?? 'all';
  }
}

function asked(request: RequestEvent): string {
  if (isCommandRequest(request)) return request.action.argv.join(' ');
  return isAccessRequest(request) ? `access ${request.action.resource}` : 'policy';
}

function ended(exit: Exit): string {
  if ('code' in exit) return `exit ${exit.code}`;
  return 'signal' in exit ? exit.signal : exit.failed;
}

/**
 * The whole commit message of an event: subject, empty line, canonical text; with that text and the event's id. Section 3.
 * The event is one that `parseEvent` answered: nothing is validated here.
 */
export function messageOf(event: LedgerEvent): { id: string; text: string; message: string } {
  const text = canonicalText(event);
  const id = idOf(text);
  return { id, text, message: `${subjectOf(event, id)}\n\n${text}` };
}
