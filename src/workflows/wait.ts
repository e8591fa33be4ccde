import { setTimeout as timer } from 'node:timers/promises';
import { secondsOf } from '../core/counting.js';
import { standingDecision, type Decision } from '../core/decide.js';
import { MpaError } from '../core/errors.js';
import { isPolicyRequest } from '../core/events.js';
import type { Random } from '../core/ports.js';
import type { RequestRecord } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import { unknownRequest } from './find.js';
import type { Workspace } from './workspace.js';

/** Waits so many milliseconds, or until `stop`. Injected, so that tests do not wait. */
export type Rest = (ms: number, stop: AbortSignal) => Promise<void>;

/** Really waits. */
export const realRest: Rest = (ms, stop) => timer(ms, undefined, { signal: stop }).catch(() => undefined);

/** How things stand with the request that is waited for. */
export interface Standing {
  readonly view: View;
  readonly record: RequestRecord;
  readonly decision: Decision;
}

/** What whoever waits is told, and how it is stopped. */
export interface Hooks {
  /** At the beginning and whenever the decision, or what it lacks, has changed. */
  update(standing: Standing): void;
  /** The remote cannot be reached, and is tried again; null: it can be reached again. Each is said once. */
  trouble(error: MpaError | null): void;
  readonly stop: AbortSignal;
  readonly rest: Rest;
}

/** How a wait ended. `stopped`: by `Hooks.stop`, undecided. */
export interface Waited extends Standing {
  readonly as: 'approved' | 'refused' | 'stopped';
}

/** Milliseconds. The longest wait between two looks, at a remote that answers and at one that does not. */
const LONGEST = 15_000;
const LONGEST_AWAY = 60_000;

/** Whether looking costs nobody anything: the remote is a folder of this machine. */
function isNear(remote: string): boolean {
  return remote.startsWith('/') || remote.startsWith('file:');
}

/**
 * Milliseconds until the next look: 1 s where the remote is on this machine; else 2 s in the first minute (`waited`, in seconds), then
 * growing to 15 s over some seven minutes; doubled with each look in a row that met nobody (`misses`). Jittered by a fifth.
 */
export function interval(
  remote: string,
  waited: number,
  misses: number,
  random: Pick<Random, 'fraction'>,
): number {
  const whole = isNear(remote) ? 1000 : Math.min(LONGEST, 2000 + Math.max(0, waited - 60) * 33);
  const longest = misses === 0 ? LONGEST : LONGEST_AWAY;
  return Math.round(Math.min(longest, whole * 2 ** Math.min(misses, 10)) * (0.8 + random.fraction() * 0.4));
}

function isStopped(stop: AbortSignal): boolean {
  return stop.aborted;
}

/** What `work` comes to; `instead` as soon as there is a stop: whoever presses Ctrl-C does not wait for a slow remote. */
export async function unless<T>(stop: AbortSignal, work: Promise<T>, instead: T): Promise<T> {
  let leave = (): void => undefined;
  const stopped = new Promise<T>((resolve) => {
    leave = () => resolve(instead);
    if (stop.aborted) leave();
    else stop.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    stop.removeEventListener('abort', leave);
  }
}

/** The view after a cheap look: fetched only where the branch has moved. */
export async function newest(ws: Workspace, view: View): Promise<View> {
  return (await ws.ledger.moved()) ? ws.ledger.refresh() : view;
}

function isUndecided({ reason }: Decision): boolean {
  return reason === 'pending' || reason === 'too-early';
}

/** The second at which time alone changes the decision; null: it does not. */
function turn({ record: { event }, decision }: Standing): number | null {
  if (decision.reason === 'pending') return secondsOf(event.approveBy);
  if (decision.reason !== 'too-early' || isPolicyRequest(event) || event.notBefore === undefined) return null;
  return secondsOf(event.notBefore);
}

function standing(ws: Workspace, view: View, id: string): Standing {
  const record = view.state.requests.get(id);
  if (record === undefined) throw unknownRequest(id);
  return { view, record, decision: standingDecision(view.state, record, ws.clock.now()) };
}

/**
 * Waits until the request is approved and its window has begun, or it never can be: until another has denied it, or it was withdrawn or
 * halted, its time is over, or the policy no longer allows it. It begins with what this process has read last, so that nothing
 * which came after that is missed. A remote that cannot be reached ends nothing: without it nobody knows. The view of what is returned was
 * verified moments ago. Errors: every fatal case of section 2.5, `unknown-request`, and whatever else a fetch meets.
 */
export async function waitFor(ws: Workspace, id: string, hooks: Hooks): Promise<Waited> {
  const { stop, rest } = hooks;
  const began = ws.clock.now();
  let view = ws.ledger.last() ?? (await ws.ledger.refresh());
  let misses = 0;
  let told = '';
  for (;;) {
    const now = standing(ws, view, id);
    const { decision } = now;
    const words = `${decision.reason ?? ''} ${decision.detail}`;
    if (words !== told) hooks.update(now);
    told = words;
    if (isStopped(stop)) return { ...now, as: 'stopped' };
    if (misses === 0 && !isUndecided(decision))
      return { ...now, as: decision.authorised ? 'approved' : 'refused' };

    const at = turn(now);
    const left = at === null || at <= ws.clock.now() ? Infinity : (at - ws.clock.now()) * 1000;
    await rest(Math.min(left, interval(ws.remote, ws.clock.now() - began, misses, ws.random)), stop);
    try {
      view = isStopped(stop) ? view : await unless(stop, newest(ws, view), view);
      if (misses > 0 && !isStopped(stop)) hooks.trouble(null);
      misses = 0;
    } catch (error) {
      if (!(error instanceof MpaError) || error.code !== 'remote-unreachable') throw error;
      if (misses === 0) hooks.trouble(error);
      misses += 1;
    }
  }
}
