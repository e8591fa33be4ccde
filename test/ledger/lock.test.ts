import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newest, take } from '../../src/ledger/generations.js';
import { tryLock, withLock } from '../../src/ledger/lock.js';
import { fateOf, identify, linuxTable, psTable, thisProcess } from '../../src/ledger/processes.js';
import { containing } from './world.js';
import { emptyFolder, place, remove } from '../support/places.js';

const tools = emptyFolder();
const worker = join(tools, 'worker.mjs');

beforeAll(async () => {
  const bundle = await rolldown({ input: 'test/ledger/lock-worker.ts', platform: 'node' });
  await bundle.write({ file: worker, format: 'esm' });
});
afterAll(() => remove(tools));

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [worker, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Waits until a child has written to `file`; that it is there does not say that the words are. */
async function said(file: string): Promise<string> {
  const words = (): string => (existsSync(file) ? readFileSync(file, 'utf8').trim() : '');
  for (let i = 0; i < 2000 && words() === ''; i += 1) await pause(5);
  return words();
}

/** Rewrites who holds the newest generation. */
function edit(folder: string, changes: Readonly<Record<string, unknown>>): void {
  const newest = Math.max(
    ...readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
  const path = join(folder, String(newest));
  const holder: unknown = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...(typeof holder === 'object' ? holder : {}), ...changes }));
}

