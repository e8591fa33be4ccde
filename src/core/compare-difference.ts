import { canonicalText } from './canonical.js';

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

/** The weight of what is weaker in some way, stronger in some way, both or neither: what weakens comes first. */
export function weightOf(weaker: boolean, stronger: boolean): Weight {
  if (weaker) return 'weaker';
  return stronger ? 'stronger' : 'other';
}

/** Whether two parts of policies are the same word for word; undefined: the part is absent. */
export function sameText(a: object | undefined, b: object | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalText(a) === canonicalText(b);
}

/**
 * `found`, or, where two parts differ and nothing was found to say about it, a difference that says so: no change may pass in silence,
 * and what cannot be weighed counts as weaker.
 */
export function neverSilent(
  about: string,
  before: object | undefined,
  after: object | undefined,
  found: readonly Difference[],
): readonly Difference[] {
  if (found.length > 0 || sameText(before, after)) return found;
  return [{ weight: 'weaker', about, words: 'is changed in a way that mpa cannot weigh' }];
}

/** The names of both records, those of the first first. */
export function namesOfBoth(a: object = {}, b: object = {}): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

/** The entry that was written under `name`, if any. */
export function entryOf<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
