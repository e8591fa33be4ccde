import { resolve } from 'node:path';
import { inForce, keysOf } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import { exact } from '../core/show.js';
import type { View } from '../ledger/ledger.js';
import { age } from '../workflows/look.js';
import { rehearseRecovery } from '../workflows/rehearse-recovery.js';
import { RECOVERY } from '../workflows/standard-policy.js';
import type { SecretLook } from './adapters.js';
import { exitOf } from './commands/doctor.js';
import { readNamed } from './files.js';
import type { CliContext } from './invocation.js';
import { findingText, findingView } from './layout-findings.js';
import { patient } from './passphrase.js';

/**
 * `mpa doctor --rehearse-recovery [FILE]`: what the recovery key could do now, by the policy that was verified last; the remote is not asked, and
 * nothing is written anywhere. Exit status: 0, or that of the first failure. Errors: `bad-key`, `no-key`, `usage`.
 */
export async function rehearse(file: string | null, context: CliContext): Promise<number> {
  const { out, setup, clock } = context;
  const ws = await context.workspace();
  const view = await ws.ledger.view();
  const keystore = await setup.keystore();
  const look: SecretLook =
    file === null
      ? await keystore.peek(await recoveryHere(view, context))
      : await keystore.peek(await readNamed(resolve(setup.cwd, file), '--rehearse-recovery'));
  const { passphrases } = setup;
  const ask = (): Promise<string> =>
    passphrases.ask(`Passphrase of the recovery key ${look.fingerprint.slice(-16)}:`);
  const key = {
    fingerprint: look.fingerprint,
    signer: (certificate: Parameters<SecretLook['signer']>[0]) =>
      patient(look.signer(certificate, ask), passphrases),
  };
  const findings = await rehearseRecovery(key, view, await setup.tools(), clock.now());
  for (const finding of findings) out.result(findingText(finding, out.paint.bind(out)));
  out.document({ ok: exitOf(findings) === 0, findings: findings.map(findingView) });
  out.talk(
    `By the policy of ${ws.name} as it was ${age(view, clock.now())} (mpa sync fetches a newer one). Nothing was written.`,
  );
  if (file === null)
    out.warn(
      'The recovery key lies in this key store: it is safe only where nobody works every day, and without a network.',
    );
  return exitOf(findings);
}

/** The fingerprint of the recovery key in this key store. Errors: `no-key`. */
async function recoveryHere({ state }: View, { setup }: CliContext): Promise<string> {
  const stored = await (await setup.keystore()).list();
  const listed = keysOf(inForce(state), RECOVERY).map(({ fingerprint }) => fingerprint);
  const found = stored.find(({ fingerprint }) => listed.includes(fingerprint));
  if (found !== undefined) return found.fingerprint;
  throw new MpaError(
    'no-key',
    listed.length === 0
      ? `The policy in force lists no member \`${RECOVERY}\`.`
      : `None of the keys of \`${RECOVERY}\` is in this key store: ${listed.map(exact).join(', ')}.`,
    {
      hint:
        listed.length === 0
          ? 'Add one: mpa member add --recovery --key FILE'
          : 'Name its secret file: mpa doctor --rehearse-recovery FILE',
    },
  );
}
