import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { splitArgv } from '../src/cli/argv.js';
import { parse } from '../src/cli/program.js';

const page = readFileSync('docs/governance.md', 'utf8');
const silent = { out: () => undefined, err: () => undefined };

/** The command lines of the page, in blocks and in tables. */
const lines = page
  .split('\n')
  .flatMap((line) => [
    /^\s*((?:MPA_HOME=\S+ )?mpa .*)$/.exec(line)?.[1],
    ...[...line.matchAll(/`(mpa [^`]*)`/g)].map((match) => match[1]),
  ])
  .filter((line) => line !== undefined)
  // A command that is only named, in a sentence.
  .filter((line) => line !== 'mpa init');

/** The words of a line as a shell would give them, variables before the command left out. */
function words(line: string): string[] {
  const found = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  return found.slice(found.indexOf('mpa') + 1);
}

describe('docs/governance.md', () => {
  it.each([...new Set(lines)])('`%s` is a command line that mpa takes', async (line) => {
    expect(await parse(splitArgv(words(line)), silent)).not.toBeNull();
  });

  it('has them all', () => {
    for (const word of [
      'member add',
      'member remove',
      'member rotate',
      'group add',
      'group remove',
      'executor add',
      'key renew',
      'halt',
      'resume',
      'doctor --rehearse-recovery',
    ])
      expect(lines.some((line) => line.includes(`mpa ${word}`))).toBe(true);
  });

  it('links to files that are there', () => {
    const links = [...page.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(`docs/${link}`))).toEqual([]);
  });
});
