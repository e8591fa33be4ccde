import type { CommandAction } from '../../src/core/action.js';
import type { AccessRequest, CommandRequest } from '../../src/core/events.js';
import type { Policy, Rule } from '../../src/core/policy-document.js';
import { covers, isExecutor, isNamed, ruleFor } from './policy.js';

export function seconds(text: string): number {
  return Date.parse(text) / 1000;
}

/** Where a path of the command leads: absolute for a person, as it stands for an executor. The generated ones have no `..`. */
function place(action: CommandAction, path: string): string {
  return path.startsWith('/') || action.cwd === undefined ? path : `${action.cwd}/${path}`;
}

function allPinned(rule: Rule, action: CommandAction): boolean {
  const pins = (action.pins ?? []).map(({ path }) => place(action, path));
  return action.argv.every((argument, i) => {
    if (i === 0 || !(rule.pins ?? []).some((pattern) => covers(pattern, argument))) return true;
    const [, ...value] = argument.split('=');
    return (
      // An option is no path.
      (!argument.startsWith('-') && pins.includes(place(action, argument))) ||
      (value.length > 0 && pins.includes(place(action, value.join('='))))
    );
  });
}

/**
 * Section 7, the rows of a request for a command or for access, `late` aside: the first void reason in the table's order, or null.
 * `aside`: times and limits are not looked at, as for `no-longer-allowed`.
 */
export function againstRule(
  policy: Policy,
  event: CommandRequest | AccessRequest,
  timesAside: boolean,
): string | null {
  const rule = ruleFor(policy, event.action);
  if (rule === null) return 'no-rule';
  if (!isNamed(policy, rule.requesters ?? ['everyone'], event.actor)) return 'not-a-requester';
  if (!timesAside) {
    if (event.duration > rule.maxDuration) return 'exceeds-rule';
    if ('uses' in event && event.uses > rule.maxUses) return 'exceeds-rule';
    if (seconds(event.approveBy) - seconds(event.at) > rule.maxPending) return 'exceeds-rule';
    const ahead = event.notBefore === undefined ? 0 : seconds(event.notBefore) - seconds(event.at);
    if (ahead > 30 * 24 * 60 * 60) return 'exceeds-rule';
  }
  if (Array.from(event.justification).length < (rule.justification?.minLength ?? 0))
    return 'bad-justification';
  if (rule.ticket !== undefined && !(event.ticket !== undefined && covers(rule.ticket.pattern, event.ticket)))
    return 'bad-ticket';
  const command = event.action.kind === 'command' ? event.action : null;
  if (command !== null) {
    const variables = [...Object.keys(command.env ?? {}), ...(command.passEnv ?? [])];
    if (rule.env !== undefined && !variables.every((name) => rule.env?.includes(name))) return 'bad-env';
    const kind = command.stdin === undefined ? 'none' : command.stdin === 'terminal' ? 'terminal' : 'file';
    if (rule.stdin !== undefined && !rule.stdin.includes(kind)) return 'bad-stdin';
    if (!allPinned(rule, command)) return 'bad-pins';
    if (command.executor !== undefined && command.passEnv !== undefined) return 'bad-env';
  }
  const executor = command?.executor;
  if (executor !== undefined && !isExecutor(policy, executor)) return 'bad-executor';
  if (rule.executors !== undefined && !(executor !== undefined && rule.executors.includes(executor)))
    return 'bad-executor';
  return null;
}
