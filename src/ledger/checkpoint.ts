import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { isPolicyRequest, isCommandRequest, type RequestEvent } from '../core/events.js';
import type { KeyInfo } from '../core/keys.js';
import type { Policy } from '../core/policy-document.js';
import type { Endorsement, Halt, LedgerState, PolicyRecord, RequestRecord } from '../core/state.js';
import type { Head } from './ledger.js';

/** Raised whenever what a checkpoint holds, or what it means, changes. */
const FORMAT = 2;

/** What has been verified: the state right after the head. */
export interface Verified {
  readonly state: LedgerState;
  readonly head: Head;
}

/** What a checkpoint is bound to: another ledger's, or one that another program made, is never used. */
export interface Binding {
  readonly anchor: string;
  /** Name and version of this program. */
  readonly program: string;
}

const Header = v.strictObject({
  format: v.literal(FORMAT),
  program: v.string(),
  anchor: v.string(),
  commit: v.string(),
  chain: v.string(),
  at: v.number(),
  /** SHA-256 of the second line: a torn or rotten file is never half believed. */
  sha256: v.string(),
});

/** The second line. A policy that a request carries is not written twice. */
interface Body {
  readonly name: string;
  readonly position: number;
  readonly events: number;
  readonly greatestAt: number;
  readonly endorsement: Endorsement;
  readonly current: string;
  readonly policies: readonly (Omit<PolicyRecord, 'policy'> & { readonly policy: Policy | null })[];
  readonly materials: readonly (readonly [string, string])[];
  readonly requests: readonly RequestRecord[];
  readonly runs: readonly (readonly [string, string])[];
  readonly halts: readonly Halt[];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function policyOf(
  state: { readonly requests: ReadonlyMap<string, RequestRecord> },
  id: string,
): Policy | null {
  const event = state.requests.get(id)?.event;
  return event !== undefined && isPolicyRequest(event) ? event.action.policy : null;
}

/** Two lines: what the checkpoint is bound to, and the state. */
export function checkpointText({ state, head }: Verified, binding: Binding): string {
  const body: Body = {
    name: state.name,
    position: state.position,
    events: state.events,
    greatestAt: state.greatestAt,
    endorsement: state.endorsement,
    current: state.current,
    policies: [...state.policies.values()].map((record) => ({
      ...record,
      policy: policyOf(state, record.id) === null ? record.policy : null,
    })),
    materials: [...state.materials],
    requests: [...state.requests.values()],
    runs: [...state.runs],
    halts: state.halts,
  };
  const text = JSON.stringify(body);
  const header = { format: FORMAT, ...binding, ...head, sha256: digest(text) };
  return `${JSON.stringify(header)}\n${text}\n`;
}

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

function stateOf(anchor: string, body: Body): LedgerState {
  const requests = new Map(
    body.requests.map((record) => [record.id, { ...record, event: bareEvent(record.event) }]),
  );
  const policies = new Map<string, PolicyRecord>();
  for (const { id, policy, ring } of body.policies) {
    const found = policy === null ? policyOf({ requests }, id) : barePolicy(policy);
    if (found === null) throw new TypeError('a policy without its request');
    policies.set(id, { id, policy: found, ring: bare<readonly KeyInfo[]>(ring) });
  }
  return {
    anchor,
    name: body.name,
    position: body.position,
    events: body.events,
    greatestAt: body.greatestAt,
    endorsement: body.endorsement,
    current: body.current,
    policies,
    materials: new Map(body.materials),
    requests,
    runs: new Map(body.runs),
    halts: body.halts,
  };
}

/** The state in a checkpoint's text; or, in words, why it is not used: the caller reads from the root instead. */
export function readCheckpoint(
  text: string,
  binding: Binding,
): { readonly ok: true; readonly verified: Verified } | { readonly ok: false; readonly why: string } {
  const no = (why: string) => ({ ok: false, why }) as const;
  const end = text.indexOf('\n');
  try {
    const header = v.safeParse(Header, JSON.parse(text.slice(0, Math.max(0, end))));
    if (!header.success) return no('it has another form');
    const { anchor, program, commit, chain, at, sha256 } = header.output;
    if (anchor !== binding.anchor) return no('it is of another ledger');
    if (program !== binding.program) return no(`it was made by ${program}`);
    const body = text.slice(end + 1, -1);
    if (digest(body) !== sha256) return no('it is damaged');
    // The digest says that these are the bytes that this very program wrote: their form is that of its types.
    const state = stateOf(anchor, JSON.parse(body) as Body);
    return { ok: true, verified: { state, head: { commit, chain, at } } };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return no('it is damaged');
    throw error;
  }
}

/** A state that can be carried on while this one stays as it is: records are never changed in place, the maps are. */
export function copyState(state: LedgerState): LedgerState {
  return {
    ...state,
    policies: new Map(state.policies),
    materials: new Map(state.materials),
    requests: new Map(state.requests),
    runs: new Map(state.runs),
  };
}
