import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { narrow, refuseReadable, refuseUnsafe } from '../../src/cli/files.js';
import { foldersOf, ledgerFolders, refuseUnsafeFolders } from '../../src/cli/folders.js';
import { hostLabel } from '../../src/cli/machine.js';
import { place } from '../support/places.js';

const person = { cwd: '/srv', uid: 1000, machineWide: true };

describe('folders', () => {
  it('are in MPA_HOME where that is set, relative to the current folder', () => {
    expect(foldersOf({ ...person, env: { MPA_HOME: 'h', XDG_CONFIG_HOME: '/x' } })).toEqual({
      config: '/srv/h/config.json',
      keys: '/srv/h/keys',
      ledgers: '/srv/h/ledgers',
      state: '/srv/h/state',
    });
  });

  it('are the XDG folders otherwise', () => {
    const env = { HOME: '/home/a', XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s' };
    expect(foldersOf({ ...person, env })).toEqual({
      config: '/c/mpa/config.json',
      keys: '/d/mpa/keys',
      ledgers: '/d/mpa/ledgers',
      state: '/s/mpa',
    });
  });

  it('have the usual places where XDG says nothing, or something relative', () => {
    const usual = {
      config: '/home/a/.config/mpa/config.json',
      keys: '/home/a/.local/share/mpa/keys',
      ledgers: '/home/a/.local/share/mpa/ledgers',
      state: '/home/a/.local/state/mpa',
    };
    expect(foldersOf({ ...person, env: { HOME: '/home/a' } })).toEqual(usual);
    const relative = { XDG_CONFIG_HOME: 'c', XDG_DATA_HOME: '', XDG_STATE_HOME: './s', MPA_HOME: '' };
    expect(foldersOf({ ...person, env: { HOME: '/home/a', ...relative } })).toEqual(usual);
  });

  it("are the machine's for root where it has a configuration and MPA_HOME is not set", () => {
    const root = { cwd: '/', uid: 0 };
    const env = { HOME: '/root' };
    expect(foldersOf({ ...root, env, machineWide: true }).config).toBe('/etc/mpa/config.json');
    expect(foldersOf({ ...root, env, machineWide: false }).config).toBe('/root/.config/mpa/config.json');
    expect(foldersOf({ ...root, env: { MPA_HOME: '/h' }, machineWide: true }).config).toBe('/h/config.json');
    expect(foldersOf({ ...person, env }).config).toBe('/root/.config/mpa/config.json');
  });

  it('name a ledger by the first 12 digits of its anchor', () => {
    const folders = foldersOf({ ...person, env: { MPA_HOME: '/h' } });
    expect(ledgerFolders(folders, '0123456789abcdef'.repeat(4))).toEqual({
      clone: '/h/ledgers/0123456789ab.git',
      state: '/h/state/0123456789ab',
      spent: '/h/state/0123456789ab/spent',
    });
  });
});

describe('permissions', () => {
  const uid = process.getuid?.();

  it.each([['.'], ['keys'], ['ledgers'], ['state'], ['config.json']])(
    'refuse a home whose %s others can write',
    async (part) => {
      const home = place();
      for (const name of ['keys', 'ledgers', 'state']) mkdirSync(join(home, name), { mode: 0o700 });
      writeFileSync(join(home, 'config.json'), '{}', { mode: 0o600 });
      const folders = foldersOf({ env: { MPA_HOME: home }, cwd: '/', uid, machineWide: false });
      expect(() => refuseUnsafeFolders(folders, uid)).not.toThrow();
      for (const mode of [0o720, 0o702]) {
        chmodSync(join(home, part), mode);
        expect(() => refuseUnsafeFolders(folders, uid)).toThrow(
          expect.objectContaining({ code: 'unsafe-permissions' }),
        );
      }
    },
  );

  it('refuse what belongs to someone else', async () => {
    const mine = place();
    const { uid: owner } = statSync(mine);
    if (owner !== 0) expect(() => refuseUnsafe(mine, owner + 1)).toThrow(/belongs to another user/);
    expect(() => refuseUnsafe(mine, owner)).not.toThrow();
  });

  it('take nothing there for fine', async () => {
    expect(() => refuseUnsafe(join(place(), 'no', 'such'), uid)).not.toThrow();
  });

  it.each([
    [0o600, 'fine'],
    [0o400, 'fine'],
    [0o640, 'unsafe-permissions'],
    [0o604, 'unsafe-permissions'],
    [0o620, 'unsafe-permissions'],
  ])('of a file with a passphrase, %o: %s', async (mode, expected) => {
    const file = join(place(), 'passphrase');
    writeFileSync(file, 'secret');
    chmodSync(file, mode);
    const looked = refuseReadable(file, '--passphrase-file');
    if (expected === 'fine') await expect(looked).resolves.toBeUndefined();
    else await expect(looked).rejects.toMatchObject({ code: expected });
  });

  it('are narrowed below a folder', async () => {
    const folder = place();
    mkdirSync(join(folder, 'a', 'b'), { recursive: true, mode: 0o755 });
    writeFileSync(join(folder, 'a', 'b', 'c'), '', { mode: 0o644 });
    await narrow(folder);
    const modes = ['.', 'a', 'a/b', 'a/b/c'].map((part) => statSync(join(folder, part)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o600]);
  });
});

describe('this machine', () => {
  it.each([
    ['Build-7.example.org', 'build-7'],
    ['localhost', 'localhost'],
    ['A', 'a'],
  ])('§4 %s is the host %s', (name, host) => {
    expect(hostLabel(name)).toBe(host);
  });
});
