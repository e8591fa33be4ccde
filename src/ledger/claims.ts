import { MpaError } from '../core/errors.js';
import type { Signer, Store } from '../core/ports.js';
import type { Run } from '../core/state.js';
import { VOID_REASONS } from '../core/reasons.js';
import { faulty, short } from './fatal.js';
import type { Draft, Ledger, View } from './ledger.js';
import type { Claim, SpentRecord } from './spent.js';

/** What became of claims whose process is gone. Section 8.4. */
export interface Settled {
  /** They never were: the use is free again. */
  readonly lost: readonly Claim[];
  /** They landed and nothing was spawned: a `finish` that gives the use back is now waiting. */
  readonly unspawned: readonly Claim[];
  /** They may have been spawned, and nobody knows how they ended: spent. */
  readonly interrupted: readonly Claim[];
}

function runOf(view: View, claim: Claim): Run | undefined {
  const record = view.state.requests.get(view.state.runs.get(claim.start) ?? '');
  return record?.runs.find((run) => run.id === claim.start);
}

/**
 * Whether the verified branch proves that the claim's start never was: another commit stands on its parent, or the branch
 * no longer holds that parent. The branch must have been looked at after the claim was made (a whole second: clocks are
 * that coarse), or an old view would prove what is not so. Section 8.4.
 */
async function isLost(view: View, store: Store, claim: Claim): Promise<boolean> {
  if (view.fetchedAt === null || view.fetchedAt <= claim.at) return false;
  if (view.tip.commit === claim.parent) return false;
  const walked = await store.walk(view.tip.commit, claim.parent);
  if (!walked.ok) throw faulty(walked.fault);
  // Where the parent is gone the walk has ended at a root, which is no claim.
  return walked.oids[0] !== claim.commit;
}

const NOT_SPAWNED = { exit: { failed: 'not-spawned' }, millis: 0 } as const;

/** The claim as this view settles it; null: as it was. Called with its lock held, so that its process is gone. */
async function judged(view: View, store: Store, claim: Claim): Promise<Claim | null> {
  const run = runOf(view, claim);
  if (run !== undefined && run.finish !== null) return { ...claim, settled: 'recorded' };
  // A finish that is known waits for pushFinishes, which also finds out where it can no longer count.
  if (claim.finish !== null) return null;
  if (claim.stage !== 'claimed' && claim.stage !== 'pushed') return { ...claim, settled: 'interrupted' };
  if (run !== undefined) return { ...claim, stage: 'finished', finish: NOT_SPAWNED };
  return (await isLost(view, store, claim)) ? { ...claim, settled: 'lost' } : null;
}

/** Does `work` on the claim as it stands once its lock is ours; nothing where another process may still hold it, or where it is settled. */
async function owning(
  spent: SpentRecord,
  { start, request }: Claim,
  work: (claim: Claim) => Promise<void>,
): Promise<void> {
  const lock = await spent.lock(start);
  if (lock === null) return;
  try {
    const claim = (await spent.claims(request)).find((each) => each.start === start);
    if (claim?.settled === null) await work(claim);
  } finally {
    await lock.release();
  }
}

/**
 * Settles the claims whose processes are gone, by what the verified branch shows. A claim counts as spent until then.
 * Section 8.4. Errors: `disk`, `bad-config` of the record, `damaged`.
 */
export async function settleClaims(view: View, store: Store, spent: SpentRecord): Promise<Settled> {
  const settled = { lost: [] as Claim[], unspawned: [] as Claim[], interrupted: [] as Claim[] };
  for (const open of await spent.unsettled()) {
    await owning(spent, open, async (claim) => {
      const next = await judged(view, store, claim);
      if (next === null) return;
      await spent.update(next);
      if (next.settled === 'lost') settled.lost.push(next);
      if (next.settled === 'interrupted') settled.interrupted.push(next);
      if (next.settled === null) settled.unspawned.push(next);
    });
  }
  return settled;
}

/**
 * Whether this claim was made onto the very tip of `view` and is unconfirmed. Either it or whatever is pushed onto that tip
 * now can land, never both: it does not count against a new start there.
 */
export function isRival(claim: Claim, view: Pick<View, 'tip'>): boolean {
  return claim.settled === null && claim.stage === 'claimed' && claim.parent === view.tip.commit;
}

/** The claims whose `finish` is known and not in the ledger yet. Section 8.8. Errors: `bad-config`. */
export async function pendingFinishes(spent: SpentRecord): Promise<readonly Claim[]> {
  return (await spent.unsettled()).filter((claim) => claim.stage === 'finished' && claim.finish !== null);
}

/** The run's finish is there already, whoever brought it. */
class Recorded extends Error {}

function draft(view: View, claim: Claim): Draft {
  const run = runOf(view, claim);
  if (run !== undefined && run.finish !== null) throw new Recorded();
  const { start, finish } = claim;
  if (finish === null) throw new MpaError('bug', 'a finish that is not known');
  return { body: { type: 'finish', run: start, ...finish } };
}

/**
 * A run that this process has seen in the ledger needs no fetch before its finish. One that it has not may be there all the same:
 * another process of this machine wrote it, and on an old view its finish would look hopeless.
 */
function beginning(ledger: Ledger, { start }: Claim): { readonly fresh?: View } {
  const last = ledger.last();
  return last?.state.runs.has(start) === true ? { fresh: last } : {};
}

/** Whether the event can never count any more: its run is not in the ledger, or is another's, or its signer has left. */
function isHopeless(error: unknown): error is MpaError {
  if (!(error instanceof MpaError)) return false;
  return error.code === 'no-identity' || (VOID_REASONS as readonly string[]).includes(error.code);
}

/**
 * Signs and pushes every `finish` of `actor` that waits, patiently: machines yield to people. What can no longer be
 * authentic or not void is dropped, and `notice` says so. Section 8.8. Returns how many were recorded. Errors: those of
 * Ledger.append that a later try may not meet (`remote-*`, keys); what waits is kept then.
 */
export async function pushFinishes(
  ledger: Ledger,
  spent: SpentRecord,
  actor: string,
  signer: Signer,
  notice: (line: string) => void,
): Promise<number> {
  let recorded = 0;
  for (const waiting of await pendingFinishes(spent)) {
    if (waiting.actor !== actor) continue;
    await owning(spent, waiting, async (claim) => {
      try {
        await ledger.append(actor, signer, (view) => draft(view, claim), {
          patience: 'machine',
          ...beginning(ledger, claim),
        });
      } catch (error) {
        if (!(error instanceof Recorded) && !isHopeless(error)) throw error;
        if (isHopeless(error)) {
          await spent.update({ ...claim, settled: 'dropped' });
          notice(
            `The finish of run ${short(claim.start)} can no longer count and was dropped: ${error.message}`,
          );
          return;
        }
      }
      await spent.update({ ...claim, settled: 'recorded' });
      recorded += 1;
    });
  }
  return recorded;
}
