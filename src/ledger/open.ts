import { MpaError } from '../core/errors.js';
import type { CertificateReader, Clock, Random, SignatureChecker, Store } from '../core/ports.js';
import { append, type Desk } from './append.js';
import { realPause, type Pause } from './back-off.js';
import type { Verified } from './checkpoint.js';
import { faulty, missing, nothingHere, rewritten } from './fatal.js';
import { openHome, type Home, type HeadRecord } from './home.js';
import type { Head, Ledger, ReadEvent, View } from './ledger.js';
import { withLock } from './lock.js';
import { BeyondProtocol, readBranch, type Reader, type Reading, type Visit } from './read.js';

/** What a joined ledger is made of. */
export interface LedgerParts {
  readonly store: Store;
  /** The pinned anchor, in full. */
  readonly anchor: string;
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
  readonly clock: Clock;
  readonly random: Random;
  /** This ledger's state folder, absolute; made at the first save. */
  readonly folder: string;
  /** Name and version of this program: a checkpoint that another one made is not used. */
  readonly program: string;
  /** Talk for people: one line, escaped by the printer. */
  notice(line: string): void;
  /** Waits; the real thing where absent. */
  readonly pause?: Pause;
}

/** A joined ledger with what this process knows of it. */
class Session {
  readonly parts: LedgerParts;
  readonly home: Home;
  readonly pause: Pause;
  #known: Verified | null = null;
  /** A verified head that could not be saved: this process at least holds the branch to it. */
  #unsaved: Head | null = null;

  constructor(parts: LedgerParts) {
    this.parts = parts;
    this.home = openHome(parts.folder, parts.anchor, parts.program);
    this.pause = parts.pause ?? realPause;
  }

  get reader(): Reader {
    return this.parts;
  }

  async #from(record: HeadRecord | null): Promise<Verified | null> {
    if (this.#known !== null) return this.#known;
    if (record === null) return null;
    const { verified, why } = await this.home.checkpoint();
    if (why !== null)
      this.parts.notice(`The ledger is read from its root again: the checkpoint is not used, ${why}.`);
    return verified;
  }

  /** Reads up to `tip` from what is verified (`whole`: from the root) and has it saved. `record` was read before the tip was. */
  async read(
    tip: string,
    record: HeadRecord | null,
    options: { readonly fetchedAt: number | null; readonly strict: boolean; readonly visit?: Visit },
  ): Promise<View> {
    const { fetchedAt, strict, visit } = options;
    const from = visit === undefined ? await this.#from(record) : null;
    let reading: Reading;
    try {
      reading = await readBranch(this.reader, tip, { from, head: this.#unsaved ?? record }, visit);
    } catch (error) {
      if (error instanceof BeyondProtocol && error.head !== null) {
        await this.#save({ head: error.head, oids: null, state: null }, record, fetchedAt, strict);
      }
      throw error;
    }
    await this.#save(reading, record, fetchedAt, strict);
    this.#known = { state: reading.state, head: reading.head };
    return this.#view(reading, fetchedAt ?? record?.fetchedAt ?? null);
  }

  #view({ state, head, tip, inert }: Reading, fetchedAt: number | null): View {
    return { anchor: this.parts.anchor, state, head, tip, inert, fetchedAt };
  }

  /**
   * Moves the head that this machine remembers, and never back. `strict`: a writer must be able to remember; a reader with
   * a home that it cannot write in verifies all the same.
   */
  async #save(
    next: {
      readonly head: Reading['head'];
      readonly oids: readonly string[] | null;
      readonly state: Reading['state'] | null;
    },
    record: HeadRecord | null,
    fetchedAt: number | null,
    strict: boolean,
  ): Promise<void> {
    const looked = fetchedAt ?? record?.fetchedAt ?? null;
    if (record?.commit === next.head.commit && record.fetchedAt === looked) return;
    try {
      await withLock(this.home.lock, this.pause, async () => {
        const now = await this.home.head();
        if (now !== null && now.commit !== record?.commit && !(await this.#leadsOn(now, next))) {
          // Another process has verified more meanwhile.
          await this.home.writeHead(now, looked ?? now.fetchedAt);
          return;
        }
        const moved = now?.commit !== next.head.commit;
        if (moved) await this.parts.store.keep(next.head.commit);
        await this.home.writeHead(next.head, looked);
        if (moved && next.state !== null)
          await this.home.writeCheckpoint({ state: next.state, head: next.head }, next.oids?.length ?? 1);
      });
      this.#unsaved = null;
    } catch (error) {
      const soft = error instanceof MpaError && (error.code === 'disk' || error.code === 'locked');
      if (strict || !soft) throw error;
      this.#unsaved = next.head;
      this.parts.notice(`What was verified could not be saved: ${error.message}`);
    }
  }

  /** Whether our new head lies at or above what another process has made of the record; false: below. Neither: `rewritten`. */
  async #leadsOn(
    now: HeadRecord,
    { head, oids }: { readonly head: Reading['head']; readonly oids: readonly string[] | null },
  ): Promise<boolean> {
    if (now.commit === head.commit || oids?.includes(now.commit) === true) return true;
    const { store } = this.parts;
    const below = await store.walk(now.commit, head.commit);
    if (below.ok && below.metStop) return false;
    const above = oids === null ? await store.walk(head.commit, now.commit) : null;
    if (above?.ok === true && above.metStop) return true;
    throw rewritten(now, head.commit);
  }

