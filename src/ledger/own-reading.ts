import { CLOCK_SLACK, type Inert } from '../core/authentic.js';
import { chainOf } from '../core/chain.js';
import { MpaError } from '../core/errors.js';
import { fitness } from '../core/fitness.js';
import { applyEffect } from '../core/fold.js';
import type { KeyInfo } from '../core/keys.js';
import { formatTime } from '../core/time.js';
import type { Sealed } from './compose.js';
import { copyState } from './checkpoint.js';
import { judge, type Judges } from './judge.js';
import type { View } from './ledger.js';

/** Who signed, with which of the keys that the policy lists for them, and when: seconds. */
export interface Signed {
  readonly actor: string;
  /** All that the policy lists for the actor. */
  readonly keys: readonly KeyInfo[];
  /** The signer's primary key. */
  readonly fingerprint: string;
  readonly now: number;
}

/**
 * Throws `bad-clock` where this machine's clock is so far behind that nothing signed by it could be authentic (section 5.4,
 * 5.5): before anybody is asked for a passphrase. `greatestAt`: of the events there are, seconds.
 */
export function refuseBadClock({ keys, fingerprint, now }: Signed, greatestAt: number): void {
  const refuse = (detail: string): never => {
    const message = `this machine's clock (${formatTime(now)}) is too far behind: ${detail}`;
    throw new MpaError('bad-clock', message, { hint: 'Set the clock, then try again.' });
  };
  if (now < greatestAt - CLOCK_SLACK) refuse(`the ledger's newest event is of ${formatTime(greatestAt)}`);
  const own = keys.filter((key) => (key.primary?.fingerprint ?? key.fingerprint) === fingerprint);
  const fitLater = own.filter((key) => key.created > now + CLOCK_SLACK && fitness(key, key.created).fit);
  if (fitLater.length > 0 && !own.some((key) => fitness(key, now).fit))
    refuse(`the key in use was made at ${formatTime(Math.min(...fitLater.map((key) => key.created)))}`);
}

/** Why what we have just signed would not count; nothing is pushed then. Section 8.1. */
export function notAuthentic(
  { reason, detail }: Inert,
  { actor, fingerprint }: Pick<Signed, 'actor' | 'fingerprint'>,
): MpaError {
  switch (reason) {
    case 'unfit-key':
      return new MpaError('unfit-key', `the key ${fingerprint} cannot sign now: ${detail}`, {
        hint: 'Use another key that the policy lists (mpa key use), or have the policy list a new one (mpa policy edit).',
      });
    case 'wrong-key':
      return new MpaError(
        'unfit-key',
        `the policy in force does not list the key ${fingerprint} for ${actor}`,
        {
          hint: 'Use the key that it lists: mpa key list, mpa key use',
        },
      );
    case 'bad-signature':
      return new MpaError('signer-failed', `the signer made a signature that nobody would accept: ${detail}`);
    case 'unknown-actor':
      return new MpaError('no-identity', detail);
    case 'executor-may-not':
      return new MpaError('not-allowed', detail);
    case 'too-large':
    case 'over-limit':
      return new MpaError('over-limit', `the event is too large: ${detail}`);
    default:
      return new MpaError('bug', `an event of our own would be inert (${reason}): ${detail}`);
  }
}

/**
 * Reads a commit of our own, made onto `view.tip`, as any reader would, and answers the view that it leads to. Throws, and
 * nothing was pushed, where it would be inert (`signer-failed`, `unfit-key`, ...) or void (that reason).
 */
export async function ownReading(
  judges: Judges,
  view: View,
  { oid, bytes, event }: Sealed,
  fingerprint: string,
): Promise<View> {
  const position = view.tip.position + 1;
  const place = { state: view.state, position, parentChain: view.tip.chain, format: judges.store.format };
  const judged = await judge(judges, { oid, bytes }, place);
  if (!judged.ok) throw notAuthentic(judged, { actor: event.actor, fingerprint });
  const { read, effect } = judged;
  if (effect.void !== null) throw new MpaError(effect.void.reason, effect.void.detail);
  const state = copyState(view.state);
  applyEffect(state, read, effect);
  const link = { commit: oid, chain: chainOf(view.tip.chain, bytes) };
  return { ...view, state, head: { ...link, at: read.at }, tip: { ...link, position } };
}
