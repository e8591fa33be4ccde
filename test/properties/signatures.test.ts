import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { findArmor, readArmor, writeArmor } from '../../src/signing/armor.js';
import { readCertificate } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { minimalCertificate } from '../../src/signing/minimal-certificate.js';
import { readNumbers, writeNumber } from '../../src/signing/numbers.js';
import { readPackets, writePacket } from '../../src/signing/packets.js';
import { readPublicKey } from '../../src/signing/public-key.js';
import {
  readSignature,
  writeSignature,
  writeSubpackets,
  type Signature,
} from '../../src/signing/signature.js';
import {
  armoredKey,
  binding,
  BORN,
  bytes,
  certification,
  cross,
  flags,
  packet,
  signatureBody,
  sub,
  testKey,
  USER_ID,
} from '../signing/support/build.js';
import { infoOf } from '../signing/support/info.js';
import { runs } from './runs.js';

const PAYLOAD = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nrequest\n');
const key = testKey('ed25519');
const subkey = testKey('p256');
const body = signatureBody({
  by: key,
  type: 0,
  object: [PAYLOAD],
  hashed: [sub(2, BORN), sub(33, bytes(4, key.public.fingerprint))],
  unhashed: [sub(16, bytes(key.public.fingerprint.slice(-16)))],
});
const certificate = [
  packet(6, key.body),
  packet(13, USER_ID),
  certification(key),
  packet(14, subkey.body),
  binding(key, subkey),
];
const checker = createSignatureChecker();

const octets = (maxLength = 300): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const subpacket = fc.record({
  type: fc.integer({ min: 0, max: 127 }),
  critical: fc.boolean(),
  body: octets(400),
});

/** `bytes` with one octet changed, one added, or one taken away. */
function bent(whole: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat(whole.length - 1);
  return fc.oneof(
    fc
      .tuple(at, fc.integer({ min: 1, max: 255 }))
      .map(([place, by]) => whole.map((octet, i) => (i === place ? octet ^ by : octet))),
    fc
      .tuple(at, fc.nat(255))
      .map(([place, octet]) => bytes(whole.subarray(0, place), octet, whole.subarray(place))),
    at.map((place) => bytes(whole.subarray(0, place), whole.subarray(place + 1))),
  );
}

/** What of a signature its mathematics protects. */
function protectedPart(signature: Signature): string {
  return Buffer.from(bytes(signature.covered, signature.numbers)).toString('hex');
}

describe('§5.3 what is written is what is read', () => {
  it('armor: any octets come back, and what is read is armored as it was or only broken into other lines', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (given) => {
        const armored = writeArmor(given, 'SIGNATURE');
        expect(readArmor(armored, 'SIGNATURE')).toEqual(given);
        expect(findArmor(`x\r\n${armored}\r\n`)).toEqual([{ label: 'SIGNATURE', bytes: given }]);
      }),
    );
  });
  it('armor: with one character changed, added or taken away it holds the same octets, or the CRC-24 as more of them', () => {
    const whole = packet(2, body);
    const armored = Buffer.from(writeArmor(whole, 'SIGNATURE'));
    fc.assert(
      fc.property(bent(armored), (given) => {
        const read = readArmor(Buffer.from(given).toString('latin1'), 'SIGNATURE');
        // `=` taken away leaves four characters of data: three octets too many, which no packet takes in.
        if (read !== null) expect(Buffer.from(read).subarray(0, whole.length).equals(whole)).toBe(true);
        if (read !== null && read.length > whole.length) expect(readPackets(read)).toBeNull();
      }),
      runs(800),
    );
  });
  it('packets', () => {
    const one = fc.record({ tag: fc.integer({ min: 1, max: 63 }), body: octets(9000) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), (packets) => {
        const read = readPackets(Buffer.concat(packets.map(writePacket)));
        expect(read?.map(({ tag, body: inside }) => [tag, Buffer.from(inside).toString('hex')])).toEqual(
          packets.map(({ tag, body: inside }) => [tag, Buffer.from(inside).toString('hex')]),
        );
      }),
    );
  });
  it('numbers', () => {
    fc.assert(
      fc.property(octets(), octets(20), (value, rest) => {
        const shortest = value.subarray(value.findIndex((octet) => octet !== 0) >>> 0);
        const read = readNumbers(bytes(writeNumber(value), rest), 0, 1);
        expect(Buffer.from(read?.values[0] ?? [0]).equals(shortest)).toBe(true);
        expect(read?.end).toBe(2 + shortest.length);
      }),
    );
  });
  it('signatures', () => {
    fc.assert(
      fc.property(
        fc.array(subpacket, { maxLength: 4 }),
        fc.array(subpacket, { maxLength: 4 }),
        octets(),
        (hashed, unhashed, numbers) => {
          const given = bytes(
            '04001608',
            writeSubpackets(hashed),
            writeSubpackets(unhashed),
            'abcd',
            numbers,
          );
          const read = readSignature(given);
          expect(read?.hashed.map(({ type }) => type)).toEqual(hashed.map(({ type }) => type));
          expect(read?.unhashed.map(({ critical }) => critical)).toEqual(
            unhashed.map(({ critical }) => critical),
          );
          expect(read && Buffer.from(writeSignature(read, read.unhashed)).equals(given)).toBe(true);
        },
      ),
    );
  });
});

