import { MpaError } from '../core/errors.js';
import { inForce, keysOf } from '../core/counting.js';
import type { Clock, Random, Signer, Store } from '../core/ports.js';
import { formatTime } from '../core/time.js';
import { delay, PATIENCE, type Pause } from './back-off.js';
import { faulty, notUnderstood } from './fatal.js';
import { seal, wellFormed, writeTrees } from './compose.js';
import type { Judges } from './judge.js';
import type { Appended, AppendOptions, Candidate, Drafter, View } from './ledger.js';
import { ownReading, refuseBadClock } from './own-reading.js';
import { Limits, mayHaveLanded, push, type Unconfirmed } from './push.js';
import { PROTOCOL } from './read.js';

/** Milliseconds more to wait after a refusal that left the branch where it was. */
const STOOD_STILL = 1000;

/** What a writer needs of the ledger that it writes to. */
export interface Desk extends Judges {
  readonly store: Store;
  readonly anchor: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly pause: Pause;
  /** Fetches and verifies, and has saved it. */
  refresh(): Promise<View>;
  /** Takes over a view whose tip the remote has just taken. */
  taken(view: View): Promise<void>;
}

interface Prepared {
  readonly candidate: Candidate;
  /** The ledger once the candidate has landed. */
  readonly after: View;
}

async function prepare(
  desk: Desk,
  view: View,
  actor: string,
  signer: Signer,
  drafter: Drafter,
): Promise<Prepared> {
  const now = desk.clock.now();
  const { policy } = inForce(view.state);
  if (policy.protocol !== PROTOCOL) throw notUnderstood(view.head.commit, policy.protocol);
  const { fingerprint } = signer;
  refuseBadClock(
    { actor, keys: keysOf(inForce(view.state), actor), fingerprint, now },
    view.state.greatestAt,
  );
  const { body, attachments } = await drafter(view, now);
  const common = {
    v: PROTOCOL,
    ledger: desk.anchor,
    prev: view.tip.chain,
    actor,
    at: formatTime(now),
    nonce: desk.random.nonce(),
  };
  const event = wellFormed({ ...body, ...common });
  if (event.type === 'genesis') throw new MpaError('bug', 'a genesis is not appended');
  const tree = await writeTrees(desk.store, attachments ?? []);
  const sealed = await seal(
    event,
    { policy, parent: view.tip.commit, tree, at: now },
    signer,
    desk.store.format,
  );
  const after = await ownReading(desk, view, sealed, fingerprint);
  await desk.store.writeCommit(sealed.bytes);
  return { candidate: { id: sealed.id, commit: sealed.oid, parent: view.tip.commit, event }, after };
}

/** The verified view after a push that was not confirmed. */
async function look(desk: Desk, outcome: Unconfirmed): Promise<View> {
  try {
    return await desk.refresh();
  } catch (error) {
    if (error instanceof MpaError && error.code === 'remote-unreachable')
      throw mayHaveLanded(outcome.words, error);
    throw error;
  }
}

/**
 * Writes one event onto the tip and pushes it, as sections 8.1 to 8.3 say. Every attempt starts from a verified view and
 * asks the drafter again. What was pushed and not confirmed is looked for; it is lost once another commit has its place
 * or its parent is gone, and only then is another event made and signed. While it could still land, it is pushed again
 * itself: two different commits for one event, or two claims for one use, never wait on the same tip.
 */
export async function append(
  desk: Desk,
  actor: string,
  signer: Signer,
  drafter: Drafter,
  options: AppendOptions,
): Promise<Appended> {
  const { patience, beforePush, onLost } = options;
  const limits = new Limits();
  let view = options.fresh ?? (await desk.refresh());
  let pending: Prepared | null = null;

  for (let attempt = 1; attempt <= PATIENCE[patience].attempts; attempt += 1) {
    if (pending === null) {
      pending = await prepare(desk, view, actor, signer, drafter);
      await beforePush?.(pending.candidate);
    } else {
      await drafter(view, desk.clock.now());
    }
    const { candidate, after } = pending;
    const outcome = await push(desk.store, candidate.parent, candidate.commit);
    if (outcome.kind === 'moved') {
      const now = { ...after, fetchedAt: desk.clock.now() };
      await desk.taken(now);
      return done(now, candidate);
    }
    await desk.pause(delay(patience, attempt, desk.random));
    const before = view;
    view = await look(desk, outcome);
    if (view.tip.commit === candidate.parent) {
      limits.stood(outcome);
      // Somebody slower may hold the server's lock on the branch.
      if (outcome.kind === 'refused') await desk.pause(STOOD_STILL);
    } else if (await holds(desk.store, view, before, candidate)) {
      return done(view, candidate);
    } else {
      limits.moved();
      pending = null;
      await onLost?.(candidate);
    }
  }
  throw new MpaError('remote-busy', 'others kept writing to the ledger first', {
    hint: 'Try again in a minute.',
  });
}

function done(view: View, { id, commit, event }: Candidate): Appended {
  return { view, id, commit, event };
}

/** Whether the verified branch holds our candidate, made when `before` was the newest view: above that view's head, if at all. */
async function holds(store: Store, view: View, before: View, { commit }: Candidate): Promise<boolean> {
  if (view.tip.commit === before.head.commit) return false;
  const walked = await store.walk(view.tip.commit, before.head.commit);
  if (!walked.ok) throw faulty(walked.fault);
  return walked.oids.includes(commit);
}
