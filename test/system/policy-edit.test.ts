import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approve, MPA, transplanted, type Person, type World } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { startTmux, type Terminal, type Tmux } from './support/terminal.js';
import { suite } from './support/tools.js';

/** An editor that does in its nth session what the nth line of `steps` says, and keeps what it was shown. */
function editorFor({ folder }: Person, steps: readonly string[]): string {
  const editor = join(folder, 'editor');
  writeFileSync(join(folder, 'steps'), `${steps.join('\n')}\n`);
  writeFileSync(
    editor,
    `#!/bin/sh
n=$(( $(cat '${folder}/sessions' 2>/dev/null || echo 0) + 1 ))
echo $n > '${folder}/sessions'
cp "$1" '${folder}/shown'$n
eval "$(sed -n "$n"p '${folder}/steps')"
`,
    { mode: 0o755 },
  );
  return editor;
}

suite('mpa policy edit, at a terminal', { tools: ['tmux', 'bash'] }, () => {
  let folder: string;
  let tmux: Tmux;
  let world: World;
  let alice: Terminal;

  beforeAll(async () => {
    folder = emptyFolder();
    tmux = startTmux(folder);
    world = transplanted(join(folder, 'world'));
    const bin = join(world.alice.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(MPA, join(bin, 'mpa'));
    const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
    const env = { PATH, HOME: world.alice.folder, MPA_HOME: world.alice.home };
    alice = await tmux.open('alice', world.alice.folder, {
      ...env,
      EDITOR: join(world.alice.folder, 'editor'),
    });
  });
  afterAll(() => {
    tmux.close();
    remove(folder);
  });

  it('comes back with the errors on top, then shows what changes, asks, and takes two', async () => {
    const longer = "sed -i 's/maxDuration: .*/maxDuration: 2h/'";
    editorFor(world.alice, [`${longer} "$1"; echo 'nonsense: 1' >> "$1"`, 'sed -i /^nonsense/d "$1"']);
    alice.type("mpa policy edit -m 'longer windows' --anyway");
    const asked = await alice.sees(/\(y\/N\)/);
    const [first = '', second = ''] = ['shown1', 'shown2'].map((name) =>
      readFileSync(join(world.alice.folder, name), 'utf8'),
    );
    expect(first).not.toContain('could not be proposed');
    expect(second).toMatch(/^#! This could not be proposed yet/);
    expect(second.split('\n').find((row) => row.includes('nonsense') && row.startsWith('#!'))).toBeDefined();
    expect(second).toContain('nonsense: 1');
    expect(asked).toMatch(/2h/);
    alice.type('y');
    const printed = await alice.ended(0);
    const [, id = ''] = /mpa approve ([0-9a-f]{12})/.exec(printed) ?? [];
    expect((await world.bob.must(['policy', 'show', '--json'])).stdout).not.toContain('"maxDuration":7200');
    await approve(world.bob, (await world.bob.must(['show', id, '--json'])).text('request', 'id'));
    expect((await world.bob.must(['policy', 'show', '--yaml'])).stdout).toContain('maxDuration: 2h');
    expect((await world.bob.must(['audit', '--json'])).status).toBe(0);
  });

  it('what is left with errors is kept in a file, and nothing is proposed', async () => {
    remove(join(world.alice.folder, 'sessions'));
    editorFor(world.alice, [`echo 'nonsense: 1' >> "$1"`, ':']);
    const head = async (): Promise<string> => (await world.bob.must(['list', '--json'])).text('head');
    const before = await head();
    alice.type("mpa policy edit -m 'never'");
    const printed = await alice.ended(1);
    const [, hint = ''] = /mpa policy propose (\S+)/.exec(printed) ?? [];
    const file = hint.startsWith('/') ? hint : join(world.alice.folder, hint);
    expect(existsSync(file)).toBe(true);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('nonsense: 1');
    expect(text).not.toContain('could not be proposed');
    expect(await head()).toBe(before);
  });

  it('changing nothing ends it, and nothing is kept', async () => {
    remove(join(world.alice.folder, 'sessions'));
    editorFor(world.alice, [':']);
    const before = readdirSync(world.alice.folder).sort();
    alice.type("mpa policy edit -m 'never'");
    expect(await alice.ended(130)).toMatch(/Nothing was changed/);
    const after = readdirSync(world.alice.folder).sort();
    expect(after.filter((name) => !before.includes(name))).toEqual(['sessions']);
  });
});
