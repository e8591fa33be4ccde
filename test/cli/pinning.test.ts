import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leftWords, pinnedWords } from '../../src/cli/pin-words.js';
import { pinned, type Pinned } from '../../src/cli/pinning.js';
import type { Given } from '../../src/cli/standard-input.js';
import type { CommandAction, Pin } from '../../src/core/action.js';
import { joinPath } from '../../src/core/paths.js';
import { parseEvent } from '../../src/core/schema.js';
import { codeOf, MACHINE } from '../workflows/desk.js';
import { place } from '../support/places.js';

const sha = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

type Options = Readonly<Record<string, unknown>>;

/** A folder with files, and what is pinned for a command that is typed there. */
class Shop {
  readonly folder = place();

  file(name: string, content: string | Uint8Array = `-- ${name}\n`): string {
    writeFileSync(join(this.folder, name), content);
    return join(this.folder, name);
  }

  action(argv: readonly string[], more: Partial<CommandAction> = {}): CommandAction {
    return { kind: 'command', argv, ...MACHINE, program: '/usr/bin/tool', cwd: this.folder, ...more };
  }

  pin(
    argv: readonly string[],
    options: Options = {},
    more: Partial<CommandAction> = {},
    given: Given = null,
  ): Promise<Pinned> {
    return pinned(this.action(argv, more), { options }, { machine: MACHINE }, given, this.folder);
  }

  async paths(
    argv: readonly string[],
    options: Options = {},
    more: Partial<CommandAction> = {},
  ): Promise<string[]> {
    const found = await this.pin(argv, options, more);
    return (found.action.pins ?? []).map(({ path }) => path);
  }

  executor(argv: readonly string[], options: Options = {}, given: Given = null): Promise<Pinned> {
    const action: CommandAction = { kind: 'command', argv, executor: 'ci' };
    return pinned(action, { options }, { machine: MACHINE }, given, this.folder);
  }
}

const onlyPin = ({ action }: Pinned): Pin => {
  const [pin, ...others] = action.pins ?? [];
  if (pin === undefined || others.length > 0) throw new Error('one pin');
  return pin;
};

const words = (found: Pinned): string => [...pinnedWords(found), ...leftWords(found.left)].join('\n');

