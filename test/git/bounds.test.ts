import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bounds } from '../../src/git/bounds.js';

/** A git that computes without end, as one does that resolves deltas upon deltas. */
const BUSY = ['-c', 'alias.busy=!while :; do :; done', 'busy'];

describe.skipIf(!existsSync('/proc/self/task'))('what git computes', () => {
  it('past the bound it is ended, and what it started too', async () => {
    const bounds = new Bounds(0.3);
    const child = spawn('git', BUSY, { stdio: 'ignore' });
    const ended = once(child, 'exit');
    bounds.watchWork();
    await ended;
    bounds.stop();
    expect(bounds.broken).toBe('more than 0.3 s of computing were needed');
    expect(bounds.signal.aborted).toBe(true);
  });

  it('that waits for long computes nothing, and is left alone', async () => {
    const bounds = new Bounds(0.3);
    const child = spawn('git', ['-c', 'alias.idle=!sleep 1', 'idle'], { stdio: 'ignore' });
    bounds.watchWork();
    expect(await once(child, 'exit')).toEqual([0, null]);
    bounds.stop();
    expect(bounds.broken).toBeNull();
  });
});
