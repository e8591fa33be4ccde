import { ending } from '../ending.js';
import type { CliContext, Invocation } from '../invocation.js';

/** mpa withdraw. */
export function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  return ending('withdrawn', invocation, context);
}
