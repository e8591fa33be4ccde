import { holdInterrupts } from './interrupts.js';

/**
 * The signals that reach mpa while it waits: Ctrl-C calls `stop`; those that end mpa do so, once `leave` has put the terminal back as it
 * was. Returns how to give them up again.
 */
export function takeStops(stop: () => void, leave: () => void): () => void {
  const release = holdInterrupts();
  const ending = (signal: NodeJS.Signals): void => {
    leave();
    release();
    process.kill(process.pid, signal);
  };
  process.on('SIGINT', stop);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, ending);
  return () => {
    process.off('SIGINT', stop);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, ending);
    release();
  };
}
