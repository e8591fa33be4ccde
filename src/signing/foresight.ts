import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
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
const TOGETHER = 32;
/** Batches that a thread is given before it has answered: one to work on, and one that is there when it is done. */
const OWED_AT_MOST = 2;
/** Signatures that are checked here before it is looked whether an answer has come. */
const HELPED = 2;

/** What nobody asks after so many more was a wrong guess. */
const REMEMBERED = 4096;

/** Questions that travel together, and what became of them. */
interface Batch {
  readonly questions: readonly SignatureQuestion[];
  /** For each which key; `ODD`, or absent: to be checked where it is asked. */
  answers: Answers;
  /** Settles once a thread has answered, or died; null: no thread has it. */
  asked: Promise<void> | null;
}

/** A question that was told of, and where its answer is to be found. */
interface Expected {
  readonly question: SignatureQuestion;
  readonly batch: Batch;
  readonly index: number;
}

/**
 * Checks signatures in other threads, ahead of the one that asks, and in that one while it would wait for them. What a thread says is used for
 * exactly the bytes, keys and time that it was given, and only a plain yes: all else, and everything after a thread has died or could not
 * start, is checked where it is asked.
 */
export function createForesight(make: () => Worker, cores = availableParallelism()): Foresight {
  // The one that asks works as well.
  const threads = startAll(make, Math.min(cores - 1, THREADS_AT_MOST));
  const expected = new Map<string, Expected>();
  /** Those that no thread has yet, in the order in which they will be asked. */
  const queue = new Set<Batch>();
  /** What is being checked here, ahead. */
  let own: { readonly batch: Batch; readonly steps: Generator<void, void> } | null = null;

  const handOut = (): void => {
    for (const batch of queue) {
      const thread = leastBusy(threads);
      if (thread === undefined || thread.owed >= OWED_AT_MOST) return;
      queue.delete(batch);
      batch.asked = thread.ask(batch.questions).then((answers) => {
        batch.answers = answers;
        batch.asked = null;
        handOut();
      });
    }
  };
  /** Checks a little of what no thread has yet. False: there is nothing. */
  const help = (): boolean => {
    for (let done = 0; done < HELPED; done += 1) {
      while (own?.steps.next().done !== false) {
        const [batch] = queue;
        if (batch === undefined) return done > 0;
        queue.delete(batch);
        own = { batch, steps: checked(batch) };
      }
    }
    return true;
  };
  const answerOf = async ({ batch, index }: Expected): Promise<number> => {
    while (batch.asked !== null) await (help() ? turn() : batch.asked);
    // From here on its questions come one by one.
    queue.delete(batch);
    if (own?.batch === batch) own = null;
    return batch.answers[index] ?? ODD;
  };

  return {
    expect: (questions) => {
      if (!threads.some(({ alive }) => alive)) return;
      for (let at = 0; at < questions.length; at += TOGETHER) {
        const batch: Batch = { questions: questions.slice(at, at + TOGETHER), answers: [], asked: null };
        queue.add(batch);
        for (const [index, question] of batch.questions.entries())
          expected.set(question.armor, { question, batch, index });
      }
      handOut();
      for (const armor of expected.keys()) {
        if (expected.size <= REMEMBERED) break;
        expected.delete(armor);
      }
    },
    check: async (question) => {
      const found = expected.get(question.armor);
      expected.delete(question.armor);
      const index = found !== undefined && isSame(found.question, question) ? await answerOf(found) : ODD;
      const key = question.keys[index];
      return key === undefined ? checkSignature(question) : ({ ok: true, key } satisfies SignatureReading);
    },
    end: () => {
      expected.clear();
      queue.clear();
      for (const thread of threads) thread.end();
    },
  };
}

/** Checks a batch in this thread, one signature a step. */
function* checked(batch: Batch): Generator<void, void> {
  const answers: number[] = [];
  batch.answers = answers;
  for (const question of batch.questions) {
    const reading = checkSignature(question);
    answers.push(reading.ok ? question.keys.indexOf(reading.key) : ODD);
    yield;
  }
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
    (least, thread) => (least === undefined || thread.owed < least.owed ? thread : least),
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

  /** Batches that it has not answered. */
  get owed(): number {
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
