import { couldEverSign } from '../core/fitness.js';
import { MpaError } from '../core/errors.js';
import type { Certificate } from '../core/keys.js';
import { badKey, exportedPackets } from './export.js';
import { readSecretKey, type SecretKey } from './openpgp.js';
import { TAG, writePacket } from './packets.js';
import { wrongPassphrase, type PassphraseSource } from './signer.js';

/** What to do where a file of a secret key is no good. */
export const SECRET_HINT = 'Export one secret key: gpg --armor --export-secret-keys FINGERPRINT';

/** One secret key and its packets, written anew with definite headers. Errors: `bad-key`. */
export async function readSecretExport(bytes: Uint8Array): Promise<{ secret: Uint8Array; key: SecretKey }> {
  const packets = exportedPackets(bytes);
  const count = packets.filter(({ tag }) => tag === TAG.secretKey).length;
  if (count > 1) throw badKey(`the file holds ${String(count)} secret keys, and one is wanted`, SECRET_HINT);
  if (packets.some(({ tag }) => tag === TAG.publicKey))
    throw badKey('the file holds a public key', SECRET_HINT);
  if (packets[0]?.tag !== TAG.secretKey) throw badKey('the file does not hold a secret key', SECRET_HINT);
  const secret = Buffer.concat(packets.map(writePacket));
  const key = await parsedSecret(secret);
  if (key === undefined) throw badKey('the secret key is broken, or of a kind that is not read', SECRET_HINT);
  return { secret, key };
}

/** What the library makes of a secret key; undefined: nothing. */
export async function parsedSecret(bytes: Uint8Array): Promise<SecretKey | undefined> {
  try {
    return await readSecretKey(bytes);
  } catch {
    return undefined;
  }
}

/** Opens every part that could sign, and forgets what it opened. Errors: `bad-key`, `bad-passphrase`. */
export async function unlockAll(
  key: SecretKey,
  { keys }: Certificate,
  passphrase: PassphraseSource,
): Promise<void> {
  const present = keys.filter((info) => couldEverSign(info) && key.state(info.fingerprint) !== 'absent');
  if (present.length === 0) {
    throw badKey(
      'the file holds no secret part that can sign: they are stubs, or on a card',
      'Sign with a key of its own: mpa keygen',
    );
  }
  try {
    await openParts(
      key,
      present.map(({ fingerprint }) => fingerprint),
      passphrase,
    );
  } finally {
    key.wipe();
  }
}

/**
 * Opens these parts, asking once where one is locked, and sees that each belongs to its public numbers. Whoever calls wipes. Errors:
 * `bad-key`, `bad-passphrase`, what `passphrase` throws.
 */
export async function openParts(
  key: SecretKey,
  fingerprints: readonly string[],
  passphrase: PassphraseSource,
): Promise<void> {
  let typed: string | undefined;
  try {
    for (const fingerprint of fingerprints) {
      if (key.state(fingerprint) === 'locked') {
        typed ??= await passphrase();
        if (!(await key.unlock(fingerprint, typed))) throw wrongPassphrase(fingerprint);
      }
      await key.validate(fingerprint);
    }
  } catch (error) {
    if (error instanceof MpaError) throw error;
    throw badKey(
      'the secret key is broken: its secret and public numbers do not belong together',
      SECRET_HINT,
    );
  }
}
