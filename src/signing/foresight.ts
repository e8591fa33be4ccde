import type { Foresight, SignatureQuestion, SignatureReading } from '../core/ports.js';
import { checkSignature } from './check.js';

/** What nobody asks after so many more was a wrong guess. */
const REMEMBERED = 4096;
/** Bytes of payloads that are remembered at most: twice what is read ahead. */
const BYTES = 16 * 1024 * 1024;

/** A question that was told of, and what came out; null: whoever asks has to look. */
interface Expected {
  readonly question: SignatureQuestion;
  readonly answer: Promise<SignatureReading | null>;
}

/**
 * A checker that begins as soon as it is told. `ahead`: checkElsewhere. What it says is used for exactly the bytes, keys and time that it
 * was given, once, and only a plain yes: all else is checked where it is asked.
 */
export function createForesight(
  ahead: (question: SignatureQuestion) => Promise<SignatureReading>,
): Foresight {
  const expected = new Map<string, Expected>();
  let bytes = 0;
  const take = (armor: string): Expected | undefined => {
    const found = expected.get(armor);
    bytes -= found?.question.payload.length ?? 0;
    expected.delete(armor);
    return found;
  };
  return {
    expect: (questions) => {
      for (const question of questions) {
        take(question.armor);
        bytes += question.payload.length;
        expected.set(question.armor, { question, answer: ahead(question).catch(() => null) });
      }
      for (const armor of expected.keys()) {
        if (expected.size <= REMEMBERED && bytes <= BYTES) break;
        take(armor);
      }
    },
    check: async (question) => {
      const found = take(question.armor);
      const answer = found !== undefined && isSame(found.question, question) ? await found.answer : null;
      return answer?.ok === true ? answer : checkSignature(question);
    },
  };
}

/** Whether two questions are the same in all that an answer depends on. */
function isSame(a: SignatureQuestion, b: SignatureQuestion): boolean {
  return (
    a.armor === b.armor &&
    a.at === b.at &&
    a.keys.length === b.keys.length &&
    a.keys.every((key, index) => key === b.keys[index]) &&
    (a.payload === b.payload || Buffer.compare(a.payload, b.payload) === 0)
  );
}
