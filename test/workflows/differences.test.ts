import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exec } from '../../src/workflows/exec.js';
import type { Here } from '../../src/workflows/grant.js';
import { Approved, contentOf, DUMP, SQL } from './approved.js';
import { codeOf, desk, recorder } from './desk.js';
import { emptyFolder } from '../support/places.js';

/** What is not as it was approved: other words, another place, or a deed that `undo` takes back. */
interface Change {
  readonly argv?: (argv: readonly string[]) => readonly string[];
  readonly here?: (here: Here, it: Approved) => Here;
  readonly deed?: (it: Approved) => void;
}

type Row = readonly [title: string, change: Change];

const replaced =
  (at: number, word: string) =>
  (argv: readonly string[]): readonly string[] =>
    argv.map((argument, i) => (i === at ? word : argument));

const without =
  (at: number) =>
  (argv: readonly string[]): readonly string[] =>
    argv.filter((_, i) => i !== at);

const WORDS: readonly Row[] = [
  ['another argument', { argv: replaced(6, 'test') }],
  ['an argument more', { argv: (argv) => [...argv, '--force'] }],
  ['an empty argument more', { argv: (argv) => [...argv, ''] }],
  ['an argument in front', { argv: (argv) => ['tool', '-v', ...argv.slice(1)] }],
  ['an argument less', { argv: without(1) }],
  ['the empty argument left away', { argv: without(7) }],
  ['two arguments swapped', { argv: (argv) => ['tool', argv[2] ?? '', argv[1] ?? '', ...argv.slice(3)] }],
  [
    'an argument split at its space',
    { argv: (argv) => argv.flatMap((word) => (word === 'two words' ? ['two', 'words'] : [word])) },
  ],
  ['two arguments joined', { argv: (argv) => ['tool', '-f rotate.sql', ...argv.slice(3)] }],
  ['an argument in quotes', { argv: replaced(6, '"prod"') }],
  ['another case', { argv: replaced(3, 'case') }],
  ['the blank at its end gone', { argv: replaced(5, 'end') }],
  ['a blank at its end', { argv: replaced(6, 'prod ') }],
  ['a newline at its end', { argv: replaced(6, 'prod\n') }],
  ['two blanks for one', { argv: replaced(4, 'two  words') }],
  ['a no-break space', { argv: replaced(4, 'two\u00a0words') }],
  ['a Cyrillic letter that looks the same', { argv: replaced(6, 'pr\u043ed') }],
  ['a letter and its accent apart', { argv: replaced(6, 'pro\u0301d') }],
  ['a zero-width space', { argv: replaced(6, 'pro\u200bd') }],
  ['the same file by another path', { argv: replaced(2, './rotate.sql') }],
  ['an option joined by `=`', { argv: (argv) => ['tool', '-f=rotate.sql', ...argv.slice(3)] }],
  ['the command by its path', { argv: (argv) => ['bin/tool', ...argv.slice(1)] }],
];

const otherTool = (folder: string): string => {
  mkdirSync(join(folder, 'other'), { recursive: true });
  writeFileSync(join(folder, 'other', 'tool'), '#!/bin/sh\n');
  chmodSync(join(folder, 'other', 'tool'), 0o755);
  return join(folder, 'other');
};

const PLACES: readonly Row[] = [
  ['another folder', { here: (here) => ({ ...here, cwd: join(here.cwd, 'deep') }) }],
  ['the folder above', { here: (here) => ({ ...here, cwd: join(here.cwd, '..') }) }],
  [
    'the folder by a symbolic link, as a kernel that keeps it would name it',
    {
      here: (here, it) => {
        return { ...here, cwd: linkTo(it, '.') };
      },
    },
  ],
  ['another host', { here: (here) => ({ ...here, machine: { ...here.machine, host: 'prod-2' } }) }],
  ['the host in capitals', { here: (here) => ({ ...here, machine: { ...here.machine, host: 'PROD-1' } }) }],
  ['another login', { here: (here) => ({ ...here, machine: { ...here.machine, user: 'root' } }) }],
  [
    'a folder that is earlier on PATH has such a program',
    { here: (here, it) => ({ ...here, path: `${otherTool(it.folder)}:${here.path ?? ''}` }) },
  ],
  [
    'PATH in another order',
    { here: (here, it) => ({ ...here, path: [otherTool(it.folder), it.path('bin')].join(':') }) },
  ],
  ['the same folder of PATH by another name', { here: (here, it) => ({ ...here, path: linkTo(it, 'bin') }) }],
];

