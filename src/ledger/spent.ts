import type { Digest, Exit } from '../core/events.js';

/** claimed: recorded, the push may or may not have landed. Section 8.4; each stage is flushed before the act it allows. */
export type Stage = 'claimed' | 'pushed' | 'spawning' | 'finished';

export interface FinishNote {
  readonly exit: Exit;
  readonly millis: number;
  readonly stdout?: Digest;
  readonly stderr?: Digest;
  readonly outputs?: readonly (Digest & { readonly path: string })[];
}

/** One use of a grant, as this machine remembers it. */
export interface Claim {
  /** The start event's id. */
  readonly start: string;
  readonly request: string;
  /** The start's commit and that commit's parent. */
  readonly commit: string;
  readonly parent: string;
  readonly actor: string;
  readonly at: number;
  readonly stage: Stage;
  /** What `finish` will say; null until known. */
  readonly finish: FinishNote | null;
  /** lost: the verified branch shows it never was. recorded: its finish is in the ledger. dropped: its finish can no longer count. */
  readonly settled: null | 'lost' | 'recorded' | 'dropped';
}

export interface Lock {
  release(): Promise<void>;
}

/** This machine's own record of uses. Never shrinks a spent use but by proof. */
export interface SpentRecord {
  /** All claims, or those of one request. Errors: `bad-config` for a record that cannot be read: fail closed. */
  claims(request?: string): Promise<readonly Claim[]>;
  /** Writes a new claim, flushed to disk. */
  claim(claim: Claim): Promise<void>;
  /** Replaces the claim of the same start, flushed. */
  update(claim: Claim): Promise<void>;
  /** The claim's lock, held by a live process until `finish`; null where another live process holds it. */
  lock(start: string): Promise<Lock | null>;
}
