import { parentsOf } from '../core/commit.js';
import type { Walk, WalkFault } from '../core/ports.js';
import type { Following } from './following.js';
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
    let ahead: Following | undefined;
    try {
      for (let oid = tip; oid !== stop;) {
        if (oids.length === STEPS) ahead = reader.following(oid, stop);
        const met = ahead?.arrived(oid) ?? (await ahead?.next(oid));
        const found = met === undefined ? await parents(oid) : judged(met);
        if ('ok' in found) return { ok: false, fault: damaged(found) };
        if (found.length > 1) return { ok: false, fault: await survey(parents, oid, found, stop) };
        oids.push(oid);
        const [parent] = found;
        if (parent === undefined) return { ok: true, oids: oids.reverse(), metStop: false };
        oid = parent;
      }
      return { ok: true, oids: oids.reverse(), metStop: true };
    } finally {
      ahead?.end();
    }
  });
}

const WANTED = { type: 'commit', limit: 0 } as const;

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
