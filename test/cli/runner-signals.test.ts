import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { interruptsHeld } from '../../src/cli/interrupts.js';
import { takeSignals } from '../../src/cli/runner-signals.js';

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;
const heard = (): number[] => SIGNALS.map((signal) => process.listenerCount(signal));

describe('the signal that ended the command, reaching mpa after its end', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('does not end mpa, which has the end to record; half a second later mpa is as any program', () => {
    const before = heard();
    const signals = takeSignals();
    const sent: string[] = [];
    signals.to({ pid: 1, exitCode: null, signalCode: null, kill: (signal) => sent.push(signal) > 0 });
    signals.stop();
    vi.advanceTimersByTime(499);
    expect(heard()).toEqual(before.map((count) => count + 1));
    for (const signal of SIGNALS) process.emit(signal);
    expect(sent).toEqual([]);
    expect(interruptsHeld()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(heard()).toEqual(before);
    expect(interruptsHeld()).toBe(false);
  });

  it('the next command is not kept from its own', () => {
    const before = heard();
    takeSignals().stop();
    const next = takeSignals();
    expect(heard()).toEqual(before.map((count) => count + 1));
    next.stop();
    vi.advanceTimersByTime(500);
    expect(heard()).toEqual(before);
    expect(interruptsHeld()).toBe(false);
  });
});
