import type { CommandAction, Pin } from '../core/action.js';
import { ruleNow } from '../core/counting.js';
import type { LedgerState, RequestRecord } from '../core/state.js';

/** An attached file as a request that had its quorum carried it. */
export interface Approved {
  readonly record: RequestRecord;
  readonly pin: Pin;
}

/** Where a command runs, and what: approvals of one thing say nothing of another. */
function sameUse(a: CommandAction, b: CommandAction): boolean {
  return a.host === b.host && a.executor === b.executor && a.program === b.program && a.argv[0] === b.argv[0];
}

/**
 * The newest request before this one that attached a file at `path` and had its quorum; null: there is none. It counts only where the same
 * program on the same machine was to read it under the rule that judges this one too: whoever got a file past a weaker rule, or past somebody
 * who was shown `cat FILE`, must not have it look familiar here.
 */
export function lastApproved(state: LedgerState, record: RequestRecord, path: string): Approved | null {
  const { action } = record.event;
  const rule = ruleNow(state, record);
  if (action.kind !== 'command' || rule === null) return null;
  for (const other of [...state.requests.values()].reverse()) {
    const before = other.event.action;
    if (other.position >= record.position || other.quorumAt === null || before.kind !== 'command') continue;
    const pin = before.pins?.find((each) => each.path === path && each.attached);
    if (pin !== undefined && sameUse(action, before) && ruleNow(state, other) === rule)
      return { record: other, pin };
  }
  return null;
}
