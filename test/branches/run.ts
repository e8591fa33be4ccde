import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * Coverage of src/core by branches: `npm run coverage`. Runs the tests of the core and the properties; every branch that none of them
 * takes must stand in explained.json with the reason why none can. The program fails where one is not explained, and where an
 * explanation is of no use any more.
 */
const FOLDER = join('.tmp', 'coverage');

interface Place {
  readonly line?: number;
  readonly column?: number;
}
interface Range {
  readonly start: Place;
  readonly end: Place;
}
interface Covered {
  readonly branchMap: Readonly<
    Record<string, { readonly type: string; readonly loc: Range; readonly locations: readonly Range[] }>
  >;
  readonly b: Readonly<Record<string, readonly number[]>>;
}
/** Branches that no test can take, and why: the file, and the line as it stands with the number of such branches in it. */
interface Explanation {
  readonly why: string;
  readonly branches: Readonly<Record<string, readonly string[]>>;
}

/** Every branch that was not taken: its file and line, as often as there are such branches in it. */
function gaps(report: Readonly<Record<string, Covered>>): { found: string[]; branches: number } {
  const found: string[] = [];
  let branches = 0;
  for (const [path, { branchMap, b }] of Object.entries(report)) {
    const lines = readFileSync(path, 'utf8').split('\n');
    for (const [id, { loc, locations }] of Object.entries(branchMap)) {
      (b[id] ?? []).forEach((times, i) => {
        branches += 1;
        if (times > 0) return;
        const line = locations[i]?.start.line ?? loc.start.line ?? 0;
        found.push(`${relative('.', path)}\n${(lines[line - 1] ?? '').trim()}`);
      });
    }
  }
  return { found, branches };
}

function main(): void {
  mkdirSync(FOLDER, { recursive: true });
  const options = [
    '--coverage',
    '--coverage.include=src/core/**',
    '--coverage.reporter=json',
    `--coverage.reportsDirectory=${FOLDER}`,
  ];
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const args = [
    vitest,
    'run',
    '--project',
    'unit',
    '--reporter=dot',
    ...options,
    'test/core',
    'test/properties',
  ];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) {
    process.exitCode = 1;
    return;
  }
  const report = JSON.parse(readFileSync(join(FOLDER, 'coverage-final.json'), 'utf8')) as Readonly<
    Record<string, Covered>
  >;
  const explained = JSON.parse(
    readFileSync(join('test', 'branches', 'explained.json'), 'utf8'),
  ) as readonly Explanation[];
  const left = explained.flatMap(({ branches }) =>
    Object.entries(branches).flatMap(([file, lines]) => lines.map((line) => `${file}\n${line}`)),
  );
  const { found, branches } = gaps(report);
  const open: string[] = [];
  for (const gap of found) {
    const at = left.indexOf(gap);
    if (at === -1) open.push(gap);
    else left.splice(at, 1);
  }
  const words = (gap: string): string => gap.replace('\n', ': ');
  for (const gap of open) console.error(`not taken by any test: ${words(gap)}`);
  for (const gap of left) console.error(`explained, but taken or gone: ${words(gap)}`);
  console.log(
    `${branches} branches of src/core, ${found.length} not taken, ${found.length - open.length} of them explained`,
  );
  process.exitCode = open.length + left.length === 0 ? 0 : 1;
}

main();
