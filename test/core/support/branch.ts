import { authenticate, type Evidence } from '../../../src/core/authentic.js';
import { messageOf } from '../../../src/core/canonical.js';
import { chainOf } from '../../../src/core/chain.js';
import { commitPayload, objectName, signedCommit } from '../../../src/core/commit.js';
import { inForce } from '../../../src/core/counting.js';
import type { ChainedEvent, GenesisEvent, LedgerEvent } from '../../../src/core/events.js';
import { applyEffect, effectOf, newState } from '../../../src/core/fold.js';
import type { Policy } from '../../../src/core/policy-document.js';
import type { LedgerState } from '../../../src/core/state.js';
import { formatTime } from '../../../src/core/time.js';
import { emptyTree } from '../../../src/core/tree.js';
import { T0, known } from './scene.js';

type Own<E> = E extends ChainedEvent ? Omit<E, 'v' | 'ledger' | 'prev' | 'actor' | 'at' | 'nonce'> : never;

/** What may be bent of a commit that is otherwise as an honest writer makes it. */
export interface Bend {
  /** The material that signs; the actor's own name unless given. */
  readonly key?: string;
  readonly prev?: string;
  readonly at?: number;
}

/** How a commit fared: `effect`, or why it is void or inert. */
export interface Fate {
  readonly id: string;
  readonly outcome: 'effect' | 'void' | 'inert';
  readonly reason: string | null;
}

const TREE = emptyTree('sha1');

/** The only thing that is not real: a signature is the name of the material that made it. */
const evidence: Evidence = {
  checker: {
    check: ({ armor, keys }) => {
      const key = keys.find(({ material }) => armor === `by ${material}`);
      const wrong = { ok: false, reason: 'wrong-key', detail: 'none of the actor' } as const;
      return Promise.resolve(key === undefined ? wrong : { ok: true, key });
    },
  },
  certificates: { read: (text) => Promise.resolve(known(text)), known },
  tree: () => Promise.resolve(new Uint8Array(0)),
};

/**
 * A branch as anybody with push access can write it, one commit after the other, each read by the real `authenticate` and
 * the real fold: unlike a Scene it takes nothing for authentic.
 */
export class Branch {
  readonly state: LedgerState;
  readonly genesis: GenesisEvent;
  now = T0;
  #tip: string;
  #chain: string;
  #count = 0;

  private constructor(state: LedgerState, genesis: GenesisEvent, tip: string, chain: string) {
    this.state = state;
    this.genesis = genesis;
    this.#tip = tip;
    this.#chain = chain;
  }

  static async found(policy: Policy, founder: string): Promise<Branch> {
    const nonce = '0'.repeat(32);
    const event: GenesisEvent = {
      v: 1,
      type: 'genesis',
      name: 'vault',
      policy,
      actor: founder,
      at: formatTime(T0),
      nonce,
    };
    const bytes = sealed(event, null, T0, founder, `${founder}@example.org`, founder);
    const oid = objectName('commit', bytes, 'sha1');
    const place = { state: null, position: 0, parentChain: null, format: 'sha1' } as const;
    const judged = await authenticate({ oid, bytes }, place, evidence);
    if (!judged.ok || judged.read.event.type !== 'genesis')
      throw new Error(judged.ok ? 'no genesis' : judged.detail);
    const read = { ...judged.read, event: judged.read.event };
    return new Branch(newState(read, known), event, oid, chainOf(null, bytes));
  }

  get policy(): Policy {
    return inForce(this.state).policy;
  }

  /** Puts one commit on the tip, whoever made it, and reads it. */
  async write(actor: string, body: Own<ChainedEvent>, bend: Bend = {}): Promise<Fate> {
    return (await this.told(actor, body, bend)).fate;
  }

  /** The same, and the event that was written. */
  async told(
    actor: string,
    body: Own<ChainedEvent>,
    bend: Bend = {},
  ): Promise<{ readonly event: ChainedEvent; readonly fate: Fate }> {
    this.#count += 1;
    const at = bend.at ?? this.now;
    const event = eventOf({
      v: 1,
      ledger: this.state.anchor,
      prev: bend.prev ?? this.#chain,
      actor,
      at: formatTime(at),
      nonce: this.#count.toString(16).padStart(32, '0'),
      ...body,
    });
    const party = this.policy.members[actor] ?? { name: actor, email: `${actor}@example.org` };
    const bytes = sealed(event, this.#tip, at, party.name, party.email, bend.key ?? actor);
    const parentChain = this.#chain;
    const oid = objectName('commit', bytes, 'sha1');
    const { id } = messageOf(event);
    this.#tip = oid;
    this.#chain = chainOf(parentChain, bytes);
    const place = { state: this.state, position: this.#count, parentChain, format: 'sha1' } as const;
    const judged = await authenticate({ oid, bytes }, place, evidence);
    if (!judged.ok) return { event, fate: { id, outcome: 'inert', reason: judged.reason } };
    const effect = effectOf(this.state, judged.read, known);
    applyEffect(this.state, judged.read, effect);
    const outcome = effect.void === null ? 'effect' : 'void';
    return { event, fate: { id, outcome, reason: effect.void?.reason ?? null } };
  }
}

function sealed(
  event: LedgerEvent,
  parent: string | null,
  at: number,
  name: string,
  email: string,
  key: string,
): Uint8Array {
  const payload = commitPayload({ tree: TREE, parent, name, email, at, message: messageOf(event).message });
  return signedCommit(payload, `by ${key}`, 'sha1');
}

/** What a thief puts together need be no event that the types know. */
function eventOf(fields: Readonly<Record<string, unknown>>): ChainedEvent {
  return fields as unknown as ChainedEvent;
}
