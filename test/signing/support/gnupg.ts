import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A GnuPG of its own, in a folder whose path is short enough for its sockets. */
export interface Gnupg {
  readonly home: string;
  /** Runs gpg and returns what it prints. Throws where it exits with anything but 0. */
  run(...args: readonly string[]): Buffer;
  /** Makes a key without passphrase (or with one) and returns its fingerprint. */
  key(userId: string, algorithm: string, usage?: string, passphrase?: string): string;
  /** Takes in the revocation that gpg made together with the key. */
  revoke(fingerprint: string): void;
  /** `gpg --detach-sign --armor`, as git reads it: no final newline. */
  sign(payload: Uint8Array, by: string, ...args: readonly string[]): string;
  /** Throws where gpg does not take the signature. */
  verify(payload: Uint8Array, armor: string): void;
  close(): void;
}

export function gnupg(): Gnupg {
  const home = mkdtempSync('/tmp/mpa-gpg-');
  const env = { ...process.env, GNUPGHOME: home, LC_ALL: 'C' };
  // How long a passphrase is stretched is GnuPG's concern, and seconds of a test.
  writeFileSync(join(home, 'gpg-agent.conf'), 's2k-count 65536\n');
  const file = (name: string): string => join(home, name);
  const run = (...args: readonly string[]): Buffer => {
    const quiet = [
      '--batch',
      '--no-tty',
      '--quiet',
      '--pinentry-mode',
      'loopback',
      '--trust-model',
      'always',
    ];
    const asked = args.includes('--passphrase') ? [] : ['--passphrase', ''];
    return execFileSync('gpg', [...quiet, ...asked, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  return {
    home,
    run,
    key: (userId, algorithm, usage = 'sign', passphrase = '') => {
      run('--passphrase', passphrase, '--quick-gen-key', userId, algorithm, usage, 'never');
      const lines = run('--with-colons', '--list-keys', `=${userId}`).toString().split('\n');
      return lines.find((line) => line.startsWith('fpr:'))?.split(':')[9] ?? '';
    },
    revoke: (fingerprint) => {
      const prepared = readFileSync(join(home, 'openpgp-revocs.d', `${fingerprint}.rev`), 'utf8');
      writeFileSync(file('revocation'), prepared.replace(':-----BEGIN', '-----BEGIN'));
      run('--import', file('revocation'));
    },
    sign: (payload, by, ...args) => {
      writeFileSync(file('payload'), payload);
      run(
        ...args,
        '--yes',
        '--local-user',
        by,
        '--armor',
        '--output',
        file('made'),
        '--detach-sign',
        file('payload'),
      );
      return readFileSync(file('made'), 'utf8').trimEnd();
    },
    verify: (payload, armor) => {
      writeFileSync(file('payload'), payload);
      writeFileSync(file('made'), `${armor}\n`);
      run('--verify', file('made'), file('payload'));
    },
    close: () => {
      execFileSync('gpgconf', ['--kill', 'all'], { env, stdio: 'ignore' });
      rmSync(home, { recursive: true, force: true });
    },
  };
}
