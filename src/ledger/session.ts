import { MpaError } from '../core/errors.js';
import { realPause, type Pause } from './back-off.js';
import type { Verified } from './checkpoint.js';
import { faulty, missing, nothingHere } from './fatal.js';
import { openHome, type HeadRecord, type Home } from './home.js';
import { Keeper } from './keeper.js';
import type { ReadEvent, View } from './ledger.js';
import type { LedgerParts } from './open.js';
import { ArchiveDamaged } from './segment.js';
import { BeyondProtocol, LONG, readBranch, type Reading, type Visit } from './read.js';

/** How one reading is made: when the remote was looked at for it, whether it must be remembered, and who sees it from the root. */
interface Manner {
  readonly fetchedAt: number | null;
  readonly strict: boolean;
  readonly visit?: Visit | undefined;
}

/** A joined ledger with what this process knows of it. */
export class Session {
  readonly pause: Pause;
  readonly #parts: LedgerParts;
  readonly #home: Home;
  readonly #keeper: Keeper;
  #known: Verified | null = null;
  #last: View | null = null;
  /** What is kept beside the checkpoint was found damaged. */
  #distrusted = false;
  /** Inert commits that a notice has told of. */
  #told = 0;

  constructor(parts: LedgerParts) {
    const { store, folder, anchor, program } = parts;
    this.#parts = parts;
    this.pause = parts.pause ?? realPause;
    this.#home = openHome(folder, anchor, program, store.remote);
    const notice = (line: string): void => parts.notice(line);
    this.#keeper = new Keeper({ home: this.#home, store, pause: this.pause, notice });
  }

  /** Reads what is here. `visit`: from the root, without the checkpoint. */
  async local(visit?: Visit): Promise<View> {
    const record = await this.#home.head();
    return this.#read(await this.#tip(record), record, { fetchedAt: null, strict: false, visit });
  }

  /** When the branch was fetched last; null: never. */
  async fetchedAt(): Promise<number | null> {
    return (await this.#home.head())?.fetchedAt ?? null;
  }

  /** Fetches and reads. `strict`: fails where the head cannot be saved. */
  async refresh(strict: boolean): Promise<View> {
    // Before the fetch: what another process pushes and records during it must not make this branch look rewound.
    const record = await this.#home.head();
    const { store, clock } = this.#parts;
    const tip = await store.fetch();
    if (tip === null) throw missing(store, record?.commit ?? null);
    const view = await this.#read(tip, record, { fetchedAt: clock.now(), strict });
    const junk = view.inert.length;
    // Section 5: reported by the command that meets it, once.
    if (junk > 0 && junk !== this.#told) {
      this.#parts.notice(`Commits without effect at the end of the branch: ${junk}. See them: mpa audit`);
      this.#told = junk;
    }
    return view;
  }

  /** Whether the remote shows another tip than was read last. */
  async moved(): Promise<boolean> {
    return this.#last === null || (await this.#parts.store.peek()) !== this.#last.tip.commit;
  }

  /** The view that this process read or wrote last; null: none yet. */
  last(): View | null {
    return this.#last;
  }

  /** Our own push moved the branch: nothing that fails here may look as if it had not. */
  async taken(view: View): Promise<void> {
    const { state, head, fetchedAt } = view;
    this.#known = { state, head };
    this.#last = view;
    try {
      await this.#keeper.save({ head, state, oids: null, fetchedAt }, await this.#home.head(), true);
    } catch (error) {
      if (!(error instanceof MpaError)) throw error;
      this.#keeper.missed(head, `It was written, but what was verified could not be saved: ${error.message}`);
    }
  }

  /** Section 2.6: moves to a branch that lacks what was verified, by its newest authentic commit, typed in full. */
  async accept(head: string): Promise<View> {
    const { store } = this.#parts;
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(head))
      throw new MpaError('full-id-needed', 'a new head is accepted by its full commit id only');
    const record = await this.#home.head();
    const tip = await store.tip();
    if (tip === null) throw nothingHere(store.remote);
    const reading = await readBranch(this.#parts, tip, { from: null, head: null });
    if (reading.head.commit !== head) {
      const message = `the newest authentic commit of the branch is ${reading.head.commit}, not ${head}`;
      const hint = 'Look at what would vanish, then type that commit in full.';
      throw new MpaError('unknown-id', message, { hint });
    }
    await this.#keeper.replace(reading, record);
    this.#known = { state: reading.state, head: reading.head };
    return this.#view(reading, record?.fetchedAt ?? null);
  }

  /** The events that the verified branch holds and the newest fetched one does not. */
  async vanishing(): Promise<readonly ReadEvent[]> {
    const { store } = this.#parts;
    const record = await this.#home.head();
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
      await readBranch(this.#parts, record.commit, { from: null, head: null }, visit);
    } catch (error) {
      if (!(error instanceof BeyondProtocol)) throw error;
    }
    return gone;
  }

  /** Reads up to `tip` and has it remembered. `record` was read before the tip was. */
  async #read(tip: string, record: HeadRecord | null, { fetchedAt, strict, visit }: Manner): Promise<View> {
    const from = visit === undefined ? await this.#from(record) : null;
    let reading: Reading;
    try {
      // Who wants to see all of it reads from the root each time.
      const reader = visit === undefined ? { ...this.#parts, passing: this.#passing } : this.#parts;
      reading = await readBranch(reader, tip, { from, head: this.#keeper.unsaved ?? record }, visit);
    } catch (error) {
      if (error instanceof ArchiveDamaged && from !== null) {
        this.#parts.notice(`The ledger is read from its root again: ${error.message}.`);
        this.#known = null;
        this.#distrusted = true;
        return this.#read(tip, record, { fetchedAt, strict });
      }
      if (error instanceof BeyondProtocol && error.head !== null)
        await this.#keeper.save({ head: error.head, state: null, oids: null, fetchedAt }, record, strict);
      throw error;
    }
    const { head, state, oids } = reading;
    const rebuilt = visit === undefined && (from === null || oids.length >= LONG);
    await this.#keeper.save({ head, state, oids, fetchedAt, rebuilt }, record, strict);
    this.#known = { state, head };
    return this.#view(reading, fetchedAt ?? record?.fetchedAt ?? null);
  }

  /** How a reading keeps how far it has come: the next one, after an interruption, goes on there. */
  readonly #passing = (verified: Verified, anew: boolean): Promise<boolean> =>
    this.#keeper.pass(verified, anew);

  #view({ state, head, tip, inert }: Reading, fetchedAt: number | null): View {
    this.#last = { anchor: this.#parts.anchor, state, head, tip, inert, fetchedAt };
    return this.#last;
  }

  async #from(record: HeadRecord | null): Promise<Verified | null> {
    if (this.#known !== null) return this.#known;
    if (record === null || this.#distrusted) return null;
    const { verified, why } = await this.#home.checkpoint();
    if (why !== null)
      this.#parts.notice(`The ledger is read from its root again: the checkpoint is not used, ${why}.`);
    return verified;
  }

  /** The newest tip that is here. A fetch that began before our last push may have put an older one back: never less than the head. */
  async #tip(record: HeadRecord | null): Promise<string> {
    const { store } = this.#parts;
    const tip = await store.tip();
    if (tip === null) throw nothingHere(store.remote);
    if (record === null || tip === record.commit) return tip;
    const met = await store.walk(tip, record.commit);
    if (!met.ok || met.metStop) return tip;
    const behind = await store.walk(record.commit, tip);
    return behind.ok && behind.metStop ? record.commit : tip;
  }
}
