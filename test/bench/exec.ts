import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { measure, median } from './measure.js';
import { areasOf } from './profile.js';

/** A part of the time of one `exec`: what went on, and its median length in milliseconds. */
export interface Share {
  readonly what: string;
  readonly ms: number;
}

interface Timeline {
  readonly begun: number;
  readonly ready: number;
  readonly spans: readonly { readonly name: string; readonly from: number; readonly to: number }[];
  readonly over: number;
}

/** What mpa itself does, by what has been reached already. */
const OWN = [
  'mpa: modules are loaded, configuration and clone opened',
  'mpa: the branch is verified, the grant found and judged; openpgp.js is loaded, the key opened, the start signed and read',
  'mpa: claim and head are recorded, what is pinned is looked at once more',
  'mpa: the finish is signed and read',
  'mpa: the head is recorded, and the program ends',
];
const CONNECTIONS = [
  'connection: fetch',
  'connection: push of the start',
  'the command itself',
  'connection: push of the finish',
];

/** What a process is for. `reached`: how many of CONNECTIONS have begun before it. */
function nameOf(command: string, reached: number): { what: string; counts: boolean } {
  if (command === 'disk') return { what: 'waiting for the disk (fsync)', counts: false };
  if (!command.startsWith('git ')) return { what: 'the command itself', counts: true };
  if (/ (fetch|push|ls-remote) /.test(command))
    return { what: CONNECTIONS[reached] ?? 'one connection more', counts: true };
  return { what: 'git on the private clone: references, objects, configuration', counts: false };
}

/** The time of one run, each moment given to one thing: the first that began of those that went on. */
function shares({ begun, ready, spans, over }: Timeline): Map<string, number> {
  const found = new Map<string, number>([['node itself, until the first line of mpa', begun]]);
  const add = (what: string, ms: number): void => {
    if (ms > 0) found.set(what, (found.get(what) ?? 0) + ms);
  };
  let reached = 0;
  let at = ready;
  for (const { name, from, to } of spans.filter((each) => each.to > 0).sort((a, b) => a.from - b.from)) {
    // One that waits for further questions explains nothing of what happens meanwhile.
    if (name.includes(' cat-file ')) continue;
    add(OWN[reached] ?? '', from - at);
    const { what, counts } = nameOf(name, reached);
    add(what, to - Math.max(from, at));
    if (counts) reached += 1;
    at = Math.max(at, to);
  }
  add(OWN[reached] ?? '', over - at);
  return found;
}

/** Where the time of `exec` goes: moment by moment, and by the part of the program that was at work. */
export interface ExecProfile {
  readonly moments: readonly Share[];
  readonly areas: readonly Share[];
}

/** Medians of what several runs took for each thing, and of their sums. */
function medians(runs: readonly ReadonlyMap<string, number>[]): Share[] {
  const names = [...new Set(runs.flatMap((run) => [...run.keys()]))];
  const sum = (run: ReadonlyMap<string, number>): number =>
    [...run.values()].reduce((all, ms) => all + ms, 0);
  return [
    ...names.map((what) => ({ what, ms: median(runs.map((run) => run.get(what) ?? 0)) })),
    { what: 'all of it', ms: median(runs.map(sum)) },
  ];
}

/**
 * Where the time of `exec` on a live grant goes, on a ledger of two people with a remote on the same machine: medians over so many
 * runs, each with a grant of its own, and all of them together. Each is run once more under V8's own profiler, for the areas.
 */
export async function profileExec(rounds: number): Promise<ExecProfile> {
  const folder = mkdtempSync(join(tmpdir(), 'mpa-bench-exec-'));
  try {
    const bin = resolve('bin/mpa.js');
    const environment = (name: string) => ({
      PATH: process.env['PATH'],
      HOME: folder,
      MPA_HOME: join(folder, name),
      LC_ALL: 'C',
    });
    const mpa =
      (name: string) =>
      async (...args: string[]): Promise<string> =>
        (await measure(process.execPath, [bin, ...args], environment(name))).stdout;
    const [alice, bob] = [mpa('alice'), mpa('bob')];
    for (const [who, name] of [[alice, 'alice'] as const, [bob, 'bob'] as const])
      await who('keygen', '--name', name, '--email', `${name}@example.org`, '--no-passphrase');
    const key = join(folder, 'bob.asc');
    await bob('key', 'export', '--out', key);
    const remote = join(folder, 'ledger.git');
    const founded = await alice(
      'init',
      remote,
      '--name',
      'bench',
      '--as',
      'alice',
      '--member',
      `bob=${key}`,
      '--json',
    );
    const { anchor } = JSON.parse(founded) as { anchor: string };
    await bob('join', remote, '--anchor', anchor);
    await bob('approve', anchor, '--yes');
    const runs: Map<string, number>[] = [];
    const preload = ['--import', resolve('test/bench/timeline.mjs')];
    const areas: Map<string, number>[] = [];
    const [state = ''] = readdirSync(join(folder, 'alice', 'state'));
    const record = join(folder, 'alice', 'state', state, 'head.json');
    const granted = async (): Promise<string> => {
      const asked = await alice('request', '-m', 'to be measured', '--json', '--', 'true');
      const { request } = JSON.parse(asked) as { request: { id: string } };
      await bob('approve', request.id, '--yes');
      // As after a minute: what was fetched moments ago would be looked at first.
      const head = JSON.parse(readFileSync(record, 'utf8')) as { readonly fetchedAt: number };
      writeFileSync(record, JSON.stringify({ ...head, fetchedAt: head.fetchedAt - 60 }));
      return request.id;
    };
    for (let round = 0; round < rounds; round += 1) {
      const file = join(folder, `run-${round}.json`);
      const env = { ...environment('alice'), MPA_BENCH_TIMELINE: file };
      await measure(process.execPath, [...preload, bin, 'exec', await granted()], env);
      runs.push(shares(JSON.parse(readFileSync(file, 'utf8')) as Timeline));
      const profiles = join(folder, `profile-${round}`);
      const profiler = ['--cpu-prof', '--cpu-prof-interval', '250', '--cpu-prof-dir', profiles];
      await measure(process.execPath, [...profiler, bin, 'exec', await granted()], environment('alice'));
      areas.push(areasOf(profiles));
    }
    return { moments: medians(runs), areas: medians(areas) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