/** Another name for a folder of the shop. */
function linkTo(it: Approved, name: string): string {
  const link = it.path(`${name}-link`);
  rmSync(link, { force: true });
  symlinkSync(it.path(name), link);
  return link;
}

/** Puts something else in the place of a pinned file. */
const instead = (name: string, put: (path: string, it: Approved) => void) => (it: Approved) => {
  rmSync(it.path(name));
  put(it.path(name), it);
};

const write = (name: string, bytes: string | Uint8Array) => (it: Approved) => {
  writeFileSync(it.path(name), bytes);
};

const FILES: readonly Row[] = [
  ['a byte of a pinned text', { deed: write('rotate.sql', SQL.replace('null', 'nul1')) }],
  ['a byte more', { deed: write('rotate.sql', `${SQL}\n`) }],
  ['a byte less', { deed: write('rotate.sql', SQL.slice(0, -1)) }],
  ['line ends of another system', { deed: write('rotate.sql', SQL.replaceAll('\n', '\r\n')) }],
  ['a byte of a binary, the second pin', { deed: write('dump', Buffer.from([0, 1, 2, 3, 254])) }],
  ['something in an empty file, the third pin', { deed: write('empty', ' ') }],
  [
    'two pins that changed places',
    {
      deed: (it) => {
        write('dump', SQL)(it);
        write('rotate.sql', DUMP)(it);
      },
    },
  ],
  ['a pin that is gone', { deed: instead('dump', () => undefined) }],
  ['a folder in its place', { deed: instead('dump', (path) => mkdirSync(path)) }],
  [
    'a named pipe in the place of an empty file',
    { deed: instead('empty', (path) => execFileSync('mkfifo', [path])) },
  ],
  [
    'a device in the place of an empty file',
    { deed: instead('empty', (path) => symlinkSync('/dev/null', path)) },
  ],
  ['a symbolic link to other bytes', { deed: instead('rotate.sql', (path) => symlinkSync('dump', path)) }],
  ['a symbolic link in a circle', { deed: instead('dump', (path) => symlinkSync('dump', path)) }],
];

/** What each row ended with, by its title: a failure names the rows that are wrong. */
type Outcomes = Record<string, readonly string[]>;

function all(rows: readonly (readonly [string, ...unknown[]])[], ...codes: readonly string[]): Outcomes {
  return Object.fromEntries(rows.map(([title]) => [title, codes]));
}

/** Both ways to say what is to run: with the id, and by its words alone. Whatever is started is an outcome too. */
async function bothWays(
  it: Approved,
  id: string,
  argv: readonly string[],
  here: Here = it.here,
): Promise<readonly string[]> {
  const tried = [await it.attempt({ id, argv }, here), await it.attempt({ id: null, argv }, here)];
  return tried.map(({ code, launches }) => (launches.length === 0 ? code : 'started'));
}

describe('§8.6 what differs from what was approved does not run, and spends nothing', () => {
  it('each difference alone is refused; afterwards what was approved runs', async () => {
    const it = await Approved.make();
    const id = await it.grant();
    const { argv } = it.action;

    const words: Outcomes = {};
    for (const [title, change] of WORDS) words[title] = await bothWays(it, id, change.argv?.(argv) ?? argv);
    expect(words).toEqual(all(WORDS, 'mismatch', 'unknown-request'));

    const places: Outcomes = {};
    for (const [title, { here }] of PLACES) places[title] = await bothWays(it, id, argv, here?.(it.here, it));
    expect(places).toEqual(all(PLACES, 'mismatch', 'mismatch'));

    const files: Outcomes = {};
    for (const [title, { deed }] of FILES) {
      deed?.(it);
      files[title] = await bothWays(it, id, argv);
      it.restore();
    }
    expect(files).toEqual(all(FILES, 'mismatch', 'mismatch'));

    const far = await it.grant({ host: 'prod-2', argv: ['tool', 'far'] });
    expect(await bothWays(it, far, ['tool', 'far'])).toEqual(['mismatch', 'mismatch']);
    const bob = desk(it.all, it.all.bob);
    expect(await codeOf(exec(bob.ws, { id, argv: null }, it.here, recorder().launcher))).toBe('wrong-runner');

    expect(await it.alice.ws.spent.claims()).toEqual([]);
    const { code, launches } = await it.attempt({ id: null, argv });
    expect([code, launches.map(({ record }) => record.id)]).toEqual(['done', [id]]);
    expect((await it.attempt({ id, argv: null })).code).toBe('used');
  });
});

/** A file for --stdin with these bytes. */
const given =
  (bytes: string | Uint8Array) =>
  (it: Approved): Partial<Here> => {
    writeFileSync(it.path('given'), bytes);
    return { stdinFile: it.path('given') };
  };

