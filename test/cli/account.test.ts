import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { accountOf, FIXED_PATH } from '../../src/cli/account.js';
import {
  isMachineWide,
  machineEnvironment,
  passphraseFile,
  refuseFiles,
  replaceEnvironment,
} from '../../src/cli/surroundings.js';
import { accessEnvironment, accountEnvironment } from '../../src/cli/environment.js';
import { codeOf } from '../workflows/desk.js';

const LINES: Readonly<Record<string, string>> = {
  deploy: 'deploy:x:990:980:Deployments,,,:/srv/deploy:/bin/bash\n',
  bare: 'bare:x:991:981:::\n',
  lying: 'root:x:0:0:root:/root:/bin/sh\n',
  odd: 'odd:x:-1:980::/:/bin/sh\n',
};
const lineOf = (login: string): string | null => LINES[login] ?? null;
const code = (login: string, uid: number): Promise<string> =>
  codeOf(Promise.resolve().then(() => accountOf({ login }, uid, lineOf)));

describe('§8.7 the account of an executor', () => {
  it('is the configured login as the password database has it, with the fixed PATH', () => {
    expect(accountOf({ login: 'deploy' }, 0, lineOf)).toEqual({
      ...{ login: 'deploy', uid: 990, gid: 980, home: '/srv/deploy', shell: '/bin/bash' },
      ...{ path: FIXED_PATH, own: false },
    });
    expect(accountOf({ login: 'deploy', path: '/opt/bin' }, 990, lineOf)).toMatchObject({
      own: true,
      path: '/opt/bin',
    });
  });

  it('has a home and a shell where the database leaves them empty', () => {
    expect(accountOf({ login: 'bare' }, 0, lineOf)).toMatchObject({ home: '/', shell: '/bin/sh' });
  });

  it('is whoever runs mpa where nothing is configured', () => {
    const { username, uid } = userInfo();
    const line = `${username}:x:${uid}:7::/h:/bin/sh`;
    expect(accountOf({}, uid, () => line)).toMatchObject({ login: username, own: true });
  });

  it.each([
    ['no such login', 'nobody-knows', 0],
    ['a line of another login', 'lying', 0],
    ['a number that is none', 'odd', 0],
    ['another login than the one that runs mpa, which is not root', 'deploy', 991],
  ])('%s: bad-config', async (_, login, uid) => {
    expect(await code(login, uid)).toBe('bad-config');
  });
});

describe('§8.7 the environment on an executor', () => {
  const account = accountOf({ login: 'deploy' }, 0, lineOf);
  const own = { HOME: '/srv/deploy', USER: 'deploy', LOGNAME: 'deploy', SHELL: '/bin/bash' };
  const base = { ...own, PATH: FIXED_PATH, LANG: 'C.UTF-8' };
  const caller = {
    HOME: '/evil',
    PATH: '/evil',
    LANG: 'x',
    TERM: 'xterm-256color',
    LD_PRELOAD: '/evil',
    SSH_AUTH_SOCK: 's',
  };

  it('is the account’s, and what the request sets', () => {
    expect(accountEnvironment(account, {}, caller)).toEqual(base);
    const set = { env: { HOME: '/set', A: 'b' } };
    expect(accountEnvironment(account, set, caller)).toEqual({ ...base, HOME: '/set', A: 'b' });
  });

  it('has TERM with a terminal only, and never one that names a file', () => {
    const at = (TERM?: string) => accountEnvironment(account, { stdin: 'terminal' }, { ...caller, TERM });
    expect(at('xterm-256color')).toEqual({ ...base, TERM: 'xterm-256color' });
    for (const odd of [undefined, '', '../../evil', '/evil', 'x y']) expect(at(odd)['TERM']).toBe('dumb');
  });
});

describe('the environment under an access grant', () => {
  it('is the caller’s whole one, but what steers mpa', () => {
    const caller = { A: 'b', LD_PRELOAD: 'x', MPA_HOME: '/h', MPA_LEDGER: 'l', GONE: undefined };
    expect(accessEnvironment(caller)).toEqual({ A: 'b', LD_PRELOAD: 'x' });
  });
});

describe('an mpa with the machine’s own configuration', () => {
  it.each([
    ['root, with that configuration', {}, 0, true, true],
    ['root without it', {}, 0, false, false],
    ['an ordinary login', {}, 1000, true, false],
    ['root itself with MPA_HOME', { MPA_HOME: '/h' }, 0, true, false],
    ['root with an empty MPA_HOME', { MPA_HOME: '' }, 0, true, true],
    [
      'somebody who asks root through sudo, with an MPA_HOME',
      { MPA_HOME: '/h', SUDO_UID: '1000' },
      0,
      true,
      true,
    ],
    ['root through its own sudo, with an MPA_HOME', { MPA_HOME: '/h', SUDO_UID: '0' }, 0, true, false],
  ])('%s', (_, env, uid, configured, expected) => {
    expect(isMachineWide(env, uid, configured)).toBe(expected);
  });

  it('reads no passphrase from a file that its caller names: usage', async () => {
    const asked = (typed: string | undefined, machineWide: boolean) =>
      Promise.resolve().then(() => passphraseFile(typed, { MPA_PASSPHRASE_FILE: '/set' }, machineWide));
    expect(await codeOf(asked('/typed', true))).toBe('usage');
    expect(await asked('/typed', false)).toEqual({ path: '/typed', flag: '--passphrase-file' });
    expect(await asked(undefined, false)).toEqual({ path: '/set', flag: 'MPA_PASSPHRASE_FILE' });
  });

  it.each(['reasonFile', 'stdin', 'pin', 'output', 'out', 'policy', 'recoveryKey', 'file', 'key', 'notify'])(
    'takes no %s of somebody who asks through sudo: usage',
    async (name) => {
      const asked = (options: Readonly<Record<string, unknown>>) =>
        Promise.resolve().then(() => refuseFiles(options));
      expect(await codeOf(asked({ offline: true, [name]: '/etc/shadow' }))).toBe('usage');
      expect(await codeOf(asked({ offline: true }))).toBe('done');
    },
  );

  it('takes nothing of its caller’s environment but how words look', () => {
    const hostile = {
      PATH: '/evil',
      HOME: '/evil',
      GIT_SSH_COMMAND: 'evil',
      XDG_CONFIG_HOME: '/evil',
      TERM: 'xterm',
      NO_COLOR: '1',
    };
    const { username, homedir, shell } = userInfo();
    expect(machineEnvironment(hostile)).toEqual({
      ...{ HOME: homedir, USER: username, LOGNAME: username, SHELL: shell ?? '/bin/sh' },
      ...{ PATH: FIXED_PATH, LANG: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '1' },
    });
    const env: NodeJS.ProcessEnv = { ...hostile };
    replaceEnvironment(env, { A: 'b', TERM: 'vt100' });
    expect(env).toEqual({ A: 'b', TERM: 'vt100' });
  });
});
