import { authenticate, certificatesIn } from '../core/authentic.js';
import { chainOf } from '../core/chain.js';
import { MpaError } from '../core/errors.js';
import type { GenesisEvent } from '../core/events.js';
import { newState } from '../core/fold.js';
import { is } from '../core/narrow.js';
import { policyProblems, ringOf } from '../core/policy.js';
import type { Policy } from '../core/policy-document.js';
import type { CertificateReader, Clock, Random, SignatureChecker, Signer, Store } from '../core/ports.js';
import { formatTime } from '../core/time.js';
import { emptyTree } from '../core/tree.js';
import { seal, wellFormed, type Sealed } from './compose.js';
import { evidenceOf } from './judge.js';
import type { View } from './ledger.js';
import { notAuthentic, refuseBadClock } from './own-reading.js';
import { mayHaveLanded, push, refusedOutright, type Unconfirmed } from './push.js';
import { PROTOCOL } from './read.js';

/** What a new ledger is made of. */
export interface GenesisParts {
  readonly store: Store;
  readonly signer: Signer;
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
  readonly clock: Clock;
  readonly random: Random;
  /** The ledger's name. */
  readonly name: string;
  /** The founder's handle, a member of the policy. */
  readonly founder: string;
  readonly policy: Policy;
}

function notEmpty(remote: string): MpaError {
  return new MpaError('remote-not-empty', `there is a ledger's branch at ${remote} already`, {
    hint: 'Join it instead: mpa join. Or make the new ledger elsewhere.',
  });
}

function genesisOf(parts: GenesisParts, now: number): GenesisEvent {
  const event = wellFormed({
    v: parts.policy.protocol,
    type: 'genesis',
    actor: parts.founder,
    at: formatTime(now),
    nonce: parts.random.nonce(),
    name: parts.name,
    policy: parts.policy,
  });
  if (event.type !== 'genesis') throw new MpaError('bug', 'a genesis was read as something else');
  return event;
}

/** Section 6: an invalid policy is refused when written, before anybody is asked for a passphrase. */
async function refuseInvalid(policy: Policy, certificates: CertificateReader): Promise<void> {
  for (const armored of new Set(certificatesIn(policy))) await certificates.read(armored);
  const problems = policyProblems(policy, (armored) => certificates.known(armored));
  const message =
    policy.protocol === PROTOCOL
      ? problems.map(({ path, message }) => `${path.join('.')}: ${message}`)[0]
      : `a new ledger begins with protocol ${String(PROTOCOL)}`;
  if (message === undefined) return;
  throw new MpaError('invalid-policy', `the first policy is not valid: ${message}`, {
    hint: 'mpa policy check FILE lists all that is wrong with it.',
  });
}

/** Reads our own genesis as any reader would: section 2.3. */
async function firstView(parts: GenesisParts, { oid, bytes }: Sealed, now: number): Promise<View> {
  const { store, certificates, founder, signer } = parts;
  const place = { state: null, position: 0, parentChain: null, format: store.format };
  const known: CertificateReader['known'] = (armored) => certificates.known(armored);
  const judged = await authenticate({ oid, bytes }, place, evidenceOf(parts));
  if (!judged.ok) throw notAuthentic(judged, { actor: founder, fingerprint: signer.fingerprint });
  const { read } = judged;
  if (!is(read, 'genesis')) throw new MpaError('bug', 'a genesis was read as something else');
  const link = { commit: oid, chain: chainOf(null, bytes) };
  const head = { ...link, at: read.at };
  return {
    anchor: read.id,
    state: newState(read, known),
    head,
    tip: { ...link, position: 0 },
    inert: [],
    fetchedAt: now,
  };
}

/** Whether our root is there although nobody confirmed it. */
async function landed(store: Store, ours: string, outcome: Unconfirmed): Promise<void> {
  let tip: string | null;
  try {
    tip = await store.fetch();
  } catch (error) {
    if (error instanceof MpaError && error.code === 'remote-unreachable')
      throw mayHaveLanded(outcome.words, error);
    throw error;
  }
  if (tip === null)
    throw outcome.kind === 'refused'
      ? refusedOutright(outcome.words)
      : mayHaveLanded(outcome.words, undefined);
  const walked = await store.walk(tip, ours);
  if (!walked.ok || !walked.metStop) throw notEmpty(store.remote);
}

/**
 * Makes a ledger: the founder's genesis, read as any reader would before it is pushed to a branch that must not be there.
 * Section 2.3, 6, 8.1, 8.2. The result is the verified ledger, whose `anchor` is to be pinned (`pin`). Errors:
 * `remote-not-empty`, `invalid-policy`, `remote-*`, `over-limit`, `usage`, keys and signers'; nothing was pushed then, except
 * where `remote-unreachable` says that it may have been.
 */
export async function createGenesis(parts: GenesisParts): Promise<View> {
  const { store, signer, clock } = parts;
  if ((await store.fetch()) !== null) throw notEmpty(store.remote);
  const now = clock.now();
  const event = genesisOf(parts, now);
  await refuseInvalid(event.policy, parts.certificates);
  const ring = ringOf(event.policy, (armored) => parts.certificates.known(armored));
  const { founder: actor } = parts;
  refuseBadClock({ actor, keys: ring[actor] ?? [], fingerprint: signer.fingerprint, now }, now);
  // Every later event has the empty tree too: from here on each clone holds it.
  const tree = await store.writeTree(new Uint8Array(0));
  if (tree !== emptyTree(store.format)) throw new MpaError('bug', 'the store names the empty tree otherwise');
  const sealed = await seal(
    event,
    { policy: event.policy, parent: null, tree, at: now },
    signer,
    store.format,
  );
  const view = await firstView(parts, sealed, now);
  await store.writeCommit(sealed.bytes);
  const outcome = await push(store, null, sealed.oid);
  if (outcome.kind !== 'moved') await landed(store, sealed.oid, outcome);
  return view;
}
