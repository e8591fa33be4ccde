import { describe, expect, it } from 'vitest';
import { writeNumber } from '../../src/signing/numbers.js';
import { readPublicKey } from '../../src/signing/public-key.js';
import { BORN, bytes, keyBody, testKey, type Kind } from './support/build.js';

const ED25519 = bytes(9, '2b06010401da470f01');
const X25519 = bytes(10, '2b060104019755010501');
const P256 = bytes(8, '2a8648ce3d030107');
const POINT = testKey('ed25519-27').body.subarray(6);
const testKeyP256 = testKey('p256').body;

function read(algorithm: number, numbers: Uint8Array): ReturnType<typeof readPublicKey> {
  return readPublicKey(keyBody(algorithm, numbers));
}

function rsa(bits: number): Uint8Array {
  const n = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  n[0] = 0xff >> (n.length * 8 - bits);
  return bytes(writeNumber(n), writeNumber(bytes('010001')));
}

describe('§5.4 points that are no keys', () => {
  const SMALL = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    `ec${'ff'.repeat(30)}7f`,
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ];
  const negative = (point: string): string =>
    point.slice(0, 62) + (parseInt(point.slice(62), 16) | 0x80).toString(16).padStart(2, '0');

  it.each([...SMALL, ...SMALL.map(negative)])(
    '%s of small order is not strong: it signs without a key',
    (point) => {
      expect(read(27, Buffer.from(point, 'hex'))?.strong).toBe(false);
    },
  );
});

describe('§5.4 which keys are strong', () => {
  it.each<[Kind, string, boolean]>([
    ['ed25519', 'ed25519', true],
    ['ed25519-27', 'ed25519', true],
    ['p256', 'nistp256', true],
    ['p384', 'nistp384', true],
    ['p521', 'nistp521', true],
    ['rsa2048', 'rsa2048', true],
    ['rsa1024', 'rsa1024', false],
    ['secp256k1', 'secp256k1', false],
    ['brainpool', 'brainpoolP256r1', false],
  ])('%s is %s, strong: %s', (kind, name, strong) => {
    const { public: key } = testKey(kind);
    expect(key).toMatchObject({ algorithmName: name, strong, created: BORN });
    expect(key.spki === '').toBe(!strong);
  });

  it.each([
    [2047, false],
    [2048, true],
    [8192, true],
    [8193, false],
  ])('RSA of %i bits: %s', (bits, strong) => {
    expect(read(1, rsa(bits))?.strong).toBe(strong);
    expect(read(3, rsa(bits))?.strong).toBe(strong);
  });

  it.each<[string, number, Uint8Array]>([
    ['RSA that only encrypts', 2, rsa(3072)],
    ['Elgamal', 16, bytes('0001010001010001', 1)],
    ['DSA', 17, bytes('000101000101000101000101')],
    ['ECDH', 18, bytes(X25519, writeNumber(bytes(0x40, POINT)), '03010808')],
    ['X25519', 25, POINT],
    ['Ed448', 28, bytes('00'.repeat(57))],
    ['ECDSA on the curve of Ed25519', 19, bytes(ED25519, writeNumber(bytes(0x40, POINT)))],
    ['EdDSA on P-256', 22, bytes(P256, testKey('p256').body.subarray(15))],
    ['an Ed25519 point that is not below the field', 27, bytes('ff'.repeat(31), '7f')],
    ['an algorithm that nobody knows', 99, bytes('00')],
  ])('%s is not', (_, algorithm, numbers) => {
    expect(read(algorithm, numbers)).toMatchObject({ strong: false, spki: '' });
  });
});

