import { told } from '../../core/show.js';
import type { RequestRecord } from '../../core/state.js';
import type { View } from '../../ledger/ledger.js';
import { author } from '../../workflows/author.js';
import { shortId, type Target } from '../../workflows/find.js';
import { haltedNow, haltOf } from '../../workflows/halted.js';
import { request } from '../../workflows/request.js';
import { refusal } from '../../workflows/verify.js';
import type { Workspace } from '../../workflows/workspace.js';
import { askOf } from '../asking.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag } from '../options.js';
import { nextStep, viewOf } from '../present.js';
import { waitHere } from '../waiting.js';

/** Before anything is typed: a halt is told of, and refuses whoever would wait. Errors: `halted`, those of author. */
function tellHalt({ out, clock }: CliContext, ws: Workspace, view: View, waits: boolean): void {
  const now = clock.now();
  const { handle } = author(ws, view, now);
  const refused = haltedNow(view, handle, now);
  if (refused !== null && waits) throw refused;
  const halt = haltOf(view, handle, now);
  if (halt !== null) out.warn(`Nothing runs now: ${told(halt.detail)}. What lifts it: ${halt.mend ?? ''}`);
}

function report({ out, clock }: CliContext, view: View, record: RequestRecord, said: string): void {
  const target: Target = { kind: 'request', record };
  const now = clock.now();
  out.document({ request: viewOf(view, target, now) });
  out.result(`${said}.\n${nextStep(view, target, now)}`);
}

/** mpa request. With --wait it ends once the request is decided: 0 approved, 1 refused. */
export async function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const waits = flag(invocation.options, 'wait');
  const ws = await context.workspace();
  const view = await out.during('Fetching', () => ws.ledger.refresh());
  tellHalt(context, ws, view, waits);
  const written = await request(ws, await askOf(invocation, context), view);
  const id = shortId(written.record.id);
  if (!waits) {
    report(context, written.view, written.record, `Requested ${id}`);
    return;
  }
  const next = nextStep(written.view, { kind: 'request', record: written.record }, clock.now());
  out.talk(`Requested ${id}.\n${next}`);
  const { event } = written.record;
  const ended = await waitHere(
    context,
    ws,
    written.record.id,
    event.action.kind === 'command' ? 'exec' : 'show',
  );
  if (ended.as !== 'approved') throw refusal(ended.decision, `\`mpa show ${id}\` shows all of it.`);
  report(context, ended.view, ended.record, `Approved: ${id}`);
}
