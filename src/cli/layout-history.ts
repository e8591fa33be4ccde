import type { Decision } from '../core/decide.js';
import { told } from '../core/show.js';
import { parseTime } from '../core/time.js';
import type { Description, Moment } from '../workflows/describe.js';
import type { ApprovalView } from '../workflows/request-view.js';
import { beside, field, fingerprintText, folded, when, whenFrom, words, type Paint } from './layout-words.js';

/** The same two spaces under each heading. */
function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ['', paint('strong', title), ...lines];
}

function approvalLine(approval: ApprovalView, now: number, paint: Paint): string {
  const at = parseTime(approval.at);
  const verdict = approval.counts
    ? paint('good', 'counts')
    : paint('bad', beside(`does not count: ${told(approval.reason ?? '')}`));
  const comment = approval.comment === null ? [] : [words(`"${approval.comment}"`)];
  const lines = [
    `${at === null ? approval.at : whenFrom(at, now)}, ${verdict}`,
    `key ${fingerprintText(approval.fingerprint)}`,
    ...comment,
  ];
  return field(approval.actor, lines.join('\n'));
}

/** Rows of at most 78 columns under a time: what does not fit goes on under the words. */
function momentLine(moment: Moment, paint: Paint): string {
  const text = moment.text === '' ? '' : `: ${told(moment.text)}`;
  const [first = '', ...rest] = folded(`${moment.actor} ${told(moment.what)}${text}`, 52);
  const lost =
    moment.void === null
      ? []
      : folded(`without effect: ${told(moment.void)}`, 52).map((row) => paint('bad', row));
  const under = ' '.repeat(27);
  return [`  ${when(moment.at)}  ${first}`, ...[...rest, ...lost].map((row) => `${under}${row}`)].join('\n');
}

/** A decision with every check: the first that failed decides; others that failed, each with its detail; those that passed, by name. */
export function decisionLines(decision: Decision, paint: Paint): string[] {
  const under = (text: string, indent: number): string[] =>
    folded(text, 78 - indent).map((row, i) => `${' '.repeat(i === 0 ? 0 : indent)}${row}`);
  const [detail = '', ...more] = under(told(decision.detail), 4);
  const verdict = decision.authorised
    ? [`  ${paint('good', 'authorised')}`]
    : [`  ${paint('bad', `refused: ${decision.reason ?? ''}`)}: ${detail}`, ...more];
  const failed = decision.checks
    .filter(({ name, ok }) => !ok && name !== decision.reason)
    .flatMap(({ name, detail: why }) => {
      const [first = '', ...rest] = under(told(why), 8);
      return [`${paint('bad', `    NO  ${name}`)}: ${first}`, ...rest];
    });
  const passed = decision.checks.filter(({ ok }) => ok).map(({ name }) => `not ${name}`);
  return [
    ...verdict,
    ...failed,
    ...(passed.length === 0 ? [] : folded(passed.join(', '), 72).map((row) => paint('dim', `    ${row}`))),
  ];
}

/** What came of a request so far: each approval with its key, the timeline, the decision with every check. */
export function history({ view, timeline, decision }: Description, now: number, paint: Paint): string {
  return [
    ...section(
      'Approvals',
      view.approvals.map((approval) => approvalLine(approval, now, paint)),
      paint,
    ),
    ...section(
      'Timeline',
      timeline.map((moment) => momentLine(moment, paint)),
      paint,
    ),
    ...(decision === null ? [] : section('Decision', decisionLines(decision, paint), paint)),
  ].join('\n');
}
