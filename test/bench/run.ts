import { growth, growthClaims } from './growth.js';
import { read } from './read.js';
import { start } from './start.js';

/** `npm run bench`: each claim about speed beside a public reference, measured in the same run. `--short`: fewer rounds, for the gate. */
const short = process.argv.includes('--short');
const claims = [await start(short ? 5 : 21), ...(await read(10_000, short ? 200 : 2000, short ? 1 : 3))];
const rows = await growth(short ? [500, 5000] : [1000, 10_000, 100_000], short ? 1 : 11);
console.table(rows);
claims.push(...growthClaims(rows));
console.table(claims);
// A busy machine must not fail the gate: there the figures are only shown.
if (!short && claims.some((claim) => !claim.holds)) process.exitCode = 1;
