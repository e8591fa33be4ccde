import { limits, standings, windowOf } from '../../src/core/counting.js';
import { decide, stateName } from '../../src/core/decide.js';
import type { ToRun } from '../../src/core/mismatch.js';
import type { LedgerState } from '../../src/core/state.js';
import * as model from './decide.js';
import {
  approvalsOf,
  closedAs,
  countedApprovers,
  haltsIn,
  hasLapsed,
  head,
  isEndorsed,
  limitsOf,
  quorumTime,
  requestOf,
  runsOf,
  spentOf,
  voidReason,
  windowOf as windowInModel,
  type Page,
} from './ledger.js';
import type { Runner } from './decide.js';

/** What the program knows at a position, in the words of the model. */
export function asProgram(state: LedgerState, now: number): unknown {
  const requests = [...state.requests.values()].map((record) => ({
    id: record.id,
    void: record.void?.reason ?? null,
    closed: record.closed?.as ?? null,
    quorumAt: record.quorumAt,
    approvals: record.approvals.map(({ actor, lapsed }) => [
      actor,
      record.closed === null && record.void === null ? lapsed : null,
    ]),
    counted: standings(state, record, now).flatMap(({ approval, counts }) =>
      counts && record.closed === null && record.void === null ? [approval.actor] : [],
    ),
    limits: limits(state, record),
    window: windowOf(state, record),
    runs: record.runs.map(({ id, finish }) => [id, finish === null ? null : 'failed' in finish.exit]),
    spent: record.spent,
    named: stateName(state, record, now),
  }));
  const endorsed = state.endorsement.closed?.as === 'applied';
  return { endorsed, current: state.current, halts: state.halts.map(({ who }) => who), requests };
}

/** The same by the model. */
export function asModel(page: Page, now: number): unknown {
  const requests = page.facts.flatMap(({ event, id }) => {
    const asked = event.type === 'request' ? requestOf(page, id) : null;
    if (asked === null) return [];
    const [reason, closed] = [voidReason(page, asked), closedAs(page, asked)];
    return {
      id,
      void: reason,
      closed,
      quorumAt: quorumTime(page, asked),
      approvals: approvalsOf(page, asked).map(({ fact, index }) => [
        fact.event.actor,
        closed === null && reason === null ? hasLapsed(page, fact, index) : null,
      ]),
      counted: closed === null && reason === null ? countedApprovers(page, asked, now) : [],
      limits: limitsOf(page, asked),
      window: windowInModel(page, asked),
      runs: runsOf(page, asked).map((run) => [run.id, run.failed]),
      spent: spentOf(page, asked),
      named: model.stateName(page, id, now),
    };
  });
  return { endorsed: isEndorsed(page), current: head(page).id, halts: haltsIn(page), requests };
}

/** Who would run what, when. */
export interface Question {
  readonly id: string;
  readonly runner: Runner;
  readonly toRun: ToRun;
  readonly now: number;
}

/** The reasons for which the program refuses, all of them. */
export function askProgram(state: LedgerState, { id, runner, toRun, now }: Question): string[] {
  const { authorised, reason, checks } = decide(state, id, runner, toRun, now);
  const failed = checks.flatMap(({ name, ok }) => (ok ? [] : [name]));
  if (authorised !== (failed.length === 0) || reason !== (failed[0] ?? null))
    throw new Error(`a decision that contradicts its own checks: ${String(reason)}, ${failed.join()}`);
  return comparable(failed);
}

/** The same by the model. */
export function askModel(page: Page, { id, runner, toRun, now }: Question): string[] {
  return comparable(model.refusals(page, id, runner, toRun, now));
}

/** The approvals of what has ended are not followed any further: whether they would still count is nobody's question. */
function comparable(reasons: string[]): string[] {
  const over = reasons.some((reason) =>
    ['void', 'denied', 'withdrawn', 'revoked', 'applied'].includes(reason),
  );
  return over ? reasons.filter((reason) => reason !== 'pending' && reason !== 'expired') : reasons;
}
