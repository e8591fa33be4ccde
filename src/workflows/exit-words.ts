import type { Exit } from '../core/events.js';

/** How a run ended, in words: `exit 0`, `SIGTERM`, `not started: not-found`. */
export function exitWords(exit: Exit): string {
  if ('code' in exit) return `exit ${exit.code}`;
  return 'signal' in exit ? `ended by ${exit.signal}` : `not started: ${exit.failed}`;
}
