import type { Action, CommandAction, Pin } from './action.js';
import type { Digest } from './events.js';

/**
 * What is about to run, beside what was approved. `as-approved`: nothing is at hand to compare (`verify` without a
 * command, and a `start` in the ledger), except the host that a start names; null: not that either.
 */
export type ToRun =
  | { readonly kind: 'as-approved'; readonly host: string | null }
  | { readonly kind: 'argv'; readonly argv: readonly string[] }
  | { readonly kind: 'access'; readonly resource: string }
  | CommandToRun;

/** Everything that section 8.6 compares, as found on the machine that would run it. */
export interface CommandToRun {
  readonly kind: 'command';
  readonly argv: readonly string[];
  readonly host: string;
  readonly user: string;
  readonly program: string | null;
  readonly cwd: string;
  /** 'none' is /dev/null. */
  readonly stdin: 'none' | 'terminal' | Digest;
  /** Digest of each pinned path as it is now; null where it cannot be read. */
  readonly pins: ReadonlyMap<string, Digest | null>;
  /** Digests of attachments that the ledger lacks, or holds with other bytes. Section 3. */
  readonly lacking?: readonly string[];
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function argvDifference(approved: readonly string[], found: readonly string[]): string | null {
  if (sameList(approved, found)) return null;
  const at = approved.findIndex((argument, i) => argument !== found[i]);
  return at === -1
    ? `argv: ${found.length - approved.length} more arguments than were approved`
    : `argv: argument ${at} is not what was approved`;
}

function sameDigest(approved: Digest, found: Digest): boolean {
  return approved.sha256 === found.sha256 && approved.size === found.size;
}

function stdinDifference(approved: CommandAction['stdin'], found: CommandToRun['stdin']): string | null {
  const same =
    approved === undefined
      ? found === 'none'
      : approved === 'terminal'
        ? found === 'terminal'
        : typeof found !== 'string' && sameDigest(approved, found);
  return same ? null : 'stdin: not what was approved';
}

function pinDifference(pin: Pin, found: Digest | null | undefined): string | null {
  if (found === null || found === undefined) return `pin ${pin.path}: cannot be read`;
  return sameDigest(pin, found) ? null : `pin ${pin.path}: its bytes are not those that were approved`;
}

function placeDifference(approved: CommandAction, found: CommandToRun): string | null {
  // An executor's place is its own configuration's: section 4 leaves these four absent.
  if (approved.executor !== undefined) return null;
  if (approved.host !== found.host) return `host: approved for ${approved.host ?? 'none'}`;
  if (approved.user !== found.user) return `user: approved for ${approved.user ?? 'none'}`;
  if (approved.program !== found.program) return `program: approved was ${approved.program ?? 'none'}`;
  if (approved.cwd !== found.cwd) return `cwd: approved was ${approved.cwd ?? 'none'}`;
  return null;
}

/** Section 8.6 and the reason `mismatch`: the first part in which what is to be run is not what was approved; null where none. */
export function mismatch(action: Action, toRun: ToRun): string | null {
  if (toRun.kind === 'as-approved') {
    if (action.kind !== 'command' || action.executor !== undefined || toRun.host === null) return null;
    return action.host === toRun.host ? null : `host: approved for ${action.host ?? 'none'}`;
  }
  if (action.kind === 'access') {
    if (toRun.kind !== 'access') return 'kind: an access was approved, not a command';
    return action.resource === toRun.resource ? null : 'resource: another was approved';
  }
  if (action.kind === 'policy') return 'kind: a policy change runs nothing';
  if (toRun.kind === 'access') return 'kind: a command was approved, not an access';
  const argv = argvDifference(action.argv, toRun.argv);
  if (argv !== null || toRun.kind === 'argv') return argv;
  const place = placeDifference(action, toRun) ?? stdinDifference(action.stdin, toRun.stdin);
  if (place !== null) return place;
  const [lacking] = toRun.lacking ?? [];
  if (lacking !== undefined) return `attachment ${lacking}: not in the ledger, or not the bytes of that name`;
  for (const pin of action.pins ?? []) {
    const difference = pinDifference(pin, toRun.pins.get(pin.path));
    if (difference !== null) return difference;
  }
  return null;
}
