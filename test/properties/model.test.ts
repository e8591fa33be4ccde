import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REFUSALS, VOID_REASONS } from '../../src/core/reasons.js';
import { askModel, askProgram, asModel, asProgram } from '../model/compare.js';
import { head } from '../model/ledger.js';
import { storyArbitrary } from '../model/moves.js';
import { Play } from '../model/play.js';
import { questionsTo } from '../model/questions.js';
import { FACTOR, runs } from './runs.js';

/** How often each thing was met over a whole run: that two readers agree proves little where both say no to everything. */
class Counter {
  readonly #of = new Map<string, number>();
  add(name: string): void {
    this.#of.set(name, this.get(name) + 1);
  }
  get(name: string): number {
    return this.#of.get(name) ?? 0;
  }
  /** What was never met. */
  lacks(names: readonly string[]): string[] {
    return names.filter((name) => this.get(name) === 0);
  }
}

/** Vitest's own comparison takes longer than both readers together. */
function same(program: unknown, model: unknown): void {
  if (JSON.stringify(program) !== JSON.stringify(model)) expect(program).toEqual(model);
}

test('§6, §7, §8 at every position of any ledger, state and decisions are what the plain model says', async () => {
  const met = new Counter();
  await fc.assert(
    fc.asyncProperty(storyArbitrary, async (story) => {
      const play = await Play.begin(story);
      for (const [i, move] of story.moves.entries()) {
        const before = play.steps.length;
        const reign = head(play.page).id;
        await play.play(move);
        for (const { type, fate, expected } of play.steps.slice(before)) {
          expect([type, fate.outcome === 'inert' ? 'inert' : fate.reason]).toEqual([type, expected]);
          met.add(expected ?? `effect ${type}`);
        }
        if (head(play.page).id !== reign) met.add('policy in force');
        const { now, state } = play.branch;
        same(asProgram(state, now), asModel(play.page, now));
        for (const question of questionsTo(play, story.pick + i * 31, 4)) {
          const answer = askProgram(state, question);
          same(answer, askModel(play.page, question));
          met.add('decisions');
          met.add(answer[0] === undefined ? 'authorised' : `refused ${answer[0]}`);
        }
      }
      for (const record of play.branch.state.requests.values()) {
        if (record.givenBack) met.add('given back');
        if (record.approvals.some(({ lapsed }) => lapsed)) met.add('lapsed');
      }
    }),
    runs(12),
  );

  const effects = ['request', 'approve', 'close', 'halt', 'start'].map((type) => `effect ${type}`);
  expect(met.lacks([...effects, 'inert', 'policy in force'])).toEqual([]);
  expect(met.get('authorised')).toBeGreaterThan(met.get('decisions') / 20);
  // Twelve ledgers hold something of most kinds; hundreds hold all of every kind.
  const voids = met.lacks(VOID_REASONS);
  const refusals = met.lacks(REFUSALS.map((name) => `refused ${name}`));
  const rest = met.lacks(['given back', 'lapsed', 'effect finish']);
  const missing = FACTOR >= 50 ? 0 : FACTOR >= 5 ? 5 : 20;
  expect([...voids, ...refusals, ...rest].slice(missing)).toEqual([]);
});
