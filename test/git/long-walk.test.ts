import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/core/ports.js';
import { gitEnvironment } from '../../src/git/environment.js';
import { Following } from '../../src/git/following.js';
import { Reader } from '../../src/git/reader.js';
import { createStore, openStore } from '../../src/git/store.js';
import { walk } from '../../src/git/walk.js';
import {
  bareRepository,
  callerOf,
  commitText,
  grow,
  loosePath,
  plainGit,
  workplace,
  writeCommit,
  writeLoose,
} from './support.js';

const place = workplace();
const env = callerOf(place);
const COUNT = 600;

/** So long that git is asked which commits may follow, and hands objects over in blocks. */
describe('a line of hundreds of commits', () => {
  const remote = bareRepository(place, 'remote.git', 'sha1');
  const first = join(place, 'clone.git');
  const oids = grow(remote, 'sha1', COUNT);
  const nth = (at: number): string => oids.at(at) ?? '';
  const tip = nth(-1);
  let folder: string;
  let store: Store;
  let count = 0;

  beforeAll(async () => {
    await (await createStore({ folder: first, remote, env })).fetch();
  });

  beforeEach(async () => {
    count += 1;
    folder = join(place, `copy-${count}.git`);
    cpSync(first, folder, { recursive: true });
    store = await openStore({ folder, remote, env });
  });

  async function read(): Promise<string[]> {
    const found: string[] = [];
    for await (const { oid } of store.commits(oids, null)) found.push(oid);
    return found;
  }

  it('is walked to its root, or to where it is to stop, and read in order', async () => {
    expect(await store.walk(tip, null)).toEqual({ ok: true, oids, metStop: false });
    for (const at of [10, 400, 535, 536, 598])
      expect(await store.walk(tip, nth(at))).toEqual({ ok: true, oids: oids.slice(at + 1), metStop: true });
    expect(await store.walk(tip, 'a'.repeat(40))).toEqual({ ok: true, oids, metStop: false });
    expect(await read()).toEqual(oids);
  });

  it('§2.4 grafts change nothing', async () => {
    mkdirSync(join(folder, 'info'), { recursive: true });
    writeFileSync(join(folder, 'info', 'grafts'), `${nth(450)} ${nth(150)}\n`);
    expect(Number(plainGit(folder, ['rev-list', '--count', tip]))).toBeLessThan(COUNT);
    expect(await store.walk(tip, null)).toEqual({ ok: true, oids, metStop: false });
    expect(await store.walk(tip, nth(440))).toEqual({ ok: true, oids: oids.slice(441), metStop: true });
  });

  it('a stop beside the line, so that git lists less than all: the walk goes on to the root', async () => {
    const side = writeCommit(folder, 'sha1', [nth(200)], 'side');
    expect(await store.walk(tip, side)).toEqual({ ok: true, oids, metStop: false });
  });

  it('whatever git lists, the walk follows the raw parents', async () => {
    const below = oids.slice(0, -64).reverse();
    const lists = [
      below.filter((_, at) => at !== 100),
      [...below.slice(0, 200), ...below.slice(400)],
      [nth(0), ...below],
      [...below.slice(0, 50), 'HEAD', '--help', ...below.slice(50)],
      [...below, 'a'.repeat(40)],
      below.toReversed(),
      [],
    ];
    for (const list of lists) {
      class Misled extends Reader {
        override following(): Following {
          return new Following(this, this.take({ all: list }));
        }
      }
      const reader = new Misled({ folder, rejoin: 'mpa join' }, gitEnvironment(env, folder, null), 'sha1');
      expect(await walk(reader, tip, null)).toEqual({ ok: true, oids, metStop: false });
      expect(await walk(reader, tip, nth(60))).toEqual({ ok: true, oids: oids.slice(61), metStop: true });
    }
  });

  it('§2.5 a commit that is absent, or another under its name, is damaged wherever it stands', async () => {
    rmSync(join(folder, 'objects', 'pack'), { recursive: true });
    cpSync(join(remote, 'objects'), join(folder, 'objects'), { recursive: true });
    for (const at of [0, 299, 520, 590]) {
      const damaged = { ok: false, fault: { kind: 'damaged', oid: nth(at) } };
      const path = loosePath(folder, nth(at));
      rmSync(path);
      expect(await store.walk(tip, null)).toMatchObject(damaged);
      await expect(read()).rejects.toMatchObject({ code: 'damaged' });
      writeLoose(folder, 'sha1', 'commit', commitText('sha1', [nth(Math.max(0, at - 200))], 'x'), nth(at));
      expect(await store.walk(tip, null)).toMatchObject(damaged);
      await expect(read()).rejects.toMatchObject({ code: 'damaged' });
      writeFileSync(path, 'junk');
      expect(await store.walk(tip, null)).toMatchObject(damaged);
      await expect(read()).rejects.toMatchObject({ code: 'damaged' });
      cpSync(loosePath(remote, nth(at)), path);
    }
    expect(await store.walk(tip, null)).toMatchObject({ ok: true });
  });

  it('§2.1 a merge far below the tip is malformed', async () => {
    const side = writeCommit(folder, 'sha1', [nth(1)], 'side');
    let top = writeCommit(folder, 'sha1', [tip, side], 'merge');
    const merge = top;
    for (let at = 0; at < 200; at += 1) top = writeCommit(folder, 'sha1', [top], `above ${at}`);
    expect(await store.walk(top, null)).toMatchObject({ fault: { kind: 'malformed', oid: merge } });
    expect(await store.walk(top, merge)).toMatchObject({ ok: true, metStop: true });
  });

  it('names that are none end the reading there', async () => {
    const found: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { oid } of store.commits([...oids, 'HEAD', ...oids], null)) found.push(oid);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'damaged' });
    expect(found).toEqual(oids);
  });

  it('a reading of many that is given up does not disturb the next', async () => {
    for await (const _ of store.commits(oids, null)) break;
    expect(await read()).toEqual(oids);
  });
});
