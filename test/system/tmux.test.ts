import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approve, ask, found, keygen, MPA, person, type Person, type World } from '../support/people.js';
import { emptyFolder, place, remove } from '../support/places.js';
import { startTmux, type Terminal, type Tmux } from './support/terminal.js';
import { suite } from './support/tools.js';

const PASSPHRASE = 'correct horse battery';

/** The variables of somebody who has `mpa` on their PATH and nothing set up. */
function bare(folder: string, home: string): Record<string, string> {
  const bin = join(folder, 'bin');
  if (!existsSync(bin)) {
    mkdirSync(bin);
    symlinkSync(MPA, join(bin, 'mpa'));
  }
  mkdirSync(home, { recursive: true });
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: home };
}

/** What stands behind `label` in what a command printed. */
function after(label: RegExp, printed: string): string {
  const found = new RegExp(`${label.source} *([0-9a-f]{12,64})`).exec(printed)?.[1];
  if (found === undefined) throw new Error(`no ${String(label)} in:\n${printed}`);
  return found;
}

/** Types a command that asks for the passphrase, once, and then ends with 0. */
async function signed(terminal: Terminal, command: string): Promise<string> {
  terminal.type(command);
  await terminal.sees(/Passphrase of your key/);
  terminal.type(PASSPHRASE);
  return terminal.ended(0);
}

async function makesKey(terminal: Terminal, name: string, email: string): Promise<void> {
  terminal.type('mpa keygen');
  await terminal.sees(/Your name:/);
  terminal.type(name);
  await terminal.sees(/Your e-mail address:/);
  terminal.type(email);
  await terminal.sees(/New passphrase:/);
  terminal.type(PASSPHRASE);
  await terminal.sees(/The same again:/);
  terminal.type(PASSPHRASE);
  expect(await terminal.ended(0)).toMatch(/fingerprint {2}[0-9A-F]{40}/);
}

suite('two people on one machine, each at a terminal of their own', { tools: ['tmux', 'bash'] }, () => {
  let folder: string;
  let tmux: Tmux;
  beforeAll(() => {
    folder = emptyFolder();
    tmux = startTmux(folder);
  });
  afterAll(() => {
    tmux.close();
    remove(folder);
  });

  it('from two empty homes to a guarded command, every passphrase and answer typed', async () => {
    const [aliceHome, bobHome] = [join(folder, 'alice'), join(folder, 'bob')];
    const alice = await tmux.open('alice', folder, bare(folder, aliceHome));
    const bob = await tmux.open('bob', folder, bare(folder, bobHome));
    await makesKey(alice, 'Alice Adams', 'alice@example.org');
    await makesKey(bob, 'Bob Brown', 'bob@example.org');
    await bob.run('mpa key export --out bob.asc');

    const made = await signed(alice, 'mpa init ledger.git --name prod --as alice --member bob=bob.asc');
    const anchor = after(/anchor/, made);
    expect(anchor).toHaveLength(64);
    expect(made).toContain('WARNING');

    bob.type('mpa join ledger.git --as bob');
    expect(await bob.sees(/Is that the anchor that a founder told you\? \(y\/N\)/)).toContain(anchor);
    bob.type('y');
    await bob.ended(0);
    expect(await bob.run('mpa status')).toContain('not yet');

    bob.type(`mpa approve ${anchor}`);
    await bob.sees(/Endorse this ledger, founded by alice\? \(y\/N\)/);
    bob.type('y');
    await bob.sees(/Passphrase of your key/);
    bob.type(PASSPHRASE);
    expect(await bob.ended(0)).toContain('The ledger is endorsed');

    const trace = join(folder, 'trace');
    const asked = await signed(alice, `mpa request -m 'clean up' -- sh -c 'echo ran >> ${trace}; echo done'`);
    const id = after(/mpa approve/, asked);
    expect(await alice.run(`mpa exec ${id} --no-wait`, 125)).toContain('[pending]');
    expect(existsSync(trace)).toBe(false);

    expect(await bob.run('mpa inbox')).toContain(id);
    bob.type(`mpa approve ${id}`);
    expect(await bob.sees(/Sign this request of alice, [0-9a-f]{12}\? \(y\/N\)/)).toContain('clean up');
    bob.type('y');
    await bob.sees(/Passphrase of your key/);
    bob.type(PASSPHRASE);
    expect(await bob.ended(0)).toContain(`mpa exec ${id}`);

    const ran = await signed(alice, `mpa exec ${id}`);
    expect(ran.match(/Passphrase of your key/g)).toHaveLength(1);
    expect(ran).toMatch(/^done$/m);
    expect(readFileSync(trace, 'utf8')).toBe('ran\n');
    expect(await alice.run(`mpa exec ${id}`, 125)).toContain('[used]');
    expect(readFileSync(trace, 'utf8')).toBe('ran\n');

    expect(await alice.run('mpa status')).toContain('endorsed   yes');
    expect(await bob.run(`mpa show ${id}`)).toContain('used');
    expect(await bob.run('mpa audit --strict')).not.toContain('[violation]');
    expect(await bob.run('mpa doctor')).not.toMatch(/^bad/m);
    expect(alice.all() + bob.all()).not.toContain(PASSPHRASE);
  });
});

