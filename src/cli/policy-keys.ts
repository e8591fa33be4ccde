import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { inForce } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import type { CertificateReader } from '../core/ports.js';
import { policiesInOrder } from '../core/rest.js';
import { exact } from '../core/show.js';
import type { LedgerState, PolicyRecord } from '../core/state.js';
import type { Card, ReadCard } from '../workflows/founders.js';
import { isMissing, readNamed } from './files.js';
import type { CliContext, Setup } from './invocation.js';

const FINGERPRINT = /^[0-9A-F]{40}$/;
/** In bytes: an exported key with a photograph or two. */
const LARGEST = 1024 * 1024;

/** What reads an exported key, and says what of it was left out. */
export interface KeyTools extends Pick<CliContext, 'out'> {
  readonly setup: Pick<Setup, 'minimal'>;
}

/** Where the keys that a policy file names are looked for. */
export interface KeyPlaces {
  /** The folder that paths are relative to. */
  readonly folder: string;
  readonly certificates: CertificateReader;
  /** For fingerprints; null: no ledger is joined. */
  readonly state: LedgerState | null;
  /** The policy that the file was made from: its certificates come first. */
  readonly base: string | null;
}

/**
 * Reads what stands for a key in a policy file: armored text, the path of an exported public key, or the fingerprint of a key that a policy of
 * the ledger lists or listed. Errors: `bad-key`, `usage` (no such file), `no-key` (no such fingerprint).
 */
export function keyReader(context: KeyTools, places: KeyPlaces): ReadCard {
  return async (source) => {
    const fingerprint = source.replaceAll(/[\s:]/g, '').toUpperCase();
    if (FINGERPRINT.test(fingerprint)) return cardOf(fingerprint, places);
    if (source.includes('-----BEGIN')) return fromArmor(source, context, places.certificates);
    return fromFile(resolve(places.folder, source), exact(source), context);
  };
}

/** A certificate that is minimal already stays as it is, byte for byte: what `policy show` prints reads back as the same policy. */
async function fromArmor(
  armored: string,
  { setup }: KeyTools,
  certificates: CertificateReader,
): Promise<Card> {
  const reading = await certificates.read(armored);
  if (reading.ok) return { armored, certificate: reading.certificate };
  return setup.minimal(Buffer.from(armored));
}

async function fromFile(path: string, shown: string, { setup, out }: KeyTools): Promise<Card> {
  const found = await stat(path).catch((cause: unknown) => {
    if (!isMissing(cause)) return null;
    throw new MpaError('usage', `there is no file ${shown}`, {
      cause,
      hint: 'Give the path of an exported public key, relative to the policy file, or the fingerprint of a key in the policy.',
    });
  });
  if (found !== null && !found.isFile()) throw new MpaError('usage', `${shown} is no file`);
  if (found !== null && found.size > LARGEST)
    throw new MpaError('bad-key', `${shown} is too large for a public key`);
  const bytes = await readNamed(path, 'keys');
  try {
    const { dropped, ...card } = await setup.minimal(bytes);
    for (const part of dropped) out.talk(`${shown}: left out: ${part}`);
    return card;
  } catch (error) {
    if (!(error instanceof MpaError)) throw error;
    const options = error.hint === undefined ? { cause: error } : { cause: error, hint: error.hint };
    throw new MpaError(error.code, `${shown}: ${error.message}`, options);
  }
}

/** Policies in the order in which they are asked: the one that the file was made from, the one in force, then from the newest. */
function* policiesOf(state: LedgerState, base: string | null): IterableIterator<PolicyRecord> {
  const first = base === null ? undefined : state.policies.get(base);
  if (first !== undefined) yield first;
  yield inForce(state);
  yield* policiesInOrder(state).reverse();
}

async function cardOf(fingerprint: string, { state, base, certificates }: KeyPlaces): Promise<Card> {
  if (state === null) {
    throw new MpaError('no-key', `no ledger is joined here that could know the key ${fingerprint}`, {
      hint: 'Give the path of its exported public key.',
    });
  }
  for (const { policy } of policiesOf(state, base)) {
    for (const { keys } of [...Object.values(policy.members), ...Object.values(policy.executors ?? {})]) {
      for (const { public: armored } of keys) {
        const reading = await certificates.read(armored);
        if (reading.ok && reading.certificate.keys[0]?.fingerprint === fingerprint)
          return { armored, certificate: reading.certificate };
      }
    }
  }
  throw new MpaError('no-key', `no policy of this ledger ever listed the key ${fingerprint}`, {
    hint: 'Give the path of its exported public key: `mpa key export --out FILE` writes one.',
  });
}
