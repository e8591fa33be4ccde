import { resolve } from 'node:path';
import { fitness } from '../../core/fitness.js';
import { exact, line } from '../../core/show.js';
import { formatTime } from '../../core/time.js';
import type { StoredKey } from '../adapters.js';
import { readNamed, writeWhole } from '../files.js';
import type { CliContext, Invocation } from '../invocation.js';
import { chosenKey, findKey, keyInUse } from '../keys-in-use.js';
import { text } from '../options.js';

/** What `key list` says of one key. */
function described(key: StoredKey, inUse: string | null, now: number) {
  const { fingerprint, certificate, publicKeyFile } = key;
  const signing = certificate.keys.filter(({ maySign }) => maySign);
  const judged = signing.map((info) => fitness(info, now));
  const fit = judged.some((one) => one.fit);
  const why = judged.flatMap((one) => (one.fit ? [] : [one.why]))[0] ?? 'it cannot sign';
  const [primary] = certificate.keys;
  const ends = signing.map(({ expires }) => expires).filter((at) => at !== null);
  return {
    fingerprint,
    name: certificate.userId.name,
    email: certificate.userId.email,
    algorithm: primary?.algorithmName ?? '',
    created: formatTime(primary?.created ?? 0),
    expires: ends.length < signing.length || ends.length === 0 ? null : formatTime(Math.max(...ends)),
    inUse: fingerprint === inUse,
    fit,
    why: fit ? null : why,
    publicKeyFile,
  };
}

/** `mpa key list`. */
export async function list(_: Invocation, { setup, out, clock }: CliContext): Promise<undefined> {
  const config = await setup.config();
  const stored = await (await setup.keystore()).list();
  const inUse = keyInUse(
    config.key,
    stored.map(({ fingerprint }) => fingerprint),
    [],
  );
  const keys = stored.map((key) => described(key, inUse, clock.now()));
  out.document({ keys });
  for (const key of keys) {
    const mark = key.inUse ? '*' : ' ';
    out.result(`${mark} ${key.fingerprint}  ${key.algorithm}  ${line(key.name)} <${exact(key.email)}>`);
    const expiry = key.expires === null ? '' : `, expires ${key.expires}`;
    const problem = key.why === null ? '' : out.paint('bad', `  cannot sign now: ${key.why}`);
    out.result(`    made ${key.created}${expiry}${problem}`);
  }
  if (keys.length === 0) out.talk('The key store is empty. Make a key: mpa keygen');
  else if (inUse === null) out.talk('Several keys, none of them chosen: mpa key use FINGERPRINT');
  else out.talk('* the key that you sign with');
  return undefined;
}

/** `mpa key export [FPR] [--out FILE]`. Errors: `no-key`, `usage`, `disk`. */
export async function exportPublic(
  { args, options }: Invocation,
  { setup, out }: CliContext,
): Promise<undefined> {
  const keystore = await setup.keystore();
  const key = chosenKey(await keystore.list(), args[0], (await setup.config()).key);
  const armored = await keystore.exportPublic(key.fingerprint);
  const file = text(options, 'out');
  if (file !== undefined) {
    const path = resolve(setup.cwd, file);
    await writeWhole(path, `${armored}\n`, 0o644);
    out.talk(`The public key is in ${exact(path)}.`);
  } else if (!out.json) out.raw(`${armored}\n`);
  out.document({ fingerprint: key.fingerprint, publicKey: `${armored}\n` });
  return undefined;
}

/** `mpa key import FILE`. Errors: `bad-key`, `bad-passphrase`, `usage`, `disk`. */
export async function importPrivate({ args }: Invocation, { setup, out }: CliContext): Promise<undefined> {
  const file = args[0] ?? '';
  const bytes = await readNamed(resolve(setup.cwd, file), 'FILE');
  const config = await setup.config();
  const keystore = await setup.keystore();
  const { passphrases } = setup;
  const key = await passphrases.retry(() =>
    keystore.importKey(bytes, () => passphrases.ask(`Passphrase of the key in ${exact(file)}:`)),
  );
  const { fingerprint, publicKeyFile } = key;
  if (config.key === undefined) await setup.saveConfig({ ...config, key: fingerprint });
  out.result(`fingerprint  ${fingerprint}`);
  out.result(`public key   ${exact(publicKeyFile)}`);
  out.document({ fingerprint, publicKeyFile });
  if (config.key !== undefined && config.key !== fingerprint) {
    out.talk(`You still sign with ${config.key}. To sign with this key: mpa key use ${fingerprint}`);
  }
  return undefined;
}

/** `mpa key use FPR`. Errors: `no-key`, `usage`, `disk`. */
export async function use({ args }: Invocation, { setup, out }: CliContext): Promise<undefined> {
  const key = findKey(await (await setup.keystore()).list(), args[0] ?? '');
  await setup.saveConfig({ ...(await setup.config()), key: key.fingerprint });
  out.result(`You sign with ${key.fingerprint} from now on.`);
  out.document({ fingerprint: key.fingerprint, publicKeyFile: key.publicKeyFile });
  out.talk('A ledger takes its signatures once its policy lists it for you.');
  return undefined;
}
