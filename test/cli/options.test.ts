import { describe, expect, it } from 'vitest';
import { count, duration, flag, text, texts, time, without } from '../../src/cli/options.js';
import { MpaError } from '../../src/core/errors.js';
import { formatTime } from '../../src/core/time.js';

const NOON = Math.floor(new Date(2026, 5, 15, 12, 0, 0).getTime() / 1000);

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof MpaError ? error.code : error;
  }
}

describe('options', () => {
  it('read texts, lists and switches', () => {
    const options = { reason: 'why', env: ['A', 'B'], yes: true, pin: false };
    expect(text(options, 'reason')).toBe('why');
    expect(text(options, 'yes')).toBeUndefined();
    expect(texts(options, 'env')).toEqual(['A', 'B']);
    expect(texts(options, 'reason')).toEqual([]);
    expect([flag(options, 'yes'), flag(options, 'pin'), flag(options, 'no')]).toEqual([true, false, false]);
    expect([without(options, 'pin'), without(options, 'yes'), without(options, 'no')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['90s', 90],
    ['1h30m', 5400],
    ['1y', 31_536_000],
    ['0s', 'usage'],
    ['1.5h', 'usage'],
    ['', 'usage'],
    ['-1h', 'usage'],
    ['forever', 'usage'],
  ])('take %s for the duration %s', (typed, expected) => {
    expect(codeOf(() => duration({ for: typed }, 'for'))).toBe(expected);
  });

  it.each([
    ['1', 1],
    ['1000000', 1_000_000],
    ['1000001', 'usage'],
    ['0', 'usage'],
    ['01', 'usage'],
    ['1e3', 'usage'],
    ['-1', 'usage'],
    ['١', 'usage'],
  ])('take %s for the count %s', (typed, expected) => {
    expect(codeOf(() => count({ uses: typed }, 'uses'))).toBe(expected);
  });

  it.each([
    ['13:30', NOON + 5400],
    ['11:00', NOON + 23 * 3600],
    ['12:00', NOON + 24 * 3600],
    [formatTime(NOON), NOON],
    ['2026-03-01T09:30:00+01:00', Date.UTC(2026, 2, 1, 8, 30) / 1000],
    ['2026-03-01T09:30:00-00:30', Date.UTC(2026, 2, 1, 10, 0) / 1000],
    ['2026-02-30T09:30:00Z', 'usage'],
    ['24:00', 'usage'],
    ['9:30', 'usage'],
    ['tomorrow', 'usage'],
  ])('take %s for the time %s', (typed, expected) => {
    expect(codeOf(() => time({ at: typed }, 'at', NOON))).toBe(expected);
  });
});
