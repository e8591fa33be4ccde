import { MpaError } from '../../core/errors.js';
import { formatDuration } from '../../core/time.js';
import { approve, propose, type Narrowing, type Proposal } from '../../workflows/approve.js';
import { shortId } from '../../workflows/find.js';
import type { CliContext, Invocation } from '../invocation.js';
import { count, duration, flag, text } from '../options.js';
import { nextStep, requestText, viewOf } from '../present.js';

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
  const narrowed = [
    ...(lasts === undefined ? [] : [`for ${formatDuration(lasts)}`]),
    ...(uses === undefined ? [] : [`${uses} ${uses === 1 ? 'use' : 'uses'}`]),
  ];
  const limits = narrowed.length === 0 ? '' : `, narrowed to ${narrowed.join(' and ')}`;
  if (isGenesis) return `Endorse this ledger, founded by ${view.actor}?`;
  return `Sign this request of ${view.actor}, ${shortId(id)}${limits}?`;
}

/** mpa approve. What is shown is what is signed; where nobody can be asked, only the full id is taken. */
export async function run({ args, options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock, prompter } = context;
  const narrowed = narrowing(options);
  const yes = flag(options, 'yes');
  const ws = await context.workspace();
  const proposal = await out.during('Fetching', () => propose(ws, args[0] ?? '', narrowed, yes));
  const shown = await requestText(ws, proposal.view, proposal.description, context);
  if (yes) {
    out.talk(shown);
  } else {
    out.warn(shown);
    if (!(await prompter.confirm(question(proposal, narrowed), '--yes and the full 64-digit id')))
      throw new MpaError('cancelled', 'Nothing was signed.');
  }
  const { view, target } = await approve(ws, proposal);
  const now = clock.now();
  out.document({ request: viewOf(view, target, now) });
  out.result(`Approved ${shortId(proposal.id)}.\n${nextStep(view, target, now)}`);
}
