import { hash } from 'node:crypto';

/**
 * c(n) of section 4: the SHA-256, in lower-case hex, of the 32 bytes of c(parent) followed by the raw bytes of the commit
 * object n (as `git cat-file commit` prints them). `parent` is c(parent) in hex, null for the root.
 */
export function chainOf(parent: string | null, bytes: Uint8Array): string {
  return hash('sha256', parent === null ? bytes : Buffer.concat([Buffer.from(parent, 'hex'), bytes]), 'hex');
}
