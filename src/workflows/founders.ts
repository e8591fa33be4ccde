import { MpaError } from '../core/errors.js';
import type { Certificate } from '../core/keys.js';
import type { Member } from '../core/policy-document.js';
import type { Path } from './policy-places.js';
import { bare, isRecord, type Written } from './policy-source.js';

/** A minimal certificate: as a policy lists it, and what it says. */
export interface Card {
  readonly armored: string;
  readonly certificate: Certificate;
}

/** Reads the certificate that a policy file names: armored text, or the path of a file. */
export type ReadCard = (source: string) => Promise<Card>;

/** A member with one key, whose name and address are those of the certificate's primary user id. CLI.md, `mpa init`. */
export function memberOf({ armored, certificate }: Card): Member {
  const { name, email } = certificate.userId;
  return { name, email, keys: [{ type: 'openpgp', public: armored }] };
}

/** The fingerprint of a certificate's primary key. */
export function fingerprintOf({ certificate }: Card): string {
  return certificate.keys[0]?.fingerprint ?? '';
}

/** A key that could not be read: where it stands in the file, and why. */
export interface UnreadKey {
  readonly path: Path;
  readonly error: MpaError;
}

/**
 * The members and executors of a policy file with their certificates in the minimal form: each of `keys` (or one `key`) is armored text, the path of an
 * exported public key, or `{type, public}`. A name and an address that are left out are the certificate's. What has another form is left for the
 * schema to refuse. `unread`: takes the keys that `read` refuses, in whose place a certificate without a letter then stands; without it, that is thrown.
 */
export async function withCards(
  file: Written,
  read: ReadCard,
  unread?: (key: UnreadKey) => void,
): Promise<Written> {
  const parties = async (field: string, record: unknown): Promise<unknown> => {
    if (!isRecord(record)) return record;
    const made = bare({});
    for (const [handle, entry] of Object.entries(record))
      made[handle] = await withCard(entry, [field, handle], read, unread);
    return made;
  };
  const { members, executors } = file;
  return {
    ...file,
    ...(members === undefined ? {} : { members: await parties('members', members) }),
    ...(executors === undefined ? {} : { executors: await parties('executors', executors) }),
  };
}

async function withCard(
  entry: unknown,
  path: Path,
  read: ReadCard,
  unread: ((key: UnreadKey) => void) | undefined,
): Promise<unknown> {
  if (!isRecord(entry)) return entry;
  const { key, ...rest } = bare(entry);
  const sources: unknown[] = key !== undefined ? [key] : Array.isArray(rest['keys']) ? rest['keys'] : [];
  if (sources.length === 0) return entry;
  const cards: Card[] = [];
  const keys: unknown[] = [];
  for (const [index, source] of sources.entries()) {
    const text = isRecord(source) ? source['public'] : source;
    if (typeof text !== 'string') return entry;
    try {
      const card = await read(text);
      cards.push(card);
      keys.push({ type: 'openpgp', public: card.armored });
    } catch (error) {
      if (unread === undefined || !(error instanceof MpaError)) throw error;
      unread({ path: [...path, ...(key !== undefined ? ['key'] : ['keys', index])], error });
      keys.push({ type: 'openpgp', public: '' });
    }
  }
  const [first] = cards;
  // Nobody knows the name and address on a key that cannot be read: these only keep the form, and differ from all others.
  const { name, email } = first?.certificate.userId ?? {
    name: 'unknown',
    email: `${path.join('/')}@unknown`,
  };
  return { name, email, ...rest, keys };
}

/** The members of a file and those named by flags together. Errors: `usage` where both name one handle. */
export function joinedMembers(
  file: Written | null,
  flagged: ReadonlyMap<string, Member>,
): Readonly<Record<string, unknown>> {
  const members = bare(isRecord(file?.members) ? file.members : {});
  for (const [handle, member] of flagged) {
    if (Object.hasOwn(members, handle)) {
      throw new MpaError('usage', `${handle} is given twice: in the policy file and by a flag.`, {
        hint: 'Leave one of the two away.',
      });
    }
    members[handle] = member;
  }
  return members;
}
