import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectFormat, Store, StoredCommit } from '../../src/core/ports.js';
import { createStore, openStore } from '../../src/git/store.js';
import {
  bareRepository,
  callerOf,
  commitText,
  grow,
  loosePath,
  objectHash,
  plainGit,
  workplace,
  writeCommit,
  writeLoose,
} from './support.js';

const place = workplace();
const env = callerOf(place);
let count = 0;

async function collect(items: AsyncIterable<StoredCommit>): Promise<StoredCommit[]> {
  const found: StoredCommit[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe.each<ObjectFormat>(['sha1', 'sha256'])('walking a %s ledger', (format) => {
  const remote = bareRepository(place, `${format}.git`, format);
  const first = join(place, `${format}-clone.git`);
  const oids = grow(remote, format, 5);
  const tip = oids[4] ?? '';
  let folder: string;
  let store: Store;

  beforeAll(async () => {
    const fresh = await createStore({ folder: first, remote, env });
    expect(await fresh.fetch()).toBe(tip);
  });

  beforeEach(async () => {
    count += 1;
    folder = join(place, `copy-${count}.git`);
    cpSync(first, folder, { recursive: true });
    store = await openStore({ folder, remote, env });
    expect(await store.walk(tip, null)).toEqual({ ok: true, oids, metStop: false });
  });

  const nth = (at: number): string => oids[at] ?? '';
  const wrongName = (): string => 'a'.repeat(tip.length);

  it('a walk to the tip itself is empty and meets it', async () => {
    expect(await store.walk(tip, tip)).toEqual({ ok: true, oids: [], metStop: true });
  });

  it('a stop that the history does not hold is not met, and the walk ends at the root', async () => {
    expect(await store.walk(tip, wrongName())).toEqual({ ok: true, oids, metStop: false });
  });

  it('§2.5 an absent commit is damaged, by its name', async () => {
    rmSync(loosePath(folder, nth(2)));
    expect(await store.walk(tip, null)).toMatchObject({ ok: false, fault: { kind: 'damaged', oid: nth(2) } });
    expect(await store.walk(tip, nth(3))).toMatchObject({ ok: true, oids: [nth(4)] });
    await expect(collect(store.commits(oids, null))).rejects.toMatchObject({ code: 'damaged' });
  });

  it('§2.4 a commit that was replaced under its old name is damaged', async () => {
    writeLoose(folder, format, 'commit', commitText(format, [nth(0)], 'skips'), nth(3));
    expect(await store.walk(tip, null)).toMatchObject({ ok: false, fault: { kind: 'damaged', oid: nth(3) } });
    const commits = store.commits(oids, null);
    await expect(collect(commits)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('§2.5 a loose object that git cannot inflate is damaged, and the store works on', async () => {
    rmSync(loosePath(folder, nth(1)));
    writeFileSync(loosePath(folder, nth(1)), 'junk');
    expect(await store.walk(tip, null)).toMatchObject({ ok: false, fault: { kind: 'damaged', oid: nth(1) } });
    expect(await store.walk(tip, nth(1))).toMatchObject({ ok: true, metStop: true });
  });

  it('§2.5 a parent that is no commit is damaged', async () => {
    const blob = writeLoose(folder, format, 'blob', 'x');
    const commit = writeCommit(folder, format, [blob], 'on a blob');
    expect(await store.walk(commit, null)).toMatchObject({
      ok: false,
      fault: { kind: 'damaged', oid: blob },
    });
  });

  it('what was walked is read once: commits that have gone since are still handed over, with their chain', async () => {
    const read = await collect(store.commits(oids, null));
    const chains = read.map(({ chain }) => chain);
    expect((await store.walk(tip, nth(1))).ok).toBe(true);
    for (const oid of oids.slice(2)) rmSync(loosePath(folder, oid));
    const again = await collect(store.commits(oids, null));
    expect(again.map(({ chain }) => chain)).toEqual(chains);
    // Once: whoever reads again reads what is there.
    await expect(collect(store.commits(oids, null))).rejects.toMatchObject({ code: 'damaged' });
  });

  it('a tip that is no name of an object is damaged and never reaches git', async () => {
    for (const name of ['HEAD', `${tip}\n${tip}`, '--help', tip.toUpperCase(), tip.slice(1), '']) {
      expect(await store.walk(name, null)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
    }
  });

  it('§2.1 a merge is malformed, by the name of the merge', async () => {
    const side = writeCommit(folder, format, [nth(1)], 'side');
    const merge = writeCommit(folder, format, [tip, side], 'merge');
    const after = writeCommit(folder, format, [merge], 'after');
    expect(await store.walk(after, null)).toMatchObject({
      ok: false,
      fault: { kind: 'malformed', oid: merge },
    });
    expect(await store.walk(after, tip)).toMatchObject({ ok: false, fault: { kind: 'malformed' } });
    expect(await store.walk(after, merge)).toMatchObject({ ok: true, oids: [after] });
  });

  it('§2.1 of two merges the oldest is named: the last good commit lies before it', async () => {
    const side = writeCommit(folder, format, [nth(1)], 'side');
    const first = writeCommit(folder, format, [tip, side], 'first');
    const between = writeCommit(folder, format, [first], 'between');
    const second = writeCommit(folder, format, [between, side], 'second');
    expect(await store.walk(second, null)).toMatchObject({ fault: { kind: 'malformed', oid: first } });
  });

  it('§2.1 a second root, and the same parent twice, are malformed', async () => {
    const root = writeCommit(folder, format, [], 'another root');
    const merge = writeCommit(folder, format, [tip, root], 'merge');
    expect(await store.walk(merge, null)).toMatchObject({ fault: { kind: 'malformed', oid: merge } });
    const twice = writeCommit(folder, format, [tip, tip], 'twice');
    expect(await store.walk(twice, null)).toMatchObject({ fault: { kind: 'malformed', oid: twice } });
  });

  it('§2.5 damage is reported before a merge, wherever it is', async () => {
    const lost = wrongName();
    const side = writeCommit(folder, format, [lost], 'side');
    const merge = writeCommit(folder, format, [tip, side], 'merge');
    expect(await store.walk(merge, null)).toMatchObject({ fault: { kind: 'damaged', oid: lost } });
    const early = writeCommit(folder, format, [side, tip], 'merge');
    expect(await store.walk(early, null)).toMatchObject({ fault: { kind: 'damaged', oid: lost } });
  });

  it('§10 a commit of exactly 1 MiB has its bytes, one of a byte more has none', async () => {
    const room = (1 << 20) - commitText(format, [tip], '').length;
    const [fits, over] = [room, room + 1].map((size) => writeCommit(folder, format, [tip], 'x'.repeat(size)));
    const found = await collect(store.commits([fits ?? '', over ?? ''], null));
    expect(found.map(({ size, bytes }) => [size, bytes?.length])).toEqual([
      [1 << 20, 1 << 20],
      [(1 << 20) + 1, undefined],
    ]);
  });

  it('a tree is read raw; larger is null, an absent or wrong one or another type is damaged', async () => {
    const bytes = Buffer.concat([Buffer.from('100644 a\0'), Buffer.alloc(tip.length / 2, 7)]);
    const tree = writeLoose(folder, format, 'tree', bytes);
    expect(await store.tree(tree, bytes.length)).toEqual(bytes);
    expect(await store.tree(tree, bytes.length - 1)).toBeNull();
    await expect(store.tree(wrongName(), 65536)).rejects.toMatchObject({ code: 'damaged' });
    await expect(store.tree(tip, 65536)).rejects.toMatchObject({ code: 'damaged' });
    writeLoose(folder, format, 'tree', '', tree);
    await expect(store.tree(tree, 65536)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('a blob that is absent, tampered with or of another type is null', async () => {
    const blob = await store.writeBlob(Buffer.from('good'));
    expect(await store.blob(blob, 4)).toEqual(Buffer.from('good'));
    writeLoose(folder, format, 'blob', 'evil', blob);
    expect(await store.blob(blob, 4)).toBeNull();
    expect(await store.blob(tip, 4096)).toBeNull();
    expect(await store.blob(objectHash(format, 'blob', 'never written'), 4096)).toBeNull();
  });

  it('a reading that is given up half way does not disturb the next', async () => {
    for await (const commit of store.commits(oids, null)) {
      expect(commit.oid).toBe(nth(0));
      break;
    }
    expect(await store.walk(tip, null)).toMatchObject({ ok: true, oids });
  });

  it.each(['replace ref', 'graft', 'commit-graph'])(
    '§2.4 a %s in the clone changes nothing',
    async (kind) => {
      const short = writeCommit(folder, format, [nth(0)], 'hides');
      if (kind === 'replace ref') plainGit(folder, ['update-ref', `refs/replace/${tip}`, short]);
      if (kind === 'graft') writeGraft(folder, `${tip} ${nth(0)}\n`);
      if (kind === 'commit-graph') poisonGraph(folder, format, tip, nth(0));
      expect(plainGit(folder, ['rev-list', '--count', tip]).trim()).toBe('2');
      expect(await store.walk(tip, null)).toEqual({ ok: true, oids, metStop: false });
      const raw = await collect(store.commits([tip], null));
      expect(raw[0]?.parents).toEqual([nth(3)]);
      expect(await store.fetch()).toBe(tip);
    },
  );
});

function writeGraft(folder: string, text: string): void {
  mkdirSync(join(folder, 'info'), { recursive: true });
  writeFileSync(join(folder, 'info', 'grafts'), text);
}

/** A commit-graph with a right checksum that says that `child`'s parent is `parent`. */
function poisonGraph(folder: string, format: ObjectFormat, child: string, parent: string): void {
  plainGit(folder, ['commit-graph', 'write', '--reachable']);
  const path = join(folder, 'objects/info/commit-graph');
  const graph = readFileSync(path);
  const width = format === 'sha1' ? 20 : 32;
  const [names, data] = [chunk(graph, 'OIDL'), chunk(graph, 'CDAT')];
  const place = (oid: string): number => (graph.indexOf(oid, names, 'hex') - names) / width;
  graph.writeUInt32BE(place(parent), data + place(child) * (width + 16) + width);
  const body = graph.subarray(0, graph.length - width);
  rmSync(path);
  writeFileSync(path, Buffer.concat([body, createHash(format).update(body).digest()]));
}

function chunk(graph: Buffer, name: string): number {
  return Number(graph.readBigUInt64BE(graph.indexOf(name, 8, 'latin1') + 4));
}
