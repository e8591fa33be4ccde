import { canonicalText } from './canonical.js';
import type { KeyInfo } from './keys.js';
import type { Policy } from './policy-document.js';
import {
  addressProblems,
  keyProblems,
  nameProblems,
  type PolicyProblem,
  type ReadCertificate,
} from './policy-people.js';
import { ruleProblems } from './policy-rules.js';
import type { PolicyRecord } from './state.js';

export type { PolicyProblem, ReadCertificate } from './policy-people.js';
export { runTests, tried, type Trial } from './policy-tests.js';

/** Section 6: at most so many. */
const MOST_RULES = 256;
const MOST_GROUPS = 256;
const MOST_LISTED = 1024;

function count(record: object | undefined): number {
  return Object.keys(record ?? {}).length;
}

function sizeProblems(policy: Policy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const most = (field: string, size: number, limit: number): void => {
    if (size > limit)
      problems.push({
        path: [field],
        message: `${size} are more than ${limit}`,
        mend: 'Take some away, or keep another ledger.',
      });
  };
  most('rules', policy.rules.length, MOST_RULES);
  most('groups', count(policy.groups), MOST_GROUPS);
  const listed = count(policy.members) + count(policy.executors);
  most('members', listed, MOST_LISTED);
  if (count(policy.members) < 2)
    problems.push({
      path: ['members'],
      message: 'at least two members are needed',
      mend: 'Add the second person, with a key of their own.',
    });
  return problems;
}

/**
 * Why `policy` is not valid, in section 6's sense; empty: it is. `read` answers for each of its certificates (read
 * before: CertificateReader.known). What a change must also keep is `changeProblems`; `tests` are not judged.
 */
export function policyProblems(policy: Policy, read: ReadCertificate): PolicyProblem[] {
  const sizes = sizeProblems(policy);
  // The limits bound the work of all that follows.
  if (sizes.length > 0) return sizes;
  return [
    ...nameProblems(policy),
    ...addressProblems(policy),
    ...keyProblems(policy, read),
    ...ruleProblems(policy),
  ];
}

/** The keys that a policy lists for each handle, subkeys included. A certificate that `read` has no good answer for lists none. */
export function ringOf(policy: Policy, read: ReadCertificate): Readonly<Record<string, readonly KeyInfo[]>> {
  const ring: Record<string, readonly KeyInfo[]> = Object.create(null) as Record<string, readonly KeyInfo[]>;
  for (const record of [policy.members, policy.executors ?? {}]) {
    for (const [handle, { keys }] of Object.entries(record)) {
      ring[handle] = keys.flatMap((key) => {
        const reading = read(key.public);
        return reading?.ok === true ? reading.certificate.keys : [];
      });
    }
  }
  return ring;
}

/**
 * What makes `next` `invalid-policy` as a change of `current`, beside its own validity: a lower `protocol`, or a
 * higher one with any other change (section 6, Growth); key material that a policy in force ever listed for
 * another handle (section 5). `materials`: each material ever listed, and for whom.
 */
export function changeProblems(
  next: Policy,
  nextRing: Readonly<Record<string, readonly KeyInfo[]>>,
  current: PolicyRecord,
  materials: ReadonlyMap<string, string>,
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const { protocol } = current.policy;
  if (next.protocol < protocol) {
    problems.push({
      path: ['protocol'],
      message: `the protocol in force is ${protocol}, and is never lowered`,
      mend: `Write \`protocol: ${protocol}\`.`,
    });
  }
  if (next.protocol > protocol && canonicalText({ ...next, protocol }) !== canonicalText(current.policy)) {
    problems.push({
      path: ['protocol'],
      message: 'a change that raises the protocol may change nothing else',
      mend: 'Propose the other changes by themselves, before or after.',
    });
  }
  for (const [handle, keys] of Object.entries(nextRing)) {
    const field = Object.hasOwn(next.members, handle) ? 'members' : 'executors';
    for (const { material, fingerprint } of keys) {
      const before = materials.get(material);
      if (before === undefined || before === handle) continue;
      problems.push({
        path: [field, handle],
        message: `the key material of ${fingerprint}, for ${handle}, was listed for ${before} before`,
        mend: `Keep the handle ${before}, or make a new key for ${handle}.`,
      });
    }
  }
  return problems;
}
