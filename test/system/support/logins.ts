import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tool } from './tools.js';

/** An account of this machine that a test made. */
export interface Login {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Removes it. Its files stay where they are. */
  remove(): void;
}

/** Makes an account with a name that nobody has, without a home folder. Only root can. */
export function makeLogin(home = '/nonexistent'): Login {
  const name = `mpa-test-${randomBytes(4).toString('hex')}`;
  execFileSync(tool('useradd'), [
    '--system',
    '--home-dir',
    home,
    '--no-create-home',
    '--shell',
    '/bin/sh',
    name,
  ]);
  const id = (which: string): number => Number(execFileSync('id', [which, name], { encoding: 'utf8' }));
  return {
    name,
    uid: id('-u'),
    gid: id('-g'),
    remove: () => {
      execFileSync(tool('userdel'), ['--force', name], { stdio: 'ignore' });
    },
  };
}
