import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { writeArmor } from '../../src/signing/armor.js';
import { readCertificate } from '../../src/signing/certificate.js';
import { minimalCertificate, type MinimalCertificate } from '../../src/signing/minimal-certificate.js';
import {
  armoredKey,
  binding,
  BORN,
  bytes,
  certification,
  flags,
  keyBody,
  keyRevocation,
  packet,
  signature,
  sub,
  subkeyRevocation,
  testKey,
  userIdRevocation,
  USER_ID,
  type Bend,
  type TestKey,
} from './support/build.js';
import { over } from '../../src/signing/self-signature.js';

const primary = testKey('ed25519');
const subkey = testKey('p256');
const stranger = testKey('ed25519');
const key = packet(6, primary.body);
const userId = packet(13, USER_ID);
const certified = certification(primary);
const MINIMAL = armoredKey(key, userId, certified);

const at = (seconds: number, ...more: readonly ReturnType<typeof sub>[]): Bend => ({
  hashed: [sub(2, BORN + seconds), ...(more.length > 0 ? more : [flags(0x03)])],
});
const direct = (bend: Bend): Uint8Array =>
  signature({ by: primary, type: 0x1f, object: over.key(primary.public), hashed: [sub(2, BORN)], ...bend });
const signing = (one: TestKey, bend: Bend = {}): Uint8Array[] => [
  packet(14, one.body),
  binding(primary, one, bend),
];
const encrypting = (one: TestKey): Uint8Array[] =>
  signing(one, { hashed: [sub(2, BORN), flags(0x0c)], unhashed: [] });

function make(...packets: readonly Uint8Array[]): Promise<MinimalCertificate> {
  return minimalCertificate(bytes(...packets));
}

