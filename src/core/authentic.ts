import { attachmentProblem } from './attachments.js';
import { readCommit, type CommitReading } from './commit.js';
import { keysOf, inForce, secondsOf } from './counting.js';
import type { LedgerEvent } from './events.js';
import { fitness } from './fitness.js';
import type { KeyInfo } from './keys.js';
import { ringOf } from './policy.js';
import type { Policy } from './policy-document.js';
import type { CertificateReader, ObjectFormat, SignatureChecker, StoredCommit } from './ports.js';
import type { InertReason } from './reasons.js';
import { parseMessage } from './schema.js';
import type { LedgerState } from './state.js';

/** How far clocks may stand apart, seconds. Sections 2.5, 5.3, 5.4, 5.5. */
export const CLOCK_SLACK = 900;

/** A commit as it is judged. `form`: what `readCommit` said of these very bytes, where the caller has asked already. */
export interface ToBeJudged extends Pick<StoredCommit, 'oid' | 'bytes'> {
  readonly form?: CommitReading;
}

/** Where a commit stands. `state` null: it is the root. */
export interface Place {
  readonly state: LedgerState | null;
  /** Number of commits before it. */
  readonly position: number;
  /** c(parent), hex; null for the root. */
  readonly parentChain: string | null;
  readonly format: ObjectFormat;
}

/** What the judgement is handed beside the bytes: ports, no verdicts of others. */
export interface Evidence {
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
  /** As Store.tree: bytes, null where larger than the limit; throws `damaged`. */
  tree(oid: string, limit: number): Promise<Uint8Array | null>;
}

/** An authentic event with everything that fold needs to know of its commit. */
export interface Authentic<E extends LedgerEvent = LedgerEvent> {
  readonly event: E;
  readonly id: string;
  readonly at: number;
  readonly commit: string;
  readonly position: number;
  readonly key: KeyInfo;
}

export interface Inert {
  readonly reason: InertReason;
  readonly detail: string;
}

export type Judgement =
  ({ readonly ok: true } & { readonly read: Authentic }) | ({ readonly ok: false } & Inert);

/** The policy that judges a commit, with its keys: that in force, or the genesis' own. */
interface Judge {
  readonly policy: Policy;
  keys(handle: string): readonly KeyInfo[];
  readonly anchor: string | null;
  readonly greatestAt: number;
}

/** Enough of a detail for people: it may quote a hostile name of a megabyte, and a reader keeps one for each inert commit. */
const DETAIL_AT_MOST = 200;

function inert(reason: InertReason, detail: string): Judgement {
  return { ok: false, reason, detail: detail.slice(0, DETAIL_AT_MOST) };
}

/** Every armored certificate that a policy lists: what must be read before the policy can be judged. */
export function certificatesIn(policy: Policy): string[] {
  const parties = [...Object.values(policy.members), ...Object.values(policy.executors ?? {})];
  return parties.flatMap((party) => party.keys.map((key) => key.public));
}

/** Reads the certificates that an event brings along, so that fold can look them up. */
async function readCertificates(event: LedgerEvent, certificates: CertificateReader): Promise<void> {
  const policy =
    event.type === 'genesis'
      ? event.policy
      : event.type === 'request' && event.action.kind === 'policy'
        ? event.action.policy
        : null;
  if (policy === null) return;
  for (const armored of new Set(certificatesIn(policy))) await certificates.read(armored);
}

function judgeOf(event: LedgerEvent, place: Place, evidence: Evidence): Judge | null {
  if (event.type === 'genesis') {
    if (place.state !== null) return null;
    const ring = ringOf(event.policy, (armored) => evidence.certificates.known(armored));
    return {
      policy: event.policy,
      keys: (handle) => ring[handle] ?? [],
      anchor: null,
      greatestAt: -Infinity,
    };
  }
  if (place.state === null) return null;
  const record = inForce(place.state);
  return {
    policy: record.policy,
    keys: (handle) => keysOf(record, handle),
    anchor: place.state.anchor,
    greatestAt: place.state.greatestAt,
  };
}

