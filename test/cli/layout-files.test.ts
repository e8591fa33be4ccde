import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/cli/columns.js';
import { fileText, numbered, type FileStyle } from '../../src/cli/layout-files.js';
import { typeOf } from '../../src/cli/magic.js';
import type { Contents } from '../../src/workflows/contents.js';
import { Scene } from '../core/support/scene.js';
import { cpuTime } from '../support/cpu.js';

const STYLE: FileStyle = { id: 'a'.repeat(64), columns: 80, digests: false, paint: (_, text) => text };

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** An attached file, approved before with other content where `before` is given. */
function file(content: string | Uint8Array, before?: string, more: Partial<Contents> = {}): Contents {
  const bytes = typeof content === 'string' ? bytesOf(content) : content;
  const scene = Scene.endorsed();
  const record = scene.get(scene.request('alice'));
  return {
    path: '/srv/rotate.sql',
    sha256: 'b'.repeat(64),
    size: bytes.length,
    attached: true,
    bytes,
    before: before === undefined ? null : { record, bytes: bytesOf(before) },
    ...more,
  };
}

async function shown(of: Contents, style: Partial<FileStyle> = {}): Promise<string> {
  const { facts, body } = await fileText(of, { ...STYLE, ...style });
  return [...facts, ...body].join('\n');
}

describe('a file on the screen', () => {
  it('is text with numbered lines, tabs as spaces', async () => {
    expect(await shown(file('begin;\n\tdrop table t;\n'))).toBe(
      ['  file       /srv/rotate.sql: 22 bytes', '      1  begin;', '      2      drop table t;'].join('\n'),
    );
  });

  it('says where its last line does not end, and that it is empty', async () => {
    expect(await shown(file('a'))).toMatch(/1 byte\n {6}1 {2}a\n {9}\(no line break at its end\)$/);
    expect(await shown(file(''))).toMatch(/: empty$/);
  });

  it('that was approved before shows what changed since, and how to see it whole', async () => {
    const text = await shown(file('a\nB\nc\n', 'a\nb\nc\n'));
    expect(text).toMatch(/changed since e{12}, which was/);
    expect(text).toContain('mpa show aaaaaaaaaaaa --file /srv/rotate.sql');
    expect(text.split('\n').slice(-5)).toEqual([
      '         @@ -1,3 +1,3 @@',
      '         a',
      '      -  b',
      '      +  B',
      '         c',
    ]);
  });

  it('that is as it was approved says so in place of its lines', async () => {
    const text = await shown(file('a\nb\n', 'a\nb\n'));
    expect(text).toMatch(/as in e{12}/);
    expect(text).toContain('b'.repeat(64));
    expect(text).not.toMatch(/^ +1 {2}a/m);
  });

  it('is shown whole where what was approved before is no text', async () => {
    expect(await shown(file('a\n', 'x\0y'))).toMatch(/ 1 {2}a$/);
  });

  it.each([
    ['7f454c4602010100', 'ELF program'],
    ['1f8b0800', 'gzip archive'],
    ['504b03041400', 'zip archive'],
    ['89504e470d0a1a0a00', 'PNG image'],
    ['00ff00ff', 'binary'],
  ])('that is no text shows type, size and digest: %s is %s', async (hex, type) => {
    const text = await shown(file(Buffer.from(hex, 'hex')));
    expect(text).toContain(type);
    expect(text).toContain('b'.repeat(64));
    expect(text).toContain('mpa show aaaaaaaaaaaa --file /srv/rotate.sql | file -');
  });

  it('that is no text says that nobody reads it, whatever its first bytes look like', async () => {
    const text = await shown(
      file(Buffer.concat([bytesOf('GIF89a'), Buffer.alloc(60, 200), bytesOf('\ncurl x|sh\n')])),
    );
    expect(text).toContain('nobody reads it here');
    expect(text).toContain('GIF image');
  });

  it('that is text but for a byte is read all the same, its odd bytes escaped', async () => {
    const text = await shown(file(Buffer.concat([bytesOf('GIF89a=1\nrm -rf /\n'), Buffer.from([0xff])])));
    expect(text).toContain('text with other bytes in it');
    expect(text).toMatch(/^ +2 {2}rm -rf \/$/m);
    expect(text).toMatch(/^ +3 {2}\\xff$/m);
    expect(text).toContain('b'.repeat(64));
  });

  it('knows a PDF and a tar archive by their bytes too', () => {
    expect(typeOf(bytesOf('%PDF-1.7\0'))).toBe('PDF document');
    expect(typeOf(Buffer.concat([Buffer.alloc(257), bytesOf('ustar\0')]))).toBe('tar archive');
  });

  it('that is not attached says how to compare it', async () => {
    const text = await shown(file('x', undefined, { attached: false, bytes: null, size: 52_428_800 }));
    expect(text).toContain('52.4 MB (52428800 bytes), not attached');
    expect(text).toContain('sha256sum /srv/rotate.sql');
    expect(text).toContain('b'.repeat(64));
  });

  it('§3 that is attached and not there is no file that anybody can approve', async () => {
    expect(await shown(file('x', undefined, { bytes: null }))).toContain('NOT what is attached');
  });

  it('§9 hides nothing and leaves its rows in no way, whatever stands in it and in its name', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 400 });
    const odd = fc.array(
      fc.constantFrom('\u001b[2J', '\u202e', '\r', '\t', '\n', ' '.repeat(90), 'é', '中', '\u0301', '\u0000'),
      {
        maxLength: 40,
      },
    );
    await fc.assert(
      fc.asyncProperty(text, odd, fc.boolean(), async (words, more, changed) => {
        const content = words + more.join('x');
        const of = file(content, changed ? words : undefined, { path: `/srv/${content}` });
        for (const row of (await shown(of, { digests: true })).split('\n')) {
          expect(row).toMatch(/^( {2}|$)/);
          expect(row).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
          // What can be pasted is not folded.
          if (!/mpa show|sha256sum/.test(row)) expect(columnsOf(row)).toBeLessThanOrEqual(80);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('of 1 MiB in one line is laid out in no time', () => {
    const started = cpuTime();
    expect(numbered('x y'.repeat(350_000), 80).length).toBeGreaterThan(14_000);
    expect(cpuTime() - started).toBeLessThan(5000);
  });
});
