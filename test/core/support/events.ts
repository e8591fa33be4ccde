import type { CommandAction } from '../../../src/core/action.js';
import { messageOf } from '../../../src/core/canonical.js';
import type {
  AccessRequest,
  ApproveEvent,
  CloseEvent,
  CommandRequest,
  FinishEvent,
  GenesisEvent,
  HaltEvent,
  LedgerEvent,
  PolicyRequest,
  StartEvent,
} from '../../../src/core/events.js';
import type { Policy } from '../../../src/core/policy-document.js';
import { parseEvent, parseMessage } from '../../../src/core/schema.js';

/** Valid examples, one of each kind, for tests that break one thing of them. */
export const ID = 'a1'.repeat(32);
export const SHA = 'e3'.repeat(32);

const common = { v: 1, actor: 'alice', at: '2026-03-01T09:30:00Z', nonce: '0b'.repeat(16) };
const chained = { ...common, ledger: ID, prev: 'c2'.repeat(32) };

export const policy = {
  protocol: 1,
  members: {
    alice: { name: 'Alice', email: 'alice@example.org', keys: [{ type: 'openpgp', public: 'A' }] },
    bob: {
      name: 'Bob',
      email: 'bob@example.org',
      keys: [{ type: 'openpgp', public: 'B' }],
      unix: ['bob', 'b.o\\b'],
    },
  },
  executors: { builder: { name: 'Builder', email: 'builder@example.org', keys: [] } },
  groups: { team: ['alice', 'bob'] },
  rules: [
    {
      name: 'deploy',
      match: { command: ['deploy', '*', '**'] },
      requesters: ['everyone'],
      approvals: [{ count: 1, from: ['team'] }],
      maxDuration: 3600,
      maxPending: 86_400,
      maxUses: 10,
      justification: { minLength: 10 },
      ticket: { pattern: 'OPS-*' },
      executors: ['builder'],
      pins: ['*.sql'],
      env: ['STAGE'],
      stdin: ['none', 'file', 'terminal'],
      enforceEnd: true,
    },
    {
      name: 'ssh',
      match: { access: 'ssh/*' },
      approvals: [{ count: 1, from: ['bob'] }],
      maxDuration: 60,
      maxPending: 60,
      maxUses: 1,
    },
    {
      name: 'rest',
      match: { any: true },
      approvals: [],
      maxDuration: 31_622_400,
      maxPending: 1,
      maxUses: 1_000_000,
    },
  ],
  changes: [{ count: 1, from: ['team'] }],
  tests: [
    { requester: 'alice', command: ['deploy', 'web'], expect: 'deploy' },
    { requester: 'alice', access: 'ssh/prod-1', expect: 'no-rule' },
  ],
} as const satisfies Policy;

export const command = {
  kind: 'command',
  argv: ['deploy', 'web', '--now'],
  host: 'prod-1',
  user: 'deploy',
  program: '/usr/local/bin/deploy',
  cwd: '/srv/web',
  env: { STAGE: 'prod' },
  passEnv: ['TOKEN'],
  stdin: { sha256: SHA, size: 12, attached: true },
  pins: [{ path: '/srv/web/plan.sql', sha256: ID, size: 34, attached: false }],
} as const satisfies CommandAction;

export const executed = {
  kind: 'command',
  argv: ['./run', 'plan.sql'],
  stdin: 'terminal',
  pins: [{ path: 'plan.sql', sha256: SHA, size: 34, attached: true }],
  executor: 'builder',
} as const satisfies CommandAction;

export const genesis = { ...common, type: 'genesis', name: 'Production', policy } satisfies GenesisEvent;

const asking = {
  ...chained,
  type: 'request',
  justification: 'Roll out 2.1',
  ticket: 'OPS-7',
  approveBy: '2026-03-01T12:00:00Z',
} as const;

export const request = {
  ...asking,
  action: command as CommandAction,
  duration: 3600,
  uses: 2,
  notBefore: '2026-03-01T10:00:00Z',
} satisfies CommandRequest;

export const access = {
  ...asking,
  action: { kind: 'access', resource: 'ssh/prod-1' },
  duration: 60,
} satisfies AccessRequest;

export const change = { ...asking, action: { kind: 'policy', base: ID, policy } } satisfies PolicyRequest;

export const approve = {
  ...chained,
  type: 'approve',
  request: SHA,
  comment: 'Fine — go ahead 👍',
  duration: 1800,
  uses: 1,
} satisfies ApproveEvent;

export const close = {
  ...chained,
  type: 'close',
  request: SHA,
  as: 'denied',
  reason: 'Not today',
} satisfies CloseEvent;

export const start = { ...chained, type: 'start', request: SHA, host: 'prod-1' } satisfies StartEvent;

export const finish = {
  ...chained,
  type: 'finish',
  run: SHA,
  exit: { code: 0 },
  millis: 1234,
  stdout: { sha256: SHA, size: 0 },
  stderr: { sha256: ID, size: 9 },
  outputs: [{ path: 'report.txt', sha256: ID, size: 9 }],
} satisfies FinishEvent;

export const halt = { ...chained, type: 'halt', who: 'bob', reason: 'Laptop stolen' } satisfies HaltEvent;

export const ALL: readonly (readonly [string, LedgerEvent])[] = [
  ['genesis', genesis],
  ['command request', request],
  ["executor's request", { ...request, action: executed }],
  ['access request', access],
  ['policy request', change],
  ['approve', approve],
  ['close', close],
  ['start', start],
  ['finish', finish],
  ['halt', halt],
];

/** `ok`, or the reason why a writer's event is refused. */
export function verdict(value: unknown): string {
  const parsed = parseEvent(value);
  return parsed.ok ? 'ok' : parsed.reason;
}

/** `ok`, or the reason why a reader finds a message inert. */
export function reading(message: string | Uint8Array): string {
  const parsed = parseMessage(typeof message === 'string' ? new TextEncoder().encode(message) : message);
  return parsed.ok ? 'ok' : parsed.reason;
}

/** The message of a valid event. */
export function written(event: LedgerEvent): string {
  return messageOf(event).message;
}

/** A copy without one member. */
export function without(value: object, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}
