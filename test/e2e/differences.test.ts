import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { approve, ask, founded, MPA, run, type Ran, type World } from '../support/people.js';

const SQL = 'begin;\nupdate users set password = null;\ncommit;\n';

/** Alice's own script, which says what it is given, and a file that it reads. */
function shop({ alice }: World): { at: (name: string) => string; restore: () => void } {
  const at = (name: string): string => join(alice.folder, name);
  mkdirSync(at('deep'));
  const restore = (): void => {
    for (const name of ['rotate.sql', 'deploy']) rmSync(at(name), { recursive: true, force: true });
    writeFileSync(at('rotate.sql'), SQL);
    writeFileSync(
      at('deploy'),
      '#!/bin/sh\nenv >"$PWD/environment"\ncat "$1" >"$PWD/ran"\ncat >"$PWD/read"\n',
    );
    chmodSync(at('deploy'), 0o755);
  };
  restore();
  return { at, restore };
}

const tail = ({ stderr }: Ran): string[] =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('    | '))
    .map((line) => line.slice(6));

describe('§8.6 what was approved is what runs', () => {
  it('each difference alone is refused, spends nothing and is shown; afterwards the true one runs', async () => {
    const world = founded();
    const { alice, bob } = world;
    const { at, restore } = shop(world);
    const words = ['./deploy', 'rotate.sql', 'two words'];
    const flags = ['--stdin', at('rotate.sql'), '--env', 'STAGE=approved', '--pass-env', 'TOKEN'];
    const asked = await alice.must(['request', '-m', 'leaked', ...flags, '--json', '--', ...words], {
      env: { KUBECONFIG: '/k' },
    });
    const id = asked.text('request', 'id');
    expect(asked.stderr).toContain('Pinned, and sent along to be read: ./deploy, rotate.sql.');
    expect(asked.stderr).toContain('--env KUBECONFIG');
    await approve(bob, id);

    mkdirSync(at('other'));
    symlinkSync(alice.folder, at('deep/link'));
    const rows: readonly (readonly [string, () => Promise<Ran>])[] = [
      ['another argument', () => alice.mpa(['exec', id, '--json', '--', ...words.slice(0, 2), 'two  words'])],
      [
        'an argument split',
        () => alice.mpa(['exec', id, '--json', '--', ...words.slice(0, 2), 'two', 'words']),
      ],
      [
        'the same script by another path',
        () => alice.mpa(['exec', id, '--json', '--', at('deploy'), ...words.slice(1)]),
      ],
      ['another folder', () => alice.mpa(['exec', id, '--json'], { cwd: at('deep') })],
      [
        'a byte of a file',
        () => {
          writeFileSync(at('rotate.sql'), SQL.replace('null', 'nul1'));
          return alice.mpa(['exec', id, '--json']);
        },
      ],
      [
        'a file that is gone',
        () => {
          rmSync(at('rotate.sql'));
          return alice.mpa(['exec', id, '--json']);
        },
      ],
      [
        'a line more in the script',
        () => {
          writeFileSync(at('deploy'), `${readFileSync(at('deploy'), 'utf8')}rm -rf "$HOME"\n`);
          return alice.mpa(['exec', id, '--json']);
        },
      ],
      [
        'a link to another script in its place',
        () => {
          renameSync(at('deploy'), at('deploy.old'));
          writeFileSync(at('evil'), '#!/bin/sh\n', { mode: 0o755 });
          symlinkSync('evil', at('deploy'));
          return alice.mpa(['exec', id, '--json']);
        },
      ],
      ['another file on standard input', () => alice.mpa(['exec', id, '--stdin', at('deploy'), '--json'])],
      ['a pipe on standard input', () => alice.mpa(['exec', id, '--stdin', '-', '--json'], { input: 'y\n' })],
    ];
    const outcomes: Record<string, string> = {};
    for (const [title, attempt] of rows) {
      outcomes[title] = (await attempt()).outcome;
      restore();
    }
    expect(outcomes).toEqual(Object.fromEntries(rows.map(([title]) => [title, '125 mismatch'])));
    expect((await bob.mpa(['exec', id, '--json'])).outcome).toBe('125 wrong-runner');
    expect(existsSync(at('ran'))).toBe(false);
    const untouched = await bob.must(['show', id, '--json']);
    expect(untouched.json('request', 'runs')).toEqual([]);

    writeFileSync(at('rotate.sql'), SQL.replace('null', "'x'"));
    const refused = await alice.mpa(['exec', id]);
    expect(tail(refused).filter((line) => /^[-+]/.test(line))).toEqual([
      `--- ${at('rotate.sql')}, as approved`,
      `+++ ${at('rotate.sql')}, here`,
      '-update users set password = null;',
      "+update users set password = 'x';",
    ]);
    restore();

    const ended = await alice.mpa(['exec', id], {
      env: { STAGE: 'mine', TOKEN: 's3cret', KUBECONFIG: '/k' },
    });
    expect([ended.status, ended.stdout]).toEqual([0, '']);
    expect([readFileSync(at('ran'), 'utf8'), readFileSync(at('read'), 'utf8')]).toEqual([SQL, SQL]);
    const environment = readFileSync(at('environment'), 'utf8').split('\n');
    expect(environment).toContain('STAGE=approved');
    expect(environment).toContain('TOKEN=s3cret');
    expect(environment.filter((line) => line.startsWith('KUBECONFIG'))).toEqual([]);
  });

  it('requests for another machine, another login and an executor do not run here', async () => {
    const world = founded();
    const { alice, bob } = world;
    const far = await ask(alice, ['/bin/true'], ['--host', 'elsewhere']);
    const other = await ask(alice, ['/bin/true'], ['--user', 'somebody-else']);
    for (const id of [far, other]) {
      await approve(bob, id);
      expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 mismatch');
    }
    const named = await alice.mpa(['request', '-m', 'why', '--executor', 'ci', '--json', '--', 'true']);
    expect(named.outcome).toBe('1 bad-executor');
  });
});

