import { parentsOf } from '../core/commit.js';
import type { Walk, WalkFault } from '../core/ports.js';
import type { Damage, Reader, SoundObject } from './reader.js';
import { Recent } from './recent.js';

/** So many commits are read one after another; beyond, git is asked which may follow. */
const STEPS = 64;

type ReadParents = (oid: string) => Promise<readonly string[] | Damage>;

/**
 * Walks from `tip` over raw parent lines back to `stop` or a root; every commit is hashed. Section 2.1, 2.4, 2.5: an
 * absent or wrong commit is `damaged`, wherever it is found; else a commit with several parents is `malformed`. `recent` gets what it
 * has room for of what was read.
 */
export async function walk(
  reader: Reader,
  tip: string,
  stop: string | null,
  recent = new Recent(),
): Promise<Walk> {
  recent.clear();
  return reader.session(async (read) => {
    const judged = (object: SoundObject | Damage): readonly string[] | Damage => {
      if (!object.ok) return object;
      recent.keep(object);
      return parentsOf(object.front);
    };
    const parents: ReadParents = async (oid) => judged(await read(oid, WANTED));
    const oids: string[] = [];
    const ahead = new Ahead(reader);
    for (let oid = tip; oid !== stop;) {
      if (oids.length === STEPS) await ahead.guess(oid, stop);
      const met = await ahead.next(oid);
      const found = met === undefined ? await parents(oid) : judged(met);
      if ('ok' in found) return { ok: false, fault: damaged(found) };
      if (found.length > 1) return { ok: false, fault: await survey(parents, oid, found, stop) };
      oids.push(oid);
      const [parent] = found;
      if (parent === undefined) return { ok: true, oids: oids.reverse(), metStop: false };
      oid = parent;
    }
    return { ok: true, oids: oids.reverse(), metStop: true };
  });
}

const WANTED = { type: 'commit', limit: 0 } as const;

/** Commits asked for before their names were read in their children: waiting for each answer would cost more than reading it. */
class Ahead {
  readonly #reader: Reader;
  #names: readonly string[] = [];
  #at = 0;
  #objects: AsyncGenerator<SoundObject | Damage, void> | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async guess(oid: string, stop: string | null): Promise<void> {
    this.#names = await this.#reader.guess(oid, stop);
    this.#objects = this.#reader.inOrder(this.#names, () => WANTED);
  }

  /** The object of this name, if it was guessed to be the next one; undefined: the guess ended, or was wrong, and is given up. */
  async next(oid: string): Promise<SoundObject | Damage | undefined> {
    if (this.#objects === undefined) return undefined;
    const next = this.#names[this.#at] === oid ? await this.#objects.next() : undefined;
    this.#at += 1;
    if (next?.done === false) return next.value;
    await this.#objects.return();
    this.#objects = undefined;
    return undefined;
  }
}

/**
 * The history has a merge: `damaged` is still to be reported before `malformed`, so everything that the branch holds is
 * read. Of several merges the oldest on the first-parent line is named: the last good commit lies before it.
 */
async function survey(
  parents: ReadParents,
  merge: string,
  found: readonly string[],
  stop: string | null,
): Promise<WalkFault> {
  let worst = { oid: merge, count: found.length };
  const seen = new Set([merge]);
  const open = [...found].reverse();
  let firstLine: string | undefined = found[0];
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    if (oid === stop || seen.has(oid)) continue;
    seen.add(oid);
    const next = await parents(oid);
    if ('ok' in next) return damaged(next);
    if (oid === firstLine) {
      firstLine = next[0];
      if (next.length > 1) worst = { oid, count: next.length };
    }
    open.push(...[...next].reverse());
  }
  return { kind: 'malformed', oid: worst.oid, detail: `the commit has ${worst.count} parents` };
}

function damaged({ oid, detail, mend }: Damage): WalkFault {
  return { kind: 'damaged', oid, detail, mend };
}
