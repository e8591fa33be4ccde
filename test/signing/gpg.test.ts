import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { openKeystore } from '../../src/signing/keystore.js';
import { minimalCertificate } from '../../src/signing/minimal-certificate.js';
import { gnupg, type Gnupg } from './support/gnupg.js';

const PAYLOAD = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nrequest\n');
const checker = createSignatureChecker();
let gpg: Gnupg;
let folder: string;

beforeAll(() => {
  gpg = gnupg();
  folder = mkdtempSync('/tmp/mpa-keys-');
});
afterAll(() => {
  gpg.close();
  rmSync(folder, { recursive: true, force: true });
});

const now = (): number => Math.floor(Date.now() / 1000);
const noPassphrase = (): Promise<string> => Promise.reject(new Error('nobody should ask'));

async function code(given: Promise<unknown>): Promise<string> {
  const error: unknown = await given.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof MpaError) return error.code;
  throw error;
}

describe('GnuPG’s own keys and signatures', () => {
  it.each(['ed25519', 'nistp256', 'nistp384', 'nistp521', 'rsa2048'])(
    '%s: its certificate is read, its signature taken, its secret key imported',
    async (algorithm) => {
      const fingerprint = gpg.key(`Kay ${algorithm} <${algorithm}@example.org>`, algorithm);
      const { certificate, dropped } = await minimalCertificate(gpg.run('--armor', '--export', fingerprint));
      expect(certificate.keys.map((key) => key.fingerprint)).toEqual([fingerprint]);
      expect(certificate.userId.name).toBe(`Kay ${algorithm}`);
      expect(dropped).toEqual([]);

      const armor = gpg.sign(PAYLOAD, fingerprint);
      const reading = await checker.check({ payload: PAYLOAD, armor, keys: certificate.keys, at: now() });
      expect(reading).toMatchObject({ ok: true, key: { fingerprint } });

      const keystore = openKeystore(folder);
      const stored = await keystore.importKey(gpg.run('--export-secret-keys', fingerprint), noPassphrase);
      expect(stored.certificate).toEqual(certificate);
      const signer = await keystore.signer(fingerprint, noPassphrase);
      const ours = await signer.sign(PAYLOAD, now() + 1);
      gpg.verify(PAYLOAD, ours);
    },
  );

  it.each(['SHA256', 'SHA384', 'SHA512'])('signatures with %s', async (hash) => {
    const { certificate } = await minimalCertificate(gpg.run('--export', 'rsa2048@example.org'));
    const armor = gpg.sign(PAYLOAD, 'rsa2048@example.org', '--digest-algo', hash);
    expect((await checker.check({ payload: PAYLOAD, armor, keys: certificate.keys, at: now() })).ok).toBe(
      true,
    );
  });

  it.each(['SHA1', 'SHA224', 'RIPEMD160'])('§5.3 no signature with %s', async (hash) => {
    const { certificate } = await minimalCertificate(gpg.run('--export', 'rsa2048@example.org'));
    const armor = gpg.sign(
      PAYLOAD,
      'rsa2048@example.org',
      '--digest-algo',
      hash,
      '--allow-weak-digest-algos',
    );
    expect(await checker.check({ payload: PAYLOAD, armor, keys: certificate.keys, at: now() })).toMatchObject(
      { reason: 'bad-signature' },
    );
  });

  it('§5.3 no text signature, and none that expires', async () => {
    const { certificate } = await minimalCertificate(gpg.run('--export', 'rsa2048@example.org'));
    for (const option of [['--textmode'], ['--default-sig-expire', '1d']]) {
      const armor = gpg.sign(PAYLOAD, 'rsa2048@example.org', ...option);
      expect(
        await checker.check({ payload: PAYLOAD, armor, keys: certificate.keys, at: now() }),
      ).toMatchObject({ reason: 'bad-signature' });
    }
  });

  it('§5.3 a key with several subkeys: the subkey that signed is named, whatever else the certificate holds', async () => {
    const fingerprint = gpg.key('Sub Key <sub@example.org>', 'ed25519', 'cert');
    gpg.run('--quick-add-key', fingerprint, 'cv25519', 'encr', 'never');
    gpg.run('--quick-add-key', fingerprint, 'rsa2048', 'sign', '1y');
    gpg.run('--quick-add-key', fingerprint, 'ed25519', 'auth', 'never');
    gpg.run('--quick-add-uid', fingerprint, 'Sub Key at Work <work@example.org>');
    gpg.run('--quick-set-primary-uid', fingerprint, 'Sub Key <sub@example.org>');
    gpg.run('--local-user', 'ed25519@example.org', '--quick-sign-key', fingerprint);
    const { certificate } = await minimalCertificate(gpg.run('--export', fingerprint));
    expect(certificate.userId.email).toBe('sub@example.org');
    expect(certificate.keys.map(({ algorithmName }) => algorithmName)).toEqual([
      'ed25519',
      'x25519',
      'rsa2048',
      'ed25519',
    ]);
    expect(certificate.keys.map(({ maySign }) => maySign)).toEqual([false, false, true, false]);
    const armor = gpg.sign(PAYLOAD, fingerprint);
    const reading = await checker.check({ payload: PAYLOAD, armor, keys: certificate.keys, at: now() });
    expect(reading).toMatchObject({ ok: true, key: { algorithmName: 'rsa2048' } });

    // The primary's secret part stays at home: a stub stands in its place.
    const keystore = openKeystore(folder);
    const stubbed = gpg.run('--armor', '--export-secret-subkeys', fingerprint);
    const stored = await keystore.importKey(stubbed, noPassphrase);
    const signer = await keystore.signer(stored.fingerprint, noPassphrase);
    gpg.verify(PAYLOAD, await signer.sign(PAYLOAD, now() + 2));
  });

  it('§5.4 an expiry that was moved is read from the newest self-signature', async () => {
    const fingerprint = gpg.key('Exp Ired <exp@example.org>', 'ed25519');
    const before = await minimalCertificate(gpg.run('--export', fingerprint));
    expect(before.certificate.keys[0]?.expires).toBeNull();
    // A self-signature of the same second would be the second of two.
    gpg.run('--faked-system-time', String(now() + 100), '--quick-set-expire', fingerprint, '1y');
    const after = await minimalCertificate(gpg.run('--export', fingerprint));
    const expires = after.certificate.keys[0]?.expires ?? 0;
    expect(Math.abs(expires - now() - 365 * 86_400)).toBeLessThan(3 * 86_400);
  });

  it('a revoked key is refused, a revoked user id passed over', async () => {
    const fingerprint = gpg.key('Old Name <old@example.org>', 'ed25519');
    gpg.run('--quick-add-uid', fingerprint, 'New Name <new@example.org>');
    gpg.run('--quick-revoke-uid', fingerprint, 'Old Name <old@example.org>');
    expect((await minimalCertificate(gpg.run('--export', fingerprint))).certificate.userId.email).toBe(
      'new@example.org',
    );
    gpg.revoke(fingerprint);
    expect(await code(minimalCertificate(gpg.run('--export', fingerprint)))).toBe('bad-key');
  });

  it.each([
    ['dsa2048', 'dsa@example.org'],
    ['rsa1024', 'weak@example.org'],
    ['brainpoolP256r1', 'bp@example.org'],
    ['secp256k1', 'koblitz@example.org'],
  ])('§5.4 %s is refused', async (algorithm, email) => {
    const fingerprint = gpg.key(`Weak <${email}>`, algorithm);
    expect(await code(minimalCertificate(gpg.run('--export', fingerprint)))).toBe('bad-key');
    expect(
      await code(openKeystore(folder).importKey(gpg.run('--export-secret-keys', fingerprint), noPassphrase)),
    ).toBe('bad-key');
  });

  it('a SHA-1 self-signature is refused, and the hint mends it', async () => {
    const fingerprint = gpg.key('Sha One <sha1@example.org>', 'rsa2048');
    gpg.run(
      '--faked-system-time',
      String(now() + 100),
      '--cert-digest-algo',
      'SHA1',
      '--quick-set-expire',
      fingerprint,
      '1y',
    );
    expect(await code(minimalCertificate(gpg.run('--export', fingerprint)))).toBe('bad-key');
    gpg.run(
      '--faked-system-time',
      String(now() + 200),
      '--cert-digest-algo',
      'SHA512',
      '--quick-set-expire',
      fingerprint,
      '2y',
    );
    expect((await minimalCertificate(gpg.run('--export', fingerprint))).certificate.keys).toHaveLength(1);
  });

  it('secret keys and several keys are refused where a public one is wanted', async () => {
    expect(await code(minimalCertificate(gpg.run('--export-secret-keys', 'ed25519@example.org')))).toBe(
      'bad-key',
    );
    expect(await code(minimalCertificate(gpg.run('--armor', '--export')))).toBe('bad-key');
  });

  it('a passphrase is checked, and the key is stored as GnuPG encrypted it', async () => {
    const fingerprint = gpg.key('Pass Phrase <pass@example.org>', 'ed25519', 'sign', 'correct horse');
    const exported = gpg.run('--passphrase', 'correct horse', '--export-secret-keys', fingerprint);
    const keystore = openKeystore(join(folder, 'with-passphrase'));
    expect(await code(keystore.importKey(exported, () => Promise.resolve('wrong horse')))).toBe(
      'bad-passphrase',
    );
    expect(await keystore.list()).toEqual([]);
    await keystore.importKey(exported, () => Promise.resolve('correct horse'));
    const signer = await keystore.signer(fingerprint, () => Promise.resolve('correct horse'));
    gpg.verify(PAYLOAD, await signer.sign(PAYLOAD, now() + 1));
  });
});

