import { exact } from '../../core/show.js';
import { withExecutor, withoutExecutor } from '../../workflows/people-edit.js';
import { executorsOf } from '../../workflows/people-list.js';
import { policyInForce } from '../../workflows/policy.js';
import type { CliContext, Invocation } from '../invocation.js';
import { executorText } from '../layout-people.js';
import { flag } from '../options.js';
import { headOf } from '../head.js';
import { proposing } from '../proposing.js';
import { identified, keyGiven, personText, rotateOf } from './member.js';

/** `mpa executor add HANDLE --key FILE`. Errors: `usage`, `bad-key`, `unfit-key`, and those of proposing. */
export async function add(invocation: Invocation, context: CliContext): Promise<undefined> {
  const handle = invocation.args[0] ?? '';
  const found = await keyGiven(invocation, context);
  const ws = await context.workspace();
  const executor = identified(invocation, found);
  const title = `Add the executor ${personText(handle, executor, found)}`;
  await proposing(invocation, context, ws, {
    change: ({ policy }) => withExecutor(policy, handle, executor),
    title,
  });
  context.out.talk(
    `Once it is in force, rules can name it (mpa policy edit), and requests too: mpa request --executor ${handle}`,
  );
  return undefined;
}

/** `mpa executor remove HANDLE`. Errors: `usage`, `invalid-policy`, and those of proposing. */
export async function remove(invocation: Invocation, context: CliContext): Promise<undefined> {
  const handle = invocation.args[0] ?? '';
  const ws = await context.workspace();
  const title = `Remove the executor ${exact(handle)}`;
  await proposing(invocation, context, ws, {
    change: ({ policy }) => withoutExecutor(policy, handle),
    title,
  });
  return undefined;
}

/** `mpa executor rotate HANDLE --key FILE [--add]`. Errors: as add. */
export function rotate(invocation: Invocation, context: CliContext): Promise<undefined> {
  return rotateOf('executors', invocation, context);
}

/** `mpa executor list`. */
export async function list({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const ws = await context.workspace();
  const { view, record } = await out.during('Fetching', () => policyInForce(ws, flag(options, 'offline')));
  const executors = executorsOf(view.state, record, clock.now());
  out.document({ ...headOf(view), executors });
  for (const executor of executors) out.result(executorText(executor, out.paint.bind(out)));
  if (executors.length === 0) out.talk('No executors. Add one: mpa executor add HANDLE --key FILE');
  return undefined;
}
