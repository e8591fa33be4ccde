import { describe, expect, it } from 'vitest';
import type { KeyInfo } from '../../src/core/keys.js';
import type { SignatureReading } from '../../src/core/ports.js';
import { writeArmor } from '../../src/signing/armor.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { writeNumber } from '../../src/signing/numbers.js';
import { numberBytes } from '../../src/signing/packets.js';
import { readSignature } from '../../src/signing/signature.js';
import {
  packet,
  BORN,
  bytes,
  signatureBody,
  sub,
  testKey,
  type Kind,
  type Spec,
  type TestKey,
} from './support/build.js';
import { infoOf } from './support/info.js';

const PAYLOAD = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nrequest\n');
const AT = BORN + 1000;
const ed = testKey('ed25519');
const other = testKey('ed25519');
const rsa = testKey('rsa2048');
const checker = createSignatureChecker();

interface Case {
  readonly spec?: Partial<Spec>;
  readonly keys?: readonly KeyInfo[];
  readonly payload?: Uint8Array;
  readonly at?: number;
  /** Bends the packets that the armor holds. */
  readonly packets?: (packets: Uint8Array) => Uint8Array;
  readonly armor?: (armor: string) => string;
}

const honest: Spec = {
  by: ed,
  type: 0x00,
  object: [PAYLOAD],
  hashed: [sub(2, AT), sub(33, bytes(4, ed.public.fingerprint))],
};

function check({
  spec = {},
  keys = [infoOf(ed)],
  payload = PAYLOAD,
  at = AT,
  packets,
  armor,
}: Case): Promise<SignatureReading> {
  const plain = packet(2, signatureBody({ ...honest, ...spec }));
  const armored = writeArmor(packets?.(plain) ?? plain, 'SIGNATURE');
  return checker.check({ payload, armor: armor?.(armored) ?? armored, keys, at });
}

async function outcome(one: Case): Promise<string> {
  const reading = await check(one);
  return reading.ok ? 'ok' : reading.reason;
}

function kind(by: TestKey): Case {
  return { spec: { by }, keys: [infoOf(by)] };
}

/** Both halves of an Ed25519 signature of algorithm 22, bent. */
function halves(
  bend: (r: Uint8Array, s: Uint8Array) => readonly Uint8Array[],
): (numbers: Uint8Array) => Uint8Array {
  return (numbers) => {
    const length = 2 + Math.ceil((((numbers[0] ?? 0) << 8) | (numbers[1] ?? 0)) / 8);
    return bytes(...bend(numbers.subarray(0, length), numbers.subarray(length)));
  };
}

function flipped(whole: Uint8Array, at: number): Uint8Array {
  return whole.map((octet, place) => (place === at ? octet ^ 0x01 : octet));
}

/** Where the check octets stand in a packet whose unhashed area is empty. */
function checkAt(made: Uint8Array): number {
  return 2 + 6 + (((made[6] ?? 0) << 8) | (made[7] ?? 0)) + 2;
}

