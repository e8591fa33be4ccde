import type { SignatureQuestion } from '../core/ports.js';
import { checkSignature } from './check.js';
import type { VerifyingKey } from './verify.js';

/** Questions on their way to another thread. All payloads lie in `bytes`, one after another: it changes hands and is not copied. */
export interface Task {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly questions: readonly {
    /** Where the payload begins and ends in `bytes`. */
    readonly from: number;
    readonly to: number;
    readonly armor: string;
    readonly at: number;
    /** Which of `rings`. */
    readonly ring: number;
  }[];
  /** The distinct lists of keys. */
  readonly rings: readonly (readonly VerifyingKey[])[];
}

/** For each question which of its keys made the signature; `ODD`: anything but a plain yes, to be looked at where it is asked. */
export type Answers = readonly number[];
export const ODD = -1;

/** What another thread needs of questions. */
export function taskOf(questions: readonly SignatureQuestion[]): Task {
  const lists = [...new Set(questions.map(({ keys }) => keys))];
  const bytes = new Uint8Array(questions.reduce((sum, { payload }) => sum + payload.length, 0));
  let to = 0;
  return {
    bytes,
    rings: lists.map((keys) => keys.map(({ algorithm, spki }) => ({ algorithm, spki }))),
    questions: questions.map(({ payload, armor, at, keys }) => {
      const from = to;
      bytes.set(payload, from);
      to += payload.length;
      return { from, to, armor, at, ring: lists.indexOf(keys) };
    }),
  };
}

const keys = new Map<string, VerifyingKey>();

/** Checks what a task holds. Keys are known again by their numbers: making one ready costs as much as using it. */
export function answer({ bytes, questions, rings }: Task): Answers {
  const ready = rings.map((ring) => ring.map(known));
  return questions.map(({ from, to, armor, at, ring }) => {
    const own = ready[ring] ?? [];
    const reading = checkSignature({ payload: bytes.subarray(from, to), armor, at, keys: own });
    return reading.ok ? own.indexOf(reading.key) : ODD;
  });
}

function known(key: VerifyingKey): VerifyingKey {
  const name = `${key.algorithm} ${key.spki}`;
  const found = keys.get(name) ?? key;
  keys.set(name, found);
  return found;
}
