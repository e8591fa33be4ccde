import { parseTime } from '../core/time.js';
import type { View } from '../ledger/ledger.js';
import { describeTarget } from '../workflows/approve.js';
import { contentsOf, type Contents } from '../workflows/contents.js';
import type { Description } from '../workflows/describe.js';
import { haltNotices } from '../workflows/findings.js';
import { shortId, type Target } from '../workflows/find.js';
import { genesisView, requestView, type RequestView } from '../workflows/request-view.js';
import type { Workspace } from '../workflows/workspace.js';
import { layout } from './layout.js';
import { fileText } from './layout-files.js';
import { haltNoticeLines } from './layout-findings.js';
import { history } from './layout-history.js';
import { clauseText, folded, when } from './layout-words.js';
import type { CliContext } from './invocation.js';
import { policyPart } from './present-policy.js';

/** A request as text. `summary`: the same without the content that is in `text`; null where there is none. */
export interface RequestText {
  readonly text: string;
  readonly summary: string | null;
}

/** How a request is put before a person. */
export interface Presenting {
  /** Where it is going to be printed. */
  readonly which: 'result' | 'talk';
  /** With digests of all files, approvals with keys, timeline and the decision's checks: what `show` adds. */
  readonly history: boolean;
  /** With the whole of a proposed policy, not what it changes. */
  readonly wholePolicy: boolean;
}

/** The files of a request, read and hashed; none of the first policy. */
export async function contentsFor(ws: Workspace, view: View, id: string): Promise<readonly Contents[]> {
  const record = view.state.requests.get(id);
  return record === undefined ? [] : contentsOf(ws, view.state, record);
}

/** Everything about a request or the first policy, as text: what was read of its files is handed in. */
export async function requestText(
  ws: Workspace,
  view: View,
  description: Description,
  contents: readonly Contents[],
  context: CliContext,
  { which, history: withHistory, wholePolicy }: Presenting,
): Promise<RequestText> {
  const { out, clock } = context;
  const now = clock.now();
  const paint = out.paint.bind(out);
  const columns = out.screen(which)?.columns ?? 80;
  const style = { id: description.view.id, columns, digests: withHistory, paint };
  const files = await Promise.all(contents.map((file) => fileText(file, style)));
  const policy = await policyPart(ws, view, description, { everything: wholePolicy, now }, paint);
  // What a policy request lifts, it says itself.
  const halts = description.view.action.kind === 'policy' ? [] : haltNotices(view, now);
  const extras = { files, ...policy, halts: haltNoticeLines(halts, paint) };
  const after = withHistory ? `\n${history(description, now, paint)}` : '';
  const hasContent = policy.body.length > 0 || files.some(({ body }) => body.length > 0);
  return {
    text: layout(description, extras, now, paint) + after,
    summary: hasContent ? layout(description, extras, now, paint, false) + after : null,
  };
}

/** The JSON of a request or of the genesis. */
export function viewOf(view: View, target: Target, now: number): RequestView {
  return target.kind === 'genesis'
    ? genesisView(view.state, now)
    : requestView(view.state, target.record, now);
}

function timeWords(text: string | null): string {
  const seconds = text === null ? null : parseTime(text);
  return seconds === null ? (text ?? '') : when(seconds);
}

/** What is halted and what lifts it, one after the other, for the line after a signature. */
function halted(view: View, now: number): string {
  return haltNoticeLines(haltNotices(view, now), (_, text) => text)
    .map((row) => `\n${row}`)
    .join('');
}

/** What follows for people after something was signed: the state, what is missing, and the next step. */
export function nextStep(view: View, target: Target, now: number): string {
  const { view: request, open } = describeTarget(view, target, now);
  const id = shortId(request.id);
  switch (request.state) {
    case 'pending': {
      const lacking = open.map(
        ({ clause, candidates }) =>
          `${clauseText(clause)} (${candidates.join(', ') || 'nobody who is left'})`,
      );
      const waits = folded(`It waits for ${lacking.join(', and ') || 'approval'}.`, 78).join('\n    ');
      return `${waits}\nA coworker types:\n  mpa approve ${id}`;
    }
    case 'approved':
      return request.action.kind === 'command'
        ? `${request.actor} may run it until ${timeWords(request.windowEnd)}:\n  mpa exec ${id}`
        : `${request.actor} has access until ${timeWords(request.windowEnd)}.`;
    case 'scheduled':
      return `It is approved, from ${timeWords(request.windowStart)} until ${timeWords(request.windowEnd)}.`;
    case 'applied':
      if (target.kind === 'genesis') return 'The ledger is endorsed: it can be used.';
      return request.kind === 'resume'
        ? 'The halts before it are lifted: work goes on.'
        : 'This policy is in force now.';
    case 'halted':
      return `It is halted${request.stateDetail === null ? '' : ` (${request.stateDetail})`}: nothing runs until that is lifted.${halted(view, now)}`;
    default: {
      const detail = request.stateDetail === null ? '' : ` (${request.stateDetail})`;
      return `It is ${request.state}${detail}. See it with:\n  mpa show ${id}`;
    }
  }
}