describe('a lock', () => {
  it('is held once, also within one process, and free after its release', async () => {
    const folder = join(place(), 'lock');
    const first = await tryLock(folder);
    expect(first).not.toBeNull();
    expect(await tryLock(folder)).toBeNull();
    await first?.release();
    const second = await tryLock(folder);
    expect(second).not.toBeNull();
    // Letting go twice must not free what somebody else holds.
    await first?.release();
    expect(await tryLock(folder)).toBeNull();
  });

  it('keeps no more than the last generations', async () => {
    const folder = join(place(), 'lock');
    for (let i = 0; i < 20; i += 1) await (await tryLock(folder))?.release();
    expect(readdirSync(folder).sort()).toEqual(['19', '19.released', '20', '20.released']);
  });

  it('of a process that was killed is taken over; of one that lives it is not', async () => {
    const folder = join(place(), 'lock');
    const file = join(place(), 'said');
    const child = start('hold', folder, file);
    expect(await said(file)).toBe('held');
    expect(await tryLock(folder)).toBeNull();
    child.kill('SIGKILL');
    await ended(child);
    expect(await tryLock(folder)).not.toBeNull();
  });

  it('survives killing: of many contenders, some killed at random moments, no two ever hold it', async () => {
    const folder = join(place(), 'lock');
    const file = join(place(), 'count');
    writeFileSync(file, '0');
    const steady = Array.from({ length: 4 }, () => start('count', folder, file, '40'));
    const counted = Promise.all(steady.map(ended));
    const running = (): boolean => steady.some(({ exitCode }) => exitCode === null);
    let killed = 0;
    while (running() && killed < 12) {
      const victim = start('hold', folder, join(place(), 'said'));
      await pause(150 + Math.random() * 200);
      victim.kill('SIGKILL');
      await ended(victim);
      killed += 1;
    }
    await counted;
    expect(steady.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(readFileSync(file, 'utf8')).toBe('160');
  });

  it.each([
    ['on another machine, of another boot', { host: 'elsewhere', boot: 'b' }],
    ['in another namespace of process numbers', { space: 'pid:[1]', pid: 2_147_483_646 }],
    ['whose start nobody recorded', { started: '', pid: 2_147_483_646 }],
  ])('of a process %s counts as held: nobody can prove that it is gone', async (_which, changes) => {
    const folder = join(place(), 'lock');
    await tryLock(folder);
    edit(folder, changes);
    expect(await tryLock(folder)).toBeNull();
  });

  it.each([
    ['of an earlier boot of this machine', { boot: '00000000-0000-0000-0000-000000000000' }],
    ['whose number another process has by now', { started: '1' }],
    ['whose number nobody has', { pid: 2_147_483_646 }],
  ])('of a process %s is taken over', async (_which, changes) => {
    const folder = join(place(), 'lock');
    await tryLock(folder);
    edit(folder, changes);
    expect(await tryLock(folder)).not.toBeNull();
  });

  it('whose newest generation cannot be read counts as held', async () => {
    const folder = join(place(), 'lock');
    await (await tryLock(folder))?.release();
    writeFileSync(join(folder, '2'), 'not what we write');
    expect(await tryLock(folder)).toBeNull();
  });

  it('is not taken by one that slept: what it saw was used and cleared long ago', async () => {
    const folder = join(place(), 'lock');
    await (await tryLock(folder))?.release();
    const seen = await newest(folder);
    if (seen === null) throw new Error('no generation');
    for (let i = 0; i < 5; i += 1) await (await tryLock(folder))?.release();
    const held = await tryLock(folder);
    expect(await take(folder, seen, await thisProcess())).toBeNull();
    expect(readdirSync(folder)).not.toContain('2');
    expect(await tryLock(folder)).toBeNull();
    await held?.release();
    expect(await tryLock(folder)).not.toBeNull();
  });

  it('is not taken by one that slept, though another sleeper has just made the generation that it saw', async () => {
    const folder = join(place(), 'lock');
    await (await tryLock(folder))?.release();
    await (await tryLock(folder))?.release();
    const seen = await newest(folder);
    if (seen === null) throw new Error('no generation');
    for (let i = 0; i < 5; i += 1) await (await tryLock(folder))?.release();
    await tryLock(folder);
    writeFileSync(join(folder, '2'), readFileSync(join(folder, '8')));
    expect(await take(folder, seen, await thisProcess())).toBeNull();
  });

  it('is taken by one of many that saw the same', async () => {
    const folder = join(place(), 'lock');
    await (await tryLock(folder))?.release();
    const seen = await newest(folder);
    if (seen === null) throw new Error('no generation');
    const me = await thisProcess();
    const took = await Promise.all(Array.from({ length: 16 }, () => take(folder, seen, me)));
    expect(took.filter((release) => release !== null)).toHaveLength(1);
  });

  it('waits for its turn, and gives up naming the holder', async () => {
    const folder = join(place(), 'lock');
    const held = await tryLock(folder);
    let waited = 0;
    const result = await withLock(
      folder,
      async () => {
        waited += 1;
        if (waited === 3) await held?.release();
      },
      () => Promise.resolve('done'),
    );
    expect([result, waited]).toEqual(['done', 3]);
    await tryLock(folder);
    const refused = withLock(
      folder,
      () => Promise.resolve(),
      () => Promise.resolve(),
    );
    await expect(refused).rejects.toMatchObject({
      code: 'locked',
      message: containing(String(process.pid)),
    });
  });

  it('lets go when the work fails', async () => {
    const folder = join(place(), 'lock');
    const failed = withLock(
      folder,
      () => Promise.resolve(),
      () => Promise.reject(new Error('no')),
    );
    await expect(failed).rejects.toThrow('no');
    expect(await tryLock(folder)).not.toBeNull();
  });

  it('is a disk error where its folder cannot be made', async () => {
    const file = join(place(), 'file');
    writeFileSync(file, '');
    await expect(tryLock(join(file, 'lock'))).rejects.toMatchObject({ code: 'disk' });
  });
});

describe('processes', () => {
  const tables =
    process.platform === 'linux'
      ? ([
          ['proc', linuxTable],
          ['ps', psTable],
        ] as const)
      : ([['ps', psTable]] as const);

  it.each(tables)('by %s: this one is alive, a child that ended is dead', async (_name, table) => {
    const here = await identify(table);
    expect(here.started).not.toBe('');
    expect(await fateOf(here, here, table)).toBe('alive');
    const child = start('hold', join(place(), 'lock'), join(place(), 'said'));
    const started = await table.started(child.pid ?? 0);
    const there = { ...here, pid: child.pid ?? 0, started: started ?? '' };
    expect(await fateOf(there, here, table)).toBe('alive');
    child.kill('SIGKILL');
    await ended(child);
    expect(await fateOf(there, here, table)).toBe('dead');
    expect(await fateOf({ ...here, started: 'another' }, here, table)).toBe('dead');
  });

  it('is asked once and says the same', async () => {
    expect(await thisProcess()).toEqual(await identify());
  });
});
