import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchWindow } from '../../src/cli/runner-window.js';
import type { Running } from '../../src/ledger/processes.js';

const END = 10_000;

/** A command that runs from `start` on, at a clock that goes with the timers until it is set. */
function watched(start: number, enforced: boolean, obeys = true, kin: readonly Running[] = []) {
  let ahead = 0;
  const began = Date.now();
  const said: string[] = [];
  const sent: string[] = [];
  let runs = kin;
  const told: string[] = [];
  const child = {
    pid: 7,
    exitCode: null as number | null,
    signalCode: null,
    kill: (signal: string): boolean => {
      if (obeys) sent.push(signal);
      return obeys;
    },
  };
  const clock = { now: (): number => start + ahead + Math.floor((Date.now() - began) / 1000) };
  const launch = { windowEnd: END, until: enforced ? END : null };
  const around = { clock, say: (line: string) => said.push(line) };
  const stop = watchWindow(child, launch, around, {
    running: () => [{ pid: 7, parent: 1, started: 'a' }, ...runs],
    kill: (pid, signal) => told.push(`${pid} ${signal}`),
  });
  const jump = (seconds: number): void => void (ahead += seconds);
  const become = (next: readonly Running[]): void => void (runs = next);
  const exit = (): void => void (child.exitCode = 0);
  return { said, sent, told, stop, jump, become, exit };
}

/** Seconds pass. */
const pass = (seconds: number): void => {
  vi.advanceTimersByTime(seconds * 1000);
};

describe('the end of a grant while its command runs', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is told five minutes before and when it has come, and the command goes on', () => {
    const { said, sent } = watched(END - 600, false);
    pass(299);
    expect(said).toEqual([]);
    pass(2);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/ends at 1970-01-01T02:46:40Z, in 5m; the command may go on/);
    pass(298);
    expect(said).toHaveLength(1);
    pass(2);
    expect(said[1]).toMatch(/has ended; the command runs on/);
    pass(3600);
    expect([said.length, sent]).toEqual([2, []]);
  });

  it('§6 enforceEnd: TERM at the end, KILL ten seconds later, each said', () => {
    const { said, sent } = watched(END - 600, true);
    pass(599);
    expect(sent).toEqual([]);
    pass(2);
    expect(sent).toEqual(['SIGTERM', 'SIGCONT']);
    pass(8);
    expect(sent).toHaveLength(2);
    pass(2);
    expect(sent).toEqual(['SIGTERM', 'SIGCONT', 'SIGKILL']);
    expect(said.map((line) => /will be ended then|was sent TERM|was sent KILL/.exec(line)?.[0])).toEqual([
      'will be ended then',
      'was sent TERM',
      'was sent KILL',
    ]);
  });

  it('a command that ends at TERM is not sent KILL', () => {
    const { sent, stop } = watched(END, true);
    void stop();
    pass(60);
    expect(sent).not.toContain('SIGKILL');
  });

  const at = (pid: number, parent: number, started = 'a'): Running => ({ pid, parent, started });
  const NEVER = Symbol('not yet');
  const state = (work: Promise<void>): Promise<unknown> =>
    Promise.race([work, Promise.resolve().then(() => Promise.resolve(NEVER))]);

  it('§6 enforceEnd: what the command has started is told to end as well, and nobody else', () => {
    const { told } = watched(END, true, true, [at(8, 7), at(9, 8), at(20, 1)]);
    expect(told).toEqual(['8 SIGTERM', '8 SIGCONT', '9 SIGTERM', '9 SIGCONT']);
    pass(9);
    expect(told).toHaveLength(4);
    pass(2);
    expect(new Set(told.slice(4))).toEqual(new Set(['8 SIGKILL', '9 SIGKILL']));
  });

  it('§6 enforceEnd: what outlives the command is waited for, and killed in the end', async () => {
    const { told, become, exit, stop } = watched(END, true, true, [at(8, 7)]);
    exit();
    // Its parent is gone: the system has given it another.
    become([at(8, 1), at(11, 8)]);
    const ended = stop();
    expect(await state(ended)).toBe(NEVER);
    pass(1);
    expect(told).toContain('11 SIGTERM');
    pass(10);
    expect(told).toContain('8 SIGKILL');
    expect(await state(ended)).toBeUndefined();
  });

  it('§6 enforceEnd: once nothing of it runs, nothing more is waited for or killed', async () => {
    const { told, become, exit, stop } = watched(END, true, true, [at(8, 7)]);
    exit();
    become([]);
    expect(await state(stop())).toBeUndefined();
    pass(60);
    expect(told.join()).not.toContain('KILL');
  });

  it('§6 enforceEnd: a later process of the same number is not the one that was meant', () => {
    const { told, become, exit } = watched(END, true, true, [at(8, 7)]);
    exit();
    become([at(8, 1, 'later')]);
    pass(60);
    expect(told.join()).not.toContain('KILL');
  });

  it.each([
    ['a clock that is set forward', 590],
    ['a machine that slept over the end', 100_000],
  ])('%s: the command is ended within seconds', (_, seconds) => {
    const { sent, jump } = watched(END - 600, true);
    pass(5);
    jump(seconds);
    pass(6);
    expect(sent).toContain('SIGTERM');
  });

  it('less than five minutes left from the start: said only where the command will be ended', () => {
    expect(watched(END - 60, false).said).toEqual([]);
    expect(watched(END - 60, true).said[0]).toMatch(/in 1m; the command will be ended then/);
  });

  it('a command of another login that may not be signalled runs on, and that is said', () => {
    const { said, sent } = watched(END, true, false);
    pass(60);
    expect(sent).toEqual([]);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/another login.*runs on/);
  });
});
