import { createHash } from 'node:crypto';
import { readCommit } from '../core/commit.js';
import type { Store } from '../core/ports.js';
import { LIMITS } from '../core/schema.js';
import type { RequestRecord } from '../core/state.js';
import { attachedDigests, attachmentNames, attachmentsOf } from '../core/tree.js';

/** A tree of attachments fits in less. Section 10. */
const TREE_LIMIT = 64 * 1024;

/** Object names of the attached blobs of one commit, by digest; empty where the tree is not of section 3's form. */
async function namesIn(store: Store, commit: string): Promise<ReadonlyMap<string, string>> {
  for await (const { bytes } of store.commits([commit], null)) {
    const read = bytes === null ? null : readCommit(bytes, store.format);
    const root = read?.ok === true ? await store.tree(read.parts.tree, TREE_LIMIT) : null;
    const folder = root === null ? null : attachmentsOf(root, store.format);
    const inner = folder === null ? null : await store.tree(folder, TREE_LIMIT);
    const names = inner === null ? null : attachmentNames(inner, store.format);
    return new Map((names ?? []).map(({ sha256, oid }) => [sha256, oid]));
  }
  return new Map();
}

/**
 * What a request attaches, by SHA-256 in hex: the bytes, hashed here; null for what is absent, too large or not what its name says.
 * Section 3: such a request cannot be approved, and is a `mismatch` at a run.
 */
export async function attachmentsTo(
  store: Store,
  record: RequestRecord,
): Promise<ReadonlyMap<string, Uint8Array | null>> {
  const digests = attachedDigests(record.event.action);
  const found = new Map<string, Uint8Array | null>();
  if (digests.length === 0) return found;
  const names = await namesIn(store, record.commit);
  for (const digest of digests) {
    const name = names.get(digest);
    const bytes = name === undefined ? null : await store.blob(name, LIMITS.attachment);
    const right = bytes !== null && createHash('sha256').update(bytes).digest('hex') === digest;
    found.set(digest, right ? bytes : null);
  }
  return found;
}
