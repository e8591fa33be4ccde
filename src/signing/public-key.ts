import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto';
import { base64url, bitLength, hex, littleEndian, readNumbers } from './numbers.js';
import { numberAt, numberBytes } from './packets.js';

/** One version-4 public key packet, read. What KeyInfo says of the key itself, without what signatures say. */
export interface PublicKey {
  /** The packet's body. */
  readonly body: Uint8Array;
  readonly fingerprint: string;
  readonly created: number;
  readonly algorithm: number;
  readonly algorithmName: string;
  readonly material: string;
  readonly strong: boolean;
  /** Base64; empty where not strong. */
  readonly spki: string;
}

/** What a key packet's numbers come to. `jwk`: only where section 5.4 accepts algorithm, curve and size. */
interface Numbers {
  readonly name: string;
  readonly material: string;
  readonly jwk: JsonWebKey | null;
}

interface Curve {
  readonly name: string;
  /** Octets of one coordinate and JWK's name, where section 5.4 accepts ECDSA on it. */
  readonly accepted?: { readonly size: number; readonly jwk: string };
}

/** By object identifier in hex. RFC 9580 section 9.2. */
const CURVES: ReadonlyMap<string, Curve> = new Map<string, Curve>([
  ['2a8648ce3d030107', { name: 'nistp256', accepted: { size: 32, jwk: 'P-256' } }],
  ['2b81040022', { name: 'nistp384', accepted: { size: 48, jwk: 'P-384' } }],
  ['2b81040023', { name: 'nistp521', accepted: { size: 66, jwk: 'P-521' } }],
  ['2b8104000a', { name: 'secp256k1' }],
  ['2b2403030208010107', { name: 'brainpoolP256r1' }],
  ['2b240303020801010b', { name: 'brainpoolP384r1' }],
  ['2b240303020801010d', { name: 'brainpoolP512r1' }],
]);
const ED25519_OID = '2b06010401da470f01';
const X25519_OID = '2b060104019755010501';
/** The field of Curve25519: RFC 8032 refuses a point whose y is not below it. */
const FIELD = 2n ** 255n - 19n;

/**
 * The y of the points of order 1, 2, 4 and 8 of edwards25519, for either sign of x: anybody can make signatures of such a "key", and
 * verifiers differ about them. libsodium refuses the same.
 */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD - 1n,
  littleEndian(Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex')),
  littleEndian(Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex')),
]);

const RSA_BITS = { least: 2048, most: 8192 };

/**
 * Reads the body of a public (sub)key packet. Material is canonical over public parameters, so that a key has one
 * material whatever packet it stands in (section 5, Certificates). null: not version 4, numbers that are not as
 * RFC 9580 writes them, or octets left over.
 */
export function readPublicKey(body: Uint8Array): PublicKey | null {
  const created = numberAt(body, 1, 4);
  const algorithm = body[5];
  if (body[0] !== 4 || created === null || algorithm === undefined || body.length > 0xffff) return null;
  const numbers = readKeyNumbers(algorithm, body.subarray(6));
  if (numbers === null) return null;
  const spki = numbers.jwk === null ? '' : spkiOf(numbers.jwk);
  if (spki === null) return null;
  const { name, material } = numbers;
  const fingerprint = createHash('sha1').update(hashedKey(body)).digest('hex').toUpperCase();
  return { body, fingerprint, created, algorithm, algorithmName: name, material, strong: spki !== '', spki };
}

/** A key as signatures and fingerprints cover it. RFC 9580 section 5.2.4. */
export function hashedKey(body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x99), numberBytes(body.length, 2), body]);
}

