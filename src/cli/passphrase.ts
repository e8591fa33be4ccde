import { MpaError } from '../core/errors.js';
import type { Prompter, Signer } from '../core/ports.js';
import { readNamed, refuseReadable } from './files.js';

/** How often a person may type a passphrase before mpa gives up. */
const TRIES = 3;

/** Where a passphrase comes from: a file where one was named, else a person. Never argv, never a plain variable. */
export interface Passphrases {
  /** From the file, or asked with `question`. Errors: `unsafe-permissions`, `usage`, `answer-needed`, `cancelled`. */
  ask(question: string): Promise<string>;
  /** A new one, asked twice. null where the file is empty: refused by the key store. */
  choose(): Promise<string>;
  /** Runs `work` again where it fails with `bad-passphrase` and a person typed it. */
  retry<T>(work: () => Promise<T>): Promise<T>;
}

/** `file`: --passphrase-file or MPA_PASSPHRASE_FILE; undefined: none. `warn` says that a try failed. */
export function passphrasesFrom(
  file: { readonly path: string; readonly flag: string } | undefined,
  prompter: Prompter,
  warn: (words: string) => void,
): Passphrases {
  const ask = async (question: string): Promise<string> => {
    if (file === undefined) return prompter.secret(question, '--passphrase-file FILE');
    await refuseReadable(file.path, file.flag);
    // Editors and `echo` end a file with a newline; a passphrase has none.
    return (await readNamed(file.path, file.flag)).toString('utf8').replace(/\r?\n$/, '');
  };
  const tries = file === undefined ? TRIES : 1;
  return {
    ask,
    choose: async () => {
      if (file !== undefined) return ask('');
      for (let left = TRIES; left > 0; left--) {
        const flags = '--passphrase-file FILE or --no-passphrase';
        const first = await prompter.secret('New passphrase:', flags);
        if (first === '') warn('An empty passphrase protects nothing (--no-passphrase says so on purpose).');
        else if (first === (await prompter.secret('The same again:', flags))) return first;
        else warn('The two differ.');
      }
      throw new MpaError('bad-passphrase', 'No passphrase was chosen: nothing was made.');
    },
    retry: async (work) => {
      for (let left = tries - 1; ; left--) {
        try {
          return await work();
        } catch (error) {
          if (left <= 0 || !(error instanceof MpaError) || error.code !== 'bad-passphrase') throw error;
          warn('That is not the passphrase.');
        }
      }
    },
  };
}

/** A signer that gives a person more than one try at the passphrase. */
export function patient(signer: Signer, passphrases: Passphrases): Signer {
  return {
    fingerprint: signer.fingerprint,
    sign: (payload, at) => passphrases.retry(() => signer.sign(payload, at)),
  };
}
