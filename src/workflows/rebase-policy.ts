import { canonicalText } from '../core/canonical.js';
import { MpaError } from '../core/errors.js';
import type { KeyInfo } from '../core/keys.js';
import type { Policy } from '../core/policy-document.js';
import type { PolicyRecord } from '../core/state.js';
import { mergePolicies, type Clash } from './policy-merge.js';
import { pathText } from './policy-file.js';
import type { Change } from './propose-policy.js';

/** Fingerprints by armored certificate, for words about clashes. */
function fingerprints(...records: readonly PolicyRecord[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { policy, ring } of records) {
    for (const [handle, { keys }] of [
      ...Object.entries(policy.members),
      ...Object.entries(policy.executors ?? {}),
    ]) {
      const primaries = (ring[handle] ?? []).filter((key: KeyInfo) => key.primary === null);
      keys.forEach((key, i) => {
        const fingerprint = primaries[i]?.fingerprint;
        if (fingerprint !== undefined) found.set(key.public, fingerprint);
      });
    }
  }
  return found;
}

/** One side of a clash in a line: JSON, with fingerprints in place of certificates. */
function sideText(value: unknown, names: ReadonlyMap<string, string>): string {
  if (value === undefined) return '(nothing)';
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || !('public' in inner)) return inner;
    const { public: armored } = inner;
    return typeof armored === 'string' ? (names.get(armored) ?? 'a certificate') : inner;
  });
}

function conflict(clashes: readonly Clash[], names: ReadonlyMap<string, string>): MpaError {
  const lines = clashes.flatMap(({ path, base, ours, theirs }) => [
    `${pathText(path)}:`,
    `  was:       ${sideText(base, names)}`,
    `  proposed:  ${sideText(ours, names)}`,
    `  in force:  ${sideText(theirs, names)}`,
  ]);
  const count = clashes.length === 1 ? 'one place' : `${clashes.length} places`;
  return new MpaError('conflict', [`Both changed ${count}, each in its own way:`, ...lines].join('\n'), {
    hint: 'Nothing was proposed. Decide it by hand on the policy in force: mpa policy edit',
  });
}

/**
 * What `ours`, made from `base`, changed, made again on whatever policy is in force when it is written. Errors of the change: `conflict`, which lists each
 * place that both changed with all versions; `usage` where everything of it is in force already.
 */
export function rebased(base: PolicyRecord, ours: PolicyRecord): Change {
  return (current): Policy => {
    const { policy, clashes } = mergePolicies(base.policy, ours.policy, current.policy);
    if (clashes.length > 0) throw conflict(clashes, fingerprints(base, ours, current));
    if (canonicalText(policy) === canonicalText(current.policy)) {
      throw new MpaError('usage', 'Everything that this changes is so already in the policy in force.', {
        hint: '`mpa policy show` shows it.',
      });
    }
    return policy;
  };
}
