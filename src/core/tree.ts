import type { Action } from './action.js';
import { objectName } from './commit.js';
import type { ObjectFormat } from './ports.js';

/** An attached blob as the subtree lists it: its name there, the SHA-256 of its bytes, and the object's name in git. */
export interface Attachment {
  readonly sha256: string;
  readonly oid: string;
}

const FOLDER = '40000 attachments\0';
const OID_BYTES = { sha1: 20, sha256: 32 } as const;
// `100644 `, 64 digits, NUL.
const ENTRY = 72;

const EMPTY = {
  sha1: objectName('tree', new Uint8Array(0), 'sha1'),
  sha256: objectName('tree', new Uint8Array(0), 'sha256'),
} as const;

/** The name of the empty tree: that of every event without attachments. Section 3. */
export function emptyTree(format: ObjectFormat): string {
  return EMPTY[format];
}

/** The raw root tree's one entry, the folder `attachments`: its object's name, or null where the tree is anything else. Section 3. */
export function attachmentsOf(rootTree: Uint8Array, format: ObjectFormat): string | null {
  const bytes = Buffer.from(rootTree);
  if (bytes.length !== FOLDER.length + OID_BYTES[format]) return null;
  return bytes.toString('latin1', 0, FOLDER.length) === FOLDER ? bytes.toString('hex', FOLDER.length) : null;
}

/**
 * The entries of a raw subtree of exactly the form of section 3: mode 100644, names of 64 lower-case hex digits, in git's order,
 * each once, at least one. null where anything else stands there.
 */
export function attachmentNames(subtree: Uint8Array, format: ObjectFormat): Attachment[] | null {
  const bytes = Buffer.from(subtree);
  const step = ENTRY + OID_BYTES[format];
  if (bytes.length === 0 || bytes.length % step !== 0) return null;
  const entries: Attachment[] = [];
  for (let from = 0; from < bytes.length; from += step) {
    const sha256 = /^100644 ([0-9a-f]{64})\0$/.exec(bytes.toString('latin1', from, from + ENTRY))?.[1];
    const before = entries.at(-1)?.sha256 ?? '';
    if (sha256 === undefined || sha256 <= before) return null;
    entries.push({ sha256, oid: bytes.toString('hex', from + ENTRY, from + step) });
  }
  return entries;
}

/** The raw root tree that holds the folder `attachments` with this object's name, and nothing else. */
export function rootTree(subtree: string): Uint8Array {
  return Buffer.concat([Buffer.from(FOLDER, 'latin1'), Buffer.from(subtree, 'hex')]);
}

/** The raw subtree of these attachments, whose digests are distinct, in git's order. */
export function attachmentsTree(attachments: readonly Attachment[]): Uint8Array {
  const sorted = [...attachments].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap(({ sha256, oid }) => [
      Buffer.from(`100644 ${sha256}\0`, 'latin1'),
      Buffer.from(oid, 'hex'),
    ]),
  );
}

/** The digests of what a request attaches, pins and stdin alike: sorted, each once. These are the subtree's names. Section 3. */
export function attachedDigests(action: Action): string[] {
  if (action.kind !== 'command') return [];
  const stdin = typeof action.stdin === 'object' ? [action.stdin] : [];
  const attached = [...(action.pins ?? []), ...stdin].filter((content) => content.attached);
  return [...new Set(attached.map(({ sha256 }) => sha256))].sort();
}
