import type { SignatureChecker } from '../core/ports.js';
import { checkSignature } from './check.js';

/**
 * The checker of commit signatures. Stateless. `worker`: check-worker.ts as it was built, for threads that check ahead; absent:
 * everything is checked in this thread.
 */
export function createSignatureChecker(worker?: URL): SignatureChecker {
  const check: SignatureChecker['check'] = (question) => Promise.resolve(checkSignature(question));
  if (worker === undefined) return { check };
  return {
    check,
    foresight: async () => {
      const { createForesight, startThread } = await import('./foresight.js');
      return createForesight(() => startThread(worker));
    },
  };
}
