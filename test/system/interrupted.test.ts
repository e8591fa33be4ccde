import { spawn } from 'node:child_process';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeLedger } from '../bench/ledger.js';
import { MPA, person, run } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';

/** Several stages of a verification. */
const EVENTS = 20_000;

it('a first join that is interrupted has joined nothing, and the next one goes on where it stopped', async () => {
  const folder = emptyFolder();
  try {
    const { repository, anchor, events } = await makeLedger(folder, EVENTS);
    const carol = person(folder, 'carol');
    const env = { PATH: process.env['PATH'] ?? '', HOME: carol.folder, MPA_HOME: carol.home };
    const join_ = ['join', repository, '--anchor', anchor, '--name', 'long'];
    const names = (part: string): string[] => {
      try {
        return readdirSync(join(carol.home, part), { recursive: true, encoding: 'utf8' });
      } catch {
        return [];
      }
    };

    const child = spawn(process.execPath, [MPA, ...join_], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise((done) => child.on('close', done));
    await expect
      .poll(() => names('state').some((name) => name.endsWith('/checkpoint')), {
        interval: 5,
        timeout: 60_000,
      })
      .toBe(true);
    child.kill('SIGINT');
    expect(await ended, said).toBe(130);
    expect(said).toContain('Nothing was joined.');
    expect((await carol.mpa(['status', '--json'])).outcome).toBe('6 not-joined');
    expect([...names('ledgers'), ...names('state')].filter((name) => /new-|tmp-/.test(name))).toEqual([]);

    // A remote that is gone for a while says nothing against what was verified.
    renameSync(repository, `${repository}.away`);
    expect((await carol.mpa([...join_, '--json'])).status).toBe(4);
    renameSync(`${repository}.away`, repository);

    const again = await run(process.execPath, [MPA, ...join_], env);
    expect(again.status, again.stderr).toBe(0);
    const [, after] = /Going on after (\d+) events that were verified before\./.exec(again.stderr) ?? [];
    expect(Number(after)).toBeGreaterThan(4000);
    expect(names('ledgers').filter((name) => !name.includes('/'))).toEqual([`${anchor.slice(0, 12)}.git`]);
    expect(names('state').filter((name) => !name.includes('/'))).toEqual([anchor.slice(0, 12)]);
    expect((await carol.must(['audit', '--json'])).json('events')).toBe(events);
  } finally {
    remove(folder);
  }
});
