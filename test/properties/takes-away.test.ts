import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowOf } from '../../src/core/counting.js';
import type { Clause, Policy } from '../../src/core/policy-document.js';
import type { LedgerState } from '../../src/core/state.js';
import { askProgram, asProgram, type Question } from '../model/compare.js';
import { haltsIn, head, pageOf, type Page } from '../model/ledger.js';
import { PEOPLE, storyArbitrary, type Story } from '../model/moves.js';
import { Play } from '../model/play.js';
import { isValid, keysFor } from '../model/policy.js';
import { questionsTo } from '../model/questions.js';
import { refold } from '../model/refold.js';
import { runs } from './runs.js';

async function told(story: Story): Promise<Play> {
  const play = await Play.begin(story);
  for (const move of story.moves) await play.play(move);
  return play;
}

/** The questions that are answered with yes. */
function yeses(state: LedgerState, questions: readonly Question[]): Question[] {
  return questions.filter((question) => askProgram(state, question).length === 0);
}

/** The same policy without that member, wherever it names them. */
function without(policy: Policy, handle: string): Policy {
  const others = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => name !== handle));
  const names = (list: readonly string[]): string[] => list.filter((name) => name !== handle);
  const clauses = (list: readonly Clause[]): Clause[] =>
    list.map(({ count, from }) => ({ count, from: names(from) }));
  return {
    ...policy,
    members: others(policy.members),
    groups: Object.fromEntries(
      Object.entries(policy.groups ?? {}).map(([name, list]) => [name, names(list)]),
    ),
    rules: policy.rules.map((rule) => ({
      ...rule,
      approvals: clauses(rule.approvals),
      ...(rule.requesters === undefined ? {} : { requesters: names(rule.requesters) }),
    })),
    changes: clauses(policy.changes),
  };
}

/** The same policy with one key of a member ended: revoked, run out, or no longer listed. */
function ended(
  policy: Policy,
  handle: string,
  index: number,
  how: 'revoked' | 'expired' | 'gone',
  now: number,
): Policy {
  const member = policy.members[handle];
  if (member === undefined) return policy;
  const keys = member.keys.flatMap((key, i) => {
    if (i !== index % member.keys.length) return [key];
    const [, material = ''] = key.public.split(':');
    if (how === 'gone') return [];
    return [{ ...key, public: `cert:${material}:${how === 'revoked' ? 'revoked' : String(now)}` }];
  });
  return { ...policy, members: { ...policy.members, [handle]: { ...member, keys } } };
}

/** Proposes a policy and has everybody approve it; whether it is in force afterwards. */
async function enact(play: Play, by: string, to: Policy): Promise<boolean> {
  const before = head(play.page).id;
  const wait = { seconds: 1 };
  await play.play({ kind: 'propose', by, to, within: 3600, old: false, wait });
  await play.play({ kind: 'everybody', which: 0, wait });
  return head(play.page).id !== before && JSON.stringify(head(play.page).policy) === JSON.stringify(to);
}

