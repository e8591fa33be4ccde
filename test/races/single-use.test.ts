import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ObjectFormat } from '../../src/core/ports.js';
import { formatTime } from '../../src/core/time.js';
import { forge } from '../support/craft.js';
import { commandHere, handOf, now } from '../support/hands.js';
import { ground, machines, rounds, tally, tell, together } from './ground.js';

const MACHINES = 3;

describe.each<ObjectFormat>(['sha1', 'sha256'])('%s: one single-use grant, several machines', (format) => {
  it('§8.4 exactly one of the machines runs it, round after round, and the others spend nothing', async () => {
    const world = await ground(format);
    const { alice, bob, remote, anchor } = world;
    const runners = machines(world, alice, MACHINES);
    const [asker, approver] = [await handOf(alice), await handOf(bob)];
    const ledger = forge(remote, anchor);
    const trace = join(world.folder, 'trace');
    const action = commandHere(alice, ['sh', '-c', `echo ran >> '${trace}'`]);
    const count = rounds(120);
    const outcomes: string[] = [];
    let runs = 0;
    for (let round = 0; round < count; round += 1) {
      const at = now();
      const { id } = await ledger.write(asker, at, {
        type: 'request',
        action,
        justification: `round ${round}`,
        approveBy: formatTime(at + 3600),
        duration: 3600,
        uses: 1,
      });
      await ledger.write(approver, at, { type: 'approve', request: id });
      const here = runners.map((who) => ({
        ...who,
        mpa: (args: readonly string[]) => who.mpa(args, { cwd: alice.folder }),
      }));
      const ended = await together(here, ['exec', id, '--json']);
      outcomes.push(...ended.map(({ outcome }) => outcome));
      expect(ended.filter(({ status }) => status === 0)).toHaveLength(1);
      expect(existsSync(trace) ? readFileSync(trace, 'utf8') : '').toBe('ran\n');
      rmSync(trace);
      runs += 1;
    }
    expect(new Set(outcomes)).toEqual(new Set(['0', '125 used']));
    const audit = await bob.must(['audit', '--json']);
    expect(audit.json('violations')).toEqual([]);
    expect(audit.json('interrupted')).toEqual([]);
    tell('single use', {
      format,
      rounds: count,
      machines: MACHINES,
      runs,
      'ran twice': 0,
      outcomes: tally(outcomes),
    });
  });
});
