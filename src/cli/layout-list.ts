import { told } from '../core/show.js';
import { parseTime } from '../core/time.js';
import type { RequestView } from '../workflows/request-view.js';
import { actionLine, cut, span, stateKind, type Paint } from './layout-words.js';

const WIDTH = 80;

function left(text: string | null, now: number): string {
  const seconds = text === null ? null : parseTime(text);
  return seconds === null ? '' : span(seconds - now);
}

function timeText(view: RequestView, now: number): string {
  if (view.state === 'pending') return `${left(view.approveBy, now)} to approve`;
  if (view.state === 'scheduled') return `begins in ${left(view.windowStart, now)}`;
  return view.state === 'approved' ? `${left(view.windowEnd, now)} left` : (view.stateDetail ?? '');
}

function countText({ approvals, missing }: RequestView): string {
  const had = approvals.filter((approval) => approval.counts).length;
  const needed = had + missing.reduce((sum, clause) => sum + clause.count, 0);
  return `${had}/${needed} approvals`;
}

/** One request of a list in three lines of at most 80 columns: what is cut is shown whole by `mpa show`. */
export function listEntry(view: RequestView, now: number, paint: Paint): string {
  const state = paint(stateKind(view.state), view.state.padEnd(9));
  const facts = [view.actor, countText(view), timeText(view, now)].filter((fact) => fact !== '').join('  ');
  return [
    `${paint('strong', view.id.slice(0, 12))}  ${state}  ${cut(facts, WIDTH - 25)}`,
    `    ${cut(actionLine(view.action, view.kind), WIDTH - 4)}`,
    paint('dim', `    ${cut(told(view.justification), WIDTH - 4)}`),
  ].join('\n');
}
