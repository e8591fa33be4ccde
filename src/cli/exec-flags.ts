import { dirname } from 'node:path';
import type { CommandAction } from '../core/action.js';
import { MpaError } from '../core/errors.js';
import { joinPath } from '../core/paths.js';
import type { Wanted } from '../workflows/exec.js';
import type { Here } from '../workflows/grant.js';
import { actionOf } from './action.js';
import type { CliContext, Invocation } from './invocation.js';
import { flag, text, texts } from './options.js';

/** Flags that say what is to run, beside COMMAND itself. */
const SHAPING = ['cwd', 'env', 'passEnv', 'interactive', 'host', 'user', 'program', 'executor', 'pin'];

function sameVariables(a: CommandAction['env'] = {}, b: CommandAction['env'] = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function sameNames(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

/** Whether an approved action is what the flags speak of: of what they leave unsaid any will do. `here`: where --pin is taken from. */
function fitting(
  { options }: Invocation,
  typed: CommandAction,
  here: string,
): (action: CommandAction) => boolean {
  const pins = texts(options, 'pin').map((path) => joinPath(here, path));
  return (action) =>
    pins.every((path) => (action.pins ?? []).some((pin) => pin.path === path)) &&
    (options['env'] === undefined || sameVariables(typed.env, action.env)) &&
    (options['passEnv'] === undefined || sameNames(typed.passEnv, action.passEnv)) &&
    (!flag(options, 'interactive') || action.stdin === 'terminal');
}

/** What the flags that shape a command make of the place where it is to run. Errors: `usage` where that is not here. */
export function shaped(
  invocation: Invocation,
  context: CliContext,
  plain: Here,
): { readonly here: Here; readonly fits?: NonNullable<Wanted['fits']> } {
  const { args, options } = invocation;
  const given = SHAPING.find((name) => options[name] !== undefined);
  if (given === undefined) return { here: plain };
  if (args[0] !== undefined)
    throw new MpaError('usage', `${flagOf(given)} does not go with an id: what was approved runs.`);
  const typed = actionOf({ ...invocation, options: { ...options, access: undefined } }, context);
  if (typed.kind !== 'command') throw new MpaError('usage', 'Only a command can be run.');
  const { machine } = context;
  if (typed.executor !== undefined || typed.host !== machine.host || typed.user !== machine.user)
    throw new MpaError('usage', 'exec runs a command here, as whoever types it.', {
      hint: 'For another machine, login or executor: mpa request, and there mpa exec ID.',
    });
  const path = text(options, 'program') === undefined ? plain.path : dirname(typed.program ?? '/');
  return {
    here: { ...plain, cwd: typed.cwd ?? plain.cwd, path },
    fits: fitting(invocation, typed, plain.cwd),
  };
}

/** The flag as people type it. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * The resource of --access, under which COMMAND is to run; null: none. Errors: `usage` beside whatever else says what is to run or is
 * to be asked for.
 */
export function resourceOf({ args, options, command }: Invocation): string | null {
  const resource = text(options, 'access');
  if (resource === undefined) return null;
  const others = [...SHAPING, 'stdin', 'noPin', 'reason', 'reasonFile'];
  const other = others.find((name) => options[name] !== undefined);
  if (args[0] === undefined && command !== null && other === undefined) return resource;
  const beside = other === undefined ? '' : `, and not with ${flagOf(other)}`;
  throw new MpaError('usage', `--access RESOURCE goes with a command${beside}.`, {
    hint: 'mpa exec --access RESOURCE -- COMMAND... To ask for it: mpa request --access RESOURCE -m REASON',
  });
}
