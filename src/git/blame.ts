import { MpaError } from '../core/errors.js';
import { mendClone } from '../core/mending.js';
import { cloneProblem, type Contact } from './contact.js';
import { HEAD, resolveRef, TIP } from './fetch.js';
import { failureOf } from './git.js';
import type { Reader } from './reader.js';
import { walk } from './walk.js';

/**
 * What is wrong with the private clone itself, found by reading all that it should hold; null: nothing. For a fetch that failed though the
 * remote is there: git's words do not tell whose object it could not read. Slow on a long branch, and only then asked.
 * The answer is `untrusted-clone`, `damaged` or `disk`.
 */
export async function cloneFault(contact: Contact, reader: Reader): Promise<MpaError | null> {
  try {
    for (const ref of [TIP, HEAD]) {
      const oid = await resolveRef(contact, ref);
      const fault = oid === null ? null : await faultBelow(contact, reader, oid);
      if (fault !== null) return fault;
    }
    return null;
  } catch (error) {
    if (error instanceof MpaError) return error;
    throw error;
  }
}

async function faultBelow(contact: Contact, reader: Reader, oid: string): Promise<MpaError | null> {
  const walked = await walk(reader, oid, null);
  // Anything else than damage was fetched whole: what it means is for the ledger to say.
  if (!walked.ok && walked.fault.kind === 'damaged') {
    const { oid: found, detail, mend } = walked.fault;
    return new MpaError('damaged', `commit ${found.slice(0, 12)}: ${detail}`, { hint: mend });
  }
  try {
    await contact.here(['rev-list', '--objects', '--quiet', '--end-of-options', oid]);
    return null;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw await cloneProblem(contact, error);
    const message = `an object of the branch is absent or damaged in ${contact.folder}; git says:\n${failure.words.trim()}`;
    return new MpaError('damaged', message, { hint: mendClone(contact), cause: failure });
  }
}