describe('bad input', () => {
  it('each is refused with its own code before anything is written', async () => {
    const world = founded();
    const { alice } = world;
    const { at } = shop(world);
    writeFileSync(at('no-hashbang'), 'echo hello\n', { mode: 0o755 });
    writeFileSync(at('plain'), 'echo hello\n');
    const request = (flags: readonly string[], words: readonly string[], cwd?: string): Promise<Ran> =>
      alice.mpa(
        ['request', '-m', 'why', ...flags, '--json', '--', ...words],
        cwd === undefined ? {} : { cwd },
      );
    const many = Array.from({ length: 1024 }, () => 'x');
    const rows: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
      ['no such file to pin', '2 usage', ['--pin', 'absent'], ['true']],
      ['a device to pin', '2 usage', ['--pin', '/dev/zero'], ['true']],
      ['a folder as standard input', '2 usage', ['--stdin', 'deep'], ['true']],
      ['1,025 words', '2 over-limit', [], ['true', ...many]],
      [
        'more than 128 KiB of arguments',
        '2 over-limit',
        [],
        ['true', 'x'.repeat(70_000), 'y'.repeat(70_000)],
      ],
      ['no such program', '127 not-found', [], ['nobody-knows-it']],
      ['no such path', '127 not-found', [], ['./absent']],
      ['not executable', '126 cannot-execute', [], ['./plain']],
      ['a script without #!', '126 cannot-execute', [], ['./no-hashbang']],
      ['a name that is no UTF-8', '2 usage', ['--pin', 'f\ufffd'], ['true']],
      ['a folder that is not there', '2 usage', ['--cwd', 'absent'], ['true']],
    ];
    const ended = await Promise.all(
      rows.map(async ([title, , flags, words]) => [title, (await request(flags, words)).outcome] as const),
    );
    expect(Object.fromEntries(ended)).toEqual(
      Object.fromEntries(rows.map(([title, outcome]) => [title, outcome])),
    );
    expect((await alice.must(['list', '--all', '--json'])).json('requests')).toEqual([]);
  });

  it('a working directory that is gone: usage, of whatever command', async () => {
    const { alice } = founded();
    const env = { MPA_HOME: alice.home, MPA_NO_INPUT: '1', PATH: process.env['PATH'] ?? '' };
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
    const inGone = (...args: readonly string[]): Promise<Ran> =>
      run('/bin/sh', ['-c', script, 'sh', process.execPath, MPA, ...args], env, { cwd: alice.folder });
    expect((await inGone('request', '-m', 'why', '--json', '--', 'true')).outcome).toBe('2 usage');
    expect((await inGone('exec', '--json', '--', 'true')).outcome).toBe('125 usage');
  });
});
