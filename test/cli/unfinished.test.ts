import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Folders } from '../../src/cli/folders.js';
import { putAside, sweepOld, takeUp, unfinished, type Places } from '../../src/cli/unfinished.js';
import { place } from '../support/places.js';

const NOW = 1_800_000_000;

function folders(): Folders {
  const home = place();
  const [ledgers, state] = [join(home, 'ledgers'), join(home, 'state')];
  for (const folder of [ledgers, state]) mkdirSync(folder);
  return { config: join(home, 'config.json'), keys: join(home, 'keys'), ledgers, state };
}

function draft({ ledgers, state }: Folders, name: string, checkpoint: boolean): Places {
  const places = { clone: join(ledgers, name), state: join(state, name) };
  for (const folder of Object.values(places)) mkdirSync(folder);
  writeFileSync(join(places.clone, 'HEAD'), name);
  if (checkpoint) writeFileSync(join(places.state, 'checkpoint'), name);
  return places;
}

describe('what an interrupted join leaves', () => {
  it('is taken up once, by the next join of the same remote', async () => {
    const all = folders();
    const left = unfinished(all, 'ssh://host/one');
    expect(putAside(draft(all, 'new-000000000001', true), left)).toBe(true);
    expect(putAside(draft(all, 'new-000000000002', true), left)).toBe(true);
    expect(readdirSync(all.ledgers)).toHaveLength(1);
    const own = (name: string): Places => ({ clone: join(all.ledgers, name), state: join(all.state, name) });
    expect(await takeUp(unfinished(all, 'ssh://host/two'), own('new-000000000003'))).toBe(false);
    expect(await takeUp(left, own('new-000000000004'))).toBe(true);
    expect(await takeUp(left, own('new-000000000005'))).toBe(false);
    expect([readdirSync(all.ledgers), readdirSync(all.state)]).toEqual([
      ['new-000000000004'],
      ['new-000000000004'],
    ]);
  });

  it('never holds a head: one that was being pinned when the interrupt came is taken away', async () => {
    const all = folders();
    const left = unfinished(all, 'ssh://host/one');
    const own = draft(all, 'new-000000000001', true);
    for (const name of ['head.json', 'anchor']) writeFileSync(join(own.state, name), 'pinned');
    mkdirSync(join(own.state, 'lock'));
    expect(putAside(own, left)).toBe(true);
    expect(await takeUp(left, own)).toBe(true);
    expect(readdirSync(own.state)).toEqual(['checkpoint']);
  });

  it('is nothing where nothing was verified yet', () => {
    const all = folders();
    const left = unfinished(all, 'ssh://host/one');
    expect(putAside(draft(all, 'new-000000000001', false), left)).toBe(false);
    expect(existsSync(left.clone)).toBe(false);
  });

  it('goes away after a week, with what killed joins left, and nothing else does', async () => {
    const all = folders();
    const week = 7 * 86_400;
    const ages = {
      'new-000000000001': week + 1,
      'new-000000000002': week - 1,
      'unfinished-000000000003': week + 1,
      'unfinished-000000000004': week - 1,
      '000000000005.git': 10 * week,
    };
    for (const [name, age] of Object.entries(ages)) {
      const { clone, state } = draft(all, name, true);
      for (const folder of [clone, state]) utimesSync(folder, NOW, NOW - age);
    }
    await sweepOld(all, NOW);
    const left = ['000000000005.git', 'new-000000000002', 'unfinished-000000000004'];
    expect([readdirSync(all.ledgers), readdirSync(all.state)]).toEqual([left, left]);
  });
});
