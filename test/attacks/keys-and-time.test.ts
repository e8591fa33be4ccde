import { formatTime } from '../../src/core/time.js';
import { now } from '../support/hands.js';
import { bends, suite, type Row } from './tried.js';

const KEYS = bends([
  ['§5.4', 'a key that expired a minute ago', 'unfit-key', {}, 'expired'],
  ['§5.4', 'a key that its owner revoked', 'unfit-key', {}, 'revoked'],
  ['§5.4', 'a key whose user id was revoked', 'unfit-key', {}, 'disowned'],
  ['§5.4', 'a primary key that may only certify', 'unfit-key', {}, 'many-primary'],
  ['§5.4', 'a subkey that may only encrypt', 'unfit-key', {}, 'many-encrypts'],
  ['§5.4', 'a subkey that was revoked', 'unfit-key', {}, 'many-ended'],
  ['§5.4', 'a subkey that expired before its primary', 'unfit-key', {}, 'many-late'],
  ['§5.4', 'a subkey of a primary that expired', 'unfit-key', {}, 'lapsed'],
  ['§5.4', 'a subkey of a primary that was revoked', 'unfit-key', {}, 'gone'],
]);

const at = (seconds: number): string => formatTime(now() + seconds);
const timed = (
  title: string,
  time: string | ((on: number) => string),
): [string, string, string, () => object] => [
  '§4',
  title,
  'bad-event',
  () => ({ event: { at: typeof time === 'string' ? time : time(now()) } }),
];

const TIMES = bends([
  timed('a time with a fraction', (on) => formatTime(on).replace('Z', '.000Z')),
  timed('a time with an offset', (on) => formatTime(on).replace('Z', '+00:00')),
  timed('a time in small letters', (on) => formatTime(on).toLowerCase()),
  timed('a time with a space in it', (on) => formatTime(on).replace('T', ' ')),
  timed('a time without seconds', (on) => formatTime(on).slice(0, 16) + 'Z'),
  timed('the 30th of February', '2026-02-30T12:00:00Z'),
  timed('the 29th of February of a common year', '2025-02-29T12:00:00Z'),
  timed('the 24th hour', '2026-03-01T24:00:00Z'),
  timed('a leap second', '2026-06-30T23:59:60Z'),
  timed('the year before the first', '1969-12-31T23:59:59Z'),
  timed('a year of five digits', '+10000-01-01T00:00:00Z'),
  timed('the month of zero', '2026-00-10T12:00:00Z'),
  ['§4', 'another time in the event than in the commit', 'wrong-time', () => ({ event: { at: at(-5) } })],
  ['§4', 'another time in the commit than in the event', 'wrong-time', () => ({ time: now() - 5 })],
]);

/** Judged by when they were written. */
const PLACED: readonly Row[] = [
  {
    clause: '§5.4',
    title: 'a key at the second at which it expires',
    fate: { inert: 'unfit-key' },
    attack: (on) => ({ written: on.write('instant', { type: 'approve', request: on.id }, {}, on.made) }),
  },
  {
    clause: '§5.4',
    title: 'a key that is made more than 900 s later',
    fate: { inert: 'unfit-key' },
    attack: (on) => ({ written: on.write('unborn', { type: 'approve', request: on.id }, {}, on.made) }),
  },
  {
    clause: '§5.5',
    title: 'an event of 901 s before the newest',
    fate: { inert: 'backdated' },
    attack: (on) => ({
      written: on.write('bob', { type: 'approve', request: on.id }, {}, on.made - 3600 - 901),
    }),
  },
  {
    clause: '§5.5',
    title: 'an expired key that writes into the time when it was fit',
    fate: { inert: 'backdated' },
    attack: (on) => {
      on.write('carl', { type: 'halt', who: 'guest', reason: 'x' });
      return { written: on.write('expired', { type: 'approve', request: on.id }, {}, on.made - 1000) };
    },
  },
  {
    clause: '§2.5',
    title: 'an approval of the day after tomorrow',
    fate: { fatal: 'future' },
    attack: (on) => ({ written: on.write('bob', { type: 'approve', request: on.id }, {}, now() + 172_800) }),
  },
  {
    clause: '§2.5',
    title: 'an approval of 16 minutes from now',
    fate: { fatal: 'future' },
    attack: (on) => ({ written: on.write('bob', { type: 'approve', request: on.id }, {}, now() + 960) }),
  },
  {
    clause: '§7',
    title: 'an approval dated after the last moment',
    fate: { void: 'late' },
    attack: (on) => {
      const { id } = on.write('alice', { ...short(on), approveBy: at(-60) }, {}, now() - 600);
      return { written: on.write('bob', { type: 'approve', request: id }), id, exec: '125 expired' };
    },
    twin: (on) => {
      const { id } = on.write('alice', { ...short(on), approveBy: at(600) });
      on.write('bob', { type: 'approve', request: id });
      return { id, state: 'approved' };
    },
  },
];

function short(on: Parameters<Row['attack']>[0]): Record<string, unknown> {
  return { ...on.request, duration: 600 };
}

suite('keys', KEYS);
suite('times', TIMES);
suite('when', PLACED);
