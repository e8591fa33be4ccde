import type { Clock } from '../core/ports.js';
import { descendants, running, type Running } from '../ledger/processes.js';
import { formatDuration, formatTime } from '../core/time.js';
import type { Launch } from '../workflows/launch.js';

/** How long before its end a person is told, seconds. */
const NOTICE = 300;

/** How long a command may take to end by itself once its window is over. */
const GRACE_MS = 10_000;

/** The clock is looked at this often: a timer stands still while a machine sleeps, and a clock may be set. */
const LOOK_MS = 1000;

/** How often it is seen what still runs of a command that was asked to end. */
const AGAIN_MS = 200;

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

/** What is known of all processes, and how they are sent a signal. Injected, so that tests send none. */
export interface Kin {
  running(): readonly Running[];
  /** Never throws: it may have ended, or belong to another login. */
  kill(pid: number, signal: NodeJS.Signals): void;
}

/** The processes of this system. */
const systemKin: Kin = {
  running,
  kill: (pid, signal) => {
    try {
      process.kill(pid, signal);
    } catch {
      // Nothing more can be done about it, and the others are still to be told.
    }
  },
};

function lives(child: Child): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** A command and all that it has started, as far as the system shows who started whom. */
class Family {
  readonly #child: Child;
  readonly #kin: Kin;
  readonly #known = new Map<number, Running>();
  /** Those that were asked to end. */
  readonly #asked = new Set<number>();

  constructor(child: Child, kin: Kin) {
    this.#child = child;
    this.#kin = kin;
  }

  /** What runs of it now, the command itself aside: what one of them started meanwhile belongs to it, whoever has ended since. */
  look(): readonly Running[] {
    const all = this.#kin.running();
    const known = all.filter(({ pid, started }) => this.#known.get(pid)?.started === started);
    const roots = [...(lives(this.#child) ? [this.#child.pid ?? 0] : []), ...known.map(({ pid }) => pid)];
    const found = [
      ...known,
      ...descendants(
        all,
        roots.filter((pid) => pid > 1),
      ),
    ];
    this.#known.clear();
    for (const each of found) this.#known.set(each.pid, each);
    return found;
  }

  /** Asks everything to end that was not asked before. */
  ask(): void {
    for (const { pid } of this.look()) {
      if (this.#asked.has(pid)) continue;
      this.#asked.add(pid);
      this.#kin.kill(pid, 'SIGTERM');
      this.#kin.kill(pid, 'SIGCONT');
    }
  }

  kill(): void {
    for (const { pid } of this.look()) this.#kin.kill(pid, 'SIGKILL');
  }
}

/**
 * Asks the child and all that it has started to end, and a little later makes them. Returns what waits for the last of them once the child
 * has ended. Section 6, `enforceEnd`.
 */
function end(child: Child, say: Around['say'], kin: Kin): () => Promise<void> {
  const family = new Family(child, kin);
  // Once the child has ended, nobody can tell what it had started.
  family.look();
  if (!child.kill('SIGTERM') && lives(child)) {
    say(
      'mpa: the grant has ended, but the command belongs to another login and cannot be ended: it runs on.',
    );
    return () => Promise.resolve();
  }
  // What is stopped would not hear it.
  child.kill('SIGCONT');
  family.ask();
  say('mpa: the grant has ended: the command was sent TERM, and KILL follows in 10 seconds.');
  let over = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const again = setInterval(() => {
    family.ask();
    if (!lives(child) && family.look().length === 0) finish();
  }, AGAIN_MS);
  const timer = setTimeout(() => {
    say('mpa: the command did not end by itself and was sent KILL.');
    family.kill();
    child.kill('SIGKILL');
    // What was forked while the others were killed.
    family.kill();
    finish();
  }, GRACE_MS);
  const finish = (): void => {
    clearInterval(again);
    clearTimeout(timer);
    over();
  };
  return () => {
    if (family.look().length === 0) finish();
    return done;
  };
}

/**
 * Tells the person that the grant is about to end, five minutes before, and that it has; and at `until` ends the command with all that
 * it has started. Returns how to stop, once the command has ended: what it left behind is waited for where it was told to end. Where less than five minutes are left from the start, that is said only if the command will be ended.
 */
export function watchWindow(
  child: Child,
  { windowEnd, until }: Pick<Launch, 'windowEnd' | 'until'>,
  around: Around,
  kin: Kin = systemKin,
): () => Promise<void> {
  if (windowEnd === null) return () => Promise.resolve();
  const { clock } = around;
  const say = (line: string): void => {
    around.say(line);
  };
  const fate = until === null ? 'the command may go on' : 'the command will be ended then';
  let told = until === null && windowEnd - clock.now() < NOTICE;
  let timer: NodeJS.Timeout | undefined;
  let stopEnding = (): Promise<void> => Promise.resolve();
  const look = (): void => {
    const left = windowEnd - clock.now();
    if (left > 0) {
      if (left <= NOTICE && !told) {
        told = true;
        say(`mpa: the grant ends at ${formatTime(windowEnd)}, in ${formatDuration(left)}; ${fate}.`);
      }
      timer = setTimeout(look, LOOK_MS);
    } else if (until === null) say('mpa: the grant has ended; the command runs on.');
    else stopEnding = end(child, say, kin);
  };
  look();
  return () => {
    clearTimeout(timer);
    return stopEnding();
  };
}
