import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathEntries, resolveProgram } from '../../src/workflows/program.js';
import { place } from '../support/places.js';
import { codeOf } from './desk.js';

function file(folder: string, name: string, mode: number): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

function code(work: () => unknown): Promise<string> {
  return codeOf(Promise.resolve().then(work));
}

describe('§4 the program that argv[0] stands for', () => {
  it('without a slash: the first executable file along PATH', () => {
    const folder = place();
    file(join(folder, 'a'), 'tool', 0o644);
    const found = file(join(folder, 'b'), 'tool', 0o755);
    file(join(folder, 'c'), 'tool', 0o755);
    mkdirSync(join(folder, 'd', 'tool'), { recursive: true });
    const path = ['d', 'a', 'b', 'c'].map((each) => join(folder, each)).join(':');
    expect(resolveProgram('tool', '/', path)).toBe(found);
  });

  it('symbolic links are kept', () => {
    const folder = place();
    file(join(folder, 'real'), 'tool-1.0', 0o755);
    mkdirSync(join(folder, 'bin'));
    symlinkSync('../real/tool-1.0', join(folder, 'bin', 'tool'));
    symlinkSync('bin', join(folder, 'also'));
    expect(resolveProgram('tool', '/', join(folder, 'also'))).toBe(join(folder, 'also', 'tool'));
    expect(resolveProgram('also/tool', folder, undefined)).toBe(join(folder, 'also', 'tool'));
  });

  it('with a slash: relative to the folder, PATH aside', () => {
    const folder = place();
    const found = file(join(folder, 'x'), 'tool', 0o755);
    expect(resolveProgram('./tool', join(folder, 'x'), '/bin')).toBe(found);
    expect(resolveProgram('../x/./tool', join(folder, 'x'), '/bin')).toBe(found);
    expect(resolveProgram(found, '/', '')).toBe(found);
  });

  it.each(['', '.', ':', 'x', './x:', 'x:y'])(
    '§8.6 empty and relative entries of the PATH %j find nothing',
    async (path) => {
      const folder = place();
      file(folder, 'tool', 0o755);
      file(join(folder, 'x'), 'tool', 0o755);
      expect(await code(() => resolveProgram('tool', folder, path))).toBe('not-found');
    },
  );

  it('§4 what only a shell would run is no program: no `#!` and not in the form of this system', async () => {
    const folder = place();
    const bare = join(folder, 'bare');
    writeFileSync(bare, 'echo a shell ran\n');
    chmodSync(bare, 0o755);
    expect(await code(() => resolveProgram(bare, '/', ''))).toBe('cannot-execute');
    writeFileSync(bare, '#!/bin/sh\necho asked for\n');
    expect(resolveProgram(bare, '/', '')).toBe(bare);
  });

  it('nothing of that name: not-found; a file that may not be executed, or a folder: cannot-execute', async () => {
    const folder = place();
    file(folder, 'plain', 0o644);
    expect(await code(() => resolveProgram('nothing', '/', folder))).toBe('not-found');
    expect(await code(() => resolveProgram('./nothing', folder, ''))).toBe('not-found');
    expect(await code(() => resolveProgram('plain', '/', folder))).toBe('cannot-execute');
    expect(await code(() => resolveProgram('./plain', folder, ''))).toBe('cannot-execute');
    expect(await code(() => resolveProgram(folder, '/', ''))).toBe('cannot-execute');
  });

  it('the entries of a PATH that count', () => {
    expect(pathEntries('/a::b:/c d:.:/e')).toEqual(['/a', '/c d', '/e']);
    expect(pathEntries(undefined)).toEqual([]);
  });
});
