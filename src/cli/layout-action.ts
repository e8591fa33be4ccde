import type { Action, CommandAction, Content } from '../core/action.js';
import { quoted, solid } from '../core/show.js';
import type { Warning } from '../core/warnings.js';
import { shortId } from '../workflows/find.js';
import { beside, BESIDE, commandText, field, place, sizeText, type Paint } from './layout-words.js';

function stdinText(stdin: CommandAction['stdin']): string {
  if (stdin === undefined) return 'nothing (/dev/null)';
  return stdin === 'terminal' ? 'the terminal' : `a file of ${sizeText(stdin.size)}, below`;
}

function placeLines(action: CommandAction): string[] {
  if (action.executor !== undefined) return [field('on', `the executor ${action.executor}`)];
  const { argv, program = '', host = '', user = '', cwd = '' } = action;
  const whole = `${solid(user)} on ${solid(host)}, in ${solid(cwd)}`;
  return [
    ...(argv[0] === program ? [] : [field('program', place(program))]),
    ...(whole.length <= BESIDE
      ? [field('as', whole)]
      : [field('as', beside(`${solid(user)} on ${solid(host)}`)), field('in', place(cwd))]),
  ];
}

function environmentLines(action: CommandAction): string[] {
  const set = Object.entries(action.env ?? {}).map(([name, value]) =>
    beside(`${solid(name)}=${quoted(['x', value]).slice(2)}`),
  );
  const passed = (action.passEnv ?? []).map(solid).join(' ');
  return [
    ...(set.length === 0 ? [] : [field('sets', set.join('\n'))]),
    ...(passed === '' ? [] : [field('passes', beside(passed))]),
  ];
}

/** What runs, where, and as whom: the exact command, nothing left out and nothing cut. Section 9. */
export function whatLines(action: Action, paint: Paint): string[] {
  if (action.kind === 'command')
    return [field('runs', paint('strong', commandText(action))), ...placeLines(action)];
  if (action.kind === 'access') return [field('access', paint('strong', place(action.resource)))];
  return [field('changes', `the policy ${shortId(action.base)}`)];
}

/** With what it runs: variables and standard input. */
export function withLines(action: Action): string[] {
  if (action.kind !== 'command') return [];
  return [...environmentLines(action), field('stdin', stdinText(action.stdin))];
}

/** One warning under a label of its own, in words that a tired person understands. */
export function warningLines(warnings: readonly Warning[], paint: Paint): string[] {
  return warnings.map(({ what, why }) =>
    field(paint('warn', 'careful'), beside(`${what}: ${why}`), 'careful'.length),
  );
}

/** A digest, whole, on a line of its own: what people compare. */
export function digestText({ sha256 }: Pick<Content, 'sha256'>): string {
  return `SHA-256\n${sha256}`;
}
