import { isatty } from 'node:tty';
import { MpaError } from '../core/errors.js';
import { end, toEnd } from '../workflows/close.js';
import { shortId } from '../workflows/find.js';
import { realRest, waitFor, type Standing, type Waited } from '../workflows/wait.js';
import type { Workspace } from '../workflows/workspace.js';
import { clipboard } from './copy.js';
import { inForeground } from './foreground.js';
import type { CliContext } from './invocation.js';
import { hearKeys } from './keys.js';
import { canAsk } from './reason.js';
import { takeStops } from './stopping.js';
import { liveLines, standingText } from './live-text.js';
import { liveOn, type Live } from './live.js';

/** What whoever stops waiting may do next: `mpa exec ID`, or nothing that runs. */
export type GoOn = 'exec' | 'show';

/** Seconds for which it is said that the line was copied. */
const COPIED = 3;

/** How a terminal is used while somebody waits. */
interface Manner {
  /** Live lines are drawn. */
  readonly draws: boolean;
  /** Keys are heard, and a question can be asked. */
  readonly keys: boolean;
}

function mannerOf(context: CliContext): Manner {
  const { globals, env } = context;
  const terminal = isatty(2) && env['TERM'] !== 'dumb' && inForeground();
  return {
    draws: terminal && !globals.quiet && !globals.json,
    keys: terminal && canAsk(context),
  };
}

/** Everything that is shown of one wait. */
class Show {
  readonly #context: CliContext;
  readonly #manner: Manner;
  readonly #live: Live;
  #standing: Standing | null = null;
  #away = false;
  #copiedAt = -COPIED;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: CliContext, manner: Manner) {
    this.#context = context;
    this.#manner = manner;
    this.#live = liveOn(process.stderr, (columns) => this.#lines(columns));
    if (!manner.draws) return;
    context.out.hides(this.#live);
    this.on();
  }

  update(standing: Standing): void {
    this.#standing = standing;
    // What it ended with is told by whoever waited.
    const undecided = ['pending', 'too-early'].includes(standing.decision.reason ?? '');
    const { out, clock } = this.#context;
    if (this.#manner.draws) this.#live.draw();
    else if (undecided) out.talk(standingText(standing, clock.now(), false));
  }

  trouble(error: MpaError | null): void {
    this.#away = error !== null;
    const { out } = this.#context;
    if (error === null) out.talk('The remote can be reached again.');
    else out.warn(`The remote cannot be reached, and is tried again: ${error.message}`);
    if (this.#manner.draws) this.#live.draw();
  }

  copy(): void {
    if (this.#standing === null || !this.#manner.draws) return;
    process.stderr.write(clipboard(`mpa approve ${shortId(this.#standing.record.id)}`));
    this.#copiedAt = this.#context.clock.now();
    this.#live.draw();
  }

  /** Lines are drawn from now on, each second anew. */
  on(): void {
    if (!this.#manner.draws || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#live.draw(), 1000);
    this.#live.draw();
  }

  /** Takes the lines away. */
  off(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#live.hide();
  }

  close(): void {
    this.off();
    this.#context.out.hides(null);
  }

  #lines(columns: number): readonly string[] {
    if (this.#standing === null) return [];
    const now = this.#context.clock.now();
    const extras = { away: this.#away, copied: now - this.#copiedAt < COPIED, keys: this.#manner.keys };
    return liveLines(this.#standing, now, columns, extras);
  }
}

/** Ctrl-C: the request may be withdrawn, or stays. Either way nothing runs: `cancelled`. */
async function stopped(
  context: CliContext,
  ws: Workspace,
  { record }: Standing,
  keys: boolean,
  goOn: GoOn,
): Promise<never> {
  const id = shortId(record.id);
  const stays = new MpaError('cancelled', `Stopped waiting: request ${id} stays as it is.`, {
    hint: `Go on with \`mpa ${goOn} ${id}\`; end it with \`mpa withdraw ${id}\`.`,
  });
  if (!keys) throw stays;
  const yes = await context.prompter
    .confirm('Withdraw the request?', `mpa withdraw ${id}`)
    .catch(() => false);
  if (!yes) throw stays;
  try {
    await end(ws, await toEnd(ws, record.id, 'withdrawn'), 'withdrawn', '');
  } catch (error) {
    if (!(error instanceof MpaError)) throw error;
    context.out.warn(`It could not be withdrawn: ${error.message}`);
    throw stays;
  }
  throw new MpaError('cancelled', `Request ${id} is withdrawn: it is over, for good.`);
}

/**
 * Waits for a request's decision at this terminal, or without one: shows how it stands, hears `c` and Ctrl-C. Never comes back undecided.
 * Errors: `cancelled` (Ctrl-C, after an offer to withdraw it), and those of waitFor.
 */
export async function waitHere(context: CliContext, ws: Workspace, id: string, goOn: GoOn): Promise<Waited> {
  const manner = mannerOf(context);
  const stop = new AbortController();
  const show = new Show(context, manner);
  const keys = manner.keys
    ? hearKeys(process.stdin, {
        stop: () => stop.abort(),
        copy: () => show.copy(),
        away: () => show.off(),
        back: () => show.on(),
      })
    : null;
  const done = takeStops(
    () => stop.abort(),
    () => show.close(),
  );
  try {
    await keys?.settled;
    const ended = await waitFor(ws, id, {
      update: (standing) => show.update(standing),
      trouble: (error) => show.trouble(error),
      stop: stop.signal,
      rest: realRest,
    });
    show.close();
    await keys?.close();
    if (ended.as === 'stopped') return await stopped(context, ws, ended, manner.keys, goOn);
    return ended;
  } finally {
    show.close();
    done();
    await keys?.close();
  }
}
