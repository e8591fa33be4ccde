import { Command, CommanderError, Option } from 'commander';
import { MpaError } from '../core/errors.js';
import type { Argv } from './argv.js';
import { exec, verify } from './define/acting.js';
import { asking } from './define/asking.js';
import { completion } from './define/completion.js';
import type { Chosen, Group, Loader } from './define/define.js';
import { governing } from './define/governing.js';
import { people } from './define/people.js';
import { policy } from './define/policy.js';
import { setup } from './define/setup.js';
import type { Globals, Invocation } from './invocation.js';
import { VERSION } from './version.js';

/** A command line that names a command: what to import, and what to hand it. */
export interface Parsed {
  readonly invocation: Invocation;
  readonly load: Loader;
}

/** Where help and the version go: both take text with its final newline. */
export interface HelpStreams {
  out(text: string): void;
  err(text: string): void;
}

/**
 * Parses a command line against the tree of CLI.md. null: help or the version was asked for, and printed.
 * Runs nothing and imports no command. Errors: `usage`, `unsupported`.
 */
export async function parse(argv: Argv, streams: HelpStreams): Promise<Parsed | null> {
  let parsed: Parsed | null = null;
  const chosen: Chosen = (command, load, preset) => {
    parsed = { invocation: invocationOf(command, argv.command, preset), load };
  };
  const program = tree(streams, chosen, argv);
  if (argv.word === undefined && argv.before.includes('--')) {
    throw new MpaError('usage', 'A command word must stand before `--`.', { hint: SEE_HELP });
  }
  try {
    await program.parseAsync([...argv.before], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new MpaError('usage', sentence(error), { hint: hintFor(argv) });
  }
  return parsed;
}

const SEE_HELP = 'See `mpa --help`.';

/** The commands of mpa, each group with its words. */
export const GROUPS: readonly { readonly words: string; readonly group: Group }[] = [
  { words: 'keygen key init join status', group: setup },
  {
    words: 'request list ls inbox watch show approve deny revoke withdraw halt resume',
    group: asking,
  },
  { words: 'exec', group: exec },
  { words: 'verify', group: verify },
  { words: 'policy', group: policy },
  { words: 'member group executor', group: people },
  { words: 'log audit sync doctor', group: governing },
  { words: 'completion complete', group: completion },
];

/**
 * The tree of commands, with the global flags on each level, so that they stand before or after the command word. `typed`: what was typed,
 * and no more than it takes: of dozens of commands with their flags each start would else make all.
 */
function tree(streams: HelpStreams, chosen: Chosen, typed?: Argv): Command {
  const program = new Command('mpa')
    .description('Two people behind every sensitive command.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => streams.out(text),
      writeErr: (text) => streams.err(text),
      // main.ts prints every failure, in one shape.
      outputError: () => undefined,
    });
  const word = typed?.word ?? '';
  const asked = typed?.before.slice(0, typed.before.indexOf(word)) ?? [];
  const help = asked.some((flag) => flag === '-h' || flag === '--help');
  const own = help ? undefined : GROUPS.find(({ words }) => words.split(' ').includes(word));
  for (const { group } of own === undefined ? GROUPS : [own]) group(program, chosen);
  withGlobals(program, false);
  const met = (name: string): boolean => typed?.before.includes(name) ?? true;
  for (const command of descendants(program))
    if ([command.name(), ...command.aliases()].some(met)) withGlobals(command, true);
  return program;
}

/** The tree by itself: for completion. */
export function commandTree(): Command {
  const nowhere = (): undefined => undefined;
  return tree({ out: nowhere, err: nowhere }, nowhere);
}

function withGlobals(command: Command, hidden: boolean): void {
  const options = [
    new Option('--ledger <name>', 'which ledger, by its local name'),
    new Option('--json', 'one JSON document on standard output'),
    new Option('--quiet', 'results and warnings only'),
    new Option('--no-color', 'no colour'),
    new Option('--no-input', 'never ask: fail where an answer is needed'),
    new Option('--passphrase-file <file>', 'a file with the passphrase of your key'),
  ];
  for (const option of options) command.addOption(hidden ? option.hideHelp() : option);
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

function invocationOf(
  command: Command,
  wrapped: readonly string[] | null,
  preset: Readonly<Record<string, unknown>>,
): Invocation {
  return {
    args: command.args,
    options: { ...command.opts(), ...preset },
    globals: globalsOf(command),
    command: wrapped,
  };
}

/** The nearest level that was given a flag decides; a switch counts wherever it stands. */
function globalsOf(command: Command): Globals {
  const levels: Record<string, unknown>[] = [];
  for (let level: Command | null = command; level !== null; level = level.parent) levels.push(level.opts());
  const text = (name: string): string | undefined => {
    const found = levels.map((level) => level[name]).find((value) => typeof value === 'string');
    return typeof found === 'string' ? found : undefined;
  };
  const given = (name: string, value: boolean): boolean => levels.some((level) => level[name] === value);
  return {
    ledger: text('ledger'),
    json: given('json', true),
    quiet: given('quiet', true),
    noColor: given('color', false),
    noInput: given('input', false),
    passphraseFile: text('passphraseFile'),
  };
}

/** commander's words, as one sentence of ours. */
function sentence(error: CommanderError): string {
  if (error.code === 'commander.help') return 'A command is needed.';
  const words = error.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .trim();
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.?)]$/.test(text) ? text : `${text}.`;
}

function hintFor(argv: Argv): string {
  if (argv.word === undefined) return SEE_HELP;
  if ((argv.word === 'exec' || argv.word === 'request') && argv.command === null) {
    return `The command to run stands after \`--\`: mpa ${argv.word} [options] -- COMMAND...`;
  }
  return SEE_HELP;
}
