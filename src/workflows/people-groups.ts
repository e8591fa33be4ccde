import { MpaError } from '../core/errors.js';
import type { Policy } from '../core/policy-document.js';
import { exact } from '../core/show.js';
import { refuseStranger, refuseTakenName, set, stillMet, unset, usesOf } from './people-names.js';

/** `handles` in `group`, which comes into being with its first member. Errors: `usage`, `invalid-policy`. Pure. */
export function joinedGroups(policy: Policy, group: string, handles: readonly string[]): Policy {
  const groups = policy.groups ?? {};
  if (!Object.hasOwn(groups, group)) refuseTakenName(policy, group, 'group name');
  for (const handle of handles) refuseStranger(policy, handle);
  const before = Object.hasOwn(groups, group) ? (groups[group] ?? []) : [];
  const added = handles.filter((handle) => !before.includes(handle));
  return stillMet({ ...policy, groups: set(groups, group, [...before, ...new Set(added)]) });
}

/** `handles` out of `group`, which goes with its last member. Errors: `usage`; `invalid-policy` where rules name it or need them. Pure. */
export function leftGroup(policy: Policy, group: string, handles: readonly string[]): Policy {
  const groups = policy.groups ?? {};
  const before = Object.hasOwn(groups, group) ? groups[group] : undefined;
  if (before === undefined) {
    throw new MpaError('usage', `The policy in force names no group ${exact(group)}.`, {
      hint: 'See them: mpa group list',
    });
  }
  const stranger = handles.find((handle) => !before.includes(handle));
  if (stranger !== undefined) {
    throw new MpaError('usage', `${exact(stranger)} is not in ${group}.`, {
      hint: `In it are ${[...before].sort().join(', ')}.`,
    });
  }
  return stillMet(taken(policy, group, handles));
}

/** The policy with a member taken out of every group. Errors: `invalid-policy` where a group that is named would be empty. Pure. */
export function leftGroups(policy: Policy, handle: string): Policy {
  return Object.entries(policy.groups ?? {}).reduce(
    (made, [group, handles]) => (handles.includes(handle) ? taken(made, group, [handle]) : made),
    policy,
  );
}

function taken(policy: Policy, group: string, handles: readonly string[]): Policy {
  const left = (policy.groups?.[group] ?? []).filter((handle) => !handles.includes(handle));
  if (left.length > 0) return { ...policy, groups: set(policy.groups, group, left) };
  const uses = usesOf(policy, group);
  if (uses.length > 0) {
    throw new MpaError('invalid-policy', `Nobody else is in ${group}, which ${uses.join(' and ')} name.`, {
      hint: `Put somebody else into it first (mpa group add ${group} HANDLE), or take it out of there: mpa policy edit`,
    });
  }
  const { groups, ...rest } = policy;
  const others = unset(groups, group);
  return { ...rest, ...(Object.keys(others).length === 0 ? {} : { groups: others }) };
}
