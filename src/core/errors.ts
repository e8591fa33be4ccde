import type { Fatal, Refusal, VoidReason } from './reasons.js';

/** Codes that are not reasons of the protocol: usage, set-up, keys, remotes, this machine. */
export const OWN_CODES = [
  // usage (exit 2)
  'usage',
  'answer-needed',
  'unknown-id',
  'ambiguous-id',
  'full-id-needed',
  'over-limit',
  'unsupported',
  // refused (exit 1)
  'violation',
  'strict',
  'nothing-to-resume',
  'unsafe-policy',
  'conflict',
  // not trusted (exit 3)
  'untrusted-clone',
  // remote (exit 4)
  'remote-unreachable',
  'remote-not-a-repository',
  'remote-refused',
  'remote-busy',
  'remote-not-empty',
  'transport-refused',
  // keys (exit 5)
  'no-key',
  'bad-key',
  'bad-passphrase',
  'unfit-key',
  'signer-failed',
  // set-up (exit 6)
  'not-joined',
  'no-identity',
  'bad-config',
  'unsafe-permissions',
  'foreign-state',
  'git-missing',
  'git-too-old',
  'disk',
  'bad-clock',
  'locked',
  // exec only (126, 127)
  'cannot-execute',
  'not-found',
  // the rest
  'bug',
  'cancelled',
] as const;

/** The closed set of codes of every expected failure. One table (cli/report.ts) gives each its words and exit status. */
export type ErrorCode = (typeof OWN_CODES)[number] | Refusal | VoidReason | Fatal;

/**
 * Every expected failure. `code` is what programs match on; `message` says what is wrong and where, in one
 * sentence; `hint` is the next command or act. Text of others in a message is already safe for a terminal
 * only after show.ts: the printer escapes again.
 */
export class MpaError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MpaError';
    this.code = code;
    this.hint = options.hint;
  }
}
