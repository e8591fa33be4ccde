import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approve, ask, MPA, transplanted, type Person, type World } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { until } from './support/processes.js';
import { startTmux, type Terminal, type Tmux } from './support/terminal.js';
import { suite } from './support/tools.js';

/** Somebody's variables at a terminal where questions are asked. */
function at({ home, folder }: Person): Record<string, string> {
  const bin = join(folder, 'bin');
  if (!existsSync(bin)) {
    mkdirSync(bin);
    symlinkSync(MPA, join(bin, 'mpa'));
  }
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder, MPA_HOME: home };
}

const WAITING = /Waiting for bob to approve \(0\/1\), \S+ left\./;

suite('one step from exec to its run, at terminals', { tools: ['tmux', 'bash', 'script'] }, () => {
  let folder: string;
  let tmux: Tmux;
  let world: World;
  let alice: Terminal;
  let bob: Terminal;

  beforeAll(async () => {
    folder = emptyFolder();
    tmux = startTmux(folder);
    world = transplanted(join(folder, 'world'));
    alice = await tmux.open('alice', world.alice.folder, at(world.alice));
    bob = await tmux.open('bob', world.bob.folder, at(world.bob));
  });
  afterAll(() => {
    tmux.close();
    remove(folder);
  });

  /** The short id that Alice's terminal shows for the coworker. */
  const shownId = async (): Promise<string> => {
    const found = /mpa approve ([0-9a-f]{12})/.exec(await alice.sees(WAITING))?.[1];
    if (found === undefined) throw new Error(alice.all());
    return found;
  };
  const state = async (id: string): Promise<string> =>
    (await world.bob.must(['show', id, '--json'])).text('request', 'state');

  it('Alice types one exec, Bob inbox and approve; it runs within 3 s of his yes, as if run directly', async () => {
    const trace = join(folder, 'ran');
    alice.type(`mpa exec -m 'rotate it' -- sh -c 'date +%s%3N > ${trace}; echo rotated; exit 7'`);
    const id = await shownId();
    expect(await alice.sees(/Ctrl-C stops waiting/)).toContain('c copies the line');
    expect(await bob.run('mpa inbox')).toContain(id);
    bob.type(`mpa approve ${id}`);
    await bob.sees(/\(y\/N\)/);
    const yes = Date.now();
    bob.type('y');
    expect(await alice.ended(7)).toMatch(/^rotated$/m);
    expect(Number(readFileSync(trace, 'utf8')) - yes).toBeLessThan(3000);
    await bob.ended(0);
    // The live lines are gone, and the terminal is as it was.
    expect(alice.all()).not.toMatch(/Waiting for|Ctrl-C stops/);
    expect(await alice.run('stty -a')).toMatch(/ icanon .* echo /s);
  });

  it('what is typed while it waits reaches neither the command nor the shell', async () => {
    alice.type(`mpa exec -i -m 'read it' -- bash -c 'read -t 1 line; echo "got <$line>"'`);
    const id = await shownId();
    alice.type('touch typed-ahead');
    alice.type('xyz', false);
    await approve(world.bob, (await world.bob.must(['show', id, '--json'])).text('request', 'id'));
    expect(await alice.ended(0)).toContain('got <>');
    await alice.run('true');
    expect(existsSync(join(world.alice.folder, 'typed-ahead'))).toBe(false);
  });

  it.each([
    ['y', 'withdrawn', /is withdrawn/],
    ['', 'pending', /Go on with `mpa exec/],
  ])('Ctrl-C offers to withdraw: %j leaves it %s, and nothing ran', async (answer, becomes, said) => {
    const trace = join(folder, `never-${becomes}`);
    alice.type(`mpa exec -m 'try it' -- touch ${trace}`);
    const id = await shownId();
    alice.press('C-c');
    await alice.sees(/Withdraw the request\? \(y\/N\)/);
    alice.type(answer);
    expect(await alice.ended(130)).toMatch(said);
    expect(await state(id)).toBe(becomes);
    expect(existsSync(trace)).toBe(false);
    if (becomes === 'pending') await world.alice.must(['withdraw', id]);
  });

  it('Ctrl-Z stops it as any job, and fg goes on waiting', async () => {
    alice.type(`mpa exec -m 'later' -- echo later-ran`);
    const id = await shownId();
    alice.press('C-z');
    await alice.sees(/Stopped/);
    expect(await alice.run('stty -a')).toMatch(/ icanon .* echo /s);
    alice.type('fg');
    await alice.sees(WAITING);
    await approve(world.bob, (await world.bob.must(['show', id, '--json'])).text('request', 'id'));
    expect(await alice.ended(0)).toMatch(/^later-ran$/m);
  });

  it('c puts the line on the clipboard by OSC 52, and nothing else', async () => {
    const typescript = join(folder, 'typescript');
    alice.type(`script -qfc "mpa exec -m 'copy it' -- true" ${typescript}`);
    const id = await shownId();
    alice.type('c', false);
    await alice.sees(/copied, if your terminal allows it/);
    const [, sent = ''] = /\u001b\]52;c;([A-Za-z0-9+/=]+)\u0007/.exec(readFileSync(typescript, 'utf8')) ?? [];
    expect(Buffer.from(sent, 'base64').toString()).toBe(`mpa approve ${id}`);
    await world.alice.must(['withdraw', id]);
    await alice.sees(/\[withdrawn\]/);
    await alice.ended(0);
  });

  it('a terminal that disappears ends the wait, and the request stays', async () => {
    const closing = await tmux.open('closing', world.alice.folder, at(world.alice));
    closing.type(`exec mpa exec -m 'and gone' -- touch ${join(folder, 'gone')}`);
    const found = await closing.sees(WAITING);
    const id = /mpa approve ([0-9a-f]{12})/.exec(found)?.[1] ?? '';
    const pid = Number(closing.about('pane_pid'));
    process.kill(pid, 'SIGHUP');
    const status = (): string =>
      existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
    // Whoever started it may look at it later: it has ended all the same.
    const isOver = (text: string): boolean => text === '' || /^State:\s*Z/m.test(text);
    await until('mpa to end', () => (isOver(status()) ? true : null), 30_000, status);
    expect(await state(id)).toBe('pending');
    await world.alice.must(['withdraw', id]);
  });

  it('watch shows a new request, what becomes of one’s own, and a halt; Ctrl-C ends it with 130', async () => {
    const told = join(folder, 'told');
    const program = join(world.bob.folder, 'bin', 'tell-me');
    writeFileSync(program, `#!/bin/sh\nread line\necho "$# $line" >> ${told}\n`, { mode: 0o755 });
    bob.type('mpa watch --bell --notify tell-me');
    await bob.sees(/Watching prod as bob/);
    const id = await ask(
      world.alice,
      ['psql', '-f', 'rotate.sql'],
      ['--program', '/bin/psql', '--host', 'db-1'],
    );
    const seen = await bob.sees(/mpa approve [0-9a-f]{12}/);
    expect(seen).toContain(id.slice(0, 12));
    expect(seen).toContain('alice asks, and you can approve');
    await until('the program to be told', () => (existsSync(told) ? true : null), 10_000);
    const [line = ''] = readFileSync(told, 'utf8').split('\n');
    expect(JSON.parse(line.slice(2))).toMatchObject({
      schema: 'mpa/v1',
      type: 'request',
      id,
      request: { id },
    });
    expect(line.startsWith('0 ')).toBe(true);

    alice.type('mpa watch');
    await alice.sees(/waits for bob to approve/);
    await approve(world.bob, id);
    await alice.sees(/is approved by bob/);
    await world.alice.must(['halt', '-m', 'an incident']);
    await bob.sees(/alice has halted everything/);
    for (const terminal of [alice, bob]) {
      terminal.press('C-c');
      await terminal.ended(130);
    }
  });
});
