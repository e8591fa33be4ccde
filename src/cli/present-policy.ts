import { comparePolicies } from '../core/compare.js';
import { policyRecord } from '../core/counting.js';
import { ringOf } from '../core/policy.js';
import type { Policy } from '../core/policy-document.js';
import type { PolicyRecord } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import type { Description } from '../workflows/describe.js';
import { shortId } from '../workflows/find.js';
import { remarksFor } from '../workflows/propose-policy.js';
import type { Workspace } from '../workflows/workspace.js';
import { policyLines } from './layout-policy.js';
import { field, type Paint } from './layout-words.js';
import { differenceLines, remarkLines } from './policy-difference.js';

/** What a policy request says of policies. `facts` stand among the fields; `body` is what is read in full. */
export interface PolicyPart {
  readonly facts: readonly string[];
  readonly body: readonly string[];
}

/** The proposed policy with its keys, each certificate read before. */
async function recordOf(ws: Workspace, id: string, policy: Policy): Promise<PolicyRecord> {
  for (const { keys } of [...Object.values(policy.members), ...Object.values(policy.executors ?? {})])
    for (const key of keys) await ws.certificates.read(key.public);
  return { id, policy, ring: ringOf(policy, (armored) => ws.certificates.known(armored)) };
}

/** What its writer took with --anyway, or never asked mpa about: whoever signs reads it as well. */
function unwise(next: PolicyRecord, current: PolicyRecord | null, now: number, paint: Paint): string[] {
  const refused = remarksFor(next, current, now).filter(({ level }) => level === 'refuse');
  return refused.length === 0 ? [] : ['', ...remarkLines(refused, paint)];
}

function whole(title: string, { policy, ring }: PolicyRecord, paint: Paint): string[] {
  return ['', paint('strong', title), ...policyLines(policy, ring).split('\n')];
}

/**
 * What stands on the screen about the policy of a request: for the first policy all of it; for a resume that nothing changes; else what changes
 * in words, the most dangerous first, what is unwise, and how to see all of it, or with `everything` all of it. Nothing for other requests.
 * `now` in seconds.
 */
export async function policyPart(
  ws: Workspace,
  { state }: View,
  { view: { id, action, kind, state: name }, isGenesis }: Description,
  { everything, now }: { readonly everything: boolean; readonly now: number },
  paint: Paint,
): Promise<PolicyPart> {
  if (action.kind !== 'policy') return { facts: [], body: [] };
  const proposed = await recordOf(ws, id, action.policy);
  if (isGenesis)
    return { facts: [], body: [...whole('Policy', proposed, paint), ...unwise(proposed, null, now, paint)] };
  const all = everything ? whole('Proposed policy', proposed, paint) : [];
  if (kind === 'resume')
    return { facts: [field('changes', 'nothing: the policy in force, word for word')], body: all };
  const stale = name === 'void' && action.base !== state.current;
  const facts = stale
    ? [
        field(
          'stale',
          `another policy is in force since; whoever wants this types\n${paint('strong', `mpa policy rebase ${shortId(id)}`)}`,
        ),
      ]
    : [];
  if (!state.policies.has(action.base))
    return { facts: [...facts, field('changes', 'a policy that never was in force')], body: all };
  const base = policyRecord(state, action.base);
  const differences = [
    ...differenceLines(comparePolicies(base, proposed), paint),
    ...unwise(proposed, base, now, paint),
  ];
  const how = [
    '',
    'Line by line, or the whole policy:',
    `  mpa policy diff ${shortId(id)}`,
    `  mpa show ${shortId(id)} --full`,
  ];
  return { facts, body: ['', paint('strong', 'What changes'), ...differences, ...(everything ? all : how)] };
}
