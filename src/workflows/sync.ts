import { MpaError } from '../core/errors.js';
import { pendingFinishes } from '../ledger/claims.js';
import type { ReadEvent, View } from '../ledger/ledger.js';
import { isCommitId } from './join.js';
import { settled } from './tidy.js';
import type { Workspace } from './workspace.js';

/** What `mpa sync` found and did. */
export interface Synced {
  readonly view: View;
  /** Finishes that could not be pushed and are kept. */
  readonly waiting: number;
}

/**
 * Fetches and verifies, settles the claims of commands that died, and pushes the finishes that wait. Sections 8.4 and 8.8.
 * Errors: every fatal code, `remote-*`, `disk`, `bad-config`.
 */
export async function sync(ws: Workspace): Promise<Synced> {
  const view = await settled(ws, await ws.ledger.refresh());
  return { view, waiting: (await pendingFinishes(ws.spent)).length };
}

/**
 * Section 2.6: what would vanish if the branch at the remote, which lacks the verified head, were accepted. `head` is the full id of its newest authentic
 * commit, as a person typed it. null: the branch contains the verified head, and there is nothing to accept. Errors: `full-id-needed`, fatal codes but
 * `rewritten`, `remote-*`.
 */
export async function vanishing(ws: Workspace, head: string): Promise<readonly ReadEvent[] | null> {
  if (!isCommitId(head)) {
    throw new MpaError('full-id-needed', `--accept takes the full id of the new head, not \`${head}\`.`, {
      hint: 'Ask whoever mended the branch for it, and compare: `mpa audit` prints the head in full.',
    });
  }
  try {
    await ws.ledger.refresh();
    return null;
  } catch (error) {
    if (!(error instanceof MpaError) || error.code !== 'rewritten') throw error;
    return ws.ledger.vanishing();
  }
}

/** Moves the verified head to `head` after a person saw what vanishes. The record of spent uses stays. Errors: those of Ledger.accept. */
export function accept(ws: Workspace, head: string): Promise<View> {
  return ws.ledger.accept(head);
}
