import { spawn } from 'node:child_process';
import { MpaError } from '../core/errors.js';
import { exact } from '../core/show.js';
import { resolveProgram } from '../workflows/program.js';

/** Milliseconds after which a program that was told is no longer waited for. */
const PATIENCE = 30_000;

/** Tells a program of news, one at a time. */
export interface Notifier {
  /** Starts it, once those told before have ended, with `text` on its standard input. Its failure is a warning. */
  tell(text: string): void;
}

/** How one program ended, in words; null: well. */
function told(program: string, env: NodeJS.ProcessEnv, text: string): Promise<string | null> {
  return new Promise((done) => {
    // What it prints would stand among our own lines; what it complains of may.
    const child = spawn(program, [], { env, stdio: ['pipe', 'ignore', 'inherit'], shell: false });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
    }, PATIENCE);
    const end = (why: string | null): void => {
      clearTimeout(timer);
      done(why);
    };
    child.stdin.on('error', () => undefined).end(text);
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, signal) => {
      end(code === 0 ? null : signal === null ? `it ended with ${code ?? 0}` : `it was ended by ${signal}`);
    });
  });
}

/**
 * A notifier over a program: a path, or a name that is looked for on the PATH. No shell, no arguments: nothing that others wrote is ever
 * taken for a command. Errors: `usage` where there is no such program.
 */
export function notifierOf(
  typed: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  warn: (words: string) => void,
): Notifier {
  let program: string;
  try {
    program = resolveProgram(typed, cwd, env['PATH']);
  } catch (cause) {
    if (!(cause instanceof MpaError)) throw cause;
    throw new MpaError('usage', `--notify ${exact(typed)}: ${cause.message}`, {
      hint: 'It takes a program without arguments: write them into a script of your own.',
      cause,
    });
  }
  let last = Promise.resolve();
  return {
    tell: (text) => {
      last = last.then(async () => {
        const why = await told(program, { ...env }, text);
        if (why !== null) warn(`--notify ${exact(typed)} has failed: ${why}.`);
      });
    },
  };
}
