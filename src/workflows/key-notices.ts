import { inForce, keysOf } from '../core/counting.js';
import { couldEverSign } from '../core/fitness.js';
import type { KeyInfo } from '../core/keys.js';
import type { PolicyRecord } from '../core/state.js';
import { formatDuration, timeWords } from '../core/time.js';
import type { View } from '../ledger/ledger.js';
import { doubtful, type Finding } from './finding.js';
import type { Workspace } from './workspace.js';

const DAY = 86_400;
/** How long before its expiry a key is spoken of. */
const EXPIRY_NOTICE = 30 * DAY;

type Me = Pick<Workspace, 'handle' | 'fingerprint'>;

/**
 * Of everybody whom the policy in force lists: whose last key has expired or will within 30 days, as of `now` (seconds), this person first.
 * A key beside it that lasts longer keeps its holder going; this person is judged by the key in use alone.
 */
export function keyNotices(ws: Me, view: Pick<View, 'state'>, now: number): readonly Finding[] {
  return [...ownKeyNotices(ws, view, now), ...othersKeyNotices(ws, view, now)];
}

/** What keyNotices says of this person. */
export function ownKeyNotices(ws: Me, { state }: Pick<View, 'state'>, now: number): readonly Finding[] {
  const { handle, fingerprint } = ws;
  if (handle === null) return [];
  const all = keysOf(inForce(state), handle);
  const inUse = all.filter(
    (key) => key.fingerprint === fingerprint || key.primary?.fingerprint === fingerprint,
  );
  const end = endingSoon(inUse.length === 0 ? all : inUse, now);
  if (end === null) return [];
  const renew = 'mpa key renew';
  return [
    end > now
      ? doubtful('key expiry', `your key expires on ${timeWords(end)}, in ${left(end, now)}`, renew)
      : doubtful(
          'key expiry',
          `your key expired on ${timeWords(end)}`,
          `${renew}, and another member proposes what it makes: mpa member rotate ${handle} --key FILE`,
        ),
  ];
}

/** What keyNotices says of everybody else, executors too. */
export function othersKeyNotices(ws: Me, { state }: Pick<View, 'state'>, now: number): readonly Finding[] {
  const current = inForce(state);
  const { members, executors = {} } = current.policy;
  return [
    ...Object.keys(members).flatMap((handle) => otherNotice(current, handle, 'member', now)),
    ...Object.keys(executors).flatMap((handle) => otherNotice(current, handle, 'executor', now)),
  ].flatMap((notice) => (notice.handle === ws.handle ? [] : [notice.finding]));
}

function otherNotice(
  current: PolicyRecord,
  handle: string,
  word: 'member' | 'executor',
  now: number,
): { handle: string; finding: Finding }[] {
  const end = endingSoon(keysOf(current, handle), now);
  if (end === null) return [];
  const rotate = `mpa ${word} rotate ${handle} --key FILE`;
  const finding =
    end > now
      ? doubtful(
          'key expiry',
          `the key of ${handle} expires on ${timeWords(end)}, in ${left(end, now)}`,
          word === 'member'
            ? `${handle} types: mpa key renew`
            : `renew it there (mpa key renew), then: ${rotate}`,
        )
      : doubtful(
          'key expiry',
          `the key of ${handle} expired on ${timeWords(end)}: nothing that it signs counts`,
          `${handle} renews it (mpa key renew) and gives you the file, then: ${rotate}`,
        );
  return [{ handle, finding }];
}

/** The second at which the last of these keys that can sign expires, where that is within the notice or past; null: not soon. */
function endingSoon(keys: readonly KeyInfo[], now: number): number | null {
  const signing = keys.filter((key) => couldEverSign(key) && !key.revoked);
  const ends = signing.map(endOf).filter((end) => end !== null);
  if (ends.length < signing.length || ends.length === 0) return null;
  const last = Math.max(...ends);
  return last > now + EXPIRY_NOTICE ? null : last;
}

/** The second from which a key has expired, its primary's fate included; null: never. */
export function endOf(key: KeyInfo): number | null {
  const ends = [key.expires, key.primary?.expires ?? null].filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

function left(end: number, now: number): string {
  return `about ${formatDuration(Math.max(0, Math.ceil((end - now) / DAY)) * DAY)}`;
}
