import { join } from 'node:path';
import type { Signer } from '../../src/core/ports.js';
import { writeArmor } from '../../src/signing/armor.js';
import type { Subpacket } from '../../src/signing/signature.js';
import { openKeystore } from '../../src/signing/keystore.js';
import type { Someone } from '../ledger/world.js';
import {
  armoredKey,
  binding,
  bytes,
  certification,
  flags,
  packet,
  signature,
  sub,
  subkeyRevocation,
  testKey,
  BORN,
  type TestKey,
} from '../signing/support/build.js';
import { place } from '../support/places.js';

const noPassphrase = (): Promise<string> => Promise.resolve('');

/** A person whose key ends some day, unless they renew it as `mpa key renew` does. */
export interface Ageing {
  /** As they are now: the certificate as it was renewed last. */
  readonly someone: () => Promise<Someone>;
  /** Has the key end at `expires` (seconds; null: never). */
  readonly renew: (expires: number | null, now: number) => Promise<Someone>;
}

/** Someone with a real key of a real key store, made at `now`, that lives for `life` seconds. */
export async function ageing(handle: string, now: number, life: number | null): Promise<Ageing> {
  const keys = openKeystore(join(place(), 'keys'));
  const [name, email] = [`${handle} Example`, `${handle}@example.org`];
  const { fingerprint } = await keys.generate({ name, email, passphrase: null, expires: life, now });
  const someone = async (): Promise<Someone> => {
    const signer = await keys.signer(fingerprint, noPassphrase);
    return { handle, name, email, public: await keys.exportPublic(fingerprint), signer };
  };
  const renew = async (expires: number | null, at: number): Promise<Someone> => {
    await keys.renew(fingerprint, { expires, now: at }, noPassphrase);
    return someone();
  };
  return { someone, renew };
}

/** How a subkey stands in a certificate: until when it is good (seconds), or that it was revoked. */
type Fate = number | null | 'revoked';

/** The subpacket that has a key made at BORN end then. */
function lifeOf(end: Fate): Subpacket[] {
  return typeof end === 'number' ? [sub(9, end - BORN)] : [];
}

/** Someone who signs with subkeys, which come and go below one primary key. */
export interface Branching {
  /** The certificate that lists these subkeys, and a signer that uses the last of them. */
  readonly with: (...subkeys: readonly (readonly [number, Fate])[]) => Someone;
  /** Signs with the primary itself. */
  readonly primary: Someone;
}

/**
 * Someone with a primary key, made at BORN and good until `end` (seconds; null: for ever), and three subkeys that can be listed. These keys
 * sign whatever and whenever they are told to, as a thief's would.
 */
export function branching(handle: string, end: number | null = null): Branching {
  const [name, email] = [`${handle} Example`, `${handle}@example.org`];
  const primary = testKey('ed25519');
  const keys = [testKey('ed25519'), testKey('ed25519'), testKey('ed25519')];
  const userId = Buffer.from(`${name} <${email}>`);
  const signer = (key: TestKey): Signer => ({
    fingerprint: primary.public.fingerprint,
    sign: (payload, at) => {
      const issuer = sub(33, bytes(4, key.public.fingerprint));
      const made = signature({ by: key, type: 0, object: [payload], hashed: [sub(2, at), issuer] });
      return Promise.resolve(writeArmor(made, 'SIGNATURE'));
    },
  });
  const listing = (subkeys: readonly (readonly [number, Fate])[]): string => {
    const parts = subkeys.flatMap(([index, fate]) => {
      const key = keys[index];
      if (key === undefined) throw new Error('three subkeys');
      const bound = binding(primary, key, { hashed: [sub(2, BORN), flags(0x02), ...lifeOf(fate)] });
      return [packet(14, key.body), bound, ...(fate === 'revoked' ? [subkeyRevocation(primary, key)] : [])];
    });
    return armoredKey(
      packet(6, primary.body),
      packet(13, userId),
      certification(primary, { hashed: [sub(2, BORN), flags(0x03), ...lifeOf(end)] }, userId),
      ...parts,
    );
  };
  const made = (public_: string, key: TestKey): Someone => ({
    handle,
    name,
    email,
    public: public_,
    signer: signer(key),
  });
  return {
    with: (...subkeys) => {
      const key = keys[subkeys.at(-1)?.[0] ?? -1];
      return made(listing(subkeys), key ?? primary);
    },
    primary: made(listing([]), primary),
  };
}
