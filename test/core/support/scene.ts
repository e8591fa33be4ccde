import type { AccessAction, CommandAction } from '../../../src/core/action.js';
import type { Authentic } from '../../../src/core/authentic.js';
import { decide, naturalRunner, stateName, type Decision, type Runner } from '../../../src/core/decide.js';
import type { ToRun } from '../../../src/core/mismatch.js';
import type {
  ApproveEvent,
  Closing,
  Exit,
  GenesisEvent,
  LedgerEvent,
  RequestEvent,
} from '../../../src/core/events.js';
import { applyEffect, effectOf, newState } from '../../../src/core/fold.js';
import type { Certificate, KeyInfo } from '../../../src/core/keys.js';
import type { Clause, Member, Policy, Rule } from '../../../src/core/policy-document.js';
import type { CertificateReading } from '../../../src/core/ports.js';
import type { LedgerState, RequestRecord } from '../../../src/core/state.js';
import { formatTime } from '../../../src/core/time.js';

/** 2026-01-01T00:00:00Z: the founding of every scene. */
export const T0 = 1_767_225_600;
export const HOUR = 3600;
export const DAY = 86_400;

/** A made-up key: what a CertificateReader would say of `cert:<material>[:expires]`. The scene is about counting, not crypto. */
export function keyInfo(material: string, more: Partial<KeyInfo> = {}): KeyInfo {
  return {
    fingerprint: material.toUpperCase().padEnd(40, '0').slice(0, 40),
    material,
    algorithm: 22,
    algorithmName: 'ed25519',
    strong: true,
    created: T0 - DAY,
    expires: null,
    revoked: false,
    certified: true,
    maySign: true,
    primary: null,
    spki: 'AA==',
    ...more,
  };
}

function fateOf(fate: string): Partial<KeyInfo> {
  if (fate === 'revoked') return { revoked: true };
  const [word, second] = fate.split('-');
  if (word === 'from') return { created: Number(second) };
  if (word !== 'under') return { expires: Number(fate) };
  return { primary: { fingerprint: '0'.repeat(40), expires: Number(second), revoked: false } };
}

/**
 * `cert:alice`, `cert:alice2`, `cert:alice:1767229200` (expires then), `cert:alice:revoked`, `cert:alice:from-1767229200` (made
 * then), `cert:alice:under-1767229200` (a subkey whose primary expires then).
 */
export function known(armored: string): CertificateReading {
  const [tag, material = '', fate] = armored.split(':');
  if (tag !== 'cert') return { ok: false, problem: 'not a certificate' };
  const more: Partial<KeyInfo> = fate === undefined ? {} : fateOf(fate);
  const certificate: Certificate = {
    userId: { name: material, email: `${material}@example.org`, text: material },
    keys: [keyInfo(material, more)],
  };
  return { ok: true, certificate };
}

export function member(handle: string, ...certs: string[]): Member {
  const keys = (certs.length === 0 ? [`cert:${handle}`] : certs).map((text) => ({
    type: 'openpgp' as const,
    public: text,
  }));
  return { name: handle, email: `${handle}@example.org`, keys };
}

export function record<T>(entries: Record<string, T>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, entries);
}

export function rule(more: Partial<Rule> = {}): Rule {
  return {
    name: 'anything',
    match: { any: true },
    approvals: [{ count: 1, from: ['everyone'] }],
    maxDuration: 8 * HOUR,
    maxPending: DAY,
    maxUses: 10,
    ...more,
  };
}

export interface PolicyParts {
  members?: readonly (string | readonly [string, ...string[]])[];
  executors?: readonly (string | readonly [string, ...string[]])[];
  groups?: Record<string, readonly string[]>;
  rules?: readonly Rule[];
  changes?: readonly Clause[];
  protocol?: number;
}

/** A policy of members whose keys are named after them; `['alice', 'cert:alice2']` gives alice another. */
export function policy(parts: PolicyParts = {}): Policy {
  const party = (entry: string | readonly [string, ...string[]]): [string, Member] =>
    typeof entry === 'string' ? [entry, member(entry)] : [entry[0], member(...entry)];
  const executors = (parts.executors ?? []).map(party);
  return {
    protocol: parts.protocol ?? 1,
    members: record(Object.fromEntries((parts.members ?? ['alice', 'bob', 'carol', 'dave']).map(party))),
    ...(executors.length === 0 ? {} : { executors: record(Object.fromEntries(executors)) }),
    groups: record(parts.groups ?? {}),
    rules: parts.rules ?? [rule()],
    changes: parts.changes ?? [{ count: 1, from: ['everyone'] }],
  };
}

export const COMMAND: CommandAction = {
  kind: 'command',
  argv: ['psql', '-f', 'rotate.sql'],
  host: 'prod-1',
  user: 'alice',
  program: '/usr/bin/psql',
  cwd: '/srv',
};

export interface Asking {
  action?: CommandAction | AccessAction;
  duration?: number;
  uses?: number;
  within?: number;
  notBefore?: number;
  justification?: string;
  ticket?: string;
  key?: string;
  at?: number;
}

type Fields<E> = E extends LedgerEvent ? Omit<E, 'v' | 'ledger' | 'prev' | 'actor' | 'at' | 'nonce'> : never;

/**
 * A ledger told event by event, without commits and signatures: each is taken as authentic, signed by the actor's own
 * key unless `key` says otherwise. Time passes a minute an event unless `at` is given.
 */
export class Scene {
  state: LedgerState;
  now = T0;
  #count = 0;
  last: { reason: string; detail: string } | null = null;

