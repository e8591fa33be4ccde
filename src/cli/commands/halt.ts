import { formatTime } from '../../core/time.js';
import { halt } from '../../workflows/halt.js';
import type { CliContext, Invocation } from '../invocation.js';
import { text } from '../options.js';
import { headOf } from '../present.js';
import { shortReason } from '../reason.js';

/** mpa halt: one person stops everything, or everything of one handle. */
export async function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { out } = context;
  const ws = await context.workspace();
  const reason = await shortReason(invocation, context);
  const who = text(invocation.options, 'who') ?? null;
  const { view, halt: made } = await halt(ws, who, reason);
  out.document({
    ...headOf(view),
    halt: { id: made.id, actor: made.actor, who: made.who, at: formatTime(made.at), reason: made.reason },
  });
  out.result(
    `${who === null ? 'Everything' : `Everything of ${who}`} is halted:\nnothing of it is authorised until a policy change lifts it.`,
  );
  out.talk('When all is well, propose to go on:\n  mpa resume -m REASON');
}
