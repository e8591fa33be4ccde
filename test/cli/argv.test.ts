import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitArgv } from '../../src/cli/argv.js';

describe('splitArgv', () => {
  it('finds the word behind global flags and their values', () => {
    expect(splitArgv(['--ledger', 'list', '--json', 'show', 'x']).word).toBe('show');
    expect(splitArgv(['--ledger=list', 'show']).word).toBe('show');
    expect(splitArgv(['--json']).word).toBeUndefined();
  });

  it('sees --json before the separator only', () => {
    expect(splitArgv(['exec', '--json', '--', 'a']).json).toBe(true);
    expect(splitArgv(['exec', '--', 'a', '--json']).json).toBe(false);
  });

  it('hands over every argument after the separator of exec, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (wrapped) => {
        expect(splitArgv(['exec', '--', ...wrapped])).toMatchObject({ before: ['exec'], command: wrapped });
      }),
    );
  });

  it('never loses or adds an argument', () => {
    const argument = fc.oneof(fc.string(), fc.constantFrom('--', 'exec', 'request', '--ledger', '--json'));
    fc.assert(
      fc.property(fc.array(argument), (argv) => {
        const { before, command } = splitArgv(argv);
        expect(command === null ? before : [...before, '--', ...command]).toEqual(argv);
      }),
    );
  });
});
