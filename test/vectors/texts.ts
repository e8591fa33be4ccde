import { messageOf, subjectOf } from '../../src/core/canonical.js';
import type { LedgerEvent } from '../../src/core/events.js';
import { ALL, approve, close, genesis, halt, request } from '../core/support/events.js';
import type { RefusedText, Texts, TextVector } from './shapes.js';

/** Canonical texts with their ids and subjects, and messages that no reader takes. */
export function texts(): Texts {
  const odd: readonly (readonly [string, LedgerEvent])[] = [
    [
      'letters beyond ASCII, in member order of UTF-16',
      {
        ...request,
        action: {
          ...request.action,
          kind: 'command',
          argv: ['deploy', 'é', '\u{1f600}', '\ufb33', 'a b', ''],
          env: { b: '1', A: '2', _: '3' },
          passEnv: ['TOKEN'],
        },
      },
    ],
    [
      'control characters and quotes',
      { ...approve, comment: '\u0000\u0001\b\t\n\f\r\u001f"\\/\u007f\u0080\u2028' },
    ],
    [
      'a long subject is cut',
      { ...request, action: { ...request.action, kind: 'command', argv: ['deploy', 'x'.repeat(200)] } },
    ],
    ['a closing without words', { ...close, as: 'withdrawn', reason: '' }],
    ['a halt of everything', withoutWho()],
    ['a name beyond ASCII', { ...genesis, name: 'Größe 😀' }],
  ];
  const cases = [...ALL, ...odd].map(([title, event]): TextVector => {
    const { id, text } = messageOf(event);
    return { title, event, text, id, subject: subjectOf(event, id) };
  });
  return { texts: cases, refused: refused() };
}

function withoutWho(): LedgerEvent {
  const { who: _, ...all } = halt;
  return all;
}

function refused(): RefusedText[] {
  const { message } = messageOf(approve);
  const row = (title: string, text: string | Buffer): RefusedText => ({
    title,
    message: Buffer.from(text).toString('base64'),
  });
  const comment = '"comment": "';
  return [
    row('nothing', ''),
    row('no subject', message.slice(message.indexOf('\n\n') + 2)),
    row('another subject', message.replace('bob', 'rob').replace(/^approve/, 'halt')),
    row('no final newline', message.slice(0, -1)),
    row('two final newlines', `${message}\n`),
    row('carriage returns', message.replaceAll('\n', '\r\n')),
    row('a byte order mark', message.replace('\n\n{', '\n\n\ufeff{')),
    row('a field twice', message.replace('  "v": 1', '  "v": 1,\n  "v": 1')),
    row(
      'another order',
      message.replace(/ {2}"actor": "alice",\n/, '').replace('  "v": 1', '  "v": 1,\n  "actor": "alice"'),
    ),
    row('an escape that need not be', message.replace(comment, `${comment}\\u0041`)),
    row('upper-case hex in an escape', message.replace(comment, `${comment}\\u001F`)),
    row('a lone surrogate', message.replace(comment, `${comment}\\ud800`)),
    row(
      'broken UTF-8',
      Buffer.concat([
        Buffer.from(message.slice(0, -10)),
        Buffer.from([0xff]),
        Buffer.from(message.slice(-10)),
      ]),
    ),
    row('a number as text', message.replace('"v": 1', '"v": "1"')),
    row('a number with a point', message.replace('"v": 1', '"v": 1.0')),
    row('an unknown field', message.replace('  "v": 1', '  "v": 1,\n  "z": 1')),
    row('a date that is not in the calendar', message.replace('2026-03-01T', '2026-02-30T')),
    row('a leap second', message.replace('09:30:00Z', '09:30:60Z')),
  ];
}
