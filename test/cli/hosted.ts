import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { CommandAction } from '../../src/core/action.js';
import { isCommandRecord, type CommandRecord } from '../../src/workflows/grant.js';
import type { Launch } from '../../src/workflows/launch.js';
import { COMMAND, Scene } from '../core/support/scene.js';
import { emptyFolder, remove } from '../support/places.js';

/** A request of alice's for an action. */
function recordOf(action: Partial<CommandAction>): CommandRecord {
  const scene = Scene.endorsed();
  const record = scene.get(scene.request('alice', { action: { ...COMMAND, ...action } }));
  if (!isCommandRecord(record)) throw new Error('no command');
  return record;
}

/** The real clock, and nobody to tell. */
export const AROUND = {
  clock: { now: (): number => Math.floor(Date.now() / 1000) },
  say: (): void => undefined,
};

/** A launch of `sh -c script` in `cwd`. */
export function launchOf(script: string, cwd: string, action: Partial<CommandAction> = {}): Launch {
  const input = { kind: action.stdin === 'terminal' ? 'terminal' : 'nothing' } as const;
  const record = recordOf(action);
  const launch = { record, program: '/bin/sh', argv: ['sh', '-c', script], cwd, input };
  return { ...launch, windowEnd: null, until: null, digests: false, account: null };
}

/** A script that runs one launch, in a process of its own: what signals, descriptors and streams are really like. */
let host: { readonly folder: string; readonly script: string };
beforeAll(async () => {
  const folder = emptyFolder();
  const entry = join(folder, 'entry.ts');
  writeFileSync(
    entry,
    `import { writeFileSync } from 'node:fs';
     import { createLauncher, statusOf } from ${JSON.stringify(join(process.cwd(), 'src/cli/runner.ts'))};
     const launch = JSON.parse(process.argv[2] ?? '');
     const say = (line) => process.stderr.write(line + '\\n');
     const around = { clock: { now: () => Math.floor(Date.now() / 1000) }, say };
     const outcome = await createLauncher(process.env, around)(launch);
     const { maxRSS } = process.resourceUsage();
     if (process.argv[3]) writeFileSync(process.argv[3], JSON.stringify({ ...outcome, maxRSS }));
     process.exitCode = statusOf(outcome.exit);`,
  );
  const bundle = await rolldown({ input: entry, platform: 'node', cwd: process.cwd(), logLevel: 'silent' });
  await bundle.write({ file: join(folder, 'entry.mjs'), format: 'esm' });
  await bundle.close();
  host = { folder, script: join(folder, 'entry.mjs') };
});
afterAll(() => remove(host.folder));

/** Lets every login of this machine start the host. */
export function openHost(): void {
  chmodSync(host.folder, 0o755);
}

export interface Hosted {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of a test that failed stays behind. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, as it should.
  }
}

/**
 * Runs a launch under `wrapper`, a shell text in which "$@" is the host; one argument more is where it writes the outcome. `poke` sees the host's output as it comes.
 */
export function hosted(
  launch: Launch,
  wrapper = 'exec "$@"',
  poke: (stdout: string, pid: number) => void = () => undefined,
  input = '',
): Promise<Hosted> {
  const args = ['-c', wrapper, 'bash', process.execPath, host.script, JSON.stringify(launch)];
  const child = spawn('bash', args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stdin.on('error', () => undefined).end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    poke(stdout, child.pid ?? 0);
  });
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  onTestFinished(() => endGroup(child.pid));
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}
