import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';

/** Bytes that a git process may print before it is ended. The names of all branches of a very large repository are less. */
const OUTPUT_AT_MOST = { stdout: 64 << 20, stderr: 8 << 20 };

/** Bytes of memory of their own that the processes of one contact with a remote may hold together. */
const MEMORY_AT_MOST = 320 << 20;

/**
 * Seconds that they may compute: thirty times what a ledger of 100,000 events takes. A pack of some kilobytes can ask for days, and git
 * shows progress all the while.
 */
const COMPUTING_AT_MOST = 300;

/** Ticks of a second in which Linux counts what a process has computed. */
const TICKS = 100;

/** Milliseconds between two looks at them. */
const LOOK = 100;

/**
 * Keeps what a remote can make of one git process within bounds: a hook that prints without end, or a list of branches without
 * end, would otherwise fill this machine's memory, and a pack of deltas upon deltas keep it busy. Past a bound git is ended, and the push
 * or fetch has failed.
 */
export class Bounds {
  /** Seconds. */
  readonly #computing: number;
  readonly #abort = new AbortController();
  #broken: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(computing = COMPUTING_AT_MOST) {
    this.#computing = computing;
  }

  /** Aborted where a bound was passed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Which bound was passed, in words; null: none. */
  get broken(): string | null {
    return this.#broken;
  }

  /** Counts what git prints. Streams past their bound are closed: nothing more is kept of them. */
  watch(stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream): void {
    for (const [name, stream] of Object.entries({ stdout, stderr })) {
      const most = name === 'stdout' ? OUTPUT_AT_MOST.stdout : OUTPUT_AT_MOST.stderr;
      let seen = 0;
      stream.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen <= most) return;
        this.#end(`more than ${most >> 20} MiB were printed`);
        for (const each of [stdout, stderr]) if (each instanceof Readable) each.destroy();
      });
    }
  }

  /** Looks at what all processes below this one hold and compute, where the system shows it (Linux). */
  watchWork(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const pids = gits();
    const held = pids.reduce((sum, pid) => sum + memoryOf(pid), 0);
    if (held > MEMORY_AT_MOST) this.#end(`more than ${MEMORY_AT_MOST >> 20} MiB of memory were needed`);
    const computed = pids.reduce((sum, pid) => sum + computedBy(pid), 0);
    if (computed > this.#computing) this.#end(`more than ${this.#computing} s of computing were needed`);
  }

  #end(words: string): void {
    this.#broken ??= words;
    // git does not end the processes that it has started: one that waits for a hook, or one that only computes, would stay.
    for (const pid of gits()) end(pid);
    this.#abort.abort();
  }
}

/** The git processes of this one, and whatever they have started. Empty where the system does not show them. */
function gits(): number[] {
  const own = childrenOf(process.pid).filter((pid) => read(`/proc/${pid}/comm`) === 'git\n');
  return own.flatMap((pid) => [pid, ...descendants(pid)]);
}

function childrenOf(pid: number): number[] {
  return list(`/proc/${pid}/task`).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

/** Bytes that belong to this process alone: files that it looks into are not counted. */
function memoryOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Seconds that this process has computed, with those of its children that have ended. */
function computedBy(pid: number): number {
  // The name stands in brackets, and may hold any character: what is counted from behind it does not.
  const fields = /.*\) (.*)/s.exec(read(`/proc/${pid}/stat`))?.[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A process may end at any time, and its files with it. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** SIGTERM: git takes its lock files away with it. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended meanwhile.
  }
}
