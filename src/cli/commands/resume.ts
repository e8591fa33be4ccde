import { shortId, type Target } from '../../workflows/find.js';
import { resume } from '../../workflows/halt.js';
import { haltsBeside } from '../../workflows/resumes.js';
import type { CliContext, Invocation } from '../invocation.js';
import { haltText } from '../layout.js';
import { beside } from '../layout-words.js';
import { nextStep, viewOf } from '../present.js';
import { shortReason } from '../reason.js';

/** mpa resume: proposes the policy in force anew; approved, it lifts the halts before it. */
export async function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const ws = await context.workspace();
  const reason = await shortReason(invocation, context);
  const { view, record } = await resume(ws, reason);
  const target: Target = { kind: 'request', record };
  const now = clock.now();
  out.document({ request: viewOf(view, target, now) });
  const { lifts } = haltsBeside(view.state, record);
  out.result(`Proposed ${shortId(record.id)}: the policy in force once more, word for word. It lifts:`);
  for (const halt of lifts) out.result(beside(haltText(halt)).replaceAll(/^/gm, '  '));
  out.result(nextStep(view, target, now));
}
