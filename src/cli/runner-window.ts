import type { Clock } from '../core/ports.js';
import { formatDuration, formatTime } from '../core/time.js';
import type { Launch } from '../workflows/launch.js';

/** How long before its end a person is told, seconds. */
const NOTICE = 300;

/** How long a command may take to end by itself once its window is over. */
const GRACE_MS = 10_000;

/** The clock is looked at this often: a timer stands still while a machine sleeps, and a clock may be set. */
const LOOK_MS = 1000;

/** A process that was started, as far as it is told to do something. */
export interface Child {
  readonly pid?: number | undefined;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  /** False where it could not be told: it has ended, or belongs to another login. */
  kill(signal: NodeJS.Signals): boolean;
}

/** What a launcher has beside the caller's environment. */
export interface Around {
  readonly clock: Clock;
  /** Tells the person one line; silent with --quiet. */
  say(line: string): void;
}

function lives(child: Child): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Asks the child to end, and a little later makes it. Returns how to stop. Section 6, `enforceEnd`. */
function end(child: Child, say: Around['say']): () => void {
  if (!child.kill('SIGTERM') && lives(child)) {
    say(
      'mpa: the grant has ended, but the command belongs to another login and cannot be ended: it runs on.',
    );
    return () => undefined;
  }
  // What is stopped would not hear it.
  child.kill('SIGCONT');
  say('mpa: the grant has ended: the command was sent TERM, and KILL follows in 10 seconds.');
  const timer = setTimeout(() => {
    say('mpa: the command did not end by itself and was sent KILL.');
    child.kill('SIGKILL');
  }, GRACE_MS);
  return () => {
    clearTimeout(timer);
  };
}

/**
 * Tells the person that the grant is about to end, five minutes before, and that it has; and at `until` ends the command. Returns how
 * to stop. Where less than five minutes are left from the start, that is said only if the command will be ended.
 */
export function watchWindow(
  child: Child,
  { windowEnd, until }: Pick<Launch, 'windowEnd' | 'until'>,
  around: Around,
): () => void {
  if (windowEnd === null) return () => undefined;
  const { clock } = around;
  const say = (line: string): void => {
    around.say(line);
  };
  const fate = until === null ? 'the command may go on' : 'the command will be ended then';
  let told = until === null && windowEnd - clock.now() < NOTICE;
  let timer: NodeJS.Timeout | undefined;
  let stopEnding = (): void => undefined;
  const look = (): void => {
    const left = windowEnd - clock.now();
    if (left > 0) {
      if (left <= NOTICE && !told) {
        told = true;
        say(`mpa: the grant ends at ${formatTime(windowEnd)}, in ${formatDuration(left)}; ${fate}.`);
      }
      timer = setTimeout(look, LOOK_MS);
    } else if (until === null) say('mpa: the grant has ended; the command runs on.');
    else stopEnding = end(child, say);
  };
  look();
  return () => {
    clearTimeout(timer);
    stopEnding();
  };
}
