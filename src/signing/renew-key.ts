import { MpaError } from '../core/errors.js';
import type { Certificate } from '../core/keys.js';
import { couldEverSign } from '../core/fitness.js';
import { badKey } from './export.js';
import { readPackets, writePacket } from './packets.js';
import { renewed, renewedSecret } from './renew.js';
import { openParts, parsedSecret } from './secret-file.js';
import type { PassphraseSource } from './signer.js';

/** A key of the store that is to end at another time. Times in seconds; `expires` null: never. */
export interface KeyRenewal {
  readonly armored: string;
  readonly certificate: Certificate;
  /** The packets of the secret key file, binary. */
  readonly secret: Uint8Array;
  readonly expires: number | null;
  readonly now: number;
}

/**
 * The renewed secret packets (binary, encrypted as they were) and the renewed armored certificate. Errors: `bad-key` where the primary's secret
 * part is not there or the file is broken, `bad-passphrase`, `usage` for a time that no key can state, `signer-failed`.
 */
export async function renewKey(
  { armored, certificate, secret, expires, now }: KeyRenewal,
  passphrase: PassphraseSource,
): Promise<{ readonly secret: Uint8Array; readonly armored: string }> {
  const [primary] = certificate.keys;
  const fingerprint = primary?.fingerprint ?? '';
  refuseTime(certificate, expires, now);
  const key = await parsedSecret(secret);
  const packets = readPackets(secret);
  if (key === undefined || packets === null)
    throw badKey(
      `the secret key file of ${fingerprint} is broken`,
      'Import the key again: mpa key import FILE',
    );
  if (key.state(fingerprint) === 'absent') throw withGpg(fingerprint);
  const parts = certificate.keys.filter(
    (part) => part === primary || (couldEverSign(part) && key.state(part.fingerprint) !== 'absent'),
  );
  try {
    await openParts(
      key,
      parts.map((part) => part.fingerprint),
      passphrase,
    );
    const secretOf = (part: Certificate['keys'][number]) =>
      parts.includes(part) ? key.keyObject(part) : null;
    const made = renewed({ armored, certificate, expires, now, secretOf });
    return { secret: Buffer.concat(renewedSecret(packets, made).map(writePacket)), armored: made.armored };
  } finally {
    key.wipe();
  }
}

function refuseTime({ keys }: Certificate, expires: number | null, now: number): void {
  if (expires === null) return;
  if (expires > now && keys.every(({ created }) => expires > created && expires - created <= 0xffffffff))
    return;
  throw new MpaError('usage', 'a key can live 1 second to 136 years');
}

/** Only the primary certifies: where it is kept elsewhere, so is its renewal. */
function withGpg(fingerprint: string): MpaError {
  return badKey(
    `the key store holds no secret part of the primary key ${fingerprint}, which alone can renew it`,
    `Where it is kept: gpg --quick-set-expire ${fingerprint} 2y '*' and gpg --armor --export-secret-subkeys ${fingerprint} >FILE; then here: mpa key import FILE`,
  );
}
