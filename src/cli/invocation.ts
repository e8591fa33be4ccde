import type { Clock, Prompter, Random } from '../core/ports.js';
import type { Machine, Workspace } from '../workflows/workspace.js';
import type { Folders } from './folders.js';
import type { Output } from './output.js';

/** The flags that every command takes. CLI.md, Ground rules. */
export interface Globals {
  readonly ledger: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly noColor: boolean;
  readonly noInput: boolean;
  /** --passphrase-file; MPA_PASSPHRASE_FILE is the environment's way to say it. */
  readonly passphraseFile: string | undefined;
}

/** One command line, parsed: what a file in commands/ is handed. */
export interface Invocation {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly globals: Globals;
  /** Everything after the separating `--`, untouched; null where there was none. */
  readonly command: readonly string[] | null;
}

/** What a command works with. Built by cli/context.ts. */
export interface CliContext {
  readonly globals: Globals;
  readonly out: Output;
  readonly prompter: Prompter;
  readonly folders: Folders;
  readonly clock: Clock;
  readonly random: Random;
  readonly machine: Machine;
  /** The environment that the process was started with. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opens the ledger that --ledger, MPA_LEDGER or the only one joined names. Errors: `not-joined`, `bad-config`, `foreign-state`, ... */
  workspace(): Promise<Workspace>;
}

/** Each file in commands/ exports `run`. It returns the exit status, 0 where it returns nothing. */
export interface CommandModule {
  run(invocation: Invocation, context: CliContext): Promise<number | undefined>;
}
