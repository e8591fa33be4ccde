import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unprivileged } from '../git/support.js';
import { ask, world, write } from './world.js';

// A file of its own: another login can be taken on by a process only, not by a thread, and whoever runs tests in threads leaves it out.

/** Makes a folder and all in it readable and traversable, not writable, for anybody. */
function openTo(folder: string, mode: number): void {
  for (let path = folder; path !== dirname(path) && path.length > 5; path = dirname(path))
    chmodSync(path, mode | 0o555);
  chmodSync(folder, mode);
}

describe('a home that cannot be written in', () => {
  it('still verifies, and says that nothing was saved; a branch set back is rewritten in the same process', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const record = readFileSync(join(home.folder, 'head.json'), 'utf8');
    const saved = w.remote.branch;
    const commit = await w.craft(w.alice, ask());
    const again = home.again();
    const tip = w.remote.branch;
    openTo(home.folder, 0o555);
    for (const part of ['anchor', 'head.json', 'checkpoint']) chmodSync(join(home.folder, part), 0o444);
    openTo(join(home.folder, 'lock'), 0o555);
    for (const name of ['0', '1', '1.released'])
      if (existsSync(join(home.folder, 'lock', name))) chmodSync(join(home.folder, 'lock', name), 0o444);
    await unprivileged(async () => {
      expect((await again.ledger.refresh()).head.commit).toBe(commit);
      expect(again.notices).toHaveLength(1);
      w.remote.branch = saved;
      await w.craft(w.bob, ask());
      await expect(again.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
      w.remote.branch = tip;
      await expect(write(again, w.alice, ask())).rejects.toMatchObject({ code: 'disk' });
    });
    expect(readFileSync(join(home.folder, 'head.json'), 'utf8')).toEqual(record);
    expect(w.remote.branch).toBe(tip);
  });
});
