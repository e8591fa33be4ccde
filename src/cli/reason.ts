import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { MpaError } from '../core/errors.js';
import type { CliContext, Invocation } from './invocation.js';
import { text } from './options.js';
import { edit } from './runner.js';

const NEEDED = 'A reason is needed: others read it before they sign.';

async function standardInput(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  // Without an encoding a stream gives its bytes as they are.
  for await (const piece of process.stdin) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The text of a file, or of standard input for `-`, as strict UTF-8, without the line breaks at its end. Error: `usage`. */
async function fromFile(file: string): Promise<string> {
  try {
    const bytes = file === '-' ? await standardInput() : await readFile(file);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).trimEnd();
  } catch (cause) {
    const why =
      cause instanceof TypeError ? 'it is no UTF-8 text' : cause instanceof Error ? cause.message : '';
    throw new MpaError('usage', `The reason cannot be read from ${file}: ${why}.`, { cause });
  }
}

/** Whether somebody sits there who can be asked. */
export function canAsk({ globals, env }: CliContext): boolean {
  const silent = globals.noInput || (env['MPA_NO_INPUT'] ?? '') !== '';
  return !silent && isatty(0) && isatty(2);
}

/** The editor of this person: it may hold arguments. */
export function editorOf(env: CliContext['env']): string {
  return [env['VISUAL'], env['EDITOR']].find((value) => value !== undefined && value !== '') ?? 'vi';
}

/** Lets the person write, as git does for a commit. Lines that begin with `#` are left out. Error: `cancelled`. */
async function fromEditor({ env }: CliContext, about: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mpa-'));
  try {
    const file = join(folder, 'REASON');
    const hint = ['', '', 'Why? Others read this before they sign. An empty reason cancels.', '', ...about];
    await writeFile(file, hint.map((line, i) => (i === 0 ? line : `# ${line}`.trimEnd())).join('\n') + '\n');
    const well = await edit(editorOf(env), file);
    const written = (await fromFile(file))
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n')
      .trim();
    if (!well || written === '') throw new MpaError('cancelled', 'Cancelled: no reason was written.');
    return written;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The reason as flags give it: `-m`, `-F FILE` or `-F -`. undefined: none given. Error: `usage`. */
async function given({ options }: Invocation): Promise<string | undefined> {
  const typed = text(options, 'reason');
  const file = text(options, 'reasonFile');
  if (typed !== undefined && file !== undefined)
    throw new MpaError('usage', 'Give the reason with -m or with -F, not with both.');
  return file === undefined ? typed : fromFile(file);
}

function notEmpty(reason: string): string {
  if (reason.trim() !== '') return reason;
  throw new MpaError('usage', NEEDED, { hint: 'Give it with -m REASON.' });
}

/**
 * Why something is asked for: from the flags, else from the editor on a terminal; `about` stands there as a comment.
 * Errors: `usage`, `answer-needed`, `cancelled`.
 */
export async function justification(
  invocation: Invocation,
  context: CliContext,
  about: readonly string[],
): Promise<string> {
  const reason = await given(invocation);
  if (reason !== undefined) return notEmpty(reason);
  if (canAsk(context)) return fromEditor(context, about);
  throw new MpaError('answer-needed', NEEDED, { hint: 'Give it with -m REASON or -F FILE.' });
}

/** Why something is ended or stopped, in a line: from `-m`, else asked. Errors: `usage`, `answer-needed`, `cancelled`. */
export async function shortReason(invocation: Invocation, { prompter }: CliContext): Promise<string> {
  return notEmpty((await given(invocation)) ?? (await prompter.line('Why?', '-m REASON')));
}
