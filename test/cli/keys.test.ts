import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { hearKeys, type Keyboard } from '../../src/cli/keys.js';

/** A keyboard without a terminal. */
class Board extends EventEmitter implements Keyboard {
  setRawMode(): void {
    return undefined;
  }
  resume(): void {
    return undefined;
  }
  pause(): void {
    return undefined;
  }
}

function heard(): { board: Board; meant: string[]; hearing: ReturnType<typeof hearKeys> } {
  const board = new Board();
  const meant: string[] = [];
  const say = (word: string) => (): void => void meant.push(word);
  const hearing = hearKeys(board, {
    stop: say('stop'),
    copy: say('copy'),
    away: say('away'),
    back: say('back'),
  });
  return { board, meant, hearing };
}

it('what was typed ahead is thrown away; once it is settled, each key is heard', async () => {
  const { board, meant, hearing } = heard();
  board.emit('data', Buffer.from('c'));
  expect(meant).toEqual([]);
  await hearing.settled;
  board.emit('data', Buffer.from('c'));
  board.emit('data', Buffer.from('cc'));
  expect(meant).toEqual(['copy']);
  await hearing.close();
  expect(board.listenerCount('data')).toBe(0);
});

it('Ctrl-C stops at any time', async () => {
  const { board, meant, hearing } = heard();
  board.emit('data', Buffer.from('ab\u0003'));
  expect(meant).toEqual(['stop']);
  await hearing.close();
});
