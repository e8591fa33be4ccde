import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { forge, type Forge } from '../support/craft.js';
import { approve, ask, person, type Person, type Ran } from '../support/people.js';
import { emptyFolder, place, remove, transplant } from '../support/places.js';

/** Alice and Bob with a ledger that both have read to its end: one grant of Alice's, with its script attached, and one request that waits for Bob. */
interface Template {
  readonly folder: string;
  readonly anchor: string;
  readonly granted: string;
  readonly waiting: string;
}

/** A condition's own copy of it. */
export interface Stage extends Omit<Template, 'folder'> {
  readonly folder: string;
  readonly remote: string;
  readonly forge: Forge;
  /** What both have verified. */
  readonly tip: string;
  readonly alice: Person;
  readonly bob: Person;
  /** Has a key, and has never read this ledger. */
  readonly carol: Person;
  /** A person's private clone, and their state folder. */
  clone(who: Person): string;
  state(who: Person): string;
  /** How often the granted command has run. */
  runs(): number;
}

/** Makes the template before the tests of a file, and answers what makes a stage of it. */
export function stages(): () => Stage {
  let made: Template | undefined;
  beforeAll(async () => {
    const folder = emptyFolder();
    const from = inject('world');
    const world = join(folder, 'world');
    transplant(from.folder, world);
    const [alice, bob] = [inFolder(person(world, 'alice'), folder), inFolder(person(world, 'bob'), folder)];
    writeFileSync(join(alice.folder, 'run.sh'), 'echo ran >> trace\n');
    writeFileSync(join(alice.folder, 'other.sh'), 'true\n');
    const granted = await ask(alice, ['sh', 'run.sh']);
    await approve(bob, granted);
    const waiting = await ask(alice, ['true']);
    await bob.must(['sync']);
    made = { folder, anchor: from.anchor, granted, waiting };
  });
  afterAll(() => {
    if (made !== undefined) remove(made.folder);
  });
  return () => {
    if (made === undefined) throw new Error('no template was made');
    return stageOf(made);
  };
}

/** The same person in the one folder that requests name: not below what is copied, so that nothing in the copies changes. */
function inFolder(who: Person, top: string): Person {
  const folder = join(top, 'work');
  mkdirSync(folder, { recursive: true });
  return {
    ...who,
    folder,
    mpa: (args, options) => who.mpa(args, { cwd: folder, ...options }),
    must: (args, options) => who.must(args, { cwd: folder, ...options }),
  };
}

function stageOf({ folder: top, ...rest }: Template): Stage {
  const folder = place();
  const world = join(folder, 'world');
  transplant(join(top, 'world'), world);
  const remote = join(world, 'ledger.git');
  const own = forge(remote, rest.anchor);
  const someone = (name: string): Person => inFolder(person(world, name), top);
  const trace = join(top, 'work', 'trace');
  rmSync(trace, { force: true });
  const short = rest.anchor.slice(0, 12);
  const [alice, bob] = [someone('alice'), someone('bob')];
  const state = (who: Person): string => join(who.home, 'state', short);
  for (const who of [alice, bob]) fetched(state(who), 60);
  return {
    ...rest,
    folder,
    remote,
    forge: own,
    tip: own.tip() ?? '',
    alice,
    bob,
    carol: someone('carol'),
    clone: (who) => join(who.home, 'ledgers', `${short}.git`),
    state,
    runs: () => (existsSync(trace) ? readFileSync(trace, 'utf8').split('\n').length - 1 : 0),
  };
}

/** Makes the last look at the remote so many seconds old: `exec` takes what is ten seconds old at most for the newest, and leaves the proof to its push. */
export function fetched(state: string, ago: number): void {
  const path = join(state, 'head.json');
  if (!existsSync(path)) return;
  const at = Math.floor(Date.now() / 1000) - ago;
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(/("fetchedAt":)[ \d]+/, (_, key: string) => `${key}${at}`),
  );
}

/** Fewer rows, and fewer commands for each. */
const SHORT = process.env['ATTACKS'] === 'short';

type Env = Readonly<Record<string, string>>;

export const exec = (on: Stage): string[] => ['exec', on.granted, '--no-wait'];
const request = ['request', '-m', 'one more', '--', 'true'];
const json = (args: readonly string[]): string[] => [args[0] ?? '', '--json', ...args.slice(1)];
const joining = (on: Stage): string[] => ['join', on.remote, '--anchor', on.anchor];

