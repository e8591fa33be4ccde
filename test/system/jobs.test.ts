import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hosted, launchOf, openHost } from '../cli/hosted.js';
import { approve, ask, found, MPA, type World } from '../support/people.js';
import { emptyFolder, place, remove } from '../support/places.js';
import { makeLogin } from './support/logins.js';
import { startTmux, type Terminal, type Tmux } from './support/terminal.js';
import { suite } from './support/tools.js';

suite('job control at a terminal', { tools: ['tmux', 'bash', 'vim'] }, () => {
  let folder: string;
  let tmux: Tmux;
  let world: World;
  let alice: Terminal;

  beforeAll(async () => {
    folder = emptyFolder();
    tmux = startTmux(folder);
    world = await found(join(folder, 'world'));
    mkdirSync(join(folder, 'bin'));
    symlinkSync(MPA, join(folder, 'bin', 'mpa'));
    const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: join(folder, 'home') };
    alice = await tmux.open('alice', world.alice.folder, { ...env, MPA_HOME: world.alice.home });
  });
  afterAll(() => {
    tmux.close();
    remove(folder);
  });
  const granted = async (command: readonly string[]): Promise<string> => {
    const id = await ask(world.alice, command, ['-i']);
    await approve(world.bob, id);
    return id;
  };
  const exitOf = async (id: string): Promise<unknown> =>
    (await world.bob.must(['show', id, '--json'])).json('request', 'runs', 0, 'exit');

  it('Ctrl-Z gives the shell back, fg goes on, and how it ended is recorded', async () => {
    const id = await granted(['sh', '-c', 'echo begun; read x; echo "got $x"; exit 7']);
    alice.type(`mpa exec ${id}`);
    await alice.sees(/^begun/m);
    alice.press('C-z');
    expect(await alice.ended(128 + 20)).toMatch(/Stopped/);
    expect(await alice.run('jobs')).toMatch(/Stopped .*mpa exec/);
    alice.type('fg');
    await alice.sees(/mpa exec/);
    alice.type('hello');
    expect(await alice.ended(7)).toContain('got hello');
    expect(await exitOf(id)).toEqual({ code: 7 });
  });

  it('bg goes on in the background; what then reads the terminal stops, until fg', async () => {
    const id = await granted(['sh', '-c', 'echo begun; sleep 0.5; read x; echo "got $x"']);
    alice.type(`mpa exec ${id}`);
    await alice.sees(/^begun/m);
    alice.press('C-z');
    await alice.ended(128 + 20);
    await alice.run('bg');
    await alice.run('until jobs | grep -q Stopped; do sleep 0.1; done');
    alice.type('fg');
    await alice.sees(/mpa exec/);
    alice.type('late');
    expect(await alice.ended(0)).toContain('got late');
  });

  it('a program that stops itself by its own key: vim gives its screen back first, and goes on', async () => {
    writeFileSync(join(world.alice.folder, 'text'), 'first line\n');
    const id = await granted(['vim', '-Nu', 'NONE', '-n', 'text']);
    alice.type(`mpa exec ${id}`);
    await alice.sees(/^first line/m);
    alice.press('C-z');
    expect(await alice.ended(128 + 20)).toMatch(/Stopped/);
    alice.type('fg');
    await alice.sees(/^first line/m);
    alice.type(':cquit 9');
    await alice.ended(9);
    expect(await exitOf(id)).toEqual({ code: 9 });
  });

  it('a stopped command that is killed is recorded as such', async () => {
    const id = await granted(['sh', '-c', 'echo begun; exec sleep 300']);
    alice.type(`mpa exec ${id}`);
    await alice.sees(/^begun/m);
    alice.press('C-z');
    await alice.ended(128 + 20);
    // bash has the job go on, to be killed; how it tells of that end, and when, is a matter of luck.
    await alice.run('job=$(jobs -p %1); kill %1; while kill -0 $job; do sleep 0.1; done 2>/dev/null');
    expect(await exitOf(id)).toEqual({ signal: 'SIGTERM' });
  });
});

suite(
  'a command of another login',
  { tools: ['sudo', 'unshare', 'mount', 'setpriv', 'useradd'], asRoot: true },
  () => {
    /**
     * mpa as an ordinary login that sudo lets run everything, in a name space whose sudoers nobody else sees. Without a session to close, sudo
     * becomes the command, which then is root's in all respects.
     */
    const asLogin = (): string => {
      const login = makeLogin();
      const sudoers = place();
      writeFileSync(
        join(sudoers, 'test'),
        `Defaults !pam_session, !pam_setcred, !use_pty\n${login.name} ALL=(ALL) NOPASSWD: ALL\n`,
        { mode: 0o440 },
      );
      chmodSync(sudoers, 0o755);
      openHost();
      logins.push(login);
      const change = `setpriv --reuid=${login.uid} --regid=${login.gid} --clear-groups`;
      return `exec unshare -m bash -c 'mount --bind ${sudoers} /etc/sudoers.d; exec ${change} "$@"' bash "$@"`;
    };
    const logins: ReturnType<typeof makeLogin>[] = [];
    afterAll(() => {
      for (const login of logins) login.remove();
    });
    const sudo = (script: string): ReturnType<typeof launchOf> => ({
      ...launchOf('', '/'),
      program: '/usr/bin/sudo',
      argv: ['sudo', '-n', 'sh', '-c', script],
    });

    it('that may not be signalled ends neither mpa nor its record', async () => {
      let sent = 0;
      const run = await hosted(sudo('echo ready; id -u; sleep 1; exit 5'), asLogin(), (stdout, pid) => {
        if (sent > 0 || !stdout.includes('ready')) return;
        for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGCONT'] as const) {
          process.kill(pid, signal);
          sent += 1;
        }
      });
      expect(run).toMatchObject({ status: 5, stdout: 'ready\n0\n' });
      expect(sent).toBe(5);
    });

    it('§6 enforceEnd: it is said that it cannot be ended, and it runs on', async () => {
      const end = Math.floor(Date.now() / 1000) + 5;
      const run = await hosted({ ...sudo('sleep 7; exit 6'), windowEnd: end, until: end }, asLogin());
      expect(run.status).toBe(6);
      expect(run.stderr).toMatch(/another login and cannot be ended/);
    });
  },
);