describe('§5.3 signatures that are taken', () => {
  it.each<[string, Case]>([
    ['the least that there can be: a creation time', { spec: { hashed: [sub(2, AT)] } }],
    ['SHA-256', { spec: { hash: 8 } }],
    ['SHA-384', { spec: { hash: 9 } }],
    ['SHA-512', { spec: { hash: 10 } }],
    ['made 900 s before `at`', { spec: { hashed: [sub(2, AT - 900)] } }],
    ['made 900 s after `at`', { spec: { hashed: [sub(2, AT + 900)] } }],
    [
      'creation time, issuer and issuer fingerprint marked as critical',
      {
        spec: {
          hashed: [
            sub(2, AT, true),
            sub(16, bytes('00'.repeat(8)), true),
            sub(33, bytes('00'.repeat(21)), true),
          ],
        },
      },
    ],
    [
      'a hashed notation, signer’s user id and an unknown subpacket',
      { spec: { hashed: [sub(2, AT), sub(20, bytes('00')), sub(28, bytes('41')), sub(101, bytes())] } },
    ],
    [
      'issuer and issuer fingerprint unhashed',
      { spec: { unhashed: [sub(16, bytes('00'.repeat(8))), sub(33, bytes('00'.repeat(21)))] } },
    ],
    [
      'an issuer that lies: keys are tried',
      { spec: { hashed: [sub(2, AT), sub(33, bytes(4, other.public.fingerprint))] } },
    ],
    ['the second of two keys', { keys: [infoOf(other), infoOf(ed)] }],
    ['an old packet header', { packets: (made) => bytes(0x88, made.subarray(1)) }],
    ['an empty payload', { spec: { object: [] }, payload: bytes() }],
  ])('%s', async (_, one) => {
    expect(await check(one)).toMatchObject({ ok: true, key: { fingerprint: ed.public.fingerprint } });
  });

  it.each<Kind>(['ed25519', 'ed25519-27', 'p256', 'p384', 'p521', 'rsa2048'])('§5.4 %s', async (name) => {
    const by = testKey(name);
    expect(await check(kind(by))).toMatchObject({ ok: true, key: { fingerprint: by.public.fingerprint } });
  });

  it('§5.4 RSA of algorithm 3', async () => {
    const by = testKey('rsa2048');
    const sign = { ...by, public: { ...by.public, algorithm: 3 } };
    expect(await outcome(kind(sign))).toBe('ok');
  });
});

describe('§5.3 signatures whose form is refused', () => {
  it.each<[string, Case]>([
    ['text around the armor', { armor: (armor) => `x\n${armor}` }],
    ['a final newline', { armor: (armor) => `${armor}\n` }],
    ['another kind of armor', { armor: (armor) => armor.replaceAll('SIGNATURE', 'MESSAGE') }],
    ['two signatures', { packets: (made) => bytes(made, made) }],
    ['a packet hidden behind it', { packets: (made) => bytes(made, packet(13, bytes('41'))) }],
    ['a marker before it', { packets: (made) => bytes(packet(10, bytes('504750')), made) }],
    ['padding behind it', { packets: (made) => bytes(made, packet(21, bytes('00'))) }],
    ['an octet left over', { packets: (made) => bytes(made, 0) }],
    [
      'a partial length',
      { packets: (made) => bytes(0xc2, 0xe0, made.subarray(2, 3), made.length - 3, made.subarray(3)) },
    ],
    ['another packet type', { packets: (made) => bytes(0xcd, made.subarray(1)) }],
    ['version 3', { spec: { version: 3 } }],
    ['version 5', { spec: { version: 5 } }],
    ['version 6', { spec: { version: 6 } }],
    ['type text document', { spec: { type: 0x01 } }],
    ['type standalone', { spec: { type: 0x02 } }],
    ['type certification', { spec: { type: 0x13 } }],
    ['type timestamp', { spec: { type: 0x40 } }],
    ['MD5', { spec: { hash: 1 } }],
    ['SHA-1', { spec: { hash: 2 } }],
    ['RIPEMD-160', { spec: { hash: 3 } }],
    ['SHA-224', { spec: { hash: 11 } }],
    ['SHA3-256', { spec: { hash: 12 } }],
    ['an unknown hash', { spec: { hash: 99 } }],
    ['a first check octet that is wrong', { packets: (made) => flipped(made, checkAt(made)) }],
    ['a second check octet that is wrong', { packets: (made) => flipped(made, checkAt(made) + 1) }],
    ['no creation time', { spec: { hashed: [] } }],
    ['two creation times', { spec: { hashed: [sub(2, AT), sub(2, AT)] } }],
    ['a creation time of three octets', { spec: { hashed: [sub(2, numberBytes(AT, 4).subarray(1))] } }],
    ['a creation time of five octets', { spec: { hashed: [sub(2, bytes(numberBytes(AT, 4), 0))] } }],
    ['made 901 s before `at`', { spec: { hashed: [sub(2, AT - 901)] } }],
    ['made 901 s after `at`', { spec: { hashed: [sub(2, AT + 901)] } }],
    ['an `at` that is no number', { at: Number.NaN }],
    ['a creation time that is only unhashed', { spec: { hashed: [], unhashed: [sub(2, AT)] } }],
    ['a second creation time, unhashed', { spec: { unhashed: [sub(2, AT)] } }],
    ['an expiration time', { spec: { hashed: [sub(2, AT), sub(3, 86400)] } }],
    ['an expiration time of zero', { spec: { hashed: [sub(2, AT), sub(3, 0)] } }],
    ['an unhashed expiration time', { spec: { unhashed: [sub(3, 86400)] } }],
    ['a critical notation', { spec: { hashed: [sub(2, AT), sub(20, bytes('00'), true)] } }],
    [
      'a critical subpacket that nobody knows',
      { spec: { hashed: [sub(2, AT), sub(101, bytes('00'), true)] } },
    ],
    ['a critical subpacket of a known kind', { spec: { hashed: [sub(2, AT), sub(28, bytes('41'), true)] } }],
    ['an unhashed notation', { spec: { unhashed: [sub(20, bytes('00'))] } }],
    ['an unhashed user id', { spec: { unhashed: [sub(28, bytes('41'))] } }],
    ['an unhashed subpacket that nobody knows', { spec: { unhashed: [sub(101, bytes())] } }],
    [
      'subpackets that do not fill their area',
      { packets: (made) => made.map((octet, at) => (at === 8 ? octet + 1 : octet)) },
    ],
  ])('%s', async (_, one) => {
    expect(await outcome(one)).toBe('bad-signature');
  });

  it('another payload: its check octets differ, or else its mathematics', async () => {
    expect(await outcome({ payload: Buffer.from('tree evil\n') })).not.toBe('ok');
  });
});

