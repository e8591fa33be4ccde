import { shortId, type Target } from '../../workflows/find.js';
import { request } from '../../workflows/request.js';
import { askOf } from '../asking.js';
import type { CliContext, Invocation } from '../invocation.js';
import { nextStep, viewOf } from '../present.js';

/** mpa request. */
export async function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const ws = await context.workspace();
  const { view, record } = await request(ws, await askOf(invocation, context));
  const target: Target = { kind: 'request', record };
  const now = clock.now();
  out.document({ request: viewOf(view, target, now) });
  out.result(`Requested ${shortId(record.id)}.\n${nextStep(view, target, now)}`);
}
