import { MpaError } from '../../core/errors.js';
import { completionScript, SHELLS } from '../completion-scripts.js';
import type { CliContext, Invocation } from '../invocation.js';

/** mpa completion bash|zsh|fish: prints the script that has the shell ask `mpa complete`. */
export function run({ args }: Invocation, { out }: CliContext): Promise<undefined> {
  const shell = SHELLS.find((each) => each === args[0]);
  if (shell === undefined) {
    throw new MpaError('usage', `There is no completion for ${args[0] ?? 'no shell'}.`, {
      hint: `mpa completion ${SHELLS.join('|')}`,
    });
  }
  if (out.json) out.document({ shell, script: completionScript(shell) });
  else out.raw(completionScript(shell));
  return Promise.resolve(undefined);
}
