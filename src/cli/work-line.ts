import type { Stream } from './output.js';

/**
 * One line that says what goes on, gone when it is done. It appears after 300 ms, so that quick work shows nothing, and
 * is drawn once, `what` escaped before: a line drawn again and again would wipe away a password prompt of ssh or git.
 */
export class WorkLine {
  readonly #stream: Stream;
  readonly #showing: boolean;
  #timer: NodeJS.Timeout | undefined;
  #drawn = false;
  /** What somebody else keeps there. */
  lines: { hide(): void } | null = null;

  constructor(stream: Stream, showing: boolean) {
    this.#stream = stream;
    this.#showing = showing;
  }

  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (!this.#showing) return work();
    this.#timer = setTimeout(() => {
      this.#drawn = true;
      this.#stream.write(`${what} ...`);
    }, 300);
    try {
      return await work();
    } finally {
      this.clear();
    }
  }

  clear(): void {
    clearTimeout(this.#timer);
    if (this.#drawn) this.#stream.write('\r\u001b[K');
    this.#drawn = false;
    this.lines?.hide();
  }
}
