import { describe, expect, it } from 'vitest';
import { approve, ask, type Person, type Ran, type World } from '../support/people.js';
import { ground, rounds, tally, tell } from './ground.js';

/** What every reader must agree on: each request's whole view, but for what only says how fresh it is. */
async function verdicts(readers: readonly Person[]): Promise<unknown[]> {
  const lists = await Promise.all(readers.map((who) => who.must(['list', '--all', '--json'])));
  return lists.map((ran) => ran.json('requests'));
}

/** Whatever the order: those who wrote and a newcomer who reads it all read the same. */
async function agree(world: World, round: number): Promise<void> {
  const { alice, bob, carol, remote, anchor } = world;
  await carol.must(['join', remote, '--anchor', anchor, '--name', `reader-${round}`]);
  const newcomer: Person = {
    ...carol,
    must: (args) => carol.must([...args, '--ledger', `reader-${round}`]),
  };
  const [first, ...others] = await verdicts([alice, bob, newcomer]);
  for (const other of others) expect(other).toEqual(first);
}

interface Duel {
  readonly name: string;
  /** Prepares a request and answers with the two command lines that meet. */
  prepare(world: World): Promise<readonly [Promise<Ran>, Promise<Ran>]>;
  /** Every pair of outcomes that may come of it. */
  readonly may: readonly string[];
}

const command = ['true'];

const DUELS: readonly Duel[] = [
  {
    name: 'approve against withdraw',
    prepare: async ({ alice, bob }) => {
      const id = await ask(alice, command);
      return [bob.mpa(['approve', id, '--yes', '--json']), alice.mpa(['withdraw', id, '--json'])];
    },
    may: ['0 / 0', '1 closed / 0'],
  },
  {
    name: 'revoke against start',
    prepare: async ({ alice, bob }) => {
      const id = await ask(alice, command);
      await approve(bob, id);
      return [bob.mpa(['revoke', id, '-m', 'no', '--json']), alice.mpa(['exec', id, '--json'])];
    },
    may: ['0 / 0', '0 / 125 revoked'],
  },
  {
    name: 'halt against approval',
    prepare: async ({ alice, bob }) => {
      const id = await ask(alice, command);
      return [alice.mpa(['halt', '-m', 'stop', '--json']), bob.mpa(['approve', id, '--yes', '--json'])];
    },
    may: ['0 / 0'],
  },
  {
    name: 'policy change against approval',
    prepare: async ({ alice, bob }) => {
      const change = (await alice.must(['resume', '-m', 'on', '--json'])).text('request', 'id');
      const id = await ask(alice, command);
      return [bob.mpa(['approve', change, '--yes', '--json']), bob.mpa(['approve', id, '--yes', '--json'])];
    },
    may: ['0 / 0'],
  },
];

describe('two command lines that meet', () => {
  it('§7 counting 3: whatever the order, every reader reaches the same state', async () => {
    const world = await ground('sha1');
    const seen: string[] = [];
    const count = rounds(20);
    for (let round = 0; round < count; round += 1) {
      for (const duel of DUELS) {
        const [left, right] = await Promise.all(await duel.prepare(world));
        const met = `${left.outcome} / ${right.outcome}`;
        expect(duel.may, `${duel.name}: ${left.stderr}${right.stderr}`).toContain(met);
        seen.push(`${duel.name}: ${met}`);
      }
      await agree(world, round);
    }
    const audit = await world.bob.must(['audit', '--json']);
    expect(audit.json('violations')).toEqual([]);
    tell('orders', { rounds: count, outcomes: tally(seen) });
  });
});
