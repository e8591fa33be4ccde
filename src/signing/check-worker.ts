import { parentPort } from 'node:worker_threads';
import { answer, type Task } from './foresight-task.js';

/** A thread that checks signatures: tasks come in, answers go out, in the same order. Nothing else is read or written here. */
parentPort?.on('message', (task: Task) => {
  parentPort?.postMessage(answer(task));
});
