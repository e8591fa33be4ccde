import type { Authentic } from '../../src/core/authentic.js';
import { applyEffect, effectOf, newState } from '../../src/core/fold.js';
import type { LedgerState } from '../../src/core/state.js';
import { keyInfo, known } from '../core/support/scene.js';
import type { Told } from './ledger.js';

/** What the program's fold makes of a list of events that are taken as authentic, in their order. */
export function refold(facts: readonly Told[]): LedgerState {
  const [genesis, ...rest] = facts;
  if (genesis?.event.type !== 'genesis') throw new Error('a ledger begins with its genesis');
  const authentic = ({ event, id, at, material }: Told, position: number): Authentic => ({
    event,
    id,
    at,
    commit: id.slice(0, 40),
    position,
    key: keyInfo(material),
  });
  const state = newState({ ...authentic(genesis, 0), event: genesis.event }, known);
  rest.forEach((fact, i) => {
    const read = authentic(fact, i + 1);
    applyEffect(state, read, effectOf(state, read, known));
  });
  return state;
}
