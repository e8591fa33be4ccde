import type { Book } from '../core/book.js';
import type { ChainedEvent } from '../core/events.js';
import type { InertCommit, ReadEvent, View } from '../ledger/ledger.js';
import { exact, quoted, told } from '../core/show.js';
import type { LedgerState } from '../core/state.js';
import { findTarget, shortId } from './find.js';
import { look } from './look.js';
import { exitWords } from './exit-words.js';
import { kindOf } from './resumes.js';
import type { Workspace } from './workspace.js';

/** The ledger in chain order: events, and commits without effect. */
export type LogItem = ReadEvent | InertCommit;

/** Whether an item is an authentic event. */
export function isEvent(item: LogItem): item is ReadEvent {
  return 'event' in item;
}

/** The full id of the request (or genesis) that an event is about; null for a halt. `runs`: run id to request id. */
export function aboutOf(item: ReadEvent, runs: Pick<Book<string>, 'get'>): string | null {
  const { event } = item;
  switch (event.type) {
    case 'genesis':
    case 'request':
      return item.id;
    case 'approve':
    case 'close':
    case 'start':
      return event.request;
    case 'finish':
      return runs.get(event.run) ?? null;
    case 'halt':
      return null;
  }
}

function actionWords(event: Extract<ChainedEvent, { type: 'request' }>, state: LedgerState | null): string {
  const { action } = event;
  if (action.kind === 'policy')
    return state !== null && kindOf(state, { event }) === 'resume' ? 'resume' : 'policy change';
  return action.kind === 'access' ? `access ${exact(action.resource)}` : quoted(action.argv);
}

/**
 * What an event says, safe to show: arguments, hosts, resources and the prose of others are escaped. Section 9. `state`: where a policy
 * request that only resumes is to be called so.
 */
export function eventWords(
  item: ReadEvent,
  state: LedgerState | null = null,
): { readonly what: string; readonly text: string } {
  const { event } = item;
  switch (event.type) {
    case 'genesis':
      return { what: 'founded', text: told(event.name) };
    case 'request':
      return { what: 'requested', text: actionWords(event, state) };
    case 'approve':
      return { what: 'approved', text: [shortId(event.request), told(event.comment ?? '')].join(' ').trim() };
    case 'close':
      return { what: event.as, text: `${shortId(event.request)} ${told(event.reason)}`.trim() };
    case 'start':
      return { what: 'started', text: `${shortId(event.request)} on ${exact(event.host)}` };
    case 'finish':
      return { what: 'finished', text: `${shortId(event.run)} ${exitWords(event.exit)}` };
    case 'halt':
      return { what: 'halted', text: `${event.who ?? 'everything'}: ${told(event.reason)}` };
  }
}

/** The whole timeline, or that of one request (or the anchor), oldest first. Errors: those of findTarget. */
export async function log(
  ws: Workspace,
  id: string | null,
  offline: boolean,
): Promise<{ readonly view: View; readonly items: readonly LogItem[] }> {
  const seen = await look(ws, offline);
  const target = id === null ? null : findTarget(seen.state, id);
  const wanted = target === null ? null : target.kind === 'genesis' ? seen.anchor : target.record.id;
  const items: LogItem[] = [];
  const view = await ws.ledger.every((item) => {
    items.push(item);
  });
  if (wanted === null) return { view, items };
  const about = (item: LogItem): boolean => isEvent(item) && aboutOf(item, view.state.runs) === wanted;
  return { view, items: items.filter(about) };
}
