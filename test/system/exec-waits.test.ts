import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { approve, ask, founded, MPA, type Person, type World } from '../support/people.js';

/** The id of the one request that waits for `bob`, once it is there. */
async function asked({ bob, remote }: World): Promise<string> {
  const branch = join(remote, 'refs/heads/mpa');
  const before = readFileSync(branch, 'utf8');
  for (;;) {
    const id = (await bob.must(['inbox', '--json'])).json('requests', 0, 'id');
    if (typeof id === 'string') return id;
    while (readFileSync(branch, 'utf8') === before) await pause(20);
  }
}

const WHY = ['-m', 'INC-4711 rotate'];

/** Runs mpa, and interrupts it once it has printed the line for a coworker. */
function interrupted(
  { home, folder }: Person,
  args: readonly string[],
): Promise<{ status: number | null; signal: string | null; stderr: string }> {
  return new Promise((done, fail) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, MPA_HOME: home, LANG: 'C.UTF-8' };
    const child = spawn(process.execPath, [MPA, ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!stderr.includes('Waiting for') && (stderr + text).includes('Waiting for')) child.kill('SIGINT');
      stderr += text;
    });
    child.on('error', fail);
    child.on('close', (status, signal) => {
      done({ status, signal, stderr });
    });
  });
}

function shell(script: string): string[] {
  return ['--', 'sh', '-c', script];
}

