import { Option, type Command } from 'commander';
import { MpaError } from '../../core/errors.js';
import type { CommandModule } from '../invocation.js';

/** Imports a file of commands/ when its command was chosen: `mpa --help` loads none of them. */
export type Loader = () => Promise<CommandModule>;

/** What define/* tell program.ts when a command line chose a command. `preset`: options that the word itself implies. */
export type Chosen = (command: Command, load: Loader, preset: Readonly<Record<string, unknown>>) => void;

/** One group of commands, added to the tree. */
export type Group = (program: Command, chosen: Chosen) => void;

const promised = new WeakMap<Command, string[]>();

/** Gives `command` its action: say that it was chosen. Options declared with `later` and used are `unsupported`. */
export function does(
  command: Command,
  chosen: Chosen,
  load: Loader,
  preset: Readonly<Record<string, unknown>> = {},
): Command {
  return command.action(() => {
    for (const name of promised.get(command) ?? []) {
      // false: `--no-NAME`, which says what is done anyway.
      if (command.getOptionValueSource(name) !== 'cli' || command.getOptionValue(name) === false) continue;
      const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      throw new MpaError('unsupported', `${command.name()} ${flag} is not in this version of mpa.`, {
        hint: `Leave ${flag} away; \`mpa ${command.name()} --help\` lists what there is.`,
      });
    }
    chosen(command, load, preset);
  });
}

/** Flags that CLI.md names and that this version cannot honour: refused as `unsupported`, never ignored. */
export function later(command: Command, ...flags: readonly string[]): Command {
  const names = promised.get(command) ?? [];
  for (const flag of flags) {
    const option = new Option(flag).hideHelp();
    command.addOption(option);
    names.push(option.attributeName());
  }
  promised.set(command, names);
  return command;
}

/** For an option that may be given several times: collects the values in order. */
export function several(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
