import { describe, expect, test } from 'vitest';
import { canonicalText, idOf, messageOf } from '../../src/core/canonical.js';
import { LIMITS, parseEvent, parseMessage } from '../../src/core/schema.js';
import * as sample from './support/events.js';
import { reading, verdict, without, written } from './support/events.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const valid = written(sample.approve);
const body = valid.slice(valid.indexOf('\n\n') + 2);
const subject = valid.slice(0, valid.indexOf('\n'));

/** A message around any text, with the subject that a careful liar would give it. */
function carrying(text: string): string {
  return `approve ${idOf(text).slice(0, 12)}: alice: ${sample.SHA.slice(0, 12)}\n\n${text}`;
}

describe('§4 reading a message', () => {
  test.each(sample.ALL)('a valid %s is read back with its id', (_, event) => {
    const { message, id } = messageOf(event);
    const parsed = parseMessage(bytes(message));
    expect(parsed).toMatchObject({ ok: true, id });
    expect(parsed.ok && messageOf(parsed.event).message).toBe(message);
  });

  test('the helper of this file makes right messages of right texts', () => {
    expect(carrying(body)).toBe(valid);
  });

  test.each([
    ['no newline at all', 'approve'],
    ['an empty message', ''],
    ['no empty line', valid.replace('\n\n', '\n')],
    ['an empty line too many', valid.replace('\n\n', '\n\n\n'), 'bad-text'],
    ['CRLF', valid.replaceAll('\n', '\r\n')],
    ['the subject of another actor', valid.replace(': alice:', ': mally:')],
    ['the subject of another id', valid.replace(/^approve ./, 'approve .')],
    ['no subject', `\n\n${body}`],
    ['a subject with a space at its end', valid.replace('\n\n', ' \n\n')],
    ['a subject that is not UTF-8', Buffer.concat([Buffer.from([0xff]), Buffer.from(valid)])],
    ['a byte order mark before it', `\ufeff${valid}`],
  ])('%s: the message is refused', (_, message, reason = 'bad-message') => {
    expect(reading(message)).toBe(reason);
  });

  test.each([
    ['nothing', ''],
    ['no final newline', body.slice(0, -1)],
    ['two final newlines', `${body}\n`],
    ['something after it', `${body}{}\n`],
    ['no JSON', body.slice(1)],
    ['a byte order mark', `\ufeff${body}`],
    ['four spaces of indentation', body.replaceAll(/^ {2}/gm, '    ')],
    ['no indentation', `${JSON.stringify(JSON.parse(body))}\n`],
    ['members in another order', body.replace(/( {2}"actor".*\n)( {2}"at".*\n)/, '$2$1')],
    ['a member twice, the same', body.replace(/( {2}"actor".*\n)/, '$1$1')],
    ['a member twice, the first a lie', body.replace(/( {2}"actor".*\n)/, '  "actor": "mally",\n$1')],
    ['a needless escape', body.replace('"alice"', '"\\u0061lice"')],
    ['a slash escaped', body.replace('Fine', 'Fine \\/')],
    ['an escape in capitals', body.replace('Fine', 'Fine \\u001F')],
    ['a letter outside ASCII escaped', body.replace('—', '\\u2014')],
    ['a number with an exponent', body.replace('1800', '18e2')],
    ['a number with a fraction', body.replace('1800', '1800.0')],
    ['a trailing space', body.replace('1800,\n', '1800, \n')],
    ['a tab for two spaces', body.replace('\n  "at"', '\n\t"at"')],
    ['CRLF in the text', body.replace('\n  "at"', '\r\n  "at"')],
  ])('%s: the text is not canonical', (_, text) => {
    expect(reading(carrying(text))).toBe('bad-text');
  });

  test('§4 minus nought is no nought', () => {
    const text = messageOf(sample.finish).text.replace('"size": 0', '"size": -0');
    expect(text).toContain('-0');
    expect(reading(`finish\n\n${text}`)).toBe('bad-event');
  });

  test.each([
    ['a byte that UTF-8 lacks', [0xff]],
    ['a sequence cut short', [0xe2, 0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('§4 the text is strict UTF-8: %s is refused, not replaced', (_, wrong) => {
    const [before = '', after = ''] = valid.split('Fine');
    expect(reading(Buffer.concat([Buffer.from(before), Buffer.from(wrong), Buffer.from(after)]))).toBe(
      'bad-text',
    );
  });

  test('§4 a replacement character that was written is text like any other', () => {
    expect(reading(written({ ...sample.approve, comment: '\ufffd \ufeff' }))).toBe('ok');
  });

  test.each([
    ['an unknown field', { ...sample.approve, extra: 1 }],
    ['an array', []],
    ['a string', 'approve'],
    ['null', null],
    ['nothing in it', {}],
    ['an unknown type', { ...sample.approve, type: 'bless' }],
    ['a type that every object has', { ...sample.approve, type: 'constructor' }],
  ])('a canonical text that is no event is refused: %s', (_, value) => {
    expect(reading(carrying(canonicalText(value)))).toBe('bad-event');
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', ''])(
    '§4 an unknown field is an error also where it is called %j',
    (name) => {
      const value: unknown = JSON.parse(
        `{${JSON.stringify(name)}:1,${JSON.stringify(sample.approve).slice(1)}`,
      );
      expect(reading(carrying(canonicalText(value)))).toBe('bad-event');
      expect(verdict(value)).toBe('bad-event');
    },
  );

  test('a field is not inherited: an event whose fields stand in its prototype is none', () => {
    expect(verdict(Object.create(sample.approve))).toBe('bad-event');
    const inherited: unknown = JSON.parse(`{"__proto__":${JSON.stringify(sample.approve)}}`);
    expect(verdict(inherited)).toBe('bad-event');
  });

  test('§4 a lone surrogate is refused, written as an escape or handed over', () => {
    const text = body.replace('Fine', '\\ud800');
    expect(reading(carrying(text))).toBe('bad-event');
    expect(verdict({ ...sample.approve, comment: '\ud800' })).toBe('bad-event');
    expect(verdict({ ...sample.approve, comment: '\udc00\ud800' })).toBe('bad-event');
  });

  test('§10 a message beyond the size of any commit is refused before it is read', () => {
    expect(reading(`${valid}${' '.repeat(LIMITS.commit)}`)).toBe('over-limit');
  });

  test('deep nesting is refused, not followed', () => {
    expect(reading(carrying(`${'['.repeat(200_000)}${']'.repeat(200_000)}\n`))).toBe('bad-event');
  });

  test('subject and text are taken from the bytes given, whatever buffer they lie in', () => {
    const padded = Buffer.concat([Buffer.from('xx'), Buffer.from(valid), Buffer.from('yy')]);
    expect(reading(new Uint8Array(padded).subarray(2, 2 + Buffer.byteLength(valid)))).toBe('ok');
    expect(subject).toMatch(/^approve [0-9a-f]{12}: alice: e3e3e3e3e3e3$/);
  });
});

describe('§4 fields of events', () => {
  test.each(
    sample.ALL.flatMap(([name, event]) => Object.keys(event).map((field) => [name, field, event] as const)),
  )('%s without %s is refused, unless the table marks that field with ?', (_, field, event) => {
    const optional = ['ticket', 'notBefore', 'comment', 'stdout', 'stderr', 'outputs', 'who'];
    if (event.type === 'approve') optional.push('duration', 'uses');
    expect(verdict(without(event, field))).toBe(optional.includes(field) ? 'ok' : 'bad-event');
  });

  test.each(
    sample.ALL.flatMap(([name, event]) => Object.keys(event).map((field) => [name, field, event] as const)),
  )('%s with null for %s is refused', (_, field, event) => {
    expect(verdict({ ...event, [field]: null })).toBe('bad-event');
    expect(verdict({ ...event, [field]: undefined })).toBe('bad-event');
  });

  test.each([
    ['ledger in the genesis', { ...sample.genesis, ledger: sample.ID }],
    ['prev in the genesis', { ...sample.genesis, prev: sample.ID }],
    ['uses of an access', { ...sample.access, uses: 1 }],
    ['a duration of a policy request', { ...sample.change, duration: 60 }],
    ['notBefore of a policy request', { ...sample.change, notBefore: sample.change.approveBy }],
    ['a policy in an approval', { ...sample.approve, policy: sample.policy }],
    ['another closing', { ...sample.close, as: 'applied' }],
    ['an empty reason of a denial', { ...sample.close, reason: '' }],
    ['an empty reason of a revocation', { ...sample.close, as: 'revoked', reason: '' }],
    ['an id in capitals', { ...sample.approve, request: sample.SHA.toUpperCase() }],
    ['an id cut short', { ...sample.approve, request: sample.SHA.slice(1) }],
    ['a nonce of 31 digits', { ...sample.approve, nonce: '0'.repeat(31) }],
    ['a nonce of 64 digits', { ...sample.approve, nonce: '0'.repeat(64) }],
    ['a handle in capitals', { ...sample.approve, actor: 'Alice' }],
    ['a handle of 33', { ...sample.approve, actor: 'a'.repeat(33) }],
    ['a time that does not exist', { ...sample.approve, at: '2026-02-30T09:30:00Z' }],
    ['v of 0', { ...sample.approve, v: 0 }],
    ['v of 1001', { ...sample.approve, v: 1001 }],
    ['v as text', { ...sample.approve, v: '1' }],
    ['v with a fraction', { ...sample.approve, v: 1.5 }],
    ['a host with a space', { ...sample.start, host: 'prod 1' }],
    ['a ledger name with <', { ...sample.genesis, name: 'a<b' }],
    ['an exit of two kinds', { ...sample.finish, exit: { code: 0, signal: 'SIGTERM' } }],
    ['an exit of none', { ...sample.finish, exit: {} }],
    ['an exit code of 256', { ...sample.finish, exit: { code: 256 } }],
    ['an exit code below 0', { ...sample.finish, exit: { code: -1 } }],
    ['a signal without SIG', { ...sample.finish, exit: { signal: 'TERM' } }],
    ['a failed word in capitals', { ...sample.finish, exit: { failed: 'No' } }],
    ['an output without a path', { ...sample.finish, outputs: [{ sha256: sample.ID, size: 1 }] }],
    [
      'NUL in the path of an output',
      { ...sample.finish, outputs: [{ sha256: sample.ID, size: 1, path: '\0' }] },
    ],
    ['a stream with a path', { ...sample.finish, stdout: { sha256: sample.ID, size: 1, path: 'x' } }],
    ['a size beyond 2^53-1', { ...sample.finish, stdout: { sha256: sample.ID, size: 2 ** 53 } }],
    ['millis below 0', { ...sample.finish, millis: -1 }],
    ['a list for an object', { ...sample.finish, exit: [0] }],
    ['an object for a list', { ...sample.finish, outputs: {} }],
    ['a list with a hole', { ...sample.finish, outputs: new Array(1) }],
    ['an object of a class', { ...sample.finish, exit: new Map([['code', 0]]) }],
  ])('%s is refused', (_, value) => {
    expect(verdict(value)).toBe('bad-event');
  });

  test.each([
    ['v of 2', { ...sample.approve, v: 2 }],
    ['v of 1000', { ...sample.approve, v: 1000 }],
    ['a handle called constructor', { ...sample.approve, actor: 'constructor' }],
    ['a withdrawal without words', { ...sample.close, as: 'withdrawn', reason: '' }],
    ['a justification without words', { ...sample.request, justification: '' }],
    ['an exit by a signal', { ...sample.finish, exit: { signal: 'SIGRTMIN' } }],
    ['an exit that failed', { ...sample.finish, exit: { failed: 'not-found' } }],
    [
      'the greatest size and millis',
      { ...sample.finish, millis: 2 ** 53 - 1, stdout: { sha256: sample.ID, size: 2 ** 53 - 1 } },
    ],
    ['the greatest duration', { ...sample.access, duration: 31_622_400 }],
    ['the most uses', { ...sample.request, uses: 1_000_000 }],
  ])('%s is allowed', (_, value) => {
    expect(verdict(value)).toBe('ok');
  });

  test.each([
    ['duration', { ...sample.access, duration: 31_622_401 }],
    ['duration', { ...sample.access, duration: 0 }],
    ['uses', { ...sample.request, uses: 1_000_001 }],
    ['uses', { ...sample.request, uses: 0 }],
    ['duration of an approval', { ...sample.approve, duration: 0 }],
    ['uses of an approval', { ...sample.approve, uses: 1_000_001 }],
  ])('a %s outside its range is refused', (_, value) => {
    expect(verdict(value)).toBe('bad-event');
  });

  test('the answer is a copy with records that have no prototype', () => {
    const parsed = parseEvent(sample.genesis);
    if (!parsed.ok || parsed.event.type !== 'genesis') throw new Error('refused');
    expect(parsed.event).not.toBe(sample.genesis);
    expect(Object.getPrototypeOf(parsed.event.policy.members)).toBeNull();
    expect(Object.getPrototypeOf(parsed.event.policy.groups)).toBeNull();
    expect(parsed.event.policy.members['constructor']).toBeUndefined();
  });
});