describe('§5.3 exactly one key of the actor', () => {
  it.each<[string, Case]>([
    ['a key that the policy lists for somebody else', { keys: [infoOf(other)] }],
    ['no keys', { keys: [] }],
    ['the same key listed twice: two verify it', { keys: [infoOf(ed), infoOf(ed)] }],
    ['the algorithm of the signature is not the key’s', { keys: [{ ...infoOf(ed), algorithm: 27 }] }],
    [
      'a key that is not strong has nothing to verify with',
      { keys: [{ ...infoOf(ed), strong: false, spki: '' }] },
    ],
    [
      'an RSA signature that names algorithm 3 by a key of algorithm 1',
      { ...kind(rsa), spec: { by: rsa, algorithm: 3 } },
    ],
  ])('%s', async (_, one) => {
    expect(await outcome(one)).toBe('wrong-key');
  });

  it.each<Kind>(['rsa1024', 'secp256k1', 'brainpool'])('§5.4 %s is never taken', async (name) => {
    expect(await outcome(kind(testKey(name)))).toBe('wrong-key');
  });

  it('§5.4 a signature that verifies under two listed keys is by nobody', async () => {
    // Whoever knows one ECDSA signature can work out a second key that verifies it; here both keys are one.
    const by = testKey('p256');
    expect(
      await outcome({ spec: { by }, keys: [infoOf(by), { ...infoOf(by), fingerprint: 'F'.repeat(40) }] }),
    ).toBe('wrong-key');
  });
});

