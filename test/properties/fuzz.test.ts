import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalText, messageOf } from '../../src/core/canonical.js';
import { commitPayload, parentsOf, readCommit, signedCommit } from '../../src/core/commit.js';
import { MpaError } from '../../src/core/errors.js';
import type { KeyInfo } from '../../src/core/keys.js';
import type { ObjectFormat } from '../../src/core/ports.js';
import { parseEvent, parseMessage, parsePolicy } from '../../src/core/schema.js';
import { emptyTree } from '../../src/core/tree.js';
import { findArmor, readArmor, writeArmor } from '../../src/signing/armor.js';
import { readCertificate } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { minimalCertificate } from '../../src/signing/minimal-certificate.js';
import { readPackets, writePacket, type Packet } from '../../src/signing/packets.js';
import { readSignature } from '../../src/signing/signature.js';
import { ALL } from '../core/support/events.js';
import { people, type Someone } from '../ledger/world.js';
import { gnupg, type Gnupg } from '../signing/support/gnupg.js';
import { bendArbitrary, bendsArbitrary, bent } from './bent.js';
import { runs } from './runs.js';

/** Real commits, armors, certificates and packets, made by mpa and by GnuPG: what the readers are fed with, bent. */
interface Corpus {
  readonly commits: readonly { readonly format: ObjectFormat; readonly bytes: Uint8Array }[];
  readonly messages: readonly Uint8Array[];
  /** Signatures over PAYLOAD, with what their holder may sign by. */
  readonly signatures: readonly { readonly armor: Uint8Array; readonly keys: readonly KeyInfo[] }[];
  readonly certificates: readonly Uint8Array[];
  /** What people export: more than a certificate, armored and binary. */
  readonly exports: readonly Uint8Array[];
}

const PAYLOAD = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nrequest\n');
const checker = createSignatureChecker();
let gpg: Gnupg;
let corpus: Corpus;
let now: number;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const octets = (armor: string): Uint8Array => Buffer.from(armor, 'latin1');

function keysIn(certificate: string): readonly KeyInfo[] {
  const read = readCertificate(certificate);
  if (!read.ok) throw new Error(read.problem);
  return read.certificate.keys;
}

async function signed(by: Someone, message: string, at: number, format: ObjectFormat): Promise<Uint8Array> {
  const { name, email } = by;
  const payload = commitPayload({
    tree: emptyTree(format),
    parent: emptyTree(format),
    name,
    email,
    at,
    message,
  });
  return signedCommit(payload, await by.signer.sign(payload, at), format);
}

beforeAll(async () => {
  now = Math.floor(Date.now() / 1000);
  gpg = gnupg();
  const { alice, bob } = await people();
  const commits: { format: ObjectFormat; bytes: Uint8Array }[] = [];
  const messages = ALL.map(([, event]) => messageOf(event).message);
  for (const format of ['sha1', 'sha256'] as const)
    for (const message of messages)
      commits.push({ format, bytes: await signed(alice, message, now, format) });
  const signatures: { armor: Uint8Array; keys: readonly KeyInfo[] }[] = [];
  for (const one of [alice, bob])
    signatures.push({ armor: octets(await one.signer.sign(PAYLOAD, now)), keys: keysIn(one.public) });
  const certificates = [alice, bob].map((one) => octets(one.public));
  const exports = [...certificates];
  for (const algorithm of ['ed25519', 'nistp256']) {
    const fingerprint = gpg.key(`Gail ${algorithm} <${algorithm}@example.org>`, algorithm);
    gpg.run('--quick-add-key', fingerprint, 'ed25519', 'sign', '1y');
    gpg.run('--quick-add-uid', fingerprint, `Gail at Work <work-${algorithm}@example.org>`);
    const binary = gpg.run('--export', fingerprint);
    exports.push(gpg.run('--armor', '--export', fingerprint), binary);
    const { armored, certificate } = await minimalCertificate(binary);
    certificates.push(octets(armored));
    signatures.push({ armor: octets(gpg.sign(PAYLOAD, fingerprint)), keys: certificate.keys });
  }
  corpus = {
    commits,
    messages: messages.map((message) => Buffer.from(message)),
    signatures,
    certificates,
    exports,
  };
});
afterAll(() => gpg.close());

