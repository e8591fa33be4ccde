import { closeSync } from 'node:fs';
import { ruleNow, windowOf, writtenRule } from '../core/counting.js';
import type { Exit } from '../core/events.js';
import type { View } from '../ledger/ledger.js';
import type { Author } from './author.js';
import type { Here, Judged } from './grant.js';
import { openInput } from './input.js';
import type { Launch, Launcher, Outcome } from './launch.js';
import { finishRun, startRun } from './run.js';
import type { Use } from './use.js';
import type { Workspace } from './workspace.js';

/** Section 6, `enforceEnd`: when what still runs must end; null where neither rule asks for it. */
function endOf(view: View, judged: Judged): number | null {
  const rules = [writtenRule(view.state, judged.record), ruleNow(view.state, judged.record)];
  if (!rules.some((rule) => rule?.enforceEnd === true)) return null;
  return windowOf(view.state, judged.record)?.end ?? null;
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

/**
 * Uses an authorised grant once: claims and records the use, and only then starts the process (section 8.4). The result is how it
 * ended. `view`: verified moments ago. Errors, all before anything ran: the refusals of section 7, those of openInput and of startRun.
 */
export async function runGrant(
  ws: Workspace,
  view: View,
  who: Author,
  judged: Judged,
  here: Here,
  launcher: Launcher,
): Promise<Exit> {
  const { program } = judged.toRun;
  if (program === null) throw new Error('an authorised command without a program');
  const input = await openInput(ws, judged, here);
  try {
    const use = await startRun(ws, view, who, judged.record.id, judged.toRun);
    const outcome = await launched(launcher, use, {
      record: judged.record,
      program,
      argv: judged.toRun.argv,
      cwd: judged.toRun.cwd,
      input,
      until: endOf(view, judged),
    });
    await finishRun(ws, use, outcome);
    return outcome.exit;
  } finally {
    if (input.kind === 'bytes') closeSync(input.descriptor);
  }
}
