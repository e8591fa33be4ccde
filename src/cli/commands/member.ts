import { MpaError } from '../../core/errors.js';
import type { ExecutorView } from '../../workflows/people-list.js';
import type { Member, Policy } from '../../core/policy-document.js';
import { exact, quoted, told } from '../../core/show.js';
import { fingerprintOf, memberOf, type Card } from '../../workflows/founders.js';
import { withKey, withMember, withoutMember } from '../../workflows/people-edit.js';
import { membersOf, rightsOf } from '../../workflows/people-list.js';
import { policyInForce } from '../../workflows/policy.js';
import type { Change } from '../../workflows/propose-policy.js';
import { withRecovery } from '../../workflows/recovery.js';
import { RECOVERY } from '../../workflows/standard-policy.js';
import type { Workspace } from '../../workflows/workspace.js';
import { cardIn, refuseOwn, refuseUnfit } from '../cards.js';
import type { CliContext, Invocation } from '../invocation.js';
import { memberText } from '../layout-people.js';
import { flag, text, texts } from '../options.js';
import { headOf } from '../head.js';
import { proposing } from '../proposing.js';

/** The key that --key names, fit to sign now. Errors: `bad-key`, `unfit-key`, `usage`. */
export async function keyGiven({ options }: Invocation, context: CliContext): Promise<Card> {
  const path = text(options, 'key') ?? '';
  const found = await cardIn(context, path, '--key');
  refuseUnfit(found, path, context.clock.now());
  return found;
}

/** Who a key is for: its own name and address, or those that flags give. */
export function identified({ options }: Invocation, found: Card): Member {
  const member = memberOf(found);
  return {
    ...member,
    name: text(options, 'name') ?? member.name,
    email: text(options, 'email') ?? member.email,
  };
}

/** `carol (Carol Cole <carol@example.org>), with the key FPR`. */
export function personText(
  handle: string,
  { name, email }: Pick<ExecutorView, 'name' | 'email'>,
  found: Card,
): string {
  return `${handle} (${told(name)} <${exact(email)}>), with the key\n  ${fingerprintOf(found)}`;
}

/** `mpa member add`. Errors: `usage`, `bad-key`, `unfit-key`, `invalid-policy`, and those of proposing. */
export async function add(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { options, args } = invocation;
  if (flag(options, 'recovery')) return addRecovery(invocation, context);
  const [handle] = args;
  if (handle === undefined)
    throw new MpaError('usage', 'Say what the policy calls them: mpa member add HANDLE --key FILE');
  const found = await keyGiven(invocation, context);
  const ws = await context.workspace();
  const unix = texts(options, 'unix');
  const member: Member = { ...identified(invocation, found), ...(unix.length === 0 ? {} : { unix }) };
  const groups = texts(options, 'group');
  const change: Change = ({ policy }) => withMember(policy, handle, member, groups);
  const title = `Add ${personText(handle, member, found)}`;
  const { record } = await proposing(invocation, context, ws, { change, title });
  const { action } = record.event;
  if (action.kind === 'policy') uselessness(action.policy, handle, context);
  await welcome(ws, handle, context);
  return undefined;
}

/** Somebody whom no rule names can do next to nothing: said while it can still be withdrawn. */
function uselessness(policy: Policy, handle: string, { out }: CliContext): void {
  const { mayAsk, mayApprove } = rightsOf(policy, handle);
  if (mayAsk.length > 0 || mayApprove.length > 0) return;
  out.talk(`No rule names ${handle}, who could propose changes and no more: mpa group add GROUP ${handle}`);
}

async function welcome(ws: Workspace, handle: string, { out, setup }: CliContext): Promise<void> {
  const { anchor } = await ws.ledger.view();
  const remote = (await setup.remotes()).shown(ws.remote);
  out.talk(
    `Once it is in force, ${handle} types:\n  mpa join ${quoted([remote])} --anchor ${anchor} --as ${handle}`,
  );
}

