import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeArmor } from '../../src/signing/armor.js';
import { checkSignature } from '../../src/signing/check.js';
import {
  armoredKey,
  BORN,
  bytes,
  certification,
  flags,
  packet,
  signatureBody,
  sub,
  testKey,
  USER_ID,
  type Kind,
  type Spec,
  type TestKey,
} from '../signing/support/build.js';
import { infoOf } from '../signing/support/info.js';

const PAYLOAD = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nrequest\n');
const KINDS: readonly Kind[] = ['ed25519', 'ed25519-27', 'p256', 'p384', 'p521', 'rsa2048', 'secp256k1'];

interface Party {
  readonly key: TestKey;
  readonly certificate: openpgp.PublicKey;
}

const parties: Party[] = [];
const issuer = (key: TestKey): ReturnType<typeof sub> => sub(16, bytes(key.public.fingerprint.slice(-16)));

beforeAll(async () => {
  for (const kind of KINDS) {
    const key = testKey(kind);
    const hashed = [sub(2, BORN), flags(0x03), issuer(key)];
    const armored = armoredKey(packet(6, key.body), packet(13, USER_ID), certification(key, { hashed }));
    parties.push({ key, certificate: (await openpgp.readKey({ armoredKey: armored })).toPublic() });
  }
});

/** What openpgp.js says of the one signature in an armor: it parsed it, and `key` made it over the payload. */
async function theirs(
  armor: string,
  { key, certificate }: Party,
): Promise<openpgp.SignaturePacket | undefined> {
  try {
    const signature = await openpgp.readSignature({ armoredSignature: armor });
    const [one, ...more] = signature.packets;
    if (!(one instanceof openpgp.SignaturePacket) || more.length > 0) return undefined;
    const message = await openpgp.createMessage({ binary: new Uint8Array(PAYLOAD) });
    const { signatures } = await openpgp.verify({
      message,
      signature,
      verificationKeys: certificate,
      // When it was made and whether the key was fit then is judged elsewhere, by section 5.4.
      date: one.created ?? new Date(BORN * 1000),
      config: {
        rejectHashAlgorithms: new Set(),
        rejectMessageHashAlgorithms: new Set(),
        rejectCurves: new Set(),
      },
    });
    await signatures[0]?.verified;
    return key.public.strong ? one : undefined;
  } catch {
    return undefined;
  }
}

/** Section 5.3 beside the mathematics, by what openpgp.js read. */
function formOf(packet: openpgp.SignaturePacket, at: number): boolean {
  const { created, signatureType, hashAlgorithm, version } = packet;
  const hashes = [openpgp.enums.hash.sha256, openpgp.enums.hash.sha384, openpgp.enums.hash.sha512];
  return (
    version === 4 &&
    signatureType === openpgp.enums.signature.binary &&
    hashAlgorithm !== null &&
    hashes.includes(hashAlgorithm) &&
    created !== null &&
    Math.abs(created.getTime() / 1000 - at) <= 900
  );
}

/** One thing in a signature that is right, usual or odd, and whether section 5.3 still takes the packet's form. */
const odd: readonly { readonly name: string; readonly bend: Partial<Spec>; readonly takes: boolean }[] = [
  { name: 'nothing', bend: {}, takes: true },
  { name: 'SHA-384', bend: { hash: 9 }, takes: true },
  { name: 'SHA-512', bend: { hash: 10 }, takes: true },
  { name: 'SHA-224', bend: { hash: 11 }, takes: false },
  { name: 'SHA-1', bend: { hash: 2 }, takes: false },
  { name: 'text', bend: { type: 0x01 }, takes: false },
  { name: 'standalone', bend: { type: 0x02 }, takes: false },
  { name: 'wrong check octets', bend: { check: bytes('0000') }, takes: false },
  { name: 'another payload', bend: { object: [Buffer.from('other')] }, takes: false },
  { name: 'version 3', bend: { version: 3 }, takes: false },
  { name: 'another algorithm', bend: { algorithm: 17 }, takes: false },
  { name: 'numbers of nothing', bend: { numbers: (numbers) => numbers.map(() => 0) }, takes: false },
  { name: 'a number too many', bend: { numbers: (numbers) => bytes(numbers, '0001', '01') }, takes: false },
];

