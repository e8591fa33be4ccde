import { MpaError } from '../core/errors.js';
import type { PushOutcome, Store } from '../core/ports.js';
import { line } from '../core/show.js';

/** Pushes that the remote refused although nobody was quicker: a hook or a missing permission, which asking again does not mend. */
const STUBBORN = 2;
/** Pushes in a row without an answer, while fetches are answered. */
const SILENT = 3;

/** A push that was not seen to move the branch. */
export type Unconfirmed = Exclude<PushOutcome, { readonly kind: 'moved' }>;

/** Pushes; a connection that broke is an outcome too: whether it had carried the push is for the next fetch to tell. */
export async function push(store: Store, from: string | null, to: string): Promise<PushOutcome> {
  try {
    return await store.push(from, to);
  } catch (error) {
    if (error instanceof MpaError && error.code === 'remote-unreachable')
      return { kind: 'unknown', words: error.message };
    throw error;
  }
}

/** What a server said, labelled as its words, on lines of their own. Section 9. */
function said(words: string): string {
  const rows = words.split('\n').map((row) => line(row.trim()));
  const text = rows.filter((row) => row !== '').join('\n');
  return text === '' ? 'it gave no reason' : `it says:\n${text}`;
}

/** The push may or may not have landed, and nobody can be asked. */
export function mayHaveLanded(words: string, cause: unknown): MpaError {
  return new MpaError(
    'remote-unreachable',
    `the remote did not confirm the push, which may have landed; ${said(words)}`,
    {
      hint: 'Find out with: mpa sync',
      cause,
    },
  );
}

/** The remote said no although nothing stood in the way. */
export function refusedOutright(words: string): MpaError {
  return new MpaError(
    'remote-refused',
    `the remote refuses the push although nobody was quicker; ${said(words)}`,
    {
      hint: 'Its words say why: no permission to push, a hook, or a damaged repository (`git fsck --full` there). Ask its admin.',
    },
  );
}

/** Ends the tries that can succeed no more: counts those in a row after which the branch stood where it was. */
export class Limits {
  #refused = 0;
  #silent = 0;

  moved(): void {
    this.#refused = 0;
    this.#silent = 0;
  }

  stood(outcome: Unconfirmed): void {
    this.#refused += outcome.kind === 'refused' ? 1 : 0;
    this.#silent += outcome.kind === 'unknown' ? 1 : 0;
    // Each of them was followed by an answered fetch that shows the branch unmoved: who may read and not write is told no like this.
    if (this.#refused >= STUBBORN || this.#silent >= SILENT) throw refusedOutright(outcome.words);
  }
}
