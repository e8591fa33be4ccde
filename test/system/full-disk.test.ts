import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { approve, ask, founded, type World } from '../support/people.js';
import { transplant } from '../support/places.js';
import { suite } from './support/tools.js';

/** Writes a file that leaves `spare` bytes of the file system that `folder` lies on. Returns how to take it away. */
function fill(folder: string, spare: number): () => void {
  const path = join(folder, 'ballast');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - spare), 1));
  return () => rmSync(path);
}

suite('a disk that is full', { tools: ['mount', 'umount'], asRoot: true }, () => {
  let world: World;
  let disk: string;
  beforeEach(() => {
    world = founded();
    disk = join(world.folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', disk]);
  });
  afterEach(() => {
    execFileSync('umount', [disk]);
  });
  /** Alice's mpa with all that it keeps on the small disk. */
  const moved = (): ReturnType<typeof onDisk> => onDisk(world, join(disk, 'mpa'));
  const tip = (): string =>
    execFileSync('git', [`--git-dir=${world.remote}`, 'rev-parse', 'refs/heads/mpa'], {
      encoding: 'utf8',
    }).trim();

  it.each([0, 16_384])(
    'with %i bytes left, a request and a run are refused as disk or done whole, and with room again all works',
    async (spare) => {
      const mpa = moved();
      const file = join(world.folder, 'ran');
      const id = (await mpa(['request', '-m', 'because', '--json', '--', 'touch', file])).text(
        'request',
        'id',
      );
      await approve(world.bob, id);
      await ask(world.bob, ['echo', 'so that there is something to fetch']);
      const before = tip();
      const free = fill(disk, spare);
      const request = await mpa(['request', '-m', 'because', '--json', '--', 'true']);
      const run = await mpa(['exec', id, '--json']);
      free();
      // Where the little that is left was enough, the work is done; else it is refused, and nothing of it is there.
      const whole = request.outcome === '0';
      if (!whole) expect(request.outcome).toBe('6 disk');
      if (spare === 0) expect([request.outcome, run.outcome]).toEqual(['6 disk', '125 disk']);
      if (run.outcome === '0') expect(existsSync(file)).toBe(true);
      else {
        expect(run.outcome).toBe('125 disk');
        expect(existsSync(file)).toBe(false);
        if (!whole) expect(tip()).toBe(before);
        await ask(world.bob, ['true']);
        expect((await mpa(['exec', id, '--json'])).outcome).toBe('0');
        expect(existsSync(file)).toBe(true);
      }
      expect((await mpa(['exec', id, '--json'])).outcome).toBe('125 used');
      expect((await mpa(['audit', '--strict', '--json'])).outcome).toBe('0');
      expect((await mpa(['doctor', '--json'])).outcome).toBe('0');
    },
  );

  it('the remote’s disk: the push is refused, nothing runs, and with room again it does', async () => {
    const remote = join(disk, 'ledger.git');
    transplant(world.remote, remote);
    const alice = world.alice;
    for (const who of [alice, world.bob]) {
      rmSync(join(who.home, 'config.json'), { force: true });
      await who.must(['join', remote, '--anchor', world.anchor]);
    }
    const file = join(world.folder, 'ran');
    const id = await ask(alice, ['touch', file]);
    await approve(world.bob, id);
    const free = fill(disk, 0);
    const request = await alice.mpa(['request', '-m', 'because', '--json', '--', 'true']);
    const run = await alice.mpa(['exec', id, '--json']);
    expect(existsSync(file)).toBe(false);
    free();
    expect(request.outcome).toMatch(/^4 remote-(refused|unreachable)$/);
    expect(run.outcome).toMatch(/^125 remote-(refused|unreachable)$/);
    await ask(world.bob, ['true']);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('0');
    expect(existsSync(file)).toBe(true);
    await alice.must(['audit', '--strict']);
  });
});

function onDisk({ alice }: World, home: string): World['alice']['mpa'] {
  transplant(alice.home, home);
  return (args, options = {}) => alice.mpa(args, { ...options, env: { MPA_HOME: home, ...options.env } });
}
