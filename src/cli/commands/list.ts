import { haltNotices, keyNotices } from '../../workflows/findings.js';
import { list } from '../../workflows/list.js';
import { requestView } from '../../workflows/request-view.js';
import { shortId } from '../../workflows/find.js';
import type { CliContext, Invocation } from '../invocation.js';
import { findingText } from '../layout-findings.js';
import { listEntry } from '../layout-list.js';
import { flag } from '../options.js';
import { headOf } from '../head.js';

/** mpa list, mpa ls, mpa inbox. */
export async function run({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const ws = await context.workspace();
  const filter = {
    pending: flag(options, 'pending'),
    mine: flag(options, 'mine'),
    forMe: flag(options, 'forMe'),
    all: flag(options, 'all'),
  };
  const { view, records } = await out.during('Fetching', () => list(ws, filter, flag(options, 'offline')));
  const now = clock.now();
  const requests = records.map((record) => requestView(view.state, record, now));
  out.document({ ...headOf(view), requests });
  // What is halted cannot run, whoever approves it now; and a key that ends takes with it what its holder signed.
  for (const notice of [...haltNotices(view, now), ...keyNotices(ws, view, now)])
    out.warn(findingText(notice, out.paint.bind(out)));
  for (const request of requests) out.result(listEntry(request, now, out.paint.bind(out)));
  if (requests.length === 0)
    out.talk(filter.all ? 'No requests.' : 'No open requests. `mpa list --all` shows closed ones.');
  if (view.state.endorsement.closed === null)
    out.talk(`This ledger waits for its endorsement:\n  mpa approve ${shortId(view.anchor)}`);
}
