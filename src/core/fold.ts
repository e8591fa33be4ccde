import type { Authentic } from './authentic.js';
import { Book } from './book.js';
import { inForce, isEndorsed } from './counting.js';
import type { FinishEvent, GenesisEvent, HaltEvent, StartEvent } from './events.js';
import { decide } from './decide.js';
import { endorse, withdrawGenesis } from './fold-endorsement.js';
import { approval, closing, request } from './fold-requests.js';
import { noEffect, subject, voidOn } from './fold-void.js';
import { is } from './narrow.js';
import { ringOf } from './policy.js';
import type { CertificateReader } from './ports.js';
import { Requests } from './requests.js';
import type { Effect, LedgerState, RequestRecord } from './state.js';

/** What a policy's certificates read as: `CertificateReader.known`. */
export type Known = CertificateReader['known'];

/** The state after the root, from an authentic genesis whose policy is valid. Section 2.3, 6. */
export function newState(read: Authentic<GenesisEvent>, known: Known): LedgerState {
  const { event, id } = read;
  const ring = ringOf(event.policy, known);
  const state: LedgerState = {
    anchor: id,
    name: event.name,
    position: read.position,
    events: 1,
    greatestAt: read.at,
    endorsement: { founder: event.actor, founderMaterial: read.key.material, approvals: [], closed: null },
    current: id,
    policies: new Book([[id, { id, policy: event.policy, ring }]]),
    materials: new Map(),
    requests: new Requests(),
    runs: new Book(),
    halts: [],
  };
  rememberMaterials(state);
  return state;
}

/**
 * What an authentic event does, judged by the state before it: the changes, or the reason why it is void.
 * Pure: neither argument changes. Section 7.
 */
export function effectOf(state: LedgerState, read: Authentic, known: Known): Effect {
  if (is(read, 'genesis')) throw new Error('a second genesis is never authentic');
  if (is(read, 'approve') && read.event.request === state.anchor) return endorse(state, read);
  if (is(read, 'close') && read.event.request === state.anchor) return withdrawGenesis(state, read);
  if (!isEndorsed(state)) return unendorsed(state, read, known);
  if (is(read, 'request')) return request(state, read, known);
  if (is(read, 'approve')) return approval(state, read, known);
  if (is(read, 'close')) return closing(state, read);
  if (is(read, 'halt')) return halt(state, read);
  if (is(read, 'start')) return start(state, read);
  if (is(read, 'finish')) return finish(state, read);
  throw new Error(`no effect is known for ${read.event.type}`);
}

/** A request written too early is remembered as void, so that what names it later is `request-void`. */
function unendorsed(state: LedgerState, read: Authentic, known: Known): Effect {
  const why = { reason: 'unendorsed', detail: 'the first policy still lacks its second signature' } as const;
  if (is(read, 'request')) {
    const { changes } = request(state, read, known);
    if (changes.request !== undefined)
      return { void: why, changes: { request: { ...changes.request, void: why } } };
  }
  const named = is(read, 'start') ? state.requests.get(read.event.request) : undefined;
  return named === undefined ? noEffect(why.reason, why.detail) : voidOn(named, read, why.reason, why.detail);
}

function halt(state: LedgerState, read: Authentic<HaltEvent>): Effect {
  const { who } = read.event;
  const { policy } = inForce(state);
  if (who !== undefined && policy.members[who] === undefined && policy.executors?.[who] === undefined)
    return noEffect('unknown-who', `the policy in force names no ${who}`);
  const added = {
    id: read.id,
    actor: read.event.actor,
    at: read.at,
    position: read.position,
    who: who ?? null,
    reason: read.event.reason,
  };
  return { void: null, changes: { halts: [...state.halts, added] } };
}

function start(state: LedgerState, read: Authentic<StartEvent>): Effect {
  const found = subject(state, read, read.event.request);
  if (!found.ok) return found.effect;
  const { record } = found;
  const runner = { handle: read.event.actor, material: read.key.material };
  const decision = decide(state, record.id, runner, { kind: 'as-approved', host: read.event.host }, read.at);
  if (!decision.authorised)
    return voidOn(record, read, 'not-authorised', `${decision.reason ?? 'refused'}: ${decision.detail}`);
  const run = {
    id: read.id,
    actor: read.event.actor,
    host: read.event.host,
    at: read.at,
    position: read.position,
    finish: null,
  };
  const next = { ...record, runs: [...record.runs, run], spent: record.spent + 1 };
  return { void: null, changes: { request: next, run: { id: read.id, request: record.id } } };
}

function finish(state: LedgerState, read: Authentic<FinishEvent>): Effect {
  const { event } = read;
  const requestId = state.runs.get(event.run);
  const record = requestId === undefined ? undefined : state.requests.get(requestId);
  const run = record?.runs.find((candidate) => candidate.id === event.run);
  if (record === undefined || run === undefined)
    return noEffect('unknown-run', `no run that counts has the id ${event.run.slice(0, 12)}`);
  if (run.actor !== event.actor) return voidOn(record, read, 'not-allowed', `the run is ${run.actor}'s`);
  if (run.finish !== null) return voidOn(record, read, 'duplicate', 'the run is finished already');
  const { exit, millis, stdout, stderr, outputs } = event;
  const digests = {
    ...(stdout === undefined ? {} : { stdout }),
    ...(stderr === undefined ? {} : { stderr }),
    ...(outputs === undefined ? {} : { outputs }),
  };
  const finished = {
    ...run,
    finish: { id: read.id, at: read.at, position: read.position, exit, millis, ...digests },
  };
  const givesBack = 'failed' in event.exit && !record.givenBack;
  const next: RequestRecord = {
    ...record,
    runs: record.runs.map((candidate) => (candidate === run ? finished : candidate)),
    spent: record.spent - (givesBack ? 1 : 0),
    givenBack: record.givenBack || givesBack,
  };
  return { void: null, changes: { request: next } };
}

/**
 * Makes an effect part of the state, in place: for the state's owner only, in chain order, once for each authentic
 * event. A policy that takes effect lapses approvals, lifts halts and is remembered with its materials.
 */
export function applyEffect(state: LedgerState, read: Authentic, effect: Effect): void {
  const { endorsement, request: record, run, halts, policy } = effect.changes;
  if (endorsement !== undefined) state.endorsement = endorsement;
  if (record !== undefined) state.requests.set(record.id, record);
  if (run !== undefined) state.runs.set(run.id, run.request);
  if (halts !== undefined) state.halts = halts;
  if (policy !== undefined) {
    state.policies.set(policy.id, policy);
    state.current = policy.id;
    rememberMaterials(state);
    lapse(state, read.position);
  }
  state.events += 1;
  state.position = read.position;
  state.greatestAt = Math.max(state.greatestAt, read.at);
}

/** Section 5, last paragraph: material that a policy in force ever listed for one handle. */
function rememberMaterials(state: LedgerState): void {
  for (const [handle, keys] of Object.entries(inForce(state).ring))
    for (const key of keys) state.materials.set(key.material, handle);
}

/** Section 7, counting 2: an approval lapses for good when a policy takes effect that does not list its key for its member. */
function lapse(state: LedgerState, position: number): void {
  const { policy, ring } = inForce(state);
  const listed = (handle: string, material: string): boolean =>
    policy.members[handle] !== undefined && (ring[handle] ?? []).some((key) => key.material === material);
  // Section 5: a material is never listed for two handles, so it says whose approval it is.
  const gone = [...state.materials].filter(([material, handle]) => !listed(handle, material));
  state.requests.lapse(
    gone.map(([material]) => material),
    position,
  );
}
