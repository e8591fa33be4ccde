import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as openpgp from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { findArmor } from '../../src/signing/armor.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { openKeystore, type Keystore, type StoredKey } from '../../src/signing/keystore.js';
import { hashedNumber, readSignature } from '../../src/signing/signature.js';
import { minimalCertificate } from '../../src/signing/minimal-certificate.js';
import { readPackets } from '../../src/signing/packets.js';

const NOW = 1_750_000_000;
const PAYLOAD = Buffer.from('payload');
const SECRET = 'correct horse';
const right = (): Promise<string> => Promise.resolve(SECRET);
const never = (): Promise<string> => Promise.reject(new Error('nobody should ask'));

let base: string;
let keystore: Keystore;
let locked: StoredKey;
let open: StoredKey;

const ALICE = { name: 'Alice Example', email: 'alice@example.org', now: NOW, expires: null } as const;

beforeAll(async () => {
  base = mkdtempSync('/tmp/mpa-store-');
  keystore = openKeystore(join(base, 'deep', 'keys'));
  locked = await keystore.generate({ ...ALICE, passphrase: SECRET });
  open = await keystore.generate({ ...ALICE, passphrase: null, expires: 1000 });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function code(given: Promise<unknown>): Promise<string> {
  const error: unknown = await given.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof MpaError) return error.code;
  throw error;
}

function secretFile(key: StoredKey): string {
  return key.publicKeyFile.replace('.public.', '.secret.');
}

/** A key store of its own that holds `key`, to be spoilt. */
function copied(key: StoredKey): { folder: string; store: Keystore; public: string; secret: string } {
  const folder = mkdtempSync(join(base, 'copy-'));
  const put = (file: string): string => {
    const path = join(folder, file.slice(dirname(file).length + 1));
    writeFileSync(path, readFileSync(file), { mode: 0o600 });
    return path;
  };
  return {
    folder,
    store: openKeystore(folder),
    public: put(key.publicKeyFile),
    secret: put(secretFile(key)),
  };
}

async function made(
  options: Partial<Parameters<typeof openpgp.generateKey>[0]> = {},
): Promise<openpgp.PrivateKey> {
  const common = {
    type: 'ecc' as const,
    curve: 'ed25519Legacy' as const,
    userIDs: [{ name: 'Imp Ort', email: 'imp@example.org' }],
    date: new Date(NOW * 1000),
  };
  const { privateKey } = await openpgp.generateKey({ ...common, ...options, format: 'object' });
  return privateKey;
}

describe('a key that is made', () => {
  it('is a version 4 Ed25519 key that signs, never expires, and names its owner', () => {
    expect(locked.certificate.userId).toEqual({
      name: 'Alice Example',
      email: 'alice@example.org',
      text: 'Alice Example <alice@example.org>',
    });
    expect(locked.certificate.keys).toHaveLength(1);
    expect(locked.certificate.keys[0]).toMatchObject({
      fingerprint: locked.fingerprint,
      algorithm: 22,
      strong: true,
      maySign: true,
      created: NOW,
      expires: null,
    });
    expect(open.certificate.keys[0]?.expires).toBe(NOW + 1000);
  });

  it('stands in files that only its owner reads, in a folder that only its owner enters', () => {
    expect(statSync(join(base, 'deep', 'keys')).mode & 0o777).toBe(0o700);
    for (const key of [locked, open]) {
      for (const file of [key.publicKeyFile, secretFile(key)])
        expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(join(base, 'deep', 'keys'))).toHaveLength(4);
  });

  it('is encrypted with all the stretching that the format has', async () => {
    const text = readFileSync(secretFile(locked), 'utf8');
    const { keyPacket } = await openpgp.readPrivateKey({ armoredKey: text });
    expect(keyPacket.isDecrypted()).toBe(false);
    // Usage 254 (SHA-1 checked), AES-256, iterated and salted, SHA-256, count 255.
    const [body] = (readPackets(findArmor(text)?.[0]?.bytes ?? Buffer.alloc(0)) ?? []).map(
      (packet) => packet.body,
    );
    expect(Buffer.from(body ?? []).toString('hex')).toMatch(/fe090308[0-9a-f]{16}ff/);
  });

  it('is found, listed and exported', async () => {
    expect(await keystore.has(locked.fingerprint)).toBe(true);
    expect(await keystore.has(locked.fingerprint.toLowerCase())).toBe(true);
    expect(await keystore.has('0'.repeat(40))).toBe(false);
    const listed = await keystore.list();
    expect(listed).toEqual([locked, open].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)));
    expect(`${await keystore.exportPublic(open.fingerprint)}\n`).toBe(
      readFileSync(open.publicKeyFile, 'utf8'),
    );
  });

  it.each([
    ['a name with a comment', { name: 'Alice (ops)' }],
    ['a name with an angle bracket', { name: 'Alice <x>' }],
    ['a name with a newline', { name: 'Al\nice' }],
    ['a name that ends in a dot', { name: 'Alice Jr.' }],
    ['no name', { name: '' }],
    ['an address without @', { email: 'alice' }],
    ['an address outside ASCII', { email: 'älice@example.org' }],
    ['an address that the library refuses', { email: 'alice@example_' }],
    ['an empty passphrase', { passphrase: '' }],
    ['a lifetime of nothing', { expires: 0 }],
    ['half a second', { expires: 0.5 }],
  ])('%s: usage', async (_, wrong) => {
    expect(await code(keystore.generate({ ...ALICE, passphrase: null, ...wrong }))).toBe('usage');
    expect(await keystore.list()).toHaveLength(2);
  });

  it('an address at a host without dots is taken', async () => {
    const store = openKeystore(join(base, 'plain-host'));
    const key = await store.generate({ ...ALICE, email: 'alice@localhost', passphrase: null });
    expect(key.certificate.userId.email).toBe('alice@localhost');
  });
});