type Kind = 'none' | 'terminal' | 'given' | 'attached';

const INPUTS: readonly (readonly [string, Kind, (it: Approved) => Partial<Here>])[] = [
  ['a file where nothing was approved', 'none', given('')],
  ['bytes of a pipe where nothing was approved', 'none', () => ({ stdinFile: Buffer.from('y\n') })],
  ['a file that is not there, and nothing was approved', 'none', (it) => ({ stdinFile: it.path('absent') })],
  ['no terminal where one was approved', 'terminal', () => ({ terminal: false })],
  ['a file where the terminal was approved', 'terminal', (it) => ({ ...given('')(it), terminal: true })],
  ['no file where one must be given again', 'given', () => ({})],
  ['the terminal where a file must be given again', 'given', () => ({ terminal: true })],
  ['a file with another byte', 'given', given(Buffer.from([0, 1, 2, 3, 254]))],
  ['a longer file', 'given', given(Buffer.concat([DUMP, DUMP]))],
  ['a shorter file', 'given', given(DUMP.subarray(1))],
  ['a file that is gone', 'given', (it) => ({ stdinFile: it.path('absent') })],
  ['a folder', 'given', (it) => ({ stdinFile: it.path('deep') })],
  ['another file than the attached one', 'attached', given(SQL.toUpperCase())],
  ['other bytes of a pipe than the attached ones', 'attached', () => ({ stdinFile: Buffer.from('x') })],
];

describe('§8.6 standard input that is not what was approved', () => {
  it('is refused, and spends nothing; afterwards each runs as it was approved', async () => {
    const it = await Approved.make();
    const bare = { pins: [] };
    const ids: Readonly<Record<Kind, string>> = {
      none: await it.grant({ ...bare, argv: ['tool', 'none'] }, []),
      terminal: await it.grant({ ...bare, argv: ['tool', 'terminal'], stdin: 'terminal' }, []),
      given: await it.grant({ ...bare, argv: ['tool', 'given'], stdin: contentOf(DUMP, false) }, []),
      attached: await it.grant({ ...bare, argv: ['tool', 'attached'], stdin: contentOf(SQL, true) }),
    };
    const outcomes: Outcomes = {};
    for (const [title, kind, here] of INPUTS)
      outcomes[title] = await bothWays(it, ids[kind], ['tool', kind], { ...it.here, ...here(it) });
    expect(outcomes).toEqual(all(INPUTS, 'mismatch', 'mismatch'));
    expect(await it.alice.ws.spent.claims()).toEqual([]);

    const right = { none: {}, terminal: { terminal: true }, given: given(DUMP)(it), attached: {} };
    for (const [kind, here] of Object.entries(right))
      expect((await it.attempt({ id: null, argv: ['tool', kind] }, { ...it.here, ...here })).code).toBe(
        'done',
      );
  });
});

describe('§8.6 a pin that is replaced all the time', () => {
  it('a thousand swaps while runs are tried: each try starts what was approved or is a mismatch, and a start without a spawn says so', async () => {
    const it_ = await Approved.make();
    const folder = emptyFolder();
    const id = await it_.grant({}, [SQL], 10);
    let swaps = 0;
    let stop = false;
    const evil = SQL.replace('null', 'nul1');
    const swap = (): void => {
      const next = join(folder, 'next');
      writeFileSync(next, swaps % 2 === 0 ? evil : SQL);
      renameSync(next, it_.path('rotate.sql'));
      swaps += 1;
      if (!stop) setImmediate(swap);
    };
    swap();
    const codes: string[] = [];
    let started = 0;
    for (let tries = 0; tries < 400 && (swaps < 1000 || codes.length < 8); tries += 1) {
      const { code, launches } = await it_.attempt({ id, argv: null });
      codes.push(code);
      started += launches.length;
    }
    stop = true;
    await new Promise((resolve) => setImmediate(resolve));
    rmSync(folder, { recursive: true });
    expect(swaps).toBeGreaterThanOrEqual(1000);
    expect([...new Set(codes)].filter((code) => !['done', 'mismatch', 'used'].includes(code))).toEqual([]);
    expect(codes).toContain('mismatch');
    const { state } = await it_.alice.home.ledger.view();
    const runs = state.requests.get(id)?.runs ?? [];
    // A start without a spawn says so: `failed`, and it alone.
    const spawned = runs.filter(({ finish }) => finish !== null && !('failed' in finish.exit));
    expect(spawned).toHaveLength(started);
    expect(codes.filter((code) => code === 'done')).toHaveLength(started);
  });
});
