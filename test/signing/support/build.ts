import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { writeArmor } from '../../../src/signing/armor.js';
import { writeNumber } from '../../../src/signing/numbers.js';
import { numberBytes, writePacket } from '../../../src/signing/packets.js';
import { readPublicKey, type PublicKey } from '../../../src/signing/public-key.js';
import { writeSubpackets, type Subpacket } from '../../../src/signing/signature.js';
import { over } from '../../../src/signing/self-signature.js';

/** 2025-01-01T00:00:00Z: when the keys of these tests are made. */
export const BORN = 1735689600;

/** A key whose packets and signatures a test writes octet by octet. */
export interface TestKey {
  readonly secret: KeyObject;
  readonly body: Uint8Array;
  readonly public: PublicKey;
}

export type Kind =
  'ed25519' | 'ed25519-27' | 'p256' | 'p384' | 'p521' | 'rsa2048' | 'rsa1024' | 'secp256k1' | 'brainpool';

const OIDS = {
  p256: '2a8648ce3d030107',
  p384: '2b81040022',
  p521: '2b81040023',
  secp256k1: '2b8104000a',
  brainpool: '2b2403030208010107',
};
const CURVES = {
  p256: 'P-256',
  p384: 'P-384',
  p521: 'P-521',
  secp256k1: 'secp256k1',
  brainpool: 'brainpoolP256r1',
};

export function bytes(...parts: (string | number | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Uint8Array.of(part);
      return typeof part === 'string' ? Buffer.from(part, 'hex') : part;
    }),
  );
}

/** The octets of a public key packet that names `algorithm`. */
export function keyBody(algorithm: number, numbers: Uint8Array, created = BORN): Uint8Array {
  return bytes(4, numberBytes(created, 4), algorithm, numbers);
}

/** The last octets of a SubjectPublicKeyInfo: a point as curves write it. */
function point(key: KeyObject, length: number): Uint8Array {
  return key.export({ type: 'spki', format: 'der' }).subarray(-length);
}

function oid(hex: string): Uint8Array {
  return bytes(hex.length / 2, hex);
}

export function testKey(kind: Kind, created = BORN): TestKey {
  const { secret, algorithm, numbers } = make(kind);
  return keyOf(secret, keyBody(algorithm, numbers, created));
}

export function keyOf(secret: KeyObject, body: Uint8Array): TestKey {
  const key = readPublicKey(body);
  if (key === null) throw new Error('the test key is not well-formed');
  return { secret, body, public: key };
}

function make(kind: Kind): { secret: KeyObject; algorithm: number; numbers: Uint8Array } {
  if (kind === 'rsa2048' || kind === 'rsa1024') {
    const pair = generateKeyPairSync('rsa', { modulusLength: kind === 'rsa2048' ? 2048 : 1024 });
    const { n = '', e = '' } = pair.publicKey.export({ format: 'jwk' });
    const numbers = bytes(writeNumber(Buffer.from(n, 'base64url')), writeNumber(Buffer.from(e, 'base64url')));
    return { secret: pair.privateKey, algorithm: 1, numbers };
  }
  if (kind === 'ed25519' || kind === 'ed25519-27') {
    const pair = generateKeyPairSync('ed25519');
    const raw = point(pair.publicKey, 32);
    if (kind === 'ed25519-27') return { secret: pair.privateKey, algorithm: 27, numbers: raw };
    return {
      secret: pair.privateKey,
      algorithm: 22,
      numbers: bytes(oid('2b06010401da470f01'), writeNumber(bytes(0x40, raw))),
    };
  }
  const pair = generateKeyPairSync('ec', { namedCurve: CURVES[kind] });
  const length = { p256: 65, p384: 97, p521: 133, secp256k1: 65, brainpool: 65 }[kind];
  return {
    secret: pair.privateKey,
    algorithm: 19,
    numbers: bytes(oid(OIDS[kind]), writeNumber(point(pair.publicKey, length))),
  };
}

export function sub(type: number, body: Uint8Array | number, critical = false): Subpacket {
  return { type, critical, body: typeof body === 'number' ? numberBytes(body, 4) : body };
}

export const flags = (value: number): Subpacket => sub(27, bytes(value));

/** Everything of a signature packet that a test may bend. */
export interface Spec {
  readonly by: TestKey;
  readonly type: number;
  readonly object: readonly Uint8Array[];
  readonly hashed: readonly Subpacket[];
  readonly unhashed?: readonly Subpacket[];
  readonly version?: number;
  readonly hash?: number;
  /** The number that stands for the algorithm, whatever signs. */
  readonly algorithm?: number;
  readonly check?: Uint8Array;
  /** Bends the algorithm's numbers, given as they should be. */
  readonly numbers?: (numbers: Uint8Array) => Uint8Array;
}

