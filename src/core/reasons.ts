/** Why an authentic event has no effect. PROTOCOL.md section 7, first table, in its order. */
export const VOID_REASONS = [
  'unendorsed',
  'no-rule',
  'not-a-requester',
  'exceeds-rule',
  'bad-justification',
  'bad-ticket',
  'bad-env',
  'bad-stdin',
  'bad-pins',
  'bad-executor',
  'late',
  'invalid-policy',
  'stale',
  'unknown-request',
  'request-void',
  'closed',
  'self-approval',
  'not-eligible',
  'duplicate',
  'not-allowed',
  'unknown-who',
  'not-authorised',
  'unknown-run',
] as const;
export type VoidReason = (typeof VOID_REASONS)[number];

/** Why a decision is no. PROTOCOL.md section 7, second table: the first that applies is the reason. */
export const REFUSALS = [
  'unknown-request',
  'unendorsed',
  'void',
  'denied',
  'withdrawn',
  'revoked',
  'applied',
  'halted',
  'requester-left',
  'no-longer-allowed',
  'used',
  'expired',
  'pending',
  'too-early',
  'wrong-runner',
  'mismatch',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What people see a request as. PROTOCOL.md section 7, last paragraph; CLI.md, JSON. */
export const REQUEST_STATES = [
  'pending',
  'scheduled',
  'approved',
  'used',
  'expired',
  'denied',
  'withdrawn',
  'revoked',
  'halted',
  'applied',
  'void',
] as const;
export type RequestStateName = (typeof REQUEST_STATES)[number];

/** Fatal cases, in the order in which they are reported. PROTOCOL.md section 2.5. */
export const FATALS = [
  'missing',
  'damaged',
  'malformed',
  'stranger',
  'rewritten',
  'future',
  'not-understood',
] as const;
export type Fatal = (typeof FATALS)[number];

/**
 * Why a commit is inert: which form it lacks. PROTOCOL.md names no words for these, so they are ours;
 * `audit` and `log` report them. Section 3 (form), 4 (text), 5 (authentic).
 */
export const INERT_REASONS = [
  'too-large',
  'bad-headers',
  'bad-identity',
  'bad-tree',
  'bad-message',
  'bad-text',
  'bad-event',
  'over-limit',
  'wrong-version',
  'wrong-ledger',
  'wrong-prev',
  'wrong-time',
  'unknown-actor',
  'bad-signature',
  'wrong-key',
  'unfit-key',
  'backdated',
  'executor-may-not',
] as const;
export type InertReason = (typeof INERT_REASONS)[number];
