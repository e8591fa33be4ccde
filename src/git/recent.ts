import type { SoundObject } from './reader.js';

/** Bytes that are kept at most: the commits of some ten thousand events. */
const BYTES = 8 * 1024 * 1024;

/** Objects that were read and hashed a moment ago, so that whoever walks to the root and then reads back need not read twice. */
export class Recent {
  #bytes = new Map<string, Uint8Array>();
  #size = 0;

  clear(): void {
    this.#bytes = new Map();
    this.#size = 0;
  }

  /** Keeps an object, where all of it is at hand and there is room. */
  keep({ oid, size, front }: SoundObject): void {
    if (front.length < size || this.#size + size > BYTES || this.#bytes.has(oid)) return;
    // A copy: what git hands over lies in a block with others, and would keep all of it.
    this.#bytes.set(oid, Buffer.from(front));
    this.#size += size;
  }

  /** Hands over everything there is: bytes by full name. */
  take(): Map<string, Uint8Array> {
    const bytes = this.#bytes;
    this.clear();
    return bytes;
  }
}
