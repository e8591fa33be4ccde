/** A command line before commander sees it. */
export interface Argv {
  /** What commander parses: everything up to the separating `--`, or all of it. */
  readonly before: readonly string[];
  /** Everything after the separating `--` of a word that takes COMMAND, untouched; null where there is none. */
  readonly command: readonly string[] | null;
  /** The command word, as typed; undefined: none. */
  readonly word: string | undefined;
  /** Whether `--json` stands before the separating `--`: for errors met before the flags are parsed. */
  readonly json: boolean;
}

/** The words after which `--` separates a COMMAND. commander drops the first `--`, so that `exec -- A B` would look like id A. */
const TAKES_COMMAND: readonly string[] = ['exec', 'request', 'verify', 'policy', 'complete'];

/** Global flags that take a value: the next argument is not the command word. */
const WITH_VALUE: readonly string[] = ['--ledger', '--passphrase-file'];

/**
 * Cuts a command line (without `node` and the script) at the first `--` after a word that takes COMMAND. A
 * `--` that stands where a flag wants its value is taken for the separator: the flag then lacks its value,
 * which is a usage error. Never throws.
 */
export function splitArgv(argv: readonly string[]): Argv {
  const word = commandWord(argv);
  const separator = argv.indexOf('--');
  const cut = word !== undefined && TAKES_COMMAND.includes(word) && separator !== -1;
  const before = cut ? argv.slice(0, separator) : [...argv];
  return {
    before,
    command: cut ? argv.slice(separator + 1) : null,
    word,
    json: before.includes('--json'),
  };
}

function commandWord(argv: readonly string[]): string | undefined {
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i];
    if (argument === undefined || argument === '--') return undefined;
    if (WITH_VALUE.includes(argument)) i++;
    else if (!argument.startsWith('-')) return argument;
  }
  return undefined;
}