/** What section 5.1, 5.2, 5.5 and 5.6 say of the event's own fields. null: nothing against it. */
function objection(
  event: LedgerEvent,
  identity: string,
  time: number,
  place: Place,
  judge: Judge,
): Inert | null {
  if (event.v !== judge.policy.protocol)
    return {
      reason: 'wrong-version',
      detail: `version ${event.v}, where ${judge.policy.protocol} is in force`,
    };
  if (event.type !== 'genesis') {
    if (event.ledger !== judge.anchor)
      return { reason: 'wrong-ledger', detail: 'written for another ledger' };
    if (event.prev !== place.parentChain)
      return { reason: 'wrong-prev', detail: 'written onto another history' };
  }
  const at = secondsOf(event.at);
  if (at !== time) return { reason: 'wrong-time', detail: 'the commit and the event give different times' };
  const member = judge.policy.members[event.actor];
  const executor = judge.policy.executors?.[event.actor];
  const party = member ?? executor;
  if (party === undefined)
    return { reason: 'unknown-actor', detail: `the policy in force names no ${event.actor}` };
  if (identity !== `${party.name} <${party.email}>`)
    return { reason: 'bad-identity', detail: `author and committer are not ${event.actor}'s identity` };
  if (member === undefined && event.type !== 'start' && event.type !== 'finish')
    return { reason: 'executor-may-not', detail: 'executors sign only start and finish' };
  if (at < judge.greatestAt - CLOCK_SLACK)
    return { reason: 'backdated', detail: `${judge.greatestAt - at} s before an earlier event` };
  return null;
}

/**
 * Section 5: is this commit's event authentic, judged only by the commits before it? The commit's bytes have been
 * hashed against its name by the store. Throws MpaError `damaged` where a tree that it needs is absent.
 * The root is authentic under its own policy; whether that policy is valid is for the reader (section 2.3).
 */
export async function authenticate(commit: ToBeJudged, place: Place, evidence: Evidence): Promise<Judgement> {
  if (commit.bytes === null) return inert('too-large', 'the commit object is larger than 1 MiB');
  const form = commit.form ?? readCommit(commit.bytes, place.format);
  if (!form.ok) return inert(form.reason, form.detail);
  const { parts } = form;
  if ((parts.parent === null) !== (place.state === null))
    return inert('bad-headers', 'a root where a parent belongs, or the reverse');
  const message = parseMessage(parts.message);
  if (!message.ok) return inert(message.reason, message.detail);
  const { event, id } = message;
  // Elsewhere nobody has signed for what an event brings along: a reader must not work on it, nor remember it.
  if (event.type === 'genesis' && place.state === null) await readCertificates(event, evidence.certificates);
  const judge = judgeOf(event, place, evidence);
  if (judge === null) return inert('bad-event', 'a genesis belongs in the root, and nothing else does');
  const against = objection(event, parts.identity, parts.time, place, judge);
  if (against !== null) return inert(against.reason, against.detail);

  const at = secondsOf(event.at);
  const signature = await evidence.checker.check({
    payload: parts.payload,
    armor: parts.armor,
    keys: judge.keys(event.actor),
    at,
  });
  if (!signature.ok) return inert(signature.reason, signature.detail);
  const fit = fitness(signature.key, at);
  if (!fit.fit) return inert('unfit-key', fit.why);

  // Last, because only what is signed by a member may make the reader fetch and judge further objects.
  const tree = await attachmentProblem(event, parts.tree, place.format, (oid, limit) =>
    evidence.tree(oid, limit),
  );
  if (tree !== null) return inert('bad-tree', tree);
  await readCertificates(event, evidence.certificates);
  return {
    ok: true,
    read: { event, id, at, commit: commit.oid, position: place.position, key: signature.key },
  };
}
