import { changeProblems, policyProblems, ringOf, runTests, type PolicyProblem } from '../core/policy.js';
import type { Policy } from '../core/policy-document.js';
import type { CertificateReader } from '../core/ports.js';
import type { LedgerState, PolicyRecord } from '../core/state.js';
import { inForce } from '../core/counting.js';

/** Stands where the id of a request will be that is not written yet. */
const UNKNOWN_ID = '0'.repeat(64);

/** Reads every certificate of a policy, so that `certificates.known` answers for it. */
export async function readKeys(policy: Policy, certificates: CertificateReader): Promise<void> {
  for (const { keys } of [...Object.values(policy.members), ...Object.values(policy.executors ?? {})])
    for (const key of keys) await certificates.read(key.public);
}

/** A policy with its keys, as it would stand in a request. Its certificates were read before. */
export function recordOf(policy: Policy, certificates: CertificateReader, id = UNKNOWN_ID): PolicyRecord {
  return { id, policy, ring: ringOf(policy, (armored) => certificates.known(armored)) };
}

/**
 * All that makes a policy of the right form one that no writer may sign: its own validity (section 6), what a change of the policy in
 * force must keep (`state`; null: there is no ledger to compare with), and its tests. Its certificates were read before. Empty: none.
 */
export function problemsOf(
  policy: Policy,
  certificates: CertificateReader,
  state: LedgerState | null,
): readonly PolicyProblem[] {
  const own = policyProblems(policy, (armored) => certificates.known(armored));
  const change =
    state === null
      ? []
      : changeProblems(policy, recordOf(policy, certificates).ring, inForce(state), state.materials);
  const found = [...own, ...change];
  // What the tests answer means nothing while names lead nowhere.
  return found.length > 0 ? found : testProblems(policy);
}

/** The tests of a policy that fail, as problems at their places. */
export function testProblems(policy: Policy): readonly PolicyProblem[] {
  return runTests(policy).map(({ index, expected, got }) => ({
    path: ['tests', index],
    message: `expects ${expected}, and the answer is ${got}`,
    mend: 'Mend the rules, or what the test expects.',
  }));
}
