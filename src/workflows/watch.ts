import { MpaError } from '../core/errors.js';
import type { View } from '../ledger/ledger.js';
import { newsBetween, type Instant, type News } from './news.js';
import { interval, newest, unless, type Rest } from './wait.js';
import type { Workspace } from './workspace.js';

/** What whoever watches is told, and how it is stopped. */
export interface Watcher {
  /** What concerns this person, oldest first; never empty, except at the beginning, where nothing may be open. */
  news(found: readonly News[], view: View): void;
  /** The remote cannot be reached, and is tried again; null: it can be reached again. Each is said once. */
  trouble(error: MpaError | null): void;
  readonly stop: AbortSignal;
  readonly rest: Rest;
}

function isStopped(stop: AbortSignal): boolean {
  return stop.aborted;
}

/**
 * Tells what concerns this person as it arrives, until it is stopped; begins with what is open. A remote that cannot be reached ends
 * nothing. Errors: every fatal case of section 2.5; at the beginning those of Ledger.refresh.
 */
export async function watch(ws: Workspace, watcher: Watcher): Promise<void> {
  const { stop, rest } = watcher;
  const handle = ws.handle ?? '';
  let view = await ws.ledger.refresh();
  let before: Instant | null = null;
  let quietSince = ws.clock.now();
  let misses = 0;
  for (;;) {
    const after: Instant = { state: view.state, now: ws.clock.now() };
    const found = newsBetween(before, after, handle);
    if (found.length > 0 || before === null) watcher.news(found, view);
    if (found.length > 0) quietSince = after.now;
    before = after;
    await rest(interval(ws.remote, after.now - quietSince, misses, ws.random), stop);
    if (isStopped(stop)) return;
    try {
      view = await unless(stop, newest(ws, view), view);
      if (misses > 0 && !isStopped(stop)) watcher.trouble(null);
      misses = 0;
    } catch (error) {
      if (isStopped(stop)) return;
      if (!(error instanceof MpaError) || error.code !== 'remote-unreachable') throw error;
      if (misses === 0) watcher.trouble(error);
      misses += 1;
    }
    if (isStopped(stop)) return;
  }
}
