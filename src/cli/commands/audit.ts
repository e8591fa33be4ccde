import { told } from '../../core/show.js';
import { formatTime } from '../../core/time.js';
import { audit, type Audit, type NotedRun, type Violation } from '../../workflows/audit.js';
import { exitWords } from '../../workflows/describe.js';
import { shortId } from '../../workflows/find.js';
import type { CliContext, Invocation } from '../invocation.js';
import { exact } from '../../core/show.js';
import { field, when, type Paint } from '../layout-words.js';
import { flag, text } from '../options.js';
import { EXIT } from '../report.js';

function violationLine(
  { before, at, actor, host, request, reason, detail, commit }: Violation,
  paint: Paint,
): string {
  const mark = before ? paint('dim', 'known    ') : paint('bad', 'VIOLATION');
  return `${mark}  ${when(at)}  ${actor} on ${exact(host)}, request ${shortId(request)}\n    ${reason}: ${told(detail)}\n    commit ${commit}`;
}

function runLine(what: string, { id, at, actor, host, request, exit }: NotedRun, paint: Paint): string {
  const how = exit === null ? '' : `, ${exitWords(exit)}`;
  return `${paint('warn', what)}  ${when(at)}  run ${shortId(id)} of ${shortId(request)} by ${actor} on ${exact(host)}${how}`;
}

function lines(found: Audit, paint: Paint): string[] {
  const { view, violations, inert, interrupted, givenBack } = found;
  const verdict =
    found.failure === null
      ? paint('good', 'clean')
      : paint('bad', found.failure === 'violation' ? 'violations' : 'not clean (--strict)');
  return [
    field('anchor', view.anchor),
    field('head', view.head.commit),
    field('c(head)', view.head.chain),
    field('verified', `${found.events} events in ${found.seconds} s`),
    ...violations.map((each) => violationLine(each, paint)),
    ...inert.map(
      (each) => `${paint('warn', 'no event')}  ${each.commit}\n    ${each.reason}: ${told(each.detail)}`,
    ),
    ...interrupted.map((run) => runLine('interrupted', run, paint)),
    ...givenBack.map((run) => runLine('given back', run, paint)),
    field('audit', verdict),
  ];
}

/** What somebody does about it, for each kind of thing that was found: once, however many there are. */
function nextSteps({ violations, inert, interrupted }: Audit): string[] {
  const open = violations.find(({ before }) => !before);
  return [
    ...(open === undefined
      ? []
      : [
          `A violation is a start that nobody had a grant for: something ran, or was about to. Stop its signer while you find out: mpa halt --who ${exact(open.actor)} -m REASON`,
          'Once that is understood, have later audits only list it: mpa audit --since COMMIT, the head of an event after it.',
        ]),
    ...(inert.length > 0
      ? ['What is no event has no effect. Ask who may push to the repository who did.']
      : []),
    ...(interrupted.length > 0
      ? [
          'A run without an end still runs, or died with its machine: see on that host what it did. Its use is spent.',
        ]
      : []),
  ];
}

function withTime<T extends { readonly at: number }>(item: T): Omit<T, 'at'> & { at: string } {
  return { ...item, at: formatTime(item.at) };
}

/** mpa audit: verifies everything from the root. Exit 1 for a violation, and with --strict for what is unclean. */
export async function run({ options }: Invocation, context: CliContext): Promise<number> {
  const { out } = context;
  const ws = await context.workspace();
  const asked = {
    since: text(options, 'since') ?? null,
    head: text(options, 'head') ?? null,
    strict: flag(options, 'strict'),
  };
  const found = await out.during('Verifying everything', () => audit(ws, asked));
  const { view, events, violations, inert, interrupted, givenBack, seconds } = found;
  out.document({
    anchor: view.anchor,
    head: view.head.commit,
    chain: view.head.chain,
    events,
    violations: violations.map(withTime),
    inert,
    interrupted: interrupted.map(withTime),
    givenBack: givenBack.map(withTime),
    seconds,
  });
  out.result(lines(found, out.paint.bind(out)).join('\n'));
  for (const step of nextSteps(found)) out.talk(step);
  return found.failure === null ? EXIT.done : EXIT.refused;
}
