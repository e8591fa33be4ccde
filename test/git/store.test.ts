import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../src/core/chain.js';
import { emptyTree } from '../../src/core/tree.js';
import type { ObjectFormat, Store, StoredCommit } from '../../src/core/ports.js';
import { createStore, openStore } from '../../src/git/store.js';
import { bareRepository, callerOf, commitText, grow, plainGit, workplace } from './support.js';

const place = workplace();
const env = callerOf(place);

async function all(items: AsyncIterable<StoredCommit>): Promise<StoredCommit[]> {
  const found: StoredCommit[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe.each<ObjectFormat>(['sha1', 'sha256'])('a store over a %s repository', (format) => {
  const remote = bareRepository(place, `${format}.git`, format);
  const folder = join(place, `${format}-clone.git`);
  let store: Store;

  it('takes the format of an empty remote, and finds no branch there', async () => {
    store = await createStore({ folder, remote, env });
    expect(store.format).toBe(format);
    expect(await store.tip()).toBeNull();
    expect(await store.fetch()).toBeNull();
  });

  it('§8.2 pushes a genesis from nothing and a commit onto it', async () => {
    expect(await store.writeTree(new Uint8Array(0))).toBe(emptyTree(format));
    const root = await store.writeCommit(Buffer.from(commitText(format, [], 'root')));
    expect(await store.push(null, root)).toEqual({ kind: 'moved' });
    const next = await store.writeCommit(Buffer.from(commitText(format, [root], 'next')));
    expect(await store.push(root, next)).toEqual({ kind: 'moved' });
    expect(plainGit(remote, ['rev-list', 'refs/heads/mpa'])).toBe(`${next}\n${root}\n`);
    expect(await store.fetch()).toBe(next);
    expect(await store.tip()).toBe(next);
    expect(await store.walk(next, null)).toEqual({ ok: true, oids: [root, next], metStop: false });
  });

  it('hands over raw commits with their chain values, from the root and from the middle', async () => {
    const oids = grow(remote, format, 600);
    const tip = await store.fetch();
    expect(tip).toBe(oids.at(-1));
    const whole = await store.walk(tip ?? '', null);
    expect(whole).toEqual({ ok: true, oids, metStop: false });
    const commits = await all(store.commits(oids, null));
    let chain: string | null = null;
    for (const [at, commit] of commits.entries()) {
      chain = chainOf(chain, commit.bytes ?? new Uint8Array(0));
      expect(commit).toMatchObject({ oid: oids[at], chain, parents: at === 0 ? [] : [oids[at - 1]] });
    }
    const middle = commits[299];
    const rest = await all(store.commits(oids.slice(300), middle?.chain ?? null));
    expect(rest).toEqual(commits.slice(300));
    expect(await store.walk(tip ?? '', oids[299] ?? '')).toEqual({
      ok: true,
      oids: oids.slice(300),
      metStop: true,
    });
  });

  it('reads other objects while commits are being read', async () => {
    const blob = await store.writeBlob(Buffer.from('text'));
    const tip = (await store.tip()) ?? '';
    for await (const commit of store.commits([tip, tip], null)) {
      expect(commit.bytes).not.toBeNull();
      expect(await store.blob(blob, 100)).toEqual(Buffer.from('text'));
      expect(await store.blob(blob, 3)).toBeNull();
    }
    expect(await store.blob(tip, 1000)).toBeNull();
    expect(await store.blob('f'.repeat(tip.length), 1000)).toBeNull();
  });

  it('keeps the verified head, and is the same when opened again', async () => {
    const tip = (await store.tip()) ?? '';
    await store.keep(tip);
    const again = await openStore({ folder, remote, env });
    expect(again.format).toBe(format);
    expect(await again.tip()).toBe(tip);
    expect(plainGit(folder, ['rev-parse', 'refs/mpa/head']).trim()).toBe(tip);
    expect(plainGit(folder, ['for-each-ref', 'refs/mpa/in'])).toBe('');
  });
});
