import { effectOf } from '../core/fold.js';
import { inForce } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import type { ChainedEvent } from '../core/events.js';
import type { CertificateReader } from '../core/ports.js';
import { parseEvent } from '../core/schema.js';
import type { Effect } from '../core/state.js';
import { formatTime } from '../core/time.js';
import type { EventBody, View } from '../ledger/ledger.js';
import type { Author } from './author.js';

/** Stands where an id or a nonce will be. No effect depends on it. */
const UNKNOWN_ID = '0'.repeat(64);
const UNKNOWN_NONCE = '0'.repeat(32);

/** The event as it would be written onto this view, but for its nonce. */
function wouldBe(view: View, who: Author, body: EventBody, now: number): ChainedEvent {
  return {
    ...body,
    v: inForce(view.state).policy.protocol,
    ledger: view.anchor,
    prev: view.tip.chain,
    actor: who.handle,
    at: formatTime(now),
    nonce: UNKNOWN_NONCE,
  };
}

/**
 * What the core would say to this event now, before anybody is asked for a passphrase: its effect, never void.
 * Requests of kind policy and their approvals need `known`, their certificates read before. Errors: `over-limit` (section 10), `usage` (what breaks the schema
 * of section 4), and the void reasons of section 7.
 */
export function rehearse(
  view: View,
  who: Author,
  body: EventBody,
  now: number,
  known: CertificateReader['known'] = () => undefined,
): Effect {
  const parsed = parseEvent(wouldBe(view, who, body, now));
  if (!parsed.ok) {
    throw new MpaError(
      parsed.reason === 'over-limit' ? 'over-limit' : 'usage',
      `This cannot be written: ${parsed.detail}.`,
    );
  }
  const position = view.tip.position + 1;
  const read = { event: parsed.event, id: UNKNOWN_ID, at: now, commit: '', position, key: who.key };
  const effect = effectOf(view.state, read, known);
  if (effect.void !== null) throw new MpaError(effect.void.reason, `Refused: ${effect.void.detail}.`);
  return effect;
}
