import { MpaError } from '../core/errors.js';
import type { Here, Judged } from './grant.js';
import type { Input } from './launch.js';
import type { Workspace } from './workspace.js';

/**
 * The standard input that was approved, ready to be given. Called before a use is spent. `descriptor` is the caller's to close.
 * Errors: `mismatch` where it is not what was approved.
 */
export async function openInput(_ws: Workspace, { record }: Judged, _here: Here): Promise<Input> {
  const { stdin } = record.event.action;
  if (stdin === undefined) return Promise.resolve({ kind: 'nothing' });
  if (stdin === 'terminal') return Promise.resolve({ kind: 'terminal' });
  throw new MpaError(
    'unsupported',
    'The approved command reads a file on its standard input, which this version of mpa cannot give it.',
  );
}
