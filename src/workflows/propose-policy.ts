import { canonicalText } from '../core/canonical.js';
import { comparePolicies, type Difference } from '../core/compare.js';
import { inForce } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import { remarks as remarksOn, type Remark } from '../core/lint.js';
import type { Policy } from '../core/policy-document.js';
import { parsePolicy } from '../core/schema.js';
import type { PolicyRecord, RequestRecord } from '../core/state.js';
import { formatTime } from '../core/time.js';
import type { Draft, EventBody, View } from '../ledger/ledger.js';
import { PROTOCOL } from '../ledger/read.js';
import { author } from './author.js';
import { invalidPolicy, pathText } from './policy-file.js';
import { problemsOf, readKeys, recordOf as policyRecordOf } from './policy-problems.js';
import { rehearse } from './rehearse.js';
import { recordOf } from './request.js';
import { write } from './tidy.js';
import type { Workspace } from './workspace.js';

const WEEK = 7 * 86_400;

/** Makes the next policy from the one in force; called anew on each attempt, so that a verb is applied to the newest. */
export type Change = (current: PolicyRecord, view: View) => Policy | Promise<Policy>;

/** How a change is proposed. */
export interface Proposing {
  /** Why: what approvers read. */
  readonly reason: string;
  /** How long it may wait for its approvals, in seconds: 7 days unless given, at most 30. */
  readonly within?: number;
  /** Take it with remarks of level `refuse`. */
  readonly anyway: boolean;
  /** Id of the policy that the change was made from; absent: whichever is in force. */
  readonly base?: string;
}

/** What would be proposed. `next` has no id yet: its digits are zeros. */
export interface Plan {
  readonly view: View;
  readonly current: PolicyRecord;
  readonly next: PolicyRecord;
  readonly differences: readonly Difference[];
  readonly remarks: readonly Remark[];
}

/** What was proposed. */
export interface Proposed {
  readonly view: View;
  readonly record: RequestRecord;
  readonly differences: readonly Difference[];
  readonly remarks: readonly Remark[];
}

/**
 * What is valid and not wise in a policy, those of core/lint and a protocol that this program does not know. What the policy in force
 * (`current`) was agreed to have already is said and not refused: nobody should need --anyway to remove a stolen key.
 */
export function remarksFor(next: PolicyRecord, current: PolicyRecord | null, now: number): readonly Remark[] {
  const agreed = new Set(
    current === null ? [] : remarksOn(current.policy, current.ring, now).map(({ message }) => message),
  );
  const found = remarksOn(next.policy, next.ring, now).map((remark) =>
    agreed.has(remark.message) ? { ...remark, level: 'warn' as const } : remark,
  );
  const { protocol } = next.policy;
  if (protocol === PROTOCOL) return found;
  const unknown: Remark = {
    level: 'refuse',
    path: ['protocol'],
    message: `Protocol ${protocol} is not known to this program: once it is in force, this program decides nothing any more, for good.`,
    mend: `Leave it at ${PROTOCOL}, or update mpa first.`,
  };
  return [unknown, ...found];
}

/** The error for remarks of level `refuse`: all of them, each with its way out. */
export function unsafePolicy(refused: readonly Remark[]): MpaError {
  const lines = refused.map(({ path, message, mend }) => `  ${pathText(path)}: ${message} ${mend}`);
  return new MpaError(
    'unsafe-policy',
    ['The policy is valid, and it would be unwise to have it:', ...lines].join('\n'),
    { hint: 'Nothing was written. Mend it, or propose it with --anyway.' },
  );
}

function judge(view: View, next: PolicyRecord, anyway: boolean, now: number): Omit<Plan, 'view'> {
  const current = inForce(view.state);
  if (canonicalText(next.policy) === canonicalText(current.policy)) {
    throw new MpaError('usage', 'Nothing changes: this is the policy in force, word for word.', {
      hint: '`mpa policy show` shows it; `mpa resume` proposes it anew where something is halted.',
    });
  }
  const remarks = remarksFor(next, current, now);
  const refused = remarks.filter(({ level }) => level === 'refuse');
  if (refused.length > 0 && !anyway) throw unsafePolicy(refused);
  return { current, next, differences: comparePolicies(current, next), remarks };
}

/** What a change makes of the policy in force, its certificates read. Errors: `invalid-policy` with each problem and its place. */
async function made(ws: Workspace, change: Change, view: View): Promise<PolicyRecord> {
  const parsed = parsePolicy(await change(inForce(view.state), view));
  if (!parsed.ok) throw invalidPolicy(parsed.problems);
  await readKeys(parsed.policy, ws.certificates);
  const problems = problemsOf(parsed.policy, ws.certificates, view.state);
  if (problems.length > 0) throw invalidPolicy(problems);
  return policyRecordOf(parsed.policy, ws.certificates);
}

function refuseStale(view: View, base: string | undefined): void {
  const { id } = inForce(view.state);
  if (base === undefined || base === id) return;
  throw new MpaError(
    'stale',
    `This was made from policy ${base.slice(0, 12)}, and ${id.slice(0, 12)} is in force now.`,
    { hint: 'Merge it with the policy in force: mpa policy rebase FILE' },
  );
}

interface Drafted extends Plan {
  readonly body: EventBody;
}

async function draft(
  ws: Workspace,
  change: Change,
  proposing: Proposing,
  view: View,
  now: number,
): Promise<Drafted> {
  const who = author(ws, view, now);
  refuseStale(view, proposing.base);
  const next = await made(ws, change, view);
  const judged = judge(view, next, proposing.anyway, now);
  const body: EventBody = {
    type: 'request',
    action: { kind: 'policy', base: judged.current.id, policy: next.policy },
    justification: proposing.reason,
    approveBy: formatTime(now + (proposing.within ?? WEEK)),
  };
  rehearse(view, who, body, now, (armored) => ws.certificates.known(armored));
  return { view, ...judged, body };
}

/**
 * What would be proposed, judged and not signed: to be shown before the question. Errors: as proposeChange, but those of writing.
 */
export async function plan(
  ws: Workspace,
  change: Change,
  options: Pick<Proposing, 'anyway' | 'base' | 'within'>,
): Promise<Plan> {
  const view = await ws.ledger.refresh();
  const { body: _, ...planned } = await draft(ws, change, { ...options, reason: '-' }, view, ws.clock.now());
  return planned;
}

/**
 * Proposes a change of the policy in force: a request of kind policy on it, at each attempt anew. Section 6, A change.
 * Errors: `invalid-policy` with each problem and its place; `unsafe-policy`, with all remarks of level `refuse`, unless `anyway`; `usage`
 * where nothing changes; `stale` where `base` is no longer in force; `exceeds-rule` beyond 30 days; those of author and Ledger.append.
 */
export async function proposeChange(ws: Workspace, change: Change, proposing: Proposing): Promise<Proposed> {
  const fresh = await ws.ledger.refresh();
  const { handle } = author(ws, fresh, ws.clock.now());
  // Once before the signer is unlocked: nobody types a passphrase for what is refused.
  let last = await draft(ws, change, proposing, fresh, ws.clock.now());
  const drafter = async (newest: View, now: number): Promise<Draft> => {
    last = await draft(ws, change, proposing, newest, now);
    return { body: last.body };
  };
  const { view, id } = await write(ws, handle, drafter, fresh);
  return { view, record: recordOf(view, id), differences: last.differences, remarks: last.remarks };
}
