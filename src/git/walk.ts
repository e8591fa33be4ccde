import { parentsOf } from '../core/commit.js';
import type { Walk, WalkFault } from '../core/ports.js';
import type { Damage, Reader } from './reader.js';

type ReadParents = (oid: string) => Promise<readonly string[] | Damage>;

/**
 * Walks from `tip` over raw parent lines back to `stop` or a root; every commit is hashed. Section 2.1, 2.4, 2.5: an
 * absent or wrong commit is `damaged`, wherever it is found; else a commit with several parents is `malformed`.
 */
export async function walk(reader: Reader, tip: string, stop: string | null): Promise<Walk> {
  return reader.session(async (read) => {
    const parents: ReadParents = async (oid) => {
      const object = await read(oid, { type: 'commit', limit: 0 });
      return object.ok ? parentsOf(object.front) : object;
    };
    const oids: string[] = [];
    for (let oid = tip; oid !== stop;) {
      const found: readonly string[] | Damage = await parents(oid);
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

function damaged(damage: Damage): WalkFault {
  return { kind: 'damaged', oid: damage.oid, detail: damage.detail };
}
