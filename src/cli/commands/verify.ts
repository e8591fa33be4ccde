import { MpaError } from '../../core/errors.js';
import { age } from '../../workflows/look.js';
import { requestView } from '../../workflows/request-view.js';
import { verify, type Question } from '../../workflows/verify.js';
import { shortId } from '../../workflows/find.js';
import { checkArguments } from '../action.js';
import type { CliContext, Invocation } from '../invocation.js';
import { decisionLines } from '../layout-history.js';
import { actionLine } from '../layout-words.js';
import { flag, text } from '../options.js';
import { headOf } from '../head.js';
import { EXIT } from '../report.js';

const HOW = 'mpa verify ID [-- COMMAND...], or mpa verify --access RESOURCE --as HANDLE';

function questionOf({ args, options, command }: Invocation): Question {
  const id = args[0];
  const resource = text(options, 'access');
  const handle = text(options, 'as');
  if (id !== undefined && resource === undefined && handle === undefined) {
    if (command !== null) checkArguments(command);
    return { kind: 'request', id, argv: command };
  }
  if (id === undefined && command === null && resource !== undefined && handle !== undefined)
    return { kind: 'access', resource, handle };
  throw new MpaError('usage', 'An id is needed, or a resource and a handle.', { hint: HOW });
}

/** mpa verify: the decision and its checks. Exit 0 where authorised, 1 where refused. */
export async function run(invocation: Invocation, context: CliContext): Promise<number> {
  const { out, clock } = context;
  const question = questionOf(invocation);
  const offline = flag(invocation.options, 'offline');
  const ws = await context.workspace();
  const { view, record, decision } = await out.during('Verifying', () => verify(ws, question, offline));
  const now = clock.now();
  const { authorised, reason, detail, checks } = decision;
  const request = record === null ? null : requestView(view.state, record, now);
  out.document({ authorised, reason, detail, checks, request, ...headOf(view) });
  if (record !== null) out.result(`${shortId(record.id)}  ${actionLine(record.event.action)}`);
  out.result(decisionLines(decision, out.paint.bind(out)).join('\n'));
  out.result(`  as of ${shortId(view.head.commit)}, ${age(view, now)}`);
  return authorised ? EXIT.done : EXIT.refused;
}
