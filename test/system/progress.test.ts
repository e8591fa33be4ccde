import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeLedger, type BenchLedger } from '../bench/ledger.js';
import { MPA } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { startTmux, type Tmux } from './support/terminal.js';
import { suite } from './support/tools.js';

/** Enough that no machine verifies it in a second. */
const EVENTS = 20_002;

/** Every file below a folder with its content's length and its time of change. */
function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path} ${statSync(path).mtimeMs} ${readFileSync(path).length}`;
    })
    .sort();
}

suite('long work at a terminal', { tools: ['tmux', 'bash'] }, () => {
  let folder: string;
  let tmux: Tmux;
  let ledger: BenchLedger;
  beforeAll(async () => {
    folder = emptyFolder();
    tmux = startTmux(folder);
    ledger = await makeLedger(folder, EVENTS);
  });
  afterAll(() => {
    tmux.close();
    remove(folder);
  });

  const COUNT = /\[[#.]{20}\] [\d,]+ of 20,002 events verified, [\d,]+ a second, [\dhms]+ left/;

  it('join and audit show how far they are; Ctrl-C ends them with 130 and leaves everything as it was', async () => {
    const home = join(folder, 'mpa');
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, MPA_HOME: home };
    const terminal = await tmux.open('long', folder, env);
    const join_ = `node ${MPA} join ${ledger.repository} --anchor ${ledger.anchor} --name long`;
    terminal.type(join_);
    await terminal.sees(COUNT);
    terminal.press('C-c');
    expect(await terminal.ended(130)).toContain('[cancelled]');
    expect(files(home)).toEqual([]);

    terminal.type(join_);
    await terminal.sees(COUNT);
    expect(await terminal.ended(0)).not.toMatch(/\[[#.]{20}\]/);

    const before = files(join(home, 'state'));
    terminal.type(`node ${MPA} audit`);
    await terminal.sees(COUNT);
    terminal.press('C-c');
    expect(await terminal.ended(130)).toContain('[cancelled]');
    // The fetch that went before has noted its time, under the lock; nothing else has changed.
    const changed = files(join(home, 'state')).filter((file) => !before.includes(file));
    expect(changed.filter((file) => !/\/(head\.json|lock\/[^/]*) /.test(file))).toEqual([]);

    const audited = await terminal.run(`node ${MPA} audit`);
    expect(audited).toMatch(/verified +20002 events/);
    expect(await terminal.run(`node ${MPA} audit --json 2>&1 | grep -c verified,`, 1)).toContain('0');
  });
});
