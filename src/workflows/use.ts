import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import { isAccessRequest } from '../core/events.js';
import type { RequestRecord } from '../core/state.js';
import { isRival } from '../ledger/claims.js';
import type { Candidate, View } from '../ledger/ledger.js';
import type { Claim, Lock, SpentRecord, Stage } from '../ledger/spent.js';
import { shortId } from './find.js';

/** One use on its way: its claim as it stands on disk, and the lock that this process holds on it until its finish. */
export interface Use {
  readonly claim: Claim;
  readonly lock: Lock;
}

/**
 * Uses of a request that are spent as far as this machine knows: every start that the ledger holds and every claim of its own
 * that was not proven lost, each once, less the one use that the ledger gave back. Section 8.4.
 */
export function spentHere(record: RequestRecord, claims: readonly Claim[]): number {
  const starts = new Set(record.runs.map((run) => run.id));
  for (const claim of claims) {
    if (claim.request === record.id && claim.settled !== 'lost') starts.add(claim.start);
  }
  return starts.size - (record.givenBack ? 1 : 0);
}

/**
 * Whether a claim can no longer land beside a start onto this very tip: it is unconfirmed, was made onto the same parent, and is ours, or
 * its process is gone. While another process lives, only its own answer counts: a host that shows two continuations could grant both.
 */
async function isOutrun(
  spent: SpentRecord,
  view: View,
  claim: Claim,
  own: ReadonlySet<string>,
): Promise<boolean> {
  if (!isRival(claim, view)) return false;
  if (own.has(claim.start)) return true;
  const lock = await spent.lock(claim.start);
  await lock?.release();
  return lock !== null;
}

/**
 * Refuses a request that this machine's own record says is spent, whatever the remote shows. Section 8.4. `own`: claims that this very
 * attempt has made before. Error: `used`.
 */
export async function checkSpent(
  spent: SpentRecord,
  view: View,
  record: RequestRecord,
  own: ReadonlySet<string> = new Set(),
): Promise<void> {
  // An access may have any number of runs: they record sessions.
  if (isAccessRequest(record.event)) return;
  const claims: Claim[] = [];
  for (const claim of await spent.claims(record.id)) {
    if (!(await isOutrun(spent, view, claim, own))) claims.push(claim);
  }
  const { uses } = limits(view.state, record);
  if (uses !== null && spentHere(record, claims) < uses) return;
  throw new MpaError(
    'used',
    `Refused: this machine's own record says that every use of ${shortId(record.id)} is spent.`,
    { hint: '`mpa sync` settles claims that never landed; else ask anew with `mpa request`.' },
  );
}

/** Waits up to two seconds for its turn to check and claim, so that two processes here never take the last use twice. */
async function turn(spent: SpentRecord, request: string): Promise<Lock> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const lock = await spent.lock(request);
    if (lock !== null) return lock;
    await pause(50);
  }
  throw new MpaError('locked', `Another process on this machine is claiming a use of ${shortId(request)}.`, {
    hint: 'Wait for it, then try again.',
  });
}

/**
 * Records, durably and before the push, that this start may come to be (section 8.4): from here on the use counts as spent.
 * Errors: `used`, `locked`, `disk`.
 */
export async function claimUse(
  spent: SpentRecord,
  view: View,
  record: RequestRecord,
  candidate: Candidate,
  own: ReadonlySet<string>,
  now: number,
): Promise<Use> {
  const mine = await turn(spent, record.id);
  try {
    await checkSpent(spent, view, record, own);
    const lock = await spent.lock(candidate.id);
    if (lock === null)
      throw new MpaError('locked', `Another process holds the claim ${shortId(candidate.id)}.`);
    const claim: Claim = {
      start: candidate.id,
      request: record.id,
      commit: candidate.commit,
      parent: candidate.parent,
      actor: candidate.event.actor,
      at: now,
      stage: 'claimed',
      finish: null,
      settled: null,
    };
    await spent.claim(claim);
    return { claim, lock };
  } finally {
    await mine.release();
  }
}

/** Moves a claim on, flushed before the act that the stage allows. */
export async function advance(
  spent: SpentRecord,
  use: Use,
  change: Partial<Claim> & { stage?: Stage },
): Promise<Use> {
  const claim = { ...use.claim, ...change };
  await spent.update(claim);
  return { claim, lock: use.lock };
}

/** The verified branch shows that the start never was: the use is free again. */
export async function lose(spent: SpentRecord, use: Use): Promise<void> {
  await advance(spent, use, { settled: 'lost' });
  await use.lock.release();
}
