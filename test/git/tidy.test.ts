import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ObjectFormat, Store } from '../../src/core/ports.js';
import { createStore, openStore } from '../../src/git/store.js';
import {
  bareRepository,
  callerOf,
  commitText,
  grow,
  loosePath,
  objectHash,
  plainGit,
  setBranch,
  workplace,
  writeCommit,
  writeLoose,
} from './support.js';

const run = promisify(execFile);
const place = workplace();
const env = callerOf(place);
let made = 0;

interface Clone {
  readonly folder: string;
  readonly store: Store;
  readonly remote: string;
  readonly said: string[];
  readonly tidy: () => Promise<boolean>;
}

async function clone(format: ObjectFormat = 'sha1'): Promise<Clone> {
  made += 1;
  const remote = bareRepository(place, `${made}.git`, format);
  const folder = join(place, `${made}-clone.git`);
  const said: string[] = [];
  const store = await createStore({ folder, remote, env });
  await store.fetch();
  return { folder, store, remote, said, tidy: () => store.tidy(() => said.push('packing')) };
}

/** Writes so many loose objects into the folder by which all are estimated. */
function heap(folder: string, count: number): void {
  for (let i = 0, found = 0; found < count; i += 1) {
    if (!objectHash('sha1', 'blob', `text ${i}`).startsWith('17')) continue;
    writeLoose(folder, 'sha1', 'blob', `text ${i}`);
    found += 1;
  }
}

/** Commits on the remote, whose names have them all counted. */
function growCounted(remote: string, count: number): string[] {
  const oids: string[] = [];
  for (let i = 0; oids.length < count; i += 1) {
    const text = commitText('sha1', oids.slice(-1), `try ${i}`);
    if (objectHash('sha1', 'commit', text).startsWith('17'))
      oids.push(writeCommit(remote, 'sha1', oids.slice(-1), `try ${i}`));
  }
  setBranch(remote, oids.at(-1) ?? '');
  return oids;
}

const loose = (folder: string): number =>
  readdirSync(join(folder, 'objects'))
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .reduce((sum, name) => sum + readdirSync(join(folder, 'objects', name)).length, 0);

const packs = (folder: string): string[] =>
  readdirSync(join(folder, 'objects/pack')).filter((name) => name.endsWith('.pack'));

/** Packs what is there, and makes so many packs of that one: names are all that git looks at. */
function multiply(folder: string, count: number): void {
  plainGit(folder, ['repack', '-q', '-a', '-d']);
  const [name = ''] = packs(folder);
  const path = join(folder, 'objects/pack', name.replace('.pack', ''));
  for (let i = 1; i < count; i += 1)
    for (const end of ['.pack', '.idx'])
      copyFileSync(path + end, path.replace(/.{8}$/, i.toString(16).padStart(8, '0')) + end);
}

describe('a private clone that has grown', () => {
  it('is packed once there is much, said before, and every commit is there as it was', async () => {
    const { folder, store, remote, said, tidy } = await clone();
    const oids = growCounted(remote, 8);
    await store.fetch();
    expect(loose(folder)).toBe(9);
    expect(await tidy()).toBe(true);
    expect(said).toEqual(['packing']);
    expect(loose(folder)).toBe(0);
    expect(packs(folder)).toHaveLength(1);
    expect(await store.walk(oids.at(-1) ?? '', null)).toEqual({ ok: true, oids, metStop: false });
    const again = await openStore({ folder, remote, env });
    expect(await again.tip()).toBe(oids.at(-1));
    expect(await tidy()).toBe(false);
    expect(said).toHaveLength(1);
  });

  it('is left alone while there is little, and by a process that added nothing', async () => {
    const { folder, remote, tidy, said } = await clone();
    heap(folder, 7);
    expect(await tidy()).toBe(false);
    heap(folder, 9);
    const reader = await openStore({ folder, remote, env });
    expect(await reader.tidy(() => said.push('packing'))).toBe(false);
    expect(said).toEqual([]);
  });

  it.each<ObjectFormat>(['sha1', 'sha256'])(
    'of many packs (%s) has one afterwards, with what no ref reaches, and loose objects that nothing reaches yet',
    async (format) => {
      const { folder, store, remote, tidy } = await clone(format);
      const oids = grow(remote, format, 3);
      await store.fetch();
      multiply(folder, 20);
      expect(packs(folder)).toHaveLength(20);
      // Another process has written it and is about to push it; and one is in a pack whose ref has moved on.
      const written = await store.writeCommit(Buffer.from(commitText(format, [oids.at(-1) ?? ''], 'ours')));
      const packed = await store.writeBlob(Buffer.from('packed and forgotten'));
      plainGit(folder, ['pack-objects', '-q', 'objects/pack/pack'], `${packed}\n`);
      plainGit(folder, ['prune-packed', '-q']);
      expect(existsSync(loosePath(folder, packed))).toBe(false);

      expect(await tidy()).toBe(true);
      expect(packs(folder)).toHaveLength(1);
      expect((await store.walk(written, null)).ok).toBe(true);
      expect(await store.blob(packed, 100)).toEqual(Buffer.from('packed and forgotten'));
      expect(await store.push(oids.at(-1) ?? '', written)).toEqual({ kind: 'moved' });
    },
  );

  it('two that are packed at once, while another process writes and reads: nothing is lost', async () => {
    const { folder, store, remote, tidy } = await clone();
    const oids = grow(remote, 'sha1', 40);
    await store.fetch();
    multiply(folder, 20);
    const other = await openStore({ folder, remote, env });
    await other.fetch();
    const written: string[] = [];
    const writing = (async () => {
      for (let at = 0; at < 12; at += 1) {
        const parent = written.at(-1) ?? oids.at(-1) ?? '';
        written.push(await other.writeCommit(Buffer.from(commitText('sha1', [parent], `ours ${at}`))));
        expect((await other.walk(oids.at(-1) ?? '', null)).ok).toBe(true);
      }
    })();
    const repack = ['-C', folder, 'repack', '-q', '-a', '-d', '-k', '-l'];
    // Of two that pack everything at once, one may find its packs gone, and gives up.
    const another = run('git', repack, { env }).catch(() => undefined);
    await Promise.all([writing, tidy(), another]);
    expect(await store.walk(written.at(-1) ?? '', null)).toEqual({
      ok: true,
      oids: [...oids, ...written],
      metStop: false,
    });
  });

  it('that cannot be packed stays as it is, and is not tried again by each command', async () => {
    const { folder, store, remote, tidy, said } = await clone();
    const [root = ''] = grow(remote, 'sha1', 1);
    await store.fetch();
    heap(folder, 9);
    rmSync(loosePath(folder, root));
    expect(await tidy()).toBe(false);
    expect(await tidy()).toBe(false);
    expect(said).toHaveLength(1);
  });

  it('loses what killed gits have left of packs, once it is old', async () => {
    const { folder, tidy } = await clone();
    heap(folder, 9);
    const [old, young] = ['tmp_pack_abc', 'tmp_pack_def'].map((name) => join(folder, 'objects/pack', name));
    for (const path of [old, young]) writeFileSync(path ?? '', 'half');
    const past = statSync(young ?? '').mtimeMs / 1000 - 2 * 86_400;
    utimesSync(old ?? '', past, past);
    await tidy();
    expect([old, young].map((path) => existsSync(path ?? ''))).toEqual([false, true]);
  });
});
