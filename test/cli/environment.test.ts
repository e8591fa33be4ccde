import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../src/cli/environment.js';

const caller = {
  HOME: '/home/alice',
  LC_ALL: 'C.UTF-8',
  https_proxy: 'http://proxy:3128',
  NO_PROXY: 'localhost',
  PATH: '/usr/bin:/bin',
  TOKEN: 'secret',
};

describe('§8.6 the child’s environment', () => {
  it('holds the fixed names, LC_* and both cases of the proxy variables, and nothing else', () => {
    const { TOKEN: _, ...kept } = caller;
    expect({ ...childEnvironment(caller, {}) }).toEqual(kept);
  });

  it.each([
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'BASH_ENV',
    'ENV',
    'IFS',
    'NODE_OPTIONS',
    'PYTHONPATH',
    'GIT_DIR',
    'MPA_HOME',
    'PWD',
    'OLDPWD',
    'LC_all',
    'LC_',
    'XDG_CONFIG_HOME',
    'Https_Proxy',
  ])('leaves out %s', (name) => {
    expect(childEnvironment({ [name]: 'x' }, {})).toEqual({});
  });

  it.each([
    ['/usr/bin::/bin', '/usr/bin:/bin'],
    [':/usr/bin:', '/usr/bin'],
    ['.:/usr/bin:bin:../x', '/usr/bin'],
    ['/a b:/c', '/a b:/c'],
  ])('PATH %j becomes %j: no empty and no relative entries', (path, built) => {
    expect(childEnvironment({ PATH: path }, {})['PATH']).toBe(built);
  });

  it('a PATH of relative entries only is no PATH', () => {
    expect(childEnvironment({ PATH: '.:bin:' }, {})).toEqual({});
  });

  it('what the request passes comes from the caller, as it is', () => {
    expect(childEnvironment(caller, { passEnv: ['TOKEN', 'ABSENT'] })['TOKEN']).toBe('secret');
    expect(childEnvironment(caller, { passEnv: ['ABSENT'] })).not.toHaveProperty('ABSENT');
  });

  it('what the request sets is as written, before everything of the caller', () => {
    const built = childEnvironment(caller, {
      env: { HOME: '/srv', PATH: 'x:', TOKEN: 'y' },
      passEnv: ['TOKEN'],
    });
    expect(built).toMatchObject({ HOME: '/srv', PATH: 'x:', TOKEN: 'y' });
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'passing %s finds nothing that the caller did not set',
    (name) => {
      expect(Object.keys(childEnvironment({}, { passEnv: [name] }))).toEqual([]);
    },
  );
});
