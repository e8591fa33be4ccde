import { resolve } from 'node:path';
import { MpaError } from '../core/errors.js';
import { fitness } from '../core/fitness.js';
import { exact } from '../core/show.js';
import { fingerprintOf, type Card } from '../workflows/founders.js';
import { readNamed } from './files.js';
import type { CliContext, Setup } from './invocation.js';
import type { Output } from './output.js';

/** What reading a key takes of a CliContext. */
export interface CardTools {
  readonly setup: Pick<Setup, 'cwd' | 'minimal'>;
  readonly out: Pick<Output, 'talk'>;
}

/**
 * The public key in a file that a flag names, in the minimal form; what is left out is said. Errors: `bad-key` with what to do (a private key
 * too: nothing of it is kept or shown), `usage` where the file cannot be read.
 */
export async function cardIn(context: CardTools, path: string, flag: string): Promise<Card> {
  // A key pasted in place of a path: it must not come back in an error.
  if (/-----BEGIN|\n/.test(path)) {
    throw new MpaError('usage', `${flag} takes the path of a file, not the key itself.`, {
      hint: 'If that was a private key, whoever reads your shell history has it now: make a new one (mpa keygen).',
    });
  }
  return card(context, await readNamed(resolve(context.setup.cwd, path), flag), exact(path));
}

/** As cardIn, from bytes. `source`: where they are from, for what is said of them. */
export async function card({ setup, out }: CardTools, bytes: Uint8Array, source: string): Promise<Card> {
  try {
    const { dropped, ...minimal } = await setup.minimal(bytes);
    for (const part of dropped) out.talk(`${source}: left out: ${part}`);
    return minimal;
  } catch (error) {
    if (!(error instanceof MpaError)) throw error;
    const options = error.hint === undefined ? { cause: error } : { cause: error, hint: error.hint };
    throw new MpaError(error.code, `${source}: ${error.message}`, options);
  }
}

/** Refuses a key that could sign nothing from now on (seconds): nobody should agree to list it. Errors: `unfit-key`. */
export function refuseUnfit(found: Card, source: string, now: number): void {
  const judged = found.certificate.keys.map((key) => fitness(key, now));
  if (judged.some(({ fit }) => fit)) return;
  const why = judged.flatMap((one) => (one.fit ? [] : [one.why]))[0] ?? 'it has no key';
  throw new MpaError(
    'unfit-key',
    `${exact(source)}: the key ${fingerprintOf(found)} may not sign now: ${why}.`,
    {
      hint: `Its owner renews it (mpa key renew, or gpg --quick-set-expire ${fingerprintOf(found)} 2y) and exports it again.`,
    },
  );
}

/** Refuses a recovery key that lies in this person's own key store: with it they would be two people. Errors: `usage`. */
export async function refuseOwn({ setup }: CliContext, found: Card): Promise<void> {
  const fingerprint = fingerprintOf(found);
  if (!(await (await setup.keystore()).has(fingerprint))) return;
  throw new MpaError(
    'usage',
    `The recovery key ${fingerprint} is in your own key store: with it you would be two people.`,
    { hint: 'Make it on another machine, or with another MPA_HOME, and keep it offline.' },
  );
}
