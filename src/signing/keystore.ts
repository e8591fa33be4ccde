import { join } from 'node:path';
import { MpaError } from '../core/errors.js';
import type { Certificate } from '../core/keys.js';
import type { Signer } from '../core/ports.js';
import { findArmor, writeArmor } from './armor.js';
import { readCertificate } from './certificate.js';
import { badKey } from './export.js';
import {
  FINGERPRINT,
  listKeyFolder,
  PUBLIC,
  readKeyFile,
  storedFingerprints,
  writeKeyFile,
} from './key-file.js';
import { minimalCertificate } from './minimal-certificate.js';
import { makeKey, type NewKey, type SecretKey } from './openpgp.js';
import { readPackets } from './packets.js';
import { readPublicKey } from './public-key.js';
import { renewKey } from './renew-key.js';
import { parsedSecret, readSecretExport, SECRET_HINT, unlockAll } from './secret-file.js';
import { createSigner, type PassphraseSource } from './signer.js';
import { readUserId } from './user-id.js';

/** One key of the store. */
export interface StoredKey {
  /** Of the primary key: 40 upper-case hex digits. */
  readonly fingerprint: string;
  readonly certificate: Certificate;
  /** Absolute path of the armored minimal certificate. */
  readonly publicKeyFile: string;
}

/** The key store of one person or machine: a folder of keys, the secret ones encrypted (CLI.md, folders). */
export interface Keystore {
  /** Makes a key (Ed25519, version 4). Errors: `usage`, `unsafe-permissions`, `disk`. */
  generate(key: NewKey): Promise<StoredKey>;
  /** Every key, by fingerprint. Errors: `bad-key`, `unsafe-permissions`, `disk`. */
  list(): Promise<readonly StoredKey[]>;
  /**
   * Takes what `gpg --export-secret-keys` (or `--export-secret-subkeys`) writes, armored or binary, and keeps it as
   * it is encrypted; `passphrase` is asked only where it is, and must open every part that can sign. Errors:
   * `bad-key`, `bad-passphrase`, `unsafe-permissions`, `disk`.
   */
  importKey(bytes: Uint8Array, passphrase: PassphraseSource): Promise<StoredKey>;
  /** The armored minimal certificate. Errors: `no-key`, `bad-key`, `unsafe-permissions`, `disk`. */
  exportPublic(fingerprint: string): Promise<string>;
  /** Errors: as `exportPublic`; what signing itself can answer stands at `createSigner`. */
  signer(fingerprint: string, passphrase: PassphraseSource): Promise<Signer>;
  has(fingerprint: string): Promise<boolean>;
  /**
   * Has a key end at another time (seconds; null: never): new self-signatures, in both files. The secret file is written first, so that a
   * crash between leaves the key as it was. Errors: as `exportPublic`, and those of renewKey.
   */
  renew(
    fingerprint: string,
    to: { readonly expires: number | null; readonly now: number },
    passphrase: PassphraseSource,
  ): Promise<StoredKey>;
  /**
   * Looks at a secret key and keeps nothing of it: the bytes of a file, as `importKey` takes them, or a key of this store by its
   * fingerprint. Errors: `bad-key`; `no-key`, `unsafe-permissions`, `disk` for one of the store.
   */
  peek(source: Uint8Array | string): Promise<SecretLook>;
}

/** A secret key that was looked at. */
export interface SecretLook {
  /** Of the primary key. */
  readonly fingerprint: string;
  /** A signer for whoever lists this key by `certificate`. Errors of its `sign`: as createSigner's. */
  signer(certificate: Certificate, passphrase: PassphraseSource): Signer;
}

const SECRET = '.secret.asc';

