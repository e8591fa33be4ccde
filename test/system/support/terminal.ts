import { execFileSync } from 'node:child_process';
import { until } from './processes.js';
import { tool } from './tools.js';

/** The shell's prompt: the number of the command, and how the last one ended. */
const PROMPT = /\[(\d+):(\d+)\]> ?/g;

/** One person's shell in a window of its own. */
export interface Terminal {
  /** Types text, and Enter unless told otherwise, in one go. */
  type(text: string, enter?: boolean): void;
  /** Presses keys by their tmux names: `C-c`, `Enter`. */
  press(...keys: readonly string[]): void;
  /** Types a command at the prompt and waits until it has ended; what it printed. Throws unless it ends with `status`. */
  run(command: string, status?: number): Promise<string>;
  /** Waits until what was printed since the last prompt matches, and returns it. */
  sees(pattern: RegExp): Promise<string>;
  /** Waits until the command has ended and returns what it printed. Throws unless it ends with `status`. */
  ended(status: number): Promise<string>;
  /** Everything that the window shows and has scrolled away. */
  all(): string;
  /** One of tmux's own variables of this window: `pane_tty`, `pane_title`. */
  about(variable: string): string;
  resize(columns: number, rows: number): void;
}

/** A tmux server of its own, with its socket in `folder`. */
export interface Tmux {
  /** Opens a window of 100 columns and 40 rows with bash in `cwd`, whose environment is `env` and no more. */
  open(name: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Terminal>;
  /** Ends the server and all its windows. */
  close(): void;
}

export function startTmux(folder: string): Tmux {
  const outer = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TMUX_TMPDIR: folder,
    LANG: 'C.UTF-8',
    TERM: 'xterm',
  };
  const program = tool('tmux');
  const tmux = (...args: readonly string[]): string =>
    execFileSync(program, ['-L', 'mpa-test', '-f', '/dev/null', '-u', ...args], {
      env: outer,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    open: async (name, cwd, env) => {
      const shell = ['bash', '--norc', '--noprofile', '-i'];
      const variables = Object.entries({ ...env, PS1: '[\\#:$?]> ', LANG: 'C.UTF-8', HISTFILE: '/dev/null' });
      const terminal = ['TERM=screen', ...variables.map(([key, value]) => `${key}=${value}`)];
      const size = ['-x', '100', '-y', '40'];
      tmux('new-session', '-d', '-s', name, ...size, '-c', cwd, 'env', '-i', ...terminal, ...shell);
      tmux('set-option', '-t', name, 'status', 'off');
      tmux('resize-window', '-t', name, ...size);
      const made = windowOf(name, tmux);
      await until(
        'a prompt',
        () => (/^\[1:0\]>/m.test(made.all()) ? true : null),
        20_000,
        () => made.all(),
      );
      return made;
    },
    close: () => {
      tmux('kill-server');
    },
  };
}

function windowOf(name: string, tmux: (...args: readonly string[]) => string): Terminal {
  const all = (): string => tmux('capture-pane', '-p', '-J', '-S', '-', '-t', name).trimEnd();
  /** Number of the prompt at which the last command was typed. */
  let typedAt = 0;

  const prompts = (): { number: number; status: number; end: number; start: number }[] =>
    [...all().matchAll(PROMPT)].map((found) => ({
      number: Number(found[1]),
      status: Number(found[2]),
      start: found.index,
      end: found.index + found[0].length,
    }));
  const since = (): string => {
    const from = prompts().find(({ number }) => number === typedAt);
    return all().slice(from?.end ?? 0);
  };
  const type = (text: string, enter = true): void => {
    tmux('send-keys', '-t', name, '-l', '--', enter ? `${text}\r` : text);
  };
  const ended = async (status: number): Promise<string> => {
    const next = await until(
      'the command to end',
      () => prompts().find(({ number }) => number > typedAt) ?? null,
      45_000,
      all,
    );
    if (next.status !== status) throw new Error(`ended with ${next.status} in place of ${status}:\n${all()}`);
    const from = prompts().find(({ number }) => number === typedAt);
    return all().slice(from?.end ?? 0, next.start);
  };
  return {
    all,
    type: (text, enter) => {
      typedAt = prompts().at(-1)?.number ?? typedAt;
      type(text, enter);
    },
    press: (...keys) => {
      tmux('send-keys', '-t', name, ...keys);
    },
    run: async (command, status = 0) => {
      typedAt = prompts().at(-1)?.number ?? typedAt;
      type(command);
      return ended(status);
    },
    sees: async (pattern) =>
      until(`${String(pattern)} on the screen`, () => (pattern.test(since()) ? since() : null), 30_000, all),
    ended,
    about: (variable) => tmux('display-message', '-p', '-t', name, `#{${variable}}`).trim(),
    resize: (columns, rows) => {
      tmux('resize-window', '-t', name, '-x', String(columns), '-y', String(rows));
    },
  };
}
