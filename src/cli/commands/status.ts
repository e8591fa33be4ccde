import { requestView } from '../../workflows/request-view.js';
import { shortId } from '../../workflows/find.js';
import { age } from '../../workflows/look.js';
import { status, type Status } from '../../workflows/status.js';
import type { Workspace } from '../../workflows/workspace.js';
import { exact, told } from '../../core/show.js';
import type { CliContext, Invocation } from '../invocation.js';
import { findingText, findingView } from '../layout-findings.js';
import { listEntry } from '../layout-list.js';
import { field } from '../layout-words.js';
import { flag } from '../options.js';
import { headOf } from '../head.js';

/** `mpa status`. CLI.md, Set-up. Errors: `not-joined`, every fatal code. */
export async function run({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out } = context;
  const ws = await context.workspace();
  const found = await out.during('Fetching', () => status(ws, flag(options, 'offline')));
  const { view, endorsed, toEndorse, waiting, mine, problems } = found;
  const remotes = await context.setup.remotes();
  const remote = remotes.shown(ws.remote);
  out.document({
    name: ws.name,
    remote,
    anchor: view.anchor,
    handle: ws.handle,
    fingerprint: ws.fingerprint,
    endorsed,
    toEndorse,
    ...headOf(view),
    chain: view.head.chain,
    waiting: waiting.map(({ id }) => id),
    mine: mine.map(({ id }) => id),
    problems: problems.map(findingView),
  });
  if (!out.json) people(ws, found, remote, context);
  return undefined;
}

/** So many requests of a kind stand here; the rest is counted. What stands above them must stay in sight. */
const SHOWN = 4;

function more(count: number, command: string, out: CliContext['out']): void {
  if (count > SHOWN) out.result(`and ${count - SHOWN} more:\n  ${command}`);
}

function people(ws: Workspace, found: Status, remote: string, { out, clock }: CliContext): void {
  const { view, endorsed, toEndorse, waiting, mine, problems } = found;
  const { state, anchor, head } = view;
  const now = clock.now();
  const paint = out.paint.bind(out);
  const title = state.name === ws.name ? ws.name : `${ws.name} (${told(state.name)})`;
  out.result(`${paint('strong', title)}, at ${exact(remote)}`);
  out.result(field('anchor', anchor));
  out.result(
    field(
      'you',
      ws.handle === null ? 'a reader' : `${ws.handle}, with the key ${ws.fingerprint ?? '(none)'}`,
    ),
  );
  out.result(field('head', `${head.commit}, ${age(view, now)}`));
  out.result(field('endorsed', endorsed ? 'yes' : paint('bad', 'not yet')));
  // What this very person can mend is said below, as the next step.
  const others = problems.filter(({ what }) => !(toEndorse && what === 'endorsement'));
  for (const problem of others) out.result(findingText(problem, paint));
  if (toEndorse) {
    out.result('The first policy waits for your signature:');
    out.result(`  mpa approve ${shortId(anchor)}`);
  }
  if (waiting.length > 0) out.result('These wait for your approval:');
  for (const record of waiting.slice(0, SHOWN)) {
    out.result(listEntry(requestView(state, record, now), now, paint));
    out.result(`  mpa approve ${shortId(record.id)}`);
  }
  more(waiting.length, 'mpa inbox', out);
  if (mine.length > 0) out.result('Yours:');
  for (const record of mine.slice(0, SHOWN)) {
    const request = requestView(state, record, now);
    out.result(listEntry(request, now, paint));
    if (request.state === 'approved' && request.kind === 'command')
      out.result(`  mpa exec ${shortId(record.id)}`);
  }
  more(mine.length, 'mpa list --mine', out);
  if (waiting.length === 0 && !toEndorse) out.talk('Nothing waits for you.');
}
