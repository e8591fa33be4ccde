import { authenticate, CLOCK_SLACK, type Authentic, type Place } from '../core/authentic.js';
import { MpaError } from '../core/errors.js';
import { inForce } from '../core/counting.js';
import type { GenesisEvent } from '../core/events.js';
import { applyEffect, newState } from '../core/fold.js';
import { is } from '../core/narrow.js';
import { policyProblems } from '../core/policy.js';
import type { Clock, Foresight, Progress, Store, StoredCommit } from '../core/ports.js';
import type { Effect } from '../core/state.js';
import { readAhead } from './ahead.js';
import { copyState, type Verified } from './checkpoint.js';
import { evidenceOf, judge, type Judges } from './judge.js';
import { faulty, future, notUnderstood, rewritten, stranger } from './fatal.js';
import type { Head, InertCommit, Link, ReadEvent, View } from './ledger.js';

/** The protocol that this program understands. Section 6, Growth. */
export const PROTOCOL = 1;

/** From so many commits on, signatures are checked ahead, in threads of their own: below, starting them takes longer than it saves. */
export const LONG = 1500;

/** Commits of a long reading after which is kept how far it has come. */
export const STAGE = 5000;

/** What a reading is made with: where the objects are, and who judges signatures and certificates. */
export interface Reader extends Judges {
  readonly store: Pick<Store, 'format' | 'walk' | 'commits' | 'tree' | 'repush'>;
  readonly anchor: string;
  readonly clock: Clock;
  readonly progress?: Progress;
  /**
   * Keeps how far a long reading has come, for another that goes on there. The state goes on growing once this is done. `anew`: nothing of
   * this reading was kept yet, and it shares nothing with what was kept before. Whether it was kept.
   */
  passing?(verified: Verified, anew: boolean): Promise<boolean>;
}

/** Where a reading begins and what it must meet. */
export interface Start {
  /** What has been verified already; null: read from the root. */
  readonly from: Verified | null;
  /** The verified head, which the branch must contain; null: none yet. */
  readonly head: Link | null;
}

/** A branch that was read to its tip. */
export interface Reading extends Verified {
  readonly tip: View['tip'];
  /** Inert commits above `Start.head`. */
  readonly inert: readonly InertCommit[];
  /** What was read, oldest first: the commits after `from`, or all. */
  readonly oids: readonly string[];
}

/** Sees each event and each inert commit in chain order. */
export type Visit = (item: ReadEvent | InertCommit) => void;

/** Section 6, Growth: `not-understood` at a change of policy. `head`: that change, where it is newer than the verified head. */
export class BeyondProtocol extends MpaError {
  readonly head: Head | null;
  constructor(head: Head | null, { code, message, hint }: MpaError) {
    super(code, message, hint === undefined ? {} : { hint });
    this.head = head;
  }
}

interface Range {
  readonly from: Verified | null;
  readonly oids: readonly string[];
}

async function walk(
  reader: Reader,
  tip: string,
  stop: string | null,
  head: Link | null,
): Promise<{ oids: readonly string[]; metStop: boolean }> {
  const walked = await reader.store.walk(tip, stop);
  if (!walked.ok) throw faulty(walked.fault, head?.commit ?? null);
  return walked;
}

/**
 * Which commits are to be read. Only a checkpoint that leads to the tip through the verified head shortens the way:
 * that a checkpoint is lost, old or odd never weakens section 2.2.
 */
async function rangeOf(reader: Reader, tip: string, { from, head }: Start): Promise<Range> {
  if (from !== null && inForce(from.state).policy.protocol === PROTOCOL) {
    const near = await walk(reader, tip, from.head.commit, head);
    const at = from.head.commit === head?.commit && from.head.chain === head.chain;
    const through = head === null || at || near.oids.includes(head.commit);
    if (near.metStop && through) return { from, oids: near.oids };
  }
  const { oids } = await walk(reader, tip, null, head);
  if (head !== null && !oids.includes(head.commit)) {
    const root = oids[0] ?? tip;
    // A stranger is reported as one, though it lacks our head as well.
    for await (const commit of reader.store.commits([root], null)) await genesisOf(reader, commit);
    throw rewritten(reader.store, head, tip);
  }
  return { from: null, oids };
}

