import { quoted } from '../core/show.js';
import { formatTime } from '../core/time.js';
import type { Ask } from '../workflows/request.js';
import { actionOf } from './action.js';
import type { CliContext, Invocation } from './invocation.js';
import { count, duration, text, time } from './options.js';
import { leftWords, pinnedWords } from './pin-words.js';
import { pinned } from './pinning.js';
import { justification } from './reason.js';
import { givenInput, type Given } from './standard-input.js';
import { targetNotices } from './targets.js';

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

/** The action with its pins; says what was pinned, what was not, and which variables the command will miss. Errors: those of pinned. */
async function complete(
  action: Ask['action'],
  invocation: Invocation,
  context: CliContext,
  given: Given,
): Promise<Pick<Ask, 'action' | 'attachments'>> {
  if (action.kind === 'access') return { action };
  const { out } = context;
  const found = await pinned(action, invocation, context, given);
  for (const words of pinnedWords(found)) out.talk(words);
  for (const words of [...leftWords(found.left), ...targetNotices(found.action, context.env)])
    out.warn(words);
  const { attachments } = found;
  return { action: found.action, ...(attachments.length === 0 ? {} : { attachments }) };
}

/**
 * What the flags of `mpa request`, and of `mpa exec` where it has to ask, ask for: the action, its pins, the reason and the limits.
 * `given`: what --stdin gives, read already, since a pipe is read once. Errors: those of actionOf, givenInput, pinned and justification;
 * `usage`.
 */
export async function askOf(invocation: Invocation, context: CliContext, given?: Given): Promise<Ask> {
  const { options } = invocation;
  const { out, clock } = context;
  const input = given === undefined ? await givenInput(invocation) : given;
  const { action, attachments } = await complete(actionOf(invocation, context), invocation, context, input);
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
    ...(attachments === undefined ? {} : { attachments }),
  };
  if (notBefore !== undefined) out.talk(echo(notBefore));
  return ask;
}
