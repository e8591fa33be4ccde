import { isCommandRequest, isPolicyRequest, type RequestEvent } from '../core/events.js';
import type { Policy } from '../core/policy-document.js';
import type { PolicyRecord, RequestRecord } from '../core/state.js';

/** A copy that inherits nothing: a handle such as `constructor` must find only what was written. */
function bare<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, record);
}

function barePolicy(policy: Policy): Policy {
  return {
    ...policy,
    members: bare(policy.members),
    ...(policy.executors === undefined ? {} : { executors: bare(policy.executors) }),
    ...(policy.groups === undefined ? {} : { groups: bare(policy.groups) }),
  };
}

function bareEvent(event: RequestEvent): RequestEvent {
  if (isPolicyRequest(event)) {
    return { ...event, action: { ...event.action, policy: barePolicy(event.action.policy) } };
  }
  if (isCommandRequest(event) && event.action.env !== undefined) {
    return { ...event, action: { ...event.action, env: bare(event.action.env) } };
  }
  return event;
}

/** A request as JSON gave it back. */
export function bareRequest(record: RequestRecord): RequestRecord {
  return { ...record, event: bareEvent(record.event) };
}

/** A policy as JSON gave it back. */
export function barePolicyRecord({ id, policy, ring }: PolicyRecord): PolicyRecord {
  return { id, policy: barePolicy(policy), ring: bare(ring) };
}
