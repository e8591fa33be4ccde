import { MpaError } from '../core/errors.js';
import type { Certificate } from '../core/keys.js';
import type { Member } from '../core/policy-document.js';
import { bare, isRecord, type Written } from './policy-file.js';

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

/**
 * The members and executors of a policy file with their certificates in the minimal form: each of `keys` (or one `key`) is armored text, the path of an
 * exported public key, or `{type, public}`. A name and an address that are left out are the certificate's. What has another form is left for the
 * schema to refuse.
 */
export async function withCards(file: Written, read: ReadCard): Promise<Written> {
  const people = async (record: unknown): Promise<unknown> => {
    if (!isRecord(record)) return record;
    const made = bare({});
    for (const [handle, entry] of Object.entries(record)) made[handle] = await withCard(entry, read);
    return made;
  };
  const { members, executors } = file;
  return {
    ...file,
    ...(members === undefined ? {} : { members: await people(members) }),
    ...(executors === undefined ? {} : { executors: await people(executors) }),
  };
}

async function withCard(entry: unknown, read: ReadCard): Promise<unknown> {
  if (!isRecord(entry)) return entry;
  const { key, ...rest } = bare(entry);
  const sources: unknown[] = key !== undefined ? [key] : Array.isArray(rest.keys) ? rest.keys : [];
  const cards: Card[] = [];
  for (const source of sources) {
    const text = isRecord(source) ? source.public : source;
    if (typeof text === 'string') cards.push(await read(text));
  }
  const [first] = cards;
  if (first === undefined || cards.length < sources.length) return entry;
  const { name, email } = first.certificate.userId;
  return { name, email, ...rest, keys: cards.map((card) => ({ type: 'openpgp', public: card.armored })) };
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
