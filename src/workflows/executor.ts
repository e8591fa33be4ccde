import { MpaError } from '../core/errors.js';
import type { LedgerState } from '../core/state.js';
import type { Author } from './author.js';
import type { CommandRecord, Here, Judged } from './grant.js';
import type { Workspace } from './workspace.js';

/** As `judge`, for the executor that the request names: it takes nothing from whoever calls it. Section 8.7. */
export function judgeAsExecutor(
  _ws: Workspace,
  _state: LedgerState,
  _record: CommandRecord,
  _argv: readonly string[] | null,
  _who: Author,
  _here: Here,
  _now: number,
): Promise<Judged> {
  return Promise.reject(new MpaError('unsupported', 'Running on an executor is not in this version of mpa.'));
}
