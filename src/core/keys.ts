/**
 * One key of a minimal certificate, as section 5 judges it. Made by a CertificateReader from the certificate's
 * bytes; plain data, so that a checkpoint can hold it. Times are seconds since 1970.
 */
export interface KeyInfo {
  /** 40 upper-case hex digits, as GnuPG prints them. */
  readonly fingerprint: string;
  /** Canonical public parameters: equal for equal key material, whatever the packet around it. Section 5. */
  readonly material: string;
  /** OpenPGP algorithm id: 1, 3 RSA; 19 ECDSA; 22, 27 Ed25519; anything else is never fit. */
  readonly algorithm: number;
  /** Words for people: `ed25519`, `nistp256`, `rsa3072`. */
  readonly algorithmName: string;
  /** The algorithm, curve and size are among those of section 5.4. */
  readonly strong: boolean;
  readonly created: number;
  /** The second from which it has expired; null: never. Its own, without its primary's. */
  readonly expires: number | null;
  readonly revoked: boolean;
  /** Primary, or subkey with a right cross-certification. */
  readonly certified: boolean;
  /** Hashed key flags contain 0x02. */
  readonly maySign: boolean;
  /** The primary's fate, for a subkey; null for a primary. */
  readonly primary: {
    readonly fingerprint: string;
    readonly expires: number | null;
    readonly revoked: boolean;
  } | null;
  /** SubjectPublicKeyInfo, DER, base64: for node:crypto. Empty where the algorithm is not strong. */
  readonly spki: string;
}

/** A minimal certificate, read. */
export interface Certificate {
  readonly userId: { readonly name: string; readonly email: string; readonly text: string };
  /** The primary first. */
  readonly keys: readonly KeyInfo[];
}