describe('§5.3, 5.4 numbers that are not as they should be', () => {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const littleEndian = (value: bigint): Uint8Array =>
    Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
  const value = (number: Uint8Array): bigint =>
    BigInt(
      `0x${Buffer.concat([Buffer.alloc(34 - number.length), number.subarray(2)])
        .reverse()
        .toString('hex')}`,
    );

  it.each<[string, Case]>([
    [
      'a bit count that is too large',
      { spec: { numbers: (made) => bytes((made[0] ?? 0) + 1, made.subarray(1)) } },
    ],
    [
      'a zero octet in front',
      { spec: { numbers: halves((r, s) => [bytes('0108', '00', '01'.repeat(32)), r, s]) } },
    ],
    ['an octet left over', { spec: { numbers: (made) => bytes(made, 0) } }],
    ['one number only', { spec: { numbers: halves((r) => [r]) } }],
    ['three numbers', { spec: { numbers: halves((r, s) => [r, s, s]) } }],
    ['no number', { spec: { numbers: () => bytes() } }],
    ['R and S exchanged', { spec: { numbers: halves((r, s) => [s, r]) } }],
    [
      'S plus the order',
      { spec: { numbers: halves((r, s) => [r, writeNumber(littleEndian(value(s) + order))]) } },
    ],
    ['S zero', { spec: { numbers: halves((r) => [r, bytes('0000')]) } }],
    ['an R of 33 octets', { spec: { numbers: halves((_, s) => [writeNumber(bytes('01'.repeat(33))), s]) } }],
  ])('Ed25519 (22): %s', async (_, one) => {
    expect(await outcome(one)).toBe('wrong-key');
  });

  const p256 = testKey('p256');
  const n = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const plusOrder = (number: Uint8Array): Uint8Array =>
    writeNumber(
      Buffer.from(
        (BigInt(`0x${Buffer.from(number.subarray(2)).toString('hex')}`) + n).toString(16).padStart(66, '0'),
        'hex',
      ),
    );
  it.each<[string, (numbers: Uint8Array) => Uint8Array]>([
    ['r zero', halves((_, s) => [bytes('0000'), s])],
    ['s zero', halves((r) => [r, bytes('0000')])],
    ['s plus the order', halves((r, s) => [r, plusOrder(s)])],
    [
      'r and s as the order',
      halves(() => [
        writeNumber(Buffer.from(n.toString(16), 'hex')),
        writeNumber(Buffer.from(n.toString(16), 'hex')),
      ]),
    ],
    ['r and s exchanged', halves((r, s) => [s, r])],
    ['an octet left over', (made) => bytes(made, 0)],
  ])('ECDSA: %s', async (_, numbers) => {
    expect(await outcome({ spec: { by: p256, numbers }, keys: [infoOf(p256)] })).toBe('wrong-key');
  });

  it.each<[string, (numbers: Uint8Array) => Uint8Array]>([
    ['an octet changed', (made) => made.map((octet, at) => (at === 100 ? octet ^ 1 : octet))],
    ['longer than the modulus', (made) => writeNumber(bytes(1, made.subarray(2)))],
    ['an octet left over', (made) => bytes(made, 0)],
    ['zero', () => bytes('0000')],
  ])('RSA: %s', async (_, numbers) => {
    expect(await outcome({ spec: { by: rsa, numbers }, keys: [infoOf(rsa)] })).toBe('wrong-key');
  });

  const ed27 = testKey('ed25519-27');
  it.each<[string, (numbers: Uint8Array) => Uint8Array]>([
    ['63 octets', (made) => made.subarray(1)],
    ['65 octets', (made) => bytes(made, 0)],
    [
      'two numbers as algorithm 22 has them',
      (made) => bytes(writeNumber(made.subarray(0, 32)), writeNumber(made.subarray(32))),
    ],
    [
      'S plus the order',
      (made) => bytes(made.subarray(0, 32), littleEndian(value(bytes('0000', made.subarray(32))) + order)),
    ],
  ])('Ed25519 (27): %s', async (_, numbers) => {
    expect(await outcome({ spec: { by: ed27, numbers }, keys: [infoOf(ed27)] })).toBe('wrong-key');
  });

  it('a number with zeros in front is taken in its shortest form', async () => {
    let at = 0;
    let body = signatureBody(honest);
    // Two octets of length and 32 of number, twice: one signature in 128 is shorter.
    while (readSignature(body)?.numbers.length === 68) {
      at += 1;
      body = signatureBody({ ...honest, hashed: [sub(2, AT), sub(28, numberBytes(at, 4))] });
    }
    const armor = writeArmor(packet(2, body), 'SIGNATURE');
    const reading = await checker.check({ payload: PAYLOAD, armor, keys: [infoOf(ed)], at: AT });
    expect(reading.ok).toBe(true);
  });
});
