import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as openpgp from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { fitness } from '../../src/core/fitness.js';
import { readArmor } from '../../src/signing/armor.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { openKeystore, type Keystore, type StoredKey } from '../../src/signing/keystore.js';
import { minimalCertificate } from '../../src/signing/minimal-certificate.js';
import { readPackets, TAG } from '../../src/signing/packets.js';
import { hashedNumber, readSignature, SUBPACKET } from '../../src/signing/signature.js';
import { gnupg, type Gnupg } from './support/gnupg.js';

const DAY = 86_400;
const PAYLOAD = Buffer.from('a commit');
const checker = createSignatureChecker();
const noPassphrase = (): Promise<string> => Promise.reject(new Error('nobody should ask'));
const nowReal = (): number => Math.floor(Date.now() / 1000);

let gpg: Gnupg;
let base: string;
beforeAll(() => {
  gpg = gnupg();
  base = mkdtempSync('/tmp/mpa-renew-');
});
afterAll(() => {
  gpg.close();
  rmSync(base, { recursive: true, force: true });
});

function fresh(): Keystore {
  return openKeystore(mkdtempSync(join(base, 'store-')));
}

async function code(given: Promise<unknown>): Promise<string> {
  const error: unknown = await given.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof MpaError) return error.code;
  throw error;
}

function secretFileOf(key: StoredKey): string {
  return key.publicKeyFile.replace('.public.', '.secret.');
}

/** When each signature of an armored certificate says that it was made. */
function dates(armored: string): number[] {
  const packets = readPackets(readArmor(armored, 'PUBLIC KEY BLOCK') ?? new Uint8Array()) ?? [];
  return packets
    .filter(({ tag }) => tag === TAG.signature)
    .map(({ body }) => {
      const signature = readSignature(body);
      return (signature && hashedNumber(signature, SUBPACKET.created)) ?? 0;
    });
}

const NOW = 1_750_000_000;
const ALICE = { name: 'Alice Example', email: 'alice@example.org', now: NOW } as const;