const HASH_NAMES = new Map([
  [1, 'md5'],
  [2, 'sha1'],
  [3, 'ripemd160'],
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
  [12, 'sha3-256'],
  [14, 'sha3-512'],
]);

/** The body of a signature packet over `object`, right in everything that the spec does not bend. */
export function signatureBody(spec: Spec): Uint8Array {
  const { by, type, object, hashed, unhashed = [], version = 4, hash = 8 } = spec;
  const algorithm = spec.algorithm ?? by.public.algorithm;
  const covered = bytes(version, type, algorithm, hash, writeSubpackets(hashed));
  const data = bytes(...object, covered, version, 0xff, numberBytes(covered.length, 4));
  const name = HASH_NAMES.get(hash) ?? 'sha256';
  const digest = createHash(name).update(data).digest();
  const honest = numbersOf(name, data, digest, by);
  const numbers = spec.numbers?.(honest) ?? honest;
  return bytes(covered, writeSubpackets(unhashed), spec.check ?? digest.subarray(0, 2), numbers);
}

function numbersOf(
  name: string,
  data: Uint8Array,
  digest: Uint8Array,
  { secret, public: { algorithm } }: TestKey,
): Uint8Array {
  if (algorithm === 22 || algorithm === 27) {
    const raw = sign(null, digest, secret);
    return algorithm === 27 ? raw : bytes(writeNumber(raw.subarray(0, 32)), writeNumber(raw.subarray(32)));
  }
  const raw = sign(name, data, { key: secret, dsaEncoding: 'ieee-p1363' });
  if (secret.asymmetricKeyType === 'rsa') return writeNumber(raw);
  return bytes(writeNumber(raw.subarray(0, raw.length / 2)), writeNumber(raw.subarray(raw.length / 2)));
}

export const packet = (tag: number, body: Uint8Array): Uint8Array => writePacket({ tag, body });
export const signature = (spec: Spec): Uint8Array => packet(2, signatureBody(spec));
export const armoredKey = (...packets: readonly Uint8Array[]): string =>
  writeArmor(bytes(...packets), 'PUBLIC KEY BLOCK');

/** The parts of a certificate of a signing primary with signing subkeys, each a packet, to be put together or bent. */
export interface Bend {
  readonly hash?: number;
  readonly hashed?: readonly Subpacket[];
  readonly unhashed?: readonly Subpacket[];
  readonly type?: number;
  readonly by?: TestKey;
  readonly numbers?: (numbers: Uint8Array) => Uint8Array;
  readonly check?: Uint8Array;
  readonly version?: number;
}

export const USER_ID = Buffer.from('Alice Example <alice@example.org>');

export function certification(primary: TestKey, bend: Bend = {}, userId: Uint8Array = USER_ID): Uint8Array {
  const object = over.userId(primary.public, userId);
  return signature({ by: primary, type: 0x13, object, hashed: [sub(2, BORN), flags(0x03)], ...bend });
}

export function keyRevocation(primary: TestKey, bend: Bend = {}): Uint8Array {
  return signature({
    by: primary,
    type: 0x20,
    object: over.key(primary.public),
    hashed: [sub(2, BORN + 10)],
    ...bend,
  });
}

export function userIdRevocation(
  primary: TestKey,
  bend: Bend = {},
  userId: Uint8Array = USER_ID,
): Uint8Array {
  const object = over.userId(primary.public, userId);
  return signature({ by: primary, type: 0x30, object, hashed: [sub(2, BORN + 10)], ...bend });
}

/** A subkey's cross-certification: the body that is embedded. */
export function cross(primary: TestKey, subkey: TestKey, bend: Bend = {}): Uint8Array {
  const object = over.subkey(primary.public, subkey.public);
  return signatureBody({ by: subkey, type: 0x19, object, hashed: [sub(2, BORN)], ...bend });
}

/** The binding of a signing subkey, its cross-certification unhashed as GnuPG has it. */
export function binding(primary: TestKey, subkey: TestKey, bend: Bend = {}): Uint8Array {
  const object = over.subkey(primary.public, subkey.public);
  const embedded = [sub(32, cross(primary, subkey))];
  return signature({
    by: primary,
    type: 0x18,
    object,
    hashed: [sub(2, BORN), flags(0x02)],
    unhashed: embedded,
    ...bend,
  });
}

export function subkeyRevocation(primary: TestKey, subkey: TestKey, bend: Bend = {}): Uint8Array {
  const object = over.subkey(primary.public, subkey.public);
  return signature({ by: primary, type: 0x28, object, hashed: [sub(2, BORN + 10)], ...bend });
}
