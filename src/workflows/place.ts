import type { CertificateReader, Clock, Progress, Random, SignatureChecker, Store } from '../core/ports.js';
import type { Stage } from '../ledger/inspect.js';
import type { Ledger, View } from '../ledger/ledger.js';

/** A private clone that is being made, for `init` and `join`. Nobody else sees it until it is kept; nothing is half done. */
export interface NewClone {
  readonly store: Store;
  /** How far its verification has come: where it is interrupted, the next one goes on there. */
  readonly stage: Stage;
  /** The ledger over it, held to what this machine verified of that ledger before; null: nothing yet. Errors: `foreign-state`. */
  earlier(anchor: string): Promise<Ledger | null>;
  /**
   * Pins the ledger: moves clone and state to where they belong. What this machine had of the ledger already stays.
   * Errors: `foreign-state`, `disk`, `locked`, `bad-config`.
   */
  keep(view: View): Promise<void>;
  /** Removes what was not kept, or puts it aside for another time, where `why`, which ended it, speaks for that. Never throws. */
  discard(why?: unknown): Promise<void>;
}

/** Who judges and what a writer needs beside a store. Built by cli/context.ts only. */
export interface Tools {
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
  readonly clock: Clock;
  readonly random: Random;
  /** Told while a long range of commits is verified: how many of how many. */
  readonly progress?: Progress;
}
