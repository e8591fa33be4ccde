import { createHash, hash, type Hash } from 'node:crypto';
import { MEND_REMOTE, mendClone, type ClonePlace } from '../core/mending.js';
import type { ObjectFormat } from '../core/ports.js';
import { Batch, BatchEnded, type Header, type Only } from './batch.js';
import type { Environment } from './environment.js';
import { Following } from './following.js';

/** Bytes at the front of a large object that are kept: enough for every parent line that matters. */
const HEAD = 4096;
/** Milliseconds that an idle git process is kept for the next question. */
const IDLE = 2000;
/** From so many objects on, a git process of their own hands them over in blocks. */
const MANY = 256;

export type ObjectType = 'commit' | 'tree' | 'blob';

/** One object, hashed again. `bytes` is null where there are more than the caller's limit; `front` then holds the first 4 KiB. */
export interface SoundObject {
  readonly ok: true;
  readonly oid: string;
  readonly size: number;
  readonly front: Uint8Array;
  readonly bytes: Uint8Array | null;
}
/** Absent, unreadable, of another type, or with another hash than its name. Section 2.5, `damaged`. */
export interface Damage {
  readonly ok: false;
  readonly oid: string;
  readonly detail: string;
  /**
   * What mends it. git names what it fetches by its own hash and takes no branch with a gap: an object that is absent or another than its
   * name says was spoilt here. One of another type is as the remote has it.
   */
  readonly mend: string;
}

/** What to read, how much of it to keep, and perhaps a hash that takes the raw bytes of what is not kept whole. */
interface Wanted {
  readonly type: ObjectType;
  readonly limit: number;
  readonly also?: () => Hash;
}

/**
 * Reads raw objects of one repository, each hashed against its name before it is handed over (section 2.4). One git
 * process serves as long as nobody reads two things at a time.
 */
export class Reader {
  readonly #place: ClonePlace;
  readonly #env: Environment;
  readonly #format: ObjectFormat;
  readonly #name: RegExp;
  readonly #idle = new Map<Batch, NodeJS.Timeout>();

  constructor(place: ClonePlace, env: Environment, format: ObjectFormat) {
    this.#place = place;
    this.#env = env;
    this.#format = format;
    this.#name = format === 'sha1' ? /^[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/;
  }

  /** Calls `use` with a function that reads one object after another over one git process. */
  async session<T>(
    use: (read: (oid: string, wanted: Wanted) => Promise<SoundObject | Damage>) => Promise<T>,
  ): Promise<T> {
    const lease = new Lease(this);
    try {
      return await use(async (oid, wanted) => {
        if (!this.isName(oid)) return noName(oid);
        lease.ask([oid]);
        return lease.answer(oid, wanted);
      });
    } finally {
      lease.end();
    }
  }

  /** Reads objects in the order given. Ends after the first damage. */
  async *inOrder(oids: readonly string[], wanted: Wanted): AsyncGenerator<SoundObject | Damage, void> {
    const stop = oids.findIndex((oid) => !this.isName(oid));
    const sound = stop < 0 ? oids : oids.slice(0, stop);
    const lease = new Lease(this, sound.length < MANY ? undefined : { all: sound });
    try {
      if (sound.length < MANY) lease.ask(sound);
      for (const oid of sound) {
        const object = lease.arrived(oid, wanted) ?? (await lease.answer(oid, wanted));
        yield object;
        if (!object.ok) return;
      }
      const odd = stop < 0 ? undefined : oids[stop];
      if (odd !== undefined) yield noName(odd);
    } finally {
      lease.end();
    }
  }

  /**
   * The commits from `tip` down to `stop` (null: to a root) as git itself walks, newest first: a guess that grafts can falsify, good for
   * asking ahead and nothing else.
   */
  following(tip: string, stop: string | null): Following {
    return new Following(this, this.take({ walk: stop === null ? [tip] : [tip, `^${stop}`] }));
  }

