import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { createStore, ensureRemote, parseRemote } from '../../src/git/store.js';
import { bareRepository, callerOf, plainGit, workplace } from './support.js';

const place = workplace();
const env = callerOf(place);

describe('parseRemote', () => {
  it.each([
    ['/srv/ledger.git', 'path', '/srv/ledger.git', '/srv/ledger.git'],
    ['ledger.git', 'path', '/home/ann/ledger.git', '/home/ann/ledger.git'],
    ['../x/./y', 'path', '/home/x/y', '/home/x/y'],
    ['./-odd', 'path', '/home/ann/-odd', '/home/ann/-odd'],
    ['./a:b', 'path', '/home/ann/a:b', '/home/ann/a:b'],
    ['file:///srv/a%20b.git', 'file', 'file:///srv/a%20b.git', '/srv/a b.git'],
    ['ssh://git@host:2222/ledger.git', 'ssh', 'ssh://git@host:2222/ledger.git', null],
    ['ssh://[::1]/ledger.git', 'ssh', 'ssh://[::1]/ledger.git', null],
    ['git@github.com:team/ledger.git', 'ssh', 'git@github.com:team/ledger.git', null],
    ['host:ledger', 'ssh', 'host:ledger', null],
    ['host:~ann/ledger', 'ssh', 'host:~ann/ledger', null],
    ['[::1]:ledger', 'ssh', '[::1]:ledger', null],
    ['https://example.org/team/ledger.git', 'https', 'https://example.org/team/ledger.git', null],
    ['https://ann:secret@example.org/x', 'https', 'https://ann:secret@example.org/x', null],
  ])('takes %s', (text, kind, url, path) => {
    expect(parseRemote(text, '/home/ann')).toEqual({ kind, url, path });
  });

  it.each([
    ['nothing', ''],
    ['the git protocol', 'git://host/x'],
    ['plain http', 'http://host/x'],
    ['ftp', 'ftp://host/x'],
    ['an upper-case scheme, which git takes for a helper', 'HTTPS://host/x'],
    ['git+ssh', 'git+ssh://host/x'],
    ['a transport helper', 'ext::sh -c touch% /tmp/x'],
    ['a transport helper without a name', '::x'],
    ['a file descriptor', 'fd::17'],
    ['an option', '--upload-pack=touch /tmp/x'],
    ['a short option', '-x'],
    ['a host that is an option', '-oProxyCommand=x:y'],
    ['a user whose host is an option', 'git@-oProxyCommand=x:y'],
    ['a path that is an option', 'host:-x'],
    ['an ssh host that is an option', 'ssh://-oProxyCommand=x/y'],
    ['an encoded ssh host that is an option', 'ssh://%2doProxyCommand=x/y'],
    ['an ssh host that is an option after a user', 'ssh://git@-oProxyCommand=x/y'],
    ['ssh without a path', 'ssh://host'],
    ['https without a host', 'https:///x'],
    ['https with a broken port', 'https://host:port/x'],
    ['a file on another host', 'file://host/x'],
    ['a relative file', 'file://x'],
    ['a newline', 'host:x\ny'],
    ['an encoded newline', 'file:///x%0ay'],
    ['a broken encoding', 'file:///x%zz'],
    ['a control character', '/srv/\u001b[2J'],
  ])('refuses %s', (_, text) => {
    expect(() => parseRemote(text, '/home/ann')).toThrow(
      expect.objectContaining({ code: 'transport-refused' }),
    );
  });

  it('keeps a password out of the message', () => {
    try {
      parseRemote('http://ann:secret@host/x');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(MpaError);
      expect(String(error)).not.toContain('secret');
    }
  });
});

describe('ensureRemote', () => {
  it('makes a bare repository where nothing is: of the branch, append-only', async () => {
    const path = join(place, 'new', 'ledger.git');
    expect(await ensureRemote(path, { env })).toBe(true);
    expect(plainGit(path, ['symbolic-ref', 'HEAD']).trim()).toBe('refs/heads/mpa');
    expect(plainGit(path, ['rev-parse', '--is-bare-repository']).trim()).toBe('true');
    expect(readdirSync(join(place, 'new'))).toEqual(['ledger.git']);
    expect(await ensureRemote(path, { env })).toBe(false);
  });

  it('§2.7 what it makes refuses forced pushes and deletions', async () => {
    const path = join(place, 'guarded.git');
    await ensureRemote(`file://${path}`, { env, format: 'sha256' });
    const store = await createStore({ folder: join(place, 'guard-clone.git'), remote: path, env });
    expect(store.format).toBe('sha256');
    const tree = await store.writeTree(new Uint8Array(0));
    const who = 'Ann <ann@example.org> 1700000000 +0000';
    const [one, two] = await Promise.all(
      ['one', 'two'].map((text) =>
        store.writeCommit(Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${text}\n`)),
      ),
    );
    expect(await store.push(null, one ?? '')).toEqual({ kind: 'moved' });
    const clone = join(place, 'guard-clone.git');
    for (const spec of [`+${two}:refs/heads/mpa`, ':refs/heads/mpa']) {
      expect(() => plainGit(clone, ['push', '-q', path, spec])).toThrow();
    }
    expect(plainGit(path, ['rev-parse', 'refs/heads/mpa']).trim()).toBe(one);
  });

  it('leaves a repository that is there, bare or not, as it is', async () => {
    const bare = bareRepository(place, 'there.git');
    expect(await ensureRemote(bare, { env })).toBe(false);
    const work = join(place, 'work');
    execFileSync('git', ['init', '-q', work], { env: { ...env, GIT_CONFIG_NOSYSTEM: '1' } });
    expect(await ensureRemote(work, { env })).toBe(false);
  });

  it.each(['an empty folder', 'a folder inside a repository', 'a link to one', 'a file'])(
    'refuses %s',
    async (what) => {
      const path = join(place, what === 'a link to one' ? 'linked' : 'refused', what);
      if (what.includes('inside') || what.includes('link')) bareRepository(place, 'refused');
      mkdirSync(dirname(path), { recursive: true });
      if (what === 'a file') writeFileSync(path, 'x');
      else if (what === 'a link to one') symlinkSync(join(place, 'refused', 'objects'), path);
      else mkdirSync(path);
      await expect(ensureRemote(path, { env })).rejects.toMatchObject({ code: 'remote-not-a-repository' });
      const folder = join(place, 'never.git');
      await expect(createStore({ folder, remote: path, env })).rejects.toMatchObject({
        code: 'remote-not-a-repository',
      });
      expect(existsSync(folder)).toBe(false);
    },
  );

  it('does nothing about a remote elsewhere', async () => {
    expect(await ensureRemote('git@example.org:x.git', { env })).toBe(false);
  });

  it('refuses a name of a branch that git would take for something else', async () => {
    for (const branch of [
      'mpa',
      'refs/heads/',
      'refs/heads/a..b',
      'refs/heads/a b',
      'refs/tags/x',
      'refs/heads/a.lock',
      'refs/heads/+x:y',
    ]) {
      await expect(ensureRemote(join(place, 'no.git'), { env, branch })).rejects.toMatchObject({
        code: 'usage',
      });
    }
    expect(existsSync(join(place, 'no.git'))).toBe(false);
  });
});
