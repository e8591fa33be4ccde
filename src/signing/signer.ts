import type { KeyObject } from 'node:crypto';
import { MpaError } from '../core/errors.js';
import { fitness } from '../core/fitness.js';
import type { Certificate, KeyInfo } from '../core/keys.js';
import type { Signer } from '../core/ports.js';
import { writeArmor } from './armor.js';
import { createSignatureChecker } from './checker.js';
import type { SecretKey } from './openpgp.js';
import { signDetached } from './sign.js';

/** Asks for a passphrase; called only where one is needed. */
export type PassphraseSource = () => Promise<string>;

/** Where a signer finds its key. `load` is called when something is first signed. */
export interface SignerParts {
  readonly certificate: Certificate;
  readonly load: () => Promise<SecretKey>;
  readonly passphrase: PassphraseSource;
}

/**
 * A signer over one key of the key store, unlocked when it first signs and then for as long as it lives. Each
 * signature is checked by our own checker (section 5.3) before anyone gets it. Errors of `sign`: `unfit-key`,
 * `bad-key`, `bad-passphrase`, `signer-failed`, and what `load` and `passphrase` throw.
 */
export function createSigner({ certificate, load, passphrase }: SignerParts): Signer {
  const checker = createSignatureChecker();
  const opened = new Map<string, KeyObject>();
  const sign = async (payload: Uint8Array, at: number): Promise<string> => {
    const fit = fitKeys(certificate, at);
    let key = fit.find(({ fingerprint }) => opened.has(fingerprint));
    if (key === undefined) {
      const secret = await load();
      key = present(fit, secret);
      opened.set(key.fingerprint, await open(secret, key, passphrase));
    }
    const armor = signed(payload, at, key, opened.get(key.fingerprint));
    const reading = await checker.check({ payload, armor, keys: certificate.keys, at });
    if (!reading.ok || reading.key !== key) {
      const why = reading.ok ? 'another key made it' : reading.detail;
      throw new MpaError('signer-failed', `the signature just made is not one that a ledger takes: ${why}`);
    }
    return armor;
  };
  // One at a time: two signatures at once would ask for one passphrase twice.
  let last: Promise<unknown> = Promise.resolve();
  return {
    fingerprint: certificate.keys[0]?.fingerprint ?? '',
    sign: (payload, at) => {
      const turn = last.then(() => sign(payload, at));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** The keys that are fit at `at` (section 5.4): subkeys first, the newest of them before all, then the primary. */
function fitKeys({ keys }: Certificate, at: number): readonly KeyInfo[] {
  const judged = keys.map((key) => ({ key, fitness: fitness(key, at) }));
  const fit = judged.filter((one) => one.fitness.fit).map(({ key }) => key);
  const order = (key: KeyInfo): number => (key.primary === null ? -1 : key.created);
  if (fit.length > 0) return fit.toSorted((a, b) => order(b) - order(a));
  const reasons = judged.map((one) => `${one.key.fingerprint}: ${one.fitness.fit ? '' : one.fitness.why}`);
  throw new MpaError('unfit-key', `no key of this certificate can sign now (${reasons.join('; ')})`, {
    hint: 'Make a new key (mpa keygen) and have the policy list it',
  });
}

function present(fit: readonly KeyInfo[], secret: SecretKey): KeyInfo {
  const key = fit.find(({ fingerprint }) => secret.state(fingerprint) !== 'absent');
  if (key !== undefined) return key;
  throw new MpaError('unfit-key', 'the key store holds no secret part of the keys that can sign now', {
    hint: 'Export them (gpg --armor --export-secret-keys FINGERPRINT) and import them: mpa key import FILE',
  });
}

/** Opens one part and takes it out; what was opened of the packets is overwritten. */
async function open(secret: SecretKey, key: KeyInfo, passphrase: PassphraseSource): Promise<KeyObject> {
  const { fingerprint } = key;
  const typed = secret.state(fingerprint) === 'locked' ? await passphrase() : null;
  try {
    if (typed !== null && !(await secret.unlock(fingerprint, typed))) throw wrongPassphrase(fingerprint);
    await secret.validate(fingerprint);
    return secret.keyObject(key);
  } catch (cause) {
    if (cause instanceof MpaError) throw cause;
    const hint = 'Import it again: mpa key import FILE';
    throw new MpaError('bad-key', `the secret key ${fingerprint} is broken`, { hint, cause });
  } finally {
    secret.wipe();
  }
}

/** `bad-passphrase` for one key. */
export function wrongPassphrase(fingerprint: string): MpaError {
  return new MpaError('bad-passphrase', `the passphrase does not open the key ${fingerprint}`);
}

function signed(payload: Uint8Array, at: number, key: KeyInfo, secret: KeyObject | undefined): string {
  try {
    if (secret === undefined) throw new Error('the key is not open');
    return writeArmor(signDetached(payload, at, key, secret), 'SIGNATURE');
  } catch (cause) {
    throw new MpaError('signer-failed', `the key ${key.fingerprint} could not sign`, { cause });
  }
}