async function fault(
  given: Promise<unknown>,
): Promise<{ code: string; hint: string | undefined; message: string }> {
  try {
    await given;
  } catch (error) {
    if (error instanceof MpaError) return { code: error.code, hint: error.hint, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('§5 writers make the minimal form out of whatever people export', () => {
  it('what is minimal already stays as it is, armored or binary, whatever its line ends', async () => {
    for (const given of [
      MINIMAL,
      `${MINIMAL}\n`,
      MINIMAL.replaceAll('\n', '\r\n'),
      MINIMAL.replace('\n\n', '\nComment: x\n\n'),
    ]) {
      expect((await minimalCertificate(Buffer.from(given))).armored).toBe(MINIMAL);
    }
    expect(await make(key, userId, certified)).toMatchObject({ armored: MINIMAL, dropped: [] });
  });

  it('old packet headers are written anew', async () => {
    const old = (made: Uint8Array): Uint8Array =>
      bytes(0x80 | (((made[0] ?? 0) & 0x3f) << 2), made.subarray(1));
    expect((await make(old(key), old(userId), old(certified))).armored).toBe(MINIMAL);
  });

  it('trust packets, markers, photographs, third-party and direct-key signatures are left out', async () => {
    const photo = [packet(17, bytes('00')), certification(primary)];
    const foreign = certification(primary, { by: stranger });
    const packets = [
      packet(10, bytes('504750')),
      key,
      direct({}),
      userId,
      foreign,
      certified,
      packet(12, bytes('00')),
      ...photo,
    ];
    expect((await make(...packets)).armored).toBe(MINIMAL);
  });

  it('unhashed subpackets but issuer, issuer fingerprint and an embedded signature are left out', async () => {
    const junk = certification(primary, {
      unhashed: [sub(16, bytes('00'.repeat(8))), sub(20, bytes('00')), sub(101, bytes('00'))],
    });
    const tidy = certification(primary, { unhashed: [sub(16, bytes('00'.repeat(8)))] });
    expect((await make(key, userId, junk)).armored).toBe(armoredKey(key, userId, tidy));
  });

  it('the newest self-certification counts, wherever it stands; of one second the last', async () => {
    const old = certification(primary, at(1, flags(0x01)));
    const fresh = certification(primary, at(2));
    expect((await make(key, userId, fresh, old)).armored).toBe(armoredKey(key, userId, fresh));
    const twin = certification(primary, at(2, flags(0x02)));
    expect((await make(key, userId, fresh, twin)).armored).toBe(armoredKey(key, userId, twin));
  });

  it('a newer certification that is not right counts for nothing', async () => {
    const forged = certification(primary, { ...at(9), by: stranger });
    expect((await make(key, userId, certified, forged)).armored).toBe(MINIMAL);
  });

  it('the newest binding counts', async () => {
    const old = binding(primary, subkey, at(1, flags(0x0c)));
    const fresh = binding(primary, subkey, at(2, flags(0x02)));
    const packets = [key, userId, certified, packet(14, subkey.body)];
    expect((await make(...packets, fresh, old)).armored).toBe(armoredKey(...packets, fresh));
  });
});

describe('§5 the primary user id', () => {
  const other = Buffer.from('Alice at Work <work@example.org>');
  const [one, two] = [packet(13, USER_ID), packet(13, other)];
  const emailOf = async (...packets: readonly Uint8Array[]): Promise<string> =>
    (await make(key, ...packets)).certificate.userId.email;
  const primaryMark = [flags(0x03), sub(25, bytes(1))];

  it('the one that is marked as primary', async () => {
    expect(
      await emailOf(
        one,
        certification(primary, at(5)),
        two,
        certification(primary, at(1, ...primaryMark), other),
      ),
    ).toBe('work@example.org');
  });
  it('else the one that was certified last', async () => {
    expect(await emailOf(one, certified, two, certification(primary, at(5), other))).toBe('work@example.org');
    expect(await emailOf(one, certification(primary, at(5)), two, certification(primary, at(1), other))).toBe(
      'alice@example.org',
    );
  });
  it('never one that is revoked', async () => {
    const marked = certification(primary, at(1, ...primaryMark), other);
    expect(await emailOf(one, certified, two, marked, userIdRevocation(primary, at(1), other))).toBe(
      'alice@example.org',
    );
  });
  it('one that was certified anew after its revocation', async () => {
    const again = certification(primary, at(3, ...primaryMark), other);
    expect(await emailOf(one, certified, two, userIdRevocation(primary, at(2), other), again)).toBe(
      'work@example.org',
    );
  });
  it('a revocation by somebody else revokes nothing', async () => {
    expect(await emailOf(one, certified, userIdRevocation(primary, { by: stranger }))).toBe(
      'alice@example.org',
    );
  });
  it('one of a form that a policy can take, before all else', async () => {
    const odd = Buffer.from('just a name');
    const marked = certification(primary, at(9, ...primaryMark), odd);
    expect(await emailOf(packet(13, odd), marked, one, certified)).toBe('alice@example.org');
  });
  it.each([
    ['Alice Example (laptop) <a@example.org>', 'Alice Example'],
    ['Alice Jr. <a@example.org>', 'Alice Jr'],
    ['  Älïcé ❤ <a@example.org>', 'Älïcé ❤'],
    ['(only) <a@example.org>', '(only)'],
  ])('§4 the name of %s', async (text, name) => {
    const { certificate } = await make(
      key,
      packet(13, Buffer.from(text)),
      certification(primary, {}, Buffer.from(text)),
    );
    expect(certificate.userId).toEqual({ name, email: 'a@example.org', text });
  });
});

describe('§5 subkeys', () => {
  const base = [key, userId, certified];
  const names = ({ certificate }: MinimalCertificate): string[] =>
    certificate.keys.slice(1).map(({ fingerprint }) => fingerprint);

  it('a revoked one is kept with its revocation, so that its material stays taken', async () => {
    const { certificate } = await make(
      ...base,
      packet(14, subkey.body),
      subkeyRevocation(primary, subkey),
      binding(primary, subkey),
    );
    expect(certificate.keys[1]?.revoked).toBe(true);
  });

  it.each<[string, readonly Uint8Array[]]>([
    ['without a binding', [packet(14, subkey.body)]],
    ['with a binding by somebody else', signing(subkey, { by: stranger })],
    ['with a SHA-1 binding', signing(subkey, { hash: 2 })],
    ['with a binding that expires', signing(subkey, { hashed: [sub(2, BORN), flags(0x02), sub(3, 60)] })],
    ['without its cross-certification', signing(subkey, { unhashed: [] })],
    ['with a revocation of SHA-1', [...signing(subkey), subkeyRevocation(primary, subkey, { hash: 2 })]],
    ['of version 3', [packet(14, bytes(3, subkey.body.subarray(1))), binding(primary, subkey)]],
    ['that signs with an algorithm that is not accepted', signing(testKey('secp256k1'))],
  ])('one %s is left out, and said so', async (_, packets) => {
    const made = await make(...base, ...packets);
    expect(made.armored).toBe(MINIMAL);
    expect(made.dropped).toHaveLength(1);
  });

  it('of more than eight, those that sign stay, in their order', async () => {
    const signers = Array.from({ length: 4 }, () => testKey('ed25519'));
    const others = Array.from({ length: 6 }, () => testKey('ed25519'));
    const mixed = [...others.slice(0, 3), ...signers, ...others.slice(3)];
    const made = await make(
      ...base,
      ...mixed.flatMap((one) => (signers.includes(one) ? signing(one) : encrypting(one))),
    );
    const kept = [...others.slice(0, 3), ...signers, ...others.slice(3, 4)];
    expect(names(made)).toEqual(kept.map((one) => one.public.fingerprint));
    expect(made.dropped).toHaveLength(2);
  });

  it('of more than eight that sign, revoked ones go first, then the oldest', async () => {
    const signers = Array.from({ length: 10 }, (_, index) =>
      testKey('ed25519', BORN + (index === 6 ? 0 : index + 1)),
    );
    const packets = signers.flatMap((one, index) =>
      index === 2 ? [...signing(one), subkeyRevocation(primary, one)] : signing(one),
    );
    const made = await make(...base, ...packets);
    expect(names(made)).toEqual(
      signers.filter((_, index) => index !== 2 && index !== 6).map((one) => one.public.fingerprint),
    );
  });

  it('what does not fit into 16 KiB is left out in the same order', async () => {
    const large = Array.from({ length: 6 }, (_, index) => keyBody(99, Buffer.alloc(3000, index)));
    const packets = large.flatMap((body) => {
      const one = { ...stranger, body, public: { ...stranger.public, body } };
      return encrypting(one);
    });
    const made = await make(...base, ...packets, ...signing(subkey));
    expect(names(made)).toHaveLength(4);
    expect(names(made).at(-1)).toBe(subkey.public.fingerprint);
  });
});

describe('§5 keys that are refused: `bad-key`, and what to do', () => {
  const text = (value: string): Uint8Array => Buffer.from(value);
  const withUserId = (value: string | Uint8Array): Uint8Array[] => {
    const body = typeof value === 'string' ? Buffer.from(value) : value;
    return [key, packet(13, body), certification(primary, {}, body)];
  };
  const rsa1024 = testKey('rsa1024');
  const brainpool = testKey('brainpool');
  const secp = testKey('secp256k1');
  const dsa = keyBody(17, bytes('0001010001010001010001', 1));
  const rows: [string, Uint8Array, RegExp][] = [
    ['nothing', bytes(), /empty/],
    ['text without a key', text('hello'), /OpenPGP key/],
    ['a block that is cut off', text(MINIMAL.slice(0, -20)), /broken/],
    ['binary that is cut off', bytes(key, userId, certified).subarray(0, -1), /broken/],
    ['noise', bytes('ff'.repeat(50)), /broken/],
    ['a file larger than 8 MiB', Buffer.alloc(8 * 1024 * 1024 + 1, 0xc2), /8 MiB/],
    ['a signature', text(writeArmor(certified, 'SIGNATURE')), /SIGNATURE/],
    [
      'a secret key',
      text(writeArmor(bytes(packet(5, primary.body), userId, certified), 'PRIVATE KEY BLOCK')),
      /secret/,
    ],
    ['a secret key, binary', bytes(packet(5, primary.body), userId, certified), /secret/],
    ['a secret subkey', bytes(key, userId, certified, packet(7, subkey.body)), /secret/],
    [
      'a secret key behind a public one',
      text(`${MINIMAL}\n${writeArmor(packet(5, primary.body), 'PRIVATE KEY BLOCK')}`),
      /secret/,
    ],
    [
      'two keys',
      bytes(key, userId, certified, packet(6, stranger.body), userId, certification(stranger)),
      /2 keys/,
    ],
    ['two blocks', text(`${MINIMAL}\n${MINIMAL}`), /2 keys/],
    ['a user id without a key', bytes(userId, certified), /public key/],
    ['version 3', bytes(packet(6, bytes(3, primary.body.subarray(1))), userId, certified), /version 3/],
    ['version 5', bytes(packet(6, bytes(5, primary.body.subarray(1))), userId, certified), /version 5/],
    ['version 6', bytes(packet(6, bytes(6, primary.body.subarray(1))), userId, certified), /version 6/],
    ['a key that is broken', bytes(packet(6, primary.body.subarray(0, -1)), userId, certified), /broken/],
    ['DSA', bytes(packet(6, dsa), userId, certified), /dsa/],
    ['RSA of 1024 bits', bytes(packet(6, rsa1024.body), userId, certification(rsa1024)), /rsa1024/],
    ['brainpool', bytes(packet(6, brainpool.body), userId, certification(brainpool)), /brainpool/],
    ['secp256k1', bytes(packet(6, secp.body), userId, certification(secp)), /secp256k1/],
    ['no user id', bytes(key), /user id/],
    ['no self-signature', bytes(key, userId), /user id/],
    [
      'only a third party’s certification',
      bytes(key, userId, certification(primary, { by: stranger })),
      /user id/,
    ],
    ['a SHA-1 self-signature', bytes(key, userId, certification(primary, { hash: 2 })), /SHA-256/],
    [
      'a SHA-1 self-signature that is newer than a good one',
      bytes(key, userId, certified, certification(primary, { ...at(9), hash: 2 })),
      /SHA-256/,
    ],
    [
      'a self-signature that expires',
      bytes(key, userId, certification(primary, at(0, flags(3), sub(3, 60)))),
      /expiration/,
    ],
    [
      'an unknown critical subpacket',
      bytes(key, userId, certification(primary, at(0, flags(3), sub(101, bytes(), true)))),
      /critical/,
    ],
    [
      'a designated revoker on the key',
      bytes(
        key,
        direct({ hashed: [sub(2, BORN), sub(12, bytes('8016', '00'.repeat(20)))] }),
        userId,
        certified,
      ),
      /revoker/,
    ],
    [
      'a designated revoker on the user id',
      bytes(key, userId, certification(primary, at(0, flags(3), sub(12, bytes('8016', '00'.repeat(20)))))),
      /revoker/,
    ],
    [
      'an older signature that names a designated revoker',
      bytes(
        key,
        userId,
        certification(primary, at(0, sub(12, bytes('8016', '00'.repeat(20))))),
        certification(primary, at(5)),
      ),
      /revoker/,
    ],
    ['a revoked key', bytes(key, keyRevocation(primary), userId, certified), /revoked/],
    [
      'a key revoked with SHA-1',
      bytes(key, keyRevocation(primary, { hash: 2 }), userId, certified),
      /revoked/,
    ],
    [
      'a key whose only user id is revoked',
      bytes(key, userId, certified, userIdRevocation(primary)),
      /revoked/,
    ],
    [
      'an expiry that only a direct-key signature states',
      bytes(key, direct({ hashed: [sub(2, BORN), sub(9, 60)] }), userId, certified),
      /direct-key/,
    ],
    [
      'a direct-key expiry before that of the user id',
      bytes(
        key,
        direct({ hashed: [sub(2, BORN), sub(9, 60)] }),
        userId,
        certification(primary, at(0, flags(3), sub(9, 61))),
      ),
      /direct-key/,
    ],
    ['no key that signs', bytes(key, userId, certification(primary, at(0, flags(0x01)))), /cannot sign/],
    [
      'no key that signs but a revoked subkey',
      bytes(
        key,
        userId,
        certification(primary, at(0, flags(0x01))),
        ...signing(subkey),
        subkeyRevocation(primary, subkey),
      ),
      /cannot sign/,
    ],
    [
      'more than 16 KiB',
      bytes(key, userId, certification(primary, at(0, flags(3), sub(101, Buffer.alloc(13_000))))),
      /16 KiB/,
    ],
    ['a user id without an address', bytes(...withUserId('Alice')), /Name <email>/],
    ['a user id without a name', bytes(...withUserId('<a@example.org>')), /Name <email>/],
    ['a user id that is an address', bytes(...withUserId('a@example.org')), /Name <email>/],
    ['a name of dots', bytes(...withUserId('... <a@example.org>')), /Name <email>/],
    ['a name with a control character', bytes(...withUserId('Al\u0007ice <a@example.org>')), /Name <email>/],
    ['a name of 101 characters', bytes(...withUserId(`${'a'.repeat(101)} <a@example.org>`)), /Name <email>/],
    [
      'a name that is not UTF-8',
      bytes(...withUserId(bytes(Buffer.from('Al'), 0xe9, Buffer.from('x <a@example.org>')))),
      /Name <email>/,
    ],
    ['an address outside ASCII', bytes(...withUserId('Alice <ä@example.org>')), /Name <email>/],
    ['an address with a space', bytes(...withUserId('Alice <a b@example.org>')), /Name <email>/],
    ['text after the address', bytes(...withUserId('Alice <a@example.org> x')), /Name <email>/],
  ];
  it.each(rows)('%s', async (_, given, message) => {
    const found = await fault(minimalCertificate(given));
    expect(found.code).toBe('bad-key');
    expect(found.message).toMatch(message);
    expect(found.hint).toBeTruthy();
  });

  it('more than 16 KiB by the only signing subkey', async () => {
    const large = [sub(2, BORN), flags(0x02), sub(101, Buffer.alloc(13_000))];
    const found = await fault(make(key, userId, certified, ...signing(subkey, { hashed: large })));
    expect(found).toMatchObject({ code: 'bad-key', message: 'the key does not fit into 16 KiB' });
  });

  it('a direct-key expiry that the user id repeats is no reason', async () => {
    const repeated = certification(primary, at(0, flags(3), sub(9, 60)));
    const { armored } = await make(key, direct({ hashed: [sub(2, BORN), sub(9, 60)] }), userId, repeated);
    expect(readCertificate(armored)).toMatchObject({
      ok: true,
      certificate: { keys: [{ expires: BORN + 60 }] },
    });
  });

  it('a key that only certifies is taken with a signing subkey', async () => {
    const { certificate } = await make(
      key,
      userId,
      certification(primary, at(0, flags(0x01))),
      ...signing(subkey),
    );
    expect(certificate.keys.map(({ maySign }) => maySign)).toEqual([false, true]);
  });
});
