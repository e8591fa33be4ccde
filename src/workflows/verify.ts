import { decide, naturalRunner, type Decision } from '../core/decide.js';
import { MpaError } from '../core/errors.js';
import { told } from '../core/show.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import { findId } from './find.js';
import { sameRequests } from './same.js';
import type { Workspace } from './workspace.js';

/** What is to be verified: one request, perhaps with the command that someone is about to run; or an access. */
export type Question =
  | { readonly kind: 'request'; readonly id: string; readonly argv: readonly string[] | null }
  | { readonly kind: 'access'; readonly resource: string; readonly handle: string };

/** The answer. `record` null: no request to speak of (`unknown-request`). */
export interface Answer {
  readonly view: View;
  readonly record: RequestRecord | null;
  readonly decision: Decision;
}

/** Judged for the requester, or the named executor: spends nothing, so it needs no key. */
function decideRequest(
  state: LedgerState,
  id: string,
  argv: readonly string[] | null,
  now: number,
): Decision {
  const record = state.requests.get(id);
  const runner = record === undefined ? { handle: '', material: null } : naturalRunner(record);
  if (argv === null) return decide(state, id, runner, { kind: 'as-approved', host: null }, now);
  return decide(state, id, runner, { kind: 'argv', argv }, now);
}

/** The access grant of `handle` for exactly this resource that is authorised now; else the newest that comes closest. */
function decideAccess(
  state: LedgerState,
  resource: string,
  handle: string,
  now: number,
): Omit<Answer, 'view'> {
  const found = sameRequests(state, { actor: handle, action: { kind: 'access', resource } })
    .reverse()
    .map((record) => ({
      record,
      decision: decide(state, record.id, { handle, material: null }, { kind: 'access', resource }, now),
    }));
  const yes = found.find(({ decision }) => decision.authorised);
  const open = found.find(({ record }) => record.closed === null && record.void === null);
  return yes ?? open ?? found[0] ?? { record: null, decision: decideRequest(state, '', null, now) };
}

/**
 * The decision of section 7 at the newest head, without contact to the remote where `offline`. A full id that nobody wrote is
 * answered with `unknown-request`. Errors: those of findId; `remote-*`; every fatal case.
 */
export async function verify(ws: Workspace, question: Question, offline: boolean): Promise<Answer> {
  const view = offline ? await ws.ledger.view() : await ws.ledger.refresh();
  const { state } = view;
  const now = ws.clock.now();
  if (question.kind === 'access')
    return { view, ...decideAccess(state, question.resource, question.handle, now) };
  const id = findId(question.id, state.requests.keys(question.id.toLowerCase()));
  const record = state.requests.get(id) ?? null;
  return { view, record, decision: decideRequest(state, id, question.argv, now) };
}

/** The refusal of a decision as an error, for what must stop there. Not for an authorised one. */
export function refusal(decision: Decision, hint?: string): MpaError {
  const { reason, detail } = decision;
  if (reason === null) throw new Error('an authorised decision is no refusal');
  // The detail may quote what others wrote, line breaks and all. Section 9.
  return new MpaError(reason, `Refused: ${told(detail)}.`, hint === undefined ? {} : { hint });
}
