import { describeTarget } from '../../workflows/approve.js';
import { findTarget } from '../../workflows/find.js';
import { look } from '../../workflows/look.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag } from '../options.js';
import { requestText, viewOf } from '../present.js';

/** mpa show. */
export async function run({ args, options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const ws = await context.workspace();
  const view = await out.during('Fetching', () => look(ws, flag(options, 'offline')));
  const target = findTarget(view.state, args[0] ?? '');
  const now = clock.now();
  out.document({ request: viewOf(view, target, now) });
  if (!out.json) out.result(await requestText(ws, view, describeTarget(view, target, now), context));
}
