import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectFormat, Store } from '../../src/core/ports.js';
import { createStore } from '../../src/git/store.js';
import {
  bareRepository,
  callerOf,
  commitText,
  grow,
  loosePath,
  plainGit,
  setBranch,
  unprivileged,
  workplace,
  writeCommit,
  writeLoose,
} from './support.js';

const place = workplace();
const env = callerOf(place);
let count = 0;

describe.each<ObjectFormat>(['sha1', 'sha256'])('fetching from a %s remote', (format) => {
  let remote: string;
  let folder: string;
  let store: Store;
  let oids: string[];
  let tip: string;

  beforeEach(async () => {
    count += 1;
    remote = bareRepository(place, `remote-${count}.git`, format);
    folder = join(place, `clone-${count}.git`);
    oids = grow(remote, format, 3);
    tip = oids[2] ?? '';
    store = await createStore({ folder, remote, env });
    expect(await store.fetch()).toBe(tip);
  });

  it('a branch that was set back is fetched as it is, and what was kept stays', async () => {
    await store.keep(tip);
    setBranch(remote, oids[0] ?? '');
    expect(await store.fetch()).toBe(oids[0]);
    expect(await store.tip()).toBe(oids[0]);
    expect(await store.walk(tip, null)).toMatchObject({ ok: true, oids });
  });

  it('a branch with another history is fetched as it is', async () => {
    const other = writeCommit(remote, format, [writeCommit(remote, format, [], 'other')], 'history');
    setBranch(remote, other);
    expect(await store.fetch()).toBe(other);
  });

  it('the tip is the same wherever git keeps it, and no file that is no tip is taken for one', async () => {
    const file = join(folder, 'refs', 'mpa', 'tip');
    // What no process of git had a say in: the file alone.
    writeFileSync(file, `${oids[1] ?? ''}\n`);
    expect(await store.tip()).toBe(oids[1]);
    plainGit(folder, ['pack-refs', '--all']);
    expect(existsSync(file)).toBe(false);
    expect(await store.tip()).toBe(oids[1]);
    writeFileSync(file, 'ref: refs/mpa/other\n');
    expect(await store.tip()).toBeNull();
    for (const text of ['', 'a'.repeat(12), `${tip}\n${tip}\n`, `${tip.toUpperCase()}x\n`]) {
      writeFileSync(file, text);
      const found = await store.tip().catch((error: unknown) => error);
      expect([null, tip, expect.objectContaining({ code: 'untrusted-clone' })]).toContainEqual(found);
    }
  });

  it('a merge is fetched: the walk judges it', async () => {
    const merge = writeCommit(remote, format, [tip, writeCommit(remote, format, [], 'other')], 'merge');
    setBranch(remote, merge);
    expect(await store.fetch()).toBe(merge);
    expect(await store.walk(merge, tip)).toMatchObject({ ok: false, fault: { kind: 'malformed' } });
  });

  it('§2.5 a branch that is gone is null, and the old tip is still known', async () => {
    plainGit(remote, ['update-ref', '-d', 'refs/heads/mpa']);
    expect(await store.fetch()).toBeNull();
    expect(await store.tip()).toBe(tip);
  });

  it('a branch whose name only ends like ours is not ours', async () => {
    plainGit(remote, ['update-ref', '-d', 'refs/heads/mpa']);
    plainGit(remote, ['update-ref', 'refs/x/refs/heads/mpa', tip]);
    expect(await store.fetch()).toBeNull();
  });

  it('tags, other branches and FETCH_HEAD are left out', async () => {
    plainGit(remote, ['tag', 'v1', tip]);
    plainGit(remote, ['update-ref', 'refs/heads/other', tip]);
    setBranch(remote, writeCommit(remote, format, [tip], 'more'));
    await store.fetch();
    expect(plainGit(folder, ['for-each-ref', '--format=%(refname)'])).toBe('refs/mpa/tip\n');
    expect(existsSync(join(folder, 'FETCH_HEAD'))).toBe(false);
    expect(existsSync(join(folder, 'objects/info/commit-graph'))).toBe(false);
  });

  it('eight fetches at a time all get the tip', async () => {
    const next = writeCommit(remote, format, [tip], 'more');
    setBranch(remote, next);
    const tips = await Promise.all(Array.from({ length: 8 }, () => store.fetch()));
    expect(new Set(tips)).toEqual(new Set([next]));
  });

  it('§2.5 a remote that lacks an object of the branch is damaged', async () => {
    const more = grow(remote, format, 3, tip);
    rmSync(loosePath(remote, more[1] ?? ''));
    const admin = expect.stringContaining('a repository admin looks at the remote') as string;
    await expect(store.fetch()).rejects.toMatchObject({ code: 'damaged', hint: admin });
    expect(await store.tip()).toBe(tip);
  });

  it('§2.4 a remote that is a shallow copy, cut off above what is here, is damaged and not missing', async () => {
    await store.fetch();
    const more = grow(remote, format, 3, tip);
    const whole = `${remote}.whole`;
    renameSync(remote, whole);
    plainGit(whole, ['clone', '-q', '--bare', '--depth', '1', '--branch', 'mpa', `file://${whole}`, remote]);
    const shallow = { code: 'damaged', message: expect.stringContaining('it is a shallow copy') as string };
    await expect(store.fetch()).rejects.toMatchObject(shallow);
    expect(await store.tip()).toBe(tip);
    renameSync(remote, `${remote}.shallow`);
    renameSync(whole, remote);
    expect(await store.fetch()).toBe(more[2]);
  });

  it('§2.5 an object of the clone that is broken is damaged, and which folder is to go and how it is made anew is said', async () => {
    expect(await store.fetch()).toBe(tip);
    rmSync(loosePath(folder, tip));
    writeFileSync(loosePath(folder, tip), 'junk');
    const broken = {
      code: 'damaged',
      hint: expect.stringContaining(`\n  rm -r ${folder}\n  mpa join ${remote}`) as string,
    };
    await expect(store.fetch()).rejects.toMatchObject(broken);
  });

  it('§2.5 a remote that serves another commit under an old name is damaged', async () => {
    const more = grow(remote, format, 2, tip);
    writeLoose(remote, format, 'commit', commitText(format, [tip], 'forged'), more[1] ?? '');
    await expect(store.fetch()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('a remote that is gone is unreachable; one that became something else is no repository', async () => {
    renameSync(remote, `${remote}.away`);
    await expect(store.fetch()).rejects.toMatchObject({ code: 'remote-unreachable' });
    mkdirSync(remote);
    await expect(store.fetch()).rejects.toMatchObject({ code: 'remote-not-a-repository' });
    rmSync(remote, { recursive: true });
    writeFileSync(remote, 'a file');
    await expect(store.fetch()).rejects.toMatchObject({ code: 'remote-not-a-repository' });
  });

  it('a clone that cannot be written is `disk`, in each act that writes', async () => {
    setBranch(remote, writeCommit(remote, format, [tip], 'more'));
    const restore = readOnly(folder);
    try {
      await unprivileged(async () => {
        await expect(store.fetch()).rejects.toMatchObject({ code: 'disk' });
        await expect(store.keep(tip)).rejects.toMatchObject({ code: 'disk' });
        await expect(store.writeBlob(Buffer.from('x'))).rejects.toMatchObject({ code: 'disk' });
      });
    } finally {
      restore();
    }
  });
});

/** Takes the right to write away from a folder and all below it; the answer gives it back. */
function readOnly(folder: string): () => void {
  const folders = [folder];
  for (const at of folders) {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (entry.isDirectory()) folders.push(join(at, entry.name));
    }
  }
  for (const at of folders) chmodSync(at, 0o555);
  return () => {
    for (const at of folders) chmodSync(at, 0o755);
  };
}
