import type { CertificateReader, Clock, Progress, Random, SignatureChecker, Store } from '../core/ports.js';
import { append, type Desk } from './append.js';
import type { Pause } from './back-off.js';
import type { Ledger } from './ledger.js';
import { Session } from './session.js';

/** What a joined ledger is made of. */
export interface LedgerParts {
  readonly store: Store;
  /** The pinned anchor, in full. */
  readonly anchor: string;
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
  readonly clock: Clock;
  readonly random: Random;
  /** This ledger's state folder, absolute; made at the first save. */
  readonly folder: string;
  /** Name and version of this program: a checkpoint that another one made is not used. */
  readonly program: string;
  readonly progress?: Progress;
  /** Talk for people: one line, escaped by the printer. */
  notice(line: string): void;
  /** Waits; the real thing where absent. */
  readonly pause?: Pause;
}

/** Opens a joined ledger. Nothing is read or written before its first use. Sections 2 and 8. */
export function openLedger(parts: LedgerParts): Ledger {
  const { store, anchor, checker, certificates, clock, random } = parts;
  const session = new Session(parts);
  const desk: Desk = {
    store,
    anchor,
    checker,
    certificates,
    clock,
    random,
    pause: session.pause,
    refresh: () => session.refresh(true),
    taken: (view) => session.taken(view),
  };
  return {
    anchor,
    view: () => session.local(),
    fetchedAt: () => session.fetchedAt(),
    refresh: () => session.refresh(false),
    moved: () => session.moved(),
    last: () => session.last(),
    append: (actor, signer, drafter, options) => append(desk, actor, signer, drafter, options),
    every: (visit) => session.local(visit),
    accept: (head) => session.accept(head),
    vanishing: () => session.vanishing(),
  };
}
