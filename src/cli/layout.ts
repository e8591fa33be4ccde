import { exact, told } from '../core/show.js';
import { formatDuration, parseTime } from '../core/time.js';
import type { Halt } from '../core/state.js';
import type { Description, Open } from '../workflows/describe.js';
import { shortId } from '../workflows/find.js';
import type { RequestView } from '../workflows/request-view.js';
import { warningLines, whatLines, withLines } from './layout-action.js';
import { columnsOf } from './columns.js';
import type { FileText } from './layout-files.js';
import {
  actionLine,
  beside,
  clauseText,
  cut,
  field,
  span,
  stateKind,
  when,
  whenFrom,
  words,
  type Paint,
} from './layout-words.js';

/** What stands on the screen beside the description: read, compared and escaped before. */
export interface Extras {
  readonly files: readonly FileText[];
  /** What a policy request says of policies in a field, and what is read in full: what changes, or the whole first policy. Empty for others. */
  readonly facts: readonly string[];
  readonly body: readonly string[];
  /** What is halted and what lifts it, where that stands in this request's way. */
  readonly halts: readonly string[];
}

function timeText(text: string, now: number): string {
  const seconds = parseTime(text);
  return seconds === null ? text : whenFrom(seconds, now);
}

/** `alice (Alice Adams <alice@example.org>)`. */
function person({ policy, view }: Description): string {
  const member = Object.hasOwn(policy.members, view.actor) ? policy.members[view.actor] : undefined;
  return member === undefined ? view.actor : `${view.actor} (${told(member.name)} <${exact(member.email)}>)`;
}

function whoLines(description: Description, now: number): string[] {
  const { view, isGenesis } = description;
  const at = view.at === null ? '' : `, ${span(now - (parseTime(view.at) ?? now))} ago`;
  return [
    field('id', view.id),
    field(isGenesis ? 'founder' : 'by', beside(`${person(description)}${at}`)),
    field(isGenesis ? 'what' : 'why', words(view.justification)),
    ...(view.ticket === null ? [] : [field('ticket', beside(told(view.ticket)))]),
  ];
}

function usesText({ uses, usesLeft }: RequestView): string {
  if (uses === null) return '';
  const many = uses === 1 ? '1 use' : `${uses} uses`;
  return usesLeft === uses ? `, ${many}` : `, ${usesLeft ?? 0} of ${many} left`;
}

function windowLines(view: RequestView, now: number): string[] {
  const { windowStart, windowEnd, duration, notBefore, state, approveBy } = view;
  const lines: string[] = [];
  if (windowStart !== null && windowEnd !== null)
    lines.push(
      field(
        'window',
        `from ${timeText(windowStart, now)}\nto   ${timeText(windowEnd, now)}${usesText(view)}`,
      ),
    );
  else if (duration !== null) {
    const from = notBefore === null ? 'its last approval' : timeText(notBefore, now);
    lines.push(field('window', beside(`${formatDuration(duration)} from ${from}${usesText(view)}`)));
  }
  if (state === 'pending' && approveBy !== null) lines.push(field('approve by', timeText(approveBy, now)));
  return lines;
}

function ruleLines({ rules, view }: Description): string[] {
  return rules.map((rule) => {
    const needs = rule.approvals.map(clauseText).join(', and ');
    const which = rules.length === 1 ? '' : rule.name === view.rule ? ' (when written)' : ' (now)';
    return field('rule', beside(`${rule.name}${which}: ${needs}`));
  });
}

function openText({ clause, candidates }: Open): string {
  const who =
    candidates.length === 0 ? 'nobody who is left could give it' : `could come from ${candidates.join(', ')}`;
  return `${clauseText(clause)}: ${who}`;
}

