import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectFormat } from '../../src/core/ports.js';
import { createStore, openStore } from '../../src/git/store.js';
import { bareRepository, callerOf, grow, loosePath, plainGit, unprivileged, workplace } from './support.js';

const place = workplace();
const env = callerOf(place);
let count = 0;

describe.each<ObjectFormat>(['sha1', 'sha256'])('the private clone of a %s remote', (format) => {
  const remote = bareRepository(place, `${format}.git`, format);
  const oids = grow(remote, format, 3);
  const tip = oids[2] ?? '';
  const first = join(place, `${format}-first.git`);
  let folder: string;

  beforeAll(async () => {
    await (await createStore({ folder: first, remote, env })).fetch();
  });

  beforeEach(() => {
    count += 1;
    folder = join(place, `copy-${count}.git`);
    cpSync(first, folder, { recursive: true });
  });

  const works = async (): Promise<void> => {
    const store = await openStore({ folder, remote, env });
    expect(store.format).toBe(format);
    expect(await store.walk(tip, null)).toEqual({ ok: true, oids, metStop: false });
    expect(await store.fetch()).toBe(tip);
  };

  it('is for its owner alone', () => {
    // Not the copy: what modes cpSync gives differs between versions of Node.
    expect(statSync(first).mode & 0o777).toBe(0o700);
    expect(statSync(join(first, 'config')).mode & 0o777).toBe(0o600);
    expect(statSync(join(first, 'user.config')).mode & 0o777).toBe(0o600);
  });

  it('takes the format of a remote that shows it only by the names of its objects', async () => {
    const ssh = join(place, 'ssh');
    writeFileSync(ssh, '#!/bin/sh\nwhile test $# -gt 1; do shift; done\nexec sh -c "$1"\n', { mode: 0o755 });
    const caller = { ...env, GIT_SSH_COMMAND: ssh };
    const there = join(place, `ssh-${format}.git`);
    const store = await createStore({ folder: there, remote: `host:${remote}`, env: caller });
    expect(store.format).toBe(format);
    expect(await store.fetch()).toBe(tip);
    const empty = bareRepository(place, `empty-${format}.git`, format);
    const told = { folder: `${there}.2`, remote: `host:${empty}`, env: caller, format };
    expect((await createStore(told)).format).toBe(format);
  });

  it('hostile configuration of the clone is written over', async () => {
    const trace = join(place, `trace-${count}`);
    const evil = `sh -c "touch ${trace}"`;
    const config = readFileSync(join(folder, 'config'), 'utf8');
    writeFileSync(
      join(folder, 'config'),
      `${config}[core]\n\tsshCommand = ${evil}\n\tworktree = ${place}\n\thooksPath = hooks\n\talternateRefsCommand = ${evil}
[url "/nowhere"]\n\tinsteadOf = /\n[protocol]\n\tallow = always\n[include]\n\tpath = more\n[transfer]\n\thideRefs = refs\n`,
    );
    await works();
    expect(readFileSync(join(folder, 'config'), 'utf8')).toBe(config);
    expect(existsSync(trace)).toBe(false);
  });

  it('a configuration that is gone is written anew', async () => {
    if (format === 'sha256') return;
    rmSync(join(folder, 'config'));
    await works();
  });

  it('§2.4 alternates change nothing', async () => {
    const other = bareRepository(place, `other-${count}.git`, format);
    writeFileSync(join(folder, 'objects/info/alternates'), `${join(other, 'objects')}\n`);
    await works();
    expect(plainGit(folder, ['count-objects', '-v'])).not.toContain('alternate:');
    // An object that only the alternate has is absent.
    cpSync(loosePath(folder, oids[1] ?? ''), loosePath(other, oids[1] ?? ''));
    rmSync(loosePath(folder, oids[1] ?? ''));
    writeFileSync(join(folder, 'objects/info/alternates'), `${join(other, 'objects')}\n`);
    const store = await openStore({ folder, remote, env });
    expect(await store.walk(tip, null)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
  });

  it.each(['shallow', 'commondir'])('§2.4 a clone with a file %s is refused', async (name) => {
    writeFileSync(join(folder, name), `${oids[1]}\n`);
    await expect(openStore({ folder, remote, env })).rejects.toMatchObject({ code: 'untrusted-clone' });
  });

  it('a folder that is no clone is not-joined, and one that is there is not written over', async () => {
    const none = join(place, 'none.git');
    await expect(openStore({ folder: none, remote, env })).rejects.toMatchObject({ code: 'not-joined' });
    mkdirSync(none, { recursive: true });
    await expect(createStore({ folder: none, remote, env })).rejects.toMatchObject({ code: 'foreign-state' });
    await expect(createStore({ folder, remote, env })).rejects.toMatchObject({ code: 'foreign-state' });
    await works();
  });

  it('a clone that is taken away while it is open is `disk`', async () => {
    const store = await openStore({ folder, remote, env });
    rmSync(folder, { recursive: true });
    await expect(store.tip()).rejects.toMatchObject({ code: 'disk' });
    await expect(store.fetch()).rejects.toMatchObject({ code: 'disk' });
    await expect(store.walk(tip, null)).rejects.toMatchObject({ code: 'disk' });
  });

  it('a clone that git cannot use is untrusted-clone', async () => {
    const store = await openStore({ folder, remote, env });
    rmSync(join(folder, 'HEAD'));
    await expect(store.keep(tip)).rejects.toMatchObject({ code: 'untrusted-clone' });
  });

  it('a place that cannot be written is `disk`, and nothing is left there', async () => {
    const locked = join(place, `locked-${format}`);
    mkdirSync(locked, { mode: 0o555 });
    const trusting = callerOf(locked.replace('locked', 'trusting'));
    writeFileSync(join(trusting['HOME'] ?? '', '.gitconfig'), '[safe]\n\tdirectory = *\n');
    await unprivileged(async () => {
      const made = createStore({
        folder: join(locked, 'x', 'clone.git'),
        remote,
        env: trusting,
      });
      await expect(made).rejects.toMatchObject({ code: 'disk' });
    });
    expect(existsSync(join(locked, 'x'))).toBe(false);
  });
});
