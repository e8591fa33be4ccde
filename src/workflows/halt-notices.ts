import { inForce, quorum } from '../core/counting.js';
import { stateName } from '../core/decide.js';
import { isPolicyRequest } from '../core/events.js';
import { liveRequests } from '../core/rest.js';
import type { Halt, LedgerState, RequestRecord } from '../core/state.js';
import { timeWords } from '../core/time.js';
import type { View } from '../ledger/ledger.js';
import { shortId } from './find.js';
import type { Finding } from './finding.js';

/**
 * Each halt that is in force as of `now` (seconds): who halted what, since when and why, and what lifts it. Section 7, counting 6. Where a
 * policy change that would lift it waits already, that is to be approved, not proposed once more. `detail` holds words of others.
 */
export function haltNotices({ state }: Pick<View, 'state'>, now: number): readonly Finding[] {
  return state.halts.map((halt) => ({
    what: 'halt',
    level: 'bad',
    detail: `${halt.actor} has halted ${halt.who === null ? 'everything' : `everything of ${halt.who}`} at ${timeWords(halt.at)}: ${halt.reason}`,
    mend: lifting(state, halt, now),
    code: 'halted',
  }));
}

/**
 * The lines that mend what led to a halt of one handle, in the order in which they should be thought of: a new key for it, its removal,
 * or, where it was a false alarm, the policy in force once more.
 */
export function mendingLines(state: LedgerState, who: string): readonly string[] {
  const word = Object.hasOwn(inForce(state).policy.executors ?? {}, who) ? 'executor' : 'member';
  return [`mpa ${word} rotate ${who} --key FILE`, `mpa ${word} remove ${who}`, 'mpa resume -m REASON'];
}

function lifting(state: LedgerState, halt: Halt, now: number): string {
  const waiting = waitingAfter(state, halt, now);
  if (waiting !== undefined) {
    const { candidates } = quorum(state, waiting, now);
    const who = candidates.length === 0 ? 'nobody who is left' : candidates.join(', ');
    return `mpa approve ${shortId(waiting.id)}, which ${waiting.event.actor} has proposed and ${who} can approve`;
  }
  if (halt.who === null) return 'mpa resume -m REASON, which another member must approve';
  const [rotate, remove, resume] = mendingLines(state, halt.who);
  return `${rotate ?? ''}, or ${remove ?? ''}, or after a false alarm ${resume ?? ''}: each of them another member must approve`;
}

/** The newest change, requested after the halt, that can still take effect. */
function waitingAfter(state: LedgerState, halt: Halt, now: number): RequestRecord | undefined {
  return liveRequests(state).findLast(
    (record) =>
      isPolicyRequest(record.event) &&
      record.position > halt.position &&
      stateName(state, record, now) === 'pending',
  );
}
