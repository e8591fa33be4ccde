import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { givenInput, type Given } from '../../src/cli/standard-input.js';
import { codeOf } from '../workflows/desk.js';
import { place } from '../support/places.js';

async function* stream(...pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

const pipe = (...pieces: readonly Buffer[]): { stream: AsyncIterable<unknown>; terminal: boolean } => ({
  stream: stream(...pieces),
  terminal: false,
});

function give(options: Readonly<Record<string, unknown>>, own = pipe()): Promise<Given> {
  return givenInput({ options }, own);
}

describe('what --stdin gives', () => {
  it('nothing without it', async () => {
    expect(await give({})).toBe(null);
  });

  it('a file: its absolute path, unread', async () => {
    const path = join(place(), 'input');
    writeFileSync(path, 'yes\n');
    expect(await give({ stdin: path })).toBe(path);
  });

  it('`-`: all bytes of our own standard input, binary or not', async () => {
    const given = await give({ stdin: '-' }, pipe(Buffer.from([0, 255]), Buffer.from('x')));
    expect(given).toEqual(Buffer.from([0, 255, 0x78]));
    expect(await give({ stdin: '-' })).toEqual(Buffer.alloc(0));
  });

  it('`-` of exactly 1 MiB is taken; one byte more is over-limit, without reading on', async () => {
    const piece = Buffer.alloc(2 ** 19);
    expect(await give({ stdin: '-' }, pipe(piece, piece))).toHaveLength(2 ** 20);
    expect(await codeOf(give({ stdin: '-' }, pipe(piece, piece, Buffer.from('x'))))).toBe('over-limit');
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield await Promise.resolve(piece);
    }
    expect(await codeOf(give({ stdin: '-' }, { stream: endless(), terminal: false }))).toBe('over-limit');
  });

  it('`-` on a terminal, beside -F -, or beside -i: usage', async () => {
    expect(await codeOf(give({ stdin: '-' }, { ...pipe(), terminal: true }))).toBe('usage');
    expect(await codeOf(give({ stdin: '-', reasonFile: '-' }))).toBe('usage');
    expect(await codeOf(give({ stdin: '-', interactive: true }))).toBe('usage');
  });

  it.each([
    ['nothing there', (folder: string) => join(folder, 'absent')],
    ['a folder', (folder: string) => (mkdirSync(join(folder, 'd')), join(folder, 'd'))],
    [
      'a named pipe, without waiting for its writer',
      (folder: string) => (execFileSync('mkfifo', [join(folder, 'p')]), join(folder, 'p')),
    ],
    ['a device', () => '/dev/zero'],
  ])('%s: usage', async (_, make) => {
    expect(await codeOf(give({ stdin: make(place()) }))).toBe('usage');
  });
});
