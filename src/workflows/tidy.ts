import { MpaError } from '../core/errors.js';
import { pendingFinishes, pushFinishes, settleClaims } from '../ledger/claims.js';
import type { Appended, Drafter, View } from '../ledger/ledger.js';
import { shortId } from './find.js';
import type { Workspace } from './workspace.js';

/** Whether a finish of this person's waits to be pushed. */
async function hasKept(ws: Workspace): Promise<boolean> {
  return (await pendingFinishes(ws.spent)).some((claim) => claim.actor === ws.handle);
}

/**
 * Pushes the finishes that earlier commands could not. Section 8.8. What still cannot be pushed stays kept, and a notice says so:
 * never throws, because what the person came for is done.
 */
export async function pushKept(ws: Workspace): Promise<void> {
  try {
    if (ws.handle === null || !(await hasKept(ws))) return;
    await pushFinishes(ws.ledger, ws.spent, ws.handle, await ws.signer(), (words) => {
      ws.notice(words);
    });
  } catch (error) {
    const why = error instanceof MpaError ? `${error.message} [${error.code}]` : String(error);
    ws.notice(`How a run ended could not be recorded in the ledger yet: ${why}`);
    ws.notice('It is kept on this machine. `mpa sync` pushes it.');
  }
}

/** Settles the claims of commands that died, by what this view shows (section 8.4). Errors: `disk`, `bad-config`, `damaged`. */
async function settle(ws: Workspace, view: View): Promise<void> {
  const { interrupted } = await settleClaims(view, ws.store, ws.spent);
  for (const claim of interrupted)
    ws.notice(
      `A run of ${shortId(claim.request)} was interrupted: nobody knows how it ended, and its use is spent.`,
    );
}

/**
 * The view after this machine's own record was brought in line with it: claims settled, and finishes pushed that give a use
 * back. What `exec` decides by. Errors: as Ledger.refresh; `disk`, `bad-config`.
 */
export async function settled(ws: Workspace, view: View): Promise<View> {
  await settle(ws, view);
  if (!(await hasKept(ws))) return view;
  await pushKept(ws);
  return ws.ledger.refresh();
}

/**
 * Signs and appends one event as this person, then does what the next command that signs owes: settles claims and pushes the finishes
 * that wait (sections 8.4, 8.8). `fresh`: a view of moments ago. Errors: those of Ledger.append.
 */
export async function write(
  ws: Workspace,
  handle: string,
  drafter: Drafter,
  fresh?: View,
): Promise<Appended> {
  const options = { patience: 'person' as const, ...(fresh === undefined ? {} : { fresh }) };
  const appended = await ws.ledger.append(handle, await ws.signer(), drafter, options);
  try {
    await settle(ws, appended.view);
  } catch (error) {
    ws.notice(`This machine's record of its runs needs a look: ${String(error)}`);
  }
  await pushKept(ws);
  return appended;
}
