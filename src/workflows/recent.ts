import { stateName } from '../core/decide.js';
import { byPerson, onHost } from '../core/requests.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import { exitWords } from './exit-words.js';
import { kindOf, type RequestKind } from './resumes.js';

/** One of the requester's earlier requests. `ended`: the state, and of the last run how it ended. */
export interface Earlier {
  readonly record: RequestRecord;
  readonly kind: RequestKind;
  readonly ended: string;
}

function endedAs(state: LedgerState, record: RequestRecord, now: number): string {
  const name = stateName(state, record, now);
  const { closed } = record;
  if (closed !== null && closed.as !== 'applied' && closed.actor !== record.event.actor)
    return `${name} by ${closed.actor}`;
  const last = record.runs.at(-1);
  if (last === undefined) return name;
  return `${name}, ${last.finish === null ? 'run not finished' : exitWords(last.finish.exit)}`;
}

/** The requests of the same person before this one, newest first: at most `count`. */
export function earlierOf(state: LedgerState, record: RequestRecord, now: number, count: number): Earlier[] {
  const found: RequestRecord[] = [];
  for (const other of state.requests.under(byPerson(record.event.actor), record.position)) {
    if (found.length === count) break;
    found.push(other);
  }
  return found.map((other) => ({
    record: other,
    kind: kindOf(state, other),
    ended: endedAs(state, other, now),
  }));
}

/**
 * A machine that the same person asked for before this request: the one that it names, if they ever did, else the last one; empty where they
 * asked for none. What says whether this machine is new for them.
 */
export function hostsBefore(state: LedgerState, { event, position }: RequestRecord): string[] {
  const { action, actor } = event;
  if (action.kind !== 'command' || action.host === undefined) return [];
  for (const _ of state.requests.under(onHost(actor, action.host), position)) return [action.host];
  for (const other of state.requests.under(byPerson(actor), position)) {
    const before = other.event.action;
    if (before.kind === 'command' && before.host !== undefined) return [before.host];
  }
  return [];
}