  constructor(first: Policy = policy(), founder = 'alice') {
    const event: GenesisEvent = {
      v: first.protocol,
      type: 'genesis',
      name: 'vault',
      policy: first,
      actor: founder,
      at: formatTime(T0),
      nonce: '0'.repeat(32),
    };
    this.state = newState(this.#wrap(event, founder, T0), known);
  }

  /** A scene whose first policy bob has endorsed. */
  static endorsed(first: Policy = policy(), by = 'bob'): Scene {
    const scene = new Scene(first);
    scene.approve(by, scene.state.anchor);
    if (scene.last !== null) throw new Error(`not endorsed: ${scene.last.reason}`);
    return scene;
  }

  #wrap<E extends LedgerEvent>(event: E, key: string, at: number): Authentic<E> {
    this.#count += 1;
    const id = this.#count.toString(16).padStart(8, '0').padStart(64, 'e');
    return { event, id, at, commit: id.slice(0, 40), position: this.#count - 1, key: keyInfo(key) };
  }

  /** Judges and applies one event; returns its id. `last` says why it was void, or null. */
  put(
    actor: string,
    fields: Fields<Exclude<LedgerEvent, GenesisEvent>>,
    options: { at?: number; key?: string } = {},
  ): string {
    const at = options.at ?? this.now + 60;
    this.now = Math.max(this.now, at);
    const common = {
      v: 1,
      ledger: this.state.anchor,
      prev: '0'.repeat(64),
      actor,
      at: formatTime(at),
      nonce: '0'.repeat(32),
    };
    const event = { ...common, ...fields } as LedgerEvent;
    const read = this.#wrap(event, options.key ?? actor, at);
    const effect = effectOf(this.state, read, known);
    this.last = effect.void;
    applyEffect(this.state, read, effect);
    return read.id;
  }

  request(actor: string, asking: Asking = {}): string {
    const at = asking.at ?? this.now + 60;
    const action = asking.action ?? COMMAND;
    const notBefore = asking.notBefore === undefined ? {} : { notBefore: formatTime(asking.notBefore) };
    const fields = {
      type: 'request' as const,
      action,
      justification: asking.justification ?? 'the password leaked',
      ...(asking.ticket === undefined ? {} : { ticket: asking.ticket }),
      approveBy: formatTime(at + (asking.within ?? DAY)),
      duration: asking.duration ?? HOUR,
      ...(action.kind === 'command' ? { uses: asking.uses ?? 1 } : {}),
      ...notBefore,
    };
    return this.put(actor, fields as Fields<RequestEvent>, {
      at,
      ...(asking.key === undefined ? {} : { key: asking.key }),
    });
  }

  propose(
    actor: string,
    next: Policy,
    options: { base?: string; within?: number; at?: number; key?: string } = {},
  ): string {
    const at = options.at ?? this.now + 60;
    const action = { kind: 'policy' as const, base: options.base ?? this.state.current, policy: next };
    const approveBy = formatTime(at + (options.within ?? DAY));
    return this.put(
      actor,
      { type: 'request', action, justification: 'the team changed', approveBy },
      { ...options, at },
    );
  }

  approve(
    actor: string,
    request: string,
    more: Partial<ApproveEvent> & { key?: string; time?: number } = {},
  ): string {
    const { key, time, ...fields } = more;
    const options = { ...(key === undefined ? {} : { key }), ...(time === undefined ? {} : { at: time }) };
    return this.put(actor, { ...fields, type: 'approve', request }, options);
  }

  /** Proposes a policy and has it approved: it is in force afterwards. */
  enact(actor: string, next: Policy, by = 'bob'): string {
    const id = this.propose(actor, next);
    if (this.last !== null) throw new Error(`${this.last.reason}: ${this.last.detail}`);
    this.approve(by, id);
    if (this.state.current !== id) throw new Error('the policy did not take effect');
    return id;
  }

  close(actor: string, request: string, as: Closing, options: { at?: number } = {}): string {
    return this.put(actor, { type: 'close', request, as, reason: 'no longer needed' }, options);
  }

  start(actor: string, request: string, options: { host?: string; at?: number; key?: string } = {}): string {
    return this.put(actor, { type: 'start', request, host: options.host ?? 'prod-1' }, options);
  }

  finish(actor: string, run: string, exit: Exit = { code: 0 }): string {
    return this.put(actor, { type: 'finish', run, exit, millis: 5 });
  }

  halt(actor: string, who?: string): string {
    return this.put(actor, { type: 'halt', ...(who === undefined ? {} : { who }), reason: 'an incident' });
  }

  get(request: string): RequestRecord {
    const found = this.state.requests.get(request);
    if (found === undefined) throw new Error(`no request ${request}`);
    return found;
  }

  decide(request: string, options: { now?: number; runner?: Runner; toRun?: ToRun } = {}): Decision {
    const found = this.state.requests.get(request);
    const runner =
      options.runner ?? (found === undefined ? { handle: 'alice', material: null } : naturalRunner(found));
    const toRun: ToRun = options.toRun ?? { kind: 'as-approved', host: null };
    return decide(this.state, request, runner, toRun, options.now ?? this.now);
  }

  /** `authorised`, or the reason of the refusal. */
  verdict(request: string, options: { now?: number; runner?: Runner; toRun?: ToRun } = {}): string {
    return this.decide(request, options).reason ?? 'authorised';
  }

  stateName(request: string, now = this.now): string {
    return stateName(this.state, this.get(request), now);
  }
}
