import type { Decision } from '../core/decide.js';
import type { Refusal } from '../core/reasons.js';
import type { RequestRecord } from '../core/state.js';

/** What stands in the way beside the reason that decides, the most final first. */
const WORDS: readonly (readonly [Refusal, (record: RequestRecord) => string])[] = [
  ['used', () => 'its uses are spent'],
  ['expired', ({ quorumAt }) => (quorumAt === null ? 'nobody approved it in time' : 'its window is over')],
  ['requester-left', () => 'the requester or their key has left'],
  [
    'no-longer-allowed',
    ({ event }) =>
      event.action.kind === 'policy'
        ? 'another policy is in force'
        : 'the policy of today would not allow it',
  ],
];

/**
 * What the state's name does not say: a request that is halted and spent must not look as if a resume would bring it back. null: nothing more.
 * Section 7, States; the name itself follows the first reason alone.
 */
export function stateDetail(record: RequestRecord, { reason, checks }: Decision): string | null {
  const { closed } = record;
  if (closed !== null)
    return closed.as === 'applied' || closed.actor === record.event.actor ? null : `by ${closed.actor}`;
  if (record.void !== null) return record.void.reason;
  const failed = new Set(checks.filter(({ ok }) => !ok).map(({ name }) => name));
  const found = WORDS.find(([name]) => failed.has(name));
  if (found === undefined) return null;
  return `${reason === 'halted' ? 'and ' : ''}${found[1](record)}`;
}
