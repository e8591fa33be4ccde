import { describe, expect, it } from 'vitest';
import { progressWords, WorkLine } from '../../src/cli/work-line.js';

const ESC = '\u001b';

/** A line on a terminal of so many columns, whose clock a test moves. */
function line(columns = 100): { line: WorkLine; at: (ms: number) => void; take: () => string } {
  let now = 0;
  let text = '';
  const stream = {
    isTTY: true,
    columns,
    write: (more: string | Uint8Array) => {
      text += String(more);
    },
  };
  return {
    line: new WorkLine(stream, true, () => now),
    at: (ms) => {
      now = ms;
    },
    take: () => {
      const taken = text;
      text = '';
      return taken;
    },
  };
}

describe('how far counted work has come', () => {
  it('shows nothing for a second, then bar, rate and time left, five times a second at most, and is gone at the end', async () => {
    const { line: shown, at, take } = line();
    await shown.during('Verifying', () => {
      shown.progress(1, 10_001, 'events');
      at(999);
      shown.progress(2000, 10_001, 'events');
      expect(take()).toBe('');
      at(1000);
      shown.progress(2501, 10_001, 'events');
      expect(take()).toBe(
        `\r[#####...............] 2,501 of 10,001 events verified, 2,500 a second, 3s left${ESC}[K`,
      );
      at(1199);
      shown.progress(3001, 10_001, 'events');
      expect(take()).toBe('');
      at(2000);
      shown.progress(10_001, 10_001, 'events');
      expect(take()).toContain(
        '[####################] 10,001 of 10,001 events verified, 5,000 a second, 0s left',
      );
      return Promise.resolve();
    });
    expect(take()).toBe(`\r${ESC}[K`);
  });

  it('is not longer than the terminal is wide', async () => {
    const { line: shown, at, take } = line(30);
    await shown.during('Verifying', () => {
      shown.progress(1, 100, 'events');
      at(2000);
      shown.progress(50, 100, 'events');
      expect(take()).toBe(`\r[##########..........] 50 of ${ESC}[K`);
      return Promise.resolve();
    });
  });

  it('begins anew with other work, and counts nothing outside of it', async () => {
    const { line: shown, at, take } = line();
    shown.progress(1, 100, 'events');
    at(5000);
    shown.progress(50, 100, 'events');
    expect(take()).toBe('');
    await shown.during('Verifying', () => {
      shown.progress(1, 100, 'events');
      at(6500);
      shown.progress(1, 200, 'events');
      expect(take()).toBe('');
      at(7600);
      shown.progress(111, 200, 'events');
      expect(take()).toContain('111 of 200 events verified, 100 a second, 1s left');
      return Promise.resolve();
    });
  });

  it('says what is counted, and begins anew where that changes', async () => {
    const { line: shown, at, take } = line();
    await shown.during('Fetching', () => {
      shown.progress(1, 1000, 'objects');
      at(2000);
      shown.progress(501, 1000, 'objects');
      expect(take()).toContain('501 of 1,000 objects received, 250 a second, 2s left');
      shown.progress(600, 1000, 'deltas');
      expect(take()).toBe('');
      at(3000);
      shown.progress(700, 1000, 'deltas');
      expect(take()).toContain('700 of 1,000 differences applied, 100 a second, 3s left');
      return Promise.resolve();
    });
  });

  it('names no time left where nothing moves', () => {
    expect(progressWords([0, 10, 'events'], 0)).toBe(
      '[....................] 0 of 10 events verified, 0 a second',
    );
    expect(progressWords([1, 100_000, 'events'], 10)).toContain('2h46m40s left');
  });
});
