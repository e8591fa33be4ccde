import type { CommandAction } from './action.js';
import { isCommandRequest } from './events.js';
import type { LedgerEvent } from './events.js';

/** Section 10. Bytes (of UTF-8, where it is text) and counts. */
export const LIMITS = {
  /** A commit object. */
  commit: 1_048_576,
  /** A justification, comment or reason. */
  prose: 4096,
  /** The number of arguments, and their bytes together. */
  arguments: 1024,
  argumentBytes: 131_072,
  pins: 256,
  /** One attachment, and all of a request. */
  attachment: 1_048_576,
  attachments: 10_485_760,
} as const;

function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** What of an event of the right form is beyond section 10, in words; null where nothing is. */
export function excess(event: LedgerEvent): string | null {
  for (const prose of proses(event)) {
    if (prose !== undefined && bytes(prose) > LIMITS.prose)
      return `a text of more than ${LIMITS.prose} bytes`;
  }
  return event.type === 'request' && isCommandRequest(event) ? commandExcess(event.action) : null;
}

function proses(event: LedgerEvent): readonly (string | undefined)[] {
  switch (event.type) {
    case 'request':
      return [event.justification];
    case 'approve':
      return [event.comment];
    case 'close':
    case 'halt':
      return [event.reason];
    default:
      return [];
  }
}

function commandExcess(action: CommandAction): string | null {
  if (action.argv.length > LIMITS.arguments) return `more than ${LIMITS.arguments} arguments`;
  if (action.argv.reduce((sum, argument) => sum + bytes(argument), 0) > LIMITS.argumentBytes) {
    return `arguments of more than ${LIMITS.argumentBytes} bytes together`;
  }
  const pins = action.pins ?? [];
  if (pins.length > LIMITS.pins) return `more than ${LIMITS.pins} pins`;
  // A blob travels once, however often it is named; of contradictory sizes the greatest counts.
  const sizes = new Map<string, number>();
  const stdin = typeof action.stdin === 'object' ? [action.stdin] : [];
  for (const { attached, sha256, size } of [...pins, ...stdin]) {
    if (!attached) continue;
    if (size > LIMITS.attachment) return `an attachment of more than ${LIMITS.attachment} bytes`;
    sizes.set(sha256, Math.max(size, sizes.get(sha256) ?? 0));
  }
  const together = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return together > LIMITS.attachments
    ? `attachments of more than ${LIMITS.attachments} bytes together`
    : null;
}
