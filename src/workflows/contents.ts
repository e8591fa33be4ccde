import type { Content } from '../core/action.js';
import { MpaError } from '../core/errors.js';
import { solid } from '../core/show.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import { attachmentsTo } from './attachments.js';
import { lastApproved } from './last-approved.js';
import type { Workspace } from './workspace.js';

/** The version of a file that was approved before, and in which request. */
export interface Before {
  readonly record: RequestRecord;
  readonly bytes: Uint8Array;
}

/** One file that a request names: a pin, or its standard input (`path` null). */
export interface Contents extends Content {
  readonly path: string | null;
  /** What is attached, right by its digest. null: not attached, or absent, or not what its name says. */
  readonly bytes: Uint8Array | null;
  /** null where nothing was approved there before. */
  readonly before: Before | null;
}

async function beforeOf(
  ws: Workspace,
  state: LedgerState,
  record: RequestRecord,
  path: string,
): Promise<Before | null> {
  const found = lastApproved(state, record, path);
  if (found === null) return null;
  const bytes = (await attachmentsTo(ws.store, found.record)).get(found.pin.sha256) ?? null;
  return bytes === null ? null : { record: found.record, bytes };
}

/** Every file that a request names, in its order, with the bytes that travel with it. Section 3, Tree. */
export async function contentsOf(
  ws: Workspace,
  state: LedgerState,
  record: RequestRecord,
): Promise<readonly Contents[]> {
  const { action } = record.event;
  if (action.kind !== 'command') return [];
  const attached = await attachmentsTo(ws.store, record);
  const { pins = [], stdin } = action;
  const files: (Content & { path: string | null })[] = [...pins];
  if (typeof stdin === 'object') files.push({ ...stdin, path: null });
  const found: Contents[] = [];
  for (const { path, sha256, size, attached: carried } of files) {
    const all = carried ? (attached.get(sha256) ?? null) : null;
    // A size that lies is no better than a digest that does.
    const bytes = all?.length === size ? all : null;
    const before = path === null || bytes === null ? null : await beforeOf(ws, state, record, path);
    found.push({ path, sha256, size, attached: carried, bytes, before });
  }
  return found;
}

/** Whether a file says that it is attached, and is not there as it should be. */
export function isBroken({ attached, bytes }: Contents): boolean {
  return attached && bytes === null;
}

/** Section 3: what is absent or does not match cannot be approved. Error: `mismatch`, which says which file. */
export function refuseBroken(contents: readonly Contents[]): void {
  const broken = contents.find(isBroken);
  if (broken === undefined) return;
  const which = broken.path === null ? 'its standard input' : solid(broken.path);
  throw new MpaError(
    'mismatch',
    `What is attached as ${which} is not in the ledger, or is not what the request says: nobody can approve it.`,
    { hint: 'The requester asks anew; whoever looks after the repository should know.' },
  );
}
