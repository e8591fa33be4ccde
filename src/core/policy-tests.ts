import type { AccessAction, CommandAction } from './action.js';
import { joinPath } from './paths.js';
import type { Policy, PolicyTest, Rule } from './policy-document.js';
import { ruleFor, ruleProblem, type Asked, type RuleProblem } from './rules.js';
import { formatTime } from './time.js';

/** A policy's test that was not answered as it expects. `index` counts from 0; `got` is a rule's name or a void reason. */
export interface FailedTest {
  readonly index: number;
  readonly expected: string;
  readonly got: string;
}

/** A folder in which a bare name and a name with a `/` both have a `program` that the schema takes. Section 4. */
const FOLDER = '/usr/bin';

function personsAction(argv: readonly string[]): CommandAction {
  const program = joinPath(FOLDER, argv[0] ?? '');
  return { kind: 'command', argv, host: 'host', user: 'user', program, cwd: FOLDER };
}

/** The action as a member would ask for it under `rule`: on its machine, with its input, everything pinned. */
function fitted(policy: Policy, rule: Rule, action: CommandAction): CommandAction {
  // Whoever names a machine means that one.
  const [executor] = action.executor === undefined ? (rule.executors ?? []) : [];
  const remote: CommandAction | null =
    executor === undefined ? null : { kind: 'command', argv: action.argv, executor };
  // Without a program another rule may match: then nobody can ask for this command under this one.
  const base = remote !== null && ruleFor(policy, remote)?.rule === rule ? remote : action;
  const content = { sha256: '0'.repeat(64), size: 0, attached: true };
  const kind = rule.stdin === undefined || rule.stdin.includes('none') ? 'none' : rule.stdin[0];
  const stdin = kind === 'terminal' ? { stdin: kind } : kind === 'file' ? { stdin: content } : {};
  const pins = action.argv.slice(1).flatMap((argument) => {
    const value = argument.slice(argument.indexOf('=') + 1);
    return [argument, value].map((path) => ({ ...content, path }));
  });
  return { ...base, ...stdin, pins };
}

/** A request with the least that `rule` asks for: what is left to judge is who asks, and for what. */
function plausible(rule: Rule, action: CommandAction | AccessAction): Asked {
  const common = {
    at: formatTime(0),
    approveBy: formatTime(1),
    justification: 'x'.repeat(rule.justification?.minLength ?? 1),
    // The pattern with nothing for its stars matches itself.
    ticket: (rule.ticket?.pattern ?? '').replace(/\\(.)|\*/gsu, '$1'),
    duration: 1,
  };
  return action.kind === 'command' ? { ...common, action, uses: 1 } : { ...common, action };
}

/** What a policy says to somebody who would ask: which rule decides, and why it could not be asked. Null: no rule; nothing is in the way. */
export interface Trial {
  readonly rule: Rule | null;
  readonly problem: RuleProblem | null;
}

/**
 * What a request by `requester` for `action` would be judged as, made as its rule demands: a reason and a ticket of the right form, the least
 * time, an input that is allowed, everything pinned. What is left is whether a rule covers it, who may ask, and where it runs. Section 7, rows `request`.
 */
export function tried(policy: Policy, action: CommandAction | AccessAction, requester: string): Trial {
  const found = ruleFor(policy, action);
  if (found === null)
    return { rule: null, problem: { reason: 'no-rule', detail: 'no rule of this policy covers it' } };
  const { rule } = found;
  const made = action.kind === 'command' ? fitted(policy, rule, action) : action;
  return { rule, problem: ruleProblem(policy, rule, plausible(rule, made), requester, 'written') };
}

/** The name of the rule that a test is answered by, or the void reason. */
function answer(policy: Policy, { command, access, requester }: PolicyTest): string {
  const asked: CommandAction | AccessAction =
    access === undefined ? personsAction(command ?? []) : { kind: 'access', resource: access };
  const { rule, problem } = tried(policy, asked, requester);
  return problem?.reason ?? rule?.name ?? 'no-rule';
}

/**
 * The `tests` of a policy that fail. Section 6: run when a policy is written, never when it is read. A command is
 * asked for as a person's, its program in /usr/bin unless it is an absolute path, or of the rule's first executor.
 */
export function runTests(policy: Policy): FailedTest[] {
  return (policy.tests ?? []).flatMap((test, index) => {
    const got = answer(policy, test);
    return got === test.expect ? [] : [{ index, expected: test.expect, got }];
  });
}
