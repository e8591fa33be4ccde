import { fitness } from '../core/fitness.js';
import { inForce, keysOf } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import type { KeyInfo } from '../core/keys.js';
import type { View } from '../ledger/ledger.js';
import { endOf } from './key-notices.js';
import type { Workspace } from './workspace.js';

/** Who writes: a handle of the policy in force, with a key that is listed for it and fit now. */
export interface Author {
  readonly handle: string;
  readonly key: KeyInfo;
}

function isOurs(key: KeyInfo, fingerprint: string): boolean {
  return key.fingerprint === fingerprint || key.primary?.fingerprint === fingerprint;
}

/**
 * This person as the verified ledger knows them at `now` (seconds). The check is a courtesy, made before anything is asked or signed: the
 * signature itself is judged when it is written. Errors: `no-identity`, `no-key`, `unfit-key` (section 5.4).
 */
export function author(ws: Workspace, view: View, now: number): Author {
  const { handle, fingerprint } = ws;
  if (handle === null) {
    throw new MpaError('no-identity', `You joined ${ws.name} as a reader: no handle in it is yours.`, {
      hint: 'Ask a member to propose a policy that lists you and your key (`mpa key export`), then join again with --as HANDLE.',
    });
  }
  if (fingerprint === null) {
    throw new MpaError('no-key', 'No key is in use.', {
      hint: '`mpa keygen` makes one; `mpa key use` chooses one.',
    });
  }
  const keys = keysOf(inForce(view.state), handle).filter((key) => isOurs(key, fingerprint));
  const [first] = keys;
  if (first === undefined) {
    throw new MpaError('no-key', `The policy in force does not list your key ${fingerprint} for ${handle}.`, {
      hint: '`mpa key list` shows your keys; a policy change can list another.',
    });
  }
  const key = keys.find((candidate) => fitness(candidate, now).fit);
  if (key !== undefined) return { handle, key };
  const fit = fitness(first, now);
  const line = `mpa member rotate ${handle} --key FILE`;
  const end = endOf(first);
  const ended = end !== null && now >= end;
  throw new MpaError(
    'unfit-key',
    `Your key ${fingerprint} may not sign now: ${fit.fit ? 'unfit' : fit.why}.`,
    {
      hint: ended
        ? `Renew it (mpa key renew) and have another member propose what that makes: ${line}`
        : `Another member must propose another key for you: ${line}`,
    },
  );
}
