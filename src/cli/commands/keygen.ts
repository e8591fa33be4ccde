import { exact } from '../../core/show.js';
import type { CliContext, Invocation } from '../invocation.js';
import { duration, text, without } from '../options.js';

/** `mpa keygen`. CLI.md, Set-up. Errors: `usage`, `answer-needed`, `disk`, `unsafe-permissions`. */
export async function run({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, prompter, setup, clock } = context;
  const expires = duration(options, 'expires') ?? null;
  const config = await setup.config();
  const keystore = await setup.keystore();
  const name = text(options, 'name') ?? (await prompter.line('Your name:', '--name'));
  const email = text(options, 'email') ?? (await prompter.line('Your e-mail address:', '--email'));
  const passphrase = without(options, 'passphrase') ? null : await setup.passphrases.choose();
  const key = await keystore.generate({ name, email, passphrase, expires, now: clock.now() });
  const { fingerprint, publicKeyFile } = key;
  if (config.key === undefined) await setup.saveConfig({ ...config, key: fingerprint });

  out.result(`fingerprint  ${fingerprint}`);
  out.result(`public key   ${exact(publicKeyFile)}`);
  out.document({ fingerprint, publicKeyFile });
  if (passphrase === null)
    out.talk('The private key is not encrypted: whoever can read your files can sign as you.');
  if (config.key !== undefined) {
    out.talk(`You still sign with ${config.key}. To sign with the new key: mpa key use ${fingerprint}`);
  }
  out.talk('Next: give the public key to whoever runs `mpa init`, or start a ledger yourself:');
  out.talk('  mpa init REMOTE --name NAME --as HANDLE --member HANDLE=PUBKEYFILE');
  return undefined;
}
