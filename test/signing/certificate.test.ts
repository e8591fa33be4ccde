import { describe, expect, it } from 'vitest';
import type { KeyInfo } from '../../src/core/keys.js';
import { writeArmor } from '../../src/signing/armor.js';
import { createCertificateReader, readCertificate } from '../../src/signing/certificate.js';
import {
  armoredKey,
  binding,
  BORN,
  bytes,
  certification,
  cross,
  flags,
  keyBody,
  keyRevocation,
  packet,
  sub,
  subkeyRevocation,
  testKey,
  userIdRevocation,
  USER_ID,
  type Bend,
} from './support/build.js';

const primary = testKey('ed25519');
const subkey = testKey('p256', BORN + 5);
const stranger = testKey('ed25519');

const key = packet(6, primary.body);
const userId = packet(13, USER_ID);
const certified = certification(primary);
const sub1 = packet(14, subkey.body);
const bound = binding(primary, subkey);

const MINIMAL = [key, userId, certified];
const WHOLE = [
  key,
  keyRevocation(primary),
  userId,
  certified,
  userIdRevocation(primary),
  sub1,
  bound,
  subkeyRevocation(primary, subkey),
];
const WITH_SUBKEY = [...MINIMAL, sub1, bound];

function read(...packets: readonly Uint8Array[]): readonly KeyInfo[] | string {
  const reading = readCertificate(armoredKey(...packets));
  return reading.ok ? reading.certificate.keys : reading.problem;
}

