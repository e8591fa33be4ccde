import { fstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { isatty } from 'node:tty';
import type { CommandAction } from '../../core/action.js';
import { MpaError } from '../../core/errors.js';
import { exec, type Wanted, type Ways } from '../../workflows/exec.js';
import { shortId } from '../../workflows/find.js';
import type { Here } from '../../workflows/grant.js';
import type { Launch, Launcher } from '../../workflows/launch.js';
import type { Ask } from '../../workflows/request.js';
import type { Workspace } from '../../workflows/workspace.js';
import { actionOf, checkArguments, hereFolder } from '../action.js';
import { askOf } from '../asking.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag, text, texts, without } from '../options.js';
import { nextStep } from '../present.js';
import { canAsk } from '../reason.js';
import { createLauncher, statusOf } from '../runner.js';
import { givenInput, type Given } from '../standard-input.js';
import { targetNotices } from '../targets.js';
import { waitHere } from '../waiting.js';

/** Whether somebody has put something on standard input that is not going to be read. */
function hasUnreadInput(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isSocket() || (input.isFile() && input.size > 0);
  } catch {
    return false;
  }
}

/** Flags that say what is to run, beside COMMAND itself. */
const SHAPING = ['cwd', 'env', 'passEnv', 'interactive', 'host', 'user', 'program', 'executor'];

function sameVariables(a: CommandAction['env'] = {}, b: CommandAction['env'] = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function sameNames(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

/** Whether an approved action is what the flags speak of: of what they leave unsaid any will do. */
function fitting({ options }: Invocation, typed: CommandAction): (action: CommandAction) => boolean {
  return (action) =>
    (options['env'] === undefined || sameVariables(typed.env, action.env)) &&
    (options['passEnv'] === undefined || sameNames(typed.passEnv, action.passEnv)) &&
    (!flag(options, 'interactive') || action.stdin === 'terminal');
}

/** What the flags that shape a command make of the place where it is to run. Errors: `usage` where that is not here. */
function shaped(
  invocation: Invocation,
  context: CliContext,
  plain: Here,
): { readonly here: Here; readonly fits?: NonNullable<Wanted['fits']> } {
  const { args, options, command } = invocation;
  const given = SHAPING.find((name) => options[name] !== undefined);
  if (given === undefined || command === null) {
    if (given !== undefined && args[0] !== undefined)
      throw new MpaError(
        'usage',
        `--${given.replace('E', '-e')} does not go with an id: what was approved runs.`,
      );
    return { here: plain };
  }
  const { access: _, ...rest } = options;
  const typed = actionOf({ ...invocation, options: rest }, context);
  if (typed.kind !== 'command') throw new MpaError('usage', 'Only a command can be run.');
  const { machine } = context;
  if (typed.executor !== undefined || typed.host !== machine.host || typed.user !== machine.user)
    throw new MpaError('usage', 'exec runs a command here, as whoever types it.', {
      hint: 'For another machine, login or executor: mpa request, and there mpa exec ID.',
    });
  const path = text(options, 'program') === undefined ? plain.path : dirname(typed.program ?? '/');
  return { here: { ...plain, cwd: typed.cwd ?? plain.cwd, path }, fits: fitting(invocation, typed) };
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
  return askOf(invocation, context, given);
}

function waysOf(invocation: Invocation, context: CliContext, ws: Workspace, given: Given): Ways {
  const { out, clock } = context;
  const { options } = invocation;
  return {
    ask: (refused) => asking(refused, invocation, context, given),
    waits: ({ view, record }, how) => {
      const id = shortId(record.id);
      const next = nextStep(view, { kind: 'request', record }, clock.now());
      out.talk(how === 'asked' ? `Requested ${id}.\n${next}` : `You have asked for this: ${id}.\n${next}`);
    },
    wait: without(options, 'wait')
      ? null
      : async (id) => {
          const ended = await waitHere(context, ws, id, 'exec');
          if (ended.as === 'approved') out.talk('Approved.');
          return ended;
        },
    recording: { record: flag(options, 'record'), outputs: texts(options, 'output') },
  };
}

/** mpa exec: stdout is the command's alone. The exit status is the command's own. */
export async function run(invocation: Invocation, context: CliContext): Promise<number> {
  const { args, command } = invocation;
  const { out, env, machine, clock } = context;
  if (command !== null) checkArguments(command);
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
  const exit = await exec(ws, wanted, here, launcher, {
    ...ways,
    ask: (refused) => {
      asked = true;
      return ways.ask(refused);
    },
  });
  if ('failed' in exit)
    out.warn(`mpa: the program could not be started (${exit.failed}). The use is given back.`);
  return statusOf(exit);
}