describe('§5 Certificates: material is compared by public parameters', () => {
  it.each<[string, [number, Uint8Array], [number, Uint8Array]]>([
    ['Ed25519 as 22 and 27', [22, bytes(ED25519, writeNumber(bytes(0x40, POINT)))], [27, POINT]],
    ['X25519 as 18 and 25', [18, bytes(X25519, writeNumber(bytes(0x40, POINT)), '03010808')], [25, POINT]],
    [
      'X25519 with other key derivation parameters',
      [18, bytes(X25519, writeNumber(bytes(0x40, POINT)), '03010808')],
      [18, bytes(X25519, writeNumber(bytes(0x40, POINT)), '03010a09')],
    ],
    ['RSA as 1 and 3', [1, rsa(2048)], [3, rsa(2048)]],
    ['RSA as 1 and 2', [1, rsa(2048)], [2, rsa(2048)]],
    ['P-256 as ECDSA and ECDH', [19, bytes(P256, testPoint())], [18, bytes(P256, testPoint(), '03010808')]],
  ])('%s are one', (_, one, two) => {
    const [a, b] = [read(...one), read(...two)];
    expect(a?.material).toBeTruthy();
    expect(a?.material).toBe(b?.material);
  });

  it('another creation time is another fingerprint and the same material', () => {
    const [a, b] = [readPublicKey(keyBody(27, POINT, 1)), readPublicKey(keyBody(27, POINT, 2))];
    expect(a?.fingerprint).not.toBe(b?.fingerprint);
    expect(a?.material).toBe(b?.material);
  });

  it('RSA keys with one modulus and other exponents are two', () => {
    const n = rsa(2048).subarray(0, 258);
    const [a, b] = ['03', '010001'].map((e) => read(1, bytes(n, writeNumber(bytes(e)))));
    expect(a?.material).toBeTruthy();
    expect(a?.material).not.toBe(b?.material);
  });

  it('other keys have other material', () => {
    const kinds: Kind[] = ['ed25519', 'ed25519', 'p256', 'p256', 'p384', 'rsa2048', 'rsa2048', 'secp256k1'];
    expect(new Set(kinds.map((kind) => testKey(kind).public.material)).size).toBe(kinds.length);
  });
});

describe('keys whose packets are refused', () => {
  it.each<[string, Uint8Array]>([
    ['version 3', bytes(3, keyBody(27, POINT).subarray(1))],
    ['version 5', bytes(5, keyBody(27, POINT).subarray(1))],
    ['version 6', bytes(6, keyBody(27, POINT).subarray(1))],
    ['nothing', bytes()],
    ['no algorithm', bytes('0400000000')],
    ['an Ed25519 point of 31 octets', keyBody(27, POINT.subarray(1))],
    ['an Ed25519 point of 33 octets', keyBody(27, bytes(POINT, 0))],
    ['a bit count that is wrong', keyBody(1, bytes('07ff', rsa(2048).subarray(2)))],
    ['a number with a zero in front', keyBody(1, bytes('0808', '00', rsa(2048).subarray(2)))],
    ['an octet left over: RSA', keyBody(1, bytes(rsa(2048), 0))],
    ['an octet left over: ECDSA', bytes(testKey('p256').body, 0)],
    ['an octet left over: EdDSA', bytes(testKey('ed25519').body, 0)],
    ['an octet left over: ECDH', keyBody(18, bytes(X25519, writeNumber(bytes(0x40, POINT)), '0301080800'))],
    ['ECDH without its parameters', keyBody(18, bytes(X25519, writeNumber(bytes(0x40, POINT))))],
    [
      'a point that is not on its curve',
      testKey('p256').body.map((octet, at, { length }) => (at === length - 1 ? octet ^ 1 : octet)),
    ],
    [
      'a point in hybrid form',
      testKeyP256.map((octet, at, { length }) => (at === length - 65 ? octet | 0x06 : octet)),
    ],
    ['a compressed point', keyBody(19, bytes(P256, writeNumber(bytes(2, POINT))))],
    ['a point of another curve’s length', keyBody(19, bytes(P256, testKey('p384').body.subarray(12)))],
    ['a curve without a name', keyBody(19, bytes(0, testPoint()))],
  ])('%s', (_, body) => {
    expect(readPublicKey(body)).toBeNull();
  });
});

function testPoint(): Uint8Array {
  return testKeyP256.subarray(15);
}
