import { isPolicyRequest } from '../core/events.js';
import { isAtRest } from '../core/rest.js';
import type { LedgerState, PolicyRecord, RequestRecord } from '../core/state.js';
import { Archive, archiveOf, policyEntry, requestEntries } from './archive.js';

/** Requests at rest that a checkpoint may hold: with more, they all go into the archive. */
const AT_REST = 64;

/** What a checkpoint holds of a state, and where the rest is. */
export interface Shelved {
  readonly requests: readonly RequestRecord[];
  readonly policies: readonly PolicyRecord[];
  readonly archive: Archive | null;
}

/** The policies that these requests are judged by. */
function namedBy(requests: readonly RequestRecord[]): Set<string> {
  return new Set(
    requests.flatMap(({ event, writtenPolicy }) =>
      isPolicyRequest(event) ? [writtenPolicy, event.action.base] : [writtenPolicy],
    ),
  );
}

/**
 * Decides what is at hand in a checkpoint and what goes into the archive. States never let go of what they hold, so this remembers, for the
 * states of one process that come of one another, which records have gone already.
 */
export class Shelving {
  readonly #folder: string;
  readonly #damaged: () => void;
  readonly #atRest: number;
  /** The archive that the states of this process look things up in, and what it has been extended to since. */
  #base: Archive | null = null;
  #newest: Archive | null = null;
  /** Records that the newest archive holds, as they are: no record ever changes. */
  #gone = new WeakSet<RequestRecord | PolicyRecord>();

  /** `folder`: where archives are, absolute. `damaged`: see Archive.open. `atRest`: requests at rest that a checkpoint may hold. */
  constructor(folder: string, damaged: () => void, atRest = AT_REST) {
    this.#folder = folder;
    this.#damaged = damaged;
    this.#atRest = atRest;
  }

  /** The archive that the next checkpoint of this state would extend. `anew`: the state was read from the root. */
  base({ requests }: LedgerState, anew: boolean): Archive | null {
    const base = archiveOf(requests);
    if (anew || base !== this.#base) {
      this.#base = base;
      this.#newest = base;
      this.#gone = new WeakSet();
    }
    return this.#newest;
  }

  /** What the checkpoint of a state holds; whatever is due is written into the archive before. Call `base` first. Errors: `disk`. */
  async shelve(state: LedgerState, prepare: () => Promise<void>): Promise<Shelved> {
    const requests = [...state.requests.hot.values()].filter((record) => !this.#gone.has(record));
    const policies = [...state.policies.hot.values()].filter((record) => !this.#gone.has(record));
    const over = requests.filter((record) => isAtRest(state, record));
    if (over.length <= this.#atRest) return { requests, policies, archive: this.#newest };

    const going = new Set<RequestRecord | PolicyRecord>(over);
    const live = requests.filter((record) => !going.has(record));
    const named = namedBy(live).add(state.current);
    const superseded = policies.filter(({ id }) => !named.has(id));
    for (const record of superseded) going.add(record);
    const added = [...over.flatMap(requestEntries), ...superseded.map(policyEntry)];
    await prepare();
    this.#newest = await Archive.extended(this.#newest, added, this.#folder, this.#damaged);
    for (const record of going) this.#gone.add(record);
    return {
      requests: live,
      policies: policies.filter((record) => !going.has(record)),
      archive: this.#newest,
    };
  }
}
