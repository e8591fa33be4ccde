import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ObjectFormat } from '../../src/core/ports.js';
import { found, person, type Person, type Ran, type World } from '../support/people.js';
import { place, transplant } from '../support/places.js';

/** How many rounds to run: all of them, or a tenth. */
export function rounds(whole: number): number {
  return process.env['RACES'] === 'short' ? Math.max(2, Math.round(whole / 10)) : whole;
}

/** A ledger of alice and bob, founded and endorsed by commands, in a repository of that object format. */
export function ground(format: ObjectFormat): Promise<World> {
  const folder = join(place(), 'world');
  mkdirSync(folder);
  execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, join(folder, 'ledger.git')]);
  return found(folder);
}

/** Further machines of one person: the same key and the same joined ledger, and no lock or record in common. */
export function machines(world: World, who: Person, count: number): Person[] {
  return Array.from({ length: count }, (_, i) => {
    const machine = person(join(world.folder, `machine-${i}`), who.handle);
    mkdirSync(dirname(machine.home), { recursive: true });
    transplant(who.home, machine.home);
    return machine;
  });
}

/** Runs one command line on every machine at once. */
export function together(people: readonly Person[], args: readonly string[]): Promise<Ran[]> {
  return Promise.all(people.map((who) => who.mpa(args)));
}

/** What a figure of docs/reliability.md is taken from. */
export function tell(what: string, figures: Readonly<Record<string, string | number>>): void {
  const words = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`);
  process.stdout.write(`races: ${what}: ${words.join(', ')}\n`);
}

/** How often each outcome came. */
export function tally(outcomes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const each of outcomes) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} x [${outcome}]`).join(' ');
}