/** What a refusal says, and that it is nothing but that: no stack, and what git or a server said stands under a mark, never as words of ours. */
function words(ran: Ran): string {
  const all = ran.stdout + ran.stderr;
  expect(all).not.toMatch(/^\s+at .*(:\d+:\d+|\[as )|node:internal|GitFailure|\\u\{a\}/m);
  return all;
}

/** How Alice's commands fare while something is wrong. */
export interface Fate {
  /** The code of every one of them, and how many of them it ends; `writes`: only those that write meet it. */
  readonly code: string;
  readonly exit: number;
  readonly meets: 'all' | 'writes';
  /** What is wrong and where, in the message; what mends it, in the hint. */
  readonly says: RegExp;
  readonly hint: RegExp;
  /** Seconds after a fetch, a run that the remote proves does not meet it. */
  readonly proven?: true;
}

/** Every daily command is refused alike, nothing runs, and the doctor says the same as the commands. Answers the hint. */
export async function refused(on: Stage, fate: Fate, env: Env = {}): Promise<string> {
  const { alice } = on;
  const reads = [
    ['status'],
    ['verify', on.granted],
    ...(SHORT ? [] : [['list'], ['show', on.granted], ['audit']]),
  ];
  let hint = '';
  for (const args of [...(fate.meets === 'all' ? reads : []), request, exec(on)]) {
    const ran = await alice.mpa(json(args), { env });
    const exit = args[0] === 'exec' ? 125 : fate.exit;
    expect(ran.outcome, `${args[0] ?? ''}\n${words(ran)}`).toBe(`${exit} ${fate.code}`);
    expect(ran.text('error', 'message')).toMatch(fate.says);
    hint = ran.text('error', 'hint');
    expect(hint).toMatch(fate.hint);
  }
  expect(on.runs()).toBe(0);
  if (fate.proven !== true) fetched(on.state(alice), 0);
  const told = await alice.mpa(exec(on), { env });
  const [first = '', ...more] = told.stderr.trimEnd().split('\n');
  expect(first).toMatch(new RegExp(`^mpa: .*\\[${fate.code}\\]$`));
  for (const row of more) expect(row).toMatch(/^( {2}| {4}\| )/);
  if (fate.meets === 'all') {
    const doctor = await alice.mpa(['doctor', '--json'], { env });
    expect(doctor.status, words(doctor)).toBe(fate.exit);
    expect(findings(doctor, 'bad')).toMatchObject([
      { code: fate.code, detail: expect.stringMatching(fate.says) as string, mend: hint },
    ]);
  }
  expect(on.runs()).toBe(0);
  return hint;
}

/** Everything goes on: Bob's approval counts, the command runs once and no more, and nothing of the past is lost. */
export async function goesOn(on: Stage, env: Env = {}): Promise<void> {
  const { alice, bob } = on;
  await bob.must(['approve', on.waiting, '--yes', '--json'], { env });
  const ran = await alice.mpa(json(exec(on)), { env });
  expect(ran.outcome, words(ran)).toBe('0');
  expect(on.runs()).toBe(1);
  expect((await alice.mpa(json(exec(on)), { env })).outcome).toBe('125 used');
  expect((await alice.must(['show', on.waiting, '--json'], { env })).json('request', 'state')).toBe(
    'approved',
  );
  expect((await alice.must(['audit', '--strict', '--json'], { env })).outcome).toBe('0');
  const doctor = await alice.mpa(['doctor', '--json'], { env });
  expect(doctor.status, words(doctor)).toBe(0);
  expect(on.runs()).toBe(1);
}

/** Whether somebody who has never read this ledger joins it. */
export async function joins(on: Stage, outcome: string, env: Env = {}): Promise<Ran> {
  const ran = await on.carol.mpa(json(joining(on)), { env });
  expect(ran.outcome, words(ran)).toBe(outcome);
  return ran;
}

export function findings(doctor: Ran, level: string): unknown[] {
  const all = doctor.json('findings');
  if (!Array.isArray(all)) throw new Error(doctor.stdout + doctor.stderr);
  return all.filter(
    (each: unknown) => typeof each === 'object' && each !== null && 'level' in each && each.level === level,
  );
}

/** The command lines of a hint: what a tired person pastes. */
export function linesOf(hint: string): string[] {
  return hint
    .split('\n')
    .filter((row) => row.startsWith('  '))
    .map((row) => row.trim());
}

/** Pastes the command lines of a hint into a shell; `mpa` by its person. */
export async function pasted(who: Person, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    if (line.startsWith('mpa ')) await who.must(line.split(' ').slice(1));
    else execFileSync('sh', ['-c', line], { cwd: who.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

/** Rows of a table as tests; with ATTACKS=short every third. */
export function eachOf<T extends { readonly title: string }>(
  rows: readonly T[],
  tried: (row: T) => Promise<void>,
): void {
  const chosen = SHORT ? rows.filter((_, at) => at % 3 === 0) : rows;
  it.each(chosen.map((row) => [row.title, row] as const))('%s', (_, row) => tried(row));
}
