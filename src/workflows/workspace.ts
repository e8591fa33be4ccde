import type { CertificateReader, Clock, Random, Signer, Store } from '../core/ports.js';
import type { Ledger } from '../ledger/ledger.js';
import type { SpentRecord } from '../ledger/spent.js';
import type { Quarters } from './private-folder.js';

/** This machine, as section 4 names it in an action. */
export interface Machine {
  /** The kernel's name, first label, lower case. */
  readonly host: string;
  /** The login that the password database gives the process's user. */
  readonly user: string;
}

/** Everything that a workflow on a joined ledger is handed. Built by cli/context.ts only. */
export interface Workspace {
  /** The ledger's local name. */
  readonly name: string;
  readonly remote: string;
  readonly ledger: Ledger;
  /** The clone that the ledger reads: for claims and attachments, never for what the ledger answers. */
  readonly store: Store;
  /** The reader that the ledger uses: for the keys of a policy that is not in force yet. */
  readonly certificates: CertificateReader;
  readonly spent: SpentRecord;
  /** This person's handle in this ledger; null: joined as a reader. */
  readonly handle: string | null;
  /** Fingerprint of the key in use; null: none. */
  readonly fingerprint: string | null;
  /** The signer, unlocked when it first signs. Errors: `no-key`, `no-identity`, `bad-passphrase`. */
  signer(): Promise<Signer>;
  readonly clock: Clock;
  readonly random: Random;
  readonly machine: Machine;
  /** Where this machine, as an executor, runs what was approved. Errors: `bad-config` where it is set up for a login that it cannot run as. */
  quarters(): Promise<Quarters>;
  /** Talk for people, stderr: one line, escaped by the printer. */
  notice(line: string): void;
}
