import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../src/core/chain.js';
import type { ObjectFormat, Store, StoredCommit } from '../../src/core/ports.js';
import { emptyTree } from '../../src/core/tree.js';
import { createStore } from '../../src/git/store.js';
import { place } from '../support/places.js';
import { memoryRemote, memoryStore } from './memory-store.js';

/** Two clones of one empty remote. */
type Pair = readonly [Store, Store];

async function overGit(format: ObjectFormat): Promise<Pair> {
  const folder = place();
  const remote = join(folder, 'remote.git');
  execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, remote]);
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const one = await createStore({ folder: join(folder, 'a.git'), remote, env });
  return [one, await createStore({ folder: join(folder, 'b.git'), remote, env })];
}

function inMemory(format: ObjectFormat): Promise<Pair> {
  const remote = memoryRemote(format);
  return Promise.resolve([memoryStore(remote), memoryStore(remote)]);
}

function commitBytes(format: ObjectFormat, parents: readonly string[], message: string): Uint8Array {
  const lines = [`tree ${emptyTree(format)}`, ...parents.map((parent) => `parent ${parent}`)];
  const who = 'Ann <ann@example.org> 1700000000 +0000';
  return Buffer.from(`${lines.join('\n')}\nauthor ${who}\ncommitter ${who}\n\n${message}\n`);
}

async function all(items: AsyncIterable<StoredCommit>): Promise<StoredCommit[]> {
  const found: StoredCommit[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const kinds = [
  ['git', 'sha1', overGit],
  ['memory', 'sha1', inMemory],
  ['memory', 'sha256', inMemory],
] as const;

describe.each(kinds)('a store over %s, %s: what the ledger relies on', (_name, format, make) => {
  async function grown(): Promise<{ a: Store; b: Store; root: string; next: string }> {
    const [a, b] = await make(format);
    await a.writeTree(new Uint8Array(0));
    const root = await a.writeCommit(commitBytes(format, [], 'root'));
    const next = await a.writeCommit(commitBytes(format, [root], 'next'));
    expect(await a.push(null, root)).toEqual({ kind: 'moved' });
    expect(await a.push(root, next)).toEqual({ kind: 'moved' });
    return { a, b, root, next };
  }

  it('finds no branch in an empty remote', async () => {
    const [a] = await make(format);
    expect(await a.tip()).toBeNull();
    expect(await a.fetch()).toBeNull();
    expect(await a.peek()).toBeNull();
  });

  it('§8.2 a push that moves the branch moves the local tip too, and others fetch it', async () => {
    const { a, b, next } = await grown();
    expect(await a.tip()).toBe(next);
    expect(await b.tip()).toBeNull();
    expect(await b.peek()).toBe(next);
    expect(await b.tip()).toBeNull();
    expect(await b.fetch()).toBe(next);
    expect(await b.tip()).toBe(next);
  });

  it('§8.1 a push from another tip than the remote has, or of what is there already, moves nothing', async () => {
    const { a, b, root, next } = await grown();
    await b.fetch();
    const late = await b.writeCommit(commitBytes(format, [root], 'late'));
    expect(await b.push(root, late)).toMatchObject({ kind: 'refused' });
    expect(await a.push(root, next)).not.toMatchObject({ kind: 'moved' });
    const other = await b.writeCommit(commitBytes(format, [], 'another root'));
    expect(await b.push(null, other)).toMatchObject({ kind: 'refused' });
    expect(await a.fetch()).toBe(next);
  });

  it('§2.1 walks to a root, or to where it is told to stop, which is not listed', async () => {
    const { a, root, next } = await grown();
    expect(await a.walk(next, null)).toEqual({ ok: true, oids: [root, next], metStop: false });
    expect(await a.walk(next, root)).toEqual({ ok: true, oids: [next], metStop: true });
    expect(await a.walk(next, 'f'.repeat(root.length))).toEqual({
      ok: true,
      oids: [root, next],
      metStop: false,
    });
  });

  it('§2.5 a merge is malformed, an absent parent is damaged', async () => {
    const { a, root, next } = await grown();
    const merge = await a.writeCommit(commitBytes(format, [next, root], 'merge'));
    expect(await a.walk(merge, null)).toMatchObject({ ok: false, fault: { kind: 'malformed', oid: merge } });
    const orphan = await a.writeCommit(commitBytes(format, ['f'.repeat(root.length)], 'orphan'));
    expect(await a.walk(orphan, null)).toMatchObject({
      ok: false,
      fault: { kind: 'damaged', oid: 'f'.repeat(root.length) },
    });
  });

  it('hands over raw bytes with their chain values', async () => {
    const { a, root, next } = await grown();
    const [first, second] = await all(a.commits([root, next], null));
    const rootBytes = commitBytes(format, [], 'root');
    const nextBytes = commitBytes(format, [root], 'next');
    expect(first).toMatchObject({ oid: root, parents: [], chain: chainOf(null, rootBytes) });
    expect(second).toMatchObject({
      oid: next,
      parents: [root],
      chain: chainOf(first?.chain ?? '', nextBytes),
    });
    expect(Buffer.from(second?.bytes ?? []).equals(nextBytes)).toBe(true);
    expect(await all(a.commits([next], first?.chain ?? ''))).toEqual([second]);
  });

  it('§10 a commit object beyond the limit is handed over without its bytes, and chained all the same', async () => {
    const { a, next } = await grown();
    const large = commitBytes(format, [next], 'x'.repeat(1_048_576));
    const oid = await a.writeCommit(large);
    const [commit] = await all(a.commits([oid], 'a'.repeat(64)));
    expect(commit).toMatchObject({ bytes: null, size: large.length, chain: chainOf('a'.repeat(64), large) });
  });

  it('reads trees and blobs up to a limit; an absent tree is damaged, an absent blob is null', async () => {
    const { a } = await grown();
    const blob = await a.writeBlob(Buffer.from('text'));
    const tree = await a.writeTree(Buffer.concat([Buffer.from('100644 a\0'), Buffer.from(blob, 'hex')]));
    expect(Buffer.from((await a.blob(blob, 4)) ?? []).toString()).toBe('text');
    expect(await a.blob(blob, 3)).toBeNull();
    expect(await a.tree(tree, 1000)).toHaveLength(9 + blob.length / 2);
    expect(await a.tree(tree, 3)).toBeNull();
    expect(await a.blob('f'.repeat(blob.length), 9)).toBeNull();
    await expect(a.tree('f'.repeat(blob.length), 9)).rejects.toMatchObject({ code: 'damaged' });
  });
});
