import { MpaError } from '../core/errors.js';
import type { View } from '../ledger/ledger.js';
import type { Workspace } from './workspace.js';

/** `3 min`, `2 h`, `5 days`: how long ago, roughly, in seconds. */
export function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** How old a view is, in words. */
export function age(view: View, now: number): string {
  return view.fetchedAt === null ? 'never fetched' : `fetched ${roughly(now - view.fetchedAt)} ago`;
}

/**
 * The newest view for a command that only shows: fetched, or with `offline`, or where the remote does not answer, what was
 * verified before, and then a notice says how old it is. Every fatal case of section 2.5 is thrown.
 */
export async function look(ws: Workspace, offline: boolean): Promise<View> {
  if (offline) return ws.ledger.view();
  try {
    return await ws.ledger.refresh();
  } catch (error) {
    if (!(error instanceof MpaError) || error.code !== 'remote-unreachable') throw error;
    const view = await ws.ledger.view();
    ws.notice(`The remote cannot be reached. What follows was ${age(view, ws.clock.now())}.`);
    return view;
  }
}
