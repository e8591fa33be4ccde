import { MpaError } from '../core/errors.js';
import { told } from '../core/show.js';
import type { View } from '../ledger/ledger.js';
import { haltNotices } from './findings.js';

/** The refusal of a halt of everything, or of everything of `handle`, that is in force, with what lifts it; null: there is none. */
export function haltedNow(view: View, handle: string, now: number): MpaError | null {
  const halts = view.state.halts.filter(({ who }) => who === null || who === handle);
  const [notice] = haltNotices({ state: { ...view.state, halts } }, now);
  if (notice === undefined) return null;
  const { detail, mend } = notice;
  return new MpaError('halted', `Refused: ${told(detail)}.`, mend === null ? {} : { hint: mend });
}