  /** An object that was whole when it was fetched. */
  spoilt(oid: string, detail: string): Damage {
    return { ok: false, oid, detail, mend: mendClone(this.#place) };
  }

  isName(oid: string): boolean {
    return this.#name.test(oid);
  }

  /** Reads one answer of `batch` to its end. `oid` null: whichever comes next; then null where git has no more. */
  async read(batch: Batch, oid: string, wanted: Wanted): Promise<SoundObject | Damage>;
  async read(batch: Batch, oid: string | null, wanted: Wanted): Promise<SoundObject | Damage | null>;
  async read(batch: Batch, oid: string | null, wanted: Wanted): Promise<SoundObject | Damage | null> {
    const header = await batch.header();
    if (header === null) return oid === null ? null : this.spoilt(oid, 'the object is absent');
    const judging = this.#judging(header, wanted);
    await batch.body(header.size, judging.take);
    return judging.verdict(oid ?? header.name);
  }

  /** As `read`, where all of the answer is here; undefined: not yet. */
  arrived(batch: Batch, oid: string | null, wanted: Wanted): SoundObject | Damage | undefined {
    const answer = batch.arrived();
    if (answer === undefined) return undefined;
    const { type, size, bytes, framed } = answer;
    const name = oid ?? answer.name;
    const problem = this.#problem(name, type, wanted, hash(this.#format, framed, 'hex'));
    if (problem !== null) return problem;
    if (size <= wanted.limit) return { ok: true, oid: name, size, front: bytes, bytes };
    wanted.also?.().update(bytes);
    return { ok: true, oid: name, size, front: bytes.subarray(0, HEAD), bytes: null };
  }

  /** What is wrong with an object of this hash and type; null: nothing. */
  #problem(oid: string, type: string, wanted: Wanted, digest: string): Damage | null {
    if (digest !== oid) return this.spoilt(oid, 'the object does not hash to its name');
    if (type === wanted.type) return null;
    return { ok: false, oid, detail: `the object is a ${type}, not a ${wanted.type}`, mend: MEND_REMOTE };
  }

  /** Takes an object's bytes piece by piece, and says whether they are those that its name stands for. */
  #judging({ type, size }: Header, wanted: Wanted) {
    const whole = size <= wanted.limit;
    const kept = Buffer.allocUnsafe(whole ? size : Math.min(size, HEAD));
    const named = createHash(this.#format).update(`${type} ${size}\0`);
    const also = whole ? undefined : wanted.also?.();
    let at = 0;
    return {
      take: (piece: Buffer): void => {
        named.update(piece);
        also?.update(piece);
        if (at < kept.length) at += piece.copy(kept, at);
      },
      verdict: (oid: string): SoundObject | Damage =>
        this.#problem(oid, type, wanted, named.digest('hex')) ?? {
          ok: true,
          oid,
          size,
          front: kept,
          bytes: whole ? kept : null,
        },
    };
  }

  /** A git process that waits for work, or a new one; where `only` is given, one for those objects alone. */
  take(only?: Only): Batch {
    if (only !== undefined) return new Batch(this.#place.folder, this.#env, only);
    for (const [batch, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(batch);
      if (!batch.alive()) continue;
      batch.wake();
      return batch;
    }
    return new Batch(this.#place.folder, this.#env);
  }

  /** Takes back a process whose answers were all read. */
  give(batch: Batch): void {
    batch.rest();
    const timer = setTimeout(() => {
      this.#idle.delete(batch);
      batch.end();
    }, IDLE);
    timer.unref();
    this.#idle.set(batch, timer);
  }
}

/** What stands in a commit in place of a name is as the remote has it. */
function noName(oid: string): Damage {
  return { ok: false, oid, detail: 'this is no name of an object', mend: MEND_REMOTE };
}

/** The use of one git process by one operation: started when first needed, ended where answers were left unread. */
class Lease {
  readonly #reader: Reader;
  readonly #only: Only | undefined;
  #batch: Batch | undefined;
  /** Answers that git still has to give. */
  #owed = 0;

  /** `only`: what a process of its own is started for, and nothing else can be asked. */
  constructor(reader: Reader, only?: Only) {
    this.#reader = reader;
    this.#only = only;
  }

  ask(oids: readonly string[]): void {
    if (oids.length === 0) return;
    this.#owed += oids.length;
    this.#opened().ask(oids);
  }

  arrived(oid: string, wanted: Wanted): SoundObject | Damage | undefined {
    const object = this.#reader.arrived(this.#opened(), oid, wanted);
    if (object !== undefined) this.#owed -= 1;
    return object;
  }

  async answer(oid: string, wanted: Wanted): Promise<SoundObject | Damage> {
    try {
      const object = await this.#reader.read(this.#opened(), oid, wanted);
      this.#owed -= 1;
      return object;
    } catch (error) {
      this.#batch?.end();
      this.#batch = undefined;
      this.#owed = 0;
      if (!(error instanceof BatchEnded)) throw error;
      return this.#reader.spoilt(oid, `git cannot read the object: ${error.message}`);
    }
  }

  end(): void {
    if (this.#batch === undefined) return;
    if (this.#only === undefined && this.#owed === 0) this.#reader.give(this.#batch);
    else this.#batch.end();
    this.#batch = undefined;
  }

  #opened(): Batch {
    this.#batch ??= this.#reader.take(this.#only);
    return this.#batch;
  }
}
