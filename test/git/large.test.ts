import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStore } from '../../src/git/store.js';
import { bareRepository, callerOf, workplace, writeCommit, writeLoose } from './support.js';

const place = workplace();
const env = callerOf(place);

describe('§10 what is too large is never held in memory', () => {
  it('a commit of 100 MB is hashed through and handed over without its bytes', async () => {
    const folder = join(place, 'commit.git');
    const store = await createStore({ folder, remote: bareRepository(place, 'a.git'), env });
    const root = writeCommit(folder, 'sha1', [], 'root');
    const big = writeCommit(folder, 'sha1', [root], 'x'.repeat(100 << 20));
    const before = process.memoryUsage().rss;
    expect(await store.walk(big, root)).toEqual({ ok: true, oids: [big], metStop: true });
    for await (const commit of store.commits([big], null)) {
      expect(commit).toMatchObject({ oid: big, bytes: null, parents: [root] });
      expect(commit.size).toBeGreaterThan(100 << 20);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(90 << 20);
  });

  it('a tree of a million entries is hashed through and null; tampered with, it is damaged', async () => {
    const folder = join(place, 'tree.git');
    const store = await createStore({ folder, remote: bareRepository(place, 'b.git', 'sha256'), env });
    const oid = '7'.repeat(32);
    const names = Array.from(
      { length: 1_000_000 },
      (_, at) => `100644 ${String(at).padStart(7, '0')}\0${oid}`,
    );
    const content = names.join('');
    const tree = writeLoose(folder, 'sha256', 'tree', content);
    expect(await store.tree(tree, 65536)).toBeNull();
    writeLoose(folder, 'sha256', 'tree', content.slice(0, -1), tree);
    await expect(store.tree(tree, 65536)).rejects.toMatchObject({ code: 'damaged' });
  });
});