/** Subpackets beside the creation time and the issuer, and whether section 5.3 takes them there. */
const extra: readonly { readonly hashed: Spec['hashed']; readonly takes: boolean }[] = [
  { hashed: [], takes: true },
  { hashed: [sub(27, bytes(1))], takes: true },
  { hashed: [sub(3, 1000)], takes: false },
  { hashed: [sub(20, bytes('80000000', '0001', '0001', '6162'), true)], takes: false },
  { hashed: [sub(100, bytes('00'), true)], takes: false },
  { hashed: [sub(2, BORN + 1)], takes: false },
];

const [ODDLESS = { name: 'nothing', bend: {}, takes: true }] = odd;
const [PLAIN = { hashed: [], takes: true }] = extra;

/** Three times in four the first, so that most of what is made has few things wrong. */
function often<T, U>(usual: T, all: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: all });
}

describe('§5.3 our answer is that of openpgp.js and the checks of our own', () => {
  const party = fc.nat(KINDS.length - 1);

  it('signatures of every algorithm, right, usual and odd, tried with each key', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        party,
        often(null, party),
        often(odd[0], fc.constantFrom(...odd)),
        often(extra[0], fc.constantFrom(...extra)),
        often(0, fc.constantFrom(900, -900, 901, -901)),
        fc.boolean(),
        async (by, tried, { bend, takes } = ODDLESS, more = PLAIN, shift = 0, unhashed) => {
          const signer = parties[by];
          const verifier = parties[tried ?? by];
          if (signer === undefined || verifier === undefined) throw new Error('no such key');
          const names = [issuer(signer.key)];
          const spec: Spec = {
            by: signer.key,
            type: 0,
            object: [PAYLOAD],
            hashed: [sub(2, BORN), ...more.hashed, ...(unhashed ? [] : names)],
            unhashed: unhashed ? names : [],
            ...bend,
          };
          const armor = writeArmor(packet(2, signatureBody(spec)), 'SIGNATURE');
          const at = BORN + shift;
          const ours = checkSignature({ payload: PAYLOAD, armor, keys: [infoOf(verifier.key)], at });
          const read = await theirs(armor, verifier);
          const wanted = read !== undefined && formOf(read, at) && takes && more.takes;
          expect(ours.ok).toBe(wanted);
          if (ours.ok) taken += 1;
        },
      ),
      { numRuns: 1200 },
    );
    // The table would prove nothing if it held no signature that is taken.
    expect(taken).toBeGreaterThan(200);
  });

  it('a right signature with one octet of its packet changed: what we take, openpgp.js takes too', async () => {
    await fc.assert(
      fc.asyncProperty(party, fc.nat(2000), fc.integer({ min: 1, max: 255 }), async (by, place, flip) => {
        const one = parties[by];
        if (one === undefined) throw new Error('no such key');
        const hashed = [sub(2, BORN), issuer(one.key)];
        const whole = packet(2, signatureBody({ by: one.key, type: 0, object: [PAYLOAD], hashed }));
        const at = place % whole.length;
        const bent = whole.map((octet, index) => (index === at ? octet ^ flip : octet));
        const armor = writeArmor(bent, 'SIGNATURE');
        const ours = checkSignature({ payload: PAYLOAD, armor, keys: [infoOf(one.key)], at: BORN });
        // Ours is the stricter one: it also refuses what is only written in an odd way.
        if (ours.ok) expect(await theirs(armor, one)).toBeDefined();
      }),
      { numRuns: 400 },
    );
  });
});
