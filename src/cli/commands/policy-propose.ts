import { MpaError } from '../../core/errors.js';
import { quoted } from '../../core/show.js';
import type { View } from '../../ledger/ledger.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag } from '../options.js';
import { refusal } from '../policy-findings.js';
import { checkText, policyFile } from '../policy-input.js';
import { proposing } from '../proposing.js';

/** mpa policy propose FILE: as check, then shows what changes and signs. */
export async function propose(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { out } = context;
  const file = await policyFile(invocation.args[0] ?? '', context);
  const ws = await context.workspace();
  const view = await out.during('Fetching', () => ws.ledger.refresh());
  const { findings, policy, base } = await checkText(file, context, { ws, view });
  const rebase = `mpa policy rebase ${quoted(['x', file.file]).slice(2)}`;
  refuseOld(view, base, rebase);
  const refused = refusal(file.file, findings, flag(invocation.options, 'anyway'));
  if (refused !== null || policy === null) throw refused ?? new Error('a policy without errors is there');
  const wanted = { change: () => policy, ...(base === null ? {} : { base }) };
  try {
    await proposing(invocation, context, ws, wanted);
  } catch (error) {
    // Somebody was quicker, between the question and the signature.
    if (error instanceof MpaError && error.code === 'stale')
      throw new MpaError('stale', error.message, { cause: error, hint: hintOf(rebase) });
    throw error;
  }
}

function hintOf(rebase: string): string {
  return `Merge it with the policy in force: ${rebase}`;
}

/** Before anything else is said of the file: what is wrong with it may be only that it is old. */
function refuseOld({ state }: View, base: string | null, rebase: string): void {
  if (base === null || base === state.current) return;
  if (!state.policies.has(base)) {
    throw new MpaError(
      'stale',
      `The file says that it was made from policy ${base.slice(0, 12)}, which was never in force in this ledger.`,
      { hint: 'Take the line `# policy ...` away to propose it against the policy in force.' },
    );
  }
  throw new MpaError(
    'stale',
    `The file was made from policy ${base.slice(0, 12)}, and ${state.current.slice(0, 12)} is in force now.`,
    { hint: hintOf(rebase) },
  );
}
