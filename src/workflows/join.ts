import { endorsersNow, inForce, isEndorsed, keysOf } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import type { LedgerState } from '../core/state.js';
import { holdsCommit, inspect } from '../ledger/inspect.js';
import type { View } from '../ledger/ledger.js';
import { isFullId } from './find.js';
import type { NewClone, Tools } from './place.js';

/** A commit id, in full. */
export function isCommitId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** What pins trust is typed in full. PROTOCOL.md section 4. Errors: `full-id-needed`. */
export function checkPins(anchor: string | undefined, head: string | undefined): void {
  if (anchor !== undefined && !isFullId(anchor)) {
    throw new MpaError(
      'full-id-needed',
      `--anchor takes the full anchor, 64 lower-case hexadecimal digits, not \`${anchor}\`.`,
      {
        hint: 'Ask a founder for it: `mpa status` prints it in full.',
      },
    );
  }
  if (head !== undefined && !isCommitId(head)) {
    throw new MpaError('full-id-needed', `--head takes the full id of a commit, not \`${head}\`.`, {
      hint: '`mpa audit` and `mpa status` print the head in full.',
    });
  }
}

/**
 * Verifies the whole ledger, under `anchor`, or where none is given under the one that its own root carries, which then says nothing of whose ledger it
 * is. `head`: a commit that someone else saw. Errors: `stranger` for another anchor, `rewritten` without that commit or where the branch lacks what was
 * verified on this machine before, and every other fatal code; `remote-*`.
 */
export async function verified(
  clone: NewClone,
  tools: Tools,
  pins: { readonly anchor: string | undefined; readonly head: string | undefined },
): Promise<View> {
  const view = await inspect({ ...tools, store: clone.store, stage: clone.stage });
  const { anchor, head } = pins;
  if (anchor !== undefined && view.anchor !== anchor) {
    throw new MpaError('stranger', `The ledger there has another anchor: ${view.anchor}.`, {
      hint: 'Compare address and anchor with whoever gave them to you. Nothing was joined.',
    });
  }
  if (head !== undefined && !(await holdsCommit(clone.store, view, head))) {
    throw new MpaError('rewritten', `This ledger lacks the commit ${head}, which someone else saw.`, {
      hint: 'Somebody holds back or rewrote a part of it. Compare with whoever gave you that commit before trusting it.',
    });
  }
  const earlier = await clone.earlier(view.anchor);
  return earlier === null ? view : earlier.refresh();
}

/** What a ledger is, for someone who has to decide whether it is the right one. */
export interface Introduction {
  readonly name: string;
  readonly anchor: string;
  readonly members: readonly {
    readonly handle: string;
    readonly name: string;
    readonly fingerprints: readonly string[];
  }[];
  readonly founder: string;
  readonly endorsers: readonly string[];
  readonly endorsed: boolean;
}

/** Introduces a verified ledger as of `now` (seconds). */
export function introduction(state: LedgerState, now: number): Introduction {
  const current = inForce(state);
  const { founder, approvals } = state.endorsement;
  return {
    name: state.name,
    anchor: state.anchor,
    members: Object.entries(current.policy.members).map(([handle, { name }]) => ({
      handle,
      name,
      fingerprints: [
        ...new Set(keysOf(current, handle).map((key) => key.primary?.fingerprint ?? key.fingerprint)),
      ],
    })),
    founder,
    endorsers: isEndorsed(state) ? approvals.map(({ actor }) => actor) : endorsersNow(state, approvals, now),
    endorsed: isEndorsed(state),
  };
}

/**
 * The handle that is this person's: `as`, or the one for which the policy in force lists one of `fingerprints` (primaries of the key store). null:
 * none, a reader. Errors: `no-identity` where `as` is nobody, `no-key` where none of the keys is listed for `as`, `usage` where several handles are.
 */
export function handleOf(
  state: LedgerState,
  as: string | undefined,
  fingerprints: readonly string[],
): string | null {
  const current = inForce(state);
  const { members, executors = {} } = current.policy;
  const listed = (handle: string): boolean =>
    keysOf(current, handle).some((key) => fingerprints.includes(key.primary?.fingerprint ?? key.fingerprint));
  if (as !== undefined) {
    if (!Object.hasOwn(members, as) && !Object.hasOwn(executors, as)) {
      throw new MpaError('no-identity', `The policy in force names no ${as}.`, {
        hint: `It names: ${Object.keys(members).sort().join(', ')}.`,
      });
    }
    if (listed(as)) return as;
    const keys = keysOf(current, as).map(({ fingerprint }) => fingerprint);
    throw new MpaError(
      'no-key',
      `None of the keys in your key store is listed for ${as}: the policy lists ${keys.join(', ')}.`,
      {
        hint: 'Import the right key (`mpa key import FILE`), or leave --as away to join as a reader.',
      },
    );
  }
  const mine = [...Object.keys(members), ...Object.keys(executors)].filter(listed);
  const [only, ...others] = mine;
  if (others.length > 0) {
    throw new MpaError('usage', `Your keys are listed for several handles: ${mine.join(', ')}.`, {
      hint: 'Say who you are with --as HANDLE.',
    });
  }
  return only ?? null;
}
