import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REPORT } from '../src/cli/report.js';
import { VERSION } from '../src/cli/version.js';
import { FATALS, REFUSALS, REQUEST_STATES, VOID_REASONS } from '../src/core/reasons.js';

const readme = readFileSync('README.md', 'utf8');
const protocol = readFileSync('docs/protocol.md', 'utf8');

/** Rows of every table of a page: cells without the outer bars. */
function rows(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

describe('README.md', () => {
  it('names every error code with the exit status that it has', () => {
    const documented = new Map<string, string>();
    const codes = readme.slice(readme.indexOf('The codes are a closed set'), readme.indexOf('## Files'));
    for (const [exit = '', words = ''] of rows(codes)) {
      const named = words.match(/`[a-z-]+`/g) ?? [];
      const exits = exit.split(', ');
      for (const [i, word] of named.entries()) documented.set(word.slice(1, -1), exits[i] ?? exits[0] ?? '');
    }
    const real = new Map(Object.entries(REPORT).map(([code, { exit }]) => [code, String(exit)]));
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(real));
  });

  it('says the version that is installed', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(VERSION).toBe(version);
    expect(readme).toContain(`mpa-${version}.tgz`);
  });
});

describe('docs/protocol.md', () => {
  it('names every reason and state that the program knows', () => {
    const all = [...VOID_REASONS, ...REFUSALS, ...REQUEST_STATES, ...FATALS];
    expect(all.filter((word) => !protocol.includes(`\`${word}\``))).toEqual([]);
  });
});

describe('docs/threat-model.md', () => {
  const model = readFileSync('docs/threat-model.md', 'utf8');
  const attacks = rows(model).filter((cells) => cells.length === 4 && !/^(attack|-+)$/.test(cells[0] ?? ''));

  it('every attack names its tests, and they are there', () => {
    expect(attacks.length).toBeGreaterThan(15);
    for (const [attack, , , tests = ''] of attacks) {
      const absent = tests
        .split(', ')
        .filter((path) => !/^test\/.*\.test\.ts$/.test(path) || !existsSync(path));
      expect({ attack, absent }).toEqual({ attack, absent: [] });
    }
  });

  it.each([
    'README.md',
    'SECURITY.md',
    'docs/guide.md',
    'docs/governance.md',
    'docs/executors.md',
    'docs/reliability.md',
    'docs/performance.md',
    'docs/threat-model.md',
    'test/vectors/README.md',
  ])('%s links to files that are there', (page) => {
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(folder + link))).toEqual([]);
  });
});

describe('docs/reliability.md', () => {
  const page = readFileSync('docs/reliability.md', 'utf8');
  const figures = rows(page).filter(([, , command = '']) => command.startsWith('`npm'));

  it('every figure names the command that repeats it and the tests that make it, and they are there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    expect(figures.length).toBeGreaterThan(8);
    for (const [what, , command = '', where = ''] of figures) {
      const script = command.replaceAll('`', '').replace(/^npm (run )?/, '');
      const absent = where.split(', ').filter((path) => !/^test\/[a-z]/.test(path) || !existsSync(path));
      expect({ what, known: Object.hasOwn(scripts, script), absent }).toEqual({
        what,
        known: true,
        absent: [],
      });
    }
    const named = [...page.matchAll(/npm run ([a-z:]+)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it('its rows of attacks add up, and what is counted in the sources is there', () => {
    const [, attacks = ''] = figures.find(([, , command]) => command === '`npm run test:attacks`') ?? [];
    const [sum = 0, ...parts] = (attacks.match(/\d+/g) ?? []).map(Number);
    expect(parts.reduce((all, each) => all + each, 0)).toBe(sum);
    const single = readFileSync('test/races/single-use.test.ts', 'utf8');
    expect(page).toContain(`${/rounds\((\d+)\)/.exec(single)?.[1] ?? '?'} rounds for each object format`);
    expect(page).toContain(`${/MACHINES = (\d+)/.exec(single)?.[1] ?? '?'} machines`);
    const properties = readdirSync('test/properties').filter((name) => name.endsWith('.test.ts'));
    const runs = properties.flatMap((name) => {
      const source = readFileSync(`test/properties/${name}`, 'utf8');
      return [...source.matchAll(/\b(?:runs\(|numRuns: )([\d_]+)/g)].map(([, count = '']) =>
        Number(count.replaceAll('_', '')),
      );
    });
    expect(runs.reduce((all, each) => all + each, 0)).toBeGreaterThan(60_000);
  });
});
