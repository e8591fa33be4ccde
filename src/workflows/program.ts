import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { joinPath } from '../core/paths.js';
import { MpaError } from '../core/errors.js';

type Found = 'program' | 'cannot-execute' | 'absent';

/** How programs begin that a kernel starts by itself: scripts, ELF, Mach-O of either order and fat ones. */
const BEGINNINGS = [
  '2321',
  '7f454c46',
  'feedface',
  'feedfacf',
  'cefaedfe',
  'cffaedfe',
  'cafebabe',
  'bebafeca',
];

/**
 * Whether the kernel starts this file by itself. What it refuses, the C library hands to /bin/sh (execvp), which nobody approved. A
 * program that its user may run and not read is taken at its permissions' word: a shell could not read it either.
 */
function startsItself(path: string): boolean {
  const front = Buffer.alloc(4);
  try {
    const file = openSync(path, constants.O_RDONLY);
    try {
      readSync(file, front, 0, front.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return true;
  }
  return BEGINNINGS.some((beginning) => front.toString('hex').startsWith(beginning));
}

/** What stands at an absolute path, for this process's user. */
function lookAt(path: string): Found {
  try {
    if (!statSync(path).isFile()) return 'cannot-execute';
  } catch (error) {
    return isCode(error, 'EACCES') ? 'cannot-execute' : 'absent';
  }
  try {
    accessSync(path, constants.X_OK);
    return startsItself(path) ? 'program' : 'cannot-execute';
  } catch {
    return 'cannot-execute';
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** The entries of a PATH that count: neither empty nor relative. Section 8.6. */
export function pathEntries(path: string | undefined): string[] {
  return (path ?? '').split(':').filter((entry) => entry.startsWith('/'));
}

/**
 * The absolute path that `argv0` stands for on this machine, symbolic links kept (section 4): relative to `cwd` where it
 * holds a `/`, else the first executable file of that name along `path`. Errors: `not-found`, `cannot-execute`.
 */
export function resolveProgram(argv0: string, cwd: string, path: string | undefined): string {
  if (argv0.includes('/')) {
    const program = joinPath(cwd, argv0);
    checkProgram(program);
    return program;
  }
  let refused: string | null = null;
  for (const entry of pathEntries(path)) {
    const program = joinPath(entry, argv0);
    const found = lookAt(program);
    if (found === 'program') return program;
    if (found === 'cannot-execute') refused ??= program;
  }
  if (refused !== null) throw cannotExecute(refused);
  throw new MpaError('not-found', `No program \`${argv0}\` is on your PATH.`, {
    hint: 'Give its absolute path as the first word of the command.',
  });
}

/** That `program` (absolute) can be started by this process's user. Errors: `not-found`, `cannot-execute`. */
export function checkProgram(program: string): void {
  const found = lookAt(program);
  if (found === 'absent') throw new MpaError('not-found', `There is no program at ${program}.`);
  if (found === 'cannot-execute') throw cannotExecute(program);
}

function cannotExecute(program: string): MpaError {
  return new MpaError(
    'cannot-execute',
    `${program} cannot be executed by you: it is no program (a script begins with \`#!\`), or its permissions forbid it.`,
  );
}
