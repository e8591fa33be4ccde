import { formatTime } from '../../core/time.js';
import { told } from '../../core/show.js';
import type { LedgerState } from '../../core/state.js';
import { aboutOf, eventWords, isEvent, log, type LogItem } from '../../workflows/log.js';
import { shortId } from '../../workflows/find.js';
import type { ReadEvent } from '../../ledger/ledger.js';
import type { CliContext, Invocation } from '../invocation.js';
import { folded, when, type Paint } from '../layout-words.js';
import { flag } from '../options.js';
import { headOf } from '../head.js';

/** On a terminal what does not fit goes on under the time, so that only words of ours stand at the left edge. */
function onScreen(row: string, columns: number | null): string {
  return columns === null ? row : folded(row, columns - 4).join('\n    ');
}

function itemLine(item: LogItem, state: LedgerState, paint: Paint, columns: number | null): string {
  if (!isEvent(item)) {
    return paint('warn', `${shortId(item.commit)}  no event (${item.reason}): ${told(item.detail)}`);
  }
  const { what, text } = eventWords(item, state);
  const lost = item.effect.void;
  const without =
    lost === null ? '' : `\n    ${paint('bad', `without effect: ${lost.reason}: ${told(lost.detail)}`)}`;
  return `${onScreen(`${when(item.at)}  ${shortId(item.id)}  ${item.event.actor} ${what} ${text}`, columns)}${without}`;
}

function eventView(item: ReadEvent, state: LedgerState): Record<string, unknown> {
  return {
    id: item.id,
    type: item.event.type,
    actor: item.event.actor,
    fingerprint: item.key.fingerprint,
    at: formatTime(item.at),
    commit: item.commit,
    request: aboutOf(item, state.runs),
    ...eventWords(item, state),
    void: item.effect.void,
  };
}

/** mpa log: the ledger, or one request, as a timeline, oldest first. */
export async function run({ args, options }: Invocation, context: CliContext): Promise<undefined> {
  const { out } = context;
  const ws = await context.workspace();
  const { view, items } = await out.during('Reading', () =>
    log(ws, args[0] ?? null, flag(options, 'offline')),
  );
  const events = items.filter(isEvent).map((item) => eventView(item, view.state));
  const inert = items.filter((item) => !isEvent(item));
  out.document({ ...headOf(view), events, inert });
  const columns = out.screen('result')?.columns ?? null;
  if (!out.json)
    for (const item of items) out.result(itemLine(item, view.state, out.paint.bind(out), columns));
}