describe('signing', () => {
  it('§5.3 what is made passes our checker and carries creation time, issuer fingerprint and issuer only', async () => {
    const signer = await keystore.signer(locked.fingerprint, right);
    expect(signer.fingerprint).toBe(locked.fingerprint);
    const armor = await signer.sign(PAYLOAD, NOW + 5);
    const { keys } = locked.certificate;
    expect(
      await createSignatureChecker().check({ payload: PAYLOAD, armor, keys, at: NOW + 5 }),
    ).toMatchObject({ ok: true });
    const [block] = findArmor(armor) ?? [];
    const [packet] = readPackets(block?.bytes ?? Buffer.alloc(0)) ?? [];
    const signature = readSignature(packet?.body ?? Buffer.alloc(0));
    expect(signature?.hashed.map(({ type, critical }) => [type, critical])).toEqual([
      [2, false],
      [33, false],
      [16, false],
    ]);
    expect(signature?.unhashed).toEqual([]);
    expect(signature && hashedNumber(signature, 2)).toBe(NOW + 5);
  });

  it('the passphrase is asked once, when something is first signed', async () => {
    let asked = 0;
    const signer = await keystore.signer(locked.fingerprint, () => {
      asked += 1;
      return right();
    });
    expect(asked).toBe(0);
    await Promise.all([
      signer.sign(PAYLOAD, NOW),
      signer.sign(PAYLOAD, NOW + 1),
      signer.sign(PAYLOAD, NOW + 2),
    ]);
    expect(asked).toBe(1);
  });

  it('a wrong passphrase: bad-passphrase, and it is asked again', async () => {
    const typed = ['wrong', '', SECRET];
    const signer = await keystore.signer(locked.fingerprint, () => Promise.resolve(typed.shift() ?? ''));
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('bad-passphrase');
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('bad-passphrase');
    await expect(signer.sign(PAYLOAD, NOW)).resolves.toContain('BEGIN PGP SIGNATURE');
  });

  it('a question that is not answered is the answer', async () => {
    const signer = await keystore.signer(locked.fingerprint, () =>
      Promise.reject(new MpaError('cancelled', 'Ctrl-C')),
    );
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('cancelled');
  });

  it('a key without passphrase asks nobody', async () => {
    const signer = await keystore.signer(open.fingerprint, never);
    await expect(signer.sign(PAYLOAD, NOW)).resolves.toContain('BEGIN PGP SIGNATURE');
  });

  it('unlocking takes less than a second of work', async () => {
    const signer = await keystore.signer(locked.fingerprint, right);
    const before = process.cpuUsage();
    await signer.sign(PAYLOAD, NOW);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(1_000_000);
  });

  it('§5.4 fit from 900 s before its creation until the second before its expiry', async () => {
    const signer = await keystore.signer(open.fingerprint, never);
    await expect(signer.sign(PAYLOAD, NOW - 900)).resolves.toBeTruthy();
    await expect(signer.sign(PAYLOAD, NOW + 999)).resolves.toBeTruthy();
    expect(await code(signer.sign(PAYLOAD, NOW - 901))).toBe('unfit-key');
    expect(await code(signer.sign(PAYLOAD, NOW + 1000))).toBe('unfit-key');
  });

  it('a key that is not there: no-key', async () => {
    expect(await code(keystore.signer('0'.repeat(40), right))).toBe('no-key');
    expect(await code(keystore.exportPublic('../../etc/passwd'))).toBe('no-key');
    expect(await code(openKeystore(join(base, 'nowhere')).exportPublic('0'.repeat(40)))).toBe('no-key');
    expect(await openKeystore(join(base, 'nowhere')).list()).toEqual([]);
    expect(existsSync(join(base, 'nowhere'))).toBe(false);
  });
});

