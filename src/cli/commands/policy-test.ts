import type { AccessAction, CommandAction } from '../../core/action.js';
import { people } from '../../core/clauses.js';
import { inForce } from '../../core/counting.js';
import { MpaError } from '../../core/errors.js';
import { joinPath } from '../../core/paths.js';
import { tried, type Trial } from '../../core/policy.js';
import type { Clause, Policy } from '../../core/policy-document.js';
import { exact, told } from '../../core/show.js';
import type { View } from '../../ledger/ledger.js';
import { look } from '../../workflows/look.js';
import type { Workspace } from '../../workflows/workspace.js';
import { actionOf } from '../action.js';
import type { CliContext, Invocation } from '../invocation.js';
import { ruleLines } from '../layout-policy.js';
import { actionLine, clauseText } from '../layout-words.js';
import { flag, text } from '../options.js';
import { refusal } from '../policy-findings.js';
import { checkText, policyFile, workspaceIfJoined } from '../policy-input.js';
import { EXIT } from '../report.js';

/** Where a program is taken to be that is not on this machine. */
const ELSEWHERE = '/usr/bin';

/** What is asked about, and what had to be assumed. */
interface Question {
  readonly action: CommandAction | AccessAction;
  readonly assumed: string | null;
}

/** The action as `mpa request` would make it; of a program that is not here, as if it were in /usr/bin. */
function question(invocation: Invocation, context: CliContext): Question {
  const { command, options } = invocation;
  const [argv0 = ''] = command ?? [];
  const program = joinPath(ELSEWHERE, argv0);
  const assumed = `${exact(argv0)} is taken to be ${exact(program)}: say otherwise with --program PATH.`;
  const isBare = command !== null && argv0 !== '' && !argv0.includes('/');
  if (isBare && text(options, 'host') !== undefined && text(options, 'program') === undefined) {
    return { action: actionOf({ ...invocation, options: { ...options, program } }, context), assumed };
  }
  try {
    return { action: actionOf(invocation, context), assumed: null };
  } catch (error) {
    const absent = error instanceof MpaError && ['not-found', 'cannot-execute'].includes(error.code);
    if (!absent || command === null || text(options, 'program') !== undefined) throw error;
    const place = { ...context.machine, program, cwd: ELSEWHERE };
    return {
      action: { kind: 'command', argv: [...command], ...place },
      assumed: argv0.includes('/') ? null : assumed,
    };
  }
}

/** The policy that is asked: of --file, else the one in force. */
async function asked(
  { options }: Invocation,
  context: CliContext,
): Promise<{ policy: Policy; ws: Workspace | null; view: View | null }> {
  const { out } = context;
  const typed = text(options, 'file');
  const ws = typed === undefined ? await context.workspace() : await workspaceIfJoined(context);
  const view = ws === null ? null : await out.during('Fetching', () => look(ws, flag(options, 'offline')));
  if (typed === undefined) {
    if (view === null) throw new Error('a ledger that is joined has a view');
    return { policy: inForce(view.state).policy, ws, view };
  }
  const file = await policyFile(typed, context);
  const checked = await checkText(file, context, ws === null || view === null ? null : { ws, view });
  const refused = refusal(file.file, checked.findings, true);
  if (refused !== null || checked.policy === null)
    throw refused ?? new Error('a policy without errors is there');
  return { policy: checked.policy, ws, view: null };
}

interface Place extends Clause {
  readonly candidates: readonly string[];
}

/** Whose approvals it takes, and who there is to give them. */
function placesOf(policy: Policy, { rule }: Trial, requester: string): Place[] {
  return (rule?.approvals ?? []).map((clause) => ({
    ...clause,
    candidates: [...people(policy, clause.from)].filter((handle) => handle !== requester).sort(),
  }));
}

function lines(
  { rule, problem }: Trial,
  action: Question['action'],
  places: readonly Place[],
  requester: string,
): string[] {
  if (rule === null) return [`No rule covers it: ${actionLine(action)}`];
  const decides = [`Rule ${rule.name} decides: ${actionLine(action)}`, ...ruleLines(rule)];
  if (problem !== null) return decides;
  return [
    ...decides,
    `${requester} may ask. It takes`,
    ...places.map((place) => `  ${clauseText(place)}: ${place.candidates.join(', ')}`),
  ];
}

/** mpa policy test: which rule would decide, whether it may be asked, what it demands, who could approve. Exit 1 with the void reason where it may not. */
export async function test(invocation: Invocation, context: CliContext): Promise<number> {
  const { out } = context;
  const { action, assumed } = question(invocation, context);
  const { policy, ws, view } = await asked(invocation, context);
  const requester = text(invocation.options, 'as') ?? ws?.handle ?? null;
  if (requester === null) {
    throw new MpaError('usage', 'Who asks? No ledger is joined here in which you have a handle.', {
      hint: 'Say it with --as HANDLE.',
    });
  }
  const trial = tried(policy, action, requester);
  const { rule, problem } = trial;
  const places = placesOf(policy, trial, requester);
  const { name: _, match: __, approvals: ___, ...demands } = rule ?? {};
  out.document({
    ok: problem === null,
    requester,
    action,
    rule: rule?.name ?? null,
    reason: problem?.reason ?? null,
    detail: problem?.detail ?? null,
    demands: rule === null ? null : demands,
    approvals: places,
  });
  out.result(lines(trial, action, places, requester).join('\n'));
  if (assumed !== null) out.talk(assumed);
  for (const halt of view?.state.halts ?? []) {
    if (halt.who === null || halt.who === requester)
      out.warn(`Nothing of it could run now: ${halt.who ?? 'everything'} is halted by ${halt.actor}.`);
  }
  if (problem === null) return EXIT.done;
  if (!out.json)
    out.warn(`mpa: ${exact(requester)} could not ask for it: ${told(problem.detail)}. [${problem.reason}]`);
  return EXIT.refused;
}
