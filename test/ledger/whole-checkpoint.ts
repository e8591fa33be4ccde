import { checkpointText, readCheckpoint, type Binding, type Verified } from '../../src/ledger/checkpoint.js';

/** The text of a checkpoint that holds everything at hand, and names no archive. */
export function wholeText(verified: Verified, bound: Binding): string {
  const { requests, policies } = verified.state;
  const all = { requests: [...requests.hot.values()], policies: [...policies.hot.values()], archive: null };
  return checkpointText(verified, all, bound);
}

/** Reads a checkpoint that names no archive. */
export function readWhole(text: string, bound: Binding): ReturnType<typeof readCheckpoint> {
  return readCheckpoint(text, bound, () => {
    throw new Error('no archive was written');
  });
}
