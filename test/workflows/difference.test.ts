import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentLines } from '../../src/workflows/difference-arguments.js';
import { textDiff } from '../../src/workflows/text-diff.js';
import { Approved, contentOf, DUMP, SQL } from './approved.js';

const digits = (bytes: string | Uint8Array): string => `${contentOf(bytes, false).sha256.slice(0, 16)}...`;
const id12 = (id: string): string => id.slice(0, 12);

describe('a refusal as mismatch can be read', () => {
  it('arguments by their number, quoted; nothing of what is the same', async () => {
    const it = await Approved.make();
    const id = await it.grant();
    const argv = it.action.argv.map((word) => (word === 'prod' ? 'pr\u043ed' : word));
    const { message } = await it.refusal({ id, argv });
    expect(message.split('\n').slice(1)).toEqual([
      'argument 6:',
      '  approved  prod',
      String.raw`  here      $'pr\xd0\xbed'`,
    ]);
  });

  it('a text that changed: sizes, digests, and what changed in which line', async () => {
    const it = await Approved.make();
    const id = await it.grant();
    const now = SQL.replace('null', "'x' ");
    writeFileSync(it.path('rotate.sql'), now);
    const { message } = await it.refusal({ id, argv: null });
    const path = it.path('rotate.sql');
    expect(message.split('\n').slice(1)).toEqual([
      `file ${path}:`,
      `  approved  ${SQL.length} bytes, sha256 ${digits(SQL)}`,
      `  here      ${now.length} bytes, sha256 ${digits(now)}`,
      `--- ${path}, as approved`,
      `+++ ${path}, here`,
      '@@ -1,3 +1,3 @@',
      ' begin;',
      '-update users set password = null;',
      "+update users set password = 'x' ;",
      ' commit;',
    ]);
  });

  it('a text of another size is laid side by side too; a blank at the end of a line and a look-alike are seen', async () => {
    const it = await Approved.make();
    const id = await it.grant();
    writeFileSync(it.path('rotate.sql'), SQL.replace('begin;', 'begin; ').replace('commit', 'c\u043emmit'));
    const { message } = await it.refusal({ id, argv: null });
    expect(message).toContain('\n+begin;\\u{20}\n');
    expect(message).toContain('\n+c\\u{43e}mmit;');
  });

  it('a binary, a file that is gone, a folder: sizes and digests, no lines', async () => {
    const it = await Approved.make();
    const id = await it.grant();
    writeFileSync(it.path('dump'), Buffer.concat([DUMP, DUMP]));
    rmSync(it.path('empty'));
    rmSync(it.path('rotate.sql'));
    mkdirSync(it.path('rotate.sql'));
    const { message } = await it.refusal({ id, argv: null });
    expect(message.split('\n').slice(1)).toEqual([
      `file ${it.path('rotate.sql')}:`,
      `  approved  ${SQL.length} bytes, sha256 ${digits(SQL)}`,
      '  here      no file that can be read',
      `file ${it.path('dump')}:`,
      `  approved  5 bytes, sha256 ${digits(DUMP)}`,
      '  here      10 bytes',
      `file ${it.path('empty')}:`,
      `  approved  0 bytes, sha256 ${digits('')}`,
      '  here      no file that can be read',
    ]);
  });

  it('what is cut says so, and how to see it', async () => {
    const it = await Approved.make();
    const id = await it.grant();
    writeFileSync(it.path('rotate.sql'), Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(''));
    const { message } = await it.refusal({ id, argv: null });
    expect(message.split('\n').at(-1)).toBe(
      `... and 64 more lines; \`mpa show ${id12(id)} --file ${it.path('rotate.sql')}\` prints the approved file, ${it.path('rotate.sql')} is what is here now`,
    );
  });

  it('the place, and that the program was looked for along PATH', async () => {
    const it = await Approved.make();
    const id = await it.grant({ pins: [] }, []);
    const cwd = join(it.folder, 'deep');
    const machine = { host: 'prod-2', user: 'root' };
    const { message } = await it.refusal({ id, argv: null }, { ...it.here, cwd, machine });
    expect(message.split('\n').slice(1)).toEqual([
      ...['host:', '  approved  prod-1', '  here      prod-2'],
      ...['user:', '  approved  deploy', '  here      root'],
      ...['folder:', `  approved  ${it.folder}`, `  here      ${cwd}`],
    ]);
    rmSync(it.path('bin'), { recursive: true });
    const other = await Approved.make();
    const there = { ...it.here, path: other.path('bin') };
    expect((await it.refusal({ id, argv: it.action.argv }, there)).message).toContain(
      `program:\n  approved  ${it.path('bin')}/tool\n  here      ${other.path('bin')}/tool (the first of that name on your PATH)`,
    );
  });

  it('standard input; where the file must be given again, the next step says how', async () => {
    const it = await Approved.make();
    const id = await it.grant({ pins: [], stdin: contentOf(DUMP, false) }, []);
    const refused = await it.refusal({ id, argv: null });
    expect(refused.message).toContain(
      `standard input:\n  approved  a file of 5 bytes, sha256 ${digits(DUMP)}\n  here      nothing (/dev/null)`,
    );
    expect(refused).toMatchObject({
      hint: `Give it again, as it was approved: mpa exec ${id12(id)} --stdin FILE`,
    });
  });

  it('nothing of it obeys a terminal, whatever the file and its name hold', async () => {
    const it = await Approved.make();
    const name = 'evil\u001b[2J\n\u202e.txt';
    const pins = [{ path: it.path(name), ...contentOf('a\u001b[31m\n', true) }];
    writeFileSync(it.path(name), 'a\u001b[31m\n');
    const id = await it.grant({ pins }, ['a\u001b[31m\n']);
    writeFileSync(it.path(name), 'b\u001b]0;x\u0007\u202e\r\n');
    const { message } = await it.refusal({ id, argv: null });
    expect(message).not.toMatch(/[^\n -~]/);
    expect(message).toContain('\n-a\\u{1b}[31m\n');
  });
});

