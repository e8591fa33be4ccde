import { fstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { exec } from '../../workflows/exec.js';
import type { Launch, Launcher } from '../../workflows/launch.js';
import { checkArguments, hereFolder } from '../action.js';
import type { CliContext, Invocation } from '../invocation.js';
import { text } from '../options.js';
import { createLauncher, statusOf } from '../runner.js';

/** Whether somebody has put something on standard input that is not going to be read. */
function hasUnreadInput(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isSocket() || (input.isFile() && input.size > 0);
  } catch {
    return false;
  }
}

/** mpa exec: stdout is the command's alone. The exit status is the command's own. */
export async function run({ args, options, command }: Invocation, context: CliContext): Promise<number> {
  const { out, env, machine, clock } = context;
  if (command !== null) checkArguments(command);
  const cwd = hereFolder();
  const typed = text(options, 'stdin');
  const stdinFile = typed === undefined ? null : resolve(cwd, typed);
  const here = { cwd, path: env['PATH'], terminal: isatty(0), stdinFile, machine };
  const ws = await context.workspace();
  const start = createLauncher(env, { clock, say: (line) => out.talk(line) });
  const launcher: Launcher = (launch: Launch) => {
    if (launch.input.kind === 'nothing' && hasUnreadInput())
      out.warn('mpa: standard input is not read: nobody approved it.');
    return start(launch);
  };
  const exit = await exec(ws, { id: args[0] ?? null, argv: command }, here, launcher);
  if ('failed' in exit)
    out.warn(`mpa: the program could not be started (${exit.failed}). The use is given back.`);
  return statusOf(exit);
}