describe('exec in one step', () => {
  it('asks, waits, and runs at once when another approves: its own output and status', async () => {
    const world = founded();
    const { alice, bob } = world;
    const running = alice.mpa(['exec', ...WHY, ...shell('echo out; echo err >&2; exit 7')]);
    const id = await asked(world);
    await approve(bob, id);
    const yes = Date.now();
    const ran = await running;
    expect(Date.now() - yes).toBeLessThan(3000);
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 7, stdout: 'out\n' });
    expect(ran.stderr).toContain('err\n');
    expect(ran.stderr).toContain(`mpa approve ${id.slice(0, 12)}`);
    const shown = await alice.must(['show', id, '--json']);
    expect(shown.json('request', 'runs', 0, 'exit')).toEqual({ code: 7 });
  });

  it('is denied: who and why, nothing runs', async () => {
    const world = founded();
    const { alice, bob } = world;
    const trace = join(alice.folder, 'trace');
    const running = alice.mpa(['exec', '--json', ...WHY, '--', 'touch', trace]);
    await bob.must(['deny', await asked(world), '-m', 'not on a Friday']);
    const ran = await running;
    expect(ran.outcome).toBe('125 denied');
    expect(ran.text('error', 'message')).toMatch(/bob.*not on a Friday/);
    expect(existsSync(trace)).toBe(false);
  });

  it('--no-wait: 125 pending with the full id, which the next exec joins', async () => {
    const world = founded();
    const { alice, bob } = world;
    const first = await alice.mpa(['exec', '--json', '--no-wait', ...WHY, ...shell('echo ran')]);
    expect(first.outcome).toBe('125 pending');
    const [id = ''] = /[0-9a-f]{64}/.exec(first.text('error', 'message')) ?? [];
    expect(await asked(world)).toBe(id);
    const again = await alice.mpa(['exec', '--json', '--no-wait', ...shell('echo ran')]);
    expect([again.outcome, again.stdout.includes(id)]).toEqual(['125 pending', true]);
    // A script that only names what it wants is answered at once.
    for (const words of [[id], shell('echo ran')])
      expect((await alice.mpa(['exec', '--json', ...words])).outcome).toBe('125 pending');
    const joined = alice.mpa(['exec', '--wait', ...shell('echo ran')]);
    const byId = alice.mpa(['exec', '--wait', id]);
    await approve(bob, id);
    const ends = await Promise.all([joined, byId]);
    expect(ends.map(({ status }) => status).sort()).toEqual([0, 125]);
    expect(ends.map(({ stdout }) => stdout).sort()).toEqual(['', 'ran\n']);
    expect((await bob.must(['list', '--all', '--json'])).json('requests', 'length')).toBe(1);
  });

  it('without a reason nothing is asked: answer-needed names -m', async () => {
    const world = founded();
    const { alice, bob } = world;
    const ran = await alice.mpa(['exec', '--json', ...shell('true')]);
    expect(ran.outcome).toBe('125 answer-needed');
    expect(ran.text('error', 'hint')).toContain('-m REASON');
    expect((await bob.must(['list', '--all', '--json'])).json('requests', 'length')).toBe(0);
  });

  it('a live grant whose file has changed: mismatch without a reason; with one it is asked anew', async () => {
    const world = founded();
    const { alice, bob } = world;
    const file = join(alice.folder, 'rotate.sql');
    writeFileSync(file, 'select 1;\n');
    const first = await alice.mpa(['exec', '--json', '--no-wait', ...WHY, '--', 'cat', 'rotate.sql']);
    const [id = ''] = /[0-9a-f]{64}/.exec(first.stdout) ?? [];
    await approve(bob, id);
    writeFileSync(file, 'select 2;\n');
    const refused = await alice.mpa(['exec', '--json', '--', 'cat', 'rotate.sql']);
    expect(refused.outcome).toBe('125 mismatch');
    expect(refused.text('error', 'message')).toContain('+select 2;');
    expect(refused.text('error', 'hint')).toContain('-m REASON');
    const running = alice.mpa(['exec', ...WHY, '--', 'cat', 'rotate.sql']);
    const second = await asked(world);
    expect(second).not.toBe(id);
    await approve(bob, second);
    expect(await running).toMatchObject({ status: 0, stdout: 'select 2;\n' });
    const old = await alice.must(['show', id, '--json']);
    expect(old.json('request', 'usesLeft')).toBe(1);
  });

  it('a file that changes while it waits: mismatch, and no use is spent', async () => {
    const world = founded();
    const { alice, bob } = world;
    const file = join(alice.folder, 'rotate.sql');
    writeFileSync(file, 'select 1;\n');
    const running = alice.mpa(['exec', '--json', ...WHY, '--', 'cat', 'rotate.sql']);
    const id = await asked(world);
    writeFileSync(file, 'select 2;\n');
    await approve(bob, id);
    expect((await running).outcome).toBe('125 mismatch');
    expect((await alice.must(['show', id, '--json'])).json('request', 'usesLeft')).toBe(1);
  });

  it('a grant for other variables is not the one that is meant', async () => {
    const world = founded();
    const { alice, bob } = world;
    const script = shell('echo "$A"');
    const first = await alice.mpa(['exec', '--json', '--no-wait', ...WHY, '--env', 'A=1', ...script]);
    const [id = ''] = /[0-9a-f]{64}/.exec(first.stdout) ?? [];
    await approve(bob, id);
    expect((await alice.mpa(['exec', '--json', '--env', 'A=2', ...script])).outcome).toBe(
      '125 answer-needed',
    );
    expect(await alice.mpa(['exec', '--env', 'A=1', ...script])).toMatchObject({ status: 0, stdout: '1\n' });
  });

  it('a grant that does not pin what --pin names is not the one that is meant', async () => {
    const world = founded();
    const { alice, bob } = world;
    for (const name of ['a.conf', 'b.conf']) writeFileSync(join(alice.folder, name), name);
    const id = await ask(alice, ['true'], ['--pin', 'a.conf']);
    await approve(bob, id);
    expect((await alice.mpa(['exec', '--json', '--pin', 'b.conf', '--', 'true'])).outcome).toBe(
      '125 answer-needed',
    );
    expect((await alice.mpa(['exec', '--json', '--pin', './a.conf', '--', 'true'])).outcome).toBe('0');
  });

  it('runs in the folder of --cwd', async () => {
    const world = founded();
    const { alice, bob } = world;
    const running = alice.mpa(['exec', '--cwd', '/', ...WHY, '--', 'pwd']);
    await approve(bob, await asked(world));
    expect(await running).toMatchObject({ status: 0, stdout: '/\n' });
  });

  it.each([
    ['another machine', ['--host', 'elsewhere', '--program', '/bin/true']],
    ['another login', ['--user', 'nobody-here']],
  ])('%s: usage, before anything is asked', async (_, flags) => {
    const { alice } = founded();
    expect((await alice.mpa(['exec', '--json', ...flags, ...WHY, '--', 'true'])).outcome).toBe('125 usage');
  });

  it.each([
    [['--env', 'A=1', '--', 'true'], '125 usage'],
    [['--', 'true'], '125 unknown-id'],
  ])('an id with %j: %s', async (rest, outcome) => {
    const { alice } = founded();
    expect((await alice.mpa(['exec', '--json', 'abcdef123456', ...rest])).outcome).toBe(outcome);
  });

  it('--access: runs a command under a live access of mine, recorded as a session', async () => {
    const world = founded();
    const { alice, bob } = world;
    const wait = alice.mpa(['request', '--wait', '--json', ...WHY, '--access', 'ssh/prod-1']);
    const id = await asked(world);
    const session = (more: readonly string[] = []): ReturnType<Person['mpa']> =>
      alice.mpa(['exec', '--json', '--access', 'ssh/prod-1', ...more, ...shell('echo in; exit 3')]);
    expect((await session()).outcome).toBe('125 pending');
    expect((await session(WHY)).outcome).toBe('125 usage');
    await approve(bob, id);
    await wait;
    expect(await session()).toMatchObject({ status: 3, stdout: 'in\n' });
    const shown = await bob.must(['show', id, '--json']);
    expect(shown.json('request', 'runs', 0, 'exit')).toEqual({ code: 3 });
  });

  it('waits until its window begins', async () => {
    const world = founded();
    const { alice, bob } = world;
    const at = new Date(Date.now() + 10_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const running = alice.mpa(['exec', '--at', at, ...WHY, ...shell('date +%s')]);
    await approve(bob, await asked(world));
    const ran = await running;
    expect(ran.status).toBe(0);
    expect(Number(ran.stdout)).toBeGreaterThanOrEqual(Date.parse(at) / 1000);
    expect(ran.stderr).toContain('It begins at');
  });

  it('under a halt nothing is asked: halted, and what lifts it', async () => {
    const world = founded();
    const { alice, bob } = world;
    await bob.must(['halt', '-m', 'an incident']);
    const ran = await alice.mpa(['exec', '--json', ...WHY, ...shell('true')]);
    expect(ran.outcome).toBe('125 halted');
    expect(ran.text('error', 'message')).toContain('an incident');
    expect(ran.text('error', 'hint')).toContain('mpa resume');
    expect((await bob.must(['list', '--all', '--json'])).json('requests', 'length')).toBe(0);
  });

  it('a halt while it waits ends the wait', async () => {
    const world = founded();
    const { alice, bob } = world;
    const running = alice.mpa(['exec', '--json', ...WHY, ...shell('true')]);
    await asked(world);
    await bob.must(['halt', '-m', 'an incident']);
    const ran = await running;
    expect([ran.outcome, ran.stdout.includes('an incident')]).toEqual(['125 halted', true]);
  });

  it('SIGINT without a terminal: 130, the request stays, and how to go on is said', async () => {
    const world = founded();
    const { alice, bob } = world;
    const ended = await interrupted(alice, ['exec', ...WHY, ...shell('true')]);
    expect(ended).toMatchObject({ status: 130, signal: null });
    expect(ended.stderr).toMatch(/stays as it is\. \[cancelled\]\n.*mpa exec .*mpa withdraw /);
    expect((await bob.must(['inbox', '--json'])).json('requests', 0, 'state')).toBe('pending');
  });
});

