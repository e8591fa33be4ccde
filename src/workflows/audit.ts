import { MpaError } from '../core/errors.js';
import type { Exit, StartEvent } from '../core/events.js';
import type { InertCommit, ReadEvent, View } from '../ledger/ledger.js';
import { isEvent } from './log.js';
import type { Workspace } from './workspace.js';

/** A void start: something ran, or was about to, that nobody had a grant for. Section 7, counting 8. */
export interface Violation {
  readonly id: string;
  readonly commit: string;
  readonly request: string;
  readonly actor: string;
  readonly host: string;
  /** Seconds. */
  readonly at: number;
  readonly reason: string;
  readonly detail: string;
  /** It stands before `--since`: known already, listed only. */
  readonly before: boolean;
}

/** A run without a finish, or one whose use was given back. */
export interface NotedRun {
  readonly id: string;
  readonly request: string;
  readonly actor: string;
  readonly host: string;
  readonly at: number;
  readonly exit: Exit | null;
}

export interface Audit {
  readonly view: View;
  readonly events: number;
  readonly violations: readonly Violation[];
  readonly inert: readonly InertCommit[];
  readonly interrupted: readonly NotedRun[];
  readonly givenBack: readonly NotedRun[];
  readonly seconds: number;
  /** What fails: violations from `--since` on; with `--strict` inert commits and interrupted runs too. */
  readonly failure: 'violation' | 'strict' | null;
}

/** What was asked: full commit ids, typed by a person. */
export interface AuditOptions {
  readonly since: string | null;
  readonly head: string | null;
  readonly strict: boolean;
}

interface Start extends ReadEvent {
  readonly event: StartEvent;
}

function isStart(item: ReadEvent): item is Start {
  return item.event.type === 'start';
}

function violation(item: Start, before: boolean): Violation | null {
  const { effect, event, id, commit, at } = item;
  if (effect.void === null) return null;
  const { request, actor, host } = event;
  return { id, commit, request, actor, host, at, ...effect.void, before };
}

/** Runs of the ledger that have something to be noted. */
function runs(view: View): { interrupted: NotedRun[]; givenBack: NotedRun[] } {
  const interrupted: NotedRun[] = [];
  const givenBack: NotedRun[] = [];
  for (const record of view.state.requests.all()) {
    for (const { id, actor, host, at, finish } of record.runs) {
      const run = { id, request: record.id, actor, host, at, exit: finish?.exit ?? null };
      if (finish === null) interrupted.push(run);
      else if ('failed' in finish.exit) givenBack.push(run);
    }
  }
  return { interrupted, givenBack };
}

function checkCommit(flag: string, commit: string | null): void {
  if (commit === null || /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return;
  throw new MpaError('full-id-needed', `--${flag} takes the full id of a commit, not \`${commit}\`.`, {
    hint: '`mpa audit` prints the head in full.',
  });
}

/**
 * Verifies everything from the root, without the checkpoint, after a fetch. Errors: `full-id-needed`; `rewritten` where `--head` is
 * not in the chain; `unknown-id` where `--since` is not; every fatal case, which wins over a violation.
 */
export async function audit(ws: Workspace, options: AuditOptions): Promise<Audit> {
  checkCommit('since', options.since);
  checkCommit('head', options.head);
  await ws.ledger.refresh();
  const began = performance.now();
  const inert: InertCommit[] = [];
  const violations: Violation[] = [];
  const met: { head: boolean; since: boolean } = { head: false, since: false };
  const view = await ws.ledger.every((item) => {
    met.head ||= item.commit === options.head;
    met.since ||= item.commit === options.since;
    if (!isEvent(item)) inert.push(item);
    else if (isStart(item)) {
      const found = violation(item, options.since !== null && !met.since);
      if (found !== null) violations.push(found);
    }
  });
  if (options.head !== null && !met.head) throw lacksHead(options.head);
  if (options.since !== null && !met.since)
    throw new MpaError('unknown-id', `This ledger has no commit ${options.since}.`);
  const noted = runs(view);
  const strict = options.strict && (inert.length > 0 || noted.interrupted.length > 0);
  return {
    view,
    events: view.state.events,
    violations,
    inert,
    ...noted,
    seconds: Math.round(performance.now() - began) / 1000,
    failure: violations.some((found) => !found.before) ? 'violation' : strict ? 'strict' : null,
  };
}

function lacksHead(head: string): MpaError {
  return new MpaError('rewritten', `This ledger lacks the commit ${head}, which someone else saw.`, {
    hint: 'Somebody holds back or rewrote a part of it. Compare with whoever gave you that commit before trusting it.',
  });
}
