import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** How one process ended: wall-clock milliseconds, peak resident memory in MiB (0 where the system does not tell), what it printed. */
export interface Measured {
  readonly millis: number;
  readonly peakMiB: number;
  readonly stdout: string;
}

function peakOf(pid: number): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? 0 : Number(kib) / 1024;
  } catch {
    return 0;
  }
}

/** Runs one program to its end; throws unless it exits with `expected`. Children of the program do not count towards its memory. */
export function measure(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  expected = 0,
): Promise<Measured> {
  return new Promise((done, fail) => {
    const began = performance.now();
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let peakMiB = 0;
    const look = (): void => {
      if (child.pid !== undefined) peakMiB = Math.max(peakMiB, peakOf(child.pid));
    };
    const timer = setInterval(look, 20);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', fail);
    child.on('close', (status) => {
      clearInterval(timer);
      const millis = performance.now() - began;
      if (status === expected) done({ millis, peakMiB, stdout });
      else fail(new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`));
    });
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** One claim: what was measured beside what, and whether it holds. */
export interface Claim {
  readonly claim: string;
  readonly ours: string;
  readonly reference: string;
  readonly ratio: string;
  readonly holds: boolean;
}

/** A claim that `ours` is at most (or `least`: at least) `limit` times `reference`, both of one unit. */
export function claimed(
  claim: string,
  {
    ours,
    reference,
    limit,
    least = false,
  }: {
    readonly ours: number;
    readonly reference: number;
    readonly limit: number;
    readonly least?: boolean;
  },
  words: (value: number) => string,
): Claim {
  const ratio = ours / reference;
  const holds = least ? ratio >= limit : ratio <= limit;
  return { claim, ours: words(ours), reference: words(reference), ratio: ratio.toFixed(2), holds };
}

export const millisWords = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
export const rateWords = (value: number): string => `${value.toFixed(0)} a second`;