function readKeyNumbers(algorithm: number, bytes: Uint8Array): Numbers | null {
  switch (algorithm) {
    case 1:
    case 2:
    case 3:
      return readRsa(algorithm, bytes);
    case 16:
      return plainNumbers('elgamal', bytes, 3);
    case 17:
      return plainNumbers('dsa', bytes, 4);
    case 18:
    case 19:
    case 22:
      return readCurveKey(algorithm, bytes);
    case 25:
      return bytes.length === 32 ? { name: 'x25519', material: `x25519:${hex(bytes)}`, jwk: null } : null;
    case 27:
      return bytes.length === 32 ? ed25519(bytes) : null;
    default:
      return {
        name: `algorithm${String(algorithm)}`,
        material: `${String(algorithm)}:${hex(bytes)}`,
        jwk: null,
      };
  }
}

function readRsa(algorithm: number, bytes: Uint8Array): Numbers | null {
  const [n, e] = wholeNumbers(bytes, 2) ?? [];
  if (n === undefined || e === undefined) return null;
  const bits = bitLength(n);
  const accepted = algorithm !== 2 && bits >= RSA_BITS.least && bits <= RSA_BITS.most;
  const jwk = accepted ? { kty: 'RSA', n: base64url(n), e: base64url(e) } : null;
  return { name: `rsa${String(bits)}`, material: `rsa:${hex(n)}:${hex(e)}`, jwk };
}

function readCurveKey(algorithm: number, bytes: Uint8Array): Numbers | null {
  const length = bytes[0];
  if (length === undefined || length === 0 || length === 0xff) return null;
  const oid = hex(bytes.subarray(1, 1 + length));
  const numbers = readNumbers(bytes, 1 + length, 1);
  const point = numbers?.values[0];
  if (numbers === null || point === undefined) return null;
  const rest = bytes.subarray(numbers.end);
  // Only ECDH has more: a counted field of key derivation parameters.
  if (algorithm === 18 ? rest.length === 0 || rest[0] !== rest.length - 1 : rest.length !== 0) return null;
  // Native points of 32 octets stand behind an octet 0x40.
  const native = point.length === 33 && point[0] === 0x40 ? point.subarray(1) : null;
  if (algorithm === 22) return oid === ED25519_OID && native !== null ? ed25519(native) : other(oid, point);
  if (oid === X25519_OID && native !== null) {
    return { name: 'x25519', material: `x25519:${hex(native)}`, jwk: null };
  }
  const curve = CURVES.get(oid)?.accepted;
  if (algorithm !== 19 || curve === undefined) return other(oid, point);
  if (point.length !== 1 + 2 * curve.size || point[0] !== 0x04) return null;
  const x = base64url(point.subarray(1, 1 + curve.size));
  const y = base64url(point.subarray(1 + curve.size));
  return { ...other(oid, point), jwk: { kty: 'EC', crv: curve.jwk, x, y } };
}

function other(oid: string, point: Uint8Array): Numbers {
  return { name: CURVES.get(oid)?.name ?? `curve${oid}`, material: `ec:${oid}:${hex(point)}`, jwk: null };
}

function ed25519(point: Uint8Array): Numbers {
  const y = littleEndian(point) & (2n ** 255n - 1n);
  const jwk = y < FIELD && !SMALL_ORDER.has(y) ? { kty: 'OKP', crv: 'Ed25519', x: base64url(point) } : null;
  return { name: 'ed25519', material: `ed25519:${hex(point)}`, jwk };
}

function plainNumbers(name: string, bytes: Uint8Array, count: number): Numbers | null {
  const values = wholeNumbers(bytes, count);
  return values && { name, material: `${name}:${values.map(hex).join(':')}`, jwk: null };
}

function wholeNumbers(bytes: Uint8Array, count: number): Uint8Array[] | null {
  const numbers = readNumbers(bytes, 0, count);
  return numbers !== null && numbers.end === bytes.length ? numbers.values : null;
}

/** The key for node:crypto; null where the library finds that it is none (a point off its curve). */
function spkiOf(jwk: JsonWebKey): string | null {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
      .export({ type: 'spki', format: 'der' })
      .toString('base64');
  } catch {
    return null;
  }
}
