import { BatchEnded, type Batch } from './batch.js';
import type { Damage, Reader, SoundObject } from './reader.js';

const WANTED = { type: 'commit', limit: 0 } as const;

/** Commits that git hands over before they are asked for: waiting for each answer would cost more than reading it. */
export class Following {
  readonly #reader: Reader;
  #batch: Batch | undefined;

  constructor(reader: Reader, batch: Batch) {
    this.#reader = reader;
    this.#batch = batch;
  }

  /** As `next`, where it is here already; undefined: not yet, or there is none, which `next` says. */
  arrived(oid: string): SoundObject | Damage | undefined {
    if (this.#batch === undefined) return undefined;
    const met = this.#reader.arrived(this.#batch, null, WANTED);
    return met === undefined ? undefined : this.#judged(oid, met);
  }

  /** The commit of this name, hashed, if it is the next one; undefined: git has no more, or another, and is given up. */
  async next(oid: string): Promise<SoundObject | Damage | undefined> {
    if (this.#batch === undefined) return undefined;
    try {
      return this.#judged(oid, await this.#reader.read(this.#batch, null, WANTED));
    } catch (error) {
      this.end();
      // Whoever asks by name learns what is wrong with it.
      if (error instanceof BatchEnded) return undefined;
      throw error;
    }
  }

  end(): void {
    this.#batch?.end();
    this.#batch = undefined;
  }

  #judged(oid: string, met: SoundObject | Damage | null): SoundObject | Damage | undefined {
    if (met?.oid === oid) return met;
    this.end();
    return undefined;
  }
}
