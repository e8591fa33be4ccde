import { readCommit } from '../core/commit.js';
import { MpaError } from '../core/errors.js';
import type { GenesisEvent } from '../core/events.js';
import type { CertificateReader, Clock, Progress, SignatureChecker, Store } from '../core/ports.js';
import { parseMessage } from '../core/schema.js';
import { realPause, type Pause } from './back-off.js';
import { faulty, missing, short } from './fatal.js';
import type { Verified } from './checkpoint.js';
import { openHome, type Home } from './home.js';
import type { View } from './ledger.js';
import { withLock } from './lock.js';
import { readBranch, STAGE, type Reading } from './read.js';
import { ArchiveDamaged } from './segment.js';

/** What reading a ledger takes whose anchor nobody has pinned yet. */
export interface Inspection {
  readonly store: Store;
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
  readonly clock: Clock;
  readonly progress?: Progress;
  /** Where an interrupted verification went on, and where this one may. */
  readonly stage?: Stage;
}

/** How far a verification has come that pins nothing yet. */
export interface Stage {
  /**
   * What was verified of the ledger of this anchor before an interruption, if the branch, whose commits are `oids`, still holds it; else
   * null. Errors: `unsafe-permissions`.
   */
  from(anchor: string, oids: readonly string[]): Promise<Verified | null>;
  /** Keeps how far it has come; where that cannot be written, the next verification begins again, and no more. As Reader.passing. */
  passing(anchor: string, verified: Verified, anew: boolean): Promise<boolean>;
}

/** Keeps stages in a state folder without a head, made with the first of them. `met`: told of what was found there, and whether it is gone on from. */
export function stageIn(
  folder: string,
  { program, remote }: { readonly program: string; readonly remote: string },
  met: (verified: Verified, there: boolean) => void,
): Stage {
  const homes = new Map<string, Home>();
  const homeOf = (anchor: string): Home => {
    const home = homes.get(anchor) ?? openHome(folder, anchor, program, remote);
    homes.set(anchor, home);
    return home;
  };
  return {
    from: async (anchor, oids) => {
      const home = homeOf(anchor);
      // Nothing that others could write is gone on from.
      await home.head();
      const { verified } = await home.checkpoint();
      if (verified === null) return null;
      const there = oids.includes(verified.head.commit);
      met(verified, there);
      return there ? verified : null;
    },
    passing: async (anchor, verified, anew) => {
      try {
        await homeOf(anchor).writeCheckpoint(verified, Number.POSITIVE_INFINITY, anew);
        return true;
      } catch (error) {
        if (!(error instanceof MpaError)) throw error;
        return false;
      }
    },
  };
}

/** A whole ledger, verified under the anchor that its own root carries: for a person to compare before it is pinned. */
export interface Inspected extends View {
  readonly genesis: GenesisEvent;
}

async function genesisAt(store: Store, root: string): Promise<{ event: GenesisEvent; id: string }> {
  for await (const { bytes } of store.commits([root], null)) {
    const form = bytes === null ? null : readCommit(bytes, store.format);
    const message = form?.ok === true ? parseMessage(form.parts.message) : null;
    if (message?.ok === true && message.event.type === 'genesis')
      return { event: message.event, id: message.id };
  }
  throw new MpaError(
    'stranger',
    `the branch at ${store.remote} is no ledger: its root ${short(root)} carries no genesis`,
    {
      hint: 'Check the address with whoever invited you.',
    },
  );
}

/**
 * Fetches a ledger and verifies all of it under the anchor in its own root, which says nothing yet of whose ledger it is:
 * whoever pins it compares the anchor. Saves nothing but stages of a long verification. Errors: the fatal cases of section 2.5, those of Store.fetch.
 */
export async function inspect(parts: Inspection): Promise<Inspected> {
  const { store, clock } = parts;
  const tip = await store.fetch();
  if (tip === null) throw missing(store, null);
  const fetchedAt = clock.now();
  const walked = await store.walk(tip, null);
  if (!walked.ok) throw faulty(walked.fault);
  const { event, id } = await genesisAt(store, walked.oids[0] ?? tip);
  const { stage, ...judges } = parts;
  let kept = false;
  const passing = stage && {
    passing: async (verified: Verified, anew: boolean) => {
      const done = await stage.passing(id, verified, anew);
      kept = done || (kept && !anew);
      return done;
    },
  };
  const read = (from: Verified | null): Promise<Reading> =>
    readBranch({ ...judges, ...passing, anchor: id }, tip, { from, head: null });
  const from = (await stage?.from(id, walked.oids)) ?? null;
  const {
    state,
    head,
    tip: last,
    inert,
  } = await read(from).catch((error: unknown) => {
    if (error instanceof ArchiveDamaged) return read(null);
    throw error;
  });
  // Whoever has to ask a founder for the anchor first finds all of it the next time.
  if (walked.oids.length > STAGE) await stage?.passing(id, { state, head }, !kept);
  return { anchor: id, state, head, tip: last, inert, fetchedAt, genesis: event };
}

/** Whether the branch that `view` verified holds `commit` (a full name): what `join --head` and `audit --head` ask. Section 11. */
export async function holdsCommit(store: Store, view: Pick<View, 'tip'>, commit: string): Promise<boolean> {
  const walked = await store.walk(view.tip.commit, commit);
  if (!walked.ok) throw faulty(walked.fault);
  return walked.metStop;
}

/**
 * Makes a verified view the head that this machine remembers, where it remembers none: after this, the ledger of
 * `view.anchor` is pinned in `folder`. A head that is there already stays. Errors: `foreign-state`, `disk`, `locked`, `bad-config`.
 */
export async function pin(
  store: Pick<Store, 'keep' | 'remote'>,
  view: View,
  folder: string,
  program: string,
  pause: Pause = realPause,
): Promise<void> {
  const home = openHome(folder, view.anchor, program, store.remote);
  await withLock(home.lock, pause, async () => {
    if ((await home.head()) !== null) return;
    await store.keep(view.head.commit);
    await home.writeHead(view.head, view.fetchedAt);
    try {
      await home.writeCheckpoint(view, Number.POSITIVE_INFINITY, true);
    } catch (error) {
      // What an interrupted verification left has rotted since: that costs time only.
      if (!(error instanceof ArchiveDamaged)) throw error;
    }
  });
}
