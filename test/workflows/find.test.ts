import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { findId, findRequest, findTarget, isFullId } from '../../src/workflows/find.js';
import { Scene } from '../core/support/scene.js';

const A = 'a'.repeat(64);
const AB = `${'a'.repeat(10)}${'b'.repeat(54)}`;
const C = 'c'.repeat(64);

function thrown(work: () => unknown): MpaError {
  try {
    work();
  } catch (error) {
    if (error instanceof MpaError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('§4 a typed id', () => {
  it.each([
    [C, C],
    ['ccccccc', C],
    ['CCCCCCC', C],
    [`${'a'.repeat(10)}b`, AB],
    ['a'.repeat(11), A],
  ])('%s is found', (typed, found) => {
    expect(findId(typed, [A, AB, C])).toBe(found);
  });

  it('a unique prefix of fewer than 7 digits is refused', () => {
    expect(thrown(() => findId('cccccc', [A, C])).code).toBe('usage');
  });

  it.each(['', 'xyz', 'c'.repeat(65), '0x12345678', 'ccccccc ', '-ccccccc', '../cccccc'])(
    '%j is no id',
    (typed) => {
      expect(thrown(() => findId(typed, [A, C])).code).toBe('usage');
    },
  );

  it('an ambiguous prefix lists the candidates', () => {
    const error = thrown(() => findId('aaaaaaa', [A, AB, C]));
    expect(error.code).toBe('ambiguous-id');
    expect(error.message).toContain(A);
    expect(error.message).toContain(AB);
    expect(error.message).not.toContain(C);
  });

  it('many candidates are counted', () => {
    const many = Array.from({ length: 30 }, (_, i) => `ddddddd${String(i).padStart(57, '0')}`);
    expect(thrown(() => findId('ddddddd', many)).message).toContain('20 more');
  });

  it('a prefix that matches nothing is unknown-id; a full id that nobody wrote is handed on', () => {
    expect(thrown(() => findId('bbbbbbb', [A, C])).code).toBe('unknown-id');
    expect(findId('b'.repeat(64), [A, C])).toBe('b'.repeat(64));
  });

  it('a full id has 64 lower-case digits', () => {
    expect([isFullId(A), isFullId(A.toUpperCase()), isFullId(A.slice(1)), isFullId(`${A}\n`)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('a request by its id', () => {
  it('finds it by prefix; a full id that nobody wrote is unknown-request', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    expect(findRequest(scene.state, id).id).toBe(id);
    expect(thrown(() => findRequest(scene.state, C)).code).toBe('unknown-request');
  });

  it('the anchor is a target, but no request; an approval is neither', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    const approval = scene.approve('bob', id);
    expect(findTarget(scene.state, scene.state.anchor)).toEqual({ kind: 'genesis' });
    expect(findTarget(scene.state, id)).toMatchObject({ kind: 'request' });
    expect(thrown(() => findRequest(scene.state, scene.state.anchor)).code).toBe('unknown-request');
    expect(thrown(() => findTarget(scene.state, approval)).code).toBe('unknown-request');
  });
});
