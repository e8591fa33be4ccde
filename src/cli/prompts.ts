import { setTimeout as pause } from 'node:timers/promises';
import { MpaError } from '../core/errors.js';
import type { Prompter } from '../core/ports.js';
import { safe } from './output.js';

/** What a question needs of a terminal: stdin and stderr of the process are such. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode(raw: boolean): unknown };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * A Prompter that asks on a terminal, drawn on stderr: stdout is for results. inquirer is imported at the first question.
 * `before` is called before a question is drawn. Errors of each method: `answer-needed` where nobody can be asked; `cancelled` on Ctrl-C, Ctrl-D and a closed terminal.
 */
export function createPrompter(terminal: Terminal, noInput: boolean, before: () => void): Prompter {
  const ask = async (type: 'input' | 'password', question: string, flag: string): Promise<string> => {
    const { stdin, stderr } = terminal;
    if (noInput || stdin.isTTY !== true || stderr.isTTY !== true) {
      throw new MpaError('answer-needed', `Nobody can be asked here: ${question}`, {
        hint: `Answer with ${flag}.`,
      });
    }
    before();
    return answer(terminal, type, safe(question).replaceAll('\n', ' '));
  };
  return {
    confirm: async (question, flag) => isYes(await ask('input', `${question} (y/N)`, flag)),
    line: async (question, flag, exactly = false) => {
      const typed = await ask('input', question, flag);
      return exactly ? typed : typed.trim();
    },
    secret: (question, flag) => ask('password', question, flag),
  };
}

/** `y` is yes; an empty answer and all else is no. CLI.md, ground rules. */
export function isYes(typed: string): boolean {
  return typed === 'y';
}

const CANCELLED = 'Cancelled: nothing was done.';

async function answer(terminal: Terminal, type: 'input' | 'password', message: string): Promise<string> {
  const { createPromptModule } = (await import('inquirer')).default;
  await drain(terminal.stdin);
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  const onKey = (_: unknown, key: { name?: string; ctrl?: boolean } | undefined): void => {
    if (key?.ctrl === true && key.name === 'd') abort();
  };
  // A terminal that closes leaves the question without an answer for ever, and node would exit as if all were well.
  terminal.stdin.once('end', abort);
  terminal.stdin.on('keypress', onKey);
  process.once('beforeExit', abort);
  const plain = (text: string): string => text;
  const theme = { prefix: 'mpa:', style: { message: plain, answer: plain, help: () => '' } };
  try {
    const prompt = createPromptModule({
      input: terminal.stdin,
      output: terminal.stderr,
      signal: gone.signal,
    });
    const answers: { answer?: unknown } = await prompt([
      type === 'input'
        ? { type, name: 'answer', message, theme }
        : { type, name: 'answer', message, theme, mask: false, toggleMask: false },
    ]);
    return typeof answers.answer === 'string' ? answers.answer : '';
  } catch (error) {
    throw new MpaError('cancelled', CANCELLED, { cause: error });
  } finally {
    terminal.stdin.off('end', abort);
    terminal.stdin.off('keypress', onKey);
    process.off('beforeExit', abort);
  }
}

/** Throws away what was typed before the question stood there: it cannot be its answer. Only Ctrl-C counts: `cancelled`. */
async function drain(stdin: Terminal['stdin']): Promise<void> {
  const met = { interrupt: false };
  const discard = (typed: Buffer | string): void => {
    met.interrupt ||= typed.includes('\u0003');
  };
  stdin.setRawMode(true);
  stdin.on('data', discard);
  stdin.resume();
  await pause(30);
  stdin.pause();
  stdin.off('data', discard);
  stdin.setRawMode(false);
  if (met.interrupt) throw new MpaError('cancelled', CANCELLED);
}
