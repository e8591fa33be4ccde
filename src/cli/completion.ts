import type { Argument, Command, Option } from 'commander';

/** What stands where a word is being typed, beside the words that the command line itself knows. */
export type Wanted = 'id' | 'handle' | 'executor' | 'group' | 'ledger' | null;

/** What may stand at the end of a command line that is being typed. */
export interface Completion {
  /** Command words or flags that begin as the last word does. */
  readonly words: readonly string[];
  /** What else may stand there, for the ledger to list; null: nothing that mpa could list, such as a file. */
  readonly wants: Wanted;
  /** The command, as `policy diff`; empty: none yet. */
  readonly command: string;
}

const ARGUMENTS: Readonly<Record<string, Wanted>> = {
  id: 'id',
  'id|file': 'id',
  handle: 'handle',
  handles: 'handle',
  group: 'group',
};

const FLAGS: Readonly<Record<string, Wanted>> = {
  '--who': 'handle',
  '--as': 'handle',
  '--executor': 'executor',
  '--group': 'group',
  '--ledger': 'ledger',
};

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[index] ?? (last?.variadic === true ? last : undefined);
}

/**
 * What completes a command line: `words` without the program's name, the last one unfinished (perhaps empty). Pure. After the separating `--` stands
 * somebody else's command: nothing of ours.
 */
export function completion(program: Command, words: readonly string[]): Completion {
  const typed = words.slice(0, -1);
  const unfinished = words.at(-1) ?? '';
  let command = program;
  let path = '';
  let given = 0;
  let flag: Option | null = null;
  for (const word of typed) {
    if (word === '--') return { words: [], wants: null, command: path };
    if (flag !== null) {
      flag = null;
      continue;
    }
    if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => word === long || word === short);
      flag = option !== undefined && takesValue(option) ? option : null;
      continue;
    }
    const below = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (below === undefined) given += 1;
    else {
      command = below;
      path = `${path} ${below.name()}`.trim();
      given = 0;
    }
  }
  if (flag !== null) return { words: [], wants: FLAGS[flag.long ?? ''] ?? null, command: path };
  const begins = (names: readonly string[]): string[] => names.filter((name) => name.startsWith(unfinished));
  if (unfinished.startsWith('-')) {
    const flags = [...command.options, ...program.options].map(({ long }) => long ?? '');
    return { words: begins([...new Set(flags)].filter((each) => each !== '')), wants: null, command: path };
  }
  const visible = command.createHelp().visibleCommands(command);
  const below = visible.map((each) => each.name()).filter((name) => name !== 'help' || command === program);
  const argument = argumentAt(command, given);
  return {
    words: given === 0 ? begins(below) : [],
    wants: ARGUMENTS[argument?.name() ?? ''] ?? null,
    command: path,
  };
}
