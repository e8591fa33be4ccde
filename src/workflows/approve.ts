import { certificatesIn } from '../core/authentic.js';
import { MpaError } from '../core/errors.js';
import type { Draft, EventBody, View } from '../ledger/ledger.js';
import { PROTOCOL } from '../ledger/read.js';
import { author } from './author.js';
import { contentsOf, refuseBroken, type Contents } from './contents.js';
import { describe, describeGenesis, type Description } from './describe.js';
import { findTarget, isFullId, shortId, type Target } from './find.js';
import { rehearse } from './rehearse.js';
import { write } from './tidy.js';
import type { Workspace } from './workspace.js';

/** How an approver narrows what is asked, in seconds and uses, and the words that go with the signature. */
export interface Narrowing {
  readonly comment?: string;
  readonly duration?: number;
  readonly uses?: number;
}

/** What the approver is about to sign, as it was shown. */
export interface Proposal {
  readonly id: string;
  readonly description: Description;
  /** The files of the request, each right by its digest. */
  readonly contents: readonly Contents[];
  readonly view: View;
  readonly body: Approving;
  /** `--yes`: nobody reads it, so nothing that was read can have changed. */
  readonly unattended: boolean;
}

type Approving = Extract<EventBody, { type: 'approve' }>;

/** A target as people are shown it. */
export function describeTarget(view: View, target: Target, now: number): Description {
  return target.kind === 'genesis'
    ? describeGenesis(view.state, now)
    : describe(view.state, target.record, now);
}

function bodyOf(id: string, { comment, duration, uses }: Narrowing): Approving {
  return {
    type: 'approve',
    request: id,
    ...(comment === undefined ? {} : { comment }),
    ...(duration === undefined ? {} : { duration }),
    ...(uses === undefined ? {} : { uses }),
  };
}

/**
 * Finds what `text` names and judges, before anything is asked or signed, whether this person may approve it. `unattended` (`--yes`)
 * takes the full id only. Errors: those of findTarget, `full-id-needed`, and the void reasons of section 7.
 */
export async function propose(
  ws: Workspace,
  text: string,
  narrowing: Narrowing,
  unattended: boolean,
): Promise<Proposal> {
  if (unattended && !isFullId(text)) {
    throw new MpaError('full-id-needed', '--yes approves unseen, and so takes the full 64-digit id only.', {
      hint: '`mpa show ID` prints the full id.',
    });
  }
  const view = await ws.ledger.refresh();
  const target = findTarget(view.state, text);
  const now = ws.clock.now();
  const id = target.kind === 'genesis' ? view.anchor : target.record.id;
  const body = bodyOf(id, narrowing);
  await rehearseApproval(ws, view, body, now);
  const contents = target.kind === 'genesis' ? [] : await contentsOf(ws, view.state, target.record);
  refuseBroken(contents);
  return { id, description: describeTarget(view, target, now), contents, view, body, unattended };
}

/** The same, to be signed with other limits or other words: judged on what was shown. Errors: `over-limit`, `usage`, and those of propose. */
export async function narrowed(ws: Workspace, proposal: Proposal, narrowing: Narrowing): Promise<Proposal> {
  const body = bodyOf(proposal.id, narrowing);
  await rehearseApproval(ws, proposal.view, body, ws.clock.now());
  return { ...proposal, body };
}

/** As `rehearse`; of a policy request, which this approval may put in force, the certificates are read first. */
async function rehearseApproval(ws: Workspace, view: View, body: Approving, now: number): Promise<void> {
  const action = view.state.requests.get(body.request)?.event.action;
  if (action?.kind === 'policy' && action.policy.protocol !== PROTOCOL) {
    throw new MpaError(
      'unsupported',
      `This policy asks for protocol ${action.policy.protocol}, which this version of mpa does not know.`,
      { hint: 'Update mpa before you approve it: under it, this version could not even revoke.' },
    );
  }
  if (action?.kind === 'policy')
    for (const armored of certificatesIn(action.policy)) await ws.certificates.read(armored);
  rehearse(view, author(ws, view, now), body, now, (armored) => ws.certificates.known(armored));
  // Section 6: it can never take effect any more, and an approval would only look as if it had.
  if (action?.kind === 'policy' && action.base !== view.state.current) {
    throw new MpaError(
      'stale',
      `It changes policy ${shortId(action.base)}, and ${shortId(view.state.current)} is in force now: it can never take effect.`,
      { hint: `To propose it anew on the policy in force: mpa policy rebase ${shortId(body.request)}` },
    );
  }
}

/** What a person goes by when they decide, but for the time of day: each part with a word for it. */
function standing({ view, rules, open, lifts, stays }: Description): readonly (readonly [string, unknown])[] {
  return [
    ['its state', [view.state, view.stateDetail]],
    ['its rule', rules],
    ['what is missing', open],
    ['its approvals', view.approvals.map(({ actor, counts }) => [actor, counts])],
    ['its limits', [view.duration, view.uses, view.usesLeft]],
    ['what it lifts', [lifts, stays].map((halts) => halts.map(({ id }) => id))],
  ];
}

/** Refuses where what was read is not what is so now. Error: `conflict`. */
function refuseMoved(before: Description, after: Description): void {
  const now = standing(after);
  const changed = standing(before)
    .filter(([, value], i) => JSON.stringify(value) !== JSON.stringify(now[i]?.[1]))
    .map(([name]) => name);
  if (changed.length === 0) return;
  throw new MpaError(
    'conflict',
    `While you were reading, others changed ${changed.join(', ')}. Nothing was signed.`,
    {
      hint: `Read it again: mpa approve ${shortId(after.view.id)}`,
    },
  );
}

/**
 * Signs exactly what was shown: the approval names the full id, so a ledger that moved meanwhile can make it void, and then nothing is
 * written, but never make it mean something else. Where it moved so that the person would read something else now, nothing is signed either.
 * Errors: those of propose; `conflict`.
 */
export async function approve(ws: Workspace, proposal: Proposal): Promise<{ view: View; target: Target }> {
  const { handle } = author(ws, proposal.view, ws.clock.now());
  const drafter = async (newest: View, now: number): Promise<Draft> => {
    await rehearseApproval(ws, newest, proposal.body, now);
    if (!proposal.unattended)
      refuseMoved(proposal.description, describeTarget(newest, findTarget(newest.state, proposal.id), now));
    return { body: proposal.body };
  };
  // No fetch goes before it: the push says whether the view is still the newest.
  const { view } = await write(ws, handle, drafter, proposal.view);
  return { view, target: findTarget(view.state, proposal.id) };
}
