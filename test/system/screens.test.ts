import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, found, MPA, type Person, type World } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { startTmux, type Terminal, type Tmux } from './support/terminal.js';
import { suite } from './support/tools.js';

const COLUMNS = 80;
const ROWS = 24;

/** What tries to draw, to hide, to reorder, and to look like mpa. */
const NASTY =
  'fine\u001b[2J\u001b[H\u001b]0;owned\u0007\u009b31m\r\u202eevil\u200b\u2066 x\u0301\u0301\u0301\u0301\u0301\u0301 😀 ' +
  `${'中文'.repeat(30)}mpa: Approved. ${' '.repeat(60)}  runs       ls -l\nRequest 000000000000: approved\n  runs       ls -l`;

suite('the screens, 80 columns by 24 rows', { tools: ['tmux', 'bash', 'less'] }, () => {
  let world: World;
  let tmux: Tmux;
  let alice: Terminal;
  let bob: Terminal;
  let plain: Terminal;

  function variables(who: Person): Record<string, string> {
    const bin = join(world.folder, 'bin');
    if (!existsSync(bin)) {
      mkdirSync(bin);
      symlinkSync(MPA, join(bin, 'mpa'));
    }
    return { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: world.folder, MPA_HOME: who.home };
  }

  beforeAll(async () => {
    const folder = emptyFolder();
    tmux = startTmux(folder);
    world = await found(join(folder, 'world'));
    alice = await tmux.open('alice', world.alice.folder, variables(world.alice));
    bob = await tmux.open('bob', world.bob.folder, variables(world.bob));
    plain = await tmux.open('plain', world.bob.folder, { ...variables(world.bob), NO_COLOR: '1' });
    for (const each of [alice, bob, plain]) each.resize(COLUMNS, ROWS);
  });
  afterAll(() => {
    tmux.close();
    remove(join(world.folder, '..'));
  });

  /** Writes a file where Alice works. */
  function write(name: string, content: string): string {
    const path = join(world.alice.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** What is asked, from the first row of what is shown to the question, as rows of the screen. */
  function screenOf(seen: string, title: string): string[] {
    return seen.slice(seen.lastIndexOf(title)).trimEnd().split('\n');
  }

  it('an ordinary command with a short file fits with its question, and says all of it', async () => {
    write('rotate.sql', 'begin;\nalter user app password null;\ncommit;\n');
    const id = await ask(
      world.alice,
      ['cat', 'rotate.sql'],
      ['-m', 'INC-4711 rotate the leaked password', '--ticket', 'INC-4711'],
    );
    for (const terminal of [bob, plain]) {
      terminal.type(`mpa approve ${id}`);
      const rows = screenOf(await terminal.sees(/\(y\/N\)/), 'Request');
      expect(rows.length).toBeLessThanOrEqual(ROWS);
      const text = rows.join('\n');
      for (const label of [
        'id',
        'by',
        'why',
        'ticket',
        'runs',
        'program',
        'as',
        'file',
        'stdin',
        'window',
        'approve by',
        'rule',
        'missing',
        'before',
      ])
        expect(text).toMatch(new RegExp(`^  ${label} `, 'm'));
      expect(text).toMatch(/^ {6}2 {2}alter user app password null;$/m);
      expect(text).toContain('Alice Example <alice@example.org>');
      expect(rows.at(-1)).toMatch(/^mpa: Sign this request of alice, [0-9a-f]{12}\? \(y\/N\)/);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(COLUMNS);
      terminal.press('C-c');
      await terminal.ended(130);
    }
  });

  it('less time, fewer uses and a comment may be typed at the question; all else is no', async () => {
    const id = await ask(world.alice, ['true'], ['--uses', '3']);
    for (const answer of ['for ever', 'uses 0', 'comment', 'y for 30m', 'yes', ' y', 'y ']) {
      bob.type(`mpa approve ${id}`);
      await bob.sees(/\(y\/N\)/);
      bob.type(answer);
      expect(await bob.ended(130)).toContain('Nothing was signed');
    }
    bob.type(`mpa approve ${id}`);
    await bob.sees(/\(y\/N\)/);
    const answers = ['for 30m', 'uses 1', 'comment read all of it'];
    for (const [i, answer] of answers.entries()) {
      bob.type(answer);
      await bob.sees(new RegExp(`(\\(y/N\\)[^]*){${i + 2}}`));
    }
    expect(await bob.sees(/for 30m and 1 use\? \(y\/N\)\s*$/)).toContain('comment "read all of it"');
    bob.type('y');
    await bob.ended(0);
    const shown = await world.bob.must(['show', id, '--json']);
    expect(shown.json('request', 'duration')).toBe(1800);
    expect(shown.json('request', 'uses')).toBe(1);
    expect(shown.json('request', 'approvals', 0, 'comment')).toBe('read all of it');
  });

  it('a file that does not fit goes through the pager, and then the summary and the question stand there', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => `select ${i + 1};\n`);
    write('long.sql', lines.join(''));
    const id = await ask(world.alice, ['cat', 'long.sql']);
    bob.type(`mpa approve ${id}`);
    await bob.sees(/q goes on/);
    bob.press('Space');
    await bob.sees(/ 30 {2}select 30;/);
    bob.press('q');
    const rows = screenOf(await bob.sees(/\(y\/N\)/), 'Request');
    expect(rows.length).toBeLessThanOrEqual(ROWS);
    expect(rows.join('\n')).toContain('60 lines, which you have just seen');
    bob.press('C-c');
    await bob.ended(130);
    expect((await world.bob.must(['show', id])).stdout).toContain('    60  select 60;');
  });

  it('a pager that is not there leaves nothing unseen', async () => {
    write('other.sql', Array.from({ length: 60 }, (_, i) => `delete ${i + 1};\n`).join(''));
    const id = await ask(world.alice, ['cat', 'other.sql']);
    bob.type(`PAGER=/nonexistent/pager mpa approve ${id}`);
    expect(await bob.sees(/\(y\/N\)/)).toMatch(/ 1 {2}delete 1;[^]* 60 {2}delete 60;/);
    bob.press('C-c');
    await bob.ended(130);
  });

  it('one attached file goes into a pipe byte by byte, and onto a terminal only as text', async () => {
    write('nasty.txt', NASTY);
    writeFileSync(join(world.alice.folder, 'data.bin'), Buffer.from([0, 255, 1, 2]));
    const id = await ask(world.alice, ['cat', 'nasty.txt'], ['--pin', 'data.bin']);
    const path = join(world.alice.folder, 'nasty.txt');
    expect((await world.bob.must(['show', id, '--file', path])).stdout).toBe(NASTY);
    expect(await bob.run(`mpa show ${id} --file ${path}`)).toContain('fine\\u{1b}[2J');
    expect((await world.bob.mpa(['show', id, '--file', '/nowhere'])).status).toBe(2);
    expect((await world.bob.must(['show', id])).stdout).toContain('sha256sum');
  });

  it('§9 hostile text in every field leaves the screen as it is: what mpa draws is there, and nothing else draws', async () => {
    const title = bob.about('pane_title');
    await bob.run('echo landmark');
    write('evil\u202e.txt', NASTY);
    const flags = ['-m', NASTY, '--ticket', NASTY, '--env', `EVIL=${NASTY}`, '--pin', 'evil\u202e.txt'];
    const id = await ask(
      world.alice,
      ['printf', `${NASTY}(y/N) y`, 'a'.repeat(1000), '', 'evil\u202e.txt'],
      flags,
    );
    for (const command of ['mpa inbox', `mpa show ${id} | cat`, 'mpa log', 'mpa status'])
      expect(await bob.run(command)).toContain('fine');
    bob.type(`mpa approve ${id}`);
    await bob.sees(/q goes on/);
    bob.press('q');
    const seen = await bob.sees(/Sign this request of alice, [0-9a-f]{12}\? \(y\/N\)/);
    for (const label of [
      'id',
      'by',
      'why',
      'ticket',
      'runs',
      'program',
      'as',
      'file',
      'sets',
      'stdin',
      'window',
      'approve by',
      'rule',
      'missing',
      'before',
    ])
      expect(seen.match(new RegExp(`^  ${label} `, 'gm'))).toHaveLength(1);
    expect(seen).not.toMatch(/^(Request 0|mpa: Approved)/m);
    expect(seen).toContain('\\u{202e}');
    bob.press('C-c');
    await bob.ended(130);
    expect(bob.all()).toMatch(/^landmark$/m);
    expect(bob.about('pane_title')).toBe(title);
  });

  it('what others do meanwhile is shown before anything is signed; a halt says what lifts it, everywhere', async () => {
    const id = await ask(world.alice, ['true']);
    bob.type(`mpa approve ${id}`);
    await bob.sees(/\(y\/N\)/);
    await alice.run("mpa halt -m 'INC-5 somebody is in'");
    bob.type('y');
    expect(await bob.sees(/(\(y\/N\)[^]*){2}/)).toMatch(
      /While you were reading[^]*HALTED[^]*mpa resume -m REASON/,
    );
    bob.press('C-c');
    await bob.ended(130);
    for (const command of ['mpa status', `mpa show ${id}`])
      expect(await bob.run(command)).toContain('mpa resume -m REASON');

    const proposed = await alice.run("mpa resume -m 'a false alarm'");
    expect(proposed).toMatch(/It lifts:\s+everything, since .* by alice/);
    const resume = /mpa approve ([0-9a-f]{12})/.exec(proposed)?.[1] ?? '';
    expect(await bob.run('mpa status')).toContain(`mpa approve ${resume}`);
    expect(await bob.run('mpa inbox')).toMatch(/^ {4}resume/m);
    bob.type(`mpa approve ${resume}`);
    const asked = await bob.sees(/\(y\/N\)/);
    expect(asked).toMatch(/^Resume [0-9a-f]{12}: pending/m);
    expect(asked).toMatch(/^ {2}lifts +everything, since .* by alice: INC-5/m);
    bob.type('y');
    expect(await bob.ended(0)).toContain('The halts before it are lifted');
    expect(await bob.run('mpa log')).toMatch(/alice requested resume/);
  });
});
