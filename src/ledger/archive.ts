import { createHash } from 'node:crypto';
import type { Old } from '../core/book.js';
import { labelsOf, type OldRequests } from '../core/requests.js';
import type { PolicyRecord, RequestRecord } from '../core/state.js';
import { barePolicyRecord, bareRequest } from './bare.js';
import { diskError } from './durable.js';
import { merged, Segment, writeSegment, type Entry, type SegmentRef } from './segment.js';

/*
 * What is over, beside the checkpoint: requests at rest, their runs, superseded policies. Keys are a letter and an id: `q` a request, `r` a run
 * (its text is the request's id), `p` a policy; and `l`, a label and a position, under which the newest request comes first.
 */

/** A segment is written together with the next older one that has less than so many times its entries. */
const GROWTH = 3;
/** Above every position. */
const END = 2 ** 48;

function labelKey(label: string, position: number): string {
  const name = createHash('sha256').update(label).digest('hex').slice(0, 32);
  const left = Math.max(0, END - position);
  return `l${name}${left.toString(16).padStart(12, '0')}`;
}

/** An entry whose text is made when it is written. */
export interface Lazy {
  readonly key: string;
  readonly text: () => string;
}

/** Everything under which a request is looked up. */
export function requestEntries(record: RequestRecord): Lazy[] {
  const id = (): string => record.id;
  return [
    { key: `q${record.id}`, text: () => JSON.stringify(record) },
    ...record.runs.map((run) => ({ key: `r${run.id}`, text: id })),
    ...[...new Set(labelsOf(record))].map((label) => ({ key: labelKey(label, record.position), text: id })),
  ];
}

export function policyEntry(record: PolicyRecord): Lazy {
  return { key: `p${record.id}`, text: () => JSON.stringify(record) };
}

/** Looks things of one kind up. What somebody still holds is not read again. */
class Shelf<T extends object> implements Old<T> {
  readonly #archive: Archive;
  readonly #letter: string;
  readonly #read: (text: string) => T;
  readonly #held = new Map<string, WeakRef<T>>();

  constructor(archive: Archive, letter: string, read: (text: string) => T) {
    this.#archive = archive;
    this.#letter = letter;
    this.#read = read;
  }

  get(id: string): T | undefined {
    const known = this.#held.get(id)?.deref();
    if (known !== undefined) return known;
    const text = this.#archive.text(this.#letter + id);
    if (text === undefined) return undefined;
    const value = this.#read(text);
    this.#held.set(id, new WeakRef(value));
    return value;
  }

  *ids(prefix: string): IterableIterator<string> {
    yield* this.#archive.ids(this.#letter, prefix);
  }
}

class RequestShelf extends Shelf<RequestRecord> implements OldRequests {
  readonly archive: Archive;

  constructor(archive: Archive) {
    super(archive, 'q', (text) => bareRequest(JSON.parse(text) as RequestRecord));
    this.archive = archive;
  }

  *under(label: string, position: number): IterableIterator<RequestRecord> {
    const start = labelKey(label, Number.isFinite(position) ? position - 1 : END);
    for (const [, id] of this.archive.under(start.slice(0, 33), start)) {
      const found = this.get(id);
      if (found !== undefined) yield found;
    }
  }
}

/** An archive as it is at one time; extended, it is another. Every look-up may throw ArchiveDamaged. */
export class Archive {
  /** The newest first. */
  readonly refs: readonly SegmentRef[];
  readonly requests: OldRequests;
  readonly policies: Old<PolicyRecord>;
  readonly runs: Old<string>;
  readonly #segments: readonly Segment[];

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
    this.refs = segments.map(({ ref }) => ref);
    this.requests = new RequestShelf(this);
    this.policies = new Shelf(this, 'p', (text) => barePolicyRecord(JSON.parse(text) as PolicyRecord));
    this.runs = {
      get: (id) => this.text(`r${id}`),
      ids: (prefix) => this.ids('r', prefix),
    };
  }

  /** Opens the segments that a checkpoint names. `damaged` is told before a look-up fails. Throws ArchiveDamaged and the system's errors. */
  static open(folder: string, refs: readonly SegmentRef[], damaged: () => void): Archive {
    return new Archive(refs.map((ref) => new Segment(folder, ref, damaged)));
  }

  /** The newest text of a key. */
  text(key: string): string | undefined {
    for (const segment of this.#segments) {
      const text = segment.get(key);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /** The ids of one letter that begin with `prefix`. */
  *ids(letter: string, prefix: string): IterableIterator<string> {
    for (const [key] of this.under(letter + prefix)) yield key.slice(1);
  }

  /** The entries whose keys begin with `prefix`, ascending, from `start` on. */
  *under(prefix: string, start = prefix): IterableIterator<Entry> {
    for (const entry of merged(this.#segments.map((segment) => segment.from(start)))) {
      if (!entry[0].startsWith(prefix)) return;
      yield entry;
    }
  }

  /**
   * Writes what has been added into a new segment, and what it is written together with. The folder is there. The files of the old
   * archive stay. Errors: `disk`, ArchiveDamaged.
   */
  static async extended(
    base: Archive | null,
    added: readonly Lazy[],
    folder: string,
    damaged: () => void,
  ): Promise<Archive> {
    const older = base === null ? [] : [...base.#segments];
    const together: Iterable<Entry>[] = [sorted(added)];
    let entries = added.length;
    for (let next = older[0]; next !== undefined && next.ref.entries < GROWTH * entries; next = older[0]) {
      older.shift();
      together.push(next.from(''));
      entries += next.ref.entries;
    }
    const ref = await writeSegment(folder, merged(together));
    try {
      return new Archive([new Segment(folder, ref, damaged), ...older]);
    } catch (error) {
      throw diskError(error, folder);
    }
  }
}

function* sorted(added: readonly Lazy[]): IterableIterator<Entry> {
  const order = [...added].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { key, text } of order) yield [key, text()];
}

/** The archive that a state looks things up in; null: none. */
export function archiveOf({ old }: { readonly old: OldRequests | null }): Archive | null {
  return old instanceof RequestShelf ? old.archive : null;
}
