import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import type { Candidate } from '../ledger/ledger.js';
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
 * Refuses a request that this machine's own record says is spent, whatever the remote shows. Section 8.4. `rivals`: claims of this
 * very attempt, made onto the same parent, of which one at most can land. Error: `used`.
 */
export async function checkSpent(
  spent: SpentRecord,
  state: LedgerState,
  record: RequestRecord,
  rivals: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { uses } = limits(state, record);
  const claims = (await spent.claims(record.id)).filter((claim) => !rivals.has(claim.start));
  const count = spentHere(record, claims);
  if (uses !== null && count < uses) return;
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
  state: LedgerState,
  record: RequestRecord,
  candidate: Candidate,
  rivals: ReadonlySet<string>,
  now: number,
): Promise<Use> {
  const mine = await turn(spent, record.id);
  try {
    await checkSpent(spent, state, record, rivals);
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
