/** A key as PROTOCOL.md section 5.4 asks about it. Seconds; Infinity: never. */
export interface Key {
  readonly material: string;
  readonly created: number;
  readonly expires: number;
  readonly revoked: boolean;
  /** The primary's, for a subkey. */
  readonly primaryExpires: number;
}

/** Reads the made-up certificates of test/core/support/scene.ts: `cert:<material>[:<fate>]`. Null: no certificate. */
export function keyIn(text: string): Key | null {
  const [tag, material, fate = ''] = text.split(':');
  if (tag !== 'cert' || material === undefined) return null;
  const [word = '', second = ''] = fate.split('-');
  return {
    material,
    created: word === 'from' ? Number(second) : 0,
    expires: /^\d+$/.test(fate) ? Number(fate) : Infinity,
    revoked: fate === 'revoked',
    primaryExpires: word === 'under' ? Number(second) : Infinity,
  };
}

/** Section 5.4. */
export function isFit(key: Key, at: number): boolean {
  if (key.revoked) return false;
  if (at >= key.expires || at >= key.primaryExpires) return false;
  return key.created <= at + 900;
}