/** Who has approved, who still could, and by which rule. */
function consentLines(description: Description, paint: Paint): string[] {
  const { view, open, isGenesis } = description;
  const given = view.approvals.filter(({ counts }) => counts).map(({ actor }) => actor);
  const lost = view.approvals.filter(({ counts }) => !counts);
  // What is over must not look as if somebody could still give it something.
  const waits = view.state === 'pending' || view.state === 'halted';
  return [
    ...(isGenesis ? [] : ruleLines(description)),
    ...(given.length === 0 ? [] : [field('approved', beside(`by ${given.join(', ')}`))]),
    ...lost.map(({ actor, reason }) =>
      field('approved', paint('bad', beside(`by ${actor}, which does not count: ${told(reason ?? '')}`))),
    ),
    ...(open.length === 0 || !waits
      ? []
      : [field('missing', open.map((each) => beside(openText(each))).join('\n'))]),
  ];
}

/** `everything, since 2026-03-01 09:30:00 UTC, by bob: an incident`. */
export function haltText({ who, at, actor, reason }: Halt): string {
  return `${who === null ? 'everything' : `everything of ${who}`}, since ${when(at)}, by ${actor}: ${told(reason)}`;
}

function haltLines({ lifts, stays, view, isGenesis }: Description, paint: Paint): string[] {
  const nothing = view.kind === 'resume' && view.state === 'pending' && lifts.length + stays.length === 0;
  return [
    ...lifts.map((halt) => field(paint('warn', 'lifts'), beside(haltText(halt)), 'lifts'.length)),
    ...stays.map((halt) => field('stays', beside(`halted: ${haltText(halt)}`))),
    ...(nothing && !isGenesis ? [field('lifts', 'nothing: no halt is in force')] : []),
  ];
}

function earlierLines({ earlier, isGenesis, view }: Description, now: number): string[] {
  if (isGenesis) return [];
  if (earlier.length === 0) return [field('before', `${view.actor} has asked for nothing before this`)];
  const rows = earlier.map(({ record, kind, ended }) => {
    const ago = `${span(now - record.at)} ago`.padEnd(10);
    const { action } = record.event;
    const room = Math.max(16, 66 - ago.length - columnsOf(ended) - 4);
    const what = actionLine(action, kind);
    return `${ago}  ${cut(what, room)}: ${ended}`;
  });
  return [field('before', rows.map((row) => cut(row, 66)).join('\n'))];
}

const TITLES: Readonly<Record<RequestView['kind'], string>> = {
  command: 'Request',
  access: 'Request',
  policy: 'Policy change',
  resume: 'Resume',
  genesis: 'First policy',
};

/**
 * One request on a screen, in the order in which people decide: who asks and why; what runs, where and as whom; the files; what it is given;
 * for how long; by which rule, and what is missing; what the same person asked for before. `bodies` false: without what is in the files, where
 * that was shown before. `now` in seconds. Every text of others is escaped. Section 9.
 */
export function layout(
  description: Description,
  extras: Extras,
  now: number,
  paint: Paint,
  bodies = true,
): string {
  const { view, warnings } = description;
  const title = TITLES[view.kind];
  const detail = view.stateDetail === null ? '' : ` (${view.stateDetail})`;
  const isPolicy = view.action.kind === 'policy';
  return [
    `${paint('strong', title)} ${shortId(view.id)}: ${paint(stateKind(view.state), view.state)}${detail}`,
    ...extras.halts,
    ...whoLines(description, now),
    ...(isPolicy ? extras.facts : whatLines(view.action, paint)),
    ...extras.files.flatMap(({ facts, body }) => [...facts, ...(bodies ? body : shownAbove(body))]),
    ...withLines(view.action),
    ...warningLines(warnings, paint),
    ...haltLines(description, paint),
    ...windowLines(view, now),
    ...consentLines(description, paint),
    ...earlierLines(description, now),
    ...(bodies ? extras.body : shownAbove(extras.body)),
  ].join('\n');
}

function shownAbove(body: readonly string[]): string[] {
  return body.length === 0 ? [] : [field('', `(${body.length} lines, which you have just seen)`)];
}
