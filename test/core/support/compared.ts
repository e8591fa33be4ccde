import { comparePolicies } from '../../../src/core/compare.js';
import type { KeyInfo } from '../../../src/core/keys.js';
import { ringOf } from '../../../src/core/policy.js';
import type { Policy } from '../../../src/core/policy-document.js';
import type { CertificateReading } from '../../../src/core/ports.js';
import type { PolicyRecord } from '../../../src/core/state.js';
import { certificateOf, reader } from './policies.js';

/** Certificates with several keys, or keys with a fate, by the material that `listed` names. */
export type Keys = Readonly<Record<string, readonly KeyInfo[]>>;

/** A policy as a ledger holds it; `keys`: those that are not plain good ones. */
export function record(policy: Policy, keys: Keys = {}): PolicyRecord {
  const given: Record<string, CertificateReading> = {};
  for (const [material, list] of Object.entries(keys)) {
    given[`cert ${material}`] = { ok: true, certificate: certificateOf(...list) };
  }
  return { id: '0'.repeat(64), policy, ring: ringOf(policy, reader(given)) };
}

/** What changes, one line each: `weaker rule prod-db: approvals: 1 of sre, was 2 of sre`. */
export function changes(before: Policy, after: Policy, was: Keys = {}, is: Keys = was): string[] {
  return comparePolicies(record(before, was), record(after, is)).map(
    ({ weight, about, words }) => `${weight} ${about}: ${words}`,
  );
}
