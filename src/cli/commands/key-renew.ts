import { inForce, keysOf } from '../../core/counting.js';
import { MpaError } from '../../core/errors.js';
import { exact } from '../../core/show.js';
import { formatTime, parseDuration } from '../../core/time.js';
import type { Workspace } from '../../workflows/workspace.js';
import type { StoredKey } from '../adapters.js';
import type { CliContext, Invocation } from '../invocation.js';
import { chosenKey } from '../keys-in-use.js';
import { text, without } from '../options.js';
import { proposing } from '../proposing.js';
import { EXIT, REPORT } from '../report.js';
import { rotation } from './member.js';

const UNLESS_ASKED = '2y';

/**
 * `mpa key renew [FPR] [--expires 2y|never]`: the key ends later, and each joined ledger that lists it for this person is asked to list the new
 * certificate. Where that cannot be proposed, the key is renewed all the same: what is to be typed, and by whom, is said, and the exit status is that
 * of the first failure. Errors: `usage`, `no-key`, `bad-key`, `bad-passphrase`, `disk`.
 */
export async function run(invocation: Invocation, context: CliContext): Promise<number> {
  const { setup, out, clock } = context;
  const { options, args } = invocation;
  const keystore = await setup.keystore();
  const before = chosenKey(await keystore.list(), args[0], (await setup.config()).key);
  const expires = endGiven(text(options, 'expires'), before, clock.now());
  const { passphrases } = setup;
  const ask = (): Promise<string> =>
    passphrases.ask(`Passphrase of your key ${before.fingerprint.slice(-16)}:`);
  const key = await passphrases.retry(() =>
    keystore.renew(before.fingerprint, { expires, now: clock.now() }, ask),
  );
  const end = expires === null ? null : formatTime(expires);
  out.result(`${key.fingerprint} ${end === null ? 'never expires now' : `expires on ${end} now`}.`);
  const found = without(options, 'propose')
    ? { proposed: [], failed: [] }
    : await propose(key, end, invocation, context);
  if (without(options, 'propose')) await later(key, Object.keys((await setup.config()).ledgers), context);
  out.document({
    fingerprint: key.fingerprint,
    publicKeyFile: key.publicKeyFile,
    expires: end,
    proposed: found.proposed,
    notProposed: found.failed.map(({ ledger, error }) => ({
      ledger,
      code: error.code,
      message: error.message,
    })),
  });
  const [first] = found.failed;
  return first === undefined ? EXIT.done : REPORT[first.error.code].exit;
}

/** The second at which the key is to end; null: never. Errors: `usage`. */
function endGiven(
  typed: string | undefined,
  { certificate, fingerprint }: StoredKey,
  now: number,
): number | null {
  if (typed === 'never') return null;
  if (typed === undefined && certificate.keys.every((key) => key.expires === null)) {
    throw new MpaError('usage', `The key ${fingerprint} never expires: nothing has to be renewed.`, {
      hint: 'Have it end on purpose with --expires 2y.',
    });
  }
  const seconds = parseDuration(typed ?? UNLESS_ASKED);
  if (seconds !== null && seconds > 0) return now + seconds;
  throw new MpaError('usage', `--expires ${exact(typed ?? '')} is not a duration.`, {
    hint: 'Durations are typed 90d, 1y or 2y; `never` takes the expiry away.',
  });
}

interface Attempts {
  readonly proposed: readonly { readonly ledger: string; readonly id: string }[];
  readonly failed: readonly { readonly ledger: string; readonly error: MpaError }[];
}

/** Proposes the renewed certificate wherever the key is listed for this person. */
async function propose(
  key: StoredKey,
  end: string | null,
  invocation: Invocation,
  context: CliContext,
): Promise<Attempts> {
  const { out, setup, globals, env } = context;
  const asked = globals.ledger ?? env['MPA_LEDGER'];
  const named = asked === undefined || asked === '' ? Object.keys((await setup.config()).ledgers) : [asked];
  const proposed: Attempts['proposed'][number][] = [];
  const failed: Attempts['failed'][number][] = [];
  for (const ledger of named) {
    try {
      const ws = await context.workspace(ledger);
      const listed = await whereListed(ws, key);
      if (listed === null) continue;
      if (listed === 'executors') throw executorsAsk(ws);
      out.talk(`In the ledger ${ledger}:`);
      proposed.push({ ledger, id: await proposeIn(ws, key, end, invocation, context) });
    } catch (error) {
      if (!(error instanceof MpaError) || error.code === 'bug') throw error;
      failed.push({ ledger, error });
      out.warn(`In the ledger ${ledger} it could not be proposed: ${error.message}`);
    }
  }
  const left = failed.map(({ ledger }) => ledger);
  await later(key, left, context);
  if (left.length === 0 && proposed.length === 0)
    out.talk('No ledger that was joined here lists this key for you.');
  return { proposed, failed };
}

async function whereListed(ws: Workspace, key: StoredKey): Promise<'members' | 'executors' | null> {
  const { handle } = ws;
  if (handle === null) return null;
  const current = inForce((await ws.ledger.view()).state);
  const ours = keysOf(current, handle).some(({ fingerprint }) => fingerprint === key.fingerprint);
  if (!ours) return null;
  return Object.hasOwn(current.policy.members, handle) ? 'members' : 'executors';
}

function executorsAsk(ws: Workspace): MpaError {
  return new MpaError('not-allowed', `${ws.handle ?? ''} is an executor, which cannot propose anything.`);
}

async function proposeIn(
  ws: Workspace,
  key: StoredKey,
  end: string | null,
  invocation: Invocation,
  context: CliContext,
): Promise<string> {
  const { options } = invocation;
  const card = {
    armored: await (await context.setup.keystore()).exportPublic(key.fingerprint),
    certificate: key.certificate,
  };
  const reason =
    end === null ? 'The same key, which never expires now' : `The same key, which expires on ${end} now`;
  const given = options['reason'] !== undefined || options['reasonFile'] !== undefined;
  const { record } = await proposing(
    { ...invocation, options: given ? options : { ...options, reason } },
    // One document is printed for all ledgers.
    { ...context, out: { ...context.out, document: () => undefined } },
    ws,
    {
      change: rotation(ws, 'members', ws.handle ?? '', card, true),
      title: `The renewed key of ${ws.handle ?? ''}`,
    },
  );
  return record.id;
}

/** What is typed, for each of these ledgers, where it was not proposed. */
async function later(
  { fingerprint, publicKeyFile }: StoredKey,
  names: readonly string[],
  { out, setup }: CliContext,
): Promise<void> {
  const { ledgers } = await setup.config();
  const several = Object.keys(ledgers).length > 1;
  const lines = names.flatMap((name) => {
    const handle = ledgers[name]?.handle;
    return handle === undefined
      ? []
      : [`  mpa ${several ? `--ledger ${name} ` : ''}member rotate ${handle} --key FILE`];
  });
  if (lines.length === 0) return;
  out.talk(
    [
      'A ledger goes by the certificate that its policy lists, until a change lists the new one:',
      ...lines,
      `You type that while the key there has not expired, else another member does. FILE is`,
      `  ${exact(publicKeyFile)}`,
      `or what this writes: mpa key export ${fingerprint.slice(-16)} --out FILE`,
    ].join('\n'),
  );
}
