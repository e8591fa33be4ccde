import type { CommandAction, Pin } from '../core/action.js';
import { MpaError } from '../core/errors.js';
import { LIMITS } from '../core/schema.js';
import { exact } from '../core/show.js';
import { FileTrouble } from '../workflows/regular.js';
import { readable } from '../workflows/text-diff.js';
import { hereFolder } from './action.js';
import type { CliContext, Invocation } from './invocation.js';
import { flag, texts } from './options.js';
import { chosenFile, namedFiles, type Candidate } from './pin-candidates.js';
import { cannotTake, LARGEST, readFileOnce, type ReadFile } from './pin-file.js';
import { inputToAsk, type Given } from './standard-input.js';

/** A file or input that was not taken as a whole, and why. */
export interface Left {
  readonly typed: string;
  readonly why: FileTrouble['trouble'] | 'outside' | 'not-attached';
}

/** An action with what was read for it. */
export interface Pinned {
  readonly action: CommandAction;
  /** The bytes that travel with the request, each distinct one once. */
  readonly attachments: readonly Uint8Array[];
  /** As typed, in the order of the pins. */
  readonly names: readonly string[];
  readonly left: readonly Left[];
}

/** What travels with one request. Section 10. */
class Luggage {
  readonly bytes = new Map<string, Uint8Array>();
  #size = 0;

  /** False: it would be too much. */
  take({ sha256 }: { readonly sha256: string }, bytes: Uint8Array): boolean {
    if (this.bytes.has(sha256)) return true;
    if (this.#size + bytes.length > LIMITS.attachments) return false;
    this.#size += bytes.length;
    this.bytes.set(sha256, bytes);
    return true;
  }
}

function tooMany(count: number): MpaError {
  return new MpaError(
    'over-limit',
    `The command names ${count} files, and a request pins at most ${LIMITS.pins}.`,
    {
      hint: 'Pin none by itself with --no-pin, and with --pin FILE those that matter; or pack them into one.',
    },
  );
}

function forExecutor(typed: string, { bytes, size }: ReadFile, luggage: Luggage, sha256: string): void {
  if (bytes === null)
    throw new MpaError(
      'usage',
      `${exact(typed)} has ${size} bytes: what an executor is given travels with the request, at most 1 MiB a file.`,
      { hint: 'Without --pin FILE and with --no-pin it is not sent.' },
    );
  if (!luggage.take({ sha256 }, bytes))
    throw new MpaError('over-limit', 'The files for the executor have more than 10 MiB together.', {
      hint: 'With --no-pin only those of --pin FILE are sent.',
    });
}

/** Reads one file; null where one that nobody asked for cannot be pinned, which `left` then says. Errors: `usage`, `over-limit`. */
async function pinOf(
  { typed, path, file }: Candidate,
  asked: boolean,
  executor: boolean,
  luggage: Luggage,
  left: Left[],
): Promise<Pin | null> {
  let read: ReadFile;
  try {
    read = await readFileOnce(file, LARGEST);
  } catch (error) {
    if (!(error instanceof FileTrouble)) throw error;
    if (asked) throw cannotTake('--pin', typed, error);
    const { trouble } = error;
    if (trouble !== 'unreadable' && trouble !== 'unwanted')
      throw cannotTake('The argument', typed, error, 'Try again, or pin nothing by itself: --no-pin');
    left.push({ typed, why: trouble });
    return null;
  }
  const { sha256, size, bytes } = read;
  if (executor) {
    forExecutor(typed, read, luggage, sha256);
    return { path, sha256, size, attached: true };
  }
  const isText = bytes !== null && readable(bytes) !== null;
  const attached = isText && luggage.take({ sha256 }, bytes);
  if (isText && !attached) left.push({ typed, why: 'not-attached' });
  return { path, sha256, size, attached };
}

/** Which files: those of --pin, and unless told otherwise those that the command names, if it will run here or on an executor. */
async function chosen(
  action: CommandAction,
  { options }: Pick<Invocation, 'options'>,
  host: string,
  here: string,
  left: Left[],
): Promise<readonly (readonly [Candidate, boolean])[]> {
  const files = new Map<string, readonly [Candidate, boolean]>();
  for (const typed of texts(options, 'pin')) {
    const file = await chosenFile(action, here, typed);
    files.set(file.path, [file, true]);
  }
  const elsewhere = action.executor === undefined && action.host !== host;
  if (!flag(options, 'noPin') && !elsewhere) {
    const named = await namedFiles(action, action.cwd ?? here);
    for (const file of named.files) if (!files.has(file.path)) files.set(file.path, [file, false]);
    left.push(...named.others.map(({ typed, what }) => ({ typed, why: what })));
  }
  if (files.size > LIMITS.pins) throw tooMany(files.size);
  return [...files.values()];
}

/**
 * Pins what a command is about to be asked for with (CLI.md, `mpa request`): its standard input, the files of --pin, its program and
 * the files that its arguments name; each is read once, text is attached. `here`: where --pin and an executor's files are taken from.
 * Errors: `usage` where a file cannot be read whole, changes meanwhile or may not go to an executor; `over-limit` (section 10).
 */
export async function pinned(
  action: CommandAction,
  invocation: Pick<Invocation, 'options'>,
  { machine }: Pick<CliContext, 'machine'>,
  given: Given,
  here: string = hereFolder(),
): Promise<Pinned> {
  const executor = action.executor !== undefined;
  const luggage = new Luggage();
  const left: Left[] = [];
  const input = given === null ? null : await inputToAsk(given, executor);
  if (input !== null && input.bytes !== null) luggage.take(input.content, input.bytes);
  const pins: Pin[] = [];
  const names: string[] = [];
  for (const [file, asked] of await chosen(action, invocation, machine.host, here, left)) {
    const pin = await pinOf(file, asked, executor, luggage, left);
    if (pin === null) continue;
    pins.push(pin);
    names.push(file.typed);
  }
  return {
    action: {
      ...action,
      ...(input === null ? {} : { stdin: input.content }),
      ...(pins.length === 0 ? {} : { pins }),
    },
    attachments: [...luggage.bytes.values()],
    names,
    left,
  };
}
