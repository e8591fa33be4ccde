import type { ChainedEvent, LedgerEvent } from '../core/events.js';
import type { KeyInfo } from '../core/keys.js';
import type { Signer } from '../core/ports.js';
import type { InertReason } from '../core/reasons.js';
import type { Effect, LedgerState } from '../core/state.js';

/** A commit with c(commit), hex. */
export interface Link {
  readonly commit: string;
  readonly chain: string;
}

/** A verified authentic commit; `at` in seconds. */
export interface Head extends Link {
  readonly at: number;
}

/** A commit without effect: whose form or signature is not that of an event. Section 5. */
export interface InertCommit {
  readonly commit: string;
  readonly reason: InertReason;
  readonly detail: string;
}

/** One authentic event as a reader met it, and how it fared. */
export interface ReadEvent {
  readonly commit: string;
  readonly position: number;
  readonly event: LedgerEvent;
  readonly id: string;
  readonly at: number;
  readonly key: KeyInfo;
  readonly effect: Effect;
}

/** A verified ledger at one moment. Never built from anything that failed: fatal cases are thrown as MpaError. */
export interface View {
  readonly anchor: string;
  readonly state: LedgerState;
  /** Newest authentic commit; `at` in seconds. */
  readonly head: Head;
  /** The branch's last commit, inert or not: what a writer builds on. `position`: number of commits before it. */
  readonly tip: Link & { readonly position: number };
  /** Inert commits met in this reading (above the previous head). */
  readonly inert: readonly InertCommit[];
  /** When the remote was last looked at, seconds; null: never. */
  readonly fetchedAt: number | null;
}

type WithoutCommon<E> = E extends ChainedEvent
  ? Omit<E, 'v' | 'ledger' | 'prev' | 'actor' | 'at' | 'nonce'>
  : never;
/** An event's own fields; append adds the common ones. */
export type EventBody = WithoutCommon<ChainedEvent>;

export interface Draft {
  readonly body: EventBody;
  /** Bytes of the attachments, each distinct one once. */
  readonly attachments?: readonly Uint8Array[];
}

/** Called anew for each attempt, on the newest verified view: checks the preconditions (throws MpaError) and says what to write. */
export type Drafter = (view: View, now: number) => Draft | Promise<Draft>;

/** An event signed and found authentic and not void by our own reading, about to be pushed. */
export interface Candidate {
  readonly id: string;
  readonly commit: string;
  readonly parent: string;
  readonly event: ChainedEvent;
}

export interface AppendOptions {
  /** Back-off: machines yield to people. Section 8.3. */
  readonly patience: 'person' | 'machine';
  /** A view verified in this process: the first attempt builds on it without another fetch. Where others were quicker, the push says so. */
  readonly fresh?: View;
  /** Runs after our own reading said yes and before the push: where a claim is recorded durably. Section 8.4. */
  readonly beforePush?: (candidate: Candidate) => Promise<void>;
  /** Runs when the verified branch shows that the candidate never was. */
  readonly onLost?: (candidate: Candidate) => Promise<void>;
}

export interface Appended {
  readonly view: View;
  readonly id: string;
  readonly commit: string;
  readonly event: ChainedEvent;
}

/** A joined ledger. Section 2 and 8. Every method throws MpaError with a fatal code where the ledger cannot be trusted. */
export interface Ledger {
  readonly anchor: string;
  /** What is here already, verified: no remote contact. */
  view(): Promise<View>;
  /** When the branch was fetched last, by any process of this machine, seconds; null: never. */
  fetchedAt(): Promise<number | null>;
  /** Fetches and verifies; moves the verified head; saves the checkpoint. */
  refresh(): Promise<View>;
  /**
   * Whether the remote's branch is elsewhere than where this process read it last, or was never read by it. One cheap look: nothing is
   * fetched or verified. Errors: `remote-unreachable`, `remote-not-a-repository`.
   */
  moved(): Promise<boolean>;
  /** What this process has read or written last; null: nothing yet. */
  last(): View | null;
  /** Writes one event onto the tip and pushes it, with retries. Errors: those of the drafter, `remote-*`, `bad-clock`, void reasons. */
  append(actor: string, signer: Signer, drafter: Drafter, options: AppendOptions): Promise<Appended>;
  /** Verifies everything from the root without the checkpoint, local objects only; `visit` sees each event and each inert commit in chain order. */
  every(visit: (item: ReadEvent | InertCommit) => void): Promise<View>;
  /** Section 2.6: accept a branch that does not contain the verified head. `head`: full id that a person typed. */
  accept(head: string): Promise<View>;
  /** What the newest fetched branch lacks of the verified one: events that would vanish with `accept`. */
  vanishing(): Promise<readonly ReadEvent[]>;
}
