import type { Book } from './book.js';
import type { Closing, FinishEvent, RequestEvent } from './events.js';
import type { KeyInfo } from './keys.js';
import type { Policy } from './policy-document.js';
import type { VoidReason } from './reasons.js';
import type { Requests } from './requests.js';

/** A policy that is or was in force, or stands in a request. `id` is the genesis' or the request's id. */
export interface PolicyRecord {
  readonly id: string;
  readonly policy: Policy;
  /** Keys by handle, over members and executors, primaries and subkeys alike. No prototype. */
  readonly ring: Readonly<Record<string, readonly KeyInfo[]>>;
}

/** One approval that is not void. `at` and `position` are the event's. */
export interface Approval {
  readonly id: string;
  readonly actor: string;
  readonly material: string;
  readonly fingerprint: string;
  readonly at: number;
  readonly position: number;
  readonly comment?: string;
  readonly duration?: number;
  readonly uses?: number;
  /** A policy took effect that does not list that key for that member. For good. Section 7, counting 2. */
  readonly lapsed: boolean;
}

/** How a run ended, and the digests that were recorded with it. */
export interface Finish extends Pick<FinishEvent, 'exit' | 'millis' | 'stdout' | 'stderr' | 'outputs'> {
  readonly id: string;
  readonly at: number;
  readonly position: number;
}

export interface Run {
  readonly id: string;
  readonly actor: string;
  readonly host: string;
  readonly at: number;
  readonly position: number;
  readonly finish: Finish | null;
}

export interface Closed {
  readonly id: string;
  readonly actor: string;
  readonly at: number;
  readonly position: number;
  /** `applied` for a policy in force (or an endorsed genesis). */
  readonly as: Closing | 'applied';
  readonly reason: string;
}

/** A void event that named this request: shown in its timeline. */
export interface VoidNote {
  readonly id: string;
  readonly type: string;
  readonly actor: string;
  readonly at: number;
  readonly position: number;
  readonly reason: VoidReason;
  readonly detail: string;
}

/** A request as the ledger knows it at some position. Immutable: fold makes a new one for each effect. */
export interface RequestRecord {
  readonly id: string;
  /** Commit that carries it, for attachments. */
  readonly commit: string;
  readonly event: RequestEvent;
  readonly at: number;
  readonly position: number;
  /** Material and fingerprint of the key that signed. */
  readonly material: string;
  readonly fingerprint: string;
  /** The policy in force where it was written, and the index of the rule that matched there (null: policy request, or none). */
  readonly writtenPolicy: string;
  readonly writtenRule: number | null;
  readonly void: { readonly reason: VoidReason; readonly detail: string } | null;
  readonly approvals: readonly Approval[];
  /** Section 7, counting 4: fixed once. `at` of the approval that first met the clauses of the rule when written. */
  readonly quorumAt: number | null;
  readonly closed: Closed | null;
  readonly runs: readonly Run[];
  /** Starts that are not void, less at most one given back. */
  readonly spent: number;
  readonly givenBack: boolean;
  readonly voids: readonly VoidNote[];
}

export interface Halt {
  readonly id: string;
  readonly actor: string;
  readonly at: number;
  readonly position: number;
  /** null: everything. */
  readonly who: string | null;
  readonly reason: string;
}

/** The first policy's endorsement: the genesis counted as a policy request. Section 6. */
export interface Endorsement {
  readonly founder: string;
  readonly founderMaterial: string;
  readonly approvals: readonly Approval[];
  readonly closed: Closed | null;
}

/**
 * Everything that a position of the chain decides by. Owned by one reader: `applyEffect` changes it in place,
 * nothing else does. Plain data (Maps, arrays, objects), so that a checkpoint can hold it; what is long over may be looked up
 * instead (book.ts), and answers as if it were held.
 */
export interface LedgerState {
  readonly anchor: string;
  readonly name: string;
  /** Number of authentic and inert commits before and including the last one read, minus one: the root is 0. */
  position: number;
  /** Authentic events read so far. */
  events: number;
  /** Greatest `at` of any authentic event so far, seconds. */
  greatestAt: number;
  endorsement: Endorsement;
  /** Id of the policy in force. */
  current: string;
  /** By id: each policy that was ever in force. */
  readonly policies: Book<PolicyRecord>;
  /** Each key material that a policy in force ever listed, and for whom. Section 5. */
  readonly materials: Map<string, string>;
  readonly requests: Requests;
  /** Run id to request id. */
  readonly runs: Book<string>;
  halts: readonly Halt[];
}

/** What one authentic event changes. Fields that are absent stay as they are. */
export interface Changes {
  readonly endorsement?: Endorsement;
  readonly request?: RequestRecord;
  readonly run?: { readonly id: string; readonly request: string };
  readonly halts?: readonly Halt[];
  /** A policy that takes effect for the commits after this one. */
  readonly policy?: PolicyRecord;
}

/** How an authentic event fared: `void` null where it has effect. */
export interface Effect {
  readonly void: { readonly reason: VoidReason; readonly detail: string } | null;
  readonly changes: Changes;
}