/** Root may read everything: for a while this process is somebody else. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

describe('which files are pinned without being told to', () => {
  it('an argument that names a regular file: its path made absolute, digest and size, text attached', async () => {
    const shop = new Shop();
    const path = shop.file('rotate.sql', 'select 1;\n');
    const found = await shop.pin(['tool', '-f', './/rotate.sql']);
    expect(onlyPin(found)).toEqual({ path, sha256: sha('select 1;\n'), size: 10, attached: true });
    expect(found.attachments.map((bytes) => Buffer.from(bytes).toString())).toEqual(['select 1;\n']);
    expect(words(found)).toBe('Pinned, and sent along to be read: .//rotate.sql.');
  });

  it('the part after the first `=`, and the whole argument where that names a file too', async () => {
    const shop = new Shop();
    const [a, b] = [shop.file('a'), shop.file('b=a')];
    expect(await shop.paths(['tool', '--file=a'])).toEqual([a]);
    expect(await shop.paths(['tool', 'b=a'])).toEqual([b, a]);
    expect(await shop.paths(['tool', 'x=y=a'])).toEqual([]);
  });

  it('a symbolic link keeps its name, and its bytes are those of the file behind it', async () => {
    const shop = new Shop();
    shop.file('v1', 'one');
    symlinkSync('v1', join(shop.folder, 'current'));
    expect(onlyPin(await shop.pin(['tool', 'current']))).toMatchObject({
      path: join(shop.folder, 'current'),
      sha256: sha('one'),
    });
  });

  it('each path once, and equal bytes travel once', async () => {
    const shop = new Shop();
    shop.file('a', 'same');
    shop.file('b', 'same');
    const found = await shop.pin(['tool', 'a', './a', 'b'], { pin: ['a'] });
    expect(found.action.pins).toHaveLength(2);
    expect(found.attachments).toHaveLength(1);
  });

  it('binaries and large text are pinned by digest alone, and that is said', async () => {
    const shop = new Shop();
    shop.file('nul', 'a\0b');
    shop.file('latin', Buffer.from([0x66, 0xfc, 0x72]));
    shop.file('long', 'x'.repeat(2 ** 20 + 1));
    shop.file('exact', 'x'.repeat(2 ** 20));
    const found = await shop.pin(['tool', 'nul', 'latin', 'long', 'exact']);
    expect(found.action.pins?.map(({ attached }) => attached)).toEqual([false, false, false, true]);
    expect(words(found)).toBe(
      'Pinned, and sent along to be read: exact.\nPinned by digest: nul, latin, long.',
    );
  });

  it('a file of 64 MiB is pinned; one byte more is not, and that is said', async () => {
    const shop = new Shop();
    truncateSync(shop.file('fits'), 2 ** 26);
    truncateSync(shop.file('huge'), 2 ** 26 + 1);
    const found = await shop.pin(['tool', 'fits', 'huge']);
    expect(onlyPin(found)).toMatchObject({ size: 2 ** 26, attached: false });
    expect(leftWords(found.left)).toEqual(['huge has more than 64 MiB: not pinned.']);
  });

  it('what is no regular file is not pinned, not opened and not waited for; all but /dev/null is named', async () => {
    const shop = new Shop();
    mkdirSync(join(shop.folder, 'conf'));
    execFileSync('mkfifo', [join(shop.folder, 'pipe')]);
    const found = await shop.pin(['tool', 'conf', 'pipe', '/dev/null', 'nothing', '', '-']);
    expect(found.action.pins).toBe(undefined);
    expect(leftWords(found.left)).toEqual([
      'conf is a folder: what is in it is not pinned.',
      'pipe is no regular file: not pinned.',
    ]);
  });

  it('what the requester may not read is not pinned, and that is said; as --pin it is usage', async () => {
    const shop = new Shop();
    chmodSync(shop.file('secret'), 0);
    chmodSync(shop.folder, 0o755);
    await asNobody(async () => {
      const found = await shop.pin(['tool', 'secret']);
      expect(leftWords(found.left)).toEqual(['secret: not pinned, since you cannot read it.']);
      expect(await codeOf(shop.pin(['tool'], { pin: ['secret'] }))).toBe('usage');
    });
  });

  it('--no-pin: none by itself, and --pin still', async () => {
    const shop = new Shop();
    const b = (shop.file('a'), shop.file('b'));
    expect(await shop.paths(['tool', 'a'], { noPin: true })).toEqual([]);
    expect(await shop.paths(['tool', 'a'], { noPin: true, pin: ['b'] })).toEqual([b]);
  });

  it('for another host none by itself, and --pin under the path that it has here', async () => {
    const shop = new Shop();
    const [a] = [shop.file('a'), shop.file('b')];
    expect(await shop.paths(['tool', 'b'], {}, { host: 'prod-2' })).toEqual([]);
    expect(await shop.paths(['tool', 'b'], { pin: ['a'] }, { host: 'prod-2', cwd: '/srv' })).toEqual([a]);
  });

  it('a name with a newline, and one of another script: pinned as it is, shown escaped', async () => {
    const shop = new Shop();
    const path = shop.file('a\nb', 'x');
    const found = await shop.pin(['tool', 'a\nb']);
    expect(onlyPin(found).path).toBe(path);
    expect(words(found)).toBe('Pinned, and sent along to be read: a\\u{a}b.');
  });

  it('a `..` behind a symbolic link means two files: usage; where it means one, it is pinned', async () => {
    const shop = new Shop();
    const elsewhere = place();
    mkdirSync(join(elsewhere, 'deep'));
    writeFileSync(join(elsewhere, 'a'), 'evil');
    symlinkSync(join(elsewhere, 'deep'), join(shop.folder, 'link'));
    mkdirSync(join(shop.folder, 'plain'));
    expect(await codeOf(shop.pin(['tool', 'link/../a']))).toBe('usage');
    const a = shop.file('a', 'good');
    expect(await codeOf(shop.pin(['tool', 'link/../a']))).toBe('usage');
    expect(await shop.paths(['tool', 'plain/../a'])).toEqual([a]);
    expect(await shop.paths(['tool', 'a/'])).toEqual([]);
  });

  it('what any arguments name is a pin of section 4: absolute, normalised, each once', async () => {
    const shop = new Shop();
    mkdirSync(join(shop.folder, 'd'));
    for (const name of ['a', 'b', 'd/a']) shop.file(name);
    const argument = fc
      .array(fc.constantFrom('a', 'b', 'd', '.', '..', '', 'x', '='), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join('/').replaceAll('/=/', '='));
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { maxLength: 5 }), async (args) => {
        const { action } = await shop.pin(['tool', ...args]);
        const paths = (action.pins ?? []).map(({ path }) => path);
        expect(paths.map((path) => joinPath('/', path))).toEqual(paths);
        expect(new Set(paths).size).toBe(paths.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the program', () => {
  const script = (shop: Shop, name = 'deploy'): string => shop.file(name, '#!/bin/sh\nexit 0\n');

  it('a script of one’s own is pinned and attached, named by its path or found along PATH', async () => {
    const shop = new Shop();
    const program = script(shop);
    expect(onlyPin(await shop.pin(['./deploy'], {}, { program }))).toMatchObject({
      path: program,
      attached: true,
    });
    expect(onlyPin(await shop.pin(['deploy'], {}, { program }))).toMatchObject({
      path: program,
      attached: true,
    });
  });

  it('a binary outside of the system’s folders is pinned by digest', async () => {
    const shop = new Shop();
    const program = shop.file('bin', randomBytes(100));
    expect(onlyPin(await shop.pin(['bin'], {}, { program }))).toMatchObject({
      path: program,
      attached: false,
    });
  });

  it('a program of the system is not; a script among those is where it is named by its path', async () => {
    const shop = new Shop();
    expect(await shop.paths(['env'], {}, { program: '/usr/bin/env' })).toEqual([]);
    expect(await shop.paths(['/usr/bin/env'], {}, { program: '/usr/bin/env' })).toEqual([]);
    // Debian's ldd is a script, and so are these.
    const found = ['/usr/bin/ldd', '/usr/bin/zgrep', '/usr/bin/which.debianutils'].find((path) => {
      try {
        return (
          execFileSync('head', ['-c', '2', path], { stdio: ['ignore', 'pipe', 'ignore'] }).toString() === '#!'
        );
      } catch {
        return false;
      }
    });
    if (found === undefined) return;
    expect(await shop.paths([found], {}, { program: found })).toEqual([found]);
    expect(await shop.paths([found.slice(9)], {}, { program: found })).toEqual([]);
  });

  it('--no-pin leaves it alone too', async () => {
    const shop = new Shop();
    expect(await shop.paths(['./deploy'], { noPin: true }, { program: script(shop) })).toEqual([]);
  });
});

describe('--pin FILE', () => {
  it.each([
    ['nothing there', () => 'absent'],
    ['a folder', ({ folder }: Shop) => (mkdirSync(join(folder, 'd')), 'd')],
    ['a named pipe', ({ folder }: Shop) => (execFileSync('mkfifo', [join(folder, 'p')]), 'p')],
    ['a device', () => '/dev/zero'],
    ['a link that leads nowhere', ({ folder }: Shop) => (symlinkSync('x', join(folder, 'l')), 'l')],
    [
      'a path that leads through a link and back to another file',
      (shop: Shop) => {
        shop.file('a');
        mkdirSync(join(shop.folder, 'far/deep'), { recursive: true });
        writeFileSync(join(shop.folder, 'far/a'), 'evil');
        symlinkSync('far/deep', join(shop.folder, 'near'));
        return 'near/../a';
      },
    ],
    ['more than 64 MiB', (shop: Shop) => (truncateSync(shop.file('h'), 2 ** 26 + 1), 'h')],
  ])('%s: usage, at once', async (_, make) => {
    const shop = new Shop();
    expect(await codeOf(shop.pin(['tool'], { pin: [make(shop)] }))).toBe('usage');
  });

  it('is taken from where it is typed, whatever --cwd says', async () => {
    const shop = new Shop();
    const a = shop.file('a');
    expect(await shop.paths(['tool'], { pin: ['a'] }, { cwd: '/srv' })).toEqual([a]);
  });
});

describe('§10 limits', () => {
  it('256 files are pinned, 257 are over-limit; with --no-pin none is', async () => {
    const shop = new Shop();
    const names = Array.from({ length: 257 }, (_, i) => `f${i}`);
    for (const name of names) shop.file(name, '');
    expect(await shop.paths(['tool', ...names.slice(1)])).toHaveLength(256);
    expect(await codeOf(shop.pin(['tool', ...names]))).toBe('over-limit');
    expect(await shop.paths(['tool', ...names], { noPin: true })).toEqual([]);
    await expect(shop.pin(['tool', ...names])).rejects.toMatchObject({
      hint: expect.stringContaining('--no-pin') as string,
    });
  });

  it('attachments of more than 10 MiB together: the rest is pinned and not attached, and that is said', async () => {
    const shop = new Shop();
    const names = Array.from({ length: 12 }, (_, i) => `f${i}`);
    for (const [i, name] of names.entries())
      shop.file(name, String.fromCharCode(97 + i).repeat(2 ** 20 - 10));
    const found = await shop.pin(['tool', ...names]);
    expect(found.action.pins?.filter(({ attached }) => attached)).toHaveLength(10);
    expect(found.attachments).toHaveLength(10);
    expect(leftWords(found.left)).toEqual([
      'f10, f11: pinned, but not attached: a request carries at most 10 MiB, so approvers see only the digest.',
    ]);
  });

  it('what comes out is of the schema, attachments and all', async () => {
    const shop = new Shop();
    shop.file('a');
    const { action } = await shop.pin(['tool', 'a'], {}, {}, Buffer.from([0]));
    const event = {
      v: 1,
      type: 'request',
      ledger: '0'.repeat(64),
      prev: '0'.repeat(64),
      actor: 'alice',
      at: '2026-01-01T00:00:00Z',
      nonce: '0'.repeat(32),
      action,
      justification: 'because',
      approveBy: '2026-01-02T00:00:00Z',
      duration: 60,
      uses: 1,
    };
    expect(parseEvent(event)).toMatchObject({ ok: true });
    expect(action.stdin).toEqual({ sha256: sha('\0'), size: 1, attached: true });
  });
});

describe('for an executor', () => {
  it('relative arguments that name files here are attached, binaries too, and so is its script', async () => {
    const shop = new Shop();
    shop.file('run.sh', '#!/bin/sh\n');
    shop.file('blob', 'a\0b');
    const { action, attachments } = await shop.executor(['./run.sh', '--in=./blob', 'absent', '/etc/passwd']);
    expect(action.pins).toEqual([
      { path: 'run.sh', sha256: sha('#!/bin/sh\n'), size: 10, attached: true },
      { path: 'blob', sha256: sha('a\0b'), size: 3, attached: true },
    ]);
    expect(attachments).toHaveLength(2);
  });

  it('what leads out of the folder is not sent, and that is said; as --pin it is usage', async () => {
    const shop = new Shop();
    shop.file('a');
    mkdirSync(join(shop.folder, 'd'));
    const action: CommandAction = { kind: 'command', argv: ['tool', '../a'], executor: 'ci' };
    const found = await pinned(action, { options: {} }, { machine: MACHINE }, null, join(shop.folder, 'd'));
    expect(found.action.pins).toBe(undefined);
    expect(leftWords(found.left)).toEqual(['../a: outside of this folder, so not sent to the executor.']);
    expect(await codeOf(shop.executor(['tool'], { pin: ['../x'] }))).toBe('usage');
    expect(await codeOf(shop.executor(['tool'], { pin: [join(shop.folder, 'a')] }))).toBe('usage');
  });

  it('over 1 MiB: usage; over 10 MiB together: over-limit', async () => {
    const shop = new Shop();
    shop.file('big', 'x'.repeat(2 ** 20 + 1));
    expect(await codeOf(shop.executor(['tool', 'big']))).toBe('usage');
    expect(await codeOf(shop.executor(['tool', 'big'], { noPin: true }))).toBe('done');
    const names = Array.from({ length: 11 }, (_, i) => `f${i}`);
    for (const [i, name] of names.entries()) shop.file(name, String.fromCharCode(97 + i).repeat(2 ** 20));
    expect(await codeOf(shop.executor(['tool', ...names]))).toBe('over-limit');
  });

  it('a standard input of a file is attached whatever it holds; over 1 MiB: usage', async () => {
    const shop = new Shop();
    const small = shop.file('small', 'a\0b');
    expect((await shop.executor(['tool'], {}, small)).action.stdin).toMatchObject({ attached: true });
    const big = shop.file('big', 'x'.repeat(2 ** 20 + 1));
    expect(await codeOf(shop.executor(['tool'], {}, big))).toBe('usage');
  });
});

describe('standard input', () => {
  it('text is attached, and travels; binaries and long text are given again, and that is said', async () => {
    const shop = new Shop();
    const text = await shop.pin(['tool'], {}, {}, shop.file('text', 'yes\n'));
    expect(text.action.stdin).toEqual({ sha256: sha('yes\n'), size: 4, attached: true });
    expect(text.attachments).toHaveLength(1);
    const bytes = await shop.pin(['tool'], {}, {}, shop.file('bytes', 'a\0b'));
    expect(bytes.action.stdin).toEqual({ sha256: sha('a\0b'), size: 3, attached: false });
    expect(bytes.attachments).toEqual([]);
    expect(words(bytes)).toContain('--stdin');
  });

  it('a file that is gone by now: usage', async () => {
    const shop = new Shop();
    const path = shop.file('text');
    rmSync(path);
    expect(await codeOf(shop.pin(['tool'], {}, {}, path))).toBe('usage');
  });
});
