import { EVERYONE } from '../core/clauses.js';
import { MpaError } from '../core/errors.js';
import type { Policy, Rule } from '../core/policy-document.js';
import { ruleProblems } from '../core/policy-rules.js';
import { isHandle } from '../core/scalars.js';
import { exact } from '../core/show.js';
import { bare } from './policy-file.js';

/** Refuses what is no handle or group name, or is taken: handles are unique over members, executors and groups. Section 1. Errors: `usage`. */
export function refuseTakenName(policy: Policy, name: string, what: 'handle' | 'group name'): void {
  if (!isHandle(name) || name === EVERYONE) {
    throw new MpaError(
      'usage',
      name === EVERYONE
        ? 'everyone is the built-in group of all members.'
        : `${exact(name)} is no ${what}: it takes a lower-case word of letters, digits and hyphens, at most 32.`,
    );
  }
  const kind = kindOf(policy, name);
  if (kind !== null)
    throw new MpaError('usage', `${name} is ${kind} already.`, { hint: `Choose another ${what}.` });
}

/** What a name stands for in this policy, with its article; null: nothing. */
export function kindOf(policy: Policy, name: string): string | null {
  if (Object.hasOwn(policy.members, name)) return 'a member';
  if (Object.hasOwn(policy.executors ?? {}, name)) return 'an executor';
  return Object.hasOwn(policy.groups ?? {}, name) ? 'a group' : null;
}

/** Errors: `usage` where `handle` is no member; it names those who are. */
export function refuseStranger(policy: Policy, handle: string): void {
  if (Object.hasOwn(policy.members, handle)) return;
  throw new MpaError('usage', `The policy in force names no member ${exact(handle)}.`, {
    hint: `Its members are ${Object.keys(policy.members).sort().join(', ')}.`,
  });
}

/** Where rules and `changes` name a member or a group, in words: `the requesters of rule prod-db`. */
export function usesOf({ rules, changes }: Policy, name: string): string[] {
  return [
    ...rules.flatMap((rule) => [
      ...(rule.requesters?.includes(name) === true ? [`the requesters of rule ${rule.name}`] : []),
      ...(rule.approvals.some(({ from }) => from.includes(name))
        ? [`the approvals of rule ${rule.name}`]
        : []),
    ]),
    ...(changes.some(({ from }) => from.includes(name)) ? ['the clauses of changes'] : []),
  ];
}

/**
 * The policy with `name` taken out of every list of requesters and every clause. Errors: `invalid-policy`, with the rule, where it was the
 * only name of a list.
 */
export function withoutName(policy: Policy, name: string): Policy {
  const shorter = (names: readonly string[], where: string): readonly string[] => {
    if (!names.includes(name)) return names;
    const left = names.filter((other) => other !== name);
    if (left.length > 0) return left;
    throw new MpaError('invalid-policy', `${name} is the only one whom ${where} name.`, {
      hint: 'Name somebody else there first: mpa policy edit',
    });
  };
  const rule = (one: Rule): Rule => ({
    ...one,
    ...(one.requesters === undefined
      ? {}
      : { requesters: shorter(one.requesters, `the requesters of rule ${one.name}`) }),
    approvals: one.approvals.map(({ count, from }) => ({
      count,
      from: shorter(from, `the approvals of rule ${one.name}`),
    })),
  });
  return {
    ...policy,
    rules: policy.rules.map(rule),
    changes: policy.changes.map(({ count, from }) => ({
      count,
      from: shorter(from, 'the clauses of changes'),
    })),
  };
}

/**
 * `policy`, once its rules and changes can still be met by others, whoever asks. Errors: `invalid-policy` for the first that cannot, with
 * its name and what to do first. Section 6.
 */
export function stillMet(policy: Policy): Policy {
  const [problem] = ruleProblems(policy);
  if (problem === undefined) return policy;
  const [field, index] = problem.path;
  const name = typeof index === 'number' && field === 'rules' ? policy.rules[index]?.name : undefined;
  throw new MpaError(
    'invalid-policy',
    `Then ${name === undefined ? 'changes' : `rule ${name}`} could not work: ${problem.message}.`,
    {
      hint: 'Have others named there first: mpa group add GROUP HANDLE..., mpa member add, or mpa policy edit',
    },
  );
}

/** A record (without a prototype) with one entry set. */
export function set<T>(
  record: Readonly<Record<string, T>> | undefined,
  name: string,
  value: T,
): Record<string, T> {
  const copy = bare(record ?? {}) as Record<string, T>;
  copy[name] = value;
  return copy;
}

/** A record (without a prototype) with one entry left out. */
export function unset<T>(record: Readonly<Record<string, T>> | undefined, name: string): Record<string, T> {
  const copy = bare({}) as Record<string, T>;
  for (const [key, value] of Object.entries(record ?? {})) if (key !== name) copy[key] = value;
  return copy;
}
