import type { LedgerEvent } from './events.js';
import type { ObjectFormat } from './ports.js';
import { attachedDigests, attachmentNames, attachmentsOf, emptyTree } from './tree.js';

/** 257 entries of a SHA-256 repository fit in less. A larger tree cannot be the exact one. Section 10. */
const TREE_LIMIT = 64 * 1024;

/**
 * Section 3, Tree: the empty tree, or exactly the attachments that the request names. `tree` reads raw trees as
 * Store.tree does. Returns what is wrong, or null. Names only: the bytes are hashed where they are used.
 */
export async function attachmentProblem(
  event: LedgerEvent,
  root: string,
  format: ObjectFormat,
  tree: (oid: string, limit: number) => Promise<Uint8Array | null>,
): Promise<string | null> {
  const digests = event.type === 'request' ? attachedDigests(event.action) : [];
  if (digests.length === 0) {
    return root === emptyTree(format) ? null : 'the tree is not empty';
  }
  const outer = await tree(root, TREE_LIMIT);
  const folder = outer === null ? null : attachmentsOf(outer, format);
  if (folder === null) return 'the tree does not hold exactly one folder `attachments`';
  const inner = await tree(folder, TREE_LIMIT);
  const names = inner === null ? null : attachmentNames(inner, format);
  if (names === null) return 'the folder `attachments` holds something else than plain files named by digest';
  const found = names.map((name) => name.sha256);
  const same = found.length === digests.length && digests.every((digest, i) => digest === found[i]);
  return same ? null : 'the attached files are not those that the request names';
}
