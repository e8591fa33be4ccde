import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Foresight, SignatureQuestion, SignatureReading } from '../core/ports.js';
import { checkSignature } from './check.js';
import { ODD, taskOf, type Answers } from './foresight-task.js';

/** Starts a thread that runs check-worker.ts, built as `file`. It gets nothing of this process's environment. Throws where none can start. */
export function startThread(file: URL): Worker {
  // What a thread works on is small and soon over: left alone, its heap would grow to tens of megabytes of garbage.
  const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };
  return new Worker(file, { env: {}, execArgv: [], resourceLimits });
}

/** Beyond so many threads the one that reads and judges is the slowest. */
const THREADS_AT_MOST = 4;
/** Questions that travel together. */
const TOGETHER = 64;

/** What nobody asks after so many more was a wrong guess. */
const REMEMBERED = 4096;

/** A question that was told of, and what a thread made of it: which key; `ODD` where it found anything but a plain yes, or died. */
interface Expected {
  readonly question: SignatureQuestion;
  readonly answer: Promise<number>;
}

/**
 * Checks signatures in other threads, ahead of the one that asks. What a thread says is used for exactly the bytes, keys and time that
 * it was given, and only a plain yes: all else, and everything after a thread has died or could not start, is checked where it is asked.
 */
export function createForesight(make: () => Worker, cores = availableParallelism()): Foresight {
  const threads = startAll(make, cores < 2 ? 0 : Math.min(cores, THREADS_AT_MOST));
  const expected = new Map<string, Expected>();
  return {
    expect: (questions) => {
      for (let at = 0; at < questions.length; at += TOGETHER) {
        const some = questions.slice(at, at + TOGETHER);
        const thread = leastBusy(threads);
        if (thread === undefined) return;
        const answers = thread.ask(some);
        for (const [index, question] of some.entries())
          expected.set(question.armor, {
            question,
            answer: answers.then((each) => each[index] ?? ODD),
          });
      }
      for (const armor of expected.keys()) {
        if (expected.size <= REMEMBERED) break;
        expected.delete(armor);
      }
    },
    check: async (question) => {
      const found = expected.get(question.armor);
      expected.delete(question.armor);
      const index = found !== undefined && isSame(found.question, question) ? await found.answer : ODD;
      const key = question.keys[index];
      return key === undefined ? checkSignature(question) : ({ ok: true, key } satisfies SignatureReading);
    },
    end: () => {
      expected.clear();
      for (const thread of threads) thread.end();
    },
  };
}

/** Whether two questions are the same in all that an answer depends on. */
function isSame(a: SignatureQuestion, b: SignatureQuestion): boolean {
  return (
    a.armor === b.armor &&
    a.at === b.at &&
    a.keys.length === b.keys.length &&
    a.keys.every(
      (key, index) => key.spki === b.keys[index]?.spki && key.algorithm === b.keys[index].algorithm,
    ) &&
    Buffer.compare(a.payload, b.payload) === 0
  );
}

function startAll(make: () => Worker, count: number): Thread[] {
  const threads: Thread[] = [];
  try {
    while (threads.length < count) threads.push(new Thread(make()));
  } catch {
    // A system that grants no more threads: those that there are do the work.
  }
  return threads;
}

function leastBusy(threads: readonly Thread[]): Thread | undefined {
  const alive = threads.filter((thread) => thread.alive);
  return alive.reduce<Thread | undefined>(
    (least, thread) => (least === undefined || thread.waiting < least.waiting ? thread : least),
    undefined,
  );
}

/** One thread, and what it still owes. */
class Thread {
  readonly #worker: Worker;
  readonly #open: ((answers: Answers) => void)[] = [];
  alive = true;

  constructor(worker: Worker) {
    this.#worker = worker;
    const died = (): void => {
      this.alive = false;
      for (const settle of this.#open.splice(0)) settle([]);
    };
    worker.on('message', (answers: Answers) => {
      this.#open.shift()?.(answers);
      if (this.#open.length === 0) worker.unref();
    });
    worker.on('messageerror', () => this.end());
    worker.on('error', died);
    worker.on('exit', died);
    // A thread keeps the process only while it owes an answer.
    worker.unref();
  }

  get waiting(): number {
    return this.#open.length;
  }

  ask(questions: readonly SignatureQuestion[]): Promise<Answers> {
    const task = taskOf(questions);
    return new Promise((settle) => {
      this.#open.push(settle);
      this.#worker.ref();
      this.#worker.postMessage(task, [task.bytes.buffer]);
    });
  }

  end(): void {
    void this.#worker.terminate();
  }
}