describe('key files that cannot be trusted', () => {
  it.each([0o620, 0o602, 0o666])(
    'a file of mode %i that others can write: unsafe-permissions',
    async (mode) => {
      for (const which of ['public', 'secret'] as const) {
        const copy = copied(open);
        chmodSync(copy[which], mode);
        const signing = copy.store
          .signer(open.fingerprint, never)
          .then((signer) => signer.sign(PAYLOAD, NOW));
        expect(await code(signing)).toBe('unsafe-permissions');
      }
    },
  );
  it.each([0o640, 0o604])(
    'a secret file of mode %i that others can read: unsafe-permissions',
    async (mode) => {
      const copy = copied(open);
      chmodSync(copy.secret, mode);
      const signer = await copy.store.signer(open.fingerprint, never);
      expect(await code(signer.sign(PAYLOAD, NOW))).toBe('unsafe-permissions');
      chmodSync(copy.secret, 0o600);
      await expect(signer.sign(PAYLOAD, NOW)).resolves.toBeTruthy();
    },
  );
  it('a public file that others can read is as it may be', async () => {
    const copy = copied(open);
    chmodSync(copy.public, 0o644);
    expect(await copy.store.list()).toHaveLength(1);
  });
  it.each([0o770, 0o707])('a folder of mode %i that others can write: unsafe-permissions', async (mode) => {
    const copy = copied(open);
    chmodSync(copy.folder, mode);
    expect(await code(copy.store.list())).toBe('unsafe-permissions');
    expect(await code(copy.store.exportPublic(open.fingerprint))).toBe('unsafe-permissions');
    expect(await code(copy.store.generate({ ...ALICE, passphrase: null }))).toBe('unsafe-permissions');
    expect(readdirSync(copy.folder)).toHaveLength(2);
  });
  it.runIf(process.getuid?.() === 0)('a file of another user: unsafe-permissions', async () => {
    const copy = copied(open);
    chownSync(copy.secret, 12_345, 12_345);
    const signer = await copy.store.signer(open.fingerprint, never);
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('unsafe-permissions');
  });
  it('a folder that is a file: disk', async () => {
    const file = join(base, 'a-file');
    writeFileSync(file, '');
    expect(await code(openKeystore(file).generate({ ...ALICE, passphrase: null }))).toBe('disk');
    expect(await code(openKeystore(join(file, 'below')).generate({ ...ALICE, passphrase: null }))).toBe(
      'disk',
    );
  });

  it.each([
    ['empty', (): string => ''],
    ['cut off', (text: string): string => text.slice(0, 100)],
    ['text', (): string => 'hello'],
    [
      'with an octet changed',
      (text: string): string =>
        text.replace(/\n\n(.)/, (_, first: string) => `\n\n${first === 'A' ? 'B' : 'A'}`),
    ],
  ])('a public file that is %s: bad-key', async (_, spoil) => {
    const copy = copied(open);
    writeFileSync(copy.public, spoil(readFileSync(copy.public, 'utf8')));
    expect(await code(copy.store.list())).toBe('bad-key');
    expect(await code(copy.store.signer(open.fingerprint, never))).toBe('bad-key');
  });
  it('a public file of another key: bad-key', async () => {
    const copy = copied(open);
    writeFileSync(copy.public, readFileSync(locked.publicKeyFile));
    expect(await code(copy.store.list())).toBe('bad-key');
  });
  it.each([
    ['empty', (): string => ''],
    ['cut off', (text: string): string => text.slice(0, 100)],
    ['a public key', (): string => readFileSync(open.publicKeyFile, 'utf8')],
  ])('a secret file that is %s: bad-key', async (_, spoil) => {
    const copy = copied(open);
    writeFileSync(copy.secret, spoil(readFileSync(copy.secret, 'utf8')));
    const signer = await copy.store.signer(open.fingerprint, never);
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('bad-key');
  });
  it('a secret file of another key: no part that fits', async () => {
    const copy = copied(open);
    writeFileSync(copy.secret, readFileSync(secretFile(locked)));
    const signer = await copy.store.signer(open.fingerprint, right);
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('unfit-key');
  });
  it('a secret file that is gone: no-key', async () => {
    const copy = copied(open);
    rmSync(copy.secret);
    const signer = await copy.store.signer(open.fingerprint, never);
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('no-key');
  });
  it('a secret file that is a folder: bad-key', async () => {
    const copy = copied(open);
    rmSync(copy.secret);
    mkdirSync(copy.secret, { mode: 0o700 });
    const signer = await copy.store.signer(open.fingerprint, never);
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('bad-key');
  });
  it('secret numbers of another key behind its public ones: bad-key', async () => {
    const one = await made({ subkeys: [] });
    const two = await made({ subkeys: [] });
    Object.assign(one.keyPacket, {
      privateParams: two.keyPacket instanceof openpgp.SecretKeyPacket ? two.keyPacket.privateParams : null,
    });
    expect(await code(keystore.importKey(one.write(), never))).toBe('bad-key');
    const copy = copied(open);
    const name = one.getFingerprint().toUpperCase();
    const { armored } = await minimalCertificate(one.toPublic().write());
    writeFileSync(join(copy.folder, `${name}.public.asc`), armored);
    writeFileSync(join(copy.folder, `${name}.secret.asc`), one.armor(), { mode: 0o600 });
    const signer = await copy.store.signer(name, never);
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('bad-key');
  });
});

