import { createHash, type Hash } from 'node:crypto';
import type { ObjectFormat } from '../core/ports.js';
import { Batch, BatchEnded } from './batch.js';
import type { Environment } from './environment.js';

/** Bytes at the front of a large object that are kept: enough for every parent line that matters. */
const HEAD = 4096;
/** Milliseconds that an idle git process is kept for the next question. */
const IDLE = 2000;
/** Objects asked for ahead of the one that is read. */
const AHEAD = 256;

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
}

/** What to read, how much of it to keep, and perhaps a hash that takes the raw bytes too. */
interface Wanted {
  readonly type: ObjectType;
  readonly limit: number;
  readonly also?: Hash;
}

/**
 * Reads raw objects of one repository, each hashed against its name before it is handed over (section 2.4). One git
 * process serves as long as nobody reads two things at a time.
 */
export class Reader {
  readonly #folder: string;
  readonly #env: Environment;
  readonly #format: ObjectFormat;
  readonly #name: RegExp;
  readonly #idle = new Map<Batch, NodeJS.Timeout>();

  constructor(folder: string, env: Environment, format: ObjectFormat) {
    this.#folder = folder;
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
        if (!this.isName(oid)) return { ok: false, oid, detail: 'this is no name of an object' };
        lease.batch().ask([oid]);
        return lease.answer(oid, wanted);
      });
    } finally {
      lease.end();
    }
  }

  /** Reads objects in the order given, asking ahead. Ends after the first damage. */
  async *inOrder(oids: readonly string[], wanted: () => Wanted): AsyncGenerator<SoundObject | Damage, void> {
    const lease = new Lease(this);
    try {
      let asked = 0;
      for (const [at, oid] of oids.entries()) {
        if (!this.isName(oid)) {
          yield { ok: false, oid, detail: 'this is no name of an object' };
          return;
        }
        if (asked === at) {
          const next = oids.slice(at, at + AHEAD);
          const stop = next.findIndex((name) => !this.isName(name));
          const sound = stop < 0 ? next : next.slice(0, stop);
          lease.batch().ask(sound);
          asked = at + sound.length;
          lease.owed = sound.length;
        }
        const object = await lease.answer(oid, wanted());
        yield object;
        if (!object.ok) return;
      }
    } finally {
      lease.end();
    }
  }

  isName(oid: string): boolean {
    return this.#name.test(oid);
  }

  /** Reads one answer of `batch` to its end. */
  async read(batch: Batch, oid: string, wanted: Wanted): Promise<SoundObject | Damage> {
    const header = await batch.header();
    if (header === null) return { ok: false, oid, detail: 'the object is absent' };
    const { type, size } = header;
    const whole = size <= wanted.limit;
    const kept = Buffer.alloc(whole ? size : Math.min(size, HEAD));
    const hash = createHash(this.#format).update(`${type} ${size}\0`);
    let at = 0;
    await batch.body(size, (piece) => {
      hash.update(piece);
      wanted.also?.update(piece);
      if (at < kept.length) at += piece.copy(kept, at);
    });
    if (hash.digest('hex') !== oid) return { ok: false, oid, detail: 'the object does not hash to its name' };
    if (type !== wanted.type)
      return { ok: false, oid, detail: `the object is a ${type}, not a ${wanted.type}` };
    return { ok: true, oid, size, front: kept, bytes: whole ? kept : null };
  }

  /** A git process that waits for work, or a new one. */
  take(): Batch {
    for (const [batch, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(batch);
      if (!batch.alive()) continue;
      batch.wake();
      return batch;
    }
    return new Batch(this.#folder, this.#env);
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

/** The use of one git process by one operation: started when first needed, ended where answers were left unread. */
class Lease {
  readonly #reader: Reader;
  #batch: Batch | undefined;
  #clean = true;
  /** Answers that git still has to give. */
  owed = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  batch(): Batch {
    this.#batch ??= this.#reader.take();
    return this.#batch;
  }

  async answer(oid: string, wanted: Wanted): Promise<SoundObject | Damage> {
    this.#clean = false;
    try {
      const object = await this.#reader.read(this.batch(), oid, wanted);
      this.owed -= 1;
      this.#clean = this.owed <= 0;
      return object;
    } catch (error) {
      if (!(error instanceof BatchEnded)) throw error;
      this.#batch?.end();
      this.#batch = undefined;
      this.#clean = true;
      this.owed = 0;
      return { ok: false, oid, detail: `git cannot read the object: ${error.message}` };
    }
  }

  end(): void {
    if (this.#batch === undefined) return;
    if (this.#clean) this.#reader.give(this.#batch);
    else this.#batch.end();
    this.#batch = undefined;
  }
}
