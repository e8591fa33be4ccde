import { MpaError } from '../core/errors.js';
import type { Executor, ListedKey, Member, Policy } from '../core/policy-document.js';
import { addressProblems, type ReadCertificate } from '../core/policy-people.js';
import { exact } from '../core/show.js';
import { joinedGroups, leftGroups } from './people-groups.js';
import { refuseStranger, refuseTakenName, set, stillMet, unset, withoutName } from './people-names.js';

/*
 * The everyday changes of who is in a policy: each takes a valid policy and answers one that is valid but for its keys, which whoever
 * writes it judges, or fails with what is wrong and what to do first. Pure.
 */

/** With a new member, in `groups`; a group that nobody is in yet comes into being. Errors: `usage`, `invalid-policy`. */
export function withMember(
  policy: Policy,
  handle: string,
  member: Member,
  groups: readonly string[] = [],
): Policy {
  refuseTakenName(policy, handle, 'handle');
  const next = { ...policy, members: set(policy.members, handle, member) };
  refuseSameAddress(next, handle);
  return stillMet(groups.reduce((made, group) => joinedGroups(made, group, [handle]), next));
}

/**
 * Without a member: gone from groups, from requesters and clauses, and from the tests that ask as them. Errors: `usage` where there is none;
 * `invalid-policy` where a list would be empty or a rule could not be met any more.
 */
export function withoutMember(policy: Policy, handle: string): Policy {
  refuseStranger(policy, handle);
  if (Object.keys(policy.members).length <= 2) {
    throw new MpaError('invalid-policy', 'A policy has at least two members.', {
      hint: 'Add another first: mpa member add HANDLE --key FILE',
    });
  }
  const named = withoutName(policy, handle);
  const { tests, ...rest } = leftGroups(named, handle);
  const left = tests?.filter(({ requester }) => requester !== handle);
  return stillMet({
    ...rest,
    members: unset(rest.members, handle),
    ...(left === undefined ? {} : { tests: left }),
  });
}

/** Which certificate of a handle a new one stands in for. */
export interface Rotation {
  /** Keep the keys that are listed, and list this one beside them. */
  readonly add: boolean;
  /** The reading of a listed certificate. */
  readonly read: ReadCertificate;
}

/**
 * With `key` for a member or executor: in place of all keys that are listed, or with `add` beside them. A certificate of the same primary key
 * (renewed, say) only takes the place of its former self. Errors: `usage`.
 */
export function withKey(policy: Policy, handle: string, key: ListedKey, { add, read }: Rotation): Policy {
  const executors = policy.executors ?? {};
  if (Object.hasOwn(executors, handle)) {
    const executor = executors[handle];
    if (executor !== undefined)
      return { ...policy, executors: set(executors, handle, rotated(executor, key, add, read)) };
  }
  refuseStranger(policy, handle);
  const member = policy.members[handle];
  return member === undefined
    ? policy
    : { ...policy, members: set(policy.members, handle, rotated(member, key, add, read)) };
}

function rotated<T extends Executor>(entry: T, key: ListedKey, add: boolean, read: ReadCertificate): T {
  const primary = (armored: string): string | null => {
    const reading = read(armored);
    return reading?.ok === true ? (reading.certificate.keys[0]?.material ?? null) : null;
  };
  const own = primary(key.public);
  const former = entry.keys.findIndex((listed) => own !== null && primary(listed.public) === own);
  const renewed = former !== -1 && entry.keys[former]?.public !== key.public;
  if (renewed) return { ...entry, keys: entry.keys.map((listed, i) => (i === former ? key : listed)) };
  // The very certificate that is listed, beside others: then the others are to go.
  if (former !== -1 && add) return entry;
  return { ...entry, keys: add ? [...entry.keys, key] : [key] };
}

/** With a new executor, which no rule names yet. Errors: `usage`. */
export function withExecutor(policy: Policy, handle: string, executor: Executor): Policy {
  refuseTakenName(policy, handle, 'handle');
  const next = { ...policy, executors: set(policy.executors, handle, executor) };
  refuseSameAddress(next, handle);
  return next;
}

/** Without an executor: gone from the rules that name it. Errors: `usage`; `invalid-policy` where a rule names no other. */
export function withoutExecutor(policy: Policy, handle: string): Policy {
  const executors = policy.executors ?? {};
  if (!Object.hasOwn(executors, handle)) {
    throw new MpaError('usage', `The policy in force names no executor ${exact(handle)}.`, {
      hint: 'See them: mpa executor list',
    });
  }
  const rules = policy.rules.map((rule) => {
    if (rule.executors?.includes(handle) !== true) return rule;
    const left = rule.executors.filter((other) => other !== handle);
    if (left.length > 0) return { ...rule, executors: left };
    throw new MpaError('invalid-policy', `${handle} is the only executor that rule ${rule.name} names.`, {
      hint: 'Name another there first, or take the rule away: mpa policy edit',
    });
  });
  const { executors: _, ...rest } = policy;
  const left = unset(executors, handle);
  return { ...rest, rules, ...(Object.keys(left).length === 0 ? {} : { executors: left }) };
}

function refuseSameAddress(policy: Policy, handle: string): void {
  const [problem] = addressProblems(policy);
  if (problem === undefined) return;
  throw new MpaError('usage', `${handle} cannot be added: ${problem.message}.`, {
    hint: 'Give another address with --email: git and the ledger tell people apart by it.',
  });
}
