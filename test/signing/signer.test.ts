import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import type { Certificate } from '../../src/core/keys.js';
import { minimalCertificate } from '../../src/signing/minimal-certificate.js';
import { makeKey, readSecretKey, type SecretKey } from '../../src/signing/openpgp.js';
import { createSigner } from '../../src/signing/signer.js';
import * as openpgp from 'openpgp';

const NOW = 1_750_000_000;
const PAYLOAD = Buffer.from('payload');
const never = (): Promise<string> => Promise.reject(new Error('nobody should ask'));
const ALICE = { name: 'Alice', email: 'alice@example.org', passphrase: null, expires: null, now: NOW };

let bytes: Uint8Array;
let certificate: Certificate;

beforeAll(async () => {
  const made = await makeKey(ALICE);
  bytes = made.secret;
  ({ certificate } = await minimalCertificate(made.public));
});

async function code(given: Promise<unknown>): Promise<unknown> {
  return given.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof MpaError ? error.code : error),
  );
}

describe('a signer', () => {
  it('overwrites the secret numbers that were read, and goes on signing', async () => {
    const read: SecretKey[] = [];
    const load = async (): Promise<SecretKey> => {
      const secret = await readSecretKey(bytes);
      read.push(secret);
      return secret;
    };
    const signer = createSigner({ certificate, load, passphrase: never });
    await signer.sign(PAYLOAD, NOW);
    await signer.sign(PAYLOAD, NOW + 1);
    expect(read.map((secret) => secret.state(signer.fingerprint))).toEqual(['absent']);
  });

  it('§5.3 hands out nothing that our own checker refuses: signer-failed', async () => {
    const load = async (): Promise<SecretKey> => ({
      ...(await readSecretKey(bytes)),
      keyObject: () => generateKeyPairSync('ed25519').privateKey,
    });
    expect(await code(createSigner({ certificate, load, passphrase: never }).sign(PAYLOAD, NOW))).toBe(
      'signer-failed',
    );
  });

  it('a secret part of another algorithm: signer-failed', async () => {
    const load = async (): Promise<SecretKey> => ({
      ...(await readSecretKey(bytes)),
      keyObject: () => generateKeyPairSync('x25519').privateKey,
    });
    expect(await code(createSigner({ certificate, load, passphrase: never }).sign(PAYLOAD, NOW))).toBe(
      'signer-failed',
    );
  });

  it('reads the file anew after it could not be read', async () => {
    let tries = 0;
    const load = (): Promise<SecretKey> => {
      tries += 1;
      return tries === 1 ? Promise.reject(new MpaError('disk', 'gone for a moment')) : readSecretKey(bytes);
    };
    const signer = createSigner({ certificate, load, passphrase: never });
    expect(await code(signer.sign(PAYLOAD, NOW))).toBe('disk');
    await expect(signer.sign(PAYLOAD, NOW)).resolves.toContain('BEGIN PGP SIGNATURE');
  });
});

describe('secret numbers', () => {
  it('RSA primes, exponents and coefficient are in the places where JSON Web Key has them', async () => {
    const { privateKey } = await openpgp.generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'Alice', email: 'alice@example.org' }],
      date: new Date(NOW * 1000),
      format: 'object',
    });
    const secret = await readSecretKey(privateKey.write());
    const { certificate: rsa } = await minimalCertificate(secret.public);
    const [key] = rsa.keys;
    const jwk = key && secret.keyObject(key).export({ format: 'jwk' });
    const [n, d, p, q, dp, dq, qi] = [jwk?.n, jwk?.d, jwk?.p, jwk?.q, jwk?.dp, jwk?.dq, jwk?.qi].map(
      (value) => BigInt(`0x${Buffer.from(value ?? '', 'base64url').toString('hex')}`),
    );
    if (!n || !d || !p || !q || !dp || !dq || !qi) throw new Error('a number is missing');
    expect(p * q === n).toBe(true);
    expect((qi * q) % p === 1n).toBe(true);
    expect(dp === d % (p - 1n) && dq === d % (q - 1n)).toBe(true);
  });
});
