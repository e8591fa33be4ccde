import { dirname, resolve } from 'node:path';
import { MpaError } from '../core/errors.js';
import { isHandle } from '../core/scalars.js';
import { exact } from '../core/show.js';
import { withCards, type Card } from '../workflows/founders.js';
import type { Founding } from '../workflows/init.js';
import { readPolicyFile, type Written } from '../workflows/policy-file.js';
import { card, cardIn, refuseOwn, refuseUnfit } from './cards.js';
import { readNamed } from './files.js';
import type { CliContext, Invocation } from './invocation.js';
import { keyInUse } from './keys-in-use.js';
import { text, texts } from './options.js';

/** What the flags of `mpa init` say, every file read. Errors: `usage`, `bad-key`, `no-key`, `invalid-policy`. */
export async function foundingOf({ options }: Invocation, context: CliContext): Promise<Founding> {
  const as = handle(text(options, 'as') ?? '', '--as');
  const founder = await ownCard(context);
  const members = new Map<string, Card>();
  for (const typed of texts(options, 'member')) {
    const cut = typed.indexOf('=');
    if (cut < 1) throw new MpaError('usage', `--member ${typed}: give HANDLE=PUBKEYFILE.`);
    const name = handle(typed.slice(0, cut), '--member');
    if (name === as || members.has(name))
      throw new MpaError('usage', `--member names ${name}, who is there already.`);
    const path = typed.slice(cut + 1);
    const found = await cardIn(context, path, '--member');
    refuseUnfit(found, path, context.clock.now());
    members.set(name, found);
  }
  const policy = text(options, 'policy');
  const recovery = text(options, 'recoveryKey');
  return {
    as,
    founder,
    members,
    file: policy === undefined ? null : await fileOf(context, policy),
    recovery: recovery === undefined ? null : await recoveryCard(context, recovery),
  };
}

function handle(typed: string, flag: string): string {
  if (isHandle(typed) && typed !== 'everyone') return typed;
  throw new MpaError(
    'usage',
    `${flag}: ${typed} is no handle: it takes a lower-case word of letters, digits and hyphens, at most 32.`,
  );
}

/** The founder's own certificate: of the key in use. */
async function ownCard({ setup }: CliContext): Promise<Card> {
  const keystore = await setup.keystore();
  const keys = (await keystore.list()).map(({ fingerprint }) => fingerprint);
  const fingerprint = keyInUse((await setup.config()).key, keys, []);
  if (fingerprint === null && keys.length > 0) {
    throw new MpaError(
      'no-key',
      'Several keys are in the key store: choose the one that you found the ledger with.',
      {
        hint: 'mpa key use FINGERPRINT',
      },
    );
  }
  if (fingerprint === null) throw new MpaError('no-key', 'The key store is empty.');
  return setup.minimal(Buffer.from(await keystore.exportPublic(fingerprint)));
}

/** Keys that a policy file names are paths beside it, or armored text. */
async function fileOf(context: CliContext, typed: string): Promise<Written> {
  const path = resolve(context.setup.cwd, typed);
  const written = await readPolicyFile((await readNamed(path, '--policy')).toString('utf8'), exact(typed));
  return withCards(written, async (source) =>
    source.includes('-----BEGIN')
      ? card(context, Buffer.from(source), `a key in ${exact(typed)}`)
      : card(context, await readNamed(resolve(dirname(path), source), '--policy'), exact(source)),
  );
}

/** An offline key that lies in this key store is not offline. CLI.md, `mpa init`. */
async function recoveryCard(context: CliContext, path: string): Promise<Card> {
  const found = await cardIn(context, path, '--recovery-key');
  refuseUnfit(found, path, context.clock.now());
  await refuseOwn(context, found);
  return found;
}
