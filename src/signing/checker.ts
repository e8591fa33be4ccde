import type { SignatureChecker } from '../core/ports.js';
import { checkElsewhere, checkSignature } from './check.js';
import { createForesight } from './foresight.js';

/** The checker of commit signatures. Stateless. */
export function createSignatureChecker(): SignatureChecker {
  return {
    check: (question) => Promise.resolve(checkSignature(question)),
    foresight: () => createForesight(checkElsewhere),
  };
}
