import type { Certificate, KeyInfo } from '../core/keys.js';
import type { CertificateReader, CertificateReading } from '../core/ports.js';
import { readArmor } from './armor.js';
import { readPackets, TAG, type Packet } from './packets.js';
import { readPublicKey, type PublicKey } from './public-key.js';
import {
  crossProblem,
  expiryOf,
  flagsOf,
  isRight,
  MAY_SIGN,
  over,
  selfProblem,
  TYPE,
} from './self-signature.js';
import { readSignature, type Signature } from './signature.js';
import { readUserId } from './user-id.js';

/** Octets of an armored minimal certificate. Section 5, Certificates. */
export const CERTIFICATE_AT_MOST = 16 * 1024;
export const SUBKEYS_AT_MOST = 8;

/** Certificates remembered: more than one event of 1 MiB can list, so that none is forgotten between reading it and judging by it. */
const REMEMBERED = 4096;

/**
 * Reads armored minimal certificates and verifies every signature in them (section 5, Certificates). Answers are
 * remembered by text, the newest 4,096 of a legal size; they depend on nothing else.
 */
export function createCertificateReader(): CertificateReader {
  const readings = new Map<string, CertificateReading>();
  return {
    read: (armored) => {
      const reading = readings.get(armored) ?? readCertificate(armored);
      // Taken out first, so that the oldest is the one that was not asked for longest.
      readings.delete(armored);
      if (armored.length <= CERTIFICATE_AT_MOST) readings.set(armored, reading);
      const [oldest] = readings.keys();
      if (readings.size > REMEMBERED && oldest !== undefined) readings.delete(oldest);
      return Promise.resolve(reading);
    },
    known: (armored) => readings.get(armored),
  };
}

/** Reads one armored minimal certificate; `problem` says what is not as section 5 has it. */
export function readCertificate(armored: string): CertificateReading {
  try {
    return { ok: true, certificate: judge(armored) };
  } catch (error) {
    if (error instanceof Flaw) return { ok: false, problem: error.message };
    throw error;
  }
}

/** Ends the reading of a certificate; never leaves this file. */
class Flaw extends Error {}

function judge(armored: string): Certificate {
  if (Buffer.byteLength(armored) > CERTIFICATE_AT_MOST) throw new Flaw('it is larger than 16 KiB');
  const bytes = readArmor(armored, 'PUBLIC KEY BLOCK');
  if (bytes === null) throw new Flaw('its armor is not in the strict form');
  const packets = readPackets(bytes);
  if (packets === null) throw new Flaw('its packets do not add up');
  const cursor = new Cursor(packets);
  const primary = cursor.key(TAG.publicKey, 'the primary key');
  if (!primary.strong)
    throw new Flaw(`its primary key (${primary.algorithmName}) is not of an accepted algorithm and size`);
  const keyRevocation = cursor.optional(
    'the revocation of the key',
    [TYPE.keyRevocation],
    over.key(primary),
    primary,
  );
  const userId = cursor.take(TAG.userId, 'a user id');
  const overUserId = over.userId(primary, userId.body);
  const certification = cursor.signature(
    'the certification of the user id',
    TYPE.certifications,
    overUserId,
    primary,
  );
  const uidRevocation = cursor.optional(
    'the revocation of the user id',
    [TYPE.userIdRevocation],
    overUserId,
    primary,
  );
  const first: KeyInfo = {
    ...keyPart(primary, certification),
    revoked: keyRevocation !== null || uidRevocation !== null,
    certified: true,
    primary: null,
  };
  const subkeys: KeyInfo[] = [];
  while (!cursor.done()) {
    if (subkeys.length === SUBKEYS_AT_MOST)
      throw new Flaw('it has more than eight subkeys, or something after them');
    subkeys.push(judgeSubkey(cursor, primary, first));
  }
  return { userId: readUserId(userId.body), keys: [first, ...subkeys] };
}

function judgeSubkey(cursor: Cursor, primary: PublicKey, first: KeyInfo): KeyInfo {
  const subkey = cursor.key(TAG.publicSubkey, 'a subkey');
  const object = over.subkey(primary, subkey);
  const binding = cursor.signature('the binding of a subkey', [TYPE.binding], object, primary);
  const signing = (flagsOf(binding) & MAY_SIGN) !== 0;
  const problem = signing ? crossProblem(binding, primary, subkey) : null;
  if (problem !== null) throw new Flaw(`the binding of a subkey ${problem}`);
  const revocation = cursor.optional('the revocation of a subkey', [TYPE.subkeyRevocation], object, primary);
  const { fingerprint, expires, revoked } = first;
  return {
    ...keyPart(subkey, binding),
    revoked: revocation !== null,
    certified: signing,
    primary: { fingerprint, expires, revoked },
  };
}

/** What a key packet and the signature that gives it expiry and flags say. */
function keyPart(key: PublicKey, self: Signature): Omit<KeyInfo, 'revoked' | 'certified' | 'primary'> {
  const { fingerprint, material, algorithm, algorithmName, strong, created, spki } = key;
  const maySign = (flagsOf(self) & MAY_SIGN) !== 0;
  return {
    fingerprint,
    material,
    algorithm,
    algorithmName,
    strong,
    created,
    expires: expiryOf(self, key),
    maySign,
    spki,
  };
}

/** The packets of a certificate, taken one by one in the order that section 5 lays down. */
class Cursor {
  readonly #packets: readonly Packet[];
  #at = 0;

  constructor(packets: readonly Packet[]) {
    this.#packets = packets;
  }

  done(): boolean {
    return this.#at === this.#packets.length;
  }

  take(tag: number, what: string): Packet {
    const packet = this.#packets[this.#at];
    if (packet?.tag !== tag) throw new Flaw(`${what} is not where it should be`);
    this.#at += 1;
    return packet;
  }

  key(tag: number, what: string): PublicKey {
    const key = readPublicKey(this.take(tag, what).body);
    if (key === null) throw new Flaw(`${what} is not a well-formed version 4 key`);
    return key;
  }

  /** The next signature, which must be of one of `types`, by `primary` over `object`, and right in every way. */
  signature(
    what: string,
    types: readonly number[],
    object: readonly Uint8Array[],
    primary: PublicKey,
  ): Signature {
    const signature = readSignature(this.take(TAG.signature, what).body);
    if (signature === null) throw new Flaw(`${what} is not a well-formed version 4 signature`);
    if (!types.includes(signature.type)) throw new Flaw(`${what} is not where it should be`);
    const problem = selfProblem(signature);
    if (problem !== null) throw new Flaw(`${what} ${problem}`);
    if (!isRight(signature, object, primary))
      throw new Flaw(`${what} is not by the primary key, or not right`);
    return signature;
  }

  /** As `signature`, where one stands next; null: none does. */
  optional(
    what: string,
    types: readonly number[],
    object: readonly Uint8Array[],
    primary: PublicKey,
  ): Signature | null {
    const next = this.#packets[this.#at];
    return next?.tag === TAG.signature ? this.signature(what, types, object, primary) : null;
  }
}
