import { clausesMet, eligible, missing } from '../core/clauses.js';
import { inForce, keysOf } from '../core/counting.js';
import { clauseWords } from '../core/decide.js';
import { MpaError } from '../core/errors.js';
import { fitness } from '../core/fitness.js';
import type { Certificate, KeyInfo } from '../core/keys.js';
import type { Signer } from '../core/ports.js';
import type { PolicyRecord } from '../core/state.js';
import { formatTime } from '../core/time.js';
import type { View } from '../ledger/ledger.js';
import { doubtful, failing, fine, type Finding } from './finding.js';
import { endOf } from './key-notices.js';
import type { Tools } from './place.js';
import { lockedOutWithout } from './standard-policy.js';

/** A secret key that was looked at, and nothing of it kept. */
export interface Rehearsed {
  readonly fingerprint: string;
  /** A signer for whoever lists the key by `certificate`; asks for the passphrase when it signs. */
  signer(certificate: Certificate): Signer;
}

/** The text that a rehearsal signs: no commit, so that nobody can use the signature for anything. */
const THROW_AWAY = 'mpa rehearses the recovery key: this is no commit and approves nothing';

/**
 * Whether a secret key could change the policy on the day when another is lost: listed in the policy in force of `view`, opened by its passphrase, fit
 * `now` (seconds), and able to complete a change with each other member. Signs a throw-away text in memory; writes nothing anywhere.
 */
export async function rehearseRecovery(
  key: Rehearsed,
  view: Pick<View, 'state'>,
  { checker, certificates }: Pick<Tools, 'checker' | 'certificates'>,
  now: number,
): Promise<readonly Finding[]> {
  const current = inForce(view.state);
  const listed = await whoLists(current, key.fingerprint, certificates);
  if (listed === null) return [notListed(key.fingerprint)];
  const { handle, certificate } = listed;
  const findings = [fine('listed', `${key.fingerprint}, for ${handle}`)];
  const fit = fitNow(certificate.keys, now);
  findings.push(fit);
  if (fit.level === 'bad') return findings;
  try {
    const payload = Buffer.from(THROW_AWAY);
    const armor = await key.signer(certificate).sign(payload, now);
    const reading = await checker.check({ payload, armor, keys: certificate.keys, at: now });
    if (!reading.ok) throw new MpaError('signer-failed', `what it signed does not verify: ${reading.detail}`);
    findings.push(fine('passphrase', 'it opens the key, and what the key signs verifies'));
  } catch (error) {
    return [...findings, failing('passphrase', error)];
  }
  return [...findings, ...changesWith(current, handle, now)];
}

async function whoLists(
  { policy }: PolicyRecord,
  fingerprint: string,
  certificates: Tools['certificates'],
): Promise<{ handle: string; certificate: Certificate } | null> {
  for (const [handle, { keys }] of Object.entries(policy.members)) {
    for (const key of keys) {
      const reading = await certificates.read(key.public);
      if (reading.ok && reading.certificate.keys[0]?.fingerprint === fingerprint)
        return { handle, certificate: reading.certificate };
    }
  }
  return null;
}

function notListed(fingerprint: string): Finding {
  const error = new MpaError('no-key', `the policy in force lists ${fingerprint} for no member`, {
    hint: 'mpa member rotate recovery --key FILE, or mpa member add --recovery --key FILE',
  });
  return failing('listed', error);
}

function fitNow(keys: readonly KeyInfo[], now: number): Finding {
  const judged = keys.map((key) => ({ key, fit: fitness(key, now) }));
  const good = judged.filter(({ fit }) => fit.fit).map(({ key }) => key);
  if (good.length === 0) {
    const why = judged.flatMap(({ fit }) => (fit.fit ? [] : [fit.why]))[0] ?? 'it has no key';
    const error = new MpaError('unfit-key', `the key may not sign now: ${why}`, {
      hint: 'Renew it where it is kept (mpa key renew --no-propose), then: mpa member rotate recovery --key FILE',
    });
    return failing('fit', error);
  }
  const ends = good.map(endOf);
  const last = ends.includes(null) ? null : Math.max(...ends.filter((end) => end !== null));
  return fine(
    'fit',
    last === null ? 'it may sign now, and never expires' : `it may sign until ${formatTime(last)}`,
  );
}

/** What it could do with each other member, and whether the loss of any one key is survived. */
function changesWith(current: PolicyRecord, handle: string, now: number): Finding[] {
  const { policy } = current;
  if (!eligible(policy, policy.changes, handle)) {
    const error = new MpaError(
      'not-eligible',
      `no clause of \`changes\` names ${handle}: its approval changes nothing`,
      {
        hint: `Name ${handle} in each clause of changes: mpa policy edit`,
      },
    );
    return [failing('changes', error)];
  }
  const lost = lockedOutWithout(policy);
  return [
    ...withOthers(current, handle, now),
    lost.length === 0
      ? fine('loss', 'whoever loses their key, the others can still change the policy')
      : failing(
          'loss',
          new MpaError(
            'not-eligible',
            `if ${lost.join(' or ')} loses their key, nobody can change the policy any more`,
            {
              hint: 'Name more people in each clause of changes: mpa policy edit',
            },
          ),
        ),
  ];
}

/** With each other member; where a change takes several approvals, no two people are enough, and that is said once. */
function withOthers(current: PolicyRecord, handle: string, now: number): Finding[] {
  const { policy } = current;
  const places = policy.changes.reduce((sum, { count }) => sum + count, 0);
  if (places > 1) {
    const more = `${handle} gives one of them, and ${places - 1} more must come from others`;
    return [fine('together', `a change takes ${places} approvals beside whoever asks: ${more}`)];
  }
  const others = Object.keys(policy.members).filter((other) => other !== handle);
  return others.sort().map((other) => together(current, handle, other, now));
}

function together(current: PolicyRecord, handle: string, other: string, now: number): Finding {
  const { policy } = current;
  const what = `with ${other}`;
  if (!keysOf(current, other).some((key) => fitness(key, now).fit))
    return doubtful(what, `${other} has no key that may sign now`, `mpa member rotate ${other} --key FILE`);
  const lacking = (asks: string, approves: string): string | null => {
    if (clausesMet(policy, policy.changes, [approves])) return null;
    const more = missing(policy, policy.changes, [approves], asks).map(clauseWords).join(' and ');
    return `when ${asks} asks and ${approves} approves, it still takes ${more}`;
  };
  const found = [lacking(other, handle), lacking(handle, other)].filter((line) => line !== null);
  if (found.length === 0) return fine(what, `either asks, the other approves: the policy changes`);
  return doubtful(what, found.join('; '), 'As the clauses of `changes` want it: see mpa policy show');
}
