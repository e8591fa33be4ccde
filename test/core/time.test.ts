import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, formatTime, parseDuration, parseTime, timeWords } from '../../src/core/time.js';

describe('§4 times', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2024-02-29T23:59:59Z', 1_709_251_199],
    ['2026-03-01T09:30:00Z', 1_772_357_400],
    ['9999-12-31T23:59:59Z', 253_402_300_799],
  ])('%s is read, and written the same', (text, seconds) => {
    expect(parseTime(text)).toBe(seconds);
    expect(formatTime(seconds)).toBe(text);
  });

  test.each([
    ['a day that February lacks', '2026-02-30T00:00:00Z'],
    ['something before it', 'x2026-03-01T09:30:00Z'],
    ['a year of five digits', '12026-03-01T09:30:00Z'],
    ['two in a row', '2026-03-01T09:30:00Z2026-03-01T09:30:00Z'],
    ['29 February of a common year', '2026-02-29T00:00:00Z'],
    ['29 February of 2100', '2100-02-29T00:00:00Z'],
    ['day 0', '2026-03-00T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['month 0', '2026-00-01T00:00:00Z'],
    ['hour 24', '2026-03-01T24:00:00Z'],
    ['minute 60', '2026-03-01T09:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['a year before 1970', '1969-12-31T23:59:59Z'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['a year of five digits', '10000-01-01T00:00:00Z'],
    ['an expanded year', '+010000-01-01T00:00:00Z'],
    ['fractions', '2026-03-01T09:30:00.000Z'],
    ['an offset', '2026-03-01T09:30:00+00:00'],
    ['small letters', '2026-03-01t09:30:00z'],
    ['a space for T', '2026-03-01 09:30:00Z'],
    ['no Z', '2026-03-01T09:30:00'],
    ['no seconds', '2026-03-01T09:30Z'],
    ['a final newline', '2026-03-01T09:30:00Z\n'],
    ['a leading space', ' 2026-03-01T09:30:00Z'],
    ['other digits', '２026-03-01T09:30:00Z'],
    ['nothing', ''],
  ])('%s is no time', (_, text) => {
    expect(parseTime(text)).toBeNull();
  });

  test('a sum beyond 9999 is written for people, and is no time of the protocol', () => {
    expect(formatTime(253_402_300_800)).toBe('+010000-01-01T00:00:00Z');
    expect(parseTime(formatTime(253_402_300_800))).toBeNull();
  });

  test('every second is written as JavaScript writes it, and what is no date is none', () => {
    const seconds = fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 });
    const near = fc.integer({ min: -100_000_000_000, max: 300_000_000_000 });
    fc.assert(
      fc.property(fc.oneof(seconds, near), (at) => {
        expect(formatTime(at)).toBe(new Date(at * 1000).toISOString().replace('.000Z', 'Z'));
      }),
    );
    expect(() => formatTime(8_640_000_000_001)).toThrow(RangeError);
    expect(() => formatTime(NaN)).toThrow(RangeError);
  });
});

describe('CLI durations', () => {
  test.each([
    ['90s', 90],
    ['30m', 1800],
    ['1h', 3600],
    ['2d', 172_800],
    ['1h30m', 5400],
    ['1y', 31_536_000],
    ['1y2d3h4m5s', 31_536_000 + 2 * 86_400 + 3 * 3600 + 4 * 60 + 5],
    ['0d1s', 1],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each([
    '',
    '0s',
    '1',
    'h',
    '1.5h',
    '-1h',
    '+1h',
    '1 h',
    '1h ',
    '1m1h',
    '1h1h',
    '1w',
    '1H',
    '٣h',
    '9999999999s',
  ])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [5400, '1h30m'],
    [86_400, '1d'],
    [31_622_400, '1y1d'],
    [-90, '-1m30s'],
  ])('%i seconds are written %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test.each([
    ['y', 365 * 86_400],
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ])('of each unit (%s) there may be many', (unit, size) => {
    expect(parseDuration(`123456789${unit}`)).toBe(123_456_789 * size);
    expect(parseDuration(`1234567890${unit}`)).toBeNull();
  });
});

test('a time in words is that of people in one zone', () => {
  expect(timeWords(1_772_357_400)).toBe('2026-03-01 09:30:00 UTC');
});
