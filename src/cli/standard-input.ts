import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import type { Content } from '../core/action.js';
import { MpaError } from '../core/errors.js';
import { LIMITS } from '../core/schema.js';
import { exact } from '../core/show.js';
import { FileTrouble, standsAt } from '../workflows/regular.js';
import { readable } from '../workflows/text-diff.js';
import { hereFolder } from './action.js';
import type { Invocation } from './invocation.js';
import { flag, text } from './options.js';
import { cannotTake, readFileOnce } from './pin-file.js';

const FLAG = '--stdin';
const PIPED = 'For what comes through a pipe: --stdin -';

/** What was given with --stdin: a regular file's absolute path, or the bytes of a pipe; null: nothing. As Here.stdinFile. */
export type Given = string | Uint8Array | null;

async function piped(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    // Without an encoding a stream gives its bytes as they are.
    if (!Buffer.isBuffer(piece)) continue;
    size += piece.length;
    if (size > LIMITS.attachment)
      throw new MpaError('over-limit', `--stdin - takes at most ${LIMITS.attachment} bytes.`, {
        hint: 'Write it into a file, and give that: --stdin FILE',
      });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * What the command is to read, by --stdin: `-` reads our own standard input, whole, at most 1 MiB. A file is only looked at.
 * Errors: `usage` where it is no regular file, or does not go with other flags; `over-limit`.
 */
export async function givenInput(
  { options }: Pick<Invocation, 'options'>,
  own: { readonly stream: AsyncIterable<unknown>; readonly terminal: boolean } = {
    stream: process.stdin,
    terminal: isatty(0),
  },
): Promise<Given> {
  const typed = text(options, 'stdin');
  if (typed === undefined) return null;
  if (flag(options, 'interactive'))
    throw new MpaError('usage', '--stdin does not go with --interactive: a command has one standard input.');
  if (typed !== '-') {
    const path = resolve(hereFolder(), typed);
    const trouble = await standsAt(path);
    if (trouble === null) return path;
    throw cannotTake(FLAG, typed, new FileTrouble(trouble, path), trouble === 'no-file' ? PIPED : undefined);
  }
  if (text(options, 'reasonFile') === '-')
    throw new MpaError('usage', '--stdin - and --reason-file - cannot both read standard input.');
  if (own.terminal)
    throw new MpaError('usage', '--stdin - reads a pipe, and standard input is a terminal.', {
      hint: 'With -i the command gets the terminal itself.',
    });
  return piped(own.stream);
}

/** The standard input of an action, with the bytes that travel with the request; null: they do not. */
export interface InputToAsk {
  readonly content: Content;
  readonly bytes: Uint8Array | null;
}

/**
 * What an action says of its standard input. Attached are what came through a pipe, text of at most 1 MiB, and all that an executor is
 * given; anything else is given again when it runs. Errors: `usage` where it cannot be read whole, or is too large for an executor.
 */
export async function inputToAsk(given: string | Uint8Array, forExecutor: boolean): Promise<InputToAsk> {
  if (typeof given !== 'string') {
    const sha256 = createHash('sha256').update(given).digest('hex');
    return { content: { sha256, size: given.length, attached: true }, bytes: given };
  }
  try {
    const { sha256, size, bytes } = await readFileOnce(given, Infinity);
    if (forExecutor && bytes === null)
      throw new MpaError('usage', `--stdin ${exact(given)}: what an executor is given is at most 1 MiB.`);
    const attached = bytes !== null && (forExecutor || readable(bytes) !== null);
    return { content: { sha256, size, attached }, bytes: attached ? bytes : null };
  } catch (error) {
    if (error instanceof FileTrouble) throw cannotTake(FLAG, given, error);
    throw error;
  }
}