/** Opens the key store in `folder` (an absolute path; made when something is first written). */
export function openKeystore(folder: string): Keystore {
  const stored = async (fingerprint: string): Promise<StoredKey & { readonly armored: string }> => {
    const name = fingerprint.toUpperCase();
    const bytes = FINGERPRINT.test(name) ? await readKeyFile(folder, `${name}${PUBLIC}`, false) : null;
    if (bytes === null) {
      throw new MpaError('no-key', `the key store holds no key ${fingerprint}`, {
        hint: 'See them: mpa key list',
      });
    }
    const armored = bytes.toString('utf8').replace(/\n$/, '');
    const reading = readCertificate(armored);
    if (!reading.ok || reading.certificate.keys[0]?.fingerprint !== name) {
      const why = reading.ok ? 'it is of another key' : reading.problem;
      throw badKey(
        `the public key file of ${name} is broken: ${why}`,
        'Import the key again: mpa key import FILE',
      );
    }
    return {
      fingerprint: name,
      certificate: reading.certificate,
      publicKeyFile: join(folder, `${name}${PUBLIC}`),
      armored,
    };
  };
  const plain = ({ fingerprint, certificate, publicKeyFile }: StoredKey): StoredKey => ({
    fingerprint,
    certificate,
    publicKeyFile,
  });
  const write = async (fingerprint: string, secret: Uint8Array, armored: string): Promise<void> => {
    await writeKeyFile(folder, `${fingerprint}${SECRET}`, `${writeArmor(secret, 'PRIVATE KEY BLOCK')}\n`);
    // Last, because a key is there from this file on.
    await writeKeyFile(folder, `${fingerprint}${PUBLIC}`, `${armored}\n`);
  };
  const store = async (secret: Uint8Array, publicBytes: Uint8Array): Promise<StoredKey> => {
    const { armored, certificate } = await minimalCertificate(publicBytes);
    const fingerprint = certificate.keys[0]?.fingerprint ?? '';
    await write(fingerprint, secret, armored);
    return plain(await stored(fingerprint));
  };
  const secretBytes = async (fingerprint: string): Promise<Uint8Array | undefined> => {
    const bytes = await readKeyFile(folder, `${fingerprint}${SECRET}`, true);
    if (bytes === null)
      throw new MpaError('no-key', `the secret key of ${fingerprint} is gone from the key store`);
    return findArmor(bytes.toString('latin1'))?.[0]?.bytes;
  };
  const broken = (fingerprint: string): MpaError =>
    badKey(`the secret key file of ${fingerprint} is broken`, 'Import the key again: mpa key import FILE');
  const load = async (fingerprint: string): Promise<SecretKey> => {
    const bytes = await secretBytes(fingerprint);
    const secret = bytes && (await parsedSecret(bytes));
    if (secret === undefined) throw broken(fingerprint);
    return secret;
  };
  /** A broken file may be replaced; one that holds more secret parts than the new one may not. */
  const refuseLoss = async (key: SecretKey, { keys }: Certificate): Promise<void> => {
    const before = await load(keys[0]?.fingerprint ?? '').catch(() => null);
    const lost = keys.find(
      ({ fingerprint }) =>
        key.state(fingerprint) === 'absent' && (before?.state(fingerprint) ?? 'absent') !== 'absent',
    );
    if (lost === undefined) return;
    throw badKey(
      `the key store holds the secret part ${lost.fingerprint}, and the file does not`,
      SECRET_HINT,
    );
  };
  return {
    generate: async (key) => {
      refuseUnusable(key);
      const made = await makeKey(key).catch((cause: unknown) => {
        throw new MpaError('usage', `no key can be made for ${key.name} <${key.email}>`, { cause });
      });
      return store(made.secret, made.public);
    },
    list: async () => {
      const keys: StoredKey[] = [];
      for (const fingerprint of await storedFingerprints(folder)) keys.push(plain(await stored(fingerprint)));
      return keys;
    },
    importKey: async (bytes, passphrase) => {
      const { secret, key } = await readSecretExport(bytes);
      const { certificate } = await minimalCertificate(key.public);
      await refuseLoss(key, certificate);
      await unlockAll(key, certificate, passphrase);
      return store(secret, key.public);
    },
    exportPublic: async (fingerprint) => (await stored(fingerprint)).armored,
    signer: async (fingerprint, passphrase) => {
      const key = await stored(fingerprint);
      return createSigner({ certificate: key.certificate, load: () => load(key.fingerprint), passphrase });
    },
    has: async (fingerprint) => {
      const names = await listKeyFolder(folder);
      return names.includes(`${fingerprint.toUpperCase()}${PUBLIC}`);
    },
    renew: async (wanted, to, passphrase) => {
      const { fingerprint, certificate, armored } = await stored(wanted);
      const secret = await secretBytes(fingerprint);
      if (secret === undefined) throw broken(fingerprint);
      const made = await renewKey({ armored, certificate, secret, ...to }, passphrase);
      await write(fingerprint, made.secret, made.armored);
      return plain(await stored(fingerprint));
    },
    peek: async (source) => {
      const { key, secret } =
        typeof source === 'string'
          ? await readSecretExport(
              (await secretBytes((await stored(source)).fingerprint)) ?? new Uint8Array(),
            )
          : await readSecretExport(source);
      const fingerprint = primaryOf(key);
      // Read anew by each signer: what one opens it overwrites when it is done.
      const again = async (): Promise<SecretKey> => (await readSecretExport(secret)).key;
      return {
        fingerprint,
        signer: (certificate, passphrase) => createSigner({ certificate, load: again, passphrase }),
      };
    },
  };
}

function primaryOf(key: SecretKey): string {
  const [packet] = readPackets(key.public) ?? [];
  return (packet && readPublicKey(packet.body)?.fingerprint) ?? '';
}

/** A name and an address that a user id gives back as they are, so that a policy can take them from it. Section 4. */
function refuseUnusable({ name, email, passphrase, expires }: NewKey): void {
  const read = readUserId(Buffer.from(`${name} <${email}>`));
  if (email === '' || read.email !== email)
    throw new MpaError('usage', `${email} is not an e-mail address that a policy could take`);
  if (name === '' || read.name !== name) {
    throw new MpaError('usage', `the name ${name} cannot stand in a key`, {
      hint: 'Give 1 to 100 characters without < and >, without a comment in parentheses, and without space or any of .,:;"\'\\ at either end',
    });
  }
  if (passphrase === '')
    throw new MpaError('usage', 'an empty passphrase protects nothing', { hint: 'Say so: --no-passphrase' });
  if (expires !== null && !(Number.isInteger(expires) && expires > 0 && expires <= 0xffffffff)) {
    throw new MpaError('usage', 'a key can live 1 second to 136 years');
  }
}
