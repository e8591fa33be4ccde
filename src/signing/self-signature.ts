import { numberBytes } from './packets.js';
import { hashedKey, type PublicKey } from './public-key.js';
import { bodiesOf, hashedNumber, readSignature, SUBPACKET, type Signature } from './signature.js';
import { cover, HASHES, isBy } from './verify.js';

/** Signature types of RFC 9580 section 5.2.1 that certificates are made of. */
export const TYPE = {
  certifications: [0x10, 0x11, 0x12, 0x13],
  binding: 0x18,
  crossCertification: 0x19,
  direct: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  userIdRevocation: 0x30,
} as const;

/** Subpackets that RFC 9580 section 5.2.3.7 gives a meaning: any other one that is critical ends the signature. */
const KNOWN: ReadonlySet<number> = new Set([
  2, 3, 4, 5, 6, 7, 9, 11, 12, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 39,
]);
const ONCE_AT_MOST = [SUBPACKET.keyExpires, SUBPACKET.keyFlags];

/** What a certificate's signatures are made over, besides themselves. RFC 9580 section 5.2.4. */
export const over = {
  key: (primary: PublicKey): Uint8Array[] => [hashedKey(primary.body)],
  subkey: (primary: PublicKey, subkey: PublicKey): Uint8Array[] => [
    hashedKey(primary.body),
    hashedKey(subkey.body),
  ],
  userId: (primary: PublicKey, userId: Uint8Array): Uint8Array[] => [
    hashedKey(primary.body),
    Uint8Array.of(0xb4),
    numberBytes(userId.length, 4),
    userId,
  ],
};

/**
 * What section 5 (Certificates) demands of each signature in a certificate, whatever its type; only hashed
 * subpackets count. null: nothing is wrong with its form.
 */
export function selfProblem(signature: Signature): string | null {
  if (!HASHES.has(signature.hash)) return 'is not made with SHA-256, SHA-384 or SHA-512';
  if (hashedNumber(signature, SUBPACKET.created) === null)
    return 'does not have exactly one hashed creation time';
  const { hashed } = signature;
  if (bodiesOf(hashed, SUBPACKET.expires).length > 0) return 'carries a signature expiration time';
  if (bodiesOf(hashed, SUBPACKET.designatedRevoker).length > 0) return 'names a designated revoker';
  // A critical notation is a subpacket whose meaning nobody here knows.
  const unknown = hashed.find(
    ({ type, critical }) => critical && (!KNOWN.has(type) || type === SUBPACKET.notation),
  );
  if (unknown) return `holds an unknown critical subpacket (${String(unknown.type)})`;
  // Which of two would count is not said anywhere: two readers could differ.
  if (ONCE_AT_MOST.some((type) => bodiesOf(hashed, type).length > 1))
    return 'states its key flags or key expiry twice';
  const [expiry] = bodiesOf(hashed, SUBPACKET.keyExpires);
  return expiry !== undefined && expiry.length !== 4 ? 'states a malformed key expiry' : null;
}

/** Whether `by` made `signature` over `object`, with a hash among `hashes`. */
export function isRight(
  signature: Signature,
  object: readonly Uint8Array[],
  by: PublicKey,
  hashes: ReadonlyMap<number, string> = HASHES,
): boolean {
  const covered = cover(signature, object, hashes);
  return covered !== null && isBy(signature, covered, by);
}

/** The first octet of the hashed key flags; 0 where there are none. */
export function flagsOf(signature: Signature): number {
  return bodiesOf(signature.hashed, SUBPACKET.keyFlags)[0]?.[0] ?? 0;
}

/** The second at which this signature lets `key` expire; null: never. */
export function expiryOf(signature: Signature, key: PublicKey): number | null {
  const seconds = hashedNumber(signature, SUBPACKET.keyExpires);
  return seconds === null || seconds === 0 ? null : key.created + seconds;
}

export const MAY_SIGN = 0x02;

/**
 * What is wrong with the cross-certification in the binding of a signing subkey: exactly one embedded signature,
 * hashed or not, by the subkey, right and of the form above. null: nothing.
 */
export function crossProblem(binding: Signature, primary: PublicKey, subkey: PublicKey): string | null {
  const [body, ...more] = [...binding.hashed, ...binding.unhashed]
    .filter(({ type }) => type === SUBPACKET.embedded)
    .map((subpacket) => subpacket.body);
  if (body === undefined) return 'has no cross-certification';
  if (more.length > 0) return 'has more than one cross-certification';
  const cross = readSignature(body);
  if (cross?.type !== TYPE.crossCertification)
    return 'has something else in place of its cross-certification';
  const problem = selfProblem(cross);
  if (problem !== null) return `has a cross-certification that ${problem}`;
  return isRight(cross, over.subkey(primary, subkey), subkey)
    ? null
    : 'has a cross-certification that is not right';
}
