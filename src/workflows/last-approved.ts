import type { CommandAction, Pin } from '../core/action.js';
import { ruleNow } from '../core/counting.js';
import { withFile } from '../core/requests.js';
import type { LedgerState, RequestRecord } from '../core/state.js';

/** An attached file as a request that had its quorum carried it. */
export interface Approved {
  readonly record: RequestRecord;
  readonly pin: Pin;
}

function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}

function sameVariables(a: CommandAction, b: CommandAction): boolean {
  const [one, other] = [a.env ?? {}, b.env ?? {}];
  const names = Object.keys(one);
  return (
    sameList(a.passEnv, b.passEnv) &&
    names.length === Object.keys(other).length &&
    names.every((name) => one[name] === other[name])
  );
}

function sameInput({ stdin: a }: CommandAction, { stdin: b }: CommandAction): boolean {
  return typeof a === 'object' && typeof b === 'object' ? a.sha256 === b.sha256 : a === b;
}

/** Whether two commands differ in nothing but their pinned files: approvals of one thing say nothing of another. */
function sameUse(a: CommandAction, b: CommandAction): boolean {
  const fields = ['host', 'user', 'executor', 'program', 'cwd'] as const;
  return (
    fields.every((field) => a[field] === b[field]) &&
    sameList(a.argv, b.argv) &&
    sameVariables(a, b) &&
    sameInput(a, b)
  );
}

/** Whether its approvals still stand: nobody took them back, and no policy change made one lapse. */
function stands({ quorumAt, closed, approvals }: RequestRecord): boolean {
  return quorumAt !== null && closed === null && approvals.every(({ lapsed }) => !lapsed);
}

/**
 * The newest request before this one that attached a file at `path`, had its quorum and was not taken back; null: there is none. It counts
 * only where the same command on the same machine was to read it under the rule that judges this one too: whoever got a file past a weaker
 * rule, or past somebody who was shown `cat FILE`, must not have it look familiar here.
 */
export function lastApproved(state: LedgerState, record: RequestRecord, path: string): Approved | null {
  const { action } = record.event;
  const rule = ruleNow(state, record);
  if (action.kind !== 'command' || rule === null) return null;
  for (const other of state.requests.under(withFile(path), record.position)) {
    const before = other.event.action;
    if (!stands(other) || before.kind !== 'command') continue;
    const pin = before.pins?.find((each) => each.path === path && each.attached);
    if (pin !== undefined && sameUse(action, before) && ruleNow(state, other) === rule)
      return { record: other, pin };
  }
  return null;
}
