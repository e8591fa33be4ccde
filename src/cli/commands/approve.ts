import { MpaError } from '../../core/errors.js';
import { formatDuration, parseDuration } from '../../core/time.js';
import { told } from '../../core/show.js';
import { approve, narrowed, propose, type Narrowing, type Proposal } from '../../workflows/approve.js';
import { shortId, type Target } from '../../workflows/find.js';
import type { View } from '../../ledger/ledger.js';
import type { Workspace } from '../../workflows/workspace.js';
import type { CliContext, Invocation } from '../invocation.js';
import { count, duration, flag, text } from '../options.js';
import { showLong } from '../pager.js';
import { nextStep, requestText, viewOf } from '../present.js';
import { isYes } from '../prompts.js';

function narrowing(options: Invocation['options']): Narrowing {
  const comment = text(options, 'comment');
  const lasts = duration(options, 'for');
  const uses = count(options, 'uses');
  return {
    ...(comment === undefined ? {} : { comment }),
    ...(lasts === undefined ? {} : { duration: lasts }),
    ...(uses === undefined ? {} : { uses }),
  };
}

function question(
  { id, description: { isGenesis, view } }: Proposal,
  { duration: lasts, uses }: Narrowing,
): string {
  const limits = [
    ...(lasts !== undefined && lasts < (view.duration ?? 0) ? [`for ${formatDuration(lasts)}`] : []),
    ...(uses !== undefined && uses < (view.uses ?? 0) ? [`${uses} ${uses === 1 ? 'use' : 'uses'}`] : []),
  ];
  const less = limits.length === 0 ? '' : `, ${limits.join(' and ')}`;
  if (isGenesis) return `Endorse this ledger, founded by ${view.actor}?`;
  return `Sign this request of ${view.actor}, ${shortId(id)}${less}?`;
}

/** What may be typed at the question in place of an answer. */
function choices({ description: { view } }: Proposal): string {
  const limits =
    view.action.kind === 'command' ? 'for 30m, uses 1, ' : view.action.kind === 'access' ? 'for 30m, ' : '';
  return `  y signs; you may first type ${limits}comment TEXT; all else is no`;
}

/** What is changed by a line that was typed at the question; null: it is an answer, and no yes. */
function change(typed: string, { description: { view } }: Proposal): Narrowing | null {
  const [, word = '', rest = ''] = /^(for|uses|comment) +(.*\S) *$/.exec(typed) ?? [];
  const { kind } = view.action;
  if (word === 'comment') return { comment: rest };
  if (word === 'for' && kind !== 'policy') {
    const seconds = parseDuration(rest);
    return seconds === null || seconds === 0 ? null : { duration: seconds };
  }
  if (word === 'uses' && kind === 'command' && /^[1-9]\d{0,5}$/.test(rest)) return { uses: Number(rest) };
  return null;
}

/** The narrowing that a proposal carries. */
function wantedIn({ body: { comment, duration: lasts, uses } }: Proposal): Narrowing {
  return {
    ...(comment === undefined ? {} : { comment }),
    ...(lasts === undefined ? {} : { duration: lasts }),
    ...(uses === undefined ? {} : { uses }),
  };
}

/** What a narrowing means beside what is asked for, one line each. */
function effects(
  { duration: lasts, uses, comment }: Narrowing,
  { description: { view } }: Proposal,
): string[] {
  const limit = (name: string, typed: string, asked: string, less: boolean): string =>
    less
      ? `  ${name} ${typed}, in place of ${asked}`
      : `  ${name} ${typed} changes nothing: ${asked} is all there is`;
  return [
    ...(lasts === undefined || view.duration === null
      ? []
      : [limit('for', formatDuration(lasts), formatDuration(view.duration), lasts < view.duration)]),
    ...(uses === undefined || view.uses === null
      ? []
      : [limit('uses', String(uses), String(view.uses), uses < view.uses)]),
    ...(comment === undefined ? [] : [`  comment "${told(comment)}"`]),
  ];
}

/** Rows that stand under what is shown: what may be typed, and the question. */
const QUESTION_ROWS = 2;

/** Shows a proposal and asks until the answer is yes or no; the proposal as it is to be signed. Error: `cancelled`. */
async function asked(
  ws: Workspace,
  first: Proposal,
  given: Narrowing,
  context: CliContext,
): Promise<Proposal> {
  const { out, prompter } = context;
  await present(ws, first, context);
  let proposal = first;
  let wanted = given;
  for (;;) {
    const typed = effects(wanted, proposal);
    if (typed.length > 0) out.warn(['What is signed beside it:', ...typed].join('\n'));
    out.warn(out.paint('dim', choices(proposal)));
    const answer = await prompter.line(
      `${question(proposal, wanted)} (y/N)`,
      '--yes and the full 64-digit id',
      true,
    );
    if (isYes(answer)) return proposal;
    const more = change(answer, proposal);
    if (more === null) throw new MpaError('cancelled', 'Nothing was signed.');
    wanted = { ...wanted, ...more };
    proposal = await narrowed(ws, proposal, wanted);
  }
}

/** Puts a proposal before the person: without its history, unless there is something odd about it. */
async function present(ws: Workspace, proposal: Proposal, context: CliContext): Promise<void> {
  const { view, description, contents, unattended } = proposal;
  const presenting = {
    which: 'talk',
    history: description.view.state !== 'pending',
    wholePolicy: false,
  } as const;
  const { text: shown, summary } = await requestText(ws, view, description, contents, context, presenting);
  if (unattended) context.out.talk(shown);
  else await showLong(context, 'talk', shown, summary, QUESTION_ROWS);
}

/** Asks and signs; where the ledger moved meanwhile so that something else would be read now, that is shown and asked anew. */
async function decided(
  ws: Workspace,
  id: string,
  given: Narrowing,
  context: CliContext,
): Promise<{ view: View; target: Target; id: string }> {
  let proposal = await context.out.during('Fetching', () => propose(ws, id, given, false));
  let wanted = given;
  for (;;) {
    const signed = await asked(ws, proposal, wanted, context);
    try {
      return { ...(await approve(ws, signed)), id: signed.id };
    } catch (error) {
      if (!(error instanceof MpaError) || error.code !== 'conflict') throw error;
      context.out.warn(`\n${error.message} This is how it stands now:\n`);
      wanted = wantedIn(signed);
      proposal = await propose(ws, signed.id, wanted, false);
    }
  }
}

/** mpa approve. What is shown is what is signed; where nobody can be asked, only the full id is taken. */
export async function run({ args, options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const given = narrowing(options);
  const ws = await context.workspace();
  const typed = args[0] ?? '';
  const unattended = async (): Promise<{ view: View; target: Target; id: string }> => {
    const proposal = await out.during('Fetching', () => propose(ws, typed, given, true));
    await present(ws, proposal, context);
    return { ...(await approve(ws, proposal)), id: proposal.id };
  };
  const { view, target, id } = flag(options, 'yes')
    ? await unattended()
    : await decided(ws, typed, given, context);
  const now = clock.now();
  out.document({ request: viewOf(view, target, now) });
  out.result(`Approved ${shortId(id)}.\n${nextStep(view, target, now)}`);
}
