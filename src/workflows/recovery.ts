import { EVERYONE } from '../core/clauses.js';
import { MpaError } from '../core/errors.js';
import type { Clause, Member, Policy, Rule } from '../core/policy-document.js';
import { refuseTakenName, set, stillMet } from './people-names.js';
import { RECOVERY } from './standard-policy.js';

/**
 * With a member `recovery`, whom every clause of `changes` names and no rule: rules for `everyone` are narrowed to the group that holds
 * all who are members now. Errors: `usage` where there is no such group, with the command that makes it; `invalid-policy`. Pure.
 */
export function withRecovery(policy: Policy, member: Member): Policy {
  refuseTakenName(policy, RECOVERY, 'handle');
  const open = policy.rules.filter(namesEveryone).map(({ name }) => name);
  const group = groupOfAll(policy);
  if (open.length > 0 && group === undefined) throw nameAGroup(policy, open);
  return stillMet({
    ...policy,
    members: set(policy.members, RECOVERY, member),
    rules: group === undefined ? policy.rules : policy.rules.map((rule) => narrowed(rule, group)),
    changes: policy.changes.map(withRecoveryKey),
  });
}

function namesEveryone({ requesters = [EVERYONE], approvals }: Rule): boolean {
  return requesters.includes(EVERYONE) || approvals.some(({ from }) => from.includes(EVERYONE));
}

/** A group in which all members are, and which therefore means today what `everyone` means. */
function groupOfAll({ members, groups = {} }: Policy): string | undefined {
  const all = Object.keys(members);
  return Object.keys(groups).find((name) => all.every((handle) => groups[name]?.includes(handle) === true));
}

function narrowed(rule: Rule, group: string): Rule {
  const names = (list: readonly string[]): readonly string[] => (list.includes(EVERYONE) ? [group] : list);
  return {
    ...rule,
    requesters: names(rule.requesters ?? [EVERYONE]),
    approvals: rule.approvals.map(({ count, from }) => ({ count, from: names(from) })),
  };
}

function withRecoveryKey({ count, from }: Clause): Clause {
  return { count, from: from.includes(EVERYONE) ? from : [...from, RECOVERY] };
}

function nameAGroup({ members, groups = {} }: Policy, rules: readonly string[]): MpaError {
  const list = `${rules.length === 1 ? 'Rule' : 'Rules'} ${rules.join(', ')}`;
  const name = Object.hasOwn(groups, 'team') ? 'all' : 'team';
  return new MpaError('usage', `${list} would take the recovery key in: they name everyone.`, {
    hint: `Give the people a group first: mpa group add ${name} ${Object.keys(members).sort().join(' ')}\nOnce that is in force, type this again: the rules are then narrowed to that group.`,
  });
}
