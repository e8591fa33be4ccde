import { resolve } from 'node:path';
import { measure, median, type Claim } from './measure.js';

/** `mpa --version` beside `node -e 0`, taken in turns so that a busy machine slows both alike. */
export async function start(rounds: number): Promise<Claim> {
  // Certificates that node would read at each start on version 20: the same for both, and not mpa's doing.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push((await measure(process.execPath, ['-e', '0'], env)).millis);
    ours.push((await measure(process.execPath, [resolve('bin/mpa.js'), '--version'], env)).millis);
  }
  const ratio = median(ours) / median(bare);
  return {
    claim: '`mpa --version` takes at most 1.8 times `node -e 0`',
    ours: `${median(ours).toFixed(0)} ms`,
    reference: `${median(bare).toFixed(0)} ms`,
    ratio: ratio.toFixed(2),
    holds: ratio <= 1.8,
  };
}
