import type { Authentic } from '../core/authentic.js';
import { MpaError } from '../core/errors.js';
import type { Store, WalkFault } from '../core/ports.js';
import { formatDuration, formatTime } from '../core/time.js';
import type { Link } from './ledger.js';

/** The first 12 digits, as every message names commits and ids. */
export function short(id: string): string {
  return id.slice(0, 12);
}

/** Section 2.5, `missing`: the branch is gone. `head`: the newest commit that was verified here, if any. */
export function missing({ remote, repush }: Mends, head: string | null): MpaError {
  const message =
    head === null
      ? `there is no ledger at ${remote}`
      : `the ledger's branch is gone from ${remote}; the newest commit verified here is ${short(head)}`;
  const hint =
    head === null
      ? 'Check the address, or make a ledger there with `mpa init`.'
      : `Nobody makes it again by itself. Ask the repository's admin who deleted it. Then whoever of you has verified the newest head brings it back:\n  ${repush(head)}`;
  return new MpaError('missing', message, { hint });
}

/** What a store says about mending its branch. */
type Mends = Pick<Store, 'remote' | 'repush'>;

/** Nothing was ever fetched here, so that there is nothing to read offline. */
export function nothingHere(remote: string): MpaError {
  return new MpaError('missing', `nothing of the ledger at ${remote} is here yet`, {
    hint: 'Fetch it: mpa sync',
  });
}

/** Section 2.5, `damaged` and `malformed`, as the walk found them. `head`: the newest commit that was verified here, if any. */
export function faulty(fault: WalkFault, head: string | null = null): MpaError {
  const { kind, oid, detail } = fault;
  const verified =
    head === null
      ? ''
      : ` The newest commit verified on this machine is ${head}; somebody may have verified a newer one.`;
  const hint =
    fault.kind === 'damaged'
      ? fault.mend
      : `A repository admin sets the branch back to the last good commit, below this one.${verified}`;
  return new MpaError(kind, `commit ${short(oid)}: ${detail}`, { hint });
}

/** Section 2.3: the root is not the genesis that this reader pinned. */
export function stranger(root: string, anchor: string, why: string): MpaError {
  return new MpaError('stranger', `the root ${short(root)} is not the ledger ${short(anchor)}: ${why}`, {
    hint: 'Ask the other members for the address and the anchor. If the remote is right, its branch was replaced: tell them, and have its admin set the branch back.',
  });
}

/** Section 2.2: the branch does not contain what was verified here. */
export function rewritten({ repush }: Pick<Mends, 'repush'>, head: Link, tip: string): MpaError {
  return new MpaError(
    'rewritten',
    `the branch at ${short(tip)} does not contain commit ${short(head.commit)}, which was verified here`,
    {
      hint:
        "Somebody set the branch back or replaced it: tell the others, and ask the repository's admin. Whoever has verified the newest head " +
        `brings it back (where other commits stand in its place, an admin takes those away first):\n  ${repush(head.commit)}\n` +
        'If it is gone for good, see what would vanish and type the new head in full:\n  mpa sync --accept HEAD',
    },
  );
}

/** Section 2.5, `future`: the next authentic event is too far ahead of this clock. */
export function future(read: Authentic, now: number, slack: number): MpaError {
  const ahead = read.at - now;
  return new MpaError(
    'future',
    `commit ${short(read.commit)} of ${read.event.actor} is dated ${formatTime(read.at)}, ` +
      `${formatDuration(ahead)} ahead of this machine's clock (${formatTime(now)})`,
    {
      hint:
        `Either ${read.event.actor}'s clock was ahead or this one is behind: check both. It passes by itself in ` +
        `${formatDuration(ahead - slack)}; or a repository admin sets the branch back to the commit before it.`,
    },
  );
}

/** Section 6, Growth: a policy in force that this program does not understand. */
export function notUnderstood(commit: string, protocol: number, actor?: string): MpaError {
  const whose = actor === undefined ? '' : ` of ${actor}`;
  return new MpaError(
    'not-understood',
    `from commit ${short(commit)}${whose} on, the policy asks for protocol ${protocol}, which this program does not know`,
    { hint: 'Update mpa, then try again. Nothing is decided or written until then.' },
  );
}
