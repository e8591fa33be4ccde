import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { approve, ask, type Person, type World } from '../support/people.js';
import { chosen, disturbed, groundOf, leftovers, linesOf, traceOf, type Mode } from './trial.js';

interface Command {
  readonly name: string;
  readonly who: (world: World) => Person;
  /** Brings the world to where the command line makes sense; its arguments. */
  readonly prepare: (world: World) => Promise<readonly string[]>;
  /** The outcomes that the same command line may have afterwards, undisturbed. */
  readonly again: RegExp;
}

const alice = ({ alice: who }: World): Person => who;
const bob = ({ bob: who }: World): Person => who;

const running = (world: World): readonly string[] => ['sh', '-c', `echo ran >> '${traceOf(world)}'`];

const COMMANDS: readonly Command[] = [
  {
    name: 'request',
    who: alice,
    prepare: () => Promise.resolve(['request', '-m', 'why', '--json', '--', 'true']),
    again: /^0$/,
  },
  {
    name: 'approve',
    who: bob,
    prepare: async (world) => ['approve', await ask(world.alice, ['true']), '--yes', '--json'],
    again: /^(0|1 duplicate)$/,
  },
  {
    name: 'deny',
    who: bob,
    prepare: async (world) => ['deny', await ask(world.alice, ['true']), '-m', 'no', '--json'],
    again: /^(0|1 closed)$/,
  },
  {
    name: 'halt',
    who: bob,
    prepare: () => Promise.resolve(['halt', '-m', 'stop', '--json']),
    again: /^0$/,
  },
  {
    name: 'exec',
    who: alice,
    prepare: async (world) => {
      const id = await ask(world.alice, running(world));
      await approve(world.bob, id);
      return ['exec', id, '--json'];
    },
    again: /^(0|125 used)$/,
  },
  {
    name: 'sync',
    who: alice,
    prepare: async (world) => {
      await ask(world.bob, ['true']);
      return ['sync', '--json'];
    },
    again: /^0$/,
  },
];

async function trial(
  command: Command,
  world: World,
  args: readonly string[],
  at: number,
  mode: Mode,
): Promise<readonly string[]> {
  const who = command.who(world);
  const log = join(world.folder, '..', `${command.name}-${mode}.log`);
  const { ran, steps } = await disturbed(who, args, at, mode, log);
  const told = `${command.name}, ${mode} at step ${at} (${steps.at(-1) ?? ''}): ${ran.outcome} ${ran.stdout}${ran.stderr}`;
  if (at === 0) {
    expect(ran.outcome, told).toBe('0');
    return steps;
  }
  if (mode === 'kill') expect(ran.signal, told).toBe('SIGKILL');
  else
    expect(ran.outcome, told).toMatch(
      /^(0|4 remote-(unreachable|refused)|6 (disk|bad-config)|125 (disk|bad-config|remote-unreachable|remote-refused))$/,
    );
  const ranOnce = linesOf(traceOf(world));
  expect(ranOnce, told).toBeLessThanOrEqual(1);

  const sync = await who.mpa(['sync', '--json']);
  expect(sync.outcome, `${told}\nsync: ${sync.stdout}${sync.stderr}`).toBe('0');
  const again = await who.mpa(args);
  expect(again.outcome, `${told}\nagain: ${again.stdout}${again.stderr}`).toMatch(command.again);
  expect(linesOf(traceOf(world)), told).toBeLessThanOrEqual(1);
  // What is never claimed never ran, and what ran is in the ledger.
  const audit = await world.bob.must(['audit', '--json']);
  expect(audit.json('violations'), told).toEqual([]);
  if (command.name === 'exec') {
    const shown = await world.bob.must(['show', args[1] ?? '', '--json']);
    const starts = JSON.stringify(shown.json('request', 'runs')).split('"host"').length - 1;
    // Twice only where the first was given back.
    expect([1, 2], told).toContain(starts);
    if (linesOf(traceOf(world)) === 0)
      expect(JSON.stringify(audit.json('interrupted')), told).toContain(args[1]);
  }
  expect(leftovers(who), told).toEqual([]);
  return steps;
}

describe.each(COMMANDS)('$name', (command) => {
  it.each<Mode>(['kill', 'ENOSPC', 'EACCES'])(
    '§8 %s at any step: nothing ran that was not claimed, nothing claimed is forgotten, and the next command works',
    async (mode) => {
      const ground = groundOf();
      const { world } = ground;
      const args = await command.prepare(world);
      ground.keep();
      const steps = await trial(command, world, args, 0, mode);
      const tried = chosen(steps.length, command.name + mode);
      for (const at of tried) {
        ground.back();
        await trial(command, world, args, at, mode);
      }
      process.stdout.write(`faults: ${command.name}: ${mode} at ${tried.length} of ${steps.length} steps\n`);
    },
  );
});
