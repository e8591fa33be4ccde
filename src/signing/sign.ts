import { createHash, createSign, sign as signRaw, type KeyObject } from 'node:crypto';
import type { KeyInfo } from '../core/keys.js';
import { writeNumber } from './numbers.js';
import { numberBytes, TAG, writePacket } from './packets.js';
import { SUBPACKET, writeSubpackets, type Subpacket } from './signature.js';
import { trailer } from './verify.js';

const SHA512 = { id: 10, name: 'sha512' };

/** A version-4 signature that is to be made. RFC 9580 section 5.2.3. */
interface Plan {
  readonly type: number;
  readonly hashed: readonly Subpacket[];
  readonly unhashed: readonly Subpacket[];
  /** What it is made over, besides itself. */
  readonly object: readonly Uint8Array[];
}

/** Makes the body of a signature packet, its hash SHA-512. `secret` is the secret part of `key`. */
export function signatureBody(
  { type, hashed, unhashed, object }: Plan,
  key: Pick<KeyInfo, 'algorithm'>,
  secret: KeyObject,
): Uint8Array {
  const covered = Buffer.concat([Uint8Array.of(4, type, key.algorithm, SHA512.id), writeSubpackets(hashed)]);
  const data = Buffer.concat([...object, covered, trailer(covered)]);
  const digest = createHash(SHA512.name).update(data).digest();
  return Buffer.concat([
    covered,
    writeSubpackets(unhashed),
    digest.subarray(0, 2),
    numbers(data, digest, key.algorithm, secret),
  ]);
}

/**
 * Makes a detached signature of the form of section 5.3: its packet, binary. It carries its creation time (`at`,
 * seconds), issuer fingerprint and issuer, all hashed, and nothing else. `secret` is the secret part of `key`.
 */
export function signDetached(payload: Uint8Array, at: number, key: KeyInfo, secret: KeyObject): Uint8Array {
  const fingerprint = Buffer.from(key.fingerprint, 'hex');
  const hashed = [
    { type: SUBPACKET.created, critical: false, body: numberBytes(at, 4) },
    {
      type: SUBPACKET.issuerFingerprint,
      critical: false,
      body: Buffer.concat([Uint8Array.of(4), fingerprint]),
    },
    { type: SUBPACKET.issuer, critical: false, body: fingerprint.subarray(-8) },
  ];
  const body = signatureBody({ type: 0x00, hashed, unhashed: [], object: [payload] }, key, secret);
  return writePacket({ tag: TAG.signature, body });
}

/** The algorithm's numbers. RFC 9580 section 5.2.3.1 and following. */
function numbers(data: Uint8Array, digest: Uint8Array, algorithm: number, key: KeyObject): Uint8Array {
  const byHash = (): Buffer => createSign(SHA512.name).update(data).sign({ key, dsaEncoding: 'ieee-p1363' });
  switch (algorithm) {
    case 1:
    case 3:
      return writeNumber(byHash());
    case 19:
      return halves(byHash());
    case 22:
      return halves(signRaw(null, digest, key));
    case 27:
      return signRaw(null, digest, key);
    default:
      throw new Error(`algorithm ${String(algorithm)} does not sign`);
  }
}

function halves(pair: Uint8Array): Uint8Array {
  const middle = pair.length / 2;
  return Buffer.concat([writeNumber(pair.subarray(0, middle)), writeNumber(pair.subarray(middle))]);
}
