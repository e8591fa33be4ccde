import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cardIn, refuseUnfit } from '../../src/cli/cards.js';
import { MpaError } from '../../src/core/errors.js';
import { openKeystore } from '../../src/signing/keystore.js';
import { minimalCertificate } from '../../src/signing/minimal-certificate.js';
import {
  BORN,
  bytes,
  certification,
  flags,
  packet,
  sub,
  testKey,
  USER_ID,
  type Bend,
  type Kind,
} from '../signing/support/build.js';
import { gnupg, type Gnupg } from '../signing/support/gnupg.js';
import { emptyFolder, place, remove } from '../support/places.js';

const DAY = 86_400;
let gpg: Gnupg;
let top: string;
beforeAll(() => {
  gpg = gnupg();
  top = emptyFolder();
});
afterAll(() => {
  gpg.close();
  remove(top);
});

/** A key file as `member add --key FILE` reads it; what was said about it. */
async function given(content: Uint8Array | string) {
  const cwd = place();
  writeFileSync(join(cwd, 'key.asc'), content);
  const said: string[] = [];
  const tools = {
    setup: { cwd, minimal: minimalCertificate },
    out: { talk: (text: string) => said.push(text) },
  };
  return { card: await cardIn(tools, 'key.asc', '--key'), said };
}

async function refusal(work: () => unknown): Promise<MpaError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof MpaError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A certificate of one primary, its certification bent. */
function crafted(kind: Kind, bend: Bend = {}): Uint8Array {
  const key = testKey(kind);
  return bytes(packet(6, key.body), packet(13, USER_ID), certification(key, bend));
}

const REVOKER = sub(12, bytes('8016', '00'.repeat(20)));

describe('a key file that a flag names', () => {
  it('is taken in the minimal form, and what is left out is said', async () => {
    const fingerprint = gpg.key('Kay Example <kay@example.org>', 'ed25519');
    gpg.run('--quick-add-key', fingerprint, 'ed25519', 'sign', '1y');
    gpg.run(
      '--faked-system-time',
      String(Math.floor(Date.now() / 1000) + 9),
      '--cert-digest-algo',
      'SHA1',
      '--quick-set-expire',
      fingerprint,
      '2y',
      '*',
    );
    const { card, said } = await given(gpg.run('--armor', '--export', fingerprint));
    expect(card.certificate.keys).toHaveLength(1);
    expect(said).toEqual([expect.stringMatching(/^key\.asc: left out: subkey /)]);
  });

  it.each<[string, () => Uint8Array | string, RegExp]>([
    ['RSA of 1024 bits', () => crafted('rsa1024'), /rsa1024/],
    ['brainpool', () => crafted('brainpool'), /brainpool/],
    ['secp256k1', () => crafted('secp256k1'), /secp256k1/],
    ['DSA, of GnuPG', () => gpg.run('--export', gpg.key('Dee <dsa@example.org>', 'dsa1024')), /dsa/],
    ['a SHA-1 self-signature', () => crafted('ed25519', { hash: 2 }), /SHA-256/],
    [
      'a designated revoker',
      () => crafted('ed25519', { hashed: [sub(2, BORN), flags(3), REVOKER] }),
      /designated revoker/,
    ],
    [
      'key flags that never sign',
      () => crafted('ed25519', { hashed: [sub(2, BORN), flags(1)] }),
      /cannot sign/,
    ],
    [
      'revoked, by GnuPG',
      () => {
        const fingerprint = gpg.key('Ray <ray@example.org>', 'ed25519');
        gpg.revoke(fingerprint);
        return gpg.run('--export', fingerprint);
      },
      /revoked/,
    ],
    ['no key at all', () => 'hello', /does not hold/],
  ])('bad-key, with the file, the reason and what to do: %s', async (_, content, words) => {
    const error = await refusal(() => given(content()));
    expect(error.code).toBe('bad-key');
    expect(error.message).toMatch(/^key\.asc: /);
    expect(error.message).toMatch(words);
    expect(error.hint ?? '').toMatch(/mpa |gpg /);
  });

  it.each([true, false])(
    'bad-key: a private key given by mistake, of which nothing is said again (armored: %s)',
    async (armored) => {
      const fingerprint = gpg.key(`Priv ${String(armored)} <priv-${String(armored)}@example.org>`, 'ed25519');
      const secret = gpg.run(...(armored ? ['--armor'] : []), '--export-secret-keys', fingerprint);
      const error = await refusal(() => given(secret));
      expect(error).toMatchObject({ code: 'bad-key' });
      expect(error.message).toContain('secret key');
      expect(error.hint).toContain('mpa key export');
      const words = `${error.message}${error.hint ?? ''}${String(error.cause)}`;
      for (const line of secret
        .toString('latin1')
        .split('\n')
        .filter((row) => row.length > 20))
        expect(words).not.toContain(line);
    },
  );

  it('usage: the key itself in place of a path, which does not come back', async () => {
    const keys = openKeystore(join(top, 'keys'));
    const { publicKeyFile } = await keys.generate({
      name: 'A',
      email: 'a@example.org',
      passphrase: null,
      expires: null,
      now: BORN,
    });
    const secret = readFileSync(publicKeyFile.replace('public', 'secret'), 'utf8');
    const said = { setup: { cwd: top, minimal: minimalCertificate }, out: { talk: () => undefined } };
    for (const pasted of [secret, secret.replaceAll('\n', ' ')]) {
      const error = await refusal(() => cardIn(said, pasted, '--key'));
      expect(error).toMatchObject({
        code: 'usage',
        message: '--key takes the path of a file, not the key itself.',
      });
    }
  });

  it('unfit-key, with the reason and who mends it: it has expired, or begins only later', async () => {
    const { card } = await given(crafted('ed25519', { hashed: [sub(2, BORN), flags(3), sub(9, DAY)] }));
    expect(() => {
      refuseUnfit(card, 'key.asc', BORN + DAY - 1);
    }).not.toThrow();
    for (const now of [BORN + DAY, BORN - DAY]) {
      const error = await refusal(() => {
        refuseUnfit(card, 'key.asc', now);
      });
      expect(error).toMatchObject({ code: 'unfit-key' });
      expect(error.message).toMatch(/it has expired|it was created later/);
      expect(error.hint).toContain('mpa key renew');
    }
  });
});
