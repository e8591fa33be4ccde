import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalText, idOf, messageOf, subjectOf } from '../../src/core/canonical.js';
import type { MpaError } from '../../src/core/errors.js';
import * as sample from './support/events.js';

describe('§4 canonical text', () => {
  test('members stand in the order of their UTF-16 units, as in the example of RFC 8785', () => {
    const text = canonicalText({
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\u{1f600}': 5,
      '\u0080': 6,
      '\u00f6': 7,
    });
    expect(Object.values(JSON.parse(text) as object)).toHaveLength(7);
    expect([...text.matchAll(/: (\d)/g)].map((found) => found[1]).join('')).toBe('2467153');
  });

  test('members that look like integers stand in the order of text, not of numbers', () => {
    expect(canonicalText({ b: 0, 10: 1, 9: 2 })).toBe('{\n  "10": 1,\n  "9": 2,\n  "b": 0\n}\n');
  });

  test('strings are escaped as RFC 8785 has it, and nothing else is', () => {
    expect(canonicalText('\b\t\n\f\r"\\/\u0000\u001f\u007f\u00e9\u2028\u{1f600}')).toBe(
      '"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\u007f\u00e9\u2028\u{1f600}"\n',
    );
  });

  test('it is laid out as JSON.stringify with two spaces, and ends in one newline', () => {
    const value = { a: [1, [], {}, [[true], null]], b: { c: {}, d: 'x' } };
    expect(canonicalText(value)).toBe(`${JSON.stringify(value, null, 2)}\n`);
  });

  test('a member called __proto__ is written, not followed', () => {
    expect(canonicalText(JSON.parse('{"__proto__":{"b":1}}'))).toBe(
      '{\n  "__proto__": {\n    "b": 1\n  }\n}\n',
    );
  });

  test.each([
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['undefined', { a: undefined }],
    ['infinity', [Infinity]],
    ['a bigint', 1n],
    ['a function', () => 1],
  ])('%s has none', (_, value) => {
    expect(() => canonicalText(value)).toThrow(expect.objectContaining({ code: 'bug' }) as MpaError);
  });

  test("an event's id is the SHA-256 of its text, final newline included", () => {
    const { text, id } = messageOf(sample.approve);
    expect(text.endsWith('}\n')).toBe(true);
    expect(id).toBe(createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex'));
    expect(idOf(text)).toBe(id);
  });
});

describe('§3 subject lines', () => {
  const short = (text: string) => text.slice(0, 12);
  const subject = (event: Parameters<typeof subjectOf>[0]) => subjectOf(event, sample.ID);

  test.each([
    ['genesis', sample.genesis, 'alice: Production'],
    ['request', sample.request, 'alice: deploy web --now'],
    ['request', sample.access, 'alice: access ssh/prod-1'],
    ['request', sample.change, 'alice: policy'],
    ['approve', sample.approve, `alice: ${short(sample.SHA)}`],
    ['close', sample.close, `alice: ${short(sample.SHA)} denied`],
    ['start', sample.start, `alice: ${short(sample.SHA)}`],
    ['finish', sample.finish, `alice: ${short(sample.SHA)} exit 0`],
    ['halt', sample.halt, 'alice: bob'],
  ] as const)('%s: type, twelve digits of the id, actor, and what: %#', (type, event, rest) => {
    expect(subject(event)).toBe(`${type} ${short(sample.ID)}: ${rest}`);
  });

  test('finish names a signal, or the word of a failure', () => {
    expect(subject({ ...sample.finish, exit: { signal: 'SIGTERM' } })).toMatch(/: e3e3e3e3e3e3 SIGTERM$/);
    expect(subject({ ...sample.finish, exit: { failed: 'not-found' } })).toMatch(/: e3e3e3e3e3e3 not-found$/);
    expect(subject({ ...sample.finish, exit: { code: 255 } })).toMatch(/ exit 255$/);
  });

  test('a halt of everything says all', () => {
    const { who: _, ...everything } = sample.halt;
    expect(subject(everything)).toMatch(/: alice: all$/);
  });

  test.each([
    ['a letter outside ASCII', 'é', '?'],
    ['a letter outside the first plane', '\u{1f600}', '?'],
    ['a letter and its combining mark', 'e\u0301', 'e?'],
    ['a newline', 'a\nb', 'a?b'],
    ['an escape', '\u001b[2K', '?[2K'],
    ['DEL', '\u007f', '?'],
    ['a space and a tilde', ' ~', ' ~'],
  ])('each code point outside printable ASCII becomes one question mark: %s', (_, argument, shown) => {
    const action = { ...sample.command, argv: ['deploy', argument] };
    expect(subject({ ...sample.request, action })).toBe(
      `request ${short(sample.ID)}: alice: deploy ${shown}`,
    );
  });

  test('the line is cut at 100 characters, after the question marks are in', () => {
    const action = { ...sample.command, argv: ['deploy', '\u{1f600}'.repeat(200)] };
    const cut = subject({ ...sample.request, action });
    expect(cut).toHaveLength(100);
    expect(cut).toMatch(/^request a1a1a1a1a1a1: alice: deploy \?+$/);
  });

  test('a message is the subject, an empty line and the text', () => {
    const { message, text, id } = messageOf(sample.halt);
    expect(message).toBe(`${subjectOf(sample.halt, id)}\n\n${text}`);
  });
});
