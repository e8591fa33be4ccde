import type { Clause, Match, PolicyTest, Rule } from './policy-document.js';
import { exact, quoted } from './show.js';
import { formatDuration, formatTime } from './time.js';

/** `a, b and c`. The items are safe to show; nothing is left out, so that nobody hides in a long list. */
export function listText(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

/** `2 of sre and 1 of security or dba`. */
export function clausesText(clauses: readonly Clause[]): string {
  return listText(clauses.map(({ count, from }) => `${count} of ${from.join(' or ') || 'nobody'}`));
}

/** Names of a list that may be empty. */
export function namesText(names: readonly string[], none = 'nobody'): string {
  return names.length === 0 ? none : listText(names);
}

/** Patterns with whatever is not printable ASCII escaped, each in quotes of its own. */
export function patternsText(patterns: readonly string[], none = 'nothing'): string {
  return patterns.length === 0 ? none : listText(patterns.map((pattern) => quoted([pattern])));
}

/** What a rule covers: `psql 'prod*' '**'`, `access ssh/prod-1`, `anything`. */
export function matchText(match: Match): string {
  if ('any' in match) return 'anything';
  if ('access' in match) return `access ${exact(match.access)}`;
  return match.command.length === 0 ? 'no command' : quoted(match.command);
}

/** `1 use`, `10 uses`. */
export function usesText(uses: number): string {
  return uses === 1 ? '1 use' : `${uses} uses`;
}

/** `at least 20 characters`. */
export function lengthText(length: number): string {
  return `at least ${length} ${length === 1 ? 'character' : 'characters'}`;
}

/** A day of UTC: `2026-03-01`. */
export function dayText(seconds: number): string {
  return formatTime(seconds).slice(0, 10);
}

/** A rule's demands in one line: who asks, who approves, limits, guards. */
export function ruleText(rule: Rule): string {
  const { justification, ticket, executors, pins, env, stdin, enforceEnd } = rule;
  return [
    matchText(rule.match),
    `asked for by ${namesText(rule.requesters ?? ['everyone'])}`,
    `approved by ${clausesText(rule.approvals)}`,
    `for at most ${formatDuration(rule.maxDuration)} and ${usesText(rule.maxUses)}`,
    `waiting at most ${formatDuration(rule.maxPending)}`,
    ...(justification === undefined ? [] : [`a reason of ${lengthText(justification.minLength)}`]),
    ...(ticket === undefined ? [] : [`a ticket like ${patternsText([ticket.pattern])}`]),
    ...(executors === undefined ? [] : [`run by ${namesText(executors)}`]),
    ...(pins === undefined ? [] : [`pinned: ${patternsText(pins)}`]),
    ...(env === undefined ? [] : [`variables: ${namesText(env, 'none')}`]),
    ...(stdin === undefined ? [] : [`standard input: ${namesText(stdin, 'none')}`]),
    ...(enforceEnd === true ? ['ended when its time is over'] : []),
  ].join('; ');
}

/** `alice asks for psql prod: prod-db`. */
export function testText({ requester, command, access, expect }: PolicyTest): string {
  const what = command === undefined ? `access ${exact(access ?? '')}` : quoted(command);
  return `${exact(requester)} asks for ${what}: ${exact(expect)}`;
}
