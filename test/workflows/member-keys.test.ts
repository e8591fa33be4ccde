import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/core/policy-document.js';
import { minimalCertificate } from '../../src/signing/minimal-certificate.js';
import { withExecutor, withKey, withMember } from '../../src/workflows/people-edit.js';
import { memberOf as cardOf } from '../../src/workflows/founders.js';
import { plan, type Change } from '../../src/workflows/propose-policy.js';
import { BEGIN, world } from '../ledger/world.js';
import {
  binding,
  bytes,
  certification,
  flags,
  keyBody,
  keyOf,
  packet,
  sub,
  testKey,
  BORN,
  type TestKey,
} from '../signing/support/build.js';
import { codeOf, desk } from './desk.js';

/** A member with one key that was made octet by octet. */
async function member(name: string, primary: TestKey, ...subkeys: readonly TestKey[]): Promise<Member> {
  const userId = Buffer.from(`${name} Example <${name}@example.org>`);
  const parts = [packet(6, primary.body), packet(13, userId), certification(primary, {}, userId)];
  for (const subkey of subkeys) parts.push(packet(14, subkey.body), binding(primary, subkey));
  return cardOf(await minimalCertificate(bytes(...parts)));
}

/** The same key material in a packet of another form: algorithm 27 in place of 22, or another creation time. */
function twin(key: TestKey, how: 'as 27' | 'made later'): TestKey {
  const numbers = key.body.subarray(6);
  if (how === 'made later') return keyOf(key.secret, keyBody(key.public.algorithm, numbers, BORN + 1));
  return keyOf(key.secret, keyBody(27, numbers.subarray(-32)));
}

/** What becomes of a change, proposed by alice in a ledger of three. */
async function outcome(...steps: readonly Change[]): Promise<string> {
  const all = await world();
  const { ws } = desk(all, all.alice);
  const change: Change = async (current, view) => {
    let policy = current.policy;
    for (const step of steps) policy = await step({ ...current, policy }, view);
    return policy;
  };
  all.clock.time = BEGIN + 60;
  return codeOf(plan(ws, change, { anyway: false }));
}

const adding =
  (handle: string, who: Member): Change =>
  ({ policy }) =>
    withMember(policy, handle, who);

describe('§5 key material', () => {
  it('of different people is taken', async () => {
    const [dave, erin] = [await member('dave', testKey('ed25519')), await member('erin', testKey('p256'))];
    expect(await outcome(adding('dave', dave), adding('erin', erin))).toBe('done');
  });

  const key = testKey('ed25519');
  const rsa = testKey('rsa2048');
  it.each<[string, () => Promise<[Member, Member]>]>([
    ['the same key', async () => [await member('dave', key), await member('erin', key)]],
    [
      'an Ed25519 point as algorithm 22 and as 27',
      async () => [await member('dave', key), await member('erin', twin(key, 'as 27'))],
    ],
    [
      'an RSA key that says it was made at another time',
      async () => [await member('dave', rsa), await member('erin', twin(rsa, 'made later'))],
    ],
    [
      'a primary that is another one’s subkey',
      async () => [await member('dave', key), await member('erin', testKey('p256'), key)],
    ],
    [
      'two people with one subkey',
      async () => [
        await member('dave', testKey('ed25519'), key),
        await member('erin', testKey('p256'), twin(key, 'made later')),
      ],
    ],
  ])('invalid-policy: %s', async (_, made) => {
    const [dave, erin] = await made();
    expect(await outcome(adding('dave', dave), adding('erin', erin))).toBe('invalid-policy');
    expect(await outcome(adding('dave', dave), ({ policy }) => withExecutor(policy, 'runner', erin))).toBe(
      'invalid-policy',
    );
  });

  it('invalid-policy: one person lists it twice, as a further key', async () => {
    const dave = await member('dave', testKey('ed25519'), key);
    const again = await member('dave', key);
    const [listed] = again.keys;
    if (listed === undefined) throw new Error('one key');
    const further: Change = ({ policy }) =>
      withKey(policy, 'dave', listed, { add: true, read: () => undefined });
    expect(await outcome(adding('dave', dave), further)).toBe('invalid-policy');
  });

  it('unsafe-policy: a handle that is easily taken for another', async () => {
    const dave = await member('dave', testKey('ed25519', BORN), testKey('p256'));
    expect(await outcome(adding('al1ce', dave))).toBe('unsafe-policy');
  });

  it('is taken with an expiry of its own', async () => {
    const made = testKey('ed25519');
    const userId = Buffer.from('Dave Example <dave@example.org>');
    const hashed = [sub(2, BORN), flags(3), sub(9, 0x7fffffff)];
    const armored = await minimalCertificate(
      bytes(packet(6, made.body), packet(13, userId), certification(made, { hashed }, userId)),
    );
    expect(await outcome(adding('dave', cardOf(armored)))).toBe('done');
  });
});
