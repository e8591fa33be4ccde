import type { Authentic } from './authentic.js';
import { clausesMet, eligible } from './clauses.js';
import { endorsersNow, inForce, isEndorsed } from './counting.js';
import type { ApproveEvent, CloseEvent } from './events.js';
import { closedBy, noEffect } from './fold-void.js';
import type { Approval, Effect, LedgerState } from './state.js';

/** An approval as a state keeps it. */
export function approvalOf(read: Authentic<ApproveEvent>): Approval {
  const { event } = read;
  return {
    id: read.id,
    actor: event.actor,
    material: read.key.material,
    fingerprint: read.key.fingerprint,
    at: read.at,
    position: read.position,
    ...(event.comment === undefined ? {} : { comment: event.comment }),
    ...(event.duration === undefined ? {} : { duration: event.duration }),
    ...(event.uses === undefined ? {} : { uses: event.uses }),
    lapsed: false,
  };
}

/** An `approve` of the genesis. Section 6, The first policy: no time limit, else the voids and the counting of an approval. */
export function endorse(state: LedgerState, read: Authentic<ApproveEvent>): Effect {
  const { endorsement } = state;
  const { actor } = read.event;
  const { policy } = inForce(state);
  if (endorsement.closed !== null)
    return noEffect(
      'closed',
      endorsement.closed.as === 'applied' ? 'the ledger is endorsed' : 'the founder withdrew it',
    );
  if (actor === endorsement.founder)
    return noEffect('self-approval', `${actor} founded this ledger: another member must endorse it`);
  if (!eligible(policy, policy.changes, actor))
    return noEffect('not-eligible', `no clause of \`changes\` names ${actor}`);
  if (endorsement.approvals.some((given) => given.actor === actor))
    return noEffect('duplicate', `${actor} has endorsed it already`);
  const approvals = [...endorsement.approvals, approvalOf(read)];
  const complete = clausesMet(policy, policy.changes, endorsersNow(state, approvals, read.at));
  const closed = complete ? closedBy(read, 'applied') : null;
  return { void: null, changes: { endorsement: { ...endorsement, approvals, closed } } };
}

/** A `close` that names the genesis: only the founder's withdrawal, and only while it is unendorsed. Section 7, counting 5. */
export function withdrawGenesis(state: LedgerState, read: Authentic<CloseEvent>): Effect {
  const { endorsement } = state;
  const { event } = read;
  if (isEndorsed(state)) return noEffect('closed', 'the ledger is endorsed');
  if (event.as !== 'withdrawn' || event.actor !== endorsement.founder)
    return noEffect(
      'unendorsed',
      'only the founder may withdraw a first policy, and nothing else may happen before it is endorsed',
    );
  if (endorsement.closed !== null) return noEffect('closed', 'the founder withdrew it already');
  const closed = closedBy(read, event.as, event.reason);
  return { void: null, changes: { endorsement: { ...endorsement, closed } } };
}
