import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { found, newest, take, type Generation } from '../../src/ledger/generations.js';
import { thisProcess } from '../../src/ledger/processes.js';
import { emptyFolder, remove } from '../support/places.js';

interface Actor {
  seen: Generation | null;
  release: (() => Promise<void>) | null;
}

describe('generations of a lock', () => {
  it('in whatever order many look, sleep, take and let go, no two hold it at once, and somebody can always get it', async () => {
    const me = await thisProcess();
    const step = fc.tuple(fc.nat(3), fc.constantFrom('look', 'take', 'take', 'release'));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const place = emptyFolder();
        try {
          const folder = join(place, 'lock');
          await found(folder, me);
          const actors: Actor[] = Array.from({ length: 4 }, () => ({ seen: null, release: null }));
          for (const [index, act] of steps) {
            const actor = actors[index];
            if (actor === undefined) continue;
            if (act === 'look') actor.seen = await newest(folder);
            else if (act === 'release') {
              await actor.release?.();
              actor.release = null;
            } else if (actor.seen?.released === true && actor.release === null) {
              actor.release = await take(folder, actor.seen, me);
              expect(actors.filter(({ release }) => release !== null).length).toBeLessThan(2);
            }
          }
          for (const { release } of actors) await release?.();
          const last = await newest(folder);
          expect(last?.released).toBe(true);
          expect(last === null ? null : await take(folder, last, me)).not.toBeNull();
        } finally {
          remove(place);
        }
      }),
      { numRuns: 60 },
    );
  });
});
