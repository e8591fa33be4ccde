import { createHash } from 'node:crypto';
import { chainOf } from '../core/chain.js';
import { objectName, parentsOf } from '../core/commit.js';
import { MpaError } from '../core/errors.js';
import type { StoredCommit } from '../core/ports.js';
import { LIMITS } from '../core/schema-limits.js';
import { onClone, type Contact } from './contact.js';
import type { Damage, ObjectType, Reader } from './reader.js';
import type { Recent } from './recent.js';

/**
 * Commits in the order asked, with their chain values (section 4, `prev`): `chain` is c(parent of the first). Those in `recent` are not
 * read again. Errors: `damaged`.
 */
export async function* readCommits(
  reader: Reader,
  oids: readonly string[],
  chain: string | null,
  recent: Recent,
): AsyncGenerator<StoredCommit, void> {
  let before = chain;
  let hash = chainHash(before);
  const wanted = {
    type: 'commit',
    limit: LIMITS.commit,
    also: () => (hash = chainHash(before)),
  } as const;
  const known = recent.take();
  const others = reader.inOrder(
    oids.filter((oid) => !known.has(oid)),
    wanted,
  );
  try {
    for (const oid of oids) {
      const whole = known.get(oid);
      if (whole !== undefined) {
        before = chainOf(before, whole);
        yield { oid, size: whole.length, bytes: whole, parents: parentsOf(whole), chain: before };
        continue;
      }
      const next = await others.next();
      if (next.done === true) throw new MpaError('bug', `${oid} was asked for and not read`);
      if (!next.value.ok) throw damagedObject(next.value);
      const { size, bytes, front } = next.value;
      before = bytes === null ? hash.digest('hex') : chainOf(before, bytes);
      yield { oid, size, bytes, parents: parentsOf(front), chain: before };
    }
  } finally {
    await others.return();
  }
}

/** As chainOf of the core, for bytes that come piece by piece and are not kept. */
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