  /** The newest tip that is here. A fetch that began before our last push may have put the older one back: never less than the head. */
  async #tip(record: HeadRecord | null): Promise<string> {
    const { store } = this.parts;
    const tip = await store.tip();
    if (tip === null) throw nothingHere(store.remote);
    if (record === null || tip === record.commit) return tip;
    const met = await store.walk(tip, record.commit);
    if (!met.ok || met.metStop) return tip;
    const behind = await store.walk(record.commit, tip);
    return behind.ok && behind.metStop ? record.commit : tip;
  }

  async local(visit?: Visit): Promise<View> {
    const record = await this.home.head();
    const tip = await this.#tip(record);
    return this.read(tip, record, {
      fetchedAt: null,
      strict: false,
      ...(visit === undefined ? {} : { visit }),
    });
  }

  async refresh(strict: boolean): Promise<View> {
    // Before the fetch: what another process pushes and records during it must not make this branch look rewound.
    const record = await this.home.head();
    const { store, clock } = this.parts;
    const tip = await store.fetch();
    if (tip === null) throw missing(store.remote, record?.commit ?? null);
    return this.read(tip, record, { fetchedAt: clock.now(), strict });
  }

  /** Our own push moved the branch: nothing that fails here may look as if it had not. */
  async taken(view: View): Promise<void> {
    this.#known = { state: view.state, head: view.head };
    try {
      const record = await this.home.head();
      await this.#save({ head: view.head, oids: null, state: view.state }, record, view.fetchedAt, false);
    } catch (error) {
      if (!(error instanceof MpaError)) throw error;
      this.#unsaved = view.head;
      this.parts.notice(`It was written, but what was verified could not be saved: ${error.message}`);
    }
  }

  async accept(head: string): Promise<View> {
    const { store } = this.parts;
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(head))
      throw new MpaError('full-id-needed', 'a new head is accepted by its full commit id only');
    const record = await this.home.head();
    const tip = await store.tip();
    if (tip === null) throw nothingHere(store.remote);
    const reading = await readBranch(this.reader, tip, { from: null, head: null });
    if (reading.head.commit !== head) {
      throw new MpaError(
        'unknown-id',
        `the newest authentic commit of the branch is ${reading.head.commit}`,
        {
          hint: 'Look at what would vanish, then type that id in full.',
        },
      );
    }
    await withLock(this.home.lock, this.pause, async () => {
      const now = await this.home.head();
      if (now?.commit !== record?.commit)
        throw new MpaError('locked', 'another process has moved the head meanwhile', {
          hint: 'Look again, then try again.',
        });
      await store.keep(head);
      await this.home.writeHead(reading.head, record?.fetchedAt ?? null);
      await this.home.writeCheckpoint(reading, Number.POSITIVE_INFINITY);
    });
    this.#known = { state: reading.state, head: reading.head };
    return this.#view(reading, record?.fetchedAt ?? null);
  }

  async vanishing(): Promise<readonly ReadEvent[]> {
    const { store } = this.parts;
    const record = await this.home.head();
    const tip = await store.tip();
    if (record === null || tip === null) return [];
    const there = await store.walk(tip, null);
    if (!there.ok) throw faulty(there.fault);
    const kept = new Set(there.oids);
    const gone: ReadEvent[] = [];
    const visit: Visit = (item) => {
      if ('event' in item && !kept.has(item.commit)) gone.push(item);
    };
    try {
      await readBranch(this.reader, record.commit, { from: null, head: null }, visit);
    } catch (error) {
      if (!(error instanceof BeyondProtocol)) throw error;
    }
    return gone;
  }
}

/** Opens a joined ledger. Nothing is read or written before its first use. Sections 2 and 8. */
export function openLedger(parts: LedgerParts): Ledger {
  const session = new Session(parts);
  const desk: Desk = {
    store: parts.store,
    anchor: parts.anchor,
    checker: parts.checker,
    certificates: parts.certificates,
    clock: parts.clock,
    random: parts.random,
    pause: session.pause,
    refresh: () => session.refresh(true),
    taken: (view) => session.taken(view),
  };
  return {
    anchor: parts.anchor,
    view: () => session.local(),
    refresh: () => session.refresh(false),
    append: (actor, signer, drafter, options) => append(desk, actor, signer, drafter, options),
    every: (visit) => session.local(visit),
    accept: (head) => session.accept(head),
    vanishing: () => session.vanishing(),
  };
}
