import { inForce } from '../../core/counting.js';
import { MpaError } from '../../core/errors.js';
import { exact, told } from '../../core/show.js';
import { checkPins, handleOf, introduction, verified, type Introduction } from '../../workflows/join.js';
import type { CliContext, Invocation } from '../invocation.js';
import { checkedName, enrolled, localName, nameOf, refuseTaken } from '../local-name.js';
import { text } from '../options.js';
import type { Output } from '../output.js';

/** `mpa join`. CLI.md, Set-up. Errors: `full-id-needed`, `usage`, `no-identity`, `no-key`, every fatal code, `remote-*`, `cancelled`. */
export async function run({ args, options }: Invocation, context: CliContext): Promise<undefined> {
  const { setup, out, clock, prompter, machine } = context;
  const pins = { anchor: text(options, 'anchor'), head: text(options, 'head') };
  checkPins(pins.anchor, pins.head);
  const typed = text(options, 'name');
  const asked = typed === undefined ? undefined : checkedName(typed, '--name');
  const config = await setup.config();
  if (asked !== undefined && pins.anchor !== undefined) refuseTaken(config, asked, pins.anchor, '--name');
  const keys = (await (await setup.keystore()).list()).map(({ fingerprint }) => fingerprint);
  const remotes = await setup.remotes();
  const remote = remotes.address(args[0] ?? '');
  await remotes.checkGit();

  const clone = await remotes.clone(remote, 'join');
  try {
    const tools = await setup.tools();
    const view = await out.during('Fetching and verifying the ledger', () => verified(clone, tools, pins));
    const { state, anchor } = view;
    const local = asked ?? nameOf(config, anchor) ?? localName(state.name);
    refuseTaken(config, local, anchor, '--name');
    const handle = handleOf(state, text(options, 'as'), keys);
    const met = introduction(state, clock.now());
    if (pins.anchor === undefined) {
      introduce(met, out);
      const trusted = await prompter.confirm('Is that the anchor that a founder told you?', '--anchor ID');
      if (!trusted)
        throw new MpaError('cancelled', 'Nothing was joined.', { hint: 'Ask a founder for the anchor.' });
    }
    await clone.keep(view);
    const runs = handle !== null && Object.hasOwn(inForce(state).policy.executors ?? {}, handle);
    // Under which login an executor runs what was approved stands in its configuration, to be seen and changed there.
    const login = runs ? { login: machine.user } : {};
    const entry = { remote, anchor, ...(handle === null ? {} : { handle }), ...login };
    await setup.saveConfig(enrolled(await setup.config(), local, entry));

    out.result(`ledger  ${local}`);
    out.result(`anchor  ${anchor}`);
    out.result(`handle  ${handle ?? '(none: a reader)'}`);
    out.document({ anchor, name: local, handle, endorsed: met.endorsed });
    nextStep(met, handle, out);
    return undefined;
  } catch (error) {
    await clone.discard(error);
    throw error;
  } finally {
    await clone.discard();
  }
}

/** What a person needs to see before pinning: names are what the ledger says of itself. */
function introduce({ name, anchor, members, founder, endorsers, endorsed }: Introduction, out: Output): void {
  out.talk(`The ledger there calls itself ${told(name)}. Its anchor is`);
  out.talk(`  ${anchor}`);
  out.talk('Its members now:');
  for (const member of members) {
    out.talk(`  ${exact(member.handle)}  ${told(member.name)}`);
    for (const fingerprint of member.fingerprints) out.talk(`      ${fingerprint}`);
  }
  const others = endorsers.length === 0 ? 'nobody yet' : endorsers.join(', ');
  out.talk(`Founded by ${founder}, endorsed by ${others}${endorsed ? '' : ' (not enough yet)'}.`);
  out.talk(
    'Whoever controls the repository could show you a ledger of their own: compare the anchor with a founder,',
  );
  out.talk('in person or on another channel.');
}

function nextStep(
  { endorsed, founder, endorsers, anchor }: Introduction,
  handle: string | null,
  out: Output,
): void {
  if (handle === null) {
    out.talk(
      'No key in your key store is listed there: you can read, but neither ask nor approve. To become a member,',
    );
    out.talk('send a member your public key: mpa key export');
  } else if (!endorsed && handle !== founder && !endorsers.includes(handle)) {
    out.talk('The ledger is not endorsed yet. Read its first policy and sign it:');
    out.talk(`  mpa approve ${anchor}`);
  } else if (!endorsed) out.talk('The ledger is not endorsed yet: it waits for another founder.');
  else out.talk('Next: mpa status');
}
