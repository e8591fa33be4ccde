import type { Progress } from '../core/ports.js';
import { formatDuration } from '../core/time.js';
import type { Stream } from './output.js';

/** Milliseconds of counted work before its count is shown, and between two showings. */
const PATIENCE = 1000;
const PAUSE = 200;

/** Since when what is counted, and from where on. */
interface Count {
  readonly since: number;
  readonly from: number;
  readonly total: number;
  readonly of: Counted;
  shown: number;
}

type Counted = Parameters<Progress>[2];

/**
 * One line that says what goes on, gone when it is done. It appears after 300 ms, so that quick work shows nothing, and
 * is drawn once, `what` escaped before: a line drawn again and again would wipe away a password prompt of ssh or git.
 */
export class WorkLine {
  readonly #stream: Stream;
  readonly #showing: boolean;
  #timer: NodeJS.Timeout | undefined;
  #drawn = false;
  #working = false;
  #count: Count | null = null;
  readonly #now: () => number;
  /** What somebody else keeps there. */
  lines: { hide(): void } | null = null;

  /** `now`: milliseconds, from any moment on. */
  constructor(stream: Stream, showing: boolean, now = (): number => performance.now()) {
    this.#now = now;
    this.#stream = stream;
    this.#showing = showing;
  }

  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (!this.#showing) return work();
    this.#working = true;
    this.#timer = setTimeout(() => {
      this.#drawn = true;
      this.#stream.write(`${what} ...`);
    }, 300);
    try {
      return await work();
    } finally {
      this.#working = false;
      this.clear();
    }
  }

  /**
   * So much of the work is done. Counting is for what comes after everything that could ask for a password: this line is drawn again and
   * again.
   */
  progress(...[done, total, of]: Parameters<Progress>): void {
    if (!this.#working) return;
    const now = this.#now();
    if (this.#count?.of !== of || this.#count.total !== total || done < this.#count.from)
      this.#count = { since: now, from: done, total, of, shown: now };
    const { since, from, shown } = this.#count;
    if (now - since < PATIENCE || now - shown < PAUSE) return;
    this.#count.shown = now;
    clearTimeout(this.#timer);
    const words = progressWords([done, total, of], ((done - from) * 1000) / (now - since));
    // A line that the terminal breaks in two could not be taken back.
    this.#stream.write(`\r${words.slice(0, (this.#stream.columns ?? 80) - 1)}\u001b[K`);
    this.#drawn = true;
  }

  clear(): void {
    clearTimeout(this.#timer);
    if (this.#drawn) this.#stream.write('\r\u001b[K');
    this.#drawn = false;
    this.#count = null;
    this.lines?.hide();
  }
}

const BAR = 20;

const WORDS: Readonly<Record<Counted, string>> = {
  events: 'events verified',
  objects: 'objects received',
  deltas: 'differences applied',
};

/** `[#####...............]  25,000 of 100,000 events verified, 6,200 a second, 12s left`. `rate`: a second. */
export function progressWords([done, total, of]: Parameters<Progress>, rate: number): string {
  const full = Math.min(BAR, Math.floor((BAR * done) / total));
  const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
  const number = (value: number): string => Math.round(value).toLocaleString('en-US');
  const left = rate > 0 ? `, ${formatDuration(Math.ceil((total - done) / rate))} left` : '';
  return `${bar} ${number(done)} of ${number(total)} ${WORDS[of]}, ${number(rate)} a second${left}`;
}
