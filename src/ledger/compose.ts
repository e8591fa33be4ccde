import { createHash } from 'node:crypto';
import { messageOf } from '../core/canonical.js';
import { commitPayload, objectName, signedCommit } from '../core/commit.js';
import { MpaError } from '../core/errors.js';
import type { LedgerEvent } from '../core/events.js';
import type { Policy } from '../core/policy-document.js';
import type { ObjectFormat, Signer, Store } from '../core/ports.js';
import { parseEvent } from '../core/schema.js';
import { attachmentsTree, emptyTree, rootTree } from '../core/tree.js';

/** A signed commit that nobody has judged yet. */
export interface Sealed {
  readonly event: LedgerEvent;
  readonly id: string;
  readonly oid: string;
  readonly bytes: Uint8Array;
}

/** An event as its writer makes it, validated. Errors: `over-limit`; `usage` where it breaks the closed schema of section 4. */
export function wellFormed(value: LedgerEvent): LedgerEvent {
  const parsed = parseEvent(value);
  if (parsed.ok) return parsed.event;
  if (parsed.reason === 'over-limit')
    throw new MpaError('over-limit', `the ${value.type} is too large: ${parsed.detail}`);
  throw new MpaError('usage', `the ${value.type} cannot be written: ${parsed.detail}`);
}

/**
 * Writes the attachments, each distinct one once, and answers the root tree's name. Without any it is the empty tree, which
 * every clone has from the genesis. Section 3.
 */
export async function writeTrees(store: Store, attachments: readonly Uint8Array[]): Promise<string> {
  if (attachments.length === 0) return emptyTree(store.format);
  const entries = new Map<string, string>();
  for (const bytes of attachments) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (!entries.has(sha256)) entries.set(sha256, await store.writeBlob(bytes));
  }
  const subtree = await store.writeTree(
    attachmentsTree([...entries].map(([sha256, oid]) => ({ sha256, oid }))),
  );
  return store.writeTree(rootTree(subtree));
}

/** Signs an event into a commit of section 3. `at`: the event's, seconds. Errors: `no-identity`, those of the signer. */
export async function seal(
  event: LedgerEvent,
  place: {
    readonly policy: Policy;
    readonly parent: string | null;
    readonly tree: string;
    readonly at: number;
  },
  signer: Signer,
  format: ObjectFormat,
): Promise<Sealed> {
  const { policy, parent, tree, at } = place;
  const party = policy.members[event.actor] ?? policy.executors?.[event.actor];
  if (party === undefined) {
    throw new MpaError('no-identity', `the policy in force names no ${event.actor}`, {
      hint: 'A member proposes a policy that adds them: mpa policy edit',
    });
  }
  const { id, message } = messageOf(event);
  const payload = commitPayload({ tree, parent, name: party.name, email: party.email, at, message });
  const bytes = signedCommit(payload, await signer.sign(payload, at), format);
  return { event, id, oid: objectName('commit', bytes, format), bytes };
}
