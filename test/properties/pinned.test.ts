import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinPath } from '../../src/core/paths.js';
import { firstUnpinned } from '../../src/core/pinned.js';
import { command } from '../core/support/policies.js';
import { runs } from './runs.js';
import { cpuTime } from '../support/cpu.js';

const path = fc
  .array(fc.constantFrom('a', 'b', '.', '..', ''), { maxLength: 6 })
  .map((parts) => parts.join('/'));
const absolute = path.map((text) => `/${text}`);
const pin = (text: string): { path: string; sha256: string; size: number; attached: boolean } => ({
  path: text,
  sha256: '0'.repeat(64),
  size: 0,
  attached: false,
});

describe('§6 pins', () => {
  it('§4 an argument is pinned where it and a pin, joined to cwd, are the same path', () => {
    fc.assert(
      fc.property(absolute, fc.oneof(path, absolute), absolute, (cwd, argument, pinned) => {
        const action = command(['x', argument], { cwd, pins: [pin(pinned)] });
        const same = joinPath(cwd, argument) === joinPath(cwd, pinned);
        expect(firstUnpinned(action, ['*'])).toBe(same ? null : 1);
      }),
      runs(3000),
    );
  });

  it('§4 an argument is pinned by the path that it leads to', () => {
    fc.assert(
      fc.property(absolute, fc.oneof(path, absolute), (cwd, argument) => {
        const action = command(['x', argument, `-f=${argument}`], {
          cwd,
          pins: [pin(joinPath(cwd, argument))],
        });
        expect(firstUnpinned(action, ['*'])).toBe(null);
      }),
    );
  });
});

describe('§6 pins cost bounded work, whatever a single member asks for', () => {
  const most = 1024;
  const pinsOf = (cwd: string, argument: string): number | null =>
    firstUnpinned(
      command(['x', ...Array.from({ length: most - 1 }, () => argument)], { cwd, pins: [pin(`${cwd}/a`)] }),
      ['*'],
    );
  const deep = '/a'.repeat(230_000);
  it.each([
    ['a cwd of 460 KB', deep, './a'],
    ['a cwd of 460 KB, and a way up and down', deep, '../a/a'],
    ['a cwd that goes in and out', '/a/..'.repeat(92_000), './a'],
  ])('§6 %s, 1,024 arguments: judged in under 2 s', (_, cwd, argument) => {
    const begin = cpuTime();
    expect(pinsOf(cwd, argument)).toBe(null);
    expect(cpuTime() - begin).toBeLessThan(2000);
  });
});
