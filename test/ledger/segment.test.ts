import { readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  merged,
  Segment,
  segmentName,
  writeSegment,
  type Entry,
  type SegmentRef,
} from '../../src/ledger/segment.js';
import { place } from '../support/places.js';

/** Several blocks: texts of all lengths, one longer than a block, line breaks and tabs as JSON writes them. */
const ENTRIES: readonly Entry[] = Array.from({ length: 400 }, (_, i) => [
  `q${(i * 7919).toString(16).padStart(8, '0')}`,
  JSON.stringify({ i, text: `ü\t\n${'x'.repeat(i === 200 ? 100_000 : (i * 37) % 900)}` }),
]);

async function written(entries: readonly Entry[] = ENTRIES): Promise<{
  folder: string;
  ref: SegmentRef;
  path: string;
  told: string[];
  open: () => Segment;
}> {
  const folder = place();
  const ref = await writeSegment(folder, entries);
  const told: string[] = [];
  const open = (): Segment => new Segment(folder, ref, () => told.push('damaged'));
  return { folder, ref, path: join(folder, segmentName(ref)), told, open };
}

describe('a segment', () => {
  it('answers each key with its text, no other key with any, and lists from any key on', async () => {
    const { open, ref, path } = await written();
    const segment = open();
    for (const [key, text] of ENTRIES) expect(segment.get(key)).toBe(text);
    for (const key of ['', 'a', 'q', 'q00000001', 'qffffffff', 'r'])
      expect([key, segment.get(key)]).toEqual([key, undefined]);
    for (const from of ['', 'q00100000', ENTRIES[200]?.[0] ?? '', 'r'])
      expect([...segment.from(from)]).toEqual(ENTRIES.filter(([key]) => key >= from));
    expect(ref.entries).toBe(ENTRIES.length);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('that is empty answers nothing', async () => {
    const { open } = await written([]);
    expect(open().get('q')).toBeUndefined();
    expect([...open().from('')]).toEqual([]);
  });

  it('of the same entries is the same file, and leaves no draft', async () => {
    const { folder, ref } = await written();
    expect(await writeSegment(folder, ENTRIES)).toEqual(ref);
    expect(readdirSync(folder)).toEqual([segmentName(ref)]);
  });

  it('whichever byte of it is another: it is refused, or the look-up is, and never answered otherwise', async () => {
    const { path, ref, open, told } = await written(ENTRIES.slice(0, 40));
    const good = readFileSync(path);
    const answers = (segment: Segment): unknown => [...segment.from('')];
    const right = answers(open());
    for (let at = 0; at < good.length; at += 13) {
      const spoiled = Buffer.from(good);
      spoiled[at] = (spoiled[at] ?? 0) ^ 0x20;
      writeFileSync(path, spoiled);
      told.length = 0;
      expect(() => answers(open())).toThrow(expect.objectContaining({ code: 'disk' }) as Error);
      expect(told).toEqual(at < ref.list ? ['damaged'] : []);
    }
    writeFileSync(path, good);
    expect(answers(open())).toEqual(right);
  });

  it.each([
    ['cut short', (path: string): void => truncateSync(path, statSync(path).size - 1)],
    [
      'longer',
      (path: string): void => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('x')])),
    ],
    ['empty', (path: string): void => writeFileSync(path, '')],
  ])('that is %s is refused when it is opened', async (_how, spoil) => {
    const { path, open } = await written();
    spoil(path);
    expect(open).toThrow(expect.objectContaining({ code: 'disk' }) as Error);
  });

  it('that is open is read to its end, though another process takes it away', async () => {
    const { path, open } = await written();
    const segment = open();
    rmSync(path);
    expect([...segment.from('')]).toEqual(ENTRIES);
    expect(open).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
  });

  it('a failure while it is written leaves nothing', async () => {
    const folder = place();
    function* failing(): IterableIterator<Entry> {
      yield* ENTRIES;
      throw new Error('no more');
    }
    await expect(writeSegment(folder, failing())).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('several sources as one', () => {
  it('are in order, and of one key the first source counts', () => {
    const sources: Entry[][] = [
      [
        ['b', 'new'],
        ['d', 'new'],
      ],
      [
        ['a', 'old'],
        ['b', 'old'],
        ['c', 'old'],
      ],
      [['b', 'oldest']],
      [],
    ];
    expect([...merged(sources)]).toEqual([
      ['a', 'old'],
      ['b', 'new'],
      ['c', 'old'],
      ['d', 'new'],
    ]);
  });
});
