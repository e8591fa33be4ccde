/** What the JSON files beside this hold. README.md explains them for other languages. */
export interface TextVector {
  readonly title: string;
  readonly event: unknown;
  readonly text: string;
  readonly id: string;
  readonly subject: string;
}

export interface RefusedText {
  readonly title: string;
  /** A commit message, base64. */
  readonly message: string;
}

export interface ObjectVector {
  readonly oid: string;
  readonly type: 'tree' | 'blob';
  readonly raw: string;
}

export interface CommitVector {
  readonly title: string;
  readonly oid: string;
  /** c(commit), hex. */
  readonly chain: string;
  /** The event's id; null for an inert commit. */
  readonly id: string | null;
  readonly expect: 'effect' | 'void' | 'inert';
  /** The void reason of section 7; for an inert commit our own word, which the format does not name. */
  readonly reason: string | null;
  /** The commit object as `git cat-file commit` prints it, base64. */
  readonly raw: string;
}

export interface DecisionVector {
  readonly title: string;
  readonly request: string;
  /** `fingerprint` null: asked on behalf of that handle. */
  readonly runner: { readonly handle: string; readonly fingerprint: string | null };
  /** null: what was approved. */
  readonly toRun: Readonly<Record<string, unknown>> | null;
  readonly now: string;
  readonly authorised: boolean;
  readonly reason: string | null;
  readonly state: string;
}

export interface LedgerVector {
  readonly title: string;
  readonly format: 'sha1' | 'sha256';
  readonly anchor: string;
  /** The reader's clock. */
  readonly now: string;
  /** A head verified before; null: the first reading. */
  readonly head: string | null;
  /** The fatal case that stops the reader; null: none. */
  readonly fatal: string | null;
  readonly commits: readonly CommitVector[];
  readonly objects: readonly ObjectVector[];
  readonly decisions: readonly DecisionVector[];
}

export interface PolicyVector {
  readonly title: string;
  readonly policy: unknown;
  readonly valid: boolean;
}

export interface RuleVector {
  readonly title: string;
  /** Title of the policy. */
  readonly policy: string;
  readonly requester: string;
  readonly action: unknown;
  /** The name of the rule that matches; null: none. */
  readonly rule: string | null;
}

export interface QuorumVector {
  readonly title: string;
  readonly policy: string;
  readonly clauses: readonly { readonly count: number; readonly from: readonly string[] }[];
  readonly approvers: readonly string[];
  readonly met: boolean;
}

export interface PatternVector {
  readonly pattern: string;
  readonly text: string;
  readonly matches: boolean;
}

export interface CertificateVector {
  readonly title: string;
  readonly armored: string;
  readonly minimal: boolean;
  readonly fingerprints: readonly string[];
}

export interface Policies {
  readonly policies: readonly PolicyVector[];
  readonly rules: readonly RuleVector[];
  readonly quorums: readonly QuorumVector[];
  readonly patterns: readonly PatternVector[];
  readonly certificates: readonly CertificateVector[];
}

export interface Texts {
  readonly texts: readonly TextVector[];
  readonly refused: readonly RefusedText[];
}
