import { readCommit } from '../core/commit.js';
import { MpaError } from '../core/errors.js';
import type { GenesisEvent } from '../core/events.js';
import type { CertificateReader, Clock, Progress, SignatureChecker, Store } from '../core/ports.js';
import { parseMessage } from '../core/schema.js';
import { realPause, type Pause } from './back-off.js';
import { faulty, missing, short } from './fatal.js';
import { openHome } from './home.js';
import type { View } from './ledger.js';
import { withLock } from './lock.js';
import { readBranch } from './read.js';

/** What reading a ledger takes whose anchor nobody has pinned yet. */
export interface Inspection {
  readonly store: Store;
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
  readonly clock: Clock;
  readonly progress?: Progress;
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
 * whoever pins it compares the anchor. Saves nothing. Errors: the fatal cases of section 2.5, those of Store.fetch.
 */
export async function inspect(parts: Inspection): Promise<Inspected> {
  const { store, clock } = parts;
  const tip = await store.fetch();
  if (tip === null) throw missing(store, null);
  const fetchedAt = clock.now();
  const walked = await store.walk(tip, null);
  if (!walked.ok) throw faulty(walked.fault);
  const { event, id } = await genesisAt(store, walked.oids[0] ?? tip);
  const {
    state,
    head,
    tip: last,
    inert,
  } = await readBranch({ ...parts, anchor: id }, tip, { from: null, head: null });
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
    await home.writeCheckpoint(view, Number.POSITIVE_INFINITY, true);
  });
}
