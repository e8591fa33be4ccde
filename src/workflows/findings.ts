import { isEndorsed } from '../core/counting.js';
import { fitness } from '../core/fitness.js';
import type { KeyInfo } from '../core/keys.js';
import { formatDuration, timeWords } from '../core/time.js';
import type { View } from '../ledger/ledger.js';
import { author } from './author.js';
import { shortId } from './find.js';
import { doubtful, failing, fine, type Finding } from './finding.js';
import { haltNotices } from './halt-notices.js';
import { othersKeyNotices, ownKeyNotices } from './key-notices.js';
import type { Workspace } from './workspace.js';

export { doubtful, failing, fine, type Finding } from './finding.js';
export { haltNotices, mendingLines } from './halt-notices.js';
export { keyNotices } from './key-notices.js';

/** A clock that differs by more from what others wrote deserves a look; beyond 900 s nothing works. Section 2.5 and 5. */
const CLOCK_DOUBT = 120;

/** What a verified view shows about this person and this ledger, as of `now` (seconds). */
export function conditions(ws: Workspace, view: View, now: number): Finding[] {
  return [
    endorsement(view),
    ...identity(ws, view, now),
    ...othersKeyNotices(ws, view, now),
    ...clocks(view, now),
    ...haltNotices(view, now),
    ...junk(view),
  ];
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
    return [fine('identity', `${handle}, with the key ${key.fingerprint}`), ...ownKeyNotices(ws, view, now)];
  } catch (error) {
    return [failing('identity', error)];
  }
}

function clocks({ state }: View, now: number): Finding[] {
  const ahead = state.greatestAt - now;
  if (ahead <= CLOCK_DOUBT) return [fine('clock', 'not behind what others have signed')];
  return [
    doubtful(
      'clock',
      `the newest event is dated ${formatDuration(ahead)} ahead of this machine (${timeWords(now)}): one of the clocks is wrong`,
      "Set this machine's clock (timedatectl set-ntp true, or sntp -sS time.apple.com)",
    ),
  ];
}

/** So many commits without effect are named; whoever pushes fifty thousand of them must not fill the screen. */
const JUNK_SHOWN = 3;

function junk({ inert }: View): Finding[] {
  const more = inert.length - JUNK_SHOWN;
  return [
    ...inert
      .slice(0, JUNK_SHOWN)
      .map(({ commit, reason, detail }) =>
        doubtful(
          'inert commit',
          `${shortId(commit)} is no event (${reason}): ${detail}`,
          'It has no effect; ask who pushed it',
        ),
      ),
    ...(more > 0 ? [doubtful('inert commit', `${more} more without effect`, 'See them all: mpa audit')] : []),
  ];
}

/** Whether any key of this list is fit now: for keys that are in no policy yet. */
export function anyFit(keys: readonly KeyInfo[], now: number): boolean {
  return keys.some((key) => fitness(key, now).fit);
}
