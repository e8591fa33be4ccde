import { beforeAll, describe, expect, it } from 'vitest';
import type { Policy } from '../../src/core/policy-document.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { openKeystore, type SecretLook } from '../../src/signing/keystore.js';
import { rehearseRecovery, type Rehearsed } from '../../src/workflows/rehearse-recovery.js';
import { emptyFolder, remove } from '../support/places.js';
import { BEGIN, KEYS_MADE, people, policyOf, world, type People } from '../ledger/world.js';

const DAY = 86_400;
const tools = { checker: createSignatureChecker(), certificates: createCertificateReader() };
let everybody: People;
/** The recovery key, with a passphrase; it ends 100 days after it was made. */
let look: SecretLook;
let armored: string;

beforeAll(async () => {
  everybody = await people();
  const folder = emptyFolder();
  const keys = openKeystore(folder);
  const made = await keys.generate({
    name: 'Recovery',
    email: 'recovery@example.org',
    passphrase: 'four words',
    expires: 100 * DAY,
    now: KEYS_MADE,
  });
  armored = await keys.exportPublic(made.fingerprint);
  look = await keys.peek(made.fingerprint);
  remove(folder);
});

function key(passphrase = 'four words'): Rehearsed {
  return {
    fingerprint: look.fingerprint,
    signer: (certificate) => look.signer(certificate, () => Promise.resolve(passphrase)),
  };
}

/** What a rehearsal finds in a ledger of alice and bob whose `changes` are these. */
async function found(
  changes: Policy['changes'],
  how: { key?: Rehearsed; now?: number; listed?: boolean } = {},
): Promise<string[]> {
  const { alice, bob } = everybody;
  const recovery = {
    name: 'Recovery',
    email: 'recovery@example.org',
    keys: [{ type: 'openpgp' as const, public: armored }],
  };
  const { members } = policyOf([alice, bob]);
  const all = await world({
    policy: {
      members: how.listed === false ? members : { ...members, recovery },
      groups: { team: ['alice', 'bob'] },
      changes,
    },
  });
  const findings = await rehearseRecovery(how.key ?? key(), all.first, tools, how.now ?? BEGIN);
  return findings.map(({ what, level, code }) => `${level} ${what}${code === null ? '' : ` ${code}`}`);
}

const STANDARD = [{ count: 1, from: ['team', 'recovery'] }];

describe('a rehearsal of the recovery key', () => {
  it('finds that it changes the policy with each other member', async () => {
    expect(await found(STANDARD)).toEqual([
      'ok listed',
      'ok fit',
      'ok passphrase',
      'ok with alice',
      'ok with bob',
      'ok loss',
    ]);
  });

  it('no-key: it is not listed', async () => {
    expect(await found([{ count: 1, from: ['team'] }], { listed: false })).toEqual(['bad listed no-key']);
  });

  it('bad-passphrase: it cannot be opened', async () => {
    expect(await found(STANDARD, { key: key('three words') })).toEqual([
      'ok listed',
      'ok fit',
      'bad passphrase bad-passphrase',
    ]);
  });

  it('signer-failed: what it signs is not by the key that is listed', async () => {
    const other: Rehearsed = { fingerprint: look.fingerprint, signer: () => everybody.alice.signer };
    expect((await found(STANDARD, { key: other })).at(-1)).toBe('bad passphrase signer-failed');
  });

  it('unfit-key: it has expired', async () => {
    expect(await found(STANDARD, { now: KEYS_MADE + 100 * DAY })).toEqual(['ok listed', 'bad fit unfit-key']);
  });

  it('not-eligible: no clause of changes names it', async () => {
    expect(await found([{ count: 1, from: ['team'] }])).toEqual([
      'ok listed',
      'ok fit',
      'ok passphrase',
      'bad changes not-eligible',
    ]);
  });

  it('says where one approval is not enough, and that a lost key would then be the end', async () => {
    const two = [{ count: 2, from: ['team', 'recovery'] }];
    expect((await found(two)).slice(3)).toEqual(['ok together', 'bad loss not-eligible']);
  });

  it('warns where one direction alone works', async () => {
    expect((await found([{ count: 1, from: ['alice', 'recovery'] }])).slice(3)).toEqual([
      'ok with alice',
      'warn with bob',
      'ok loss',
    ]);
  });
});
