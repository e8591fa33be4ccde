import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { MpaError } from '../../core/errors.js';
import { exec, type Wanted, type Ways } from '../../workflows/exec.js';
import { shortId } from '../../workflows/find.js';
import type { Launch, Launcher } from '../../workflows/launch.js';
import { execAccess } from '../../workflows/session.js';
import type { Ask } from '../../workflows/request.js';
import type { Workspace } from '../../workflows/workspace.js';
import { checkArguments, hereFolder } from '../action.js';
import { resourceOf, shaped } from '../exec-flags.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag, text, texts, without } from '../options.js';
import { canAsk } from '../reason.js';
import { createLauncher, statusOf } from '../runner.js';
import { givenInput, type Given } from '../standard-input.js';
import { targetNotices } from '../targets.js';

/** Whether somebody has put something on standard input that is not going to be read. */
function hasUnreadInput(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isSocket() || (input.isFile() && input.size > 0);
  } catch {
    return false;
  }
}

/** What to ask for where there is no grant. Without a reason nothing is asked anew that people have refused or that has changed. */
async function asking(
  refused: MpaError,
  invocation: Invocation,
  context: CliContext,
  given: Given,
): Promise<Ask> {
  const { options } = invocation;
  const { code, message } = refused;
  const first = code === 'unknown-request';
  const reason = text(options, 'reason') ?? text(options, 'reasonFile');
  if (code === 'not-found' || code === 'cannot-execute') throw refused;
  if (reason === undefined && code === 'mismatch')
    throw new MpaError(code, message, { hint: 'Add -m REASON to ask for what is here now.' });
  if (reason === undefined && !canAsk(context)) {
    const hint = 'Give a reason, and it is asked for: -m REASON or -F FILE.';
    if (first) throw new MpaError('answer-needed', 'You have no grant for exactly this command.', { hint });
    throw new MpaError(code, message, { hint: `To ask anew, give a reason: -m REASON or -F FILE.` });
  }
  if (!first) context.out.talk(`${message.split('\n')[0] ?? ''} It is asked for anew.`);
  const { askOf } = await import('../asking.js');
  return askOf(invocation, context, given);
}

/** Whether to wait for others: a script that only names a grant wants its answer now, and one that brings a reason wants the run. */
function waits({ options }: Invocation, context: CliContext): boolean {
  if (without(options, 'wait')) return false;
  const asks = options['reason'] !== undefined || options['reasonFile'] !== undefined;
  return flag(options, 'wait') || asks || canAsk(context);
}

function waysOf(invocation: Invocation, context: CliContext, ws: Workspace, given: Given): Ways {
  const { out, clock } = context;
  const { options } = invocation;
  return {
    ask: (refused) => asking(refused, invocation, context, given),
    // What a live grant does not need is not loaded for it.
    waits: async ({ view, record }, how) => {
      const { nextStep } = await import('../present.js');
      const id = shortId(record.id);
      const next = nextStep(view, { kind: 'request', record }, clock.now());
      out.talk(how === 'asked' ? `Requested ${id}.\n${next}` : `You have asked for this: ${id}.\n${next}`);
    },
    wait: waits(invocation, context)
      ? async (id) => {
          const { waitHere } = await import('../waiting.js');
          const ended = await waitHere(context, ws, id, 'exec');
          if (ended.as === 'approved') out.talk('Approved.');
          return ended;
        }
      : null,
    recording: { record: flag(options, 'record'), outputs: texts(options, 'output') },
  };
}

/** mpa exec: stdout is the command's alone. The exit status is the command's own. */
export async function run(invocation: Invocation, context: CliContext): Promise<number> {
  const { args, command } = invocation;
  const { out, env, machine, clock } = context;
  if (command !== null) checkArguments(command);
  const resource = resourceOf(invocation);
  const given = await givenInput(invocation);
  const plain = { cwd: hereFolder(), path: env['PATH'], terminal: isatty(0), stdinFile: given, machine };
  const { here, fits } = shaped(invocation, context, plain);
  const ws = await context.workspace();
  const start = createLauncher(env, { clock, say: (line) => out.talk(line) });
  const ways = waysOf(invocation, context, ws, given);
  let asked = false;
  const launcher: Launcher = (launch: Launch) => {
    // Whoever asked just now has read it already.
    const { action } = launch.record.event;
    const notices = asked || action.kind !== 'command' ? [] : targetNotices(action, env);
    for (const words of notices) out.talk(words);
    if (launch.input.kind === 'nothing' && hasUnreadInput())
      out.warn('mpa: standard input is not read: nobody approved it.');
    return start(launch);
  };
  const wanted: Wanted = { id: args[0] ?? null, argv: command, ...(fits === undefined ? {} : { fits }) };
  const asks: Ways = {
    ...ways,
    ask: (refused) => {
      asked = true;
      return ways.ask(refused);
    },
  };
  const exit =
    resource === null
      ? await exec(ws, wanted, here, launcher, asks)
      : await execAccess(ws, resource, command ?? [], here, launcher, ways.recording);
  if ('failed' in exit)
    out.warn(`mpa: the program could not be started (${exit.failed}). The use is given back.`);
  return statusOf(exit);
}
