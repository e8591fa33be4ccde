import { ending } from '../ending.js';
import type { CliContext, Invocation } from '../invocation.js';

/** mpa revoke. */
export function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  return ending('revoked', invocation, context);
}
