import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeLedger } from './ledger.js';
import { claimed, measure, median, rateWords, type Claim, type Measured } from './measure.js';
import type { Curve } from './plot.js';

/** Events that a fetch brings. */
const NEWS = 10;

/** What daily commands cost on a ledger of so many events, joined and verified before: medians in milliseconds, of whole processes. */
export interface Growth {
  readonly events: number;
  /** `mpa verify ID --offline` of a request from the middle of the history. */
  readonly verifyMs: number;
  /** `mpa list --offline`. */
  readonly listMs: number;
  /** `mpa show ID --offline`, of the same request. */
  readonly showMs: number;
  /** `mpa sync`, which fetches ten new events and verifies them. */
  readonly fetch10Ms: number;
  /** `mpa audit`: every event verified from the root; and the most memory that it took, MiB. */
  readonly auditMs: number;
  readonly auditMiB: number;
  /** Bytes on disk of the private clone, and of what is kept beside it (checkpoint and archive). */
  readonly cloneBytes: number;
  readonly diskBytes: number;
  /** Bytes of the checkpoint, which each command reads. */
  readonly checkpointBytes: number;
}

/** Bytes that a folder takes on the disk, as its file system counts them. */
function onDisk(path: string): number {
  const found = statSync(path);
  const own = found.blocks * 512;
  if (!found.isDirectory()) return own;
  return readdirSync(path).reduce((sum, name) => sum + onDisk(join(path, name)), own);
}

/**
 * Makes ledgers of so many events, joins each, and measures the daily commands on all of them in turns, so that a busy machine slows them
 * alike. The smallest is a copy of how a ledger begins, the largest of how a large one is after years.
 */