function keys(...packets: readonly Uint8Array[]): readonly KeyInfo[] {
  const answer = read(...packets);
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

const encryptionFlags = { hashed: [sub(2, BORN), flags(0x0c)], unhashed: [] };

describe('§5 Certificates that are read', () => {
  it('the least: a primary key, a user id, its certification', () => {
    const reading = readCertificate(armoredKey(...MINIMAL));
    expect(reading).toEqual({
      ok: true,
      certificate: {
        userId: {
          name: 'Alice Example',
          email: 'alice@example.org',
          text: 'Alice Example <alice@example.org>',
        },
        keys: [
          {
            fingerprint: primary.public.fingerprint,
            material: primary.public.material,
            algorithm: 22,
            algorithmName: 'ed25519',
            strong: true,
            created: BORN,
            expires: null,
            revoked: false,
            certified: true,
            maySign: true,
            primary: null,
            spki: primary.public.spki,
          },
        ],
      },
    });
  });

  it.each([0x10, 0x11, 0x12, 0x13])('a certification of type %i', (type) => {
    expect(keys(key, userId, certification(primary, { type }))).toHaveLength(1);
  });

  it.each([8, 9, 10])('hash %i', (hash) => {
    const embedded = [sub(32, cross(primary, subkey, { hash }))];
    expect(
      keys(
        key,
        userId,
        certification(primary, { hash }),
        sub1,
        binding(primary, subkey, { hash, unhashed: embedded }),
      ),
    ).toHaveLength(2);
  });

  it('a signing subkey with its cross-certification, unhashed or hashed', () => {
    const hashed = [sub(2, BORN), flags(0x02), sub(32, cross(primary, subkey))];
    for (const packets of [
      WITH_SUBKEY,
      [...MINIMAL, sub1, binding(primary, subkey, { hashed, unhashed: [] })],
    ]) {
      expect(keys(...packets)[1]).toMatchObject({
        fingerprint: subkey.public.fingerprint,
        certified: true,
        maySign: true,
        revoked: false,
        primary: { fingerprint: primary.public.fingerprint, expires: null, revoked: false },
      });
    }
  });

  it('an encryption subkey needs no cross-certification and may not sign', () => {
    expect(keys(...MINIMAL, sub1, binding(primary, subkey, encryptionFlags))[1]).toMatchObject({
      certified: false,
      maySign: false,
    });
  });

  it('a subkey of an algorithm that nobody knows is listed and never strong', () => {
    const odd = {
      ...subkey,
      body: keyBody(99, bytes('0102')),
      public: { ...subkey.public, body: keyBody(99, bytes('0102')) },
    };
    expect(keys(...MINIMAL, packet(14, odd.body), binding(primary, odd, encryptionFlags))[1]).toMatchObject({
      strong: false,
      material: '99:0102',
    });
  });

  it('eight subkeys', () => {
    const many = Array.from({ length: 8 }, () => testKey('ed25519')).flatMap((one) => [
      packet(14, one.body),
      binding(primary, one),
    ]);
    expect(keys(...MINIMAL, ...many)).toHaveLength(9);
  });

  it('a user id that is no name and address: it decides nothing', () => {
    const odd = bytes('ff00fe');
    const reading = readCertificate(armoredKey(key, packet(13, odd), certification(primary, {}, odd)));
    expect(reading).toMatchObject({ ok: true, certificate: { userId: { name: '', email: '' } } });
  });

  it('unhashed subpackets count for nothing', () => {
    const unhashed = [
      sub(3, 1),
      sub(9, 1),
      flags(0x00),
      sub(12, bytes('80')),
      sub(101, bytes('00'), true),
      sub(2, 0),
    ];
    expect(keys(key, userId, certification(primary, { unhashed }))).toEqual(keys(...MINIMAL));
    expect(
      keys(key, userId, certification(primary, { hashed: [sub(2, BORN)], unhashed: [flags(0x02)] }))[0]
        ?.maySign,
    ).toBe(false);
  });

  it('known critical subpackets and unknown ones that are not critical', () => {
    const hashed = [
      sub(2, BORN, true),
      { ...flags(0x03), critical: true },
      sub(9, 0, true),
      sub(30, bytes('01'), true),
      sub(101, bytes()),
      sub(20, bytes('00')),
    ];
    expect(keys(key, userId, certification(primary, { hashed }))).toEqual(keys(...MINIMAL));
  });
});

describe('§5 Certificates: expiry and flags', () => {
  const expiring = (seconds: number, flag = 0x03): Bend => ({
    hashed: [sub(2, BORN), flags(flag), sub(9, seconds)],
  });
  it('the user id’s certification gives the primary’s expiry, counted from the key’s creation', () => {
    expect(keys(key, userId, certification(primary, expiring(3600)))[0]?.expires).toBe(BORN + 3600);
  });
  it('an expiry of zero is none', () => {
    expect(keys(key, userId, certification(primary, expiring(0)))[0]?.expires).toBeNull();
  });
  it('the binding gives the subkey’s, and the primary’s stands beside it', () => {
    const [, second] = keys(
      key,
      userId,
      certification(primary, expiring(3600)),
      sub1,
      binding(primary, subkey, expiring(60, 0x02)),
    );
    expect(second).toMatchObject({ expires: BORN + 5 + 60, primary: { expires: BORN + 3600 } });
  });
  it.each([
    [0x01, false],
    [0x02, true],
    [0x03, true],
    [0x20, false],
  ])('flags %i: may sign is %s', (flag, maySign) => {
    expect(
      keys(key, userId, certification(primary, { hashed: [sub(2, BORN), flags(flag)] }))[0]?.maySign,
    ).toBe(maySign);
  });
  it('without key flags nothing may sign', () => {
    expect(keys(key, userId, certification(primary, { hashed: [sub(2, BORN)] }))[0]?.maySign).toBe(false);
    expect(
      keys(key, userId, certification(primary, { hashed: [sub(2, BORN), sub(27, bytes())] }))[0]?.maySign,
    ).toBe(false);
  });
});

describe('§5 Certificates: any revocation ends what it revokes', () => {
  it('nothing is revoked without one', () => {
    expect(keys(...WITH_SUBKEY).map(({ revoked }) => revoked)).toEqual([false, false]);
  });
  it('the key’s', () => {
    const [first, second] = keys(key, keyRevocation(primary), userId, certified, sub1, bound);
    expect([first?.revoked, second?.revoked, second?.primary?.revoked]).toEqual([true, false, true]);
  });
  it('the user id’s: the whole key', () => {
    const [first, second] = keys(...MINIMAL, userIdRevocation(primary), sub1, bound);
    expect([first?.revoked, second?.revoked, second?.primary?.revoked]).toEqual([true, false, true]);
  });
  it('a subkey’s: that subkey', () => {
    const [first, second] = keys(...WITH_SUBKEY, subkeyRevocation(primary, subkey));
    expect([first?.revoked, second?.revoked, second?.primary?.revoked]).toEqual([false, true, false]);
  });
  it.each([0, 1, 2, 3])('for whatever reason: %i', (reason) => {
    const hashed = [sub(2, BORN), sub(29, bytes(reason))];
    expect(keys(key, keyRevocation(primary, { hashed }), userId, certified)[0]?.revoked).toBe(true);
  });
  it('all three together', () => {
    expect(keys(...WHOLE)).toHaveLength(2);
  });
});

describe('§5 Certificates that are refused: armor, size and packets', () => {
  const refused = (armored: string): void => expect(readCertificate(armored).ok).toBe(false);
  const valid = armoredKey(...MINIMAL);
  it.each([
    ['text before the armor', `x\n${valid}`],
    ['a final newline', `${valid}\n`],
    ['a header', valid.replace('\n\n', '\nComment: x\n\n')],
    ['a wrong CRC-24', valid.replace(/=.{4}\n-----END/, '=AAAA\n-----END')],
    ['another label', valid.replaceAll('PUBLIC KEY BLOCK', 'SIGNATURE')],
    ['a private key', writeArmor(bytes(...MINIMAL), 'PRIVATE KEY BLOCK')],
    ['an octet left over', writeArmor(bytes(...MINIMAL, 0), 'PUBLIC KEY BLOCK')],
  ])('%s', (_, armored) => {
    refused(armored);
  });

  it('16 KiB are read, and one octet more is not', () => {
    const text = Buffer.alloc(11_800, 0x41);
    const armored = armoredKey(key, packet(13, text), certification(primary, {}, text));
    const [begin = '', empty = '', ...lines] = armored.split('\n');
    // A line break more is an octet more, and base64 in lines of at most 76 all the same.
    const padded = (length: number): string => {
      const breaks = length - armored.length;
      const split = lines.map((line, at) => (at < breaks ? `${line.slice(0, 1)}\n${line.slice(1)}` : line));
      return [begin, empty, ...split].join('\n');
    };
    expect(padded(16_384)).toHaveLength(16_384);
    expect(readCertificate(padded(16_384)).ok).toBe(true);
    refused(padded(16_385));
  });

  it.each<[string, readonly Uint8Array[]]>([
    ['no primary key', [userId, certified]],
    ['a subkey in the primary’s place', [packet(14, primary.body), userId, certified]],
    ['a secret key', [packet(5, primary.body), userId, certified]],
    ['no user id', [key]],
    ['no certification', [key, userId]],
    ['a certification before the user id', [key, certified, userId]],
    ['two user ids', [...MINIMAL, userId, certified]],
    ['two certifications', [...MINIMAL, certified]],
    ['a photograph', [...MINIMAL, packet(17, bytes('00')), certified]],
    ['a trust packet', [...MINIMAL, packet(12, bytes('00'))]],
    ['a marker', [packet(10, bytes('504750')), ...MINIMAL]],
    ['padding', [...MINIMAL, packet(21, bytes('00'))]],
    ['a second primary key', [...MINIMAL, key]],
    ['a second certificate', [...MINIMAL, ...MINIMAL]],
    ['a direct-key signature', [key, keyRevocation(primary, { type: 0x1f }), userId, certified]],
    ['two revocations of the key', [key, keyRevocation(primary), keyRevocation(primary), userId, certified]],
    ['the revocation of the key at the end', [...MINIMAL, keyRevocation(primary)]],
    ['two revocations of the user id', [...MINIMAL, userIdRevocation(primary), userIdRevocation(primary)]],
    [
      'the revocation of the user id before its certification',
      [key, userId, userIdRevocation(primary), certified],
    ],
    ['a subkey before the user id', [key, sub1, bound, userId, certified]],
    ['a subkey without a binding', [...MINIMAL, sub1]],
    ['a binding without a subkey', [...MINIMAL, bound]],
    ['two bindings', [...WITH_SUBKEY, bound]],
    [
      'two revocations of a subkey',
      [...WITH_SUBKEY, subkeyRevocation(primary, subkey), subkeyRevocation(primary, subkey)],
    ],
    [
      'the revocation of a subkey before its binding',
      [...MINIMAL, sub1, subkeyRevocation(primary, subkey), bound],
    ],
    [
      'nine subkeys',
      [
        ...MINIMAL,
        ...Array.from({ length: 9 }, () => testKey('ed25519')).flatMap((one) => [
          packet(14, one.body),
          binding(primary, one),
        ]),
      ],
    ],
    ['a third party’s certification', [...MINIMAL, certification(primary, { by: stranger })]],
    ['a version 3 key', [packet(6, bytes(3, primary.body.subarray(1))), userId, certified]],
    ['a version 6 key', [packet(6, bytes(6, primary.body.subarray(1))), userId, certified]],
    ['a version 3 subkey', [...MINIMAL, packet(14, bytes(3, subkey.body.subarray(1))), bound]],
  ])('%s', (_, packets) => {
    refused(armoredKey(...packets));
  });

  it.each(['rsa1024', 'secp256k1', 'brainpool'] as const)('a primary key of %s', (kind) => {
    const weak = testKey(kind);
    refused(armoredKey(packet(6, weak.body), userId, certification(weak)));
  });
});

describe('§5 Certificates that are refused: each of their signatures', () => {
  const embed = (bend: Bend): Bend => ({ unhashed: [sub(32, cross(primary, subkey, bend))] });
  const places: [string, number, (bend: Bend) => readonly Uint8Array[]][] = [
    ['the certification', 0x13, (bend) => [key, userId, certification(primary, bend)]],
    ['the key’s revocation', 0x20, (bend) => [key, keyRevocation(primary, bend), userId, certified]],
    ['the user id’s revocation', 0x30, (bend) => [...MINIMAL, userIdRevocation(primary, bend)]],
    ['the binding', 0x18, (bend) => [...MINIMAL, sub1, binding(primary, subkey, bend)]],
    ['the cross-certification', 0x19, (bend) => [...MINIMAL, sub1, binding(primary, subkey, embed(bend))]],
    ['the subkey’s revocation', 0x28, (bend) => [...WITH_SUBKEY, subkeyRevocation(primary, subkey, bend)]],
  ];
  const made = sub(2, BORN);
  const bends: [string, Bend][] = [
    ['by another key', { by: stranger }],
    ['MD5', { hash: 1 }],
    ['SHA-1', { hash: 2 }],
    ['SHA-224', { hash: 11 }],
    ['SHA3-256', { hash: 12 }],
    ['version 3', { version: 3 }],
    ['another type', { type: 0x00 }],
    ['wrong check octets', { check: bytes('0000') }],
    [
      'numbers that are not right',
      { numbers: (numbers) => numbers.map((octet, at) => (at === 10 ? octet ^ 1 : octet)) },
    ],
    ['an octet left over', { numbers: (numbers) => bytes(numbers, 0) }],
    ['no creation time', { hashed: [flags(0x02)] }],
    ['two creation times', { hashed: [made, made, flags(0x02)] }],
    ['a signature expiration time', { hashed: [made, flags(0x02), sub(3, 3600)] }],
    ['a designated revoker', { hashed: [made, flags(0x02), sub(12, bytes('8016', '00'.repeat(20)))] }],
    ['an unknown critical subpacket', { hashed: [made, flags(0x02), sub(101, bytes('00'), true)] }],
    ['a critical notation', { hashed: [made, flags(0x02), sub(20, bytes('00'), true)] }],
    ['flags stated twice', { hashed: [made, flags(0x02), flags(0x02)] }],
    ['an expiry stated twice', { hashed: [made, flags(0x02), sub(9, 1), sub(9, 2)] }],
    ['an expiry of three octets', { hashed: [made, flags(0x02), sub(9, bytes('000001'))] }],
  ];
  const rows = places.flatMap(([place, , packets]) =>
    bends.map(([what, bend]) => [place, what, packets(bend)] as const),
  );
  it.each(places)('%s stands in a valid certificate', (_, type, packets) => {
    // Beside each broken row: the same signature, of the type it should have, with the flags that it may carry.
    expect(typeof read(...packets({ type }))).toBe('object');
  });
  it.each(rows)('%s: %s', (_place, _what, packets) => {
    expect(typeof read(...packets)).toBe('string');
  });

  it('a certification of another user id', () => {
    expect(typeof read(key, packet(13, Buffer.from('Mallory <m@example.org>')), certified)).toBe('string');
  });
  it('a binding of another subkey', () => {
    expect(typeof read(...MINIMAL, packet(14, testKey('p256').body), bound)).toBe('string');
  });
  it('a revocation of another subkey', () => {
    expect(typeof read(...WITH_SUBKEY, subkeyRevocation(primary, testKey('p256')))).toBe('string');
  });
  it.each<[string, Bend]>([
    ['no cross-certification', { unhashed: [] }],
    [
      'two cross-certifications',
      { unhashed: [sub(32, cross(primary, subkey)), sub(32, cross(primary, subkey))] },
    ],
    ['one for another primary key', { unhashed: [sub(32, cross(stranger, subkey))] }],
    ['something else that is embedded', { unhashed: [sub(32, bytes('00'))] }],
  ])('a signing subkey with %s', (_, bend) => {
    expect(typeof read(...MINIMAL, sub1, binding(primary, subkey, bend))).toBe('string');
  });
  it('§5.4 a signing subkey that could never cross-certify: secp256k1', () => {
    const weak = testKey('secp256k1');
    expect(typeof read(...MINIMAL, packet(14, weak.body), binding(primary, weak))).toBe('string');
  });
});

describe('the reader remembers', () => {
  it('what it has read, and nothing else', async () => {
    const reader = createCertificateReader();
    const armored = armoredKey(...MINIMAL);
    expect(reader.known(armored)).toBeUndefined();
    const reading = await reader.read(armored);
    expect(reading.ok).toBe(true);
    expect(reader.known(armored)).toBe(reading);
    expect(reader.known(`${armored}\n`)).toBeUndefined();
    expect(await reader.read('nonsense')).toMatchObject({ ok: false });
    expect(reader.known('nonsense')).toMatchObject({ ok: false });
  });
});
