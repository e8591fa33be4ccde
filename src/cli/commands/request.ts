import { quoted } from '../../core/show.js';
import { formatTime } from '../../core/time.js';
import { shortId, type Target } from '../../workflows/find.js';
import { request, type Ask } from '../../workflows/request.js';
import { actionOf } from '../action.js';
import type { CliContext, Invocation } from '../invocation.js';
import { count, duration, text, time } from '../options.js';
import { nextStep, viewOf } from '../present.js';
import { justification } from '../reason.js';

/** The time in full, as it will be signed and as this machine's clock shows it. */
function echo(seconds: number): string {
  return `Not before ${formatTime(seconds)}, which is ${new Date(seconds * 1000).toString()}.`;
}

/** What the editor shows under the empty line for the reason. */
function about(action: Ask['action']): string[] {
  if (action.kind === 'access') return [`access ${action.resource}`];
  const { user = '', host = '', cwd = '', executor } = action;
  return [quoted(action.argv), executor === undefined ? `as ${user} on ${host} in ${cwd}` : `on ${executor}`];
}

/** mpa request. */
export async function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { options } = invocation;
  const { out, clock } = context;
  const action = actionOf(invocation, context);
  const ticket = text(options, 'ticket');
  const lasts = duration(options, 'for');
  const within = duration(options, 'within');
  const uses = count(options, 'uses');
  const notBefore = time(options, 'at', clock.now());
  const ws = await context.workspace();
  const ask: Ask = {
    action,
    justification: await justification(invocation, context, about(action)),
    ...(ticket === undefined ? {} : { ticket }),
    ...(lasts === undefined ? {} : { duration: lasts }),
    ...(within === undefined ? {} : { within }),
    ...(uses === undefined ? {} : { uses }),
    ...(notBefore === undefined ? {} : { notBefore }),
  };
  if (notBefore !== undefined) out.talk(echo(notBefore));
  const { view, record } = await request(ws, ask);
  const target: Target = { kind: 'request', record };
  const now = clock.now();
  out.document({ request: viewOf(view, target, now) });
  out.result(`Requested ${shortId(record.id)}.\n${nextStep(view, target, now)}`);
}
