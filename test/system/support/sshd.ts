import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers, freePort, serve } from './processes.js';
import { isRoot, tool } from './tools.js';

/** An ssh server of this test's own on the loopback interface, for the account that runs the test. */
export interface Sshd {
  readonly port: number;
  /** The host key, public, as `type base64`. */
  readonly hostKey: string;
  /** Lets whoever holds a private key in; `command`: in place of whatever they ask for. */
  admit(publicKey: string, command?: string): void;
  stop(): Promise<void>;
}

/** Makes an Ed25519 key without passphrase at `path` and returns its public part as `type base64`. */
export function sshKey(path: string): string {
  execFileSync(tool('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

/** Starts sshd with a configuration, a host key and a list of admitted keys in `folder`. */
export async function startSshd(folder: string): Promise<Sshd> {
  const port = await freePort();
  const hostKey = sshKey(join(folder, 'host_key'));
  const admitted = join(folder, 'authorized_keys');
  writeFileSync(admitted, '');
  const configuration = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(folder, 'host_key')}`,
    `AuthorizedKeysFile ${admitted}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PermitUserRC no',
    'PrintMotd no',
    'PrintLastLog no',
    'MaxStartups 100',
  ];
  writeFileSync(join(folder, 'sshd_config'), `${configuration.join('\n')}\n`);
  // sshd wants this folder as root, and only the system's own start-up makes it.
  if (isRoot()) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const args = ['-D', '-e', '-f', join(folder, 'sshd_config')];
  const env = { PATH: process.env['PATH'] ?? '' };
  const server = await serve(tool('sshd'), args, env, () => answers({ port }));
  return {
    port,
    hostKey,
    admit: (publicKey, command) => {
      const limits = command === undefined ? 'restrict' : `restrict,command="${command}"`;
      writeFileSync(admitted, `${limits} ${publicKey}\n`, { flag: 'a' });
    },
    stop: () => server.stop(),
  };
}