describe('§5.3 nothing bent is taken for what was signed', () => {
  it('a signature packet with one octet changed, added or taken away', async () => {
    const honest = readSignature(body);
    await fc.assert(
      fc.asyncProperty(bent(packet(2, body)), async (given) => {
        const armor = writeArmor(given, 'SIGNATURE');
        const reading = await checker.check({ payload: PAYLOAD, armor, keys: [infoOf(key)], at: BORN });
        if (!reading.ok) return;
        // Only the unhashed area and how lengths are written can differ.
        const read = readSignature(readPackets(given)?.[0]?.body ?? bytes());
        expect(read && protectedPart(read)).toBe(honest && protectedPart(honest));
      }),
      runs(1200),
    );
  });
  it('a payload with one octet changed, added or taken away', async () => {
    const armor = writeArmor(packet(2, body), 'SIGNATURE');
    await fc.assert(
      fc.asyncProperty(bent(PAYLOAD), async (payload) => {
        fc.pre(!PAYLOAD.equals(payload));
        expect((await checker.check({ payload, armor, keys: [infoOf(key)], at: BORN })).ok).toBe(false);
      }),
      runs(400),
    );
  });
  it('§5 a certificate with one octet changed, added or taken away gives the same keys or none', () => {
    const honest = readCertificate(armoredKey(...certificate));
    expect(honest.ok).toBe(true);
    fc.assert(
      fc.property(bent(bytes(...certificate)), (given) => {
        const reading = readCertificate(writeArmor(given, 'PUBLIC KEY BLOCK'));
        if (reading.ok) expect(reading).toEqual(honest);
      }),
      runs(1200),
    );
  });
});

describe('nothing that comes from outside ends in anything but an answer', () => {
  const noise = fc.oneof(
    octets(500),
    bent(bytes(...certificate)),
    bent(body),
    fc
      .array(fc.record({ tag: fc.constantFrom(2, 5, 6, 7, 13, 14, 17), body: octets(80) }))
      .map((packets) => Buffer.concat(packets.map(writePacket))),
    fc.array(fc.constantFrom(...certificate, packet(2, body))).map((packets) => bytes(...packets)),
  );
  it('readers answer null or a value', () => {
    fc.assert(
      fc.property(noise, fc.string(), (given, text) => {
        readPackets(given);
        readSignature(given);
        readPublicKey(given);
        readPublicKey(bytes(4, '00000000', given));
        expect(typeof readCertificate(text).ok).toBe('boolean');
        expect(typeof readCertificate(writeArmor(given, 'PUBLIC KEY BLOCK')).ok).toBe('boolean');
      }),
      runs(800),
    );
  });
  it('the checker says no', async () => {
    await fc.assert(
      fc.asyncProperty(noise, fc.string(), async (given, text) => {
        for (const armor of [
          text,
          writeArmor(given, 'SIGNATURE'),
          writeArmor(packet(2, given), 'SIGNATURE'),
        ]) {
          const reading = await checker.check({
            payload: Buffer.from('x'),
            armor,
            keys: [infoOf(key)],
            at: BORN,
          });
          expect(reading.ok).toBe(false);
        }
      }),
      runs(400),
    );
  });
  it('the maker of minimal certificates refuses with bad-key, or makes what the reader reads', async () => {
    await fc.assert(
      fc.asyncProperty(noise, async (given) => {
        try {
          const { armored } = await minimalCertificate(given);
          expect(readCertificate(armored).ok).toBe(true);
          expect((await minimalCertificate(Buffer.from(armored))).armored).toBe(armored);
        } catch (error) {
          if (!(error instanceof MpaError)) throw error;
          expect(error.code).toBe('bad-key');
        }
      }),
      runs(400),
    );
  });
});

describe('openpgp.js, as a second opinion', () => {
  // It wants an issuer in every signature, and finds keys by it; ours are found by trying.
  const by = (one: typeof key): ReturnType<typeof sub> => sub(16, bytes(one.public.fingerprint.slice(-16)));
  const embedded = sub(32, cross(key, subkey, { hashed: [sub(2, BORN), by(subkey)] }));
  const named = armoredKey(
    packet(6, key.body),
    packet(13, USER_ID),
    certification(key, { hashed: [sub(2, BORN), flags(0x03), by(key)] }),
    packet(14, subkey.body),
    binding(key, subkey, { hashed: [sub(2, BORN), flags(0x02), by(key)], unhashed: [embedded] }),
  );
  const date = new Date((BORN + 60) * 1000);

  it('§5.3 every signature that we take of a bent one, it takes too', async () => {
    const verificationKeys = (await openpgp.readKey({ armoredKey: named })).toPublic();
    const message = await openpgp.createMessage({ binary: new Uint8Array(PAYLOAD) });
    await fc.assert(
      fc.asyncProperty(bent(packet(2, body)), async (given) => {
        const armor = writeArmor(given, 'SIGNATURE');
        const reading = await checker.check({ payload: PAYLOAD, armor, keys: [infoOf(key)], at: BORN });
        fc.pre(reading.ok);
        const read = readSignature(readPackets(given)?.[0]?.body ?? bytes());
        const binarySignature = packet(2, read ? writeSignature(read, []) : bytes());
        const signature = await openpgp.readSignature({ binarySignature });
        const { signatures } = await openpgp.verify({ message, signature, verificationKeys, date });
        await expect(signatures[0]?.verified).resolves.toBe(true);
      }),
      { numRuns: 40, maxSkipsPerRun: 100 },
    );
  });

  it('§5 it reads the same keys out of a certificate', async () => {
    const theirs = await openpgp.readKey({ armoredKey: named });
    const ours = readCertificate(named);
    expect(ours.ok && ours.certificate.keys.map(({ fingerprint }) => fingerprint)).toEqual(
      theirs.getKeys().map((one) => one.getFingerprint().toUpperCase()),
    );
    await expect(theirs.getSubkeys()[0]?.verify(date)).resolves.toBeTruthy();
    await expect(theirs.verifyPrimaryKey(date)).resolves.toBeUndefined();
  });
});