describe('a key of ours that is renewed', () => {
  it('ends at the new time, signs until then, and says all else that it said', async () => {
    const keystore = fresh();
    const before = await keystore.generate({ ...ALICE, passphrase: null, expires: 30 * DAY });
    const old = await keystore.exportPublic(before.fingerprint);
    const later = NOW + 29 * DAY;
    const expires = later + 730 * DAY;
    const after = await keystore.renew(before.fingerprint, { expires, now: later }, noPassphrase);
    const [was, is] = [before, after].map(({ certificate }) => certificate.keys[0]);
    expect(is).toEqual({ ...was, expires });
    expect(after.certificate.userId).toEqual(before.certificate.userId);
    const at = NOW + 400 * DAY;
    const armor = await (await keystore.signer(after.fingerprint, noPassphrase)).sign(PAYLOAD, at);
    const keys = after.certificate.keys;
    expect((await checker.check({ payload: PAYLOAD, armor, keys, at })).ok).toBe(true);
    // The certificate that policies listed until now is what it was.
    expect((await minimalCertificate(Buffer.from(old))).certificate).toEqual(before.certificate);
  });

  it('§5 never expires any more where that was asked for, and gets an expiry where it had none', async () => {
    const keystore = fresh();
    const { fingerprint } = await keystore.generate({ ...ALICE, passphrase: null, expires: DAY });
    const never = await keystore.renew(fingerprint, { expires: null, now: NOW + 1 }, noPassphrase);
    expect(never.certificate.keys[0]?.expires).toBeNull();
    const again = await keystore.renew(fingerprint, { expires: NOW + DAY, now: NOW + 2 }, noPassphrase);
    expect(again.certificate.keys[0]?.expires).toBe(NOW + DAY);
  });

  it('after it has expired', async () => {
    const keystore = fresh();
    const { fingerprint } = await keystore.generate({ ...ALICE, passphrase: null, expires: DAY });
    const now = NOW + 100 * DAY;
    const { certificate } = await keystore.renew(fingerprint, { expires: now + DAY, now }, noPassphrase);
    expect(certificate.keys.map((key) => fitness(key, now).fit)).toEqual([true]);
  });

  it('is dated later than what it replaces, though it be renewed twice in one second', async () => {
    const keystore = fresh();
    const { fingerprint } = await keystore.generate({ ...ALICE, passphrase: null, expires: DAY });
    for (const days of [2, 3])
      await keystore.renew(fingerprint, { expires: NOW + days * DAY, now: NOW }, noPassphrase);
    expect(dates(await keystore.exportPublic(fingerprint))).toEqual([NOW + 2]);
  });

  it('needs its passphrase, and stays encrypted with it', async () => {
    const keystore = fresh();
    const right = (): Promise<string> => Promise.resolve('correct horse');
    const key = await keystore.generate({ ...ALICE, passphrase: 'correct horse', expires: DAY });
    const to = { expires: NOW + 9 * DAY, now: NOW + 5 };
    const before = [key.publicKeyFile, secretFileOf(key)].map((file) => readFileSync(file, 'utf8'));
    expect(await code(keystore.renew(key.fingerprint, to, () => Promise.resolve('wrong')))).toBe(
      'bad-passphrase',
    );
    expect([key.publicKeyFile, secretFileOf(key)].map((file) => readFileSync(file, 'utf8'))).toEqual(before);
    await keystore.renew(key.fingerprint, to, right);
    const secret = await openpgp.readPrivateKey({ armoredKey: readFileSync(secretFileOf(key), 'utf8') });
    expect(secret.isDecrypted()).toBe(false);
    await (await keystore.signer(key.fingerprint, right)).sign(PAYLOAD, NOW + 6 * DAY);
  });

  it('is as it was where the machine stops between the two files, and can be renewed then', async () => {
    const keystore = fresh();
    const key = await keystore.generate({ ...ALICE, passphrase: null, expires: DAY });
    const old = readFileSync(key.publicKeyFile);
    const to = { expires: NOW + 9 * DAY, now: NOW + 5 };
    await keystore.renew(key.fingerprint, to, noPassphrase);
    writeFileSync(key.publicKeyFile, old);
    expect((await keystore.list())[0]?.certificate).toEqual(key.certificate);
    await (await keystore.signer(key.fingerprint, noPassphrase)).sign(PAYLOAD, NOW + 10);
    const again = await keystore.renew(key.fingerprint, { ...to, now: NOW + 6 }, noPassphrase);
    expect(again.certificate.keys[0]?.expires).toBe(to.expires);
  });

  it('its secret file, imported elsewhere, is renewed too', async () => {
    const keystore = fresh();
    const key = await keystore.generate({ ...ALICE, passphrase: null, expires: DAY });
    const after = await keystore.renew(
      key.fingerprint,
      { expires: NOW + 9 * DAY, now: NOW + 5 },
      noPassphrase,
    );
    const elsewhere = await fresh().importKey(readFileSync(secretFileOf(key)), noPassphrase);
    expect(elsewhere.certificate).toEqual(after.certificate);
  });

  it.each([
    ['a time that is past', NOW],
    ['more than 136 years', NOW + 0x1_0000_0000],
  ])('usage: %s', async (_, expires) => {
    const keystore = fresh();
    const { fingerprint } = await keystore.generate({ ...ALICE, passphrase: null, expires: DAY });
    expect(await code(keystore.renew(fingerprint, { expires, now: NOW + 10 }, noPassphrase))).toBe('usage');
  });
});

