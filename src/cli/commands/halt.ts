import { formatTime } from '../../core/time.js';
import { mendingLines } from '../../workflows/findings.js';
import { halt } from '../../workflows/halt.js';
import type { CliContext, Invocation } from '../invocation.js';
import { text } from '../options.js';
import { headOf } from '../head.js';
import { shortReason } from '../reason.js';

/** mpa halt: one person stops everything, or everything of one handle. It says what mends what led to it. */
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
  if (who === null) {
    out.result('Everything is halted:\nnothing is authorised until a policy change lifts it.');
    out.talk('When all is well, propose to go on; another member approves it:\n  mpa resume -m REASON');
    return;
  }
  out.result(
    `Everything of ${who} is halted:\nnothing that ${who} asked for, approved or would run is authorised,\nuntil a policy change lifts it.`,
  );
  const [rotate = '', remove = '', resume = ''] = mendingLines(view.state, who);
  out.talk(
    [
      'A new key in place of the old one, or out for good; another member approves it:',
      `  ${rotate}`,
      `  ${remove}`,
      'If it was a mistake:',
      `  ${resume}`,
    ].join('\n'),
  );
}
