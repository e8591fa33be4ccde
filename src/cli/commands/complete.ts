import { inForce } from '../../core/counting.js';
import { stateName } from '../../core/decide.js';
import { liveRequests } from '../../core/rest.js';
import type { LedgerState, RequestRecord } from '../../core/state.js';
import { shortId } from '../../workflows/find.js';
import { waitsFor } from '../../workflows/list.js';
import type { Workspace } from '../../workflows/workspace.js';
import { completion, type Wanted } from '../completion.js';
import type { CliContext, Invocation } from '../invocation.js';
import { commandTree } from '../program.js';

const OPEN: readonly string[] = ['pending', 'scheduled', 'approved', 'halted'];

/** Whether the id of a request makes sense after a command word. */
function fits(
  { handle, clock }: Workspace,
  state: LedgerState,
  record: RequestRecord,
  word: string,
): boolean {
  const now = clock.now();
  const mine = record.event.actor === handle;
  const open = OPEN.includes(stateName(state, record, now));
  if (word === 'approve') return handle !== null && waitsFor(state, record, handle, now);
  if (word === 'deny' || word === 'revoke') return open && !mine;
  if (word === 'withdraw' || word === 'exec') return open && mine;
  if (word.startsWith('policy')) return record.event.action.kind === 'policy';
  return true;
}

/** What may be meant: as soon as an id could be told from others, whatever begins so, and before that what is not over, the newest first. */
function candidates(state: LedgerState, unfinished: string): RequestRecord[] {
  if (!/^[0-9a-f]{4,64}$/.test(unfinished)) return liveRequests(state).reverse();
  return [...state.requests.keys(unfinished)].flatMap((id) => state.requests.get(id) ?? []);
}

/** Ids and handles of what is here, without contact to the remote. */
async function listed(
  context: CliContext,
  wants: Wanted,
  word: string,
  unfinished: string,
): Promise<string[]> {
  if (wants === 'ledger') return Object.keys((await context.setup.config()).ledgers);
  const ws = await context.workspace();
  const { state, anchor } = await ws.ledger.view();
  const { members, executors = {}, groups = {} } = inForce(state).policy;
  if (wants === 'group') return Object.keys(groups);
  if (wants === 'executor') return Object.keys(executors);
  if (wants === 'handle')
    return [...Object.keys(members), ...(word === 'halt' ? Object.keys(executors) : [])];
  const found = candidates(state, unfinished)
    .filter((record) => fits(ws, state, record, word))
    .map(({ id }) => shortId(id));
  const endorsing = word === 'approve' && state.endorsement.closed === null ? [shortId(anchor)] : [];
  return [...endorsing, ...found];
}

/** mpa complete -- WORDS...: what may stand at the end of a command line, a line each. A failure completes nothing. */
export async function run({ command }: Invocation, context: CliContext): Promise<undefined> {
  const words = command ?? [''];
  const { words: known, wants, command: word } = completion(commandTree(), words);
  const unfinished = words.at(-1) ?? '';
  const more = wants === null ? [] : await listed(context, wants, word, unfinished).catch(() => []);
  for (const each of [...known, ...more.filter((name) => name.startsWith(unfinished))])
    context.out.raw(`${each}\n`);
}
