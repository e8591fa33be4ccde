import type { AccessAction, CommandAction, PolicyAction } from './action.js';
import type { Policy } from './policy-document.js';

/** Fields of every event. Section 4. `ledger` and `prev` are absent in the genesis only. */
interface Common {
  readonly v: number;
  readonly actor: string;
  /** RFC 3339, UTC, whole seconds, `Z`. */
  readonly at: string;
  readonly nonce: string;
}

interface Chained extends Common {
  readonly ledger: string;
  readonly prev: string;
}

export interface GenesisEvent extends Common {
  readonly type: 'genesis';
  readonly name: string;
  readonly policy: Policy;
}

interface Asking extends Chained {
  readonly type: 'request';
  readonly justification: string;
  readonly ticket?: string;
  readonly approveBy: string;
}

export interface CommandRequest extends Asking {
  readonly action: CommandAction;
  readonly duration: number;
  readonly uses: number;
  readonly notBefore?: string;
}

export interface AccessRequest extends Asking {
  readonly action: AccessAction;
  readonly duration: number;
  readonly notBefore?: string;
}

export interface PolicyRequest extends Asking {
  readonly action: PolicyAction;
}

export type RequestEvent = CommandRequest | AccessRequest | PolicyRequest;

export interface ApproveEvent extends Chained {
  readonly type: 'approve';
  readonly request: string;
  readonly comment?: string;
  readonly duration?: number;
  readonly uses?: number;
}

export const CLOSINGS = ['denied', 'revoked', 'withdrawn'] as const;
export type Closing = (typeof CLOSINGS)[number];

export interface CloseEvent extends Chained {
  readonly type: 'close';
  readonly request: string;
  readonly as: Closing;
  readonly reason: string;
}

export interface StartEvent extends Chained {
  readonly type: 'start';
  readonly request: string;
  readonly host: string;
}

export type Exit = { readonly code: number } | { readonly signal: string } | { readonly failed: string };

export interface Digest {
  readonly sha256: string;
  readonly size: number;
}

export interface FinishEvent extends Chained {
  readonly type: 'finish';
  readonly run: string;
  readonly exit: Exit;
  readonly millis: number;
  readonly stdout?: Digest;
  readonly stderr?: Digest;
  readonly outputs?: readonly (Digest & { readonly path: string })[];
}

export interface HaltEvent extends Chained {
  readonly type: 'halt';
  readonly who?: string;
  readonly reason: string;
}

export type ChainedEvent = RequestEvent | ApproveEvent | CloseEvent | StartEvent | FinishEvent | HaltEvent;
export type LedgerEvent = GenesisEvent | ChainedEvent;

/** Whether the action's kind is `access`/`policy`/`command`, narrowing the whole request: TypeScript does not narrow by a nested field. */
export function isCommandRequest(request: RequestEvent): request is CommandRequest {
  return request.action.kind === 'command';
}
export function isAccessRequest(request: RequestEvent): request is AccessRequest {
  return request.action.kind === 'access';
}
export function isPolicyRequest(request: RequestEvent): request is PolicyRequest {
  return request.action.kind === 'policy';
}
