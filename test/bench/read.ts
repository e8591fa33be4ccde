import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bareLoop, sshSigned } from './bare.js';
import { makeLedger } from './ledger.js';
import { claimed, measure, median, rateWords, type Claim } from './measure.js';

/** How much is measured: events of the ledger, commits that gpg and ssh-keygen check, and how often all of it. */
export interface ReadScale {
  readonly events: number;
  readonly gpg: number;
  readonly ssh: number;
  readonly rounds: number;
}

/** The claims, and what the references reach: verdicts of git and gpg, and bare verifications, a second. */
export interface Readings {
  readonly claims: readonly Claim[];
  readonly gpg: number;
  readonly bare: number;
}

/** How long git takes for a verdict on each of `count` commits: all of them must be good. */
async function verdicts(
  args: readonly string[],
  env: Parameters<typeof measure>[2],
  count: number,
): Promise<number> {
  const { stdout, millis } = await measure('git', args, env);
  const good = stdout.split('\n').filter((line) => /^[GU]$/.test(line)).length;
  if (good !== count) throw new Error(`git found ${good} good signatures of ${count}`);
  return (1000 * count) / millis;
}

/**
 * A ledger verified from its root (`mpa audit`: every commit, signature and rule, the start of the program included) beside what others
 * take for the signatures alone: git with gpg on the same commits, git with ssh-keygen on as plain ones, and a loop of node:crypto.
 */
export async function read({ events, gpg, ssh, rounds }: ReadScale): Promise<Readings> {
  const folder = mkdtempSync(join(tmpdir(), 'mpa-bench-'));
  const gnupg = join(folder, 'gnupg');
  try {
    const ledger = await makeLedger(folder, events);
    mkdirSync(gnupg, { mode: 0o700 });
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      MPA_HOME: join(folder, 'mpa'),
      GNUPGHOME: gnupg,
      LC_ALL: 'C',
    };
    for (const armored of ledger.publicKeys)
      execFileSync('gpg', ['--batch', '--quiet', '--import'], {
        env,
        input: `${armored}\n`,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
    const mpa = (...args: string[]): ReturnType<typeof measure> =>
      measure(process.execPath, [resolve('bin/mpa.js'), ...args], env);
    await mpa('join', ledger.repository, '--anchor', ledger.anchor, '--name', 'bench');
    const bare = await bareLoop(ledger);
    const keygen = sshSigned(folder, ssh);
    const log = [`--git-dir=${ledger.repository}`, 'log', '--format=%G?', '-n', String(gpg), 'mpa'];

    const rates = { ours: [] as number[], gpg: [] as number[], ssh: [] as number[], bare: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const audit = await mpa('audit', '--json');
      const { events: counted } = JSON.parse(audit.stdout) as { events: number };
      if (counted !== ledger.events) throw new Error(`audit saw ${counted} events of ${ledger.events}`);
      rates.ours.push((1000 * counted) / audit.millis);
      rates.bare.push((1000 * counted) / (await bare()));
      rates.gpg.push(await verdicts(log, env, Math.min(gpg, ledger.events)));
      rates.ssh.push(await verdicts(keygen.args, keygen.env, ssh));
    }
    const ours = median(rates.ours);
    const beside = (claim: string, limit: number, reference: number): Claim =>
      claimed(claim, { ours, reference, limit, least: true }, rateWords);
    const what = `audit of ${ledger.events} events`;
    const claims = [
      beside(`${what}: at least 30 times git's verdicts by gpg`, 30, median(rates.gpg)),
      beside(`${what}: at least 30 times git's verdicts by ssh-keygen`, 30, median(rates.ssh)),
      beside(
        `${what}: at least half of bare verifications by node:crypto on all cores`,
        0.5,
        median(rates.bare),
      ),
    ];
    return { claims, gpg: median(rates.gpg), bare: median(rates.bare) };
  } finally {
    execFileSync('gpgconf', ['--homedir', gnupg, '--kill', 'all'], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  }
}
