import type { Authentic } from './authentic.js';
import type { LedgerEvent } from './events.js';

/** Whether the event is of that type, narrowing its wrapper: TypeScript does not narrow by a nested field. */
export function is<T extends LedgerEvent['type']>(
  read: Authentic,
  type: T,
): read is Authentic<Extract<LedgerEvent, { type: T }>> {
  return read.event.type === type;
}
