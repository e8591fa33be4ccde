import { hash } from 'node:crypto';
import { Book, type Old } from './book.js';
import type { RequestEvent } from './events.js';
import type { RequestRecord } from './state.js';

/** Requests that are looked up, and the lists in which they stand. */
export interface OldRequests extends Old<RequestRecord> {
  /** Those that stand under a label (labelsOf) and were written before `position`, newest first. */
  under(label: string, position: number): Iterable<RequestRecord>;
}

/** Everything that one person asked for. */
export function byPerson(actor: string): string {
  return `by ${actor}`;
}

/** What one person asked for on one machine. */
export function onHost(actor: string, host: string): string {
  return `by ${actor} on ${host}`;
}

/** What one person asked for in the same words: the same arguments, or the same resource. Nothing for policies. */
export function forSame({ actor, action }: Pick<RequestEvent, 'actor' | 'action'>): string | null {
  if (action.kind === 'policy') return null;
  const wanted = action.kind === 'access' ? action.resource : action.argv;
  return `by ${actor} for ${hash('sha256', JSON.stringify(wanted), 'hex')}`;
}

/** What had its quorum and carried a file of that path. */
export function withFile(path: string): string {
  return `with ${path}`;
}

/** The lists in which a request stands, so that nobody need go through all of them. */
export function labelsOf({ event, quorumAt }: Pick<RequestRecord, 'event' | 'quorumAt'>): string[] {
  const { actor, action } = event;
  const same = forSame(event);
  const labels = [byPerson(actor), ...(same === null ? [] : [same])];
  if (action.kind !== 'command') return labels;
  if (action.host !== undefined) labels.push(onHost(actor, action.host));
  if (quorumAt !== null)
    for (const { path, attached } of action.pins ?? []) if (attached) labels.push(withFile(path));
  return labels;
}

/** Section 7, counting 2: the record with the approvals lapsed that a later policy no longer listed while it was open. */
function lapsed(record: RequestRecord, delisted: ReadonlyMap<string, number>): RequestRecord {
  if (record.closed !== null || record.void !== null) return record;
  const gone = ({ material, position, lapsed: already }: RequestRecord['approvals'][number]): boolean =>
    !already && (delisted.get(material) ?? -1) > position;
  if (!record.approvals.some(gone)) return record;
  const approvals = record.approvals.map((given) => (gone(given) ? { ...given, lapsed: true } : given));
  return { ...record, approvals };
}

/** All requests of a ledger. */
export class Requests extends Book<RequestRecord> {
  declare readonly old: OldRequests | null;
  /** By key material: where a policy last took effect that does not list it for a member. What is not at hand lapses by it. */
  readonly delisted: Map<string, number>;

  constructor(
    hot: Iterable<readonly [string, RequestRecord]> = [],
    old: OldRequests | null = null,
    delisted: Iterable<readonly [string, number]> = [],
  ) {
    super(hot, old);
    this.delisted = new Map(delisted);
  }

  override get(id: string): RequestRecord | undefined {
    const found = this.hot.get(id);
    if (found !== undefined) return found;
    const old = this.old?.get(id);
    return old === undefined ? undefined : lapsed(old, this.delisted);
  }

  /** Section 7, counting 2: a policy took effect at `position` that lists these materials for no member. For good. */
  lapse(materials: Iterable<string>, position: number): void {
    for (const material of materials) this.delisted.set(material, position);
    for (const [id, record] of this.hot) {
      const now = lapsed(record, this.delisted);
      if (now !== record) this.hot.set(id, now);
    }
  }

  /** Those that stand under a label and were written before `position`, newest first. */
  *under(label: string, position = Number.POSITIVE_INFINITY): IterableIterator<RequestRecord> {
    const hot = [...this.hot.values()]
      .filter((record) => record.position < position && labelsOf(record).includes(label))
      .sort(newestFirst);
    for (const found of this.old?.under(label, position) ?? []) {
      if (this.hot.has(found.id)) continue;
      while (hot[0] !== undefined && hot[0].position > found.position) yield* hot.splice(0, 1);
      yield lapsed(found, this.delisted);
    }
    yield* hot;
  }

  /** Every request in the order of the chain: for long histories slow. */
  all(): RequestRecord[] {
    return [...this.values()].sort((a, b) => a.position - b.position);
  }

  override copy(): Requests {
    return new Requests(this.hot, this.old, this.delisted);
  }
}

function newestFirst(a: RequestRecord, b: RequestRecord): number {
  return b.position - a.position;
}
