import type { CertificateReader, Clock, Random, SignatureChecker, Store } from '../core/ports.js';
import type { Ledger } from '../ledger/ledger.js';

/** A private clone that is being made, for `init` and `join`. Nobody else sees it until it is kept; nothing is half done. */
export interface NewClone {
  readonly store: Store;
  /** Opens the ledger `anchor` over it, with the state that this machine may have of that ledger already. Errors: `foreign-state`. */
  ledger(anchor: string): Promise<Ledger>;
  /** Moves clone and state to where they belong. What this machine had of the ledger already stays. Errors: `disk`. */
  keep(anchor: string): Promise<void>;
  /** Removes what was not kept. Never throws. */
  discard(): Promise<void>;
}

/** Who judges and what a writer needs beside a store. Built by cli/context.ts only. */
export interface Tools {
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
  readonly clock: Clock;
  readonly random: Random;
}
