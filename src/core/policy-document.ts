/** One key as a policy lists it: an armored minimal certificate. Section 5. */
export interface ListedKey {
  readonly type: 'openpgp';
  readonly public: string;
}

export interface Executor {
  readonly name: string;
  readonly email: string;
  readonly keys: readonly ListedKey[];
}

export interface Member extends Executor {
  readonly unix?: readonly string[];
}

export interface Clause {
  readonly count: number;
  readonly from: readonly string[];
}

export type Match =
  { readonly command: readonly string[] } | { readonly access: string } | { readonly any: true };

export type StdinKind = 'none' | 'file' | 'terminal';

export interface Rule {
  readonly name: string;
  readonly match: Match;
  readonly requesters?: readonly string[];
  readonly approvals: readonly Clause[];
  readonly maxDuration: number;
  readonly maxPending: number;
  readonly maxUses: number;
  readonly justification?: { readonly minLength: number };
  readonly ticket?: { readonly pattern: string };
  readonly executors?: readonly string[];
  readonly pins?: readonly string[];
  readonly env?: readonly string[];
  readonly stdin?: readonly StdinKind[];
  readonly enforceEnd?: true;
}

export interface PolicyTest {
  readonly requester: string;
  readonly command?: readonly string[];
  readonly access?: string;
  readonly expect: string;
}

/**
 * The policy document as the ledger carries it. Section 6. Records are objects without a prototype, so that
 * a handle such as `constructor` finds nothing that was not written.
 */
export interface Policy {
  readonly protocol: number;
  readonly members: Readonly<Record<string, Member>>;
  readonly executors?: Readonly<Record<string, Executor>>;
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly Rule[];
  readonly changes: readonly Clause[];
  readonly tests?: readonly PolicyTest[];
}
