import { stat } from 'node:fs/promises';
import type { CommandAction } from '../core/action.js';
import { MpaError } from '../core/errors.js';
import { joinPath } from '../core/paths.js';
import { exact } from '../core/show.js';
import { standsAt, type Trouble } from '../workflows/regular.js';
import { isScript } from './pin-file.js';

/** A file that an action may pin: as it was typed, as the pin names it (section 4), and where it is read. */
export interface Candidate {
  readonly typed: string;
  readonly path: string;
  readonly file: string;
}

/** What the arguments of a command name here. */
export interface Named {
  readonly files: readonly Candidate[];
  /** What is no regular file, and so is not pinned. */
  readonly others: readonly { readonly typed: string; readonly what: Trouble | 'outside' }[];
}

/** Whether a program (absolute path) stands where a system keeps its own: then it is not the requester's. */
export function isSystemProgram(path: string): boolean {
  return /^\/(bin|sbin|usr|lib[^/]*|nix|opt)\//.test(path);
}

/** The places in which an argument may name a file: it, and the part after its first `=`. Section 6, `pins`. */
function parts(argument: string): string[] {
  const equals = argument.indexOf('=');
  return [argument, ...(equals === -1 ? [] : [argument.slice(equals + 1)])].filter((part) => part !== '');
}

/** Text is compared and the kernel opens: a `..` behind a symbolic link makes the two mean different files. Error: `usage`. */
async function refuseDetour(raw: string, { typed, file }: Candidate): Promise<void> {
  if (raw === file) return;
  const [opened, named] = await Promise.all([stat(raw), stat(file).catch(() => null)]).catch(() => [
    null,
    null,
  ]);
  if (opened === null || (named?.ino === opened.ino && named.dev === opened.dev)) return;
  throw new MpaError(
    'usage',
    `\`${exact(typed)}\` leads through a symbolic link and back: it names another file than it says.`,
    {
      hint: 'Give the path without `..`.',
    },
  );
}

/** A person's path: absolute. An executor's: in its folder, or null. */
type PathOf = (part: string) => string | null;

function pathOf(action: CommandAction): PathOf {
  const { cwd } = action;
  if (cwd !== undefined) return (part) => joinPath(cwd, part);
  return (part) => {
    const path = part.startsWith('/') ? '..' : joinPath('', part);
    return path === '' || path === '..' || path.startsWith('../') ? null : path;
  };
}

async function look(
  folder: string,
  typed: string,
  path: string | null,
): Promise<Candidate | Trouble | 'outside'> {
  const raw = typed.startsWith('/') ? typed : `${folder}/${typed}`;
  const trouble = await standsAt(raw);
  if (trouble !== null) return trouble;
  if (path === null) return 'outside';
  const candidate = { typed, path, file: joinPath(folder, path) };
  await refuseDetour(raw, candidate);
  return candidate;
}

/** The program as a file to pin: a script that is named by its path, and whatever does not belong to the system. */
async function programOf(action: CommandAction, folder: string): Promise<Candidate[]> {
  const argv0 = action.argv[0] ?? '';
  const named = argv0.includes('/');
  const { program } = action;
  if (program === undefined) {
    const found = named ? await look(folder, argv0, pathOf(action)(argv0)) : 'absent';
    return typeof found === 'string' ? [] : [found];
  }
  const wanted = !isSystemProgram(program) || (named && (await isScript(program)));
  // What is started is `program`, not what the kernel would make of the word: there is no detour.
  return wanted ? [{ typed: named ? argv0 : program, path: program, file: program }] : [];
}

/**
 * The files that the words of a command name here, each once, the program first: relative to `folder`, which is the command's own, or
 * for an executor that from which its files are taken. Error: `usage` where a path means two files.
 */
export async function namedFiles(action: CommandAction, folder: string): Promise<Named> {
  const files = new Map<string, Candidate>();
  const others = new Map<string, Named['others'][number]>();
  for (const found of await programOf(action, folder)) files.set(found.path, found);
  for (const typed of action.argv.slice(1).flatMap(parts)) {
    // What an executor would find under an absolute path is not here.
    if (action.cwd === undefined && typed.startsWith('/')) continue;
    const found = await look(folder, typed, pathOf(action)(typed));
    if (typeof found !== 'string') {
      if (!files.has(found.path)) files.set(found.path, found);
    } else if (found !== 'absent' && typed !== '/dev/null') others.set(typed, { typed, what: found });
  }
  return { files: [...files.values()], others: [...others.values()] };
}

async function straight(here: string, candidate: Candidate): Promise<Candidate> {
  const { typed } = candidate;
  await refuseDetour(typed.startsWith('/') ? typed : `${here}/${typed}`, candidate);
  return candidate;
}

/** A file of --pin: read here, and pinned under the same absolute path, or for an executor under the same relative one. Error: `usage`. */
export async function chosenFile(action: CommandAction, here: string, typed: string): Promise<Candidate> {
  if (typed.includes('\ufffd'))
    throw new MpaError(
      'usage',
      `--pin ${exact(typed)}: the name is not valid UTF-8, which a request cannot carry.`,
    );
  if (action.executor === undefined) {
    const path = joinPath(here, typed);
    return straight(here, { typed, path, file: path });
  }
  const path = pathOf(action)(typed);
  if (path !== null) return straight(here, { typed, path, file: joinPath(here, path) });
  throw new MpaError('usage', `--pin ${exact(typed)} leads out of the folder that an executor is given.`, {
    hint: 'Its files travel with the request, under relative paths: copy it here first.',
  });
}
