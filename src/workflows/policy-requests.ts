import { inForce } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import { isPolicyRequest, type PolicyRequest } from '../core/events.js';
import type { PolicyRecord, RequestRecord } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import { findTarget, shortId } from './find.js';
import { readKeys, recordOf } from './policy-problems.js';
import type { Workspace } from './workspace.js';

/** A proposal of a policy, with what it changes. */
export interface PolicyProposal {
  readonly request: RequestRecord;
  readonly event: PolicyRequest;
  /** The policy that it was made from. */
  readonly base: PolicyRecord;
  readonly next: PolicyRecord;
  /** Whether its base is still in force, so that it could be approved. */
  readonly live: boolean;
}

/**
 * The proposal that a person means, its certificates read. Errors: those of findTarget; `usage` where it is no proposal of a policy, or the first
 * policy, which replaces none; `request-void` where it never was one that could be approved.
 */
export async function policyProposal(ws: Workspace, view: View, text: string): Promise<PolicyProposal> {
  const { state } = view;
  const target = findTarget(state, text);
  if (target.kind === 'genesis') {
    throw new MpaError('usage', 'This is the first policy: there is none before it.', {
      hint: 'See it with `mpa policy show`.',
    });
  }
  const { record: request } = target;
  const { event } = request;
  if (!isPolicyRequest(event)) {
    throw new MpaError('usage', `${shortId(request.id)} changes no policy: it asks for something else.`, {
      hint: `See it with \`mpa show ${shortId(request.id)}\`.`,
    });
  }
  const base = state.policies.get(event.action.base);
  if (request.void !== null && (request.void.reason !== 'stale' || base === undefined)) {
    throw new MpaError(
      'request-void',
      `${shortId(request.id)} is void: ${request.void.reason}: ${request.void.detail}.`,
    );
  }
  if (base === undefined) throw new Error(`the state holds no policy ${event.action.base}`);
  const { policy } = event.action;
  await readKeys(policy, ws.certificates);
  const next = recordOf(policy, ws.certificates, request.id);
  return { request, event, base, next, live: inForce(state).id === base.id };
}
