import { createHash, createSign, sign as signRaw, type KeyObject } from 'node:crypto';
import type { KeyInfo } from '../core/keys.js';
import { writeNumber } from './numbers.js';
import { numberBytes, TAG, writePacket } from './packets.js';
import { SUBPACKET, writeSubpackets } from './signature.js';
import { trailer } from './verify.js';

const SHA512 = { id: 10, name: 'sha512' };

/**
 * Makes a detached signature of the form of section 5.3: its packet, binary. It carries its creation time (`at`,
 * seconds), issuer fingerprint and issuer, all hashed, and nothing else. `secret` is the secret part of `key`.
 */
export function signDetached(payload: Uint8Array, at: number, key: KeyInfo, secret: KeyObject): Uint8Array {
  const fingerprint = Buffer.from(key.fingerprint, 'hex');
  const hashed = writeSubpackets([
    { type: SUBPACKET.created, critical: false, body: numberBytes(at, 4) },
    {
      type: SUBPACKET.issuerFingerprint,
      critical: false,
      body: Buffer.concat([Uint8Array.of(4), fingerprint]),
    },
    { type: SUBPACKET.issuer, critical: false, body: fingerprint.subarray(-8) },
  ]);
  const covered = Buffer.concat([Uint8Array.of(4, 0x00, key.algorithm, SHA512.id), hashed]);
  const data = Buffer.concat([payload, covered, trailer(covered)]);
  const digest = createHash(SHA512.name).update(data).digest();
  const body = [
    covered,
    writeSubpackets([]),
    digest.subarray(0, 2),
    numbers(data, digest, key.algorithm, secret),
  ];
  return writePacket({ tag: TAG.signature, body: Buffer.concat(body) });
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