describe('our keys and signatures in GnuPG', () => {
  it('imports a public key of ours, takes our signatures, and has the secret key too', async () => {
    const keystore = openKeystore(join(folder, 'ours'));
    const { fingerprint, publicKeyFile } = await keystore.generate({
      name: 'Alice Example',
      email: 'alice@example.org',
      passphrase: 'a passphrase',
      expires: 3600,
      now: now() - 60,
    });
    gpg.run('--import', publicKeyFile);
    const signer = await keystore.signer(fingerprint, () => Promise.resolve('a passphrase'));
    const armor = await signer.sign(PAYLOAD, now());
    gpg.verify(PAYLOAD, armor);
    expect(() => gpg.verify(Buffer.concat([PAYLOAD, PAYLOAD]), armor)).toThrow();
    gpg.run('--passphrase', 'a passphrase', '--import', publicKeyFile.replace('public', 'secret'));
    const { keys } = (await keystore.list())[0]?.certificate ?? { keys: [] };
    const made = gpg.sign(PAYLOAD, fingerprint, '--passphrase', 'a passphrase');
    expect((await checker.check({ payload: PAYLOAD, armor: made, keys, at: now() })).ok).toBe(true);
  });

  it('a commit that we signed is good for git verify-commit', async () => {
    const keystore = openKeystore(join(folder, 'git'));
    const key = {
      name: 'Git User',
      email: 'git@example.org',
      passphrase: null,
      expires: null,
      now: now() - 60,
    };
    const { fingerprint, publicKeyFile } = await keystore.generate(key);
    gpg.run('--import', publicKeyFile);
    const repository = join(folder, 'repository');
    const env = { ...process.env, GNUPGHOME: gpg.home };
    const git = (args: readonly string[], input?: Uint8Array): string =>
      execFileSync('git', args, { cwd: folder, env, input, stdio: ['pipe', 'pipe', 'pipe'] })
        .toString()
        .trim();
    git(['init', '--quiet', '--bare', repository]);
    const tree = git(['-C', repository, 'hash-object', '-t', 'tree', '-w', '--stdin'], Buffer.alloc(0));
    const who = `Git User <git@example.org> ${String(now())} +0000`;
    const head = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n`;
    const signer = await keystore.signer(fingerprint, noPassphrase);
    const armor = await signer.sign(Buffer.from(`${head}\nhello\n`), now());
    const bytes = Buffer.from(`${head}gpgsig ${armor.replaceAll('\n', '\n ')}\n\nhello\n`);
    const commit = git(['-C', repository, 'hash-object', '-t', 'commit', '-w', '--stdin'], bytes);
    expect(() => git(['-C', repository, 'verify-commit', commit])).not.toThrow();
  });
});
