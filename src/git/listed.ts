import type { Contact } from './contact.js';
import { failureOf } from './git.js';

/**
 * The first-parent line from a root to `tip` as git walks it, oldest first; null where git could not. Nothing is proven of it: git reads what
 * lies under a name without hashing it.
 */
export async function listed(contact: Contact, tip: string): Promise<readonly string[] | null> {
  try {
    const text = await contact.here(['rev-list', '--first-parent', '--end-of-options', tip]);
    return text.trimEnd().split('\n').reverse();
  } catch (error) {
    if (failureOf(error) === null) throw error;
    return null;
  }
}
