import { bends, suite } from './tried.js';
import type { Bend } from './bent.js';

type Line = readonly [clause: string, title: string, reason: string, bend: Bend];
const text = (title: string, reason: string, edit: (text: string) => string | Uint8Array): Line => [
  '§4',
  title,
  reason,
  { text: edit },
];
const field = (title: string, event: Readonly<Record<string, unknown>>, reason = 'bad-event'): Line => [
  '§4',
  title,
  reason,
  { event },
];
const added =
  (line: string) =>
  (all: string): string =>
    all.replace('{\n', `{\n  ${line},\n`);
const escaped = (all: string): string => all.replace('"approve"', '"\\u0061pprove"');

const LAYOUT = bends([
  text('a field twice', 'bad-text', (all) =>
    all.replace(/( {2}"request": ).*\n/, `$1"${'ab'.repeat(32)}",\n$&`),
  ),
  text('a type twice, the other one first', 'bad-event', (all) =>
    all.replace('  "type": "approve"', '  "type": "approve",\n  "type": "halt"'),
  ),
  text('fields in another order', 'bad-text', (all) =>
    all.replace(/( {2}"actor".*\n)( {2}"at".*\n)/, '$2$1'),
  ),
  text('four spaces for two', 'bad-text', (all) => all.replaceAll('\n  "', '\n    "')),
  text('a tab for two spaces', 'bad-text', (all) => all.replaceAll('\n  "', '\n\t"')),
  text('all in one line', 'bad-text', (all) => `${JSON.stringify(JSON.parse(all))}\n`),
  text('no newline at the end', 'bad-text', (all) => all.trimEnd()),
  text('two newlines at the end', 'bad-text', (all) => `${all}\n`),
  text('line ends of another system', 'bad-text', (all) => all.replaceAll('\n', '\r\n')),
  text('a space at the end of a line', 'bad-text', (all) => all.replace(',\n', ', \n')),
  text('two spaces after a colon', 'bad-text', (all) => all.replace('": ', '":  ')),
  text('a byte order mark', 'bad-text', (all) => `\ufeff${all}`),
  text('a letter written as an escape', 'bad-text', escaped),
  text('a digit of the request written as an escape', 'bad-text', (all) =>
    all.replace(
      /("request": ")(.)/,
      (_, head: string, digit: string) => `${head}\\u00${digit.charCodeAt(0).toString(16)}`,
    ),
  ),
  text('a number with a fraction of zero', 'bad-text', (all) => all.replace('"v": 1', '"v": 1.0')),
  text('a number with an exponent', 'bad-text', (all) => all.replace('"v": 1', '"v": 1e0')),
  text('a number with a leading zero', 'bad-text', (all) => all.replace('"v": 1', '"v": 01')),
  text('a trailing comma', 'bad-text', (all) => all.replace('\n}', ',\n}')),
  text('a comment', 'bad-text', (all) => all.replace('{\n', '{\n  // approved\n')),
  text('something after the object', 'bad-text', (all) => `${all}{}\n`),
  text('NUL after the object', 'bad-text', (all) => `${all}\0`),
  text('bytes that are no UTF-8', 'bad-text', (all) => Buffer.concat([Buffer.from(all), Buffer.of(0xff)])),
  text('an overlong encoding', 'bad-text', (all) =>
    Buffer.from(Buffer.from(all).toString('latin1').replace('"bob"', '"b\xc1\xafb"'), 'latin1'),
  ),
  text('half of a surrogate pair', 'bad-event', (all) => all.replace('"bob"', '"b\\ud800b"')),
  text('single quotes', 'bad-text', (all) => all.replaceAll('"', "'")),
  text('nothing', 'bad-text', () => ''),
  text('no object but a list', 'bad-event', (all) => `[${all.trimEnd()}]\n`),
  text('no object but a text', 'bad-event', () => '"approve"\n'),
  text('null', 'bad-event', () => 'null\n'),
  text('two hundred thousand brackets', 'bad-text', () => '['.repeat(200_000)),
]);

const FIELDS = bends([
  text('an unknown field', 'bad-event', added('"aa": 1')),
  text('a field named __proto__', 'bad-event', added('"__proto__": {"request": "x"}')),
  text('a field named constructor', 'bad-event', added('"constructor": 1')),
  text('a field named toString', 'bad-event', added('"toString": 1')),
  text('a request less', 'bad-event', (all) => all.replace(/ {2}"request": .*\n/, '')),
  text('a nonce less', 'bad-event', (all) => all.replace(/ {2}"nonce": .*\n/, '')),
  text('a ledger less', 'bad-event', (all) => all.replace(/ {2}"ledger": .*\n/, '')),
  text('a prev less', 'bad-event', (all) => all.replace(/ {2}"prev": .*\n/, '')),
  text('an actor that is null', 'bad-event', (all) => all.replace('"bob"', 'null')),
  text('a type that is none', 'bad-event', (all) => all.replace('"type": "approve"', '"type": "grant"')),
  text('a type in capitals', 'bad-event', (all) => all.replace('"type": "approve"', '"type": "Approve"')),
  field('an actor in capitals', { actor: 'Bob' }),
  field('an actor with a space', { actor: 'bob ' }),
  field('an actor of 33 letters', { actor: 'b'.repeat(33) }),
  field('a request by its first digits', { request: 'abcdef1' }),
  field('a request in capitals', { request: 'AB'.repeat(32) }),
  field('a nonce of 31 digits', { nonce: '1'.repeat(31) }),
  field('a nonce in capitals', { nonce: 'AB'.repeat(16) }),
  field('a duration of zero', { duration: 0 }),
  field('a duration below zero', { duration: -1 }),
  field('a duration of half a second', { duration: 0.5 }),
  field('a duration of more than a year', { duration: 31_622_401 }),
  field('a duration as text', { duration: '60' }),
  field('no uses', { uses: 0 }),
  field('a million and one uses', { uses: 1_000_001 }),
  field('uses beyond what numbers hold', { uses: 2 ** 60 }),
  field('a comment that is a list', { comment: ['fine'] }),
  field('a comment that is null', { comment: null }),
  field('a version as text', { v: '1' }),
  field('a version of zero', { v: 0 }),
  field('the next version', { v: 2 }, 'wrong-version'),
  field('another ledger', { ledger: 'ab'.repeat(32) }, 'wrong-ledger'),
  field('another history', { prev: 'ab'.repeat(32) }, 'wrong-prev'),
  field('a comment of 4,097 bytes', { comment: 'x'.repeat(4097) }, 'over-limit'),
  field('a comment of 1,366 letters of three bytes', { comment: '\u20ac'.repeat(1366) }, 'over-limit'),
]);

const subject = (title: string, edit: (subject: string) => string): Line => [
  '§3',
  title,
  'bad-message',
  { subject: edit },
];

const SUBJECTS = bends([
  subject('a subject that says deny', (line) => line.replace('approve', 'deny')),
  subject('a subject of another event', (line) => line.replace(/ .{12}:/, ' 0123456789ab:')),
  subject('a subject that names another actor', (line) => line.replace('bob', 'carl')),
  subject('a subject that names another request', (line) => line.replace(/.{12}$/, '0123456789ab')),
  subject('a subject that goes on', (line) => `${line} and all others`),
  subject('a subject with a space at its end', (line) => `${line} `),
  subject('a subject in colours', (line) => `\u001b[31m${line}`),
  subject('no subject', () => ''),
  ['§3', 'no empty line after the subject', 'bad-message', { message: (all) => all.replace('\n\n', '\n') }],
  [
    '§3',
    'two empty lines after the subject',
    'bad-text',
    { message: (all) => all.replace('\n\n', '\n\n\n') },
  ],
  ['§3', 'an empty message', 'bad-message', { message: () => '' }],
  ['§3', 'trailers after the event', 'bad-text', { message: (all) => `${all}\nSigned-off-by: Bob\n` }],
]);

suite('the layout of an event', LAYOUT);
suite('the fields of an event', FIELDS);
suite('subject and message', SUBJECTS);
