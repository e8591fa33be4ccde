import { inForeground } from './foreground.js';
import { onInterrupt } from './interrupts.js';

/** A terminal's input as keys are read from it: process.stdin is such. */
export interface Keyboard {
  readonly isTTY?: boolean;
  setRawMode(raw: boolean): unknown;
  on(event: 'data', listener: (typed: Buffer | string) => void): unknown;
  on(event: 'end' | 'error', listener: () => void): unknown;
  off(event: 'data', listener: (typed: Buffer | string) => void): unknown;
  off(event: 'end' | 'error', listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** What keys mean while somebody waits. */
export interface Meanings {
  /** Ctrl-C, Ctrl-D, or a terminal that is gone. */
  stop(): void;
  /** `c`, alone: not one of a line that was pasted. */
  copy(): void;
  /** Before mpa is stopped by Ctrl-Z, and when it goes on. */
  away(): void;
  back(): void;
}

/** Milliseconds in which what was typed before is thrown away. */
const SETTLE = 30;

/** Keys that are heard. */
export interface Hearing {
  /** Resolves once what was typed before is gone: whatever is shown from then on can be answered. */
  readonly settled: Promise<void>;
  /** Resolves once all that was typed is gone. */
  close(): Promise<void>;
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE));
}

/**
 * Hears single keys until it is closed; what else is typed is thrown away, so that it reaches neither the command nor the shell. Nothing
 * is heard where mpa runs in the background: it must not touch the terminal there.
 */
export function hearKeys(keyboard: Keyboard, meanings: Meanings): Hearing {
  let hears = false;
  let ahead = true;
  const settled = settle().then(() => {
    ahead = false;
  });
  const hear = (wanted: boolean): void => {
    if (wanted === hears || (wanted && !inForeground())) return;
    hears = wanted;
    keyboard.setRawMode(wanted);
    if (wanted) keyboard.resume();
    else keyboard.pause();
  };
  const signal = (name: 'SIGTSTP' | 'SIGQUIT'): void => {
    hear(false);
    meanings.away();
    // To the whole job, as the terminal itself would.
    process.kill(0, name);
  };
  const onData = (typed: Buffer | string): void => {
    const keys = typed.toString();
    if (keys.includes('\u0003')) meanings.stop();
    else if (ahead) return;
    else if (keys === '\u0004') meanings.stop();
    else if (keys === 'c') meanings.copy();
    else if (keys === '\u001a') signal('SIGTSTP');
    else if (keys === '\u001c') signal('SIGQUIT');
  };
  const onEnd = (): void => meanings.stop();
  const onContinue = (): void => {
    hear(true);
    meanings.back();
  };
  keyboard.on('data', onData);
  keyboard.on('end', onEnd);
  keyboard.on('error', onEnd);
  hear(true);
  const release = onInterrupt(() => {
    hear(false);
    return null;
  });
  process.on('SIGCONT', onContinue);
  return {
    settled,
    close: async () => {
      await settle();
      process.off('SIGCONT', onContinue);
      hear(false);
      keyboard.off('data', onData);
      keyboard.off('end', onEnd);
      keyboard.off('error', onEnd);
      release();
    },
  };
}