describe('importing what openpgp.js makes', () => {
  it.each([
    ['Ed25519 as algorithm 27', { type: 'curve25519' as const }],
    ['P-256', { type: 'ecc' as const, curve: 'nistP256' as const }],
    ['P-384', { type: 'ecc' as const, curve: 'nistP384' as const }],
    ['P-521', { type: 'ecc' as const, curve: 'nistP521' as const }],
    ['RSA', { type: 'rsa' as const, rsaBits: 2048 }],
  ])('%s, with its encryption subkey: it signs', async (_, options) => {
    const key = await made(options);
    const stored = await keystore.importKey(Buffer.from(key.armor()), never);
    expect(stored.fingerprint).toBe(key.getFingerprint().toUpperCase());
    expect(stored.certificate.keys).toHaveLength(2);
    const signer = await keystore.signer(stored.fingerprint, never);
    const signature = await openpgp.readSignature({ armoredSignature: await signer.sign(PAYLOAD, NOW + 1) });
    const message = await openpgp.createMessage({ binary: new Uint8Array(PAYLOAD) });
    const [result] = (
      await openpgp.verify({
        message,
        signature,
        verificationKeys: key.toPublic(),
        date: new Date((NOW + 2) * 1000),
      })
    ).signatures;
    await expect(result?.verified).resolves.toBe(true);
  });

  it('a signing subkey is preferred, the newest of them', async () => {
    const key = await made({
      subkeys: [
        { sign: true, date: new Date((NOW + 1) * 1000) },
        { sign: true, date: new Date((NOW + 9) * 1000) },
        {},
      ],
    });
    const stored = await keystore.importKey(key.write(), never);
    const signer = await keystore.signer(stored.fingerprint, never);
    const { keys } = stored.certificate;
    const check = async (at: number): Promise<unknown> =>
      createSignatureChecker().check({ payload: PAYLOAD, armor: await signer.sign(PAYLOAD, at), keys, at });
    expect(await check(NOW + 10)).toMatchObject({ ok: true, key: { fingerprint: keys[2]?.fingerprint } });
  });

  it('a signing subkey is preferred to a primary of the same second', async () => {
    const stored = await keystore.importKey((await made({ subkeys: [{ sign: true }] })).write(), never);
    const signer = await keystore.signer(stored.fingerprint, never);
    const { keys } = stored.certificate;
    const armor = await signer.sign(PAYLOAD, NOW);
    expect(await createSignatureChecker().check({ payload: PAYLOAD, armor, keys, at: NOW })).toMatchObject({
      key: { fingerprint: keys[1]?.fingerprint },
    });
  });

  it('a key in place of an older copy of itself', async () => {
    const key = await made({ subkeys: [] });
    const before = await keystore.importKey(key.write(), never);
    const again = await openpgp.encryptKey({ privateKey: key, passphrase: SECRET });
    expect(await keystore.importKey(again.write(), right)).toEqual(before);
    const signer = await keystore.signer(before.fingerprint, right);
    await expect(signer.sign(PAYLOAD, NOW)).resolves.toBeTruthy();
  });

  it('bad-key: a file that lacks a secret part which the store holds', async () => {
    const key = await made({ subkeys: [{ sign: true }] });
    const before = await keystore.importKey(key.write(), never);
    const stubbed = await openpgp.readPrivateKey({ binaryKey: key.write() });
    if (stubbed.keyPacket instanceof openpgp.SecretKeyPacket) stubbed.keyPacket.makeDummy();
    expect(await code(keystore.importKey(stubbed.write(), never))).toBe('bad-key');
    expect(await keystore.importKey(key.write(), never)).toEqual(before);
  });

  it('a file with an import that failed leaves nothing behind', async () => {
    const store = openKeystore(join(base, 'clean'));
    const key = await openpgp.encryptKey({ privateKey: await made(), passphrase: SECRET });
    expect(await code(store.importKey(key.write(), () => Promise.resolve('wrong')))).toBe('bad-passphrase');
    expect(existsSync(join(base, 'clean'))).toBe(false);
  });

  it('bad-key: several keys, a public key, noise, nothing, version 6, only stubs', async () => {
    const key = await made();
    const six = await made({ type: 'curve25519', config: { v6Keys: true } });
    const stub = await made({ subkeys: [] });
    if (stub.keyPacket instanceof openpgp.SecretKeyPacket) stub.keyPacket.makeDummy();
    const files = [
      Buffer.concat([key.write(), key.write()]),
      key.toPublic().write(),
      Buffer.concat([key.write(), key.toPublic().write()]),
      Buffer.from('hello'),
      Buffer.alloc(0),
      key.write().subarray(0, 60),
      six.write(),
      stub.write(),
    ];
    for (const file of files) expect(await code(keystore.importKey(file, never))).toBe('bad-key');
  });

  it('an error never holds the passphrase', async () => {
    const signer = await keystore.signer(locked.fingerprint, () => Promise.resolve('hunter2-hunter2'));
    const error: unknown = await signer.sign(PAYLOAD, NOW).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MpaError);
    expect(
      error instanceof MpaError
        ? `${error.message} ${String(error.hint)} ${String(error.stack)} ${String(error.cause)}`
        : '',
    ).not.toContain('hunter2');
  });
});
