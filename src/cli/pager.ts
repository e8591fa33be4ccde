import { spawn } from 'node:child_process';
import { holdInterrupts } from './interrupts.js';
import type { CliContext } from './invocation.js';
import { canAsk } from './reason.js';

type Env = CliContext['env'];

/** Where a pager draws: the file descriptor of stdout or of stderr. */
const DESCRIPTOR = { result: 1, talk: 2 } as const;

/** The pager that this person has chosen, and the variables that it starts with. Nothing of others stands in either. */
function pagerOf(env: Env): {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  readonly colour: boolean;
} {
  const { PAGER, LESS } = env;
  // Under LESSSECURE less starts no shell, no editor and no other program, whatever is typed at it.
  const own = {
    ...env,
    LESSSECURE: '1',
    LESS: LESS ?? '-R -Psspace turns the page, q goes on$',
    LV: env['LV'] ?? '-c',
  };
  const command = PAGER === undefined || PAGER === '' ? 'less -R' : PAGER;
  // A less of somebody's own choosing that was not told -R would show colours as codes.
  return { command, env: own, colour: LESS === undefined || /R/i.test(LESS) || command === 'less -R' };
}

/** Shows `text`, which is escaped already, on the pager's standard input. False: it could not be started, or failed. */
function shown(command: string, env: NodeJS.ProcessEnv, text: string, descriptor: 1 | 2): Promise<boolean> {
  const release = holdInterrupts();
  return new Promise<boolean>((done) => {
    const child = spawn('/bin/sh', ['-c', command], { env, stdio: ['pipe', descriptor, 2] });
    // Whoever has read enough closes it early.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
    child.on('error', () => done(false));
    child.on('close', (code) => done(code === 0));
  }).finally(release);
}

/**
 * Puts a long text before a person and then `summary`: where it has `content` and is higher than the terminal, through their pager; anywhere
 * else it is printed whole, and no summary is needed. `spare`: rows that what follows will take. Nothing is ever cut.
 */
export async function showLong(
  context: CliContext,
  which: 'result' | 'talk',
  text: string,
  summary: string | null,
  spare: number,
): Promise<void> {
  const { out, env } = context;
  const print = (words: string): void => (which === 'result' ? out.result(words) : out.warn(words));
  const screen = out.screen(which);
  const fits = screen === null || screen.height(text) + spare <= screen.rows;
  if (summary === null || fits || !canAsk(context)) {
    print(text);
    return;
  }
  const pager = pagerOf(env);
  const dressed = out.dressed(which, text, pager.colour);
  out.clear();
  print((await shown(pager.command, pager.env, `${dressed}\n`, DESCRIPTOR[which])) ? summary : text);
}
