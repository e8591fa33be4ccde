import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Mutation testing: `npm run test:mutation [-- FILE...]`. Stryker changes one thing of the source after the other and runs the tests that
 * reach it; where none of them fails, the change must stand in explained.json with the reason why nobody could tell. The program
 * fails where a mutant survives that nobody has explained, and where an explanation is of no use any more.
 */
interface Part {
  /** What is mutated, and the tests that the mutants are shown to: few, so that each is quick. */
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

/** Names, a space between them, as files of one folder. */
const filesOf =
  (folder: string, ending: string) =>
  (names: string): string[] =>
    names.split(' ').map((name) => `${folder}/${name}${ending}`);
const core = filesOf('src/core', '.ts');
const tests = filesOf('test/core', '.test.ts');
const ledger = filesOf('src/ledger', '.ts');
const ledgerTests = filesOf('test/ledger', '.test.ts');
const PARTS: readonly Part[] = [
  {
    files: core(
      'authentic fold fold-requests fold-endorsement fold-void decide rules counting clauses fitness',
    ),
    tests: tests(
      'authentic fold fold-memory decide decide-words mismatch counting-edges clauses rules fitness thief sparse policy-tests rest',
    ),
  },
  {
    files: core('policy policy-people policy-rules'),
    tests: tests('policy policy-tests sparse clauses fitness thief fold'),
  },
  { files: core('mismatch'), tests: tests('mismatch decide') },
  {
    files: core('patterns pinned paths'),
    tests: [...tests('patterns rules paths'), 'test/properties/pinned.test.ts'],
  },
  { files: core('rest requests book'), tests: tests('requests rest fold-memory') },
  { files: core('canonical chain time'), tests: tests('canonical chain time') },
  { files: ledger('append'), tests: ledgerTests('append') },
  { files: ledger('spent claim-file claims'), tests: ledgerTests('spent claims') },
  { files: ledger('judge own-reading push'), tests: ledgerTests('own-reading push append genesis read') },
  { files: ledger('checkpoint'), tests: ledgerTests('checkpoint archive') },
  { files: ledger('read'), tests: ledgerTests('read home ahead stages') },
  { files: ledger('session keeper'), tests: ledgerTests('session keeper home moved archive read stages') },
];
const OWN = join('test', 'mutation');
const FOLDER = join('.tmp', 'mutation');

interface Mutant {
  readonly status: string;
  readonly replacement?: string;
  readonly location: { readonly start: Place; readonly end: Place };
}
interface Place {
  readonly line: number;
  readonly column: number;
}
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}
interface Row {
  mutants: number;
  killed: number;
  explained: number;
  open: number;
  /** Left alone: sentences for people. */
  sentences: number;
}
/** Mutants that nobody could tell from the original, and why: each the file, the line as it stands, and what took the place of what. */
interface Explanation {
  readonly why: string;
  readonly mutants: readonly (readonly [file: string, line: string, change: string])[];
}

function run(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...more } });
  if (status !== 0) throw new Error(`failed: ${[command, ...args].join(' ')}`);
}

function changeOf(source: string, { location: { start, end }, replacement = '' }: Mutant): [string, string] {
  const lines = source.split('\n');
  const line = lines[start.line - 1] ?? '';
  const last = start.line === end.line ? end.column - 1 : line.length;
  const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();
  return [squeezed(line), `${squeezed(line.slice(start.column - 1, last))} -> ${squeezed(replacement)}`];
}

/** What became of the mutants of some files. */
function mutate({ files, tests: shown }: Part): Report {
  const stryker = join(OWN, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  if (!existsSync(stryker))
    run('npm', ['ci', '--prefix', OWN, '--ignore-scripts', '--no-audit', '--no-fund']);
  const args = [stryker, 'run', join(OWN, 'stryker.config.mjs'), '--mutate', files.join(',')];
  run(process.execPath, args, { MUTATION_TESTS: shown.join(' ') });
  return JSON.parse(readFileSync(join(FOLDER, 'report.json'), 'utf8')) as Report;
}

function main(): void {
  const given = process.argv.slice(2);
  mkdirSync(FOLDER, { recursive: true });
  const explained = JSON.parse(readFileSync(join(OWN, 'explained.json'), 'utf8')) as readonly Explanation[];
  const known = new Map(explained.flatMap(({ mutants }) => mutants.map((each) => [each.join('\n'), false])));
  const looked = new Set<string>();
  const open: string[] = [];
  const rows: Record<string, Row> = {};
  for (const part of PARTS) {
    // A range of lines, `FILE:10-20`, is of its file.
    const files =
      given.length === 0
        ? part.files
        : given.filter((each) => part.files.some((file) => each === file || each.startsWith(`${file}:`)));
    if (files.length === 0) continue;
    for (const [file, { source, mutants }] of Object.entries(mutate({ ...part, files }).files)) {
      if (files.includes(file)) looked.add(file);
      const row = { mutants: 0, killed: 0, explained: 0, open: 0, sentences: 0 };
      rows[file] = row;
      for (const mutant of mutants) {
        if (mutant.status === 'Ignored') {
          row.sentences += 1;
          continue;
        }
        row.mutants += 1;
        const change = changeOf(source, mutant);
        const key = [file, ...change].join('\n');
        if (mutant.status !== 'Survived' && mutant.status !== 'NoCoverage') row.killed += 1;
        else if (known.has(key)) {
          known.set(key, true);
          row.explained += 1;
        } else {
          open.push(`${file}:${mutant.location.start.line} ${JSON.stringify(change)}`);
          row.open += 1;
        }
      }
    }
  }
  console.table(rows);
  const stale = [...known].filter(([key, met]) => !met && looked.has(key.split('\n')[0] ?? ''));
  for (const each of open) console.error(`survived: ${each}`);
  for (const [key] of stale) console.error(`explained, but killed or gone: ${key.replaceAll('\n', ' | ')}`);
  process.exitCode = open.length + stale.length === 0 ? 0 : 1;
}

main();
