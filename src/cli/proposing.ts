import { quorum, secondsOf } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import { isPolicyRequest } from '../core/events.js';
import { liveRequests } from '../core/rest.js';
import type { View } from '../ledger/ledger.js';
import { shortId } from '../workflows/find.js';
import { plan, proposeChange, type Change, type Plan, type Proposed } from '../workflows/propose-policy.js';
import type { Workspace } from '../workflows/workspace.js';
import { differenceLines, remarkLines, rows } from './policy-difference.js';
import type { CliContext, Invocation } from './invocation.js';
import { duration, flag } from './options.js';
import { nextStep, viewOf } from './present.js';
import { canAsk, justification } from './reason.js';

/** What a command proposes. */
export interface Wanted {
  readonly change: Change;
  /** Id of the policy that it was made from, where that is not simply the one in force: see Proposing. */
  readonly base?: string;
  /** A line above the differences: `Bob's key is replaced`. Ours, or escaped. */
  readonly title?: string;
  /** The reason where none is given: of a proposal that is made again. */
  readonly reason?: string;
}

/** Other policy requests that wait: whichever is approved first makes the others stale. */
function rivals(view: View, now: number): readonly string[] {
  const { state } = view;
  return liveRequests(state)
    .filter((record) => isPolicyRequest(record.event) && record.event.action.base === state.current)
    .filter((record) => secondsOf(record.event.approveBy) > now && !quorum(state, record, now).met)
    .map(({ id, event }) => `${shortId(id)} of ${event.actor}`);
}

function shown(wanted: Wanted, { view, differences, remarks }: Plan, context: CliContext): string {
  const { out, clock } = context;
  const paint = out.paint.bind(out);
  const others = rivals(view, clock.now());
  const halted = view.state.halts.map(({ who, actor }) => `${who ?? 'everything'} (by ${actor})`);
  return [
    paint('strong', wanted.title ?? 'What would change'),
    ...differenceLines(differences, paint),
    ...(remarks.length === 0 ? [] : ['', ...remarkLines(remarks, paint)]),
    ...(others.length === 0
      ? []
      : [
          '',
          ...rows(
            `Another change waits: ${others.join(', ')}. Whichever is approved first makes the other stale.`,
            78,
          ),
        ]),
    // Section 7, counting 6: whoever meant to leave the halt alone should know.
    ...(halted.length === 0
      ? []
      : ['', ...rows(`Once in force it lifts what is halted now: ${halted.join(', ')}.`, 78)]),
  ].join('\n');
}

/**
 * Shows what would change, takes the reason, asks on a terminal, signs, and says who can approve: the end of every command that proposes
 * a change of the policy. Reads the flags of define/proposal.ts. Nothing is in force until others approve, so where nobody can be asked it
 * is signed without a question, as `request` is. Errors: those of proposeChange; `answer-needed` (the reason); `cancelled`.
 */
export async function proposing(
  invocation: Invocation,
  context: CliContext,
  ws: Workspace,
  wanted: Wanted,
): Promise<Proposed> {
  const { out, clock, prompter } = context;
  const { options } = invocation;
  const within = duration(options, 'within');
  const how = {
    anyway: flag(options, 'anyway'),
    ...(wanted.base === undefined ? {} : { base: wanted.base }),
    ...(within === undefined ? {} : { within }),
  };
  const planned = await out.during('Fetching', () => plan(ws, wanted.change, how));
  const asks = !flag(options, 'yes') && canAsk(context);
  const text = shown(wanted, planned, context);
  if (asks) out.warn(text);
  else out.talk(text);
  const about = ['What would change:', ...differenceLines(planned.differences, (_, words) => words)];
  const given = options['reason'] !== undefined || options['reasonFile'] !== undefined;
  const reason =
    given || wanted.reason === undefined ? await justification(invocation, context, about) : wanted.reason;
  if (asks && !(await prompter.confirm('Propose this?', '--yes')))
    throw new MpaError('cancelled', 'Nothing was proposed.');
  const proposed = await proposeChange(ws, wanted.change, { ...how, reason });
  const { view, record } = proposed;
  const target = { kind: 'request', record } as const;
  out.document({ request: viewOf(view, target, clock.now()) });
  out.result(`Proposed ${shortId(record.id)}.\n${nextStep(view, target, clock.now())}`);
  return proposed;
}