describe('§7 nothing but a request, its approvals and the beginning of its window makes a yes', () => {
  test('a member who leaves, or a key that ends, never turns a no into a yes', async () => {
    let changed = 0;
    let lost = 0;
    const change = fc.noBias(
      fc.record({
        who: fc.constantFrom(...PEOPLE),
        by: fc.constantFrom(...PEOPLE),
        index: fc.nat(2),
        how: fc.constantFrom('leaves' as const, 'revoked' as const, 'expired' as const, 'gone' as const),
      }),
    );
    await fc.assert(
      fc.asyncProperty(storyArbitrary, change, async (story, { who, by, index, how }) => {
        const play = await told(story);
        // A policy change lifts the halts before it: that is what it is for.
        fc.pre(haltsIn(play.page).length === 0);
        const { policy } = head(play.page);
        const now = play.branch.now + 10;
        const to = how === 'leaves' ? without(policy, who) : ended(policy, who, index, how, now);
        fc.pre(isValid(to));
        const questions = questionsTo(play, story.pick, 12).map((question) => ({
          ...question,
          now: Math.max(question.now, now),
        }));
        const before = yeses(play.branch.state, questions);
        if (!(await enact(play, by, to))) return;
        changed += 1;
        const after = yeses(play.branch.state, questions);
        lost += before.length - after.length;
        expect(after.filter((question) => !before.includes(question))).toEqual([]);
      }),
      runs(25),
    );
    expect(changed).toBeGreaterThan(3);
    expect(lost).toBeGreaterThan(0);
  });

  test('once a window or the time for approvals is over, no later moment gives it back', async () => {
    let over = 0;
    await fc.assert(
      fc.asyncProperty(storyArbitrary, async (story) => {
        const play = await told(story);
        const { state } = play.branch;
        for (const question of questionsTo(play, story.pick, 6)) {
          const record = state.requests.get(question.id);
          const window = record === undefined ? null : windowOf(state, record);
          if (window === null) continue;
          over += 1;
          for (const later of [0, 1, 60, 86_400, 31 * 86_400])
            expect(askProgram(state, { ...question, now: window.end + later })).not.toEqual([]);
        }
      }),
      runs(6),
    );
    expect(over).toBeGreaterThan(3);
  });

  test('a signature less never completes a quorum, nor turns a no into a yes where window and uses stay', async () => {
    let dropped = 0;
    await fc.assert(
      fc.asyncProperty(storyArbitrary, async (story) => {
        const play = await told(story);
        const { facts } = play.page;
        const questions = questionsTo(play, story.pick, 6);
        for (const { event } of facts) {
          if (event.type !== 'approve') continue;
          const { actor, request } = event;
          const whole = play.branch.state.requests.get(request);
          if (whole === undefined || whole.event.action.kind === 'policy') continue;
          // All that this member said of it: else a second approval, void beside the first, would stand in for it.
          const state = refold(
            facts.filter(
              (fact) =>
                !(
                  fact.event.type === 'approve' &&
                  fact.event.request === request &&
                  fact.event.actor === actor
                ),
            ),
          );
          const less = state.requests.get(request);
          if (less === undefined) throw new Error('the request went, too');
          dropped += 1;
          const narrowed = whole.approvals.some(
            (given) => given.actor === actor && (given.duration !== undefined || given.uses !== undefined),
          );
          const otherwise = narrowed || less.quorumAt !== whole.quorumAt || less.spent !== whole.spent;
          for (const question of questions.filter(({ id }) => id === request)) {
            const [had, has] = [askProgram(play.branch.state, question), askProgram(state, question)];
            if (had.includes('pending')) expect(has).toContain('pending');
            if (had.length > 0 && !otherwise) expect(has).not.toEqual([]);
          }
        }
      }),
      runs(8),
    );
    expect(dropped).toBeGreaterThan(10);
  });

  test('§5 inert commits, whatever they are and wherever they stand, change nothing', async () => {
    let inert = 0;
    const forged = fc.noBias(
      fc.array(
        fc.record({
          before: fc.nat(40),
          by: fc.constantFrom(...PEOPLE),
          how: fc.constantFrom('key' as const, 'prev' as const, 'actor' as const),
          which: fc.nat(3),
        }),
        { minLength: 3, maxLength: 8 },
      ),
    );
    await fc.assert(
      fc.asyncProperty(storyArbitrary, forged, async (story, forgeries) => {
        const plain = await told(story);
        const mixed = await Play.begin(story);
        for (const [i, move] of story.moves.entries()) {
          for (const { by, how, which } of forgeries.filter(({ before }) => before === i)) {
            await mixed.play({ kind: 'forge', by, how, which, wait: { seconds: 0 } });
            inert += 1;
          }
          await mixed.play(move);
        }
        // An event's id follows from all that stands before it: they are compared by their places among the events.
        const named = (page: Page, value: unknown): string =>
          page.facts.reduce((text, { id }, i) => text.replaceAll(id, `event ${i}`), JSON.stringify(value));
        const { now } = plain.branch;
        expect(named(mixed.page, asProgram(mixed.branch.state, now))).toBe(
          named(plain.page, asProgram(plain.branch.state, now)),
        );
        const questions = questionsTo(plain, story.pick, 4);
        const ids = new Map(plain.page.facts.map(({ id }, i) => [id, mixed.page.facts[i]?.id ?? '']));
        for (const question of questions)
          expect(
            askProgram(mixed.branch.state, { ...question, id: ids.get(question.id) ?? question.id }),
          ).toEqual(askProgram(plain.branch.state, question));
      }),
      runs(8),
    );
    expect(inert).toBeGreaterThan(5);
  });
});

test('the facts of a ledger, folded once more without commits, give the state that reading gave', async () => {
  await fc.assert(
    fc.asyncProperty(storyArbitrary, async (story) => {
      const play = await told(story);
      const { now } = play.branch;
      expect(asProgram(refold(play.page.facts), now)).toEqual(asProgram(play.branch.state, now));
      expect(pageOf(play.page.facts)).toEqual(play.page);
      expect(keysFor(head(play.page).policy, 'nobody')).toEqual([]);
    }),
    runs(3),
  );
});
