import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, idOf, messageOf, subjectOf } from '../../src/core/canonical.js';
import type { LedgerEvent } from '../../src/core/events.js';
import { parseEvent, parseMessage, parsePolicy } from '../../src/core/schema.js';
import { share } from './bent.js';
import { EVENTS, eventArbitrary, policyArbitrary } from './event-arbitrary.js';
import { runs } from './runs.js';

const bytes = (text: string) => new TextEncoder().encode(text);

/** The event as a reader has it, or a failed test. */
function read(message: Uint8Array): { event: LedgerEvent; id: string } {
  const parsed = parseMessage(message);
  if (!parsed.ok) throw new Error(`${parsed.reason}: ${parsed.detail}`);
  return parsed;
}

/** Whether a message is refused, or else is the one canonical message of what was read. */
function tamperProof(message: Uint8Array): boolean {
  const parsed = parseMessage(message);
  return !parsed.ok || Buffer.compare(bytes(messageOf(parsed.event).message), message) === 0;
}

describe('§4 encoding and reading are inverse', () => {
  test.each(Object.entries(EVENTS))('for every %s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (event) => {
        const { message, id, text } = messageOf(event);
        const again = read(bytes(message));
        expect(again.id).toBe(id);
        expect(messageOf(again.event).message).toBe(message);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(event)));
      }),
      runs(60),
    );
  });

  test('what a writer validates is what a reader finds', () => {
    fc.assert(
      fc.property(eventArbitrary, (event) => {
        const parsed = parseEvent(event);
        expect(parsed.ok && messageOf(parsed.event)).toEqual(messageOf(event));
      }),
      runs(100),
    );
  });

  test('the order in which members were written down does not matter', () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, item]) => [name, turned(item)]),
      );
    };
    fc.assert(
      fc.property(eventArbitrary, (event) => {
        expect(canonicalText(turned(event))).toBe(canonicalText(event));
      }),
      runs(60),
    );
  });

  test('the text is JSON that any parser reads, in the layout of JSON.stringify', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!/\\ud[89a-f]/.test(JSON.stringify(value)));
        const text = canonicalText(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll(/\s/g, '').length).toBe(JSON.stringify(value).replaceAll(/\s/g, '').length);
      }),
      runs(100),
    );
  });

  test('a policy of the form comes out as it went in, its records without a prototype', () => {
    fc.assert(
      fc.property(policyArbitrary, (policy) => {
        const parsed = parsePolicy(policy);
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
        expect(canonicalText(parsed.policy)).toBe(canonicalText(policy));
        expect(Object.getPrototypeOf(parsed.policy.members)).toBeNull();
      }),
      runs(60),
    );
  });
});

describe('§4 one comparison refuses every other spelling', () => {
  test('a message with one byte changed is refused, or is the canonical message of another event', () => {
    const change = fc.record({
      at: share,
      to: fc.nat({ max: 255 }),
    });
    fc.assert(
      fc.property(eventArbitrary, fc.array(change, { minLength: 20, maxLength: 20 }), (event, changes) => {
        const message = bytes(messageOf(event).message);
        for (const { at, to } of changes) {
          const broken = Uint8Array.from(message);
          broken[Math.floor(at * message.length)] = to;
          expect(tamperProof(broken)).toBe(true);
          // The subject holds 48 bits of the id, so another event never stands behind the same subject by accident.
          if (Buffer.compare(broken, message) !== 0) expect(parseMessage(broken).ok).toBe(false);
        }
      }),
      runs(100),
    );
  });

  test('a message with a byte more or less is refused', () => {
    fc.assert(
      fc.property(eventArbitrary, fc.nat(), fc.nat({ max: 255 }), (event, place, byte) => {
        const message = Buffer.from(messageOf(event).message);
        const at = place % (message.length + 1);
        const more = Buffer.concat([message.subarray(0, at), Buffer.of(byte), message.subarray(at)]);
        const less = Buffer.concat([message.subarray(0, at), message.subarray(at + 1)]);
        expect(parseMessage(more).ok).toBe(false);
        if (at < message.length) expect(parseMessage(less).ok).toBe(false);
      }),
      runs(200),
    );
  });

  test('a text with one character changed, under the subject that belongs to it, is refused or canonical', () => {
    const pieces = fc.constantFrom(
      '0',
      '9',
      'a',
      '"',
      ' ',
      '\n',
      ',',
      '\\',
      'e',
      '.',
      '-',
      '\u00e9',
      '\\u00e9',
      '\ufeff',
      '{}',
      ':',
    );
    fc.assert(
      fc.property(eventArbitrary, fc.nat(), pieces, fc.boolean(), (event, place, piece, insert) => {
        const { text } = messageOf(event);
        const at = place % text.length;
        const broken = text.slice(0, at) + piece + text.slice(insert ? at : at + 1);
        // The subject that a careful forger would write: that of whatever event a lenient parser finds in the text.
        let claimed = event;
        try {
          const parsed = parseEvent(JSON.parse(broken));
          if (parsed.ok) claimed = parsed.event;
        } catch {
          // Not even JSON: any subject will do.
        }
        expect(tamperProof(bytes(`${subjectOf(claimed, idOf(broken))}\n\n${broken}`))).toBe(true);
      }),
      runs(400),
    );
  });

  test('bytes of any kind are refused without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(parseMessage(noise).ok).toBe(false);
      }),
      runs(200),
    );
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }), (value) => {
        expect(parseEvent(value).ok).toBe(false);
        expect(parsePolicy(value).ok).toBe(false);
      }),
      runs(300),
    );
  });
});

describe('§3 subjects', () => {
  test('are one line of at most 100 printable ASCII characters that tells type, id and actor', () => {
    fc.assert(
      fc.property(eventArbitrary, (event) => {
        const { id } = messageOf(event);
        const subject = subjectOf(event, id);
        expect(subject).toMatch(/^[ -~]{1,100}$/);
        expect(subject.startsWith(`${event.type} ${id.slice(0, 12)}: ${event.actor}: `)).toBe(true);
      }),
      runs(200),
    );
  });
});
