import { Option, type Command } from 'commander';
import type { CommandModule } from '../invocation.js';

/** Imports a file of commands/ when its command was chosen: `mpa --help` loads none of them. */
export type Loader = () => Promise<CommandModule>;

/** What define/* tell program.ts when a command line chose a command. `preset`: options that the word itself implies. */
export type Chosen = (command: Command, load: Loader, preset: Readonly<Record<string, unknown>>) => void;

/** One group of commands, added to the tree. */
export type Group = (program: Command, chosen: Chosen) => void;

/** Gives `command` its action: say that it was chosen. */
export function does(
  command: Command,
  chosen: Chosen,
  load: Loader,
  preset: Readonly<Record<string, unknown>> = {},
): Command {
  return command.action(() => {
    chosen(command, load, preset);
  });
}

/**
 * The flags that say what is asked for: of `request`, and of `exec` where it has to ask. `noPin` is true where `--no-pin` was
 * given; `pin` then holds the files that `--pin` names beside it, or is false.
 */
export function requestFlags(command: Command): Command {
  const pins: string[] = [];
  const pinned = (file: string): readonly string[] => {
    pins.push(file);
    return pins;
  };
  return command
    .option('-m, --reason <text>', 'why: the justification that approvers read')
    .option('-F, --reason-file <file>', 'read the reason from a file, or from - (standard input)')
    .option('--for <duration>', 'how long the grant lasts once approved (default 1h)')
    .option('--within <duration>', 'how long it may wait for approval (default 24h)')
    .option('--at <time>', 'not before: RFC 3339, or HH:MM local time')
    .option('--uses <count>', 'how often it may run (default 1)')
    .option('--ticket <text>', 'the ticket it belongs to')
    .option('--cwd <folder>', 'where it will run (default: here)')
    .option(
      '--env <name[=value]>',
      'set a variable, with the value it has now unless given (several)',
      several,
    )
    .option('--pass-env <name>', 'pass a variable unseen, for secrets (several)', several)
    .option('--pin <file>', 'pin this file by its digest too (several)', pinned)
    .option('--no-pin', 'pin no file but those of --pin')
    .on('option:no-pin', () => {
      command.setOptionValue('noPin', true);
      if (pins.length > 0) command.setOptionValue('pin', pins);
    })
    .option('-i, --interactive', 'the command gets the terminal')
    .addOption(
      new Option('--stdin <file>', 'the command gets this file on its standard input').conflicts(
        'interactive',
      ),
    )
    .option('--host <name>', 'the machine it will run on (default: this one)')
    .option('--user <login>', 'the login it will run as (default: yours)')
    .option('--program <path>', 'the absolute path that the command stands for, on another host')
    .option('--executor <handle>', 'the executor that will run it');
}

/** For an option that may be given several times: collects the values in order. */
export function several(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
