import { closeSync } from 'node:fs';
import { ruleNow, windowOf, writtenRule } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import type { Exit } from '../core/events.js';
import { told } from '../core/show.js';
import type { RequestRecord } from '../core/state.js';
import type { View } from '../ledger/ledger.js';
import type { Author } from './author.js';
import { shortId } from './find.js';
import { placeOnExecutor } from './executor.js';
import type { Here, Judged } from './grant.js';
import { openInput } from './input.js';
import type { Launch, Launcher, Outcome } from './launch.js';
import { outputPaths, outputsNow } from './outputs.js';
import { firstChangedPin } from './pins.js';
import type { Place } from './place-to-run.js';
import { finishRun, startRun } from './run.js';
import type { Use } from './use.js';
import type { Workspace } from './workspace.js';

/** When the window of a run ends, and, where one of its rules says `enforceEnd`, until when it may run. Section 6. */
export function endsOf({ state }: View, record: RequestRecord): Pick<Launch, 'windowEnd' | 'until'> {
  const windowEnd = windowOf(state, record)?.end ?? null;
  const rules = [writtenRule(state, record), ruleNow(state, record)];
  return { windowEnd, until: rules.some((rule) => rule?.enforceEnd === true) ? windowEnd : null };
}

/** The refusal of a pin that was swapped after it was compared. Its use is given back, if the request had none given back before. */
function swapped({ id }: RequestRecord, path: string): MpaError {
  return new MpaError(
    'mismatch',
    `Refused: ${told(path)} changed while the run was being recorded. Nothing was started.`,
    { hint: `The use is given back, once. \`mpa show ${shortId(id)}\` shows what was approved.` },
  );
}

/** A launcher that fails leaves behind what may have been spawned: interrupted, as the next command will find. */
async function launched(launcher: Launcher, use: Use, launch: Launch): Promise<Outcome> {
  try {
    return await launcher(launch);
  } catch (error) {
    await use.lock.release();
    throw error;
  }
}

/** What of a run is recorded beside its end, because the caller asked for it. */
export interface Recording {
  /** Digests of output and errors, which then pass through mpa. */
  readonly record: boolean;
  /** Files that are digested after the end; relative ones from where the command ran. */
  readonly outputs: readonly string[];
}

/** Launches what a use was claimed for, and records how it ended with what else was asked for. `outputs`: absolute paths. */
export async function carryOut(
  ws: Workspace,
  launcher: Launcher,
  use: Use,
  launch: Launch,
  outputs: readonly string[],
): Promise<Exit> {
  const outcome = await launched(launcher, use, launch);
  const paths = 'failed' in outcome.exit ? [] : outputs;
  await finishRun(ws, use, outcome, () => outputsNow(paths, (line) => ws.notice(line)));
  return outcome.exit;
}

/** Nothing but how it ended. */
export const NOTHING: Recording = { record: false, outputs: [] };

/** Where a person's command runs: where it was judged. */
async function placeHere(ws: Workspace, judged: Judged, here: Here): Promise<Place> {
  const { program, cwd } = judged.toRun;
  if (program === null) throw new Error('an authorised command without a program');
  const input = await openInput(ws, judged, here);
  return { program, cwd, input, account: null, leave: () => Promise.resolve() };
}

/** An executor takes nothing from whoever calls it, not even the names of files to look at for them. Section 8.7. */
function refuseOutputs({ outputs }: Recording): void {
  if (outputs.length === 0) return;
  throw new MpaError(
    'usage',
    '--output is not for commands that an executor runs: it takes no paths from its caller.',
  );
}

/**
 * Uses an authorised grant once: claims and records the use, and only then starts the process (section 8.4). The result is how it
 * ended. `view`: verified moments ago. Errors, all before anything ran: the refusals of section 7, those of openInput, placeOnExecutor and
 * startRun, `over-limit` and `usage` of `options`, `mismatch` where a pinned file changed meanwhile, which gives the use back.
 */
export async function runGrant(
  ws: Workspace,
  view: View,
  who: Author,
  judged: Judged,
  here: Here,
  launcher: Launcher,
  options: Recording = NOTHING,
): Promise<Exit> {
  const { record, toRun } = judged;
  const { action } = record.event;
  const { executor } = action;
  if (executor !== undefined) refuseOutputs(options);
  const place = await (executor === undefined ? placeHere : placeOnExecutor)(ws, judged, here);
  try {
    const outputs = outputPaths(options.outputs, place.cwd);
    const patience = executor === undefined ? 'person' : 'machine';
    const use = await startRun(ws, view, who, { request: record.id, toRun, host: toRun.host, patience });
    // What an executor runs is its own copy.
    const changed = executor === undefined ? await firstChangedPin(action) : null;
    if (changed !== null) {
      await finishRun(ws, use, { exit: { failed: 'changed' }, millis: 0 });
      throw swapped(record, changed);
    }
    const { program, cwd, input, account } = place;
    const how = { ...endsOf(view, record), digests: options.record, account };
    return await carryOut(
      ws,
      launcher,
      use,
      { record, program, argv: toRun.argv, cwd, input, ...how },
      outputs,
    );
  } finally {
    if (place.input.kind === 'bytes') closeSync(place.input.descriptor);
    await place.leave();
  }
}
