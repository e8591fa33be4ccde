/** Things that are not held in memory: each is looked up when somebody names it. What is asked twice is answered alike. */
export interface Old<T> {
  get(id: string): T | undefined;
  /** The ids that begin with `prefix`. */
  ids(prefix: string): Iterable<string>;
}

/** Things by id: those at hand, and those that are looked up. What is set stands before what is looked up. */
export class Book<T> {
  /** At hand, in the order in which they were first set. */
  readonly hot: Map<string, T>;
  /** Not at hand; null: there is nothing else. */
  readonly old: Old<T> | null;

  constructor(hot: Iterable<readonly [string, T]> = [], old: Old<T> | null = null) {
    this.hot = new Map(hot);
    this.old = old;
  }

  get(id: string): T | undefined {
    return this.hot.get(id) ?? this.old?.get(id);
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  set(id: string, value: T): void {
    this.hot.set(id, value);
  }

  /** The ids that begin with `prefix`, each once: of everything without one. */
  *keys(prefix = ''): IterableIterator<string> {
    for (const id of this.hot.keys()) if (id.startsWith(prefix)) yield id;
    for (const id of this.old?.ids(prefix) ?? []) if (!this.hot.has(id)) yield id;
  }

  /** Everything there is, looked up one after the other: in no order, and for long histories slow. */
  *values(): IterableIterator<T> {
    for (const id of this.keys()) {
      const value = this.get(id);
      if (value !== undefined) yield value;
    }
  }

  /** A book that is carried on by itself; the things are shared. */
  copy(): Book<T> {
    return new Book(this.hot, this.old);
  }
}
