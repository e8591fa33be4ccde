import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import type { KeyInfo } from '../../src/core/keys.js';
import type { InertReason } from '../../src/core/reasons.js';
import { notAuthentic, refuseBadClock } from '../../src/ledger/own-reading.js';
import { keyOf } from '../core/support/policies.js';

const NOW = 1_000_000;

function codeOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof MpaError ? error.code : 'another error';
  }
}

describe('§5.4, 5.5 a clock that is too far behind', () => {
  const refused = (
    keys: readonly KeyInfo[],
    { fingerprint }: Pick<KeyInfo, 'fingerprint'>,
    greatestAt = NOW,
  ): string | null =>
    codeOf(() => {
      refuseBadClock({ actor: 'alice', keys, fingerprint, now: NOW }, greatestAt);
    });
  const old = keyOf('old');
  const young = keyOf('young', { created: NOW + 901 });
  const subkeyOf = (primary: KeyInfo, more: Partial<KeyInfo>): KeyInfo => {
    const { fingerprint, expires, revoked } = primary;
    return keyOf('sub', { primary: { fingerprint, expires, revoked }, ...more });
  };

  it('by more than 900 s behind the newest event, and not by exactly as many', () => {
    expect(refused([old], old, NOW + 900)).toBeNull();
    expect(refused([old], old, NOW + 901)).toBe('bad-clock');
  });

  it('with the next step', () => {
    const behind = (): void => {
      refuseBadClock({ actor: 'alice', keys: [young], fingerprint: young.fingerprint, now: NOW }, NOW);
    };
    expect(behind).toThrow(expect.objectContaining({ hint: expect.stringContaining('clock') as unknown }));
  });

  it.each<[what: string, keys: readonly KeyInfo[], used: KeyInfo, code: string | null]>([
    ['the key in use was made later', [young], young, 'bad-clock'],
    ['another that the policy lists would be fit, which is not in use', [old, young], young, 'bad-clock'],
    ['the one in use is fit, and another was made later', [old, young], old, null],
    [
      'a subkey was made later, and the primary key is fit',
      [old, subkeyOf(old, { created: NOW + 901 })],
      old,
      null,
    ],
    ['the key in use has expired: no clock would help', [keyOf('old', { expires: NOW - 1 })], old, null],
    [
      'it was made and has expired within the slack',
      [keyOf('old', { created: NOW - 100, expires: NOW - 50 })],
      old,
      null,
    ],
    ['the key in use is revoked, and was made later', [{ ...young, revoked: true }], young, null],
  ])('%s', (_what, keys, used, code) => {
    expect(refused(keys, used)).toBe(code);
  });
});

describe('§8.1 why what we have signed would not count', () => {
  it.each<[reason: InertReason, code: string, message: string, hint: string | null]>([
    ['unfit-key', 'unfit-key', 'F00D cannot sign now: the detail', 'mpa policy edit'],
    ['wrong-key', 'unfit-key', 'F00D for alice', 'mpa key list'],
    ['bad-signature', 'signer-failed', 'the detail', null],
    ['unknown-actor', 'no-identity', 'the detail', null],
    ['executor-may-not', 'not-allowed', 'the detail', null],
    ['too-large', 'over-limit', 'the detail', null],
    ['over-limit', 'over-limit', 'the detail', null],
    ['bad-headers', 'bug', 'bad-headers', null],
    ['bad-tree', 'bug', 'bad-tree', null],
  ])('%s is %s', (reason, code, message, hint) => {
    const error = notAuthentic({ reason, detail: 'the detail' }, { actor: 'alice', fingerprint: 'F00D' });
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    if (hint === null) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain(hint);
  });
});
