import { exact } from '../../core/show.js';
import { joinedGroups, leftGroup } from '../../workflows/people-groups.js';
import { groupsOf } from '../../workflows/people-list.js';
import { policyInForce } from '../../workflows/policy.js';
import type { CliContext, Invocation } from '../invocation.js';
import { groupText } from '../layout-people.js';
import { flag } from '../options.js';
import { headOf } from '../head.js';
import { proposing } from '../proposing.js';

/** `mpa group add GROUP HANDLE...`. Errors: `usage`, `invalid-policy`, and those of proposing. */
export async function add(invocation: Invocation, context: CliContext): Promise<undefined> {
  const [group = '', ...handles] = invocation.args;
  const ws = await context.workspace();
  const title = `${handles.map(exact).join(', ')} into ${exact(group)}`;
  await proposing(invocation, context, ws, {
    change: ({ policy }) => joinedGroups(policy, group, handles),
    title,
  });
  return undefined;
}

/** `mpa group remove GROUP HANDLE...`. Errors: `usage`, `invalid-policy`, and those of proposing. */
export async function remove(invocation: Invocation, context: CliContext): Promise<undefined> {
  const [group = '', ...handles] = invocation.args;
  const ws = await context.workspace();
  const title = `${handles.map(exact).join(', ')} out of ${exact(group)}`;
  await proposing(invocation, context, ws, {
    change: ({ policy }) => leftGroup(policy, group, handles),
    title,
  });
  return undefined;
}

/** `mpa group list`. */
export async function list({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out } = context;
  const ws = await context.workspace();
  const { view, record } = await out.during('Fetching', () => policyInForce(ws, flag(options, 'offline')));
  const groups = groupsOf(record.policy);
  out.document({ ...headOf(view), groups });
  for (const group of groups) out.result(groupText(group, out.paint.bind(out)));
  if (groups.length === 0) out.talk('No groups. Make one: mpa group add GROUP HANDLE...');
  return undefined;
}
