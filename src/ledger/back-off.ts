import type { Random } from '../core/ports.js';
import type { AppendOptions } from './ledger.js';

/** Waits so many milliseconds. Injected, so that tests do not wait. */
export type Pause = (ms: number) => Promise<void>;

/** Really waits. */
export const realPause: Pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

interface Patience {
  readonly attempts: number;
  readonly first: number;
  readonly longest: number;
}

/**
 * Section 8.3: machines yield to people. Milliseconds. Thirty-two writers at once on two cores were seen to need some twenty tries each (test/races): the bound
 * is about two minutes for a person, and five for a machine.
 */
export const PATIENCE: Readonly<Record<AppendOptions['patience'], Patience>> = {
  person: { attempts: 60, first: 50, longest: 2000 },
  machine: { attempts: 40, first: 400, longest: 10_000 },
};

/** How long to wait before attempt `attempt` (1 is the second): doubled each time, jittered by a half. Milliseconds. */
export function delay(
  patience: AppendOptions['patience'],
  attempt: number,
  random: Pick<Random, 'fraction'>,
): number {
  const { first, longest } = PATIENCE[patience];
  const whole = Math.min(longest, first * 2 ** (attempt - 1));
  return Math.round(whole * (0.5 + random.fraction() / 2));
}
