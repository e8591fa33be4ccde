import {
  constants,
  hash as digestOf,
  createPublicKey,
  verify,
  type KeyObject,
  type VerifyKeyObjectInput,
} from 'node:crypto';
import { promisify } from 'node:util';
import { fixed, littleEndian, readNumbers } from './numbers.js';
import { numberBytes } from './packets.js';
import type { Signature } from './signature.js';

/** What a signature is tried with: a KeyInfo or a PublicKey. */
export interface VerifyingKey {
  readonly algorithm: number;
  readonly spki: string;
}

/** SHA-256, SHA-384 and SHA-512 by their OpenPGP numbers: the only ones that the protocol takes. */
export const HASHES: ReadonlyMap<number, string> = new Map([
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
]);
/** Those and SHA-1: what a writer must understand of old exports, so as to refuse them or heed their revocations. */
export const OLD_HASHES: ReadonlyMap<number, string> = new Map([...HASHES, [2, 'sha1'], [11, 'sha224']]);

/** What a signature covers, hashed once and found to agree with its two check octets. */
export interface Covered {
  readonly hash: string;
  readonly data: Uint8Array;
  readonly digest: Uint8Array;
}

/** Octets of r and s on the curves of section 5.4, by node:crypto's names. */
const COORDINATE: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
]);
/** The order of Ed25519's group. RFC 8032 section 5.1. */
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * Hashes `object` and what the signature covers of itself (RFC 9580 section 5.2.4). null: a hash that is not in
 * `hashes`, or check octets that are not the digest's first two.
 */
export function cover(signature: Signature, object: readonly Uint8Array[], hashes = HASHES): Covered | null {
  const hash = hashes.get(signature.hash);
  if (hash === undefined) return null;
  const { covered, check } = signature;
  const data = Buffer.concat([...object, covered, trailer(covered)]);
  const digest = digestOf(hash, data, 'buffer');
  return digest[0] === check[0] && digest[1] === check[1] ? { hash, data, digest } : null;
}

/** What a version-4 signature hashes last: how long its covered part is. */
export function trailer(covered: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(4, 0xff), numberBytes(covered.length, 4)]);
}

/** What node:crypto is asked about one signature. */
interface Equation {
  /** null: the algorithm has its own. */
  readonly hash: string | null;
  readonly data: Uint8Array;
  readonly key: VerifyKeyObjectInput;
  readonly signature: Uint8Array;
}

/** Whether `key` made this signature over what `covered` holds. Section 5.3, 5.4; the mathematics is node:crypto's. */
export function isBy(signature: Signature, covered: Covered, key: VerifyingKey): boolean {
  const asked = equation(signature, covered, key);
  return asked !== null && verify(asked.hash, asked.data, asked.key, asked.signature);
}

/** As `isBy`, worked out in one of node's own threads while this one goes on. */
export async function isByElsewhere(
  signature: Signature,
  covered: Covered,
  key: VerifyingKey,
): Promise<boolean> {
  const asked = equation(signature, covered, key);
  return asked !== null && verifyElsewhere(asked.hash, asked.data, asked.key, asked.signature);
}

const verifyElsewhere = promisify(verify);

/** null: such a signature is never by such a key. */
function equation(signature: Signature, covered: Covered, key: VerifyingKey): Equation | null {
  if (key.spki === '' || key.algorithm !== signature.algorithm) return null;
  const { numbers } = signature;
  switch (key.algorithm) {
    case 1:
    case 3:
      return rsa(numbers, covered, keyObject(key));
    case 19:
      return ecdsa(numbers, covered, keyObject(key));
    case 22:
      return ed25519(pair(numbers, 32), covered, keyObject(key));
    case 27:
      return ed25519(numbers.length === 64 ? numbers : null, covered, keyObject(key));
    default:
      return null;
  }
}

function rsa(numbers: Uint8Array, { hash, data }: Covered, key: KeyObject): Equation | null {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  const read = readNumbers(numbers, 0, 1);
  if (bits === undefined || read === null || read.end !== numbers.length) return null;
  const [value] = read.values;
  const signature = value && fixed(value, Math.ceil(bits / 8));
  if (!signature) return null;
  return { hash, data, key: { key, padding: constants.RSA_PKCS1_PADDING }, signature };
}

function ecdsa(numbers: Uint8Array, { hash, data }: Covered, key: KeyObject): Equation | null {
  const size = COORDINATE.get(key.asymmetricKeyDetails?.namedCurve ?? '');
  const signature = size === undefined ? null : pair(numbers, size);
  if (signature === null) return null;
  return { hash, data, key: { key, dsaEncoding: 'ieee-p1363' }, signature };
}

function ed25519(signature: Uint8Array | null, { digest }: Covered, key: KeyObject): Equation | null {
  if (signature === null || !isBelowOrder(signature.subarray(32))) return null;
  return { hash: null, data: digest, key: { key }, signature };
}

/** RFC 8032 section 5.1.7: an S that is not below the order would be a second signature made of the first. */
function isBelowOrder(s: Uint8Array): boolean {
  // Below 2^252 it is: nearly all are, and large numbers are slow.
  const [top = 0xff] = s.subarray(-1);
  return top < 0x10 || littleEndian(s) < ED25519_ORDER;
}

/** Two numbers, each in `size` octets, side by side; null where the numbers are not exactly two that fit. */
function pair(numbers: Uint8Array, size: number): Uint8Array | null {
  const read = readNumbers(numbers, 0, 2);
  if (read === null || read.end !== numbers.length) return null;
  const [left, right] = read.values.map((value) => fixed(value, size));
  return left && right ? Buffer.concat([left, right]) : null;
}

const keyObjects = new WeakMap<VerifyingKey, KeyObject>();

/** The key for node:crypto, made once for each KeyInfo: a ledger is thousands of signatures by few keys. */
function keyObject(key: VerifyingKey): KeyObject {
  const known = keyObjects.get(key);
  if (known) return known;
  const made = createPublicKey({ key: Buffer.from(key.spki, 'base64'), format: 'der', type: 'spki' });
  keyObjects.set(key, made);
  return made;
}