const which = fc.noBias(fc.nat(9999));

function one<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  if (found === undefined) throw new Error('an empty list');
  return found;
}

test('every reader takes what it is going to be fed with, unbent', async () => {
  for (const { format, bytes } of corpus.commits) expect(readCommit(bytes, format).ok).toBe(true);
  for (const message of corpus.messages) expect(parseMessage(message).ok).toBe(true);
  for (const { armor, keys } of corpus.signatures)
    expect((await checker.check({ payload: PAYLOAD, armor: text(armor), keys, at: now })).ok).toBe(true);
  for (const certificate of corpus.certificates) expect(readCertificate(text(certificate)).ok).toBe(true);
});

describe('§3, §4 bent commits of every type and both formats', () => {
  test('are refused, or are the one way to write what is read of them', () => {
    fc.assert(
      fc.property(which, bendsArbitrary, (index, bends) => {
        const { format, bytes } = one(corpus.commits, index);
        const given = bent(
          bytes,
          bends,
          corpus.commits.map((each) => each.bytes),
        );
        const parents = parentsOf(given);
        const read = readCommit(given, format);
        if (!read.ok) return;
        const { payload, armor, parent, message } = read.parts;
        expect(Buffer.compare(signedCommit(payload, `${armor}\n`, format), given)).toBe(0);
        expect(parents).toEqual(parent === null ? [] : [parent]);
        const event = parseMessage(message);
        if (event.ok) expect(Buffer.from(messageOf(event.event).message).equals(message)).toBe(true);
      }),
      runs(300),
    );
  });

  test('messages: refused, or canonical', () => {
    fc.assert(
      fc.property(which, bendsArbitrary, (index, bends) => {
        const given = bent(one(corpus.messages, index), bends, corpus.messages);
        const event = parseMessage(given);
        if (event.ok) expect(Buffer.from(messageOf(event.event).message).equals(given)).toBe(true);
      }),
      runs(300),
    );
  });

  test('JSON that still parses is an event or a policy that can be written again, or is refused', () => {
    let taken = 0;
    fc.assert(
      fc.property(which, bendArbitrary, (index, bend) => {
        const bodies = corpus.messages.map((message) =>
          message.subarray(Buffer.from(message).indexOf('\n\n') + 2),
        );
        let value: unknown;
        try {
          value = JSON.parse(Buffer.from(bent(one(bodies, index), [bend], bodies)).toString());
        } catch {
          return;
        }
        const event = parseEvent(value);
        if (event.ok) {
          taken += 1;
          expect(parseEvent(JSON.parse(canonicalText(event.event)))).toEqual(event);
        }
        const policy = parsePolicy(value);
        if (policy.ok) expect(parsePolicy(JSON.parse(canonicalText(policy.policy)))).toEqual(policy);
      }),
      runs(400),
    );
    expect(taken).toBeGreaterThan(0);
  });
});

/** What of two keys may differ where a revocation was cut out of a certificate: nothing else. */
function sameKey(a: KeyInfo, b: KeyInfo): boolean {
  const bare = (key: KeyInfo): unknown => ({
    ...key,
    revoked: false,
    primary: key.primary && { ...key.primary, revoked: false },
  });
  return JSON.stringify(bare(a)) === JSON.stringify(bare(b));
}

