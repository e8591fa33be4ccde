import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AccessAction, CommandAction } from '../core/action.js';
import { MpaError } from '../core/errors.js';
import { joinPath, lastPart } from '../core/paths.js';
import { LIMITS } from '../core/schema.js';
import { checkProgram, resolveProgram } from '../workflows/program.js';
import { currentFolder, nameable } from './here.js';
import type { CliContext, Invocation } from './invocation.js';
import { hostLabel } from './machine.js';
import { flag, text, texts } from './options.js';

type Options = Invocation['options'];

/** The working directory as the kernel names it. Error: `usage` where it is gone, or a request cannot carry its name. */
export function hereFolder(): string {
  return nameable(currentFolder());
}

/**
 * Arguments reach node decoded: bytes that are no UTF-8 have become U+FFFD, and another command would run than was typed. Errors:
 * `usage`, `over-limit` (section 10).
 */
export function checkArguments(argv: readonly string[]): void {
  if (argv.some((argument) => argument.includes('\ufffd')))
    throw new MpaError(
      'usage',
      'An argument of the command is not valid UTF-8, which a request cannot carry.',
    );
  const bytes = argv.reduce((sum, argument) => sum + Buffer.byteLength(argument), 0);
  const excess =
    argv.length > LIMITS.arguments
      ? `${argv.length} words, and a request carries at most ${LIMITS.arguments}`
      : bytes > LIMITS.argumentBytes
        ? `${bytes} bytes of arguments, and a request carries at most ${LIMITS.argumentBytes}`
        : null;
  if (excess !== null)
    throw new MpaError('over-limit', `The command has ${excess}.`, {
      hint: 'Put them into a file that the command reads: it is pinned, and approvers read it.',
    });
}

function folderHere(typed: string | undefined): string {
  if (typed === undefined) return hereFolder();
  try {
    const folder = realpathSync(resolve(hereFolder(), typed));
    if (statSync(folder).isDirectory()) return nameable(folder);
  } catch (cause) {
    if (cause instanceof MpaError) throw cause;
    throw new MpaError('usage', `--cwd ${typed} is no folder that can be reached.`, { cause });
  }
  throw new MpaError('usage', `--cwd ${typed} is no folder.`);
}

function folderElsewhere(typed: string | undefined): string {
  const folder = typed ?? hereFolder();
  if (folder.startsWith('/')) return joinPath('/', folder);
  throw new MpaError('usage', `--cwd ${folder} must be an absolute path for a command on another host.`);
}

/** `--program`, consistent with `argv0` by section 4. Error: `usage`. */
function chosenProgram(typed: string, argv0: string, cwd: string): string {
  if (!typed.startsWith('/')) throw new MpaError('usage', `--program ${typed} must be an absolute path.`);
  const program = joinPath('/', typed);
  const fits = argv0.includes('/') ? joinPath(cwd, argv0) === program : lastPart(program) === argv0;
  if (fits) return program;
  throw new MpaError('usage', `--program ${typed} is not what \`${argv0}\` stands for.`, {
    hint: 'Its last part must be the first word of the command, or that word must be this very path.',
  });
}

function programElsewhere(argv0: string, cwd: string, typed: string | undefined): string {
  if (typed !== undefined) return chosenProgram(typed, argv0, cwd);
  if (argv0.includes('/')) return joinPath(cwd, argv0);
  throw new MpaError('usage', `Where is \`${argv0}\` on the other host?`, {
    hint: 'Say it with --program PATH, or give the absolute path as the first word of the command.',
  });
}

function programHere(
  argv0: string,
  cwd: string,
  typed: string | undefined,
  path: string | undefined,
): string {
  if (typed === undefined) return resolveProgram(argv0, cwd, path);
  const program = chosenProgram(typed, argv0, cwd);
  checkProgram(program);
  return program;
}

type Place = Pick<CommandAction, 'host' | 'user' | 'program' | 'cwd'>;

/** Where the command will run, and as whom: here as me, unless the flags say otherwise. */
function place(argv0: string, options: Options, { machine, env }: CliContext): Place {
  const typed = text(options, 'host');
  const host = typed === undefined ? machine.host : hostLabel(typed);
  const user = text(options, 'user') ?? machine.user;
  const program = text(options, 'program');
  if (host === machine.host) {
    const cwd = folderHere(text(options, 'cwd'));
    return { host, user, program: programHere(argv0, cwd, program, env['PATH']), cwd };
  }
  const cwd = folderElsewhere(text(options, 'cwd'));
  return { host, user, program: programElsewhere(argv0, cwd, program), cwd };
}

function variables(options: Options, env: CliContext['env']): Pick<CommandAction, 'env' | 'passEnv'> {
  const set: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const typed of texts(options, 'env')) {
    const [name = '', ...rest] = typed.split('=');
    const value = typed.includes('=') ? rest.join('=') : Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) throw new MpaError('usage', `--env ${typed}: that variable is not set here.`);
    set[name] = value;
  }
  const passEnv = texts(options, 'passEnv');
  return {
    ...(Object.keys(set).length === 0 ? {} : { env: set }),
    ...(passEnv.length === 0 ? {} : { passEnv: [...new Set(passEnv)] }),
  };
}

function refuseFlags(options: Options, names: readonly string[], because: string): void {
  const name = names.find((each) => options[each] !== undefined);
  if (name === undefined) return;
  const typed = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new MpaError('usage', `--${typed} does not go with ${because}.`);
}

/** What only a command has. */
const COMMANDS = ['env', 'passEnv', 'interactive', 'stdin', 'executor', 'noPin', 'pin'];

const PLACES = ['host', 'user', 'program', 'cwd'];

function commandAction(argv: readonly string[], options: Options, context: CliContext): CommandAction {
  const argv0 = argv[0];
  if (argv0 === undefined || argv0 === '') throw new MpaError('usage', 'The command after `--` is empty.');
  checkArguments(argv);
  const executor = text(options, 'executor');
  if (executor !== undefined)
    refuseFlags(options, PLACES, '--executor: its own configuration says where it runs');
  return {
    kind: 'command',
    argv: [...argv],
    ...(executor === undefined ? place(argv0, options, context) : { executor }),
    ...variables(options, context.env),
    ...(flag(options, 'interactive') ? { stdin: 'terminal' as const } : {}),
  };
}

/** What `mpa request` is asked to ask for, by its flags and COMMAND. Errors: `usage`, `not-found`, `cannot-execute`. */
export function actionOf(
  { options, command }: Invocation,
  context: CliContext,
): CommandAction | AccessAction {
  const resource = text(options, 'access');
  if (command !== null && resource === undefined) return commandAction(command, options, context);
  if (command === null && resource === undefined) {
    throw new MpaError('usage', 'What for? A command (after `--`) or --access RESOURCE is needed.', {
      hint: 'mpa request -m REASON -- COMMAND...',
    });
  }
  if (command !== null) throw new MpaError('usage', 'Ask for a command or for access, not for both at once.');
  refuseFlags(options, [...PLACES, 'uses', ...COMMANDS], '--access');
  return { kind: 'access', resource: resource ?? '' };
}
