import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignatureQuestion, SignatureReading } from '../../src/core/ports.js';
import { writeArmor } from '../../src/signing/armor.js';
import { checkElsewhere, checkSignature } from '../../src/signing/check.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { createForesight } from '../../src/signing/foresight.js';
import { BORN, bytes, packet, signatureBody, sub, testKey } from './support/build.js';
import { infoOf } from './support/info.js';

const ed = testKey('ed25519');
const p256 = testKey('p256');
const rsa = testKey('rsa2048');
const ring = [infoOf(rsa), infoOf(p256), infoOf(ed)];
const stranger = [infoOf(testKey('ed25519'))];

function question(text: string, by = ed): SignatureQuestion {
  const payload = Buffer.from(text);
  const hashed = [sub(2, BORN), sub(33, bytes(4, by.public.fingerprint))];
  const body = signatureBody({ by, type: 0, object: [payload], hashed });
  return { payload, armor: writeArmor(packet(2, body), 'SIGNATURE'), keys: ring, at: BORN };
}

const good = Array.from({ length: 24 }, (_, index) => question(`event ${index}`, [ed, p256, rsa][index % 3]));
const [first = question('none')] = good;

/** Questions with one thing wrong. */
const bad: readonly SignatureQuestion[] = [
  { ...first, payload: Buffer.from('another event') },
  { ...first, keys: stranger },
  { ...first, keys: [...ring, ...ring] },
  { ...first, keys: [] },
  { ...first, at: BORN + 901 },
  { ...first, armor: first.armor.replace('-----END', '\n-----END') },
  { ...first, armor: 'nothing' },
];

/** Says of every signature that the first key made it. */
function lying({ keys: [first] }: SignatureQuestion): Promise<SignatureReading> {
  if (first === undefined) return Promise.reject(new Error('a question without keys'));
  return Promise.resolve({ ok: true, key: first });
}

describe('§5.3 signatures checked ahead', () => {
  it("node's own threads answer as this one does, good or bad", async () => {
    for (const one of [...good, ...bad]) expect(await checkElsewhere(one)).toEqual(checkSignature(one));
  });

  it('every answer is that of the checker, whatever was said to be asked next', async () => {
    const foresight = createForesight(checkElsewhere);
    const any = fc.constantFrom(...good, ...bad);
    await fc.assert(
      fc.asyncProperty(fc.array(any), fc.array(any, { maxLength: 40 }), async (told, asked) => {
        foresight.expect(told);
        for (const one of asked) expect(await foresight.check(one)).toEqual(checkSignature(one));
      }),
      { numRuns: 60 },
    );
  });

  it('an answer is believed for exactly the question that it was given to, once, and for nothing else', async () => {
    for (const [index, other] of bad.entries()) {
      const foresight = createForesight(lying);
      foresight.expect([first]);
      expect(await foresight.check(other), `bad question ${index}`).toEqual(checkSignature(other));
    }
    const foresight = createForesight(lying);
    const [lie = first] = bad;
    foresight.expect([lie]);
    expect(await foresight.check({ ...lie, payload: Buffer.from(lie.payload) })).toEqual({
      ok: true,
      key: ring[0],
    });
    expect(await foresight.check(lie)).toMatchObject({ ok: false });
  });

  it('what is asked first is begun at once, and what 4,096 others followed is forgotten', async () => {
    const begun: SignatureQuestion[] = [];
    const foresight = createForesight((question) => {
      begun.push(question);
      return lying(question);
    });
    const [lie = first] = bad;
    const others = Array.from({ length: 4095 }, (_, index) => ({ ...first, armor: `other ${index}` }));
    foresight.expect([lie, ...others]);
    expect(begun).toHaveLength(4096);
    expect(await foresight.check(lie)).toMatchObject({ ok: true });
    foresight.expect([lie]);
    foresight.expect([
      { ...first, armor: 'one' },
      { ...first, armor: 'two' },
    ]);
    expect(await foresight.check({ ...first, armor: 'other 0' })).toMatchObject({ ok: false });
    expect(await foresight.check({ ...first, armor: 'other 2' })).toMatchObject({ ok: true, key: ring[0] });
  });

  it('no more than 16 MiB of payloads wait for their question, whoever wrote them', async () => {
    const foresight = createForesight(lying);
    const payload = Buffer.alloc(1024 * 1024);
    const large = Array.from({ length: 40 }, (_, index) => ({ ...first, payload, armor: `large ${index}` }));
    for (const one of large) foresight.expect([one, one]);
    const found = await Promise.all(large.map(async (one) => (await foresight.check(one)).ok));
    expect(found).toEqual(large.map((_, index) => index >= 24));
    // What was asked makes room.
    foresight.expect(large.slice(0, 16));
    expect(await foresight.check(large[0] ?? first)).toMatchObject({ ok: true });
  });

  it('a no, or an error, is looked at again where it is asked', async () => {
    const no = (): Promise<SignatureReading> =>
      Promise.resolve({ ok: false, reason: 'bad-signature', detail: 'a lie' });
    const fails = (): Promise<SignatureReading> => Promise.reject(new Error('no more threads'));
    for (const ahead of [no, fails]) {
      const foresight = createForesight(ahead);
      foresight.expect([...good, ...bad]);
      for (const one of [...good, ...bad]) expect(await foresight.check(one)).toEqual(checkSignature(one));
    }
  });

  it("the checker's own foresight is this one", async () => {
    const foresight = createSignatureChecker().foresight?.();
    foresight?.expect(good);
    expect(await foresight?.check(first)).toEqual({ ok: true, key: infoOf(ed) });
  });
});
