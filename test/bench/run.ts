import { writeFileSync } from 'node:fs';
import { profileExec } from './exec.js';
import { growth, growthClaims, growthCurves } from './growth.js';
import { plot } from './plot.js';
import { read } from './read.js';
import { start } from './start.js';

/**
 * `npm run bench`: each claim about speed beside a public reference, measured in the same run, how daily commands grow with the ledger
 * (a table, and docs/performance.svg), and where the time of `exec` goes. `--exec`: that alone. `--short`, for the gate: smaller and
 * fewer, and nothing is drawn. docs/performance.md explains what bounds each figure.
 */
const short = process.argv.includes('--short');

const { moments, areas } = await profileExec(short ? 1 : 11);
for (const shares of [moments, areas])
  console.table(shares.map(({ what, ms }) => ({ what, ms: ms.toFixed(1) })));
if (!process.argv.includes('--exec')) {
  const claims = await start(short ? 5 : 21);
  const scale = short
    ? { events: 2000, gpg: 100, ssh: 30, rounds: 1 }
    : { events: 5000, gpg: 500, ssh: 200, rounds: 11 };
  const readings = await read(scale);
  claims.push(...readings.claims);
  const rows = await growth(short ? [500, 3000] : [1000, 10_000, 100_000], short ? 1 : 11);
  console.table(rows);
  claims.push(...growthClaims(rows, readings));
  console.table(claims);
  if (!short) writeFileSync('docs/performance.svg', plot(growthCurves(rows)));
  // A busy machine must not fail the gate: there the figures are only shown.
  if (!short && claims.some((claim) => !claim.holds)) process.exitCode = 1;
}
