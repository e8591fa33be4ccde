import { stateName } from '../core/decide.js';
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
  const { actor } = record.event;
  return [...state.requests.values()]
    .filter((other) => other.event.actor === actor && other.position < record.position)
    .slice(-count)
    .reverse()
    .map((other) => ({ record: other, kind: kindOf(state, other), ended: endedAs(state, other, now) }));
}

/** The machines that the same person asked for before this request. */
export function hostsBefore(state: LedgerState, { event, position }: RequestRecord): string[] {
  const hosts = new Set<string>();
  for (const other of state.requests.values()) {
    const { action, actor } = other.event;
    if (actor !== event.actor || other.position >= position || action.kind !== 'command') continue;
    if (action.host !== undefined) hosts.add(action.host);
  }
  return [...hosts];
}
