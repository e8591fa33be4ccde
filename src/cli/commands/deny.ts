import { ending } from '../ending.js';
import type { CliContext, Invocation } from '../invocation.js';

/** mpa deny. */
export function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  return ending('denied', invocation, context);
}