/** One line that somebody types in the README's session, and what it shows of the answer. */
interface Step {
  readonly who: string;
  readonly command: string;
  readonly shown: readonly string[];
}

/** The console blocks of the README's session, in order. */
function session(readme: string): Step[] {
  const part = readme.split(/^## /m).find((each) => each.startsWith('A session of two people')) ?? '';
  const blocks = [...part.matchAll(/^```console\n([^]*?)^```/gm)].map((block) => block[1] ?? '');
  return blocks
    .join('')
    .split(/^(?=[a-z]+\$ )/m)
    .map((text) => {
      const [first = '', ...shown] = text.trimEnd().split('\n');
      const [who = '', command = ''] = first.split(/\$ (.*)/);
      return { who, command, shown };
    });
}

/** Ids, fingerprints and spans differ each time. */
function alike(text: string): string {
  return text
    .replace(/\b[0-9a-fA-F]{12,64}\b/g, '#')
    .replace(/\b(\d+[dhms])+\b/g, '~')
    .replace(/ +/g, ' ');
}

/** Types a command and whatever it asks for, and returns what it printed. */
async function answered(terminal: Terminal, command: string, status: number): Promise<string> {
  terminal.type(command);
  for (let asked = 1; ; asked += 1) {
    const question = String.raw`(passphrase:|same again:|Passphrase of your key [0-9A-F]{16}:|\(y/N\))`;
    const seen = await terminal.sees(new RegExp(`(${question}[^]*){${asked}}|\\[\\d+:\\d+\\]> *$`));
    if (/\[\d+:\d+\]> *$/.test(seen)) return terminal.ended(status);
    terminal.type(seen.trimEnd().endsWith('(y/N)') ? 'y' : PASSPHRASE);
  }
}

suite('the session of the README', { tools: ['tmux', 'bash'] }, () => {
  it('goes as it says, word for word, with passphrases and answers typed', async () => {
    const folder = emptyFolder();
    const tmux = startTmux(folder);
    try {
      writeFileSync(join(folder, 'rotate-token'), '#!/bin/sh\necho rotated\n', { mode: 0o755 });
      const windows = new Map<string, Terminal>();
      for (const who of ['alice', 'bob']) {
        windows.set(who, await tmux.open(who, folder, bare(folder, join(folder, 'home'))));
      }
      const steps = session(readFileSync('README.md', 'utf8'));
      expect(steps.length).toBeGreaterThan(11);
      const ids = new Map<string, string>();
      /** The terminal in which a command waits for somebody else, and what the page shows of it. */
      let waiting: { readonly terminal: Terminal; readonly shown: readonly string[] } | null = null;
      const learn = (words: string, printed: string): void => {
        for (const label of [/anchor +/, /Requested /]) {
          const [told, real] = [words, printed].map(
            (text) => new RegExp(`${label.source}([0-9a-f]{12,64})`).exec(text)?.[1],
          );
          if (told !== undefined && real !== undefined) ids.set(told, real);
        }
      };
      for (const { who, command, shown } of steps) {
        const terminal = windows.get(who);
        if (terminal === undefined) throw new Error(`nobody is called ${who}`);
        const words = shown.join('\n');
        const typed = command.replace(/\b[0-9a-f]{12,64}\b/g, (id) => ids.get(id) ?? id);
        if (command.startsWith('mpa exec -m')) {
          terminal.type(typed);
          await terminal.sees(/Passphrase of your key/);
          terminal.type(PASSPHRASE);
          learn(words, await terminal.sees(/mpa approve [0-9a-f]{12}/));
          waiting = { terminal, shown };
          continue;
        }
        const printed = await answered(terminal, typed, /\[used\]/.test(words) ? 125 : 0);
        for (const line of shown) expect(alike(printed)).toContain(alike(line.trim()));
        learn(words, printed);
        if (waiting !== null && command.startsWith('mpa approve')) {
          const ran = await waiting.terminal.ended(0);
          for (const line of waiting.shown) expect(alike(ran)).toContain(alike(line.trim()));
          waiting = null;
        }
      }
      expect(ids.size).toBe(2);
    } finally {
      tmux.close();
      remove(folder);
    }
  });
});

suite('questions on a terminal', { tools: ['tmux', 'bash'] }, () => {
  let world: World;
  let tmux: Tmux;
  let alice: Terminal;
  let bob: Terminal;
  const at = (who: Person): Record<string, string> => ({
    ...bare(world.folder, join(world.folder, who.handle, 'home')),
    MPA_HOME: who.home,
  });

  beforeAll(async () => {
    const folder = emptyFolder();
    tmux = startTmux(folder);
    world = await found(join(folder, 'world'));
    alice = await tmux.open('alice', world.alice.folder, at(world.alice));
    bob = await tmux.open('bob', world.bob.folder, at(world.bob));
  });
  afterAll(() => {
    tmux.close();
    remove(join(world.folder, '..'));
  });
  const state = async (id: string): Promise<string> =>
    (await world.bob.must(['show', id, '--json'])).text('request', 'state');

  it('Enter alone at (y/N), n, yy, j and yes please are no', async () => {
    const id = await ask(world.alice, ['true']);
    for (const answer of ['', 'n', 'yy', 'j', 'yes please']) {
      bob.type(`mpa approve ${id}`);
      await bob.sees(/\(y\/N\)/);
      bob.type(answer);
      expect(await bob.ended(130)).toContain('[cancelled]');
    }
    expect(await state(id)).toBe('pending');
  });

  it('a y that was typed before the question stood there is no answer', async () => {
    const id = await ask(world.alice, ['true']);
    bob.type(`mpa approve ${id}\ry`);
    await bob.sees(/\(y\/N\)/);
    bob.press('Enter');
    await bob.ended(130);

    bob.type(`sh -c 'echo begun; sleep 0.3; exec mpa approve ${id}'`);
    await bob.sees(/^begun/m);
    bob.type('y');
    bob.type('y');
    await bob.sees(/\(y\/N\)/);
    bob.press('Enter');
    await bob.ended(130);
    expect(await state(id)).toBe('pending');
  });

  it.each(['C-c', 'C-d'])('%s at a question ends with 130 and signs nothing', async (key) => {
    const id = await ask(world.alice, ['true']);
    bob.type(`mpa approve ${id}`);
    await bob.sees(/\(y\/N\)/);
    bob.press(key);
    await bob.ended(130);
    expect(await state(id)).toBe('pending');
    expect(await bob.run('stty -a')).toMatch(/ echo .*| icanon /);
  });

  it('with --no-input nobody is asked, terminal or not', async () => {
    const id = await ask(world.alice, ['true']);
    expect(await bob.run(`mpa approve ${id} --no-input`, 2)).toContain('[answer-needed]');
    expect(await state(id)).toBe('pending');
  });

  it('with its input from a pipe nobody is asked, and a piped y approves nothing', async () => {
    const id = await ask(world.alice, ['true']);
    expect(await bob.run(`echo y | mpa approve ${id}`, 2)).toContain('[answer-needed]');
    expect(await bob.run(`mpa approve ${id} 2>/dev/null`, 2)).not.toContain('(y/N)');
    expect(await state(id)).toBe('pending');
  });

  it('three wrong passphrases end with 5, Ctrl-C at a passphrase with 130, and nothing is signed', async () => {
    const [folder, zoe] = [place(), world.carol];
    const file = join(folder, 'passphrase');
    writeFileSync(file, `${PASSPHRASE}\n`);
    chmodSync(file, 0o600);
    const made = ['keygen', '--name', 'Zoe Z', '--email', 'zoe@example.org', '--passphrase-file', file];
    const fingerprint = (await zoe.must([...made, '--json'])).text('fingerprint');
    await zoe.must(['key', 'use', fingerprint]);
    const { publicKeyFile } = await keygen(person(folder, 'bob'));
    const remote = join(folder, 'second.git');
    const init = `mpa init ${remote} --name second --as zoe --member bob=${publicKeyFile}`;
    const terminal = await tmux.open('zoe', zoe.folder, at(zoe));
    terminal.type(init);
    for (const times of [1, 2, 3]) {
      await terminal.sees(new RegExp(`(Passphrase of your key[^]*){${times}}`));
      terminal.type(`wrong ${times}`);
    }
    expect(await terminal.ended(5)).toContain('[bad-passphrase]');
    terminal.type(init);
    await terminal.sees(/Passphrase of your key/);
    terminal.press('C-c');
    await terminal.ended(130);
    expect(existsSync(remote)).toBe(false);
    expect(terminal.all()).not.toMatch(/wrong \d/);
    await signed(terminal, init);
    expect(existsSync(remote)).toBe(true);
  });

  it('-i: the command gets the very terminal, its size, its changes of size, and what is typed', async () => {
    const script = 'tty; stty size; trap "stty size" WINCH; read x; echo "got $x"; stty size';
    const id = await ask(world.alice, ['bash', '-c', script], ['-i']);
    expect(await bob.run(`mpa show ${id}`)).toContain('the requester may type anything at all');
    await approve(world.bob, id);
    expect((await world.alice.mpa(['exec', id, '--json'])).outcome).toBe('125 mismatch');
    alice.type(`mpa exec ${id}`);
    expect(await alice.sees(/^40 100$/m)).toContain(alice.about('pane_tty'));
    alice.resize(90, 30);
    alice.type('hello');
    expect(await alice.ended(0)).toMatch(/got hello\r?\n30 90/);
    alice.resize(100, 40);
  });

  it('Ctrl-C in a command of the foreground hits the command, and how it ended is recorded', async () => {
    const id = await ask(world.alice, ['sh', '-c', 'echo begun; exec sleep 300'], ['-i']);
    await approve(world.bob, id);
    alice.type(`mpa exec ${id}`);
    await alice.sees(/^begun/m);
    alice.press('C-c');
    await alice.ended(130);
    const shown = await world.bob.must(['show', id, '--json']);
    expect(shown.json('request', 'runs', 0, 'exit')).toEqual({ signal: 'SIGINT' });
  });

  it('§9 escape sequences in a justification or an argument do not reach the screen', async () => {
    const title = bob.about('pane_title');
    await bob.run('echo landmark');
    const nasty = 'fine\u001b[2J\u001b[H\u001b]0;owned\u0007\u009b31m\r\u202eevil\u200b';
    const id = await ask(world.alice, ['echo', `${nasty}(y/N) y`], ['-m', `${nasty}\nRequest: approved`]);
    for (const command of ['mpa inbox', `mpa show ${id}`, 'mpa log', 'mpa status']) {
      expect(await bob.run(command)).toContain('fine');
    }
    bob.type(`mpa approve ${id}`);
    const shown = await bob.sees(/Sign this request of alice, [0-9a-f]{12}\? \(y\/N\)/);
    expect(shown).toContain('fine\\u{1b}[2J');
    expect(shown).toContain('\\u{202e}');
    bob.press('C-c');
    await bob.ended(130);
    expect(bob.all()).toMatch(/^landmark$/m);
    expect(bob.about('pane_title')).toBe(title);
  });
});
