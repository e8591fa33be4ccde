import { MpaError } from '../../core/errors.js';
import type { Policy } from '../../core/policy-document.js';
import { isName } from '../../core/scalars.js';
import { quoted } from '../../core/show.js';
import type { View } from '../../ledger/ledger.js';
import { fingerprintOf } from '../../workflows/founders.js';
import { firstPolicy, init } from '../../workflows/init.js';
import type { NewClone } from '../../workflows/place.js';
import { lockedOutWithout, namedBy, RECOVERY } from '../../workflows/standard-policy.js';
import { foundingOf } from '../founding.js';
import type { CliContext, Invocation } from '../invocation.js';
import { enrolled, localName, refuseTaken } from '../local-name.js';
import type { Output } from '../output.js';
import { text } from '../options.js';

/** `mpa init`. CLI.md, Set-up. Errors: `usage`, `no-key`, `bad-key`, `invalid-policy`, `remote-*`, those of the signer, `disk`. */
export async function run(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { setup, out } = context;
  const name = text(invocation.options, 'name') ?? '';
  if (!isName(name)) {
    throw new MpaError('usage', `--name ${name} cannot name a ledger.`, {
      hint: 'Names have 1 to 100 characters without < and >, and no space or punctuation at either end.',
    });
  }
  const remotes = await setup.remotes();
  const remote = remotes.address(invocation.args[0] ?? '');
  const local = localName(name);
  refuseTaken(await setup.config(), local, null, '--name');
  const founding = await foundingOf(invocation, context);
  const tools = await setup.tools();
  const policy = await firstPolicy(founding, tools);
  const signer = await setup.signer(fingerprintOf(founding.founder));
  warnings(policy, founding.recovery !== null, out);

  await remotes.checkGit();
  const made = await remotes.ensure(remote);
  let clone: NewClone | null = null;
  let view: View;
  try {
    clone = await remotes.clone(remote, 'init');
    const begun = clone;
    view = await out.during('Writing the first event', () =>
      init(begun, { name, founder: founding.as, policy }, signer, tools),
    );
  } catch (error) {
    if (made) await remotes.unmake(remote);
    throw error;
  } finally {
    await clone?.discard();
  }
  const { anchor } = view;
  await setup.saveConfig(enrolled(await setup.config(), local, { remote, anchor, handle: founding.as }));

  out.result(`ledger  ${local}`);
  out.result(`anchor  ${anchor}`);
  out.document({ anchor, name: local, handle: founding.as, endorsed: false });
  if (made) out.talk(`A bare repository was made at ${quoted([remote])}.`);
  nextSteps(policy, founding.as, remotes.shown(remote), anchor, out);
  return undefined;
}

function nextSteps(policy: Policy, founder: string, remote: string, anchor: string, out: Output): void {
  const others = Object.keys(policy.members).filter((handle) => handle !== founder && handle !== RECOVERY);
  out.talk(
    'The ledger is not endorsed yet: even its first policy takes two people. The other founders run, with the',
  );
  out.talk('anchor that you tell them in person or on another channel than the repository:');
  for (const handle of others) out.talk(`  mpa join ${quoted([remote])} --anchor ${anchor} --as ${handle}`);
  out.talk(
    `and then, as ${namedBy(policy, policy.changes)
      .filter((handle) => handle !== founder && handle !== RECOVERY)
      .join(', ')}:`,
  );
  out.talk(`  mpa approve ${anchor}`);
}

/** What cannot be undone later is said loudly now. CLI.md, `mpa init`. */
function warnings(policy: Policy, recovery: boolean, out: Output): void {
  const heading = out.paint('bad', 'WARNING');
  const fatal = lockedOutWithout(policy);
  if (fatal.length > 0) {
    out.warn(
      `${heading}: if ${fatal.join(' or ')} loses their key, nobody can change this policy any more, for ever:`,
    );
    out.warn('  not to list a new key, and not to remove a stolen one. Mend it with one of:');
    out.warn('  - a recovery key kept offline:  mpa init ... --recovery-key FILE');
    out.warn('      or later, by a change:      mpa member add --recovery --key FILE');
    out.warn('  - a third member:               mpa init ... --member HANDLE=PUBKEYFILE');
    out.warn('      or later, by a change:      mpa member add HANDLE --key FILE');
    out.warn('  - a second key for each member: mpa member rotate HANDLE --key FILE --add');
    out.warn('  docs/governance.md says how each is done. `mpa doctor` says this as long as it is true.');
  }
  if (recovery) {
    out.warn(
      `${heading}: whoever holds the recovery key beside their own is two people, and changes the policy alone.`,
    );
    out.warn('  Split it: one person keeps the key, another its passphrase.');
    out.warn('  Rehearse it once the ledger is endorsed: mpa doctor --rehearse-recovery FILE');
  }
}
