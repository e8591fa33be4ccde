import { MpaError } from '../core/errors.js';
import { told } from '../core/show.js';
import type { View } from '../ledger/ledger.js';
import { haltNotices, type Finding } from './findings.js';

/** The first halt in force of everything, or of everything of `handle`; null: there is none. `now` in seconds. */
export function haltOf(view: View, handle: string, now: number): Finding | null {
  const halts = view.state.halts.filter(({ who }) => who === null || who === handle);
  return haltNotices({ state: { ...view.state, halts } }, now)[0] ?? null;
}

/** The same as a refusal, `halted`, with what lifts it; null: there is none. */
export function haltedNow(view: View, handle: string, now: number): MpaError | null {
  const found = haltOf(view, handle, now);
  if (found === null) return null;
  const { detail, mend } = found;
  return new MpaError('halted', `Refused: ${told(detail)}.`, mend === null ? {} : { hint: mend });
}
