import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { Book } from '../core/book.js';
import { isPolicyRequest } from '../core/events.js';
import type { Policy } from '../core/policy-document.js';
import { Requests } from '../core/requests.js';
import type { Endorsement, Halt, LedgerState, PolicyRecord, RequestRecord } from '../core/state.js';
import type { Archive } from './archive.js';
import { barePolicyRecord, bareRequest } from './bare.js';
import type { Head } from './ledger.js';
import { ArchiveDamaged, type SegmentRef } from './segment.js';
import type { Shelved } from './shelving.js';
import { systemCode } from './durable.js';

/** Raised whenever what a checkpoint holds, or what it means, changes. */
const FORMAT = 3;

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

/** The second line. A policy that a request carries is not written twice; runs are those of the requests. */
interface Body {
  readonly name: string;
  readonly position: number;
  readonly events: number;
  readonly greatestAt: number;
  readonly endorsement: Endorsement;
  readonly current: string;
  readonly policies: readonly (Omit<PolicyRecord, 'policy'> & { readonly policy: Policy | null })[];
  readonly materials: readonly (readonly [string, string])[];
  readonly delisted: readonly (readonly [string, number])[];
  readonly requests: readonly RequestRecord[];
  /** What is over is not here, but in these: by their digests, so that no other archive is taken for it. */
  readonly archive: readonly SegmentRef[];
  readonly halts: readonly Halt[];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The policies that requests carry, by id. */
function carried(requests: readonly RequestRecord[]): ReadonlyMap<string, Policy> {
  const found = new Map<string, Policy>();
  for (const { id, event } of requests) if (isPolicyRequest(event)) found.set(id, event.action.policy);
  return found;
}

/** Two lines: what the checkpoint is bound to, and the state, of which `shelved` says what is at hand. */
export function checkpointText({ state, head }: Verified, shelved: Shelved, binding: Binding): string {
  const policies = carried(shelved.requests);
  const body: Body = {
    name: state.name,
    position: state.position,
    events: state.events,
    greatestAt: state.greatestAt,
    endorsement: state.endorsement,
    current: state.current,
    policies: shelved.policies.map((record) => ({
      ...record,
      policy: policies.has(record.id) ? null : record.policy,
    })),
    materials: [...state.materials],
    delisted: [...state.requests.delisted],
    requests: shelved.requests,
    archive: shelved.archive?.refs ?? [],
    halts: state.halts,
  };
  const text = JSON.stringify(body);
  const header = { format: FORMAT, ...binding, ...head, sha256: digest(text) };
  return `${JSON.stringify(header)}\n${text}\n`;
}

function stateOf(anchor: string, body: Body, archive: Archive | null): LedgerState {
  const requests = body.requests.map(bareRequest);
  const texts = carried(requests);
  const policies = body.policies.map(({ id, policy: text, ring }): [string, PolicyRecord] => {
    const policy = text ?? texts.get(id);
    if (policy === undefined) throw new TypeError('a policy without its request');
    return [id, barePolicyRecord({ id, policy, ring })];
  });
  const runs = requests.flatMap(({ id, runs }) => runs.map((run): [string, string] => [run.id, id]));
  return {
    anchor,
    name: body.name,
    position: body.position,
    events: body.events,
    greatestAt: body.greatestAt,
    endorsement: body.endorsement,
    current: body.current,
    policies: new Book(policies, archive?.policies ?? null),
    materials: new Map(body.materials),
    requests: new Requests(
      requests.map((record) => [record.id, record]),
      archive?.requests ?? null,
      body.delisted,
    ),
    runs: new Book(runs, archive?.runs ?? null),
    halts: body.halts,
  };
}

/**
 * The state in a checkpoint's text; or, in words, why it is not used: the caller reads from the root instead. `open` opens the archive that
 * it names; what that throws, because a file is absent or damaged, is such a reason.
 */
export function readCheckpoint(
  text: string,
  binding: Binding,
  open: (refs: readonly SegmentRef[]) => Archive,
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
    const parsed = JSON.parse(body) as Body;
    const archive = parsed.archive.length === 0 ? null : open(parsed.archive);
    const state = stateOf(anchor, parsed, archive);
    return { ok: true, verified: { state, head: { commit, chain, at } } };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return no('it is damaged');
    if (error instanceof ArchiveDamaged || systemCode(error) !== '')
      return no('what is kept beside it is lost or damaged');
    throw error;
  }
}

/** A state that can be carried on while this one stays as it is: records are never changed in place, the maps are. */
export function copyState(state: LedgerState): LedgerState {
  return {
    ...state,
    policies: state.policies.copy(),
    materials: new Map(state.materials),
    requests: state.requests.copy(),
    runs: state.runs.copy(),
  };
}