describe('arguments side by side', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'a b', '');

  it('lines exactly where they differ, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word), fc.array(word), async (a, b) => {
        const same = a.length === b.length && a.every((each, i) => each === b[i]);
        expect((await argumentLines(a, b)).length === 0).toBe(same);
      }),
    );
  });

  it('one put in between is the only one that is named', async () => {
    expect(await argumentLines(['tool', 'a', 'b', 'c'], ['tool', 'a', '-f', 'b', 'c'])).toEqual([
      'arguments: 3 were approved, here are 4',
      '  here, not approved: argument 2  -f',
    ]);
  });

  it('a long one is shown from where it differs, and how much there is; many are counted', async () => {
    const long = 'x'.repeat(1000);
    const [, approved, here] = await argumentLines(['t', `${long}a`], ['t', `${long}b`]);
    expect(approved).toBe(`  approved  ${'x'.repeat(20)}a (characters 981 to 1001 of 1001)`);
    expect(here).toBe(`  here      ${'x'.repeat(20)}b (characters 981 to 1001 of 1001)`);
    const many = await argumentLines(Array(30).fill('a') as string[], Array(30).fill('b') as string[]);
    expect(many.at(-1)).toBe('... and 10 more arguments differ');
  });
});

describe('texts side by side', () => {
  it('what is taken away and put in makes the one of the other, whatever they hold', async () => {
    const lines = fc.array(fc.constantFrom('a', 'b', '', 'c ', '\r', '--- x', '\\ No'), { maxLength: 12 });
    const text = fc.tuple(lines, fc.boolean()).map(([all, end]) => all.join('\n') + (end ? '\n' : ''));
    await fc.assert(
      fc.asyncProperty(text, text, async (before, after) => {
        const rows = (await textDiff(before, after)) ?? [];
        expect(rows.length === 0).toBe(before === after);
        const side = (kind: string): string[] =>
          rows.filter((row) => row.kind === 'same' || row.kind === kind).map((row) => row.text);
        // Equal lines further away than three from a change are left out: each side is a part of its text.
        const has = (whole: string, parts: readonly string[]): boolean => {
          const left = whole.split('\n');
          return parts.every((part) => {
            const at = left.indexOf(part);
            left.splice(0, at + 1);
            return at !== -1;
          });
        };
        expect(has(before, side('removed'))).toBe(true);
        expect(has(after, side('added'))).toBe(true);
      }),
    );
  });

  it('two that have nothing in common do not keep anybody waiting: null', async () => {
    const noise = (from: number): string =>
      Array.from({ length: 60_000 }, (_, i) => `${from + i}\n`).join('');
    expect(await textDiff(noise(0), noise(1_000_000))).toBe(null);
  });
});
