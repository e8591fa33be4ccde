import type { Clock, Prompter, Random, Signer } from '../core/ports.js';
import type { Tools } from '../workflows/place.js';
import type { Machine, Workspace } from '../workflows/workspace.js';
import type { Keystore, MinimalCertificate, Remotes } from './adapters.js';
import type { Config } from './config.js';
import type { Folders } from './folders.js';
import type { Output } from './output.js';
import type { Passphrases } from './passphrase.js';

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
  /** Opens the ledger of that local name, or the one that --ledger, MPA_LEDGER or the only one joined names. Errors: `not-joined`, `bad-config`, `foreign-state`, ... */
  workspace(name?: string): Promise<Workspace>;
  /** For the commands that set a person up. */
  readonly setup: Setup;
  /** What is left to do once the command has done its work: the clones that it has added to are kept small. Never throws. */
  afterwards(): Promise<void>;
}

/** What keygen, key, init, join and doctor work with beside the rest. */
export interface Setup {
  readonly cwd: string;
  /** This process's user; undefined where the system has none. */
  readonly uid: number | undefined;
  /** The configuration as it is on disk. Errors: `bad-config`, `unsafe-permissions`. */
  config(): Promise<Config>;
  /** Writes the configuration file. Errors: `disk`. */
  saveConfig(config: Config): Promise<void>;
  /** Opens the key store; makes nothing. */
  keystore(): Promise<Keystore>;
  readonly passphrases: Passphrases;
  /** The signer of a key of the store. Errors: `no-key`. */
  signer(fingerprint: string): Promise<Signer>;
  /** The minimal certificate of an exported public key. Errors: `bad-key`. */
  minimal(bytes: Uint8Array): Promise<MinimalCertificate>;
  tools(): Promise<Tools>;
  remotes(): Promise<Remotes>;
}

/** Each file in commands/ exports `run`. It returns the exit status, 0 where it returns nothing. */
export interface CommandModule {
  run(invocation: Invocation, context: CliContext): Promise<number | undefined>;
}
