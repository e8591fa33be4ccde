import type { Certificate } from '../core/keys.js';
import type { Signer } from '../core/ports.js';
import type { NewClone } from '../workflows/place.js';

/** One key of the key store. */
export interface StoredKey {
  /** Of the primary key: 40 upper-case hex digits. */
  readonly fingerprint: string;
  readonly certificate: Certificate;
  /** Absolute path of the armored minimal certificate. */
  readonly publicKeyFile: string;
}

/** The key store as commands use it; the signing layer implements it. Errors stand there. */
export interface Keystore {
  generate(key: {
    readonly name: string;
    readonly email: string;
    readonly passphrase: string | null;
    /** Seconds from now; null: never. */
    readonly expires: number | null;
    readonly now: number;
  }): Promise<StoredKey>;
  list(): Promise<readonly StoredKey[]>;
  importKey(bytes: Uint8Array, passphrase: () => Promise<string>): Promise<StoredKey>;
  exportPublic(fingerprint: string): Promise<string>;
  has(fingerprint: string): Promise<boolean>;
  /** Has a key end at another time, seconds; null: never. */
  renew(
    fingerprint: string,
    to: { readonly expires: number | null; readonly now: number },
    passphrase: () => Promise<string>,
  ): Promise<StoredKey>;
  /** Looks at a secret key, the bytes of a file or one of this store by its fingerprint, and keeps nothing of it. */
  peek(source: Uint8Array | string): Promise<SecretLook>;
}

/** A secret key that was looked at: whose it is, and a signer for whoever lists it by `certificate`. */
export interface SecretLook {
  readonly fingerprint: string;
  signer(certificate: Certificate, passphrase: () => Promise<string>): Signer;
}

/** What the minimal form keeps of an exported public key, and in words what it leaves out. PROTOCOL.md section 5. */
export interface MinimalCertificate {
  readonly armored: string;
  readonly certificate: Certificate;
  readonly dropped: readonly string[];
}

/** Remotes, before there is a ledger: for init, join and doctor. */
export interface Remotes {
  /** A typed address, a relative path made absolute. Errors: `transport-refused`. */
  address(typed: string): string;
  /** The same address without a password that it may carry: for messages. */
  shown(address: string): string;
  /** That git is there and new enough. Errors: `git-missing`, `git-too-old`. */
  checkGit(): Promise<void>;
  /** Makes a bare repository where the address is a path that does not exist; whether it did. */
  ensure(address: string): Promise<boolean>;
  /** Removes a repository that `ensure` has just made, unless the ledger's branch is in it. Never throws. */
  unmake(address: string): Promise<void>;
  /** Begins a private clone: nothing counts until it is kept. `join`: it may go on where an interrupted one has stopped. */
  clone(address: string, what: 'init' | 'join'): Promise<NewClone>;
}
