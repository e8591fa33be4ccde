import { EVERYONE } from './clauses.js';
import { couldEverSign } from './fitness.js';
import type { Certificate } from './keys.js';
import type { Executor, Policy } from './policy-document.js';
import type { CertificateReading } from './ports.js';

/**
 * What is wrong with a policy, and where: the path of fields and indices from its root. `mend`: a sentence that says what its
 * writer can do, where that is clear.
 */
export interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly mend?: string;
}

/** The reading of an armored certificate; undefined where nobody has read it, which is as good as unreadable. */
export type ReadCertificate = (armored: string) => CertificateReading | undefined;

/** A member or executor, where it stands. */
interface Listed {
  readonly path: readonly [string, string];
  readonly entry: Executor;
}

function everyListed(policy: Policy): Listed[] {
  const of = (field: string, record: Readonly<Record<string, Executor>>): Listed[] =>
    Object.entries(record).map(([handle, entry]) => ({ path: [field, handle], entry }));
  return [...of('members', policy.members), ...of('executors', policy.executors ?? {})];
}

/** Handles unique over members, executors and groups, none of them `everyone`; groups hold member handles. Sections 1 and 6. */
export function nameProblems(policy: Policy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const seen = new Map<string, string>();
  for (const field of ['members', 'executors', 'groups'] as const) {
    for (const name of Object.keys(policy[field] ?? {})) {
      const path = [field, name];
      const first = seen.get(name);
      if (name === EVERYONE)
        problems.push({
          path,
          message: 'everyone is the built-in group of all members',
          mend: 'Take another name; `everyone` needs no entry.',
        });
      else if (first !== undefined)
        problems.push({
          path,
          message: `${name} is also one of ${first}`,
          mend: 'Give each member, executor and group a name of its own.',
        });
      else seen.set(name, field);
    }
  }
  for (const [group, handles] of Object.entries(policy.groups ?? {})) {
    handles.forEach((handle, i) => {
      if (Object.hasOwn(policy.members, handle)) return;
      problems.push({
        path: ['groups', group, i],
        message: `${handle}, listed in the group ${group}, is no member`,
        mend: `Add ${handle} under \`members\`, or take the name out of the group.`,
      });
    });
  }
  return problems;
}

/** E-mail addresses unique whatever their case, over members and executors. Section 4, last paragraph. */
export function addressProblems(policy: Policy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const seen = new Map<string, string>();
  for (const { path, entry } of everyListed(policy)) {
    const address = entry.email.toLowerCase();
    const first = seen.get(address);
    if (first === undefined) seen.set(address, path[1]);
    else
      problems.push({
        path: [...path, 'email'],
        message: `${path[1]} and ${first} have the same e-mail address`,
        mend: 'Give each person and machine an address of its own.',
      });
  }
  return problems;
}

/**
 * Certificates minimal, each with a key that could ever sign; key material once in the whole policy, subkeys
 * included, within one member too. Sections 5 (Certificates) and 6.
 */
export function keyProblems(policy: Policy, read: ReadCertificate): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const seen = new Map<string, string>();
  for (const { path: listed, entry } of everyListed(policy)) {
    if (entry.keys.length === 0)
      problems.push({
        path: listed,
        message: `${listed[1]} has no key`,
        mend: 'Give the path of an exported public key: `keys: [FILE]`.',
      });
    entry.keys.forEach((key, i) => {
      const path = [...listed, 'keys', i];
      const reading = read(key.public);
      if (reading?.ok === true) {
        problems.push(...certificateProblems(reading.certificate, path, listed[1], seen));
      } else {
        problems.push({
          path,
          message: `the certificate of ${listed[1]}: ${reading?.problem ?? 'it could not be read'}`,
          mend: 'Give the path of a freshly exported public key (`mpa key export`): mpa makes the certificate of it.',
        });
      }
    });
  }
  return problems;
}

/** The problems of one certificate of `handle`; adds its material to `seen` (material to handle). */
function certificateProblems(
  certificate: Certificate,
  path: readonly (string | number)[],
  handle: string,
  seen: Map<string, string>,
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (!certificate.keys.some(couldEverSign)) {
    problems.push({
      path,
      message: `no key in this certificate of ${handle} could ever sign: algorithm, size or flags`,
      mend: 'Make a signing key with `mpa keygen`.',
    });
  }
  for (const { material, fingerprint } of certificate.keys) {
    const first = seen.get(material);
    if (first === undefined) seen.set(material, handle);
    else
      problems.push({
        path,
        message: `the key material of ${fingerprint}, for ${handle}, is also listed for ${first}`,
        mend:
          first === handle
            ? 'List each key once.'
            : 'Each needs a key of their own: one person with two handles would be two people.',
      });
  }
  return problems;
}
