import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type * as OpenPGP from 'openpgp';
import type { PartialConfig, PrivateKey, SecretKeyPacket, SecretSubkeyPacket } from 'openpgp';
import type { KeyInfo } from '../core/keys.js';
import { base64url, bigEndian, toNumber } from './numbers.js';

/** What a new key is made of. Times in seconds; `expires`: lifetime, null for none; `passphrase` null: not encrypted. */
export interface NewKey {
  readonly name: string;
  readonly email: string;
  readonly passphrase: string | null;
  readonly expires: number | null;
  readonly now: number;
}

/** A key's packets, binary: with the secret parts, and without. */
export interface KeyPair {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

type SecretPacket = SecretKeyPacket | SecretSubkeyPacket;
type Library = typeof OpenPGP;

/** RFC 9580 section 3.7.1.3: the coded count 255 hashes 65,011,712 octets, as much as the format can ask for. */
const S2K_COUNT_MOST = 255;

/** Loaded when a key is made, imported or used: reading ledgers never needs it. */
function library(): Promise<Library> {
  return import('openpgp');
}

/** What we change of the library's defaults: version 4, as GnuPG 2.2 reads it, and no random salt notation. */
function settings(openpgp: Library): PartialConfig {
  return {
    v6Keys: false,
    aeadProtect: false,
    s2kType: openpgp.enums.s2k.iterated,
    s2kIterationCountByte: S2K_COUNT_MOST,
    preferredHashAlgorithm: openpgp.enums.hash.sha512,
    nonDeterministicSignaturesViaNotation: false,
  };
}

/** Makes a signing Ed25519 key of version 4 (algorithm 22) that GnuPG 2.2 and later imports: one primary, no subkey. */
export async function makeKey({ name, email, passphrase, expires, now }: NewKey): Promise<KeyPair> {
  const openpgp = await library();
  const { privateKey, publicKey } = await openpgp.generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name, email }],
    subkeys: [],
    date: new Date(now * 1000),
    keyExpirationTime: expires ?? 0,
    ...(passphrase === null ? {} : { passphrase }),
    format: 'object',
    config: settings(openpgp),
  });
  return { secret: privateKey.write(), public: publicKey.write() };
}

/** A secret key that was read; its parts are named by fingerprint (40 upper-case hex digits). */
export interface SecretKey {
  /** The packets without the secret parts, binary. */
  readonly public: Uint8Array;
  /** `absent`: a stub, a card, or an encryption that the library does not know. */
  state(fingerprint: string): 'locked' | 'open' | 'absent';
  /** Opens one part. false: the passphrase is wrong. Throws where the part is broken. */
  unlock(fingerprint: string, passphrase: string): Promise<boolean>;
  /** Throws where an open part's secret and public numbers are not of one key. */
  validate(fingerprint: string): Promise<void>;
  /** Overwrites the opened secret numbers of every part; the key is of no use afterwards. */
  wipe(): void;
  /** The secret part that belongs to `key`, opened before, for node:crypto. Throws where it is none. */
  keyObject(key: KeyInfo): KeyObject;
}

/** Reads the packets of one secret key. Throws what the library throws: it names no secret. */
export async function readSecretKey(bytes: Uint8Array): Promise<SecretKey> {
  const openpgp = await library();
  // A copy, because what is parsed points into it and `wipe` overwrites it.
  const key = await openpgp.readPrivateKey({ binaryKey: Uint8Array.from(bytes) });
  const parts = secretParts(openpgp, key);
  const part = (fingerprint: string): SecretPacket => {
    const found = parts.get(fingerprint);
    if (found === undefined || found.isMissingSecretKeyMaterial())
      throw new Error('the secret part is absent');
    return found;
  };
  return {
    public: key.toPublic().write(),
    state: (fingerprint) => {
      const found = parts.get(fingerprint);
      if (found === undefined || found.isMissingSecretKeyMaterial()) return 'absent';
      return found.isDecrypted() ? 'open' : 'locked';
    },
    unlock: (fingerprint, passphrase) => unlock(part(fingerprint), passphrase),
    validate: (fingerprint) => part(fingerprint).validate(),
    wipe: () => {
      for (const packet of parts.values()) packet.makeDummy();
    },
    keyObject: (key) => secretKeyObject(part(key.fingerprint), key),
  };
}

function secretParts(openpgp: Library, key: PrivateKey): ReadonlyMap<string, SecretPacket> {
  const parts = new Map<string, SecretPacket>();
  for (const { keyPacket } of key.getKeys()) {
    if (keyPacket instanceof openpgp.SecretKeyPacket || keyPacket instanceof openpgp.SecretSubkeyPacket) {
      parts.set(keyPacket.getFingerprint().toUpperCase(), keyPacket);
    }
  }
  return parts;
}

/** Through JSON Web Key (RFC 7517, 7518, 8037): the public numbers from `key`, the secret ones from the packet. */
function secretKeyObject(packet: SecretPacket, { spki }: KeyInfo): KeyObject {
  const params: Record<string, unknown> = { ...packet.privateParams };
  const secret = (name: string): Uint8Array => {
    const value = params[name];
    if (!(value instanceof Uint8Array)) throw new Error('the secret part is not open');
    return value;
  };
  const open = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
  const jwk = { ...open.export({ format: 'jwk' }), ...secretNumbers(open.asymmetricKeyType, secret) };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

function secretNumbers(type: string | undefined, secret: (name: string) => Uint8Array): JsonWebKey {
  if (type === 'ed25519') return { d: base64url(secret('seed')) };
  if (type === 'ec') return { d: base64url(secret('d')) };
  if (type !== 'rsa') throw new Error('no such key signs');
  // OpenPGP's u is the inverse of p modulo q, and JWK's qi that of q modulo p: the primes change places.
  const [d, p, q] = [secret('d'), secret('q'), secret('p')];
  const modulo = (prime: Uint8Array): Uint8Array => bigEndian(toNumber(d) % (toNumber(prime) - 1n));
  const jwk = { d, p, q, dp: modulo(p), dq: modulo(q), qi: secret('u') };
  return Object.fromEntries(Object.entries(jwk).map(([name, value]) => [name, base64url(value)]));
}

async function unlock(packet: SecretPacket, passphrase: string): Promise<boolean> {
  try {
    await packet.decrypt(passphrase);
    return true;
  } catch (error) {
    // The library gives no code; everything else that it throws here says that the packet itself is at fault.
    if (error instanceof Error && error.message.startsWith('Incorrect key passphrase')) return false;
    throw error;
  }
}