describe('request --wait', () => {
  it('ends with 0 and the request once it is approved', async () => {
    const world = founded();
    const { alice, bob } = world;
    const waiting = alice.mpa(['request', '--wait', '--json', ...WHY, '--', 'true']);
    await approve(bob, await asked(world));
    const ended = await waiting;
    expect(ended.outcome).toBe('0');
    expect(ended.text('request', 'state')).toBe('approved');
  });

  it('ends with 1 and the refusal once it is denied', async () => {
    const world = founded();
    const { alice, bob } = world;
    const waiting = alice.mpa(['request', '--wait', '--json', ...WHY, '--access', 'ssh/prod-1']);
    await bob.must(['deny', await asked(world), '-m', 'no']);
    expect((await waiting).outcome).toBe('1 denied');
  });
});

describe('a remote that says yes and does nothing', () => {
  it('is found by the next command, and no grant runs twice on this machine', async () => {
    const world = founded();
    const { alice, bob, remote } = world;
    const trace = join(alice.folder, 'trace');
    const first = await alice.mpa(['exec', '--json', '--no-wait', ...WHY, ...shell(`echo ran >> ${trace}`)]);
    const [id = ''] = /[0-9a-f]{64}/.exec(first.stdout) ?? [];
    await approve(bob, id);
    const head = readFileSync(join(remote, 'refs/heads/mpa'), 'utf8');
    const hook = join(remote, 'hooks', 'post-receive');
    mkdirSync(join(remote, 'hooks'), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\ngit update-ref refs/heads/mpa ${head}`);
    chmodSync(hook, 0o755);
    const ran = await alice.mpa(['exec', id]);
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain('[rewritten]');
    const again = await alice.mpa(['exec', id, '--json']);
    expect(again.outcome).toBe('125 rewritten');
    // Not even where a person believes the remote.
    await alice.must(['sync', '--accept', head.trim(), '--yes']);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 used');
    expect(readFileSync(trace, 'utf8')).toBe('ran\n');
  });
});

describe('what a command costs in connections to the remote', () => {
  /** Somebody whose every git process of mpa's is written down; `counted` gives those that reached the remote since it was asked last. */
  function counting(
    { folder, ...world }: World,
    name: 'alice' | 'bob' = 'alice',
  ): { who: Person; counted: () => string[] } {
    const bin = join(folder, `counting-${name}`);
    const log = join(folder, `connections-${name}`);
    const [git = ''] = (process.env['PATH'] ?? '')
      .split(':')
      .filter((entry) => existsSync(join(entry, 'git')));
    mkdirSync(bin);
    const script = `#!/bin/sh\nfor word do case $word in fetch|push|ls-remote) echo $word >> ${log}; break ;; esac; done\nexec ${git}/git "$@"\n`;
    writeFileSync(join(bin, 'git'), script, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const counted = (): string[] => {
      const words = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
      writeFileSync(log, '');
      return words.filter((word) => word !== '');
    };
    const mpa: Person['mpa'] = (args, options) => world[name].mpa(args, { ...options, env });
    return { who: { ...world[name], mpa }, counted };
  }

  it('request and approve: one fetch, one push; exec with a live grant: two before its command starts, one after', async () => {
    const world = founded();
    const { who, counted } = counting(world);
    const log = join(world.folder, 'connections-alice');
    const copy = join(world.folder, 'before');
    await who.mpa(['request', ...WHY, ...shell(`cp ${log} ${copy}`)]);
    expect(counted()).toEqual(['fetch', 'push']);
    const id = await asked(world);
    const bobs = counting(world, 'bob');
    await bobs.who.mpa(['approve', id, '--yes']);
    expect(bobs.counted()).toEqual(['fetch', 'push']);
    expect(await who.mpa(['exec', id])).toMatchObject({ status: 0 });
    expect(readFileSync(copy, 'utf8')).toBe('fetch\npush\n');
    expect(counted()).toEqual(['fetch', 'push', 'push']);
  });
});