describe('GnuPG', () => {
  /** Imports what gpg made, renews it, and gives gpg the new certificate. */
  async function roundTrip(fingerprint: string) {
    const keystore = fresh();
    const exported = gpg.run('--armor', '--export-secret-keys', fingerprint);
    const before = await keystore.importKey(exported, noPassphrase);
    const now = nowReal() + 5;
    const expires = now + 500 * DAY;
    const after = await keystore.renew(fingerprint, { expires, now }, noPassphrase);
    // gpg counts a self-signature of the future for nothing.
    gpg.run('--faked-system-time', String(now + 10), '--import', after.publicKeyFile);
    const listed = gpg.run(
      '--faked-system-time',
      String(now + 10),
      '--with-colons',
      '--list-keys',
      fingerprint,
    );
    const rows = listed
      .toString()
      .split('\n')
      .map((row) => row.split(':'));
    const ends = (kind: string): (string | undefined)[] =>
      rows.filter(([type]) => type === kind).map((row) => row[6]);
    const signer = await keystore.signer(fingerprint, noPassphrase);
    const armor = await signer.sign(PAYLOAD, now + 20);
    return {
      before,
      after,
      expires,
      ends,
      armor,
      verified: () => {
        gpg.verify(PAYLOAD, armor);
      },
    };
  }

  it.each(['ed25519', 'nistp256', 'rsa2048'])(
    'takes the renewed certificate of its own %s key',
    async (algorithm) => {
      const fingerprint = gpg.key(`Kay <${algorithm}@example.org>`, algorithm);
      gpg.run('--faked-system-time', String(nowReal() + 1), '--quick-set-expire', fingerprint, '1d');
      const { after, expires, ends, verified } = await roundTrip(fingerprint);
      expect(after.certificate.keys[0]?.expires).toBe(expires);
      expect(ends('pub')).toEqual([String(expires)]);
      expect(verified).not.toThrow();
    },
  );

  it('takes that of a primary that only certifies, with a signing subkey: both end later', async () => {
    const fingerprint = gpg.key('Sub Key <subkey@example.org>', 'ed25519', 'cert');
    gpg.run('--quick-add-key', fingerprint, 'rsa2048', 'sign', '2d');
    gpg.run('--quick-add-key', fingerprint, 'cv25519', 'encr', '2d');
    gpg.run('--faked-system-time', String(nowReal() + 1), '--quick-set-expire', fingerprint, '2d');
    const { before, after, expires, ends, verified } = await roundTrip(fingerprint);
    const encryption = before.certificate.keys[2]?.expires;
    expect(after.certificate.keys.map((key) => key.expires)).toEqual([expires, expires, encryption]);
    expect(ends('pub')).toEqual([String(expires)]);
    expect(ends('sub')).toEqual([String(expires), String(encryption)]);
    expect(verified).not.toThrow();
  });

  it('bad-key where the primary is kept elsewhere: gpg must renew it, and the hint says how', async () => {
    const fingerprint = gpg.key('Off Line <offline@example.org>', 'ed25519', 'cert');
    gpg.run('--quick-add-key', fingerprint, 'ed25519', 'sign', '2d');
    const keystore = fresh();
    await keystore.importKey(gpg.run('--export-secret-subkeys', fingerprint), noPassphrase);
    const work = keystore.renew(fingerprint, { expires: nowReal() + 9 * DAY, now: nowReal() }, noPassphrase);
    await expect(work).rejects.toMatchObject({
      code: 'bad-key',
      hint: expect.stringContaining('gpg --quick-set-expire') as unknown,
    });
  });

  it('takes the renewed certificate of a key of ours', async () => {
    const keystore = fresh();
    const now = nowReal();
    const made = await keystore.generate({
      ...ALICE,
      email: 'ours@example.org',
      now: now - 10 * DAY,
      passphrase: null,
      expires: 9 * DAY,
    });
    gpg.run('--import', made.publicKeyFile);
    const before = gpg.run('--with-colons', '--list-keys', made.fingerprint).toString();
    expect(before).toMatch(/^pub:e:/m);
    await keystore.renew(made.fingerprint, { expires: now + 9 * DAY, now }, noPassphrase);
    gpg.run('--import', made.publicKeyFile);
    expect(gpg.run('--with-colons', '--list-keys', made.fingerprint).toString()).not.toMatch(/^pub:e:/m);
  });
});

describe('a secret key that is looked at', () => {
  it('signs for whoever lists it, from a file or from the store, and is kept nowhere', async () => {
    const owner = fresh();
    const key = await owner.generate({ ...ALICE, passphrase: 'secret words', expires: null });
    const elsewhere = mkdtempSync(join(base, 'empty-'));
    const bytes = readFileSync(secretFileOf(key));
    const right = (): Promise<string> => Promise.resolve('secret words');
    for (const look of [
      await openKeystore(join(elsewhere, 'none')).peek(bytes),
      await owner.peek(key.fingerprint),
    ]) {
      expect(look.fingerprint).toBe(key.fingerprint);
      const armor = await look.signer(key.certificate, right).sign(PAYLOAD, NOW + 1);
      expect(
        (await checker.check({ payload: PAYLOAD, armor, keys: key.certificate.keys, at: NOW + 1 })).ok,
      ).toBe(true);
      expect(await code(look.signer(key.certificate, () => Promise.resolve('x')).sign(PAYLOAD, NOW))).toBe(
        'bad-passphrase',
      );
    }
    const other = await owner.generate({ ...ALICE, passphrase: null, expires: null });
    const look = await owner.peek(bytes);
    expect(await code(look.signer(other.certificate, right).sign(PAYLOAD, NOW + 1))).toBe('unfit-key');
    expect(await openKeystore(join(elsewhere, 'none')).list()).toEqual([]);
  });
});