/** Section 2.3: the root's genesis; throws `stranger`. Its policy is judged only where this program understands it. */
async function genesisOf(reader: Reader, commit: StoredCommit): Promise<Authentic<GenesisEvent>> {
  const refuse = (why: string) => stranger(commit.oid, reader.anchor, why);
  const place: Place = { state: null, position: 0, parentChain: null, format: reader.store.format };
  const judged = await authenticate(commit, place, evidenceOf(reader));
  if (!judged.ok) throw refuse(judged.detail);
  const { read } = judged;
  if (!is(read, 'genesis')) throw refuse('it carries no genesis');
  if (read.id !== reader.anchor) throw refuse(`it carries the genesis of another ledger, ${read.id}`);
  const { policy } = read.event;
  const problems = policyProblems(policy, (armored) => reader.certificates.known(armored));
  const [problem] = policy.protocol === PROTOCOL ? problems : [];
  if (problem !== undefined)
    throw refuse(`its policy is not valid (${problem.path.join('.')}: ${problem.message})`);
  return read;
}

const NO_EFFECT: Effect = { void: null, changes: {} };

/**
 * Reads the branch from what is verified up to `tip`, as section 2 has it, and judges every commit by those before it.
 * Objects of the local store only; the clock is read once. `visit` sees what is read. Throws MpaError with the
 * fatal code that comes first in section 2.5; nothing is saved here.
 */
export async function readBranch(reader: Reader, tip: string, start: Start, visit?: Visit): Promise<Reading> {
  const range = await rangeOf(reader, tip, start);
  const foresight = range.oids.length < LONG ? undefined : reader.checker.foresight?.();
  const checker = foresight ?? reader.checker;
  return readRange({ ...reader, checker }, range, tip, start, visit, foresight);
}

async function readRange(
  reader: Reader,
  { from, oids }: Range,
  tip: string,
  start: Start,
  visit?: Visit,
  foresight?: Foresight,
): Promise<Reading> {
  const now = reader.clock.now();
  let state = from === null ? null : copyState(from.state);
  let head: Head | null = from?.head ?? null;
  let last: View['tip'] | null =
    from === null ? null : { ...linkOf(from.head), position: from.state.position };
  let above = start.head === null || start.head.commit === from?.head.commit;
  const inert: InertCommit[] = [];
  let done = 0;
  let anew = true;

  const stored = reader.store.commits(oids, from?.head.chain ?? null);
  const commits =
    foresight === undefined ? stored : readAhead(stored, foresight, reader.store.format, () => state);
  for await (const commit of commits) {
    const position: number = last === null ? 0 : last.position + 1;
    const parentChain: string | null = last?.chain ?? null;
    last = { commit: commit.oid, chain: commit.chain, position };
    done += 1;
    if (foresight !== undefined) reader.progress?.(done, oids.length, 'events');
    if (state === null) {
      const read = await genesisOf(reader, commit);
      refuseFuture(read, now);
      const { protocol } = read.event.policy;
      if (protocol !== PROTOCOL) throw notUnderstood(commit.oid, protocol, read.event.actor);
      state = newState(read, (armored) => reader.certificates.known(armored));
      head = { commit: commit.oid, chain: commit.chain, at: read.at };
      visit?.({ ...read, effect: NO_EFFECT });
    } else {
      const place = { state, position, parentChain, format: reader.store.format };
      const judged = await judge(reader, commit, place, (read) => refuseFuture(read, now));
      if (judged.ok) {
        const { read, effect } = judged;
        applyEffect(state, read, effect);
        head = { commit: commit.oid, chain: commit.chain, at: read.at };
        visit?.({ ...read, effect });
        const { protocol } = inForce(state).policy;
        if (protocol !== PROTOCOL)
          throw new BeyondProtocol(
            above ? head : null,
            notUnderstood(commit.oid, protocol, read.event.actor),
          );
      } else {
        const item = { commit: commit.oid, reason: judged.reason, detail: judged.detail };
        if (above) inert.push(item);
        visit?.(item);
      }
    }
    if (commit.oid === start.head?.commit) {
      // Same name, other bytes: two histories that SHA-1 cannot tell apart.
      if (commit.chain !== start.head.chain) throw rewritten(reader.store, start.head, tip);
      above = true;
    }
    // A checkpoint above the verified head would not be gone on from: only what leads through that head is.
    if ((start.head === null || !above) && head !== null && done % STAGE === 0) {
      const kept = await reader.passing?.({ state, head }, anew);
      if (kept === true) anew = false;
    }
  }
  if (state === null || head === null || last === null)
    throw new MpaError('bug', 'a branch without a root was read');
  return { state, head, tip: last, inert, oids };
}

function linkOf({ commit, chain }: Link): Link {
  return { commit, chain };
}

function refuseFuture(read: Authentic, now: number): void {
  if (read.at > now + CLOCK_SLACK) throw future(read, now, CLOCK_SLACK);
}
