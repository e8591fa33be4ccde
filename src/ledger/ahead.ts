import type { ToBeJudged } from '../core/authentic.js';
import { readCommit } from '../core/commit.js';
import { inForce, keysOf } from '../core/counting.js';
import type { KeyInfo } from '../core/keys.js';
import type { Foresight, ObjectFormat, SignatureQuestion, StoredCommit } from '../core/ports.js';
import type { LedgerState, PolicyRecord } from '../core/state.js';

/** Commits that are read before they are judged: what waits in memory, at most a few megabytes of ordinary events. */
const COMMITS = 256;
/** Their bytes together, at most. */
const BYTES = 8 * 1024 * 1024;
/** Signatures told of together: threads that have run dry must be woken one by one, which costs as much as a check. */
const TOGETHER = 128;

/**
 * Hands commits on in their order, and tells `foresight` of the signatures that are coming up, guessed by the policy in force when a
 * commit is read. Nothing is judged here: what a guess gets wrong is found out where the commit is judged. `state`: as judged so far.
 */
export async function* readAhead(
  commits: AsyncIterable<StoredCommit>,
  foresight: Foresight,
  format: ObjectFormat,
  state: () => LedgerState | null,
): AsyncGenerator<StoredCommit & ToBeJudged, void> {
  const source = commits[Symbol.asyncIterator]();
  const waiting: (StoredCommit & ToBeJudged)[] = [];
  let bytes = 0;
  /** Reads so many more, or until something is full. Answers whether there may be others. */
  const fill = async (count: number): Promise<boolean> => {
    const begun = waiting.length;
    let more = true;
    while (more && waiting.length < begun + count && bytes < BYTES) {
      const next = await source.next();
      if (next.done === true) more = false;
      else {
        const commit = next.value;
        bytes += commit.bytes?.length ?? 0;
        waiting.push(commit.bytes === null ? commit : { ...commit, form: readCommit(commit.bytes, format) });
      }
    }
    foresight.expect(questions(waiting.slice(begun), state()));
    return more;
  };
  try {
    // The root is judged alone: before it, nobody is known.
    let more = await fill(1);
    for (;;) {
      const next = waiting.shift();
      if (next === undefined) return;
      bytes -= next.bytes?.length ?? 0;
      yield next;
      while (more && waiting.length <= COMMITS - TOGETHER && bytes < BYTES) more = await fill(TOGETHER);
    }
  } finally {
    await source.return?.();
  }
}

function questions(commits: readonly ToBeJudged[], state: LedgerState | null): SignatureQuestion[] {
  if (state === null) return [];
  const parties = partiesOf(inForce(state));
  return commits.flatMap(({ form }) => {
    if (form?.ok !== true) return [];
    const { payload, armor, time, identity } = form.parts;
    const keys = parties.get(identity);
    return keys === undefined ? [] : [{ payload, armor, keys, at: time }];
  });
}

const known = new WeakMap<PolicyRecord, ReadonlyMap<string, readonly KeyInfo[]>>();

/** Keys by what stands in a commit of theirs: `Name <email>`. */
function partiesOf(record: PolicyRecord): ReadonlyMap<string, readonly KeyInfo[]> {
  const found = known.get(record);
  if (found !== undefined) return found;
  const { members, executors = {} } = record.policy;
  const parties = new Map(
    [...Object.entries(members), ...Object.entries(executors)].map(([handle, { name, email }]) => [
      `${name} <${email}>`,
      keysOf(record, handle),
    ]),
  );
  known.set(record, parties);
  return parties;
}
