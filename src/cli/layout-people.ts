import { exact, told } from '../core/show.js';
import type { ExecutorView, GroupView, KeyView, MemberView } from '../workflows/people-list.js';
import { field, type Paint } from './layout-words.js';
import { rows } from './policy-difference.js';

/** What is left of 80 columns beside a label. */
const WIDE = 66;

function keyText({ fingerprint, algorithm, expires, why }: KeyView, paint: Paint): string {
  const end = expires === null ? 'never expires' : `expires ${expires.slice(0, 10)}`;
  const problem = why === null ? '' : `\n${paint('bad', `may not sign now: ${why}`)}`;
  return `${fingerprint}\n${algorithm}, ${end}${problem}`;
}

function head({ handle, name, email, halted }: ExecutorView, paint: Paint): string {
  const mark = halted ? `  ${paint('bad', 'halted')}` : '';
  return `${paint('strong', handle)}  ${told(name)} <${exact(email)}>${mark}`;
}

function names(label: string, list: readonly string[], none: string): string {
  return field(label, rows(list.length === 0 ? none : list.join(', '), WIDE).join('\n'));
}

/** A member for people, in 80 columns. */
export function memberText(member: MemberView, paint: Paint): string {
  return [
    head(member, paint),
    ...member.keys.map((key) => field('key', keyText(key, paint))),
    names('groups', member.groups, '(none)'),
    ...(member.unix.length === 0 ? [] : [names('logins', member.unix, '')]),
    names('may ask', member.mayAsk, '(nothing but changes)'),
    names('approves', member.mayApprove, '(nothing)'),
  ].join('\n');
}

/** An executor for people. */
export function executorText(
  executor: ExecutorView & { readonly rules: readonly string[] },
  paint: Paint,
): string {
  return [
    head(executor, paint),
    ...executor.keys.map((key) => field('key', keyText(key, paint))),
    names('rules', executor.rules, '(none names it: requests of any rule without executors may)'),
  ].join('\n');
}

/** A group for people. */
export function groupText({ group, members, mayAsk, mayApprove }: GroupView, paint: Paint): string {
  return [
    paint('strong', group),
    names('members', members, '(nobody)'),
    names('may ask', mayAsk, '(no rule names it)'),
    names('approves', mayApprove, '(nothing)'),
  ].join('\n');
}
