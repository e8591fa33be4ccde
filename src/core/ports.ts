import type { Certificate, KeyInfo } from './keys.js';

/** The hash of a repository's object names. */
export type ObjectFormat = 'sha1' | 'sha256';

/** Reads armored certificates. Results are remembered by text, so `known` is a look-up. Pure in its answers. */
export interface CertificateReader {
  /** Reads and verifies every self-signature of one armored minimal certificate (section 5, Certificates). */
  read(armored: string): Promise<CertificateReading>;
  /** The reading of a text that `read` has answered for lately; undefined: not, or it is too large to be a certificate. */
  known(armored: string): CertificateReading | undefined;
}
export type CertificateReading =
  { readonly ok: true; readonly certificate: Certificate } | { readonly ok: false; readonly problem: string };

/**
 * What is asked of a signature. `payload`: the commit without its signature header. `armor`: the signature header's value, lines joined
 * by \n. `keys`: all keys that the policy lists for the actor. `at`: seconds.
 */
export interface SignatureQuestion<K = KeyInfo> {
  readonly payload: Uint8Array;
  readonly armor: string;
  readonly keys: readonly K[];
  readonly at: number;
}

/** Section 5.3: form and mathematics of one detached signature. Fitness (5.4) is the core's. */
export interface SignatureChecker {
  /** ok names the one key that signed. A pure function of the question. */
  check(question: SignatureQuestion): Promise<SignatureReading>;
  /** For thousands of signatures: a checker that can be told what it is going to be asked. Absent: this one works on one after another. */
  foresight?(): Foresight;
}
export type SignatureReading<K = KeyInfo> =
  | { readonly ok: true; readonly key: K }
  | { readonly ok: false; readonly reason: 'bad-signature' | 'wrong-key'; readonly detail: string };

/** A checker that may have begun before it is asked. Its answers are those of `check`, whatever it was told. */
export interface Foresight extends Pick<SignatureChecker, 'check'> {
  /** Says what is likely to be asked next. A guess costs time where it is wrong, and nothing else. */
  expect(questions: readonly SignatureQuestion[]): void;
}

/** One person's or machine's signing key, unlocked when first used. */
export interface Signer {
  /** Fingerprint of the primary key. */
  readonly fingerprint: string;
  /** Armored detached binary signature (section 5.3's form), made at `at` (seconds). Errors: `bad-passphrase`, `signer-failed`. */
  sign(payload: Uint8Array, at: number): Promise<string>;
}

/** What the store hands over of one commit. `bytes` is null where it is larger than the limit of section 10. */
export interface StoredCommit {
  readonly oid: string;
  readonly size: number;
  readonly bytes: Uint8Array | null;
  /** Parents as section 2.1 has them: the `parent` lines directly after `tree`. */
  readonly parents: readonly string[];
  /** c() of this commit given c(parent): SHA-256 over the 32 bytes of c(parent), if any, and the raw bytes. Hex. */
  readonly chain: string;
}

/** A walk that found something wrong with the history itself. Section 2.5. */
export type WalkFault =
  | {
      readonly kind: 'damaged';
      readonly oid: string;
      readonly detail: string;
      /** What mends it, in words: the private clone or the remote. */
      readonly mend: string;
    }
  | { readonly kind: 'malformed'; readonly oid: string; readonly detail: string };

export type Walk =
  | {
      readonly ok: true;
      /** Oids from the commit after `stop` (or from the root) to the tip, oldest first. */
      readonly oids: readonly string[];
      /** Whether `stop` was met. False: the walk ended at a root (oids[0]). */
      readonly metStop: boolean;
    }
  | { readonly ok: false; readonly fault: WalkFault };

export type PushOutcome =
  | { readonly kind: 'moved' }
  /** The remote answered no, or somebody was quicker. `words` is what the remote said: hostile text. */
  | { readonly kind: 'refused'; readonly words: string }
  /** No answer that names the branch: it may or may not have landed. */
  | { readonly kind: 'unknown'; readonly words: string };

/** A private bare clone of one ledger branch, and the remote it came from. The only caller of git. */
export interface Store {
  readonly format: ObjectFormat;
  /** Where the branch comes from, without a password: for words. */
  readonly remote: string;
  /** The tip as fetched last, or as our own push moved it; null where nothing was fetched yet. Offline. */
  tip(): Promise<string | null>;
  /**
   * Fetches the branch, without force, and returns its tip; null where the remote has no such branch (`missing`).
   * Errors: `remote-unreachable`, `remote-not-a-repository`, `transport-refused`, `damaged`, `disk`.
   */
  fetch(): Promise<string | null>;
  /**
   * The branch's tip as the remote says it now, unverified, and nothing is fetched: to see whether there is news. null where the remote
   * has no such branch. Errors: `remote-unreachable`, `remote-not-a-repository`.
   */
  peek(): Promise<string | null>;
  /** Our own walk over raw parent lines, from `tip` back to `stop` or a root; every object is hashed. Section 2.4. */
  walk(tip: string, stop: string | null): Promise<Walk>;
  /** Raw commits in the order asked, hashed again, with their chain values. `chain`: c(parent of the first), null for a root. */
  commits(oids: readonly string[], chain: string | null): AsyncIterable<StoredCommit>;
  /** Raw bytes of a tree of at most `limit` bytes; null where it is larger. Throws MpaError `damaged` where absent or wrong. */
  tree(oid: string, limit: number): Promise<Uint8Array | null>;
  /** Raw bytes of a blob; null where it is absent, does not hash to its name, or is larger than `limit`. */
  blob(oid: string, limit: number): Promise<Uint8Array | null>;
  /** Writes objects and returns their names. */
  writeBlob(bytes: Uint8Array): Promise<string>;
  writeTree(bytes: Uint8Array): Promise<string>;
  writeCommit(bytes: Uint8Array): Promise<string>;
  /** Compare-and-swap push of `to`, a descendant of `from` (null: the branch must not exist). Section 8.1, 8.2. */
  push(from: string | null, to: string): Promise<PushOutcome>;
  /** The shell command with which a person pushes `oid` from this clone where the branch was set back or is gone. Section 2.6; for hints. */
  repush(oid: string): string;
  /** Keeps `oid` from git's housekeeping: the verified head (`refs/mpa/head`). */
  keep(oid: string): Promise<void>;
  /**
   * Packs what has gathered since, where this process has fetched or written and it is much: rarely, and then for a second or two. `say` is called
   * before it takes time. Nothing is lost that another process reads or writes. Whether it was done. Never throws.
   */
  tidy(say: () => void): Promise<boolean>;
}

/** Time, in whole seconds since 1970, read once at the edge. */
export interface Clock {
  now(): number;
}

/** 16 random bytes as 32 hex digits for an event's nonce, and a jitter in [0, 1). */
export interface Random {
  nonce(): string;
  fraction(): number;
}

/** Told how far a long piece of work has come: so many of so many are verified, were received, or were put together by git after that. */
export type Progress = (done: number, total: number, of: 'events' | 'objects' | 'deltas') => void;

/** Asks a person. Only where stdin and stderr are terminals; else MpaError `answer-needed` that names `flag`. */
export interface Prompter {
  confirm(question: string, flag: string): Promise<boolean>;
  /** What was typed, without spaces around it unless `exactly`: where `y` alone is yes, ` y` is not. */
  line(question: string, flag: string, exactly?: boolean): Promise<string>;
  secret(question: string, flag: string): Promise<string>;
}
