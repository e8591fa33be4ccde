import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makePrivate, type Quarters } from '../../src/workflows/private-folder.js';
import { place } from '../support/places.js';
import { codeOf } from './desk.js';

function quarters(): Quarters {
  const { username: login, uid, gid } = userInfo();
  const account = { login, uid, gid, home: '/', shell: '/bin/sh', path: '/bin', own: true };
  return { account, runs: join(place(), 'runs') };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const left = ({ runs }: Quarters): string[] => readdirSync(runs).filter((name) => name !== 'locks');

describe('§8.7 a private folder for a run', () => {
  it('holds the files under their paths and nothing else: 0700, 0600, 0700 for what is executable', async () => {
    const at = quarters();
    const files = [
      { path: 'a/b/data', bytes: bytes('one'), executable: false },
      { path: 'tool', bytes: bytes('#!/bin/sh\n'), executable: true },
    ];
    const folder = await makePrivate(at, files);
    expect(readdirSync(folder.path, { recursive: true }).sort()).toEqual(['a', 'a/b', 'a/b/data', 'tool']);
    expect(readFileSync(join(folder.path, 'a/b/data'), 'utf8')).toBe('one');
    const paths = ['', 'a', 'a/b', 'a/b/data', 'tool'].map((path) => modeOf(join(folder.path, path)));
    expect(paths).toEqual(['700', '700', '700', '600', '700']);
    expect(await folder.remove()).toBe(true);
    expect([left(at), readdirSync(join(at.runs, 'locks'))]).toEqual([[], []]);
  });

  it('is a new one each time, and one that still runs is left alone', async () => {
    const at = quarters();
    const first = await makePrivate(at, []);
    const second = await makePrivate(at, []);
    expect(second.path).not.toBe(first.path);
    expect(existsSync(first.path)).toBe(true);
    await first.remove();
    await second.remove();
  });

  it('what a crash left behind is removed by the next run, its links not followed', async () => {
    const at = quarters();
    const outside = place();
    writeFileSync(join(outside, 'file'), 'stays');
    const crashed = join(at.runs, '0123456789abcdef');
    mkdirSync(join(crashed, 'd'), { recursive: true });
    symlinkSync(outside, join(crashed, 'd', 'link'));
    const folder = await makePrivate(at, []);
    expect(left(at)).toEqual([folder.path.slice(at.runs.length + 1)]);
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('stays');
    await folder.remove();
  });

  it('what somebody else put there is not a run’s, and stays', async () => {
    const at = quarters();
    mkdirSync(join(at.runs, 'notes'), { recursive: true });
    await (await makePrivate(at, [])).remove();
    expect(left(at)).toEqual(['notes']);
  });

  it('files that cannot stand beside each other: disk, and nothing is left', async () => {
    const at = quarters();
    const files = ['a', 'a/b'].map((path) => ({ path, bytes: bytes(path), executable: false }));
    expect(await codeOf(makePrivate(at, files))).toBe('disk');
    expect(left(at)).toEqual([]);
  });

  it('a login that could not reach it: bad-config, with what to open', async () => {
    const at = quarters();
    // Its temporary folder is 0700 and another's.
    const other = { ...at, account: { ...at.account, uid: 54_321, gid: 54_321, own: false } };
    const runs = join(place(), 'closed', 'home', 'runs');
    mkdirSync(join(runs, '..'), { recursive: true });
    await expect(makePrivate({ ...other, runs }, [])).rejects.toMatchObject({
      code: 'bad-config',
      hint: expect.stringContaining('chmod o+x') as string,
    });
  });
});