async function addRecovery(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { options, args } = invocation;
  if (args[0] !== undefined && args[0] !== RECOVERY)
    throw new MpaError(
      'usage',
      `With --recovery the handle is \`${RECOVERY}\`: leave ${exact(args[0])} away.`,
    );
  if (texts(options, 'group').length > 0 || texts(options, 'unix').length > 0)
    throw new MpaError(
      'usage',
      'A recovery key is in no group and has no login: it is for changes of the policy alone.',
    );
  const found = await keyGiven(invocation, context);
  await refuseOwn(context, found);
  const ws = await context.workspace();
  const member = identified(invocation, found);
  const change: Change = ({ policy }) => withRecovery(policy, member);
  const title = `Add ${personText(RECOVERY, member, found)}\nChanges of the policy name it, and no rule does.`;
  await proposing(invocation, context, ws, { change, title });
  context.out.warn(
    'Whoever holds the recovery key beside their own is two people: one person keeps the key, another its passphrase.\nRehearse it once it is in force: mpa doctor --rehearse-recovery FILE',
  );
  return undefined;
}

/** `mpa member remove HANDLE`. Errors: `usage`, `invalid-policy`, and those of proposing. */
export async function remove(invocation: Invocation, context: CliContext): Promise<undefined> {
  const handle = invocation.args[0] ?? '';
  const ws = await context.workspace();
  const change: Change = ({ policy }) => withoutMember(policy, handle);
  await proposing(invocation, context, ws, { change, title: `Remove ${exact(handle)}` });
  return undefined;
}

/** `mpa member rotate HANDLE --key FILE [--add]`. Errors: as add. */
export function rotate(invocation: Invocation, context: CliContext): Promise<undefined> {
  return rotateOf('members', invocation, context);
}

/** Proposes another key for somebody in `members` or `executors`. */
export async function rotateOf(
  field: 'members' | 'executors',
  invocation: Invocation,
  context: CliContext,
): Promise<undefined> {
  const handle = invocation.args[0] ?? '';
  const found = await keyGiven(invocation, context);
  const ws = await context.workspace();
  const beside = flag(invocation.options, 'add');
  const title = `${beside ? 'A further key' : 'Another key'} for ${exact(handle)}:\n  ${fingerprintOf(found)}`;
  await proposing(invocation, context, ws, { change: rotation(ws, field, handle, found, beside), title });
  if (handle === ws.handle && fingerprintOf(found) !== ws.fingerprint)
    context.out.talk(`Once it is in force: mpa key use ${fingerprintOf(found)}`);
  return undefined;
}

/** The change that lists another certificate for somebody. */
export function rotation(
  ws: Workspace,
  field: 'members' | 'executors',
  handle: string,
  found: Card,
  beside: boolean,
): Change {
  return async ({ policy }) => {
    const entries = policy[field] ?? {};
    const entry = Object.hasOwn(entries, handle) ? entries[handle] : undefined;
    if (entry === undefined) {
      const word = field === 'members' ? 'member' : 'executor';
      throw new MpaError('usage', `The policy in force names no ${word} ${exact(handle)}.`, {
        hint: `See them: mpa ${word} list`,
      });
    }
    for (const key of [...entry.keys, { public: found.armored }]) await ws.certificates.read(key.public);
    const key = { type: 'openpgp', public: found.armored } as const;
    return withKey(policy, handle, key, { add: beside, read: (armored) => ws.certificates.known(armored) });
  };
}

/** `mpa member list`. */
export async function list({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock } = context;
  const ws = await context.workspace();
  const { view, record } = await out.during('Fetching', () => policyInForce(ws, flag(options, 'offline')));
  const members = membersOf(view.state, record, clock.now());
  out.document({ ...headOf(view), members });
  for (const member of members) out.result(memberText(member, out.paint.bind(out)));
  return undefined;
}
