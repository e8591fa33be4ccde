import { readdirSync, readFileSync } from 'node:fs';
import type { Ran } from '../support/people.js';

/** What one command took, with every git process that it started (and those of a remote on this machine). */
export interface Measured {
  readonly ran: Ran;
  /** The most that all of them held in memory at one moment, MB; 0 where the system does not show it. */
  readonly peak: number;
  readonly seconds: number;
}

/** Runs one command, and looks at its processes all the while. Nothing else may be running below this process. */
export async function measured(run: () => Promise<Ran>): Promise<Measured> {
  let peak = 0;
  const timer = setInterval(() => {
    const held = below(process.pid).map(residentOf);
    peak = Math.max(
      peak,
      held.reduce((sum, each) => sum + each, 0),
    );
  }, 20);
  const began = performance.now();
  try {
    const ran = await run();
    return { ran, peak: Math.round(peak / 1000), seconds: Math.round(performance.now() - began) / 1000 };
  } finally {
    clearInterval(timer);
  }
}

/** The processes that this one has started, and those that they have. */
function below(pid: number): number[] {
  const children = names(`/proc/${pid}/task`).flatMap((task) =>
    text(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...below(child)]);
}

/** How many processes of this machine name that folder in their arguments or environment. */
export function namedIn(folder: string): number {
  const places = (pid: string): string[] => [text(`/proc/${pid}/cmdline`), text(`/proc/${pid}/environ`)];
  return names('/proc').filter(
    (pid) => /^\d+$/.test(pid) && places(pid).some((each) => each.includes(folder)),
  ).length;
}

/** Kilobytes in memory. */
function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text(`/proc/${pid}/status`))?.[1] ?? 0);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
