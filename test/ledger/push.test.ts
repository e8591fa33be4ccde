import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import type { PushOutcome, Store } from '../../src/core/ports.js';
import { Limits, mayHaveLanded, push, refusedOutright, type Unconfirmed } from '../../src/ledger/push.js';
import { memoryRemote, memoryStore } from './memory-store.js';

function answering(answer: () => Promise<PushOutcome>): Store {
  return { ...memoryStore(memoryRemote()), push: answer };
}

describe('§8.3 one push', () => {
  it('what the remote answers is the outcome; a connection that broke is one too, with its words', async () => {
    const moved = { kind: 'moved' } as const;
    expect(
      await push(
        answering(() => Promise.resolve(moved)),
        null,
        'a',
      ),
    ).toEqual(moved);
    const broken = (): Promise<PushOutcome> =>
      Promise.reject(new MpaError('remote-unreachable', 'the line went dead'));
    expect(await push(answering(broken), null, 'a')).toEqual({
      kind: 'unknown',
      words: 'the line went dead',
    });
  });

  it.each([
    ['another failure', new MpaError('disk', 'the disk is full')],
    ['no failure of ours', Object.assign(new Error('odd'), { code: 'remote-unreachable' })],
  ])('%s is no outcome', async (_what, error) => {
    await expect(
      push(
        answering(() => Promise.reject(error)),
        null,
        'a',
      ),
    ).rejects.toBe(error);
  });
});

describe('§9 what a server said', () => {
  it('is labelled as its words, on lines of its own that the printer marks, and cannot draw', () => {
    expect(refusedOutright('  no entry\n').message).toMatch(
      /^the remote refuses [^\n]*; it says:\nno entry$/,
    );
    expect(refusedOutright('no\n\n  \u001b[31mentry ').message).toMatch(
      /; it says:\nno\n\\u\{1b\}\[31mentry$/,
    );
  });

  it.each(['', ' \n'])('nothing (%j) is said to be nothing', (words) => {
    expect(refusedOutright(words).message).toContain('it gave no reason');
    expect(mayHaveLanded(words, undefined).message).toContain('it gave no reason');
  });

  it('comes with the next step', () => {
    expect(refusedOutright('no')).toMatchObject({
      code: 'remote-refused',
      hint: expect.any(String) as unknown,
    });
    expect(mayHaveLanded('no', undefined)).toMatchObject({
      code: 'remote-unreachable',
      hint: expect.any(String) as unknown,
    });
  });
});

describe('§8.3 pushes after which the branch stood where it was', () => {
  const refused: Unconfirmed = { kind: 'refused', words: 'no' };
  const unknown: Unconfirmed = { kind: 'unknown', words: '' };

  it.each<[what: string, outcomes: readonly (Unconfirmed | 'moved')[], ends: number | null]>([
    ['a second refusal ends it', [refused, refused], 1],
    ['a third silence ends it', [unknown, unknown, unknown], 2],
    ['one refusal and two silences do not', [unknown, refused, unknown], null],
    ['a refusal on another tip begins anew', [refused, 'moved', refused], null],
    ['silences on another tip begin anew', [unknown, unknown, 'moved', unknown, unknown], null],
  ])('%s', (_what, outcomes, ends) => {
    const limits = new Limits();
    const ended = outcomes.findIndex((outcome) => {
      if (outcome === 'moved') {
        limits.moved();
        return false;
      }
      try {
        limits.stood(outcome);
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'remote-refused' });
        return true;
      }
    });
    expect(ended).toBe(ends ?? -1);
  });
});