describe('§5 bent armors, packets and certificates of mpa and of GnuPG', () => {
  test('a bent signature is no signature, or covers the same with the same key', async () => {
    await fc.assert(
      fc.asyncProperty(which, bendsArbitrary, async (index, bends) => {
        const { armor, keys } = one(corpus.signatures, index);
        const given = text(
          bent(
            armor,
            bends,
            corpus.signatures.map((each) => each.armor),
          ),
        );
        const before = await checker.check({ payload: PAYLOAD, armor: text(armor), keys, at: now });
        const after = await checker.check({ payload: PAYLOAD, armor: given, keys, at: now });
        if (after.ok) expect(after).toEqual(before);
        expect((await checker.check({ payload: Buffer.from('else'), armor: given, keys, at: now })).ok).toBe(
          false,
        );
      }),
      runs(300),
    );
  });

  test('packets are bent below the armor, too, whole ones cut, doubled and spliced', async () => {
    const label = 'SIGNATURE';
    await fc.assert(
      fc.asyncProperty(which, bendsArbitrary, async (index, bends) => {
        const bodies = corpus.signatures.map(
          ({ armor }) => readArmor(text(armor), label) ?? new Uint8Array(0),
        );
        const { keys } = one(corpus.signatures, index);
        const given = bent(one(bodies, index), bends, bodies);
        fc.pre(given.length > 0);
        readPackets(given)?.forEach(({ body }) => readSignature(body));
        const armor = writeArmor(given, label);
        const after = await checker.check({ payload: PAYLOAD, armor, keys, at: now });
        if (after.ok) expect(keys).toContain(after.key);
        expect((await checker.check({ payload: Buffer.from('else'), armor, keys, at: now })).ok).toBe(false);
      }),
      runs(300),
    );
  });

  const list = fc.noBias(
    fc.array(fc.record({ at: which, how: fc.constantFrom('cut', 'double', 'swap', 'splice', 'bend') }), {
      minLength: 1,
      maxLength: 4,
    }),
  );

  test('a bent certificate lists no key that none of them lists', () => {
    const known = (): readonly KeyInfo[] => corpus.certificates.flatMap((each) => keysIn(text(each)));
    let taken = 0;
    const judge = (armored: string): void => {
      const read = readCertificate(armored);
      if (!read.ok) return;
      taken += 1;
      const keys = known();
      for (const key of read.certificate.keys) expect(keys.some((each) => sameKey(each, key))).toBe(true);
    };
    fc.assert(
      fc.property(which, bendsArbitrary, list, (index, bends, changes) => {
        const armored = one(corpus.certificates, index);
        judge(text(bent(armored, bends, corpus.certificates)));
        const packets = readPackets(readArmor(text(armored), 'PUBLIC KEY BLOCK') ?? new Uint8Array(0)) ?? [];
        const others = corpus.certificates.flatMap(
          (each) => readPackets(readArmor(text(each), 'PUBLIC KEY BLOCK') ?? new Uint8Array(0)) ?? [],
        );
        const whole = [...packets];
        for (const { at, how } of changes) {
          const place = at % Math.max(1, whole.length);
          const packet: Packet = one(whole.length === 0 ? others : whole, place);
          if (how === 'cut') whole.splice(place, 1);
          if (how === 'double') whole.splice(at % (whole.length + 1), 0, packet);
          if (how === 'swap') whole.push(...whole.splice(place, 1));
          if (how === 'splice') whole[place] = one(others, at);
          if (how === 'bend')
            whole[place] = {
              tag: packet.tag,
              body: bent(
                packet.body,
                bends,
                others.map(({ body }) => body),
              ),
            };
        }
        if (whole.length > 0) judge(writeArmor(Buffer.concat(whole.map(writePacket)), 'PUBLIC KEY BLOCK'));
      }),
      runs(300),
    );
    expect(taken).toBeGreaterThan(3);
  });

  test('whatever is bent of an exported key makes a certificate that is read again, or is a bad key', async () => {
    await fc.assert(
      fc.asyncProperty(which, bendsArbitrary, async (index, bends) => {
        const given = bent(one(corpus.exports, index), bends, corpus.exports);
        findArmor(text(given));
        try {
          const { armored } = await minimalCertificate(given);
          expect(readCertificate(armored).ok).toBe(true);
        } catch (error) {
          if (!(error instanceof MpaError)) throw error;
          expect(error.code).toBe('bad-key');
        }
      }),
      runs(200),
    );
  });
});
