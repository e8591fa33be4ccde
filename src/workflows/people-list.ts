import { eligible, EVERYONE, isAmong } from '../core/clauses.js';
import { keysOf } from '../core/counting.js';
import { couldEverSign, fitness } from '../core/fitness.js';
import type { Executor, Policy } from '../core/policy-document.js';
import type { LedgerState, PolicyRecord } from '../core/state.js';
import { formatTime } from '../core/time.js';
import { endOf } from './key-notices.js';

/** A key that can sign, as `member list` shows it. Times RFC 3339; `why` says why it may not sign now. */
export interface KeyView {
  readonly fingerprint: string;
  readonly algorithm: string;
  readonly expires: string | null;
  readonly fit: boolean;
  readonly why: string | null;
}

/** Somebody whom the policy lists. */
export interface ExecutorView {
  readonly handle: string;
  readonly name: string;
  readonly email: string;
  readonly keys: readonly KeyView[];
  readonly halted: boolean;
}

/** A member, and what the policy lets them do: `mayApprove` names rules, and `changes` for changes of the policy. */
export interface MemberView extends ExecutorView {
  readonly groups: readonly string[];
  readonly unix: readonly string[];
  readonly mayAsk: readonly string[];
  readonly mayApprove: readonly string[];
}

/** A group, and the rules that name it: `mayApprove` as in MemberView. */
export interface GroupView {
  readonly group: string;
  readonly members: readonly string[];
  readonly mayAsk: readonly string[];
  readonly mayApprove: readonly string[];
}

function keyViews(record: PolicyRecord, handle: string, now: number): KeyView[] {
  return keysOf(record, handle)
    .filter(couldEverSign)
    .map((key) => {
      const end = endOf(key);
      const fit = fitness(key, now);
      return {
        fingerprint: key.fingerprint,
        algorithm: key.algorithmName,
        expires: end === null ? null : formatTime(end),
        fit: fit.fit,
        why: fit.fit ? null : fit.why,
      };
    });
}

function executorView(
  state: LedgerState,
  record: PolicyRecord,
  handle: string,
  entry: Executor,
  now: number,
): ExecutorView {
  return {
    handle,
    name: entry.name,
    email: entry.email,
    keys: keyViews(record, handle, now),
    halted: state.halts.some(({ who }) => who === null || who === handle),
  };
}

/** The rules that `handle` may ask under, and those whose approvals name them; `changes` stands for changes of the policy. */
export function rightsOf(policy: Policy, handle: string): Pick<MemberView, 'mayAsk' | 'mayApprove'> {
  return {
    mayAsk: policy.rules
      .filter(({ requesters = [EVERYONE] }) => isAmong(policy, requesters, handle))
      .map(({ name }) => name),
    mayApprove: [
      ...policy.rules.filter(({ approvals }) => eligible(policy, approvals, handle)).map(({ name }) => name),
      ...(eligible(policy, policy.changes, handle) ? ['changes'] : []),
    ],
  };
}

/** The members of a policy in the order of their handles, as of `now` (seconds). */
export function membersOf(state: LedgerState, record: PolicyRecord, now: number): readonly MemberView[] {
  const { policy } = record;
  const groups = Object.entries(policy.groups ?? {});
  return byName(policy.members).map(([handle, entry]) => ({
    ...executorView(state, record, handle, entry, now),
    groups: groups.filter(([, handles]) => handles.includes(handle)).map(([name]) => name),
    unix: entry.unix ?? [],
    ...rightsOf(policy, handle),
  }));
}

/** The executors of a policy, as of `now`. */
export function executorsOf(
  state: LedgerState,
  record: PolicyRecord,
  now: number,
): readonly (ExecutorView & { readonly rules: readonly string[] })[] {
  return byName(record.policy.executors ?? {}).map(([handle, entry]) => ({
    ...executorView(state, record, handle, entry, now),
    rules: record.policy.rules
      .filter(({ executors }) => executors?.includes(handle) === true)
      .map(({ name }) => name),
  }));
}

/** The groups of a policy. */
export function groupsOf({ groups = {}, rules, changes }: Policy): readonly GroupView[] {
  return byName(groups).map(([group, members]) => ({
    group,
    members,
    mayAsk: rules.filter(({ requesters }) => requesters?.includes(group) === true).map(({ name }) => name),
    mayApprove: [
      ...rules
        .filter(({ approvals }) => approvals.some(({ from }) => from.includes(group)))
        .map(({ name }) => name),
      ...(changes.some(({ from }) => from.includes(group)) ? ['changes'] : []),
    ],
  }));
}

function byName<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
