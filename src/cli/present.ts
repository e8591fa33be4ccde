import { canonicalText } from '../core/canonical.js';
import { inForce } from '../core/counting.js';
import { ringOf } from '../core/policy.js';
import type { Policy } from '../core/policy-document.js';
import { formatTime } from '../core/time.js';
import type { View } from '../ledger/ledger.js';
import { describeTarget } from '../workflows/approve.js';
import type { Description } from '../workflows/describe.js';
import { shortId, type Target } from '../workflows/find.js';
import { genesisView, requestView, type RequestView } from '../workflows/request-view.js';
import type { Workspace } from '../workflows/workspace.js';
import { layout } from './layout.js';
import { policyLines } from './layout-policy.js';
import { clauseText } from './layout-words.js';
import type { CliContext } from './invocation.js';

/** The policy that a request proposes, or the first one, for people; null for other requests. */
async function policyText(
  ws: Workspace,
  view: View,
  { view: { action }, isGenesis }: Description,
): Promise<string | null> {
  if (action.kind !== 'policy') return null;
  if (!isGenesis && sameText(action.policy, inForce(view.state).policy))
    return '  word for word the policy that is in force (which lifts every halt before this request)';
  const { policy } = action;
  for (const { keys } of [...Object.values(policy.members), ...Object.values(policy.executors ?? {})])
    for (const key of keys) await ws.certificates.read(key.public);
  return policyLines(
    policy,
    ringOf(policy, (armored) => ws.certificates.known(armored)),
  );
}

function sameText(a: Policy, b: Policy): boolean {
  return canonicalText(a) === canonicalText(b);
}

/** Everything about a request or the first policy, as text. */
export async function requestText(
  ws: Workspace,
  view: View,
  description: Description,
  context: CliContext,
): Promise<string> {
  const paint = context.out.paint.bind(context.out);
  return layout(description, context.clock.now(), paint, await policyText(ws, view, description));
}

/** The JSON of a request or of the genesis. */
export function viewOf(view: View, target: Target, now: number): RequestView {
  return target.kind === 'genesis'
    ? genesisView(view.state, now)
    : requestView(view.state, target.record, now);
}

/** What follows for people after something was signed: the state, what is missing, and the next step. */
export function nextStep(view: View, target: Target, now: number): string {
  const { view: request, open } = describeTarget(view, target, now);
  const id = shortId(request.id);
  switch (request.state) {
    case 'pending': {
      const lacking = open.map(
        ({ clause, candidates }) =>
          `${clauseText(clause)} (${candidates.join(', ') || 'nobody who is left'})`,
      );
      return `It waits for ${lacking.join(',\n  and ') || 'approval'}.\nA coworker types:\n  mpa approve ${id}`;
    }
    case 'approved':
      return request.action.kind === 'command'
        ? `${request.actor} may run it until ${request.windowEnd ?? ''}:\n  mpa exec ${id}`
        : `${request.actor} has access until ${request.windowEnd ?? ''}.`;
    case 'scheduled':
      return `It is approved, from ${request.windowStart ?? ''} until ${request.windowEnd ?? ''}.`;
    case 'applied':
      return target.kind === 'genesis'
        ? 'The ledger is endorsed: it can be used.'
        : 'This policy is in force now.';
    default:
      return `It is ${request.state}. See it with:\n  mpa show ${id}`;
  }
}

/** The head and its freshness for a JSON document. */
export function headOf(view: View): { readonly head: string; readonly fetchedAt: string | null } {
  return { head: view.head.commit, fetchedAt: view.fetchedAt === null ? null : formatTime(view.fetchedAt) };
}
