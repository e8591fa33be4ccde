import type { AccessAction, CommandAction } from './action.js';
import { EVERYONE, isAmong } from './clauses.js';
import { matches, matchesCommand } from './patterns.js';
import { firstUnpinned } from './pinned.js';
import type { Policy, Rule, StdinKind } from './policy-document.js';
import type { VoidReason } from './reasons.js';
import { codePoints } from './scalars.js';
import { parseTime } from './time.js';

/** Seconds by which `notBefore` may lie after the request: 30 days. Section 7. */
export const NOT_BEFORE_AT_MOST = 30 * 86_400;

/** What a rule judges of a request for a command or for access; every CommandRequest and AccessRequest is one. */
export interface Asked {
  readonly action: CommandAction | AccessAction;
  readonly at: string;
  readonly approveBy: string;
  readonly justification: string;
  readonly ticket?: string;
  readonly duration: number;
  readonly uses?: number;
  readonly notBefore?: string;
}

/** Why a request breaks its rule: the void reason, and words for people. */
export interface RuleProblem {
  readonly reason: VoidReason;
  readonly detail: string;
}

function covers(rule: Rule, action: CommandAction | AccessAction): boolean {
  const { match } = rule;
  if ('any' in match) return true;
  if ('access' in match) return action.kind === 'access' && matches(match.access, action.resource);
  return action.kind === 'command' && matchesCommand(match.command, action.argv, action.program);
}

/** The first rule in the policy's order that covers `action`, and its index; null: none does. Section 6. */
export function ruleFor(
  policy: Policy,
  action: CommandAction | AccessAction,
): { rule: Rule; index: number } | null {
  for (const [index, rule] of policy.rules.entries()) if (covers(rule, action)) return { rule, index };
  return null;
}

/** Limits of time and uses. Section 7: "`duration`, `uses`, or `approveBy - at` exceed the rule, or `notBefore - at` 30 days". */
function beyond(rule: Rule, asked: Asked): string | null {
  if (asked.duration > rule.maxDuration) return `the duration is more than ${rule.maxDuration} s`;
  if (asked.uses !== undefined && asked.uses > rule.maxUses)
    return `it asks for more than ${rule.maxUses} uses`;
  const at = parseTime(asked.at);
  const approveBy = parseTime(asked.approveBy);
  if (at === null || approveBy === null || approveBy - at > rule.maxPending) {
    return `it would wait for approvals longer than ${rule.maxPending} s`;
  }
  if (asked.notBefore === undefined) return null;
  const notBefore = parseTime(asked.notBefore);
  return notBefore === null || notBefore - at > NOT_BEFORE_AT_MOST
    ? 'it begins more than 30 days ahead'
    : null;
}

function badJustification(rule: Rule, asked: Asked): string | null {
  const least = rule.justification?.minLength ?? 0;
  // Section 10: lengths in code points, so that every language counts alike.
  return codePoints(asked.justification) < least
    ? `the justification is shorter than ${least} characters`
    : null;
}

function badTicket(rule: Rule, asked: Asked): string | null {
  if (rule.ticket === undefined) return null;
  if (asked.ticket === undefined) return 'a ticket is compulsory';
  return matches(rule.ticket.pattern, asked.ticket)
    ? null
    : 'the ticket does not match the pattern of the rule';
}

function badEnv(rule: Rule, action: CommandAction): string | null {
  const { env } = rule;
  if (env === undefined) return null;
  const wrong = [...Object.keys(action.env ?? {}), ...(action.passEnv ?? [])].find(
    (name) => !env.includes(name),
  );
  return wrong === undefined ? null : `the variable ${wrong} may not be set or passed`;
}

function badStdin(rule: Rule, action: CommandAction): string | null {
  const kind: StdinKind =
    action.stdin === undefined ? 'none' : action.stdin === 'terminal' ? 'terminal' : 'file';
  if (rule.stdin === undefined || rule.stdin.includes(kind)) return null;
  return `standard input of the kind "${kind}" is not allowed`;
}

function badPins(rule: Rule, action: CommandAction): string | null {
  const index = rule.pins === undefined ? null : firstUnpinned(action, rule.pins);
  return index === null ? null : `argument ${index} must be pinned`;
}

function badExecutor(policy: Policy, rule: Rule, executor: string | undefined): string | null {
  if (executor !== undefined && !Object.hasOwn(policy.executors ?? {}, executor)) {
    return `the policy has no executor ${executor}`;
  }
  if (rule.executors === undefined) return null;
  if (executor === undefined) return 'an executor must be named';
  return rule.executors.includes(executor) ? null : `the executor ${executor} may not run it`;
}

/**
 * The first void reason, in the order of section 7's table from `not-a-requester` to `bad-executor`, that `rule`
 * of `policy` gives against `asked` by `requester`; null: none. `now` leaves out `exceeds-rule`, times and limits:
 * what remains is `no-longer-allowed` (a lower limit only narrows). Of an access request, `stdin`, `env` and
 * `pins` have nothing to judge, while `executors` does: it names none.
 */
export function ruleProblem(
  policy: Policy,
  rule: Rule,
  asked: Asked,
  requester: string,
  which: 'written' | 'now',
): RuleProblem | null {
  if (!isAmong(policy, rule.requesters ?? [EVERYONE], requester)) {
    return { reason: 'not-a-requester', detail: `${requester} may not ask under the rule ${rule.name}` };
  }
  const { action } = asked;
  const command = action.kind === 'command' ? action : null;
  const judge = (check: (rule: Rule, action: CommandAction) => string | null) => (): string | null =>
    command === null ? null : check(rule, command);
  const checks: readonly (readonly [VoidReason, () => string | null])[] = [
    ['exceeds-rule', () => (which === 'written' ? beyond(rule, asked) : null)],
    ['bad-justification', () => badJustification(rule, asked)],
    ['bad-ticket', () => badTicket(rule, asked)],
    ['bad-env', judge(badEnv)],
    ['bad-stdin', judge(badStdin)],
    ['bad-pins', judge(badPins)],
    ['bad-env', judge(passedToExecutor)],
    ['bad-executor', () => badExecutor(policy, rule, command?.executor)],
  ];
  for (const [reason, check] of checks) {
    const detail = check();
    if (detail !== null) return { reason, detail };
  }
  return null;
}

/** Section 7: an executor takes nothing from whoever calls it, so there is nothing that could be passed. */
function passedToExecutor(_: Rule, action: CommandAction): string | null {
  const passes = action.executor !== undefined && action.passEnv !== undefined;
  return passes ? 'no variables can be passed to an executor' : null;
}
