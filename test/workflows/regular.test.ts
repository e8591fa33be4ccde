import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileTrouble, peek, readOnce, standsAt, type Trouble } from '../../src/workflows/regular.js';
import { place } from '../support/places.js';

async function troubleOf(work: Promise<unknown>): Promise<Trouble | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof FileTrouble) return error.trouble;
    throw error;
  }
}

function fileOf(content: string | Buffer): string {
  const path = join(place(), 'file');
  writeFileSync(path, content);
  return path;
}

const any = (): boolean => true;

describe('a file that is read once', () => {
  it('its digest, and every byte in order', async () => {
    const bytes = Buffer.alloc(3 * 2 ** 20 + 7, 'abc');
    const pieces: Buffer[] = [];
    const digest = await readOnce(fileOf(bytes), any, (piece) => {
      pieces.push(Buffer.from(piece));
      return Promise.resolve();
    });
    expect(digest).toEqual({ sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length });
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  it.each([
    ['grows', (path: string) => appendFileSync(path, 'more')],
    ['shrinks', (path: string) => truncateSync(path, 5)],
    ['is written over in place', (path: string) => writeFileSync(path, Buffer.alloc(2 ** 21, 'z'))],
  ])('one that %s meanwhile is trouble, not a digest', async (_, change) => {
    const path = fileOf(Buffer.alloc(2 ** 21, 'a'));
    let done = false;
    const work = readOnce(path, any, () => {
      if (!done) change(path);
      done = true;
      return Promise.resolve();
    });
    expect(await troubleOf(work)).toBe('changed');
  });

  it('one that grows without end is not followed', async () => {
    const path = fileOf('first');
    let pieces = 0;
    const work = readOnce(path, any, () => {
      pieces += 1;
      if (pieces > 3) throw new Error('it was followed');
      appendFileSync(path, 'more');
      return Promise.resolve();
    });
    expect(await troubleOf(work)).toBe('changed');
  });

  it.each<[string, Trouble, (folder: string) => string]>([
    ['nothing', 'absent', (folder) => join(folder, 'x')],
    [
      'what lies behind a file',
      'absent',
      (folder) => (writeFileSync(join(folder, 'f'), ''), join(folder, 'f', 'x')),
    ],
    ['a link in a circle', 'absent', (folder) => (symlinkSync('l', join(folder, 'l')), join(folder, 'l'))],
    ['a name that is too long', 'absent', (folder) => join(folder, 'x'.repeat(300))],
    ['a folder', 'folder', (folder) => (mkdirSync(join(folder, 'd')), join(folder, 'd'))],
    [
      'a named pipe without a writer',
      'no-file',
      (folder) => (execFileSync('mkfifo', [join(folder, 'p')]), join(folder, 'p')),
    ],
    ['a device', 'no-file', () => '/dev/zero'],
  ])('%s: %s, at once', async (_, trouble, make) => {
    const path = make(place());
    expect(await standsAt(path)).toBe(trouble);
    expect(await troubleOf(readOnce(path, any))).toBe(trouble);
    expect(await peek(path, 10)).toBe(null);
  });

  it('a file of another size than is wanted is not read, and its size is known', async () => {
    const path = fileOf('four');
    const work = readOnce(
      path,
      (size) => size === 5,
      () => Promise.reject(new Error('it was read')),
    );
    await expect(work).rejects.toMatchObject({ trouble: 'unwanted', size: 4 });
    expect(await peek(path, 3)).toBe(null);
    expect(await peek(path, 4)).toEqual(Buffer.from('four'));
  });

  it('one that comes and goes, and is a pipe in between: never a wrong digest, never a wait', async () => {
    const path = join(place(), 'file');
    const script =
      'while :; do printf good >"$0.new"; mv "$0.new" "$0"; rm -f "$0"; mkfifo "$0"; rm -f "$0"; done';
    const child = spawn('/bin/sh', ['-c', script, path], { stdio: 'ignore' });
    try {
      const good = createHash('sha256').update('good').digest('hex');
      const seen = new Set<string>();
      for (let tries = 0; tries < 2000; tries += 1) {
        const found = await readOnce(path, any).catch((error: unknown) => {
          if (error instanceof FileTrouble) return error.trouble;
          throw error;
        });
        seen.add(typeof found === 'string' ? found : found.sha256);
      }
      expect([...seen].filter((each) => ![good, 'absent', 'no-file', 'vanished'].includes(each))).toEqual([]);
      expect(seen).toContain(good);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});
