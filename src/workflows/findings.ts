import { inForce, isEndorsed, keysOf } from '../core/counting.js';
import type { ErrorCode } from '../core/errors.js';
import { fitness } from '../core/fitness.js';
import type { KeyInfo } from '../core/keys.js';
import { formatDuration, formatTime } from '../core/time.js';
import type { View } from '../ledger/ledger.js';
import { author } from './author.js';
import { MpaError } from '../core/errors.js';
import { shortId } from './find.js';
import type { Workspace } from './workspace.js';

/** One thing that was looked at. `bad` stops work, `warn` will or may. */
export interface Finding {
  readonly what: string;
  readonly level: 'ok' | 'warn' | 'bad';
  readonly detail: string;
  /** The command or act that mends it; null where nothing has to be mended. */
  readonly mend: string | null;
  /** The code that a command would fail with; null: none. */
  readonly code: ErrorCode | null;
}

/** Nothing is wrong. */
export function fine(what: string, detail: string): Finding {
  return { what, level: 'ok', detail, mend: null, code: null };
}

/** It works, but somebody should know. */
export function doubtful(what: string, detail: string, mend: string): Finding {
  return { what, level: 'warn', detail, mend, code: null };
}

/** What an error says, as a finding. Anything but an MpaError is thrown on: a bug is no finding. */
export function failing(what: string, error: unknown): Finding {
  if (!(error instanceof MpaError) || error.code === 'bug') throw error;
  return { what, level: 'bad', detail: error.message, mend: error.hint ?? null, code: error.code };
}

const DAY = 86_400;
/** How long before its expiry a key is spoken of. */
const EXPIRY_NOTICE = 30 * DAY;
/** A clock that differs by more from what others wrote deserves a look; beyond 900 s nothing works. Section 2.5 and 5. */
const CLOCK_DOUBT = 120;

/** What a verified view shows about this person and this ledger, as of `now` (seconds). */
export function conditions(ws: Workspace, view: View, now: number): Finding[] {
  return [endorsement(view), ...identity(ws, view, now), ...clocks(view, now), ...halts(view), ...junk(view)];
}

function endorsement({ state, anchor }: View): Finding {
  if (isEndorsed(state)) return fine('endorsement', 'the first policy has its second signature');
  const { closed, founder } = state.endorsement;
  if (closed !== null) {
    return doubtful(
      'endorsement',
      `${founder} has withdrawn this ledger before anyone endorsed it`,
      'Start another: mpa init',
    );
  }
  return {
    what: 'endorsement',
    level: 'bad',
    detail: 'the first policy still lacks its second signature: nothing else counts until then',
    mend: `Another founding member runs: mpa approve ${anchor}`,
    code: 'unendorsed',
  };
}

function identity(ws: Workspace, view: View, now: number): Finding[] {
  if (ws.handle === null) {
    return [
      doubtful(
        'identity',
        'you joined as a reader: you can neither ask nor approve',
        'Join again with --as HANDLE once the policy lists you',
      ),
    ];
  }
  try {
    const { handle, key } = author(ws, view, now);
    const ours = keysOf(inForce(view.state), handle).filter((one) => one.fingerprint === key.fingerprint);
    return [fine('identity', `${handle}, with the key ${key.fingerprint}`), ...expiry(ours, now)];
  } catch (error) {
    return [failing('identity', error)];
  }
}

function expiry(keys: readonly KeyInfo[], now: number): Finding[] {
  const ends = keys.map(endOf).filter((end) => end !== null);
  // Another key that lasts longer keeps this person going.
  if (ends.length < keys.length || ends.length === 0) return [];
  const last = Math.max(...ends);
  if (last > now + EXPIRY_NOTICE) return [];
  const left = formatDuration(Math.max(0, Math.ceil((last - now) / DAY)) * DAY);
  return [
    doubtful(
      'key expiry',
      `your key expires on ${formatTime(last)}, in about ${left}`,
      'Make another (mpa keygen) and have a policy change list it while this one still signs',
    ),
  ];
}

/** The second from which a key has expired, its primary's fate included; null: never. */
function endOf(key: KeyInfo): number | null {
  const ends = [key.expires, key.primary?.expires ?? null].filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

function clocks({ state }: View, now: number): Finding[] {
  const ahead = state.greatestAt - now;
  if (ahead <= CLOCK_DOUBT) return [fine('clock', 'not behind what others have signed')];
  return [
    doubtful(
      'clock',
      `the newest event is dated ${formatDuration(ahead)} ahead of this machine (${formatTime(now)}): one of the clocks is wrong`,
      "Set this machine's clock (timedatectl set-ntp true, or sntp -sS time.apple.com)",
    ),
  ];
}

function halts({ state }: View): Finding[] {
  return state.halts.map(({ actor, who, reason, at }) => ({
    what: 'halt',
    level: 'bad',
    detail: `${actor} has halted ${who ?? 'everything'} at ${formatTime(at)}: ${reason}`,
    mend: 'mpa resume -m REASON, which another member must approve',
    code: 'halted',
  }));
}

function junk({ inert }: View): Finding[] {
  return inert.map(({ commit, reason, detail }) =>
    doubtful(
      'inert commit',
      `${shortId(commit)} is no event (${reason}): ${detail}`,
      'It has no effect; ask who pushed it',
    ),
  );
}

/** Whether any key of this list is fit now: for keys that are in no policy yet. */
export function anyFit(keys: readonly KeyInfo[], now: number): boolean {
  return keys.some((key) => fitness(key, now).fit);
}
