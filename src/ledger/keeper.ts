import { MpaError } from '../core/errors.js';
import type { Store } from '../core/ports.js';
import type { Pause } from './back-off.js';
import type { Verified } from './checkpoint.js';
import { rewritten } from './fatal.js';
import type { HeadRecord, Home } from './home.js';
import type { Head } from './ledger.js';
import { tryLock, withLock } from './lock.js';

/** A head to be remembered, and how it was reached. */
export interface Move {
  readonly head: Head;
  /** The state at the head, for a checkpoint; null: none is to be made of it. */
  readonly state: Verified['state'] | null;
  /** Commits read on the way, oldest first; null: the head was reached by one push of ours. */
  readonly oids: readonly string[] | null;
  /** When the remote was looked at for it, seconds; null: it was not. */
  readonly fetchedAt: number | null;
  /** There was no checkpoint to use, or an old one: one is due though the head be the same. */
  readonly rebuilt?: boolean;
}

/** What a keeper is made of. `notice`: talk for people. */
export interface KeeperParts {
  readonly home: Home;
  readonly store: Pick<Store, 'walk' | 'keep' | 'repush'>;
  readonly pause: Pause;
  notice(line: string): void;
}

/** Moves the verified head that this machine remembers: under a lock, and never back. */
export class Keeper {
  readonly #parts: KeeperParts;
  #unsaved: Head | null = null;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** A verified head that could not be saved: this process at least holds the branch to it. */
  get unsaved(): Head | null {
    return this.#unsaved;
  }

  /**
   * Remembers a head. `record` is what was remembered when its reading began. `strict`: a writer must be able to remember; a
   * reader whose home cannot be written, or is locked for long, is told and goes on. Errors: `rewritten` where another
   * process has verified what our branch lacks; with `strict`: `disk`, `locked`.
   */
  async save(move: Move, record: HeadRecord | null, strict: boolean): Promise<void> {
    const looked = move.fetchedAt === null || move.fetchedAt === record?.fetchedAt;
    if (record?.commit === move.head.commit && looked && move.rebuilt !== true) return;
    try {
      await this.#locked(() => this.#forward(move, record));
      this.#unsaved = null;
    } catch (error) {
      const soft = error instanceof MpaError && (error.code === 'disk' || error.code === 'locked');
      if (strict || !soft) throw error;
      this.missed(move.head, `What was verified could not be saved: ${error.message}`);
    }
  }

  /** Notes that a verified head could not be saved, and says so. */
  missed(head: Head, line: string): void {
    this.#unsaved = head;
    this.#parts.notice(line);
  }

  /**
   * Keeps how far a long reading has come; the head stays. `anew`: no stage of it was kept yet. Whether it was. Where that cannot be written, or another process is
   * writing, an interrupted reading begins further back, and no more.
   */
  async pass(verified: Verified, anew: boolean): Promise<boolean> {
    const { home } = this.#parts;
    try {
      const lock = await tryLock(home.lock);
      if (lock === null) return false;
      try {
        await home.writeCheckpoint(verified, Number.POSITIVE_INFINITY, anew);
        return true;
      } finally {
        await lock.release();
      }
    } catch (error) {
      if (!(error instanceof MpaError)) throw error;
      return false;
    }
  }

  /** Section 2.6: remembers a head that a person typed, whatever stood there. Errors: `locked`, `disk`. */
  async replace(verified: Verified, record: HeadRecord | null): Promise<void> {
    const { home, store } = this.#parts;
    await this.#locked(async () => {
      if ((await home.head())?.commit !== record?.commit) {
        const hint = 'Look again at what would vanish, then try again.';
        throw new MpaError('locked', 'another process has moved the head meanwhile', { hint });
      }
      await store.keep(verified.head.commit);
      await home.writeHead(verified.head, record?.fetchedAt ?? null);
      await home.writeCheckpoint(verified, Number.POSITIVE_INFINITY, true);
    });
    this.#unsaved = null;
  }

  #locked(work: () => Promise<void>): Promise<void> {
    return withLock(this.#parts.home.lock, this.#parts.pause, work);
  }

  async #forward({ head, state, oids, ...move }: Move, record: HeadRecord | null): Promise<void> {
    const { home, store } = this.#parts;
    const now = await home.head();
    const fetchedAt = move.fetchedAt ?? now?.fetchedAt ?? null;
    if (now !== null && now.commit !== record?.commit && !(await this.#reaches(now, head, oids))) {
      await home.writeHead(now, fetchedAt);
      return;
    }
    const moved = now?.commit !== head.commit;
    if (moved) await store.keep(head.commit);
    if (moved || now.fetchedAt !== fetchedAt) await home.writeHead(head, fetchedAt);
    if (state !== null && (moved || move.rebuilt === true))
      await home.writeCheckpoint({ state, head }, oids?.length ?? 1, move.rebuilt === true);
  }

  /** Whether our head lies at or above what another process has made of the record meanwhile; false: below it. */
  async #reaches(now: HeadRecord, head: Head, oids: readonly string[] | null): Promise<boolean> {
    if (now.commit === head.commit || oids?.includes(now.commit) === true) return true;
    const { store } = this.#parts;
    const below = await store.walk(now.commit, head.commit);
    if (below.ok && below.metStop) return false;
    const above = oids === null ? await store.walk(head.commit, now.commit) : null;
    if (above?.ok === true && above.metStop) return true;
    throw rewritten(store, now, head.commit);
  }
}
