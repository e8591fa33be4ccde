import { describe, expect, it } from 'vitest';
import { completion } from '../../src/cli/completion.js';
import { commandTree } from '../../src/cli/program.js';

function complete(line: string): { words: readonly string[]; wants: string | null } {
  const { words, wants } = completion(commandTree(), line.split(' '));
  return { words, wants };
}

describe('what completes a command line', () => {
  it.each<[string, readonly string[], string | null]>([
    ['app', ['approve'], null],
    ['policy re', ['rebase'], null],
    ['approve ', [], 'id'],
    ['approve 3f9', [], 'id'],
    ['policy diff ', [], 'id'],
    ['--ledger ', [], 'ledger'],
    ['--ledger prod appr', ['approve'], null],
    ['halt --who ', [], 'handle'],
    ['group add ', [], 'group'],
    ['group add sre ', [], 'handle'],
    ['group add sre alice ', [], 'handle'],
    ['request --executor ', [], 'executor'],
    ['request -m why --tick', ['--ticket'], null],
    ['request --ticket --tick', [], null],
    ['exec -- app', [], null],
    ['exec 3f9c01ab52de -- --js', [], null],
    ['ls --mi', ['--mine'], null],
    ['nonsense ', [], null],
  ])('%s', (line, words, wants) => {
    expect(complete(line)).toEqual({ words, wants });
  });

  it('offers every command that help shows, and none that it hides', () => {
    const { words } = complete('');
    expect(words).toContain('exec');
    expect(words).not.toContain('complete');
    expect(words).toEqual([...new Set(words)]);
  });
});
