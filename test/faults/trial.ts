import { cpSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { founded, type Person, type Ran, type World } from '../support/people.js';

const STEPS = resolve('test/faults/steps.mjs');

export type Mode = 'kill' | 'ENOSPC' | 'EACCES';

/** A world that can be set back to how it was prepared, in the same place: signed requests name its paths. */
export interface Ground {
  readonly world: World;
  /** Takes the world as it is now for the state that every trial begins from. */
  keep(): void;
  back(): void;
}

export function groundOf(world: World = founded()): Ground {
  const kept = `${world.folder}.kept`;
  const copy = (from: string, to: string): void => {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  };
  return {
    world,
    keep: () => {
      copy(world.folder, kept);
    },
    back: () => {
      copy(kept, world.folder);
    },
  };
}

/** How one command line ended that was disturbed at step `at` (0: not at all), and the steps that it came to. */
export interface Trial {
  readonly ran: Ran;
  readonly steps: readonly string[];
}

export async function disturbed(
  who: Person,
  args: readonly string[],
  at: number,
  mode: Mode,
  log: string,
): Promise<Trial> {
  rmSync(log, { force: true });
  const env = {
    NODE_OPTIONS: `--import=${STEPS}`,
    FAULT_LOG: log,
    FAULT_AT: String(at),
    FAULT_MODE: mode,
  };
  const ran = await who.mpa(args, { env });
  return { ran, steps: existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [] };
}

/** The steps to try, of `count`: all, or with FAULTS=short every twentieth, others for each command. */
export function chosen(count: number, name: string): number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  if (process.env['FAULTS'] !== 'short') return all;
  return all.filter((step) => (step + name.length) % 20 === 0);
}

/** Files of a person that no command should leave behind. */
export function leftovers(who: Person): string[] {
  if (!existsSync(who.home)) return [];
  const names = readdirSync(who.home, { recursive: true, encoding: 'utf8' });
  return names.filter((name) =>
    /(\.tmp-\d+-\d+$|\.new$|new-[0-9a-f]{12}|\.lock$|\/tmp_|\.probe-|mpa-[A-Za-z0-9]{6}$)/.test(name),
  );
}

/** What a command recorded that it did: one line each time. */
export function linesOf(path: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

export function traceOf(world: World): string {
  return join(world.folder, 'trace');
}
