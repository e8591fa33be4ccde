import type { AccessAction, CommandAction } from './action.js';
import { joinPath } from './paths.js';
import type { Policy, PolicyTest, Rule } from './policy-document.js';
import { ruleFor, ruleProblem, type Asked } from './rules.js';
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
  const [executor] = rule.executors ?? [];
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

/** What a request by `requester` for a command or access would be judged as: the rule's name, or the void reason. */
function answer(policy: Policy, test: PolicyTest): string {
  const asked: CommandAction | AccessAction =
    test.access === undefined ? personsAction(test.command ?? []) : { kind: 'access', resource: test.access };
  const found = ruleFor(policy, asked);
  if (found === null) return 'no-rule';
  const { rule } = found;
  const action = asked.kind === 'command' ? fitted(policy, rule, asked) : asked;
  return ruleProblem(policy, rule, plausible(rule, action), test.requester, 'written')?.reason ?? rule.name;
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
