import { MpaError } from '../../core/errors.js';
import { told } from '../../core/show.js';
import { timeWords } from '../../core/time.js';
import type { ReadEvent, View } from '../../ledger/ledger.js';
import { shortId } from '../../workflows/find.js';
import { eventWords } from '../../workflows/log.js';
import { accept, sync, vanishing } from '../../workflows/sync.js';
import type { Workspace } from '../../workflows/workspace.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag, text } from '../options.js';
import type { Output } from '../output.js';
import { headOf } from '../head.js';

/** `mpa sync [--accept HEAD]`. CLI.md, Governing. Errors: every fatal code, `remote-*`, `full-id-needed`, `cancelled`. */
export async function run({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out } = context;
  const ws = await context.workspace();
  const head = text(options, 'accept');
  if (head !== undefined) await accepted(ws, head, flag(options, 'yes'), context);
  const { view, waiting } = await out.during('Fetching', () => sync(ws));
  out.document({ name: ws.name, anchor: view.anchor, ...headOf(view), chain: view.head.chain, waiting });
  report(view, waiting, out);
  return undefined;
}

/** Commits without effect that are told one by one; `mpa audit` lists all. */
const LISTED = 10;

function report(view: View, waiting: number, out: Output): void {
  out.result(`head   ${view.head.commit}`);
  out.result(`chain  ${view.head.chain}`);
  out.talk(`${view.state.events} events, verified.`);
  for (const { commit, reason, detail } of view.inert.slice(0, LISTED)) {
    out.warn(`Without effect: commit ${shortId(commit)} is no event (${reason}): ${told(detail)}`);
  }
  if (waiting > 0) out.warn(`${waiting} finished runs still wait to be recorded: run \`mpa sync\` again.`);
}

/** Section 2.6: what vanishes is shown, and a person says yes. */
async function accepted(
  ws: Workspace,
  head: string,
  unattended: boolean,
  context: CliContext,
): Promise<void> {
  const { out, prompter } = context;
  const gone = await out.during('Fetching', () => vanishing(ws, head));
  if (gone === null) {
    out.talk('The branch contains what was verified here: there is nothing to accept.');
    return;
  }
  out.warn(
    out.paint(
      'bad',
      `The branch lacks ${gone.length === 1 ? '1 event that was' : `${gone.length} events that were`} verified here. Gone for good would be:`,
    ),
  );
  for (const item of gone) out.warn(`  ${eventLine(item)}`);
  out.warn(
    'Runs that they allowed stay spent on this machine. Ask the others whether this is what you all agreed.',
  );
  if (!unattended && !(await prompter.confirm(`Accept ${head} as the head?`, '--yes'))) {
    throw new MpaError('cancelled', 'Nothing was accepted: the verified head stays.');
  }
  await accept(ws, head);
}

function eventLine(item: ReadEvent): string {
  const { what, text: about } = eventWords(item);
  return `${timeWords(item.at)}  ${shortId(item.id)}  ${item.event.actor} ${what} ${about}`;
}
