import { inForce } from '../core/counting.js';
import type { PolicyRecord } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import { look } from './look.js';
import type { Workspace } from './workspace.js';

/** The policy in force at the newest head, and whether it has its second signature. */
export async function policyInForce(
  ws: Workspace,
  offline: boolean,
): Promise<{ readonly view: View; readonly record: PolicyRecord }> {
  const view = await look(ws, offline);
  return { view, record: inForce(view.state) };
}
