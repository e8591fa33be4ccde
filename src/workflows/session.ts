import { windowOf } from '../core/counting.js';
import { decide, type Decision } from '../core/decide.js';
import { MpaError } from '../core/errors.js';
import { isAccessRequest, type AccessRequest, type Exit } from '../core/events.js';
import { exact } from '../core/show.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import { author, type Author } from './author.js';
import { shortId } from './find.js';
import type { Here } from './grant.js';
import type { Launcher } from './launch.js';
import { outputPaths } from './outputs.js';
import { resolveProgram } from './program.js';
import { startRun } from './run.js';
import { carryOut, endsOf, NOTHING, type Recording } from './run-grant.js';
import { sameRequests } from './same.js';
import { settled } from './tidy.js';
import { refusal } from './verify.js';
import type { Workspace } from './workspace.js';

/** A request for an access, as the ledger holds it, with the decision on it for one runner and time. */
interface Access {
  readonly record: RequestRecord & { readonly event: AccessRequest };
  readonly decision: Decision;
}

function isAccess(record: RequestRecord): record is Access['record'] {
  return isAccessRequest(record.event);
}

/** The access of this person for exactly this resource: the live one that lasts longest, else the newest; null: never asked for. */
function accessOf(state: LedgerState, resource: string, who: Author, now: number): Access | null {
  const runner = { handle: who.handle, material: who.key.material };
  const found = sameRequests(state, { actor: who.handle, action: { kind: 'access', resource } })
    .filter(isAccess)
    .map((record) => ({
      record,
      decision: decide(state, record.id, runner, { kind: 'access', resource }, now),
    }))
    .sort((a, b) => b.record.position - a.record.position);
  const end = ({ record }: Access): number => windowOf(state, record)?.end ?? 0;
  const live = found.filter(({ decision }) => decision.authorised).sort((a, b) => end(b) - end(a));
  return live[0] ?? found[0] ?? null;
}

function granted(found: Access | null, resource: string): Access['record'] {
  const ask = `Ask for it: mpa request --access ${exact(resource)} -m REASON`;
  if (found === null)
    throw new MpaError('unknown-request', `Refused: you have no grant for ${exact(resource)}.`, {
      hint: ask,
    });
  const { record, decision } = found;
  if (decision.authorised) return record;
  throw refusal(decision, `\`mpa show ${shortId(record.id)}\` shows why. ${ask}`);
}

/**
 * Runs a command under a live access grant of mine for exactly `resource`, and records it as a session: a `start`, then the command, then
 * its `finish`. Access was approved, not this command: it gets the caller's environment and standard input as they are. The result is how
 * it ended. Errors, all before anything ran: the refusals of section 7, `not-found`, `cannot-execute`, those of startRun, `over-limit`.
 */
export async function execAccess(
  ws: Workspace,
  resource: string,
  argv: readonly string[],
  here: Here,
  launcher: Launcher,
  options: Recording = NOTHING,
): Promise<Exit> {
  const [argv0] = argv;
  if (argv0 === undefined)
    throw new MpaError('usage', 'A command is needed: mpa exec --access RESOURCE -- COMMAND');
  const view = await settled(ws, await ws.ledger.refresh());
  const now = ws.clock.now();
  const who = author(ws, view, now);
  const record = granted(accessOf(view.state, resource, who, now), resource);
  const program = resolveProgram(argv0, here.cwd, here.path);
  const outputs = outputPaths(options.outputs, here.cwd);
  const toRun = { kind: 'access', resource } as const;
  const { host } = here.machine;
  const use = await startRun(ws, view, who, { request: record.id, toRun, host, patience: 'person' });
  const input = { kind: 'terminal' } as const;
  const how = { ...endsOf(view, record), digests: options.record, account: null };
  return carryOut(ws, launcher, use, { record, program, argv, cwd: here.cwd, input, ...how }, outputs);
}
