import { numberAt, numberBytes, readLength, writeLength } from './packets.js';

/** Signature subpackets of RFC 9580 section 5.2.3.7 that are met here by name. */
export const SUBPACKET = {
  created: 2,
  expires: 3,
  keyExpires: 9,
  designatedRevoker: 12,
  issuer: 16,
  notation: 20,
  primaryUserId: 25,
  keyFlags: 27,
  embedded: 32,
  issuerFingerprint: 33,
} as const;

export interface Subpacket {
  readonly type: number;
  readonly critical: boolean;
  readonly body: Uint8Array;
}

/** The fields of one version-4 signature packet. RFC 9580 section 5.2.3. */
export interface Signature {
  readonly type: number;
  readonly algorithm: number;
  readonly hash: number;
  readonly hashed: readonly Subpacket[];
  readonly unhashed: readonly Subpacket[];
  /** From the version octet to the last hashed subpacket: what the signature covers besides its object. */
  readonly covered: Uint8Array;
  /** The first two octets of the digest. */
  readonly check: Uint8Array;
  /** The algorithm's numbers, not read yet. */
  readonly numbers: Uint8Array;
}

/** Reads the body of a version-4 signature packet; null: another version, or areas and subpackets that do not add up. */
export function readSignature(body: Uint8Array): Signature | null {
  const [version, type, algorithm, hash] = body;
  if (version !== 4 || type === undefined || algorithm === undefined || hash === undefined) return null;
  const hashedLength = numberAt(body, 4, 2);
  if (hashedLength === null) return null;
  const hashedEnd = 6 + hashedLength;
  const unhashedLength = numberAt(body, hashedEnd, 2);
  if (unhashedLength === null) return null;
  const unhashedEnd = hashedEnd + 2 + unhashedLength;
  if (unhashedEnd + 2 > body.length) return null;
  const hashed = readSubpackets(body.subarray(6, hashedEnd));
  const unhashed = readSubpackets(body.subarray(hashedEnd + 2, unhashedEnd));
  if (hashed === null || unhashed === null) return null;
  return {
    type,
    algorithm,
    hash,
    hashed,
    unhashed,
    covered: body.subarray(0, hashedEnd),
    check: body.subarray(unhashedEnd, unhashedEnd + 2),
    numbers: body.subarray(unhashedEnd + 2),
  };
}

/** The body of a signature packet, its unhashed subpackets those given; all else as it was read. */
export function writeSignature(signature: Signature, unhashed: readonly Subpacket[]): Uint8Array {
  return Buffer.concat([signature.covered, writeSubpackets(unhashed), signature.check, signature.numbers]);
}

/** The bodies of all subpackets of one type. */
export function bodiesOf(subpackets: readonly Subpacket[], type: number): Uint8Array[] {
  return subpackets.filter((subpacket) => subpacket.type === type).map(({ body }) => body);
}

/**
 * The number in the one hashed subpacket of a type that holds four octets (times). null: there is none, several,
 * or one of another length.
 */
export function hashedNumber(signature: Signature, type: number): number | null {
  const [body, ...more] = bodiesOf(signature.hashed, type);
  return body?.length === 4 && more.length === 0 ? numberAt(body, 0, 4) : null;
}

function readSubpackets(area: Uint8Array): Subpacket[] | null {
  const found: Subpacket[] = [];
  let at = 0;
  while (at < area.length) {
    const header = readLength(area, at);
    if (header === null) return null;
    const type = area[header.body];
    const end = header.body + header.length;
    if (type === undefined || header.length === 0 || end > area.length) return null;
    found.push({
      type: type & 0x7f,
      critical: (type & 0x80) !== 0,
      body: area.subarray(header.body + 1, end),
    });
    at = end;
  }
  return found;
}

/** An area of subpackets, its length in two octets first. */
export function writeSubpackets(subpackets: readonly Subpacket[]): Uint8Array {
  const area = Buffer.concat(subpackets.map(writeSubpacket));
  return Buffer.concat([numberBytes(area.length, 2), area]);
}

function writeSubpacket({ type, critical, body }: Subpacket): Uint8Array {
  return Buffer.concat([writeLength(body.length + 1), Uint8Array.of((critical ? 0x80 : 0) | type), body]);
}
