import { formatTime } from '../core/time.js';
import type { View } from '../ledger/ledger.js';

/** The head and its freshness for a JSON document. */
export function headOf(view: View): { readonly head: string; readonly fetchedAt: string | null } {
  return { head: view.head.commit, fetchedAt: view.fetchedAt === null ? null : formatTime(view.fetchedAt) };
}
