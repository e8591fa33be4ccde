import { quorum, windowOf } from '../core/counting.js';
import { told } from '../core/show.js';
import { formatTime, parseTime } from '../core/time.js';
import type { View } from '../ledger/ledger.js';
import { exitWords } from '../workflows/exit-words.js';
import { shortId } from '../workflows/find.js';
import type { News, RequestNews } from '../workflows/news.js';
import { requestView } from '../workflows/request-view.js';
import { actionLine, cut, span, when, type Paint } from './layout-words.js';
import { either } from './live-text.js';

const WIDTH = 80;

/** `09:30 UTC` today, `2026-03-01` before: news is of now, or old. */
function moment(seconds: number, now: number): string {
  const [date = '', time = ''] = when(seconds).split(' ');
  return when(now).startsWith(date) ? `${time.slice(0, 5)} UTC` : date;
}

/** What happened, the short id standing before it. */
function headline({ type, actor, exit, record }: RequestNews, view: View, now: number): string {
  const who = actor ?? '';
  const { state } = view;
  switch (type) {
    case 'request': {
      const left = (parseTime(record.event.approveBy) ?? now) - now;
      return `${who} asks, and you can approve; ${span(left)} left`;
    }
    case 'approval': {
      const { met, candidates } = quorum(state, record, now);
      return met ? `${who} has approved` : `${who} has approved; it waits for ${either(candidates)}`;
    }
    case 'pending':
      return `waits for ${either(quorum(state, record, now).candidates)} to approve`;
    case 'scheduled':
      return `is approved; it begins at ${when(windowOf(state, record)?.start ?? now)}`;
    case 'approved': {
      const end = windowOf(state, record)?.end;
      const by = actor === null ? 'is approved' : `is approved by ${who}`;
      return end === undefined ? by : `${by}; ${span(end - now)} left`;
    }
    case 'started':
      return `was started by ${who}`;
    case 'finished':
      return `has ended: ${exit === undefined ? '' : exitWords(exit)}`;
    case 'expired':
      return 'has expired';
    default:
      return actor === null ? `is ${type}` : `is ${type} by ${who}`;
  }
}

/** The command to type next; null: there is none. */
function next({ type, record }: RequestNews): string | null {
  const id = shortId(record.id);
  if (type === 'request') return `mpa approve ${id}`;
  if (type === 'approved' && record.event.action.kind === 'command') return `mpa exec ${id}`;
  return ['denied', 'revoked', 'void', 'finished'].includes(type) ? `mpa show ${id}` : null;
}

/** One piece of news for people, a few lines of at most 80 columns: what is cut is shown whole by `mpa show`. Section 9. */
export function newsText(news: News, view: View, now: number, paint: Paint): string {
  const at = moment(news.at, now);
  const line = (text: string): string => cut(text, WIDTH - 4);
  if (!('halt' in news || 'record' in news))
    return `${at}  ${paint('warn', 'another policy is in force')}\n    mpa policy diff ${shortId(news.id)}`;
  if ('halt' in news) {
    const { actor, who, reason } = news.halt;
    const what = who === null ? 'everything' : `everything of ${who}`;
    const words = news.type === 'halt' ? `${actor} has halted ${what}` : `the halt of ${what} is over`;
    const why = news.type === 'halt' ? `\n    ${line(told(reason))}\n    mpa status` : '';
    return `${at}  ${paint(news.type === 'halt' ? 'bad' : 'good', words)}${why}`;
  }
  const { record } = news;
  const reason = record.closed === null ? record.event.justification : record.closed.reason;
  const step = next(news);
  return [
    `${at}  ${paint('strong', shortId(record.id))}  ${cut(headline(news, view, now), WIDTH - 26)}`,
    `    ${line(actionLine(record.event.action))}`,
    ...(reason === '' ? [] : [paint('dim', `    ${line(told(reason))}`)]),
    ...(step === null ? [] : [`    ${step}`]),
  ].join('\n');
}

/** One piece of news for scripts. CLI.md, JSON: camelCase, full ids, RFC 3339. */
export function newsView(news: News, view: View, now: number): Readonly<Record<string, unknown>> {
  const { type } = news;
  const at = formatTime(news.at);
  if (!('halt' in news || 'record' in news))
    return { type, at, id: news.id, actor: news.actor, request: null };
  if ('halt' in news) {
    const { id, actor, who, reason } = news.halt;
    return { type, at, id, actor, who, reason, request: null };
  }
  const { record, actor, exit } = news;
  const ended = exit === undefined ? {} : { exit };
  return { type, at, id: record.id, actor, ...ended, request: requestView(view.state, record, now) };
}
