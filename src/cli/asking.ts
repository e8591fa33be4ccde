import { quoted } from '../core/show.js';
import { formatTime } from '../core/time.js';
import type { Ask } from '../workflows/request.js';
import { actionOf } from './action.js';
import type { CliContext, Invocation } from './invocation.js';
import { count, duration, text, time } from './options.js';
import { justification } from './reason.js';

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

/**
 * What the flags of `mpa request`, and of `mpa exec` where it has to ask, ask for: the action, its pins, the reason and the limits.
 * Errors: those of actionOf and justification; `usage`.
 */
export async function askOf(invocation: Invocation, context: CliContext): Promise<Ask> {
  const { options } = invocation;
  const { out, clock } = context;
  const action = actionOf(invocation, context);
  const ticket = text(options, 'ticket');
  const lasts = duration(options, 'for');
  const within = duration(options, 'within');
  const uses = count(options, 'uses');
  const notBefore = time(options, 'at', clock.now());
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
  return ask;
}
