import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeLedger } from './ledger.js';
import { claimed, measure, median, millisWords, type Claim } from './measure.js';

/** `mpa --version` and `mpa verify ID --offline` beside `node -e 0`, taken in turns so that a busy machine slows all alike. */
export async function start(rounds: number): Promise<Claim[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mpa-bench-'));
  // Certificates that node would read at each start on version 20: the same for all, and not mpa's doing.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, HOME: folder, MPA_HOME: join(folder, 'mpa') };
  const mpa = (...args: string[]): ReturnType<typeof measure> =>
    measure(process.execPath, [resolve('bin/mpa.js'), ...args], env);
  try {
    const { repository, anchor } = await makeLedger(folder, 200);
    await mpa('keygen', '--name', 'Reader', '--email', 'reader@example.org', '--no-passphrase');
    await mpa('join', repository, '--anchor', anchor, '--name', 'bench');
    const { stdout } = await mpa('list', '--all', '--json');
    const { requests } = JSON.parse(stdout) as { requests: readonly { id: string }[] };
    const id = requests[0]?.id ?? '';
    const times = { node: [] as number[], version: [] as number[], verify: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      times.node.push((await measure(process.execPath, ['-e', '0'], env)).millis);
      times.version.push((await mpa('--version')).millis);
      // Used up, so that the answer is no: all checks are made all the same.
      times.verify.push(
        (await measure(process.execPath, [resolve('bin/mpa.js'), 'verify', id, '--offline'], env, 1)).millis,
      );
    }
    const reference = median(times.node);
    const beside = (claim: string, taken: readonly number[], limit: number): Claim =>
      claimed(claim, { ours: median(taken), reference, limit }, millisWords);
    return [
      beside('`mpa --version`: at most 1.7 times `node -e 0`', times.version, 1.7),
      beside('`mpa verify ID --offline`: at most 3 times `node -e 0`', times.verify, 3),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
