import { createHash } from 'node:crypto';
import { objectName, parentsOf } from '../core/commit.js';
import { MpaError } from '../core/errors.js';
import type { StoredCommit } from '../core/ports.js';
import { LIMITS } from '../core/schema-limits.js';
import { onClone, type Contact } from './contact.js';
import type { Damage, ObjectType, Reader } from './reader.js';

/** Commits in the order asked, with their chain values (section 4, `prev`): `chain` is c(parent of the first). Errors: `damaged`. */
export async function* readCommits(
  reader: Reader,
  oids: readonly string[],
  chain: string | null,
): AsyncGenerator<StoredCommit, void> {
  let before = chain;
  let hash = chainHash(before);
  const wanted = () => ({ type: 'commit', limit: LIMITS.commit, also: (hash = chainHash(before)) }) as const;
  for await (const object of reader.inOrder(oids, wanted)) {
    if (!object.ok) throw damagedObject(object);
    before = hash.digest('hex');
    const { oid, size, bytes } = object;
    yield { oid, size, bytes, parents: parentsOf(object.front), chain: before };
  }
}

/** As chainOf of the core, for bytes that come piece by piece. */
function chainHash(parent: string | null): ReturnType<typeof createHash> {
  const hash = createHash('sha256');
  return parent === null ? hash : hash.update(parent, 'hex');
}

/** A tree's raw bytes; null: more than `limit`. Errors: `damaged`. */
export async function readTree(reader: Reader, oid: string, limit: number): Promise<Uint8Array | null> {
  const object = await reader.session((read) => read(oid, { type: 'tree', limit }));
  if (!object.ok) throw damagedObject(object);
  return object.bytes;
}

/** A blob's raw bytes; null: more than `limit`, absent, or not what its name says. */
export async function readBlob(reader: Reader, oid: string, limit: number): Promise<Uint8Array | null> {
  const object = await reader.session((read) => read(oid, { type: 'blob', limit }));
  return object.ok ? object.bytes : null;
}

/** Writes one object into the clone and returns its name. Errors: `disk`. */
export async function writeObject(contact: Contact, type: ObjectType, bytes: Uint8Array): Promise<string> {
  const oid = objectName(type, bytes, contact.format);
  const written = await onClone(contact, ['hash-object', '-w', '-t', type, '--stdin'], bytes);
  if (written.trim() === oid) return oid;
  throw new MpaError('bug', `git wrote the ${type} ${oid} under another name`, { cause: written });
}

function damagedObject({ oid, detail, mend }: Damage): MpaError {
  return new MpaError('damaged', `${oid}: ${detail}`, { hint: mend });
}