export async function growth(sizes: readonly number[], rounds: number): Promise<Growth[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mpa-growth-'));
  try {
    const ledgers: Ledger[] = [];
    for (const events of sizes) ledgers.push(await Ledger.made(join(folder, String(events)), events, rounds));
    for (let round = 0; round < rounds; round += 1) for (const ledger of ledgers) await ledger.round();
    for (const ledger of ledgers) await ledger.audited(Math.min(rounds, 3));
    return ledgers.map((ledger) => ledger.result());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Ledger {
  readonly #folder: string;
  readonly #events: number;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #repository: string;
  /** Full ids of commits that are still to be fetched, a batch each. */
  readonly #tips: string[];
  #id = '';
  readonly #verify: number[] = [];
  readonly #list: number[] = [];
  readonly #show: number[] = [];
  readonly #fetch: number[] = [];
  readonly #audit: Measured[] = [];

  private constructor(folder: string, events: number, repository: string, tips: string[]) {
    this.#folder = folder;
    this.#events = events;
    this.#repository = repository;
    this.#tips = tips;
    this.#env = { PATH: process.env['PATH'], HOME: folder, MPA_HOME: join(folder, 'mpa'), LC_ALL: 'C' };
  }

  static async made(folder: string, events: number, rounds: number): Promise<Ledger> {
    mkdirSync(folder);
    const { repository, anchor } = await makeLedger(folder, events + NEWS * rounds);
    const list = ['rev-list', '--reverse', 'refs/heads/mpa'];
    const oids = execFileSync('git', [`--git-dir=${repository}`, ...list], { maxBuffer: 1e9 })
      .toString('latin1')
      .trim()
      .split('\n');
    const tips = Array.from({ length: rounds + 1 }, (_, round) => oids[events + NEWS * round - 1] ?? '');
    const ledger = new Ledger(folder, events, repository, tips);
    ledger.#move();
    await ledger.#mpa('join', repository, '--anchor', anchor, '--name', 'bench');
    const { stdout } = await ledger.#mpa('list', '--all', '--offline', '--json');
    const { requests } = JSON.parse(stdout) as { requests: readonly { id: string }[] };
    ledger.#id = requests[Math.floor(requests.length / 2)]?.id ?? '';
    return ledger;
  }

  /** Moves the branch on the remote ten events on. */
  #move(): void {
    const args = [`--git-dir=${this.#repository}`, 'update-ref', 'refs/heads/mpa', this.#tips.shift() ?? ''];
    execFileSync('git', args);
  }

  #mpa(...args: string[]): ReturnType<typeof measure> {
    return measure(process.execPath, [resolve('bin/mpa.js'), ...args], this.#env);
  }

  async round(): Promise<void> {
    this.#verify.push((await this.#answer('verify', this.#id, '--offline')).millis);
    this.#list.push((await this.#mpa('list', '--offline')).millis);
    this.#show.push((await this.#mpa('show', this.#id, '--offline')).millis);
    this.#move();
    this.#fetch.push((await this.#mpa('sync')).millis);
  }

  /** Once a round would take as long as all else together: a long audit is much the same each time. */
  async audited(times: number): Promise<void> {
    for (let done = 0; done < times; done += 1) this.#audit.push(await this.#mpa('audit', '--json'));
  }

  /** What was approved is over, so the answer is no: exit 1. */
  #answer(...args: string[]): ReturnType<typeof measure> {
    return measure(process.execPath, [resolve('bin/mpa.js'), ...args], this.#env, 1);
  }

  result(): Growth {
    const home = join(this.#folder, 'mpa');
    const [state = ''] = readdirSync(join(home, 'state'));
    return {
      events: this.#events,
      verifyMs: median(this.#verify),
      listMs: median(this.#list),
      showMs: median(this.#show),
      fetch10Ms: median(this.#fetch),
      auditMs: median(this.#audit.map(({ millis }) => millis)),
      auditMiB: Math.max(...this.#audit.map(({ peakMiB }) => peakMiB)),
      cloneBytes: onDisk(join(home, 'ledgers')),
      diskBytes: onDisk(join(home, 'state')),
      checkpointBytes: statSync(join(home, 'state', state, 'checkpoint')).size,
    };
  }
}

/** What a command on the largest ledger may cost, in times of what it costs on the smallest. */
const MOST = 1.3;
/** Mebibytes that an audit of the largest may take. */
const MOST_MIB = 300;
/** What the private clone of the largest may take. */
const MOST_CLONE = 80e6;

/** The claims about growth, from the smallest ledger and the largest. `gpg`, `bare`: what others verify a second. */
export function growthClaims(
  rows: readonly Growth[],
  { gpg, bare }: { readonly gpg: number; readonly bare: number },
): Claim[] {
  const [small] = rows;
  const large = rows.at(-1);
  if (small === undefined || large === undefined) return [];
  const beside = (what: string, read: (row: Growth) => number): Claim => {
    const ratio = read(large) / read(small);
    return {
      claim: `\`mpa ${what}\` with ${large.events} events costs at most ${MOST} times what it costs with ${small.events}`,
      ours: `${read(large).toFixed(0)} ms`,
      reference: `${read(small).toFixed(0)} ms`,
      ratio: ratio.toFixed(2),
      holds: ratio <= MOST,
    };
  };
  const ours = (1000 * large.events) / large.auditMs;
  const rate = (words: string, limit: number, reference: number): Claim =>
    claimed(`audit of ${large.events} events: ${words}`, { ours, reference, limit, least: true }, rateWords);
  return [
    beside('verify ID --offline', ({ verifyMs }) => verifyMs),
    beside('list --offline', ({ listMs }) => listMs),
    beside('show ID --offline', ({ showMs }) => showMs),
    rate("at least 30 times git's verdicts by gpg", 30, gpg),
    rate('at least half of bare verifications by node:crypto on all cores', 0.5, bare),
    {
      claim: `an audit of ${large.events} events takes less than ${MOST_MIB} MiB`,
      ours: large.auditMiB === 0 ? 'not told here' : `${large.auditMiB.toFixed(0)} MiB`,
      reference: `${MOST_MIB} MiB`,
      ratio: (large.auditMiB / MOST_MIB).toFixed(2),
      holds: large.auditMiB < MOST_MIB,
    },
    {
      claim: `the private clone of ${large.events} events takes less than ${MOST_CLONE / 1e6} MB`,
      ours: `${(large.cloneBytes / 1e6).toFixed(1)} MB`,
      reference: `${MOST_CLONE / 1e6} MB`,
      ratio: (large.cloneBytes / MOST_CLONE).toFixed(2),
      holds: large.cloneBytes < MOST_CLONE,
    },
  ];
}

/** What the plot shows of them. */
export function growthCurves(rows: readonly Growth[]): Curve[] {
  const curve = (title: string, unit: string, read: (row: Growth) => number): Curve => ({
    title,
    unit,
    points: rows.map((row) => ({ events: row.events, value: read(row) })),
  });
  return [
    curve('verify ID --offline', 'ms', ({ verifyMs }) => verifyMs),
    curve('fetch of 10 new events', 'ms', ({ fetch10Ms }) => fetch10Ms),
    curve('audit from the root', 's', ({ auditMs }) => auditMs / 1000),
    curve('memory of the audit', 'MiB', ({ auditMiB }) => auditMiB),
    curve('private clone', 'MB', ({ cloneBytes }) => cloneBytes / 1e6),
    curve('checkpoint', 'kB', ({ checkpointBytes }) => checkpointBytes / 1e3),
  ];
}
