import type { Decision } from '../core/decide.js';
import { exact, told } from '../core/show.js';
import { formatDuration, parseTime } from '../core/time.js';
import type { Description, Moment, Open } from '../workflows/describe.js';
import type { ApprovalView, RequestView } from '../workflows/request-view.js';
import { actionLines } from './layout-action.js';
import {
  clauseText,
  field,
  fingerprintText,
  stateKind,
  when,
  whenFrom,
  words,
  type Paint,
} from './layout-words.js';

/** The same two spaces under each heading. */
function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ['', paint('strong', title), ...lines];
}

function timeText(text: string, now: number): string {
  const seconds = parseTime(text);
  return seconds === null ? text : whenFrom(seconds, now);
}

function windowText(view: RequestView, now: number): string {
  if (view.windowStart !== null && view.windowEnd !== null)
    return `from ${timeText(view.windowStart, now)}\nto   ${timeText(view.windowEnd, now)}`;
  if (view.duration === null) return '';
  const lasts = formatDuration(view.duration);
  return view.notBefore === null
    ? `${lasts} from its last approval`
    : `${lasts} from ${timeText(view.notBefore, now)}`;
}

function limitLines(view: RequestView, now: number): string[] {
  const lines: string[] = [];
  const window = windowText(view, now);
  if (window !== '') lines.push(field('window', window));
  if (view.uses !== null) lines.push(field('uses', `${view.usesLeft ?? 0} of ${view.uses} left`));
  if (view.state === 'pending' && view.approveBy !== null)
    lines.push(field('approve by', timeText(view.approveBy, now)));
  return lines;
}

function ruleLines({ rules, view }: Description): string[] {
  return rules.map((rule) => {
    const needs = rule.approvals.map(clauseText).join(', and ');
    const which = rules.length === 1 ? '' : rule.name === view.rule ? ' (when written)' : ' (now)';
    return field('rule', `${rule.name}${which}: ${needs}`);
  });
}

function approvalLine(approval: ApprovalView, now: number, paint: Paint): string {
  const verdict = approval.counts
    ? paint('good', 'counts')
    : paint('bad', `does not count: ${told(approval.reason ?? '')}`);
  const comment = approval.comment === null ? [] : [`"${words(approval.comment)}"`];
  const lines = [
    `${timeText(approval.at, now)}, ${verdict}`,
    `key ${fingerprintText(approval.fingerprint)}`,
    ...comment,
  ];
  return field(approval.actor, lines.join('\n'));
}

function openLine({ clause, candidates }: Open): string {
  const who =
    candidates.length === 0 ? 'nobody who is left could give it' : `could come from ${candidates.join(', ')}`;
  return `  ${clauseText(clause)}: ${who}`;
}

function momentLine(moment: Moment, paint: Paint): string {
  const text = moment.text === '' ? '' : `: ${told(moment.text)}`;
  const lost = moment.void === null ? '' : paint('bad', `  without effect: ${told(moment.void)}`);
  return `  ${when(moment.at)}  ${moment.actor} ${told(moment.what)}${text}${lost}`;
}

/** A decision with every check: the first that failed decides; others that failed, each with its detail; those that passed, by name. */
export function decisionLines(decision: Decision, paint: Paint): string[] {
  const verdict = decision.authorised
    ? paint('good', 'authorised')
    : `${paint('bad', `refused: ${decision.reason ?? ''}`)}: ${told(decision.detail)}`;
  const failed = decision.checks
    .filter(({ name, ok }) => !ok && name !== decision.reason)
    .map(({ name, detail }) => `${paint('bad', `    NO  ${name}`)}: ${told(detail)}`);
  const passed = decision.checks.filter(({ ok }) => ok).map(({ name }) => name);
  return [`  ${verdict}`, ...failed, ...wrapped(passed).map((names) => paint('dim', `    not ${names}`))];
}

/** Names in lines of at most 72 columns. */
function wrapped(names: readonly string[]): string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length < 70) lines[lines.length - 1] = `${last}, ${name}`;
    else lines.push(name);
  }
  return lines;
}

/** `alice (Alice Adams <alice@example.org>)`. */
function person({ policy, view }: Description): string {
  const member = Object.hasOwn(policy.members, view.actor) ? policy.members[view.actor] : undefined;
  return member === undefined ? view.actor : `${view.actor} (${told(member.name)} <${exact(member.email)}>)`;
}

/**
 * Everything about one request, as `show` prints it and as `approve` puts it before whoever signs. `now` in seconds. `policyText`: the
 * proposed policy, ready to be printed, where the request is for one. Every text of others is escaped. Section 9.
 */
export function layout(
  description: Description,
  now: number,
  paint: Paint,
  policyText: string | null,
): string {
  const { view, isGenesis } = description;
  const title = isGenesis ? 'First policy' : 'Request';
  return [
    `${paint('strong', title)} ${view.id.slice(0, 12)}: ${paint(stateKind(view.state), view.state)}`,
    field('id', view.id),
    field(isGenesis ? 'founder' : 'by', person(description)),
    ...(view.at === null ? [] : [field('at', timeText(view.at, now))]),
    field(isGenesis ? 'what' : 'why', words(view.justification)),
    ...(view.ticket === null ? [] : [field('ticket', told(view.ticket))]),
    ...(isGenesis ? [] : actionLines(view.action, view.actor, paint)),
    ...limitLines(view, now),
    ...ruleLines(description),
    ...section(
      'Approvals',
      view.approvals.map((approval) => approvalLine(approval, now, paint)),
      paint,
    ),
    ...section('Missing', description.open.map(openLine), paint),
    ...section(
      'Timeline',
      description.timeline.map((moment) => momentLine(moment, paint)),
      paint,
    ),
    ...(description.decision === null
      ? []
      : section('Decision', decisionLines(description.decision, paint), paint)),
    ...(policyText === null ? [] : section(isGenesis ? 'Policy' : 'Proposed policy', [policyText], paint)),
  ].join('\n');
}
