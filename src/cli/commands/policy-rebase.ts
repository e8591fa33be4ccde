import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { MpaError } from '../../core/errors.js';
import { exact } from '../../core/show.js';
import type { PolicyRecord } from '../../core/state.js';
import type { View } from '../../ledger/ledger.js';
import { shortId } from '../../workflows/find.js';
import { recordOf } from '../../workflows/policy-problems.js';
import { policyProposal } from '../../workflows/policy-requests.js';
import { rebased } from '../../workflows/rebase-policy.js';
import type { Workspace } from '../../workflows/workspace.js';
import type { CliContext, Invocation } from '../invocation.js';
import { refusal } from '../policy-findings.js';
import { checkText, policyFile } from '../policy-input.js';
import { proposing } from '../proposing.js';

/** A change and what it was made from. */
interface Old {
  readonly base: PolicyRecord;
  readonly ours: PolicyRecord;
  readonly title: string;
  /** The reason that it has already; null: none. */
  readonly reason: string | null;
}

async function ofRequest(typed: string, ws: Workspace, view: View): Promise<Old> {
  const { request, event, base, next, live } = await policyProposal(ws, view, typed);
  const id = shortId(request.id);
  if (live && request.closed === null) {
    throw new MpaError('usage', `${id} is not stale: the policy that it changes is in force.`, {
      hint: `Another member approves it: mpa approve ${id}`,
    });
  }
  if (request.closed?.as === 'applied') {
    throw new MpaError('usage', `${id} is or was in force: there is nothing to merge.`, {
      hint: `See what it changed: mpa policy diff ${id}`,
    });
  }
  return {
    base,
    ours: next,
    title: `${id} of ${event.actor}, made again on the policy in force`,
    reason: event.justification,
  };
}

async function ofFile(typed: string, context: CliContext, ws: Workspace, view: View): Promise<Old> {
  const file = await policyFile(typed, context);
  const { findings, policy, base: id } = await checkText(file, context, { ws, view });
  const refused = refusal(file.file, findings, true);
  if (refused !== null || policy === null) throw refused ?? new Error('a policy without errors is there');
  const base = id === null ? undefined : view.state.policies.get(id);
  if (base === undefined) {
    throw new MpaError(
      'usage',
      `${exact(typed)} does not say from which policy of this ledger it was made.`,
      {
        hint: `Without that nothing can be merged. Against the policy in force: mpa policy propose ${exact(typed)}`,
      },
    );
  }
  return {
    base,
    ours: recordOf(policy, ws.certificates),
    title: `${exact(typed)}, made again on the policy in force`,
    reason: null,
  };
}

/** mpa policy rebase ID|FILE: what a stale change changed, proposed again on the policy in force. */
export async function rebase(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { out, setup } = context;
  const typed = invocation.args[0] ?? '';
  const ws = await context.workspace();
  const view = await out.during('Fetching', () => ws.ledger.refresh());
  const isId = /^[0-9a-f]{7,64}$/i.test(typed) || !existsSync(resolve(setup.cwd, typed));
  const { base, ours, title, reason } = isId
    ? await ofRequest(typed, ws, view)
    : await ofFile(typed, context, ws, view);
  await proposing(invocation, context, ws, {
    change: rebased(base, ours),
    title,
    ...(reason === null ? {} : { reason }),
  });
}
