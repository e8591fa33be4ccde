import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { parseRemote, type Remote } from '../../src/git/remote.js';
import { configText, userSettings } from '../../src/git/user-config.js';
import { runs } from './runs.js';

const home = mkdtempSync(join(tmpdir(), 'mpa-properties-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function parsed(text: string): Remote | null {
  try {
    return parseRemote(text, '/srv');
  } catch (error) {
    if (error instanceof MpaError && error.code === 'transport-refused') return null;
    throw error;
  }
}

const pieces = fc.constantFrom(
  ...[
    '-',
    '--x',
    ':',
    '::',
    '/',
    '//',
    '@',
    '[',
    ']',
    '.',
    'ext',
    'ssh',
    'https',
    'file',
    'git',
    'host',
    '%2d',
    '%0a',
    '~',
  ],
  ...[' ', '\n', '\t', '\0', '\u202e', 'é', '?', '#', '=', '%', '\\', '1'],
);
const address = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join('')),
);

describe('parseRemote', () => {
  it('takes an address of four kinds that is no option and no helper, or refuses it; what it takes it takes again', () => {
    fc.assert(
      fc.property(address, (text) => {
        const remote = parsed(text);
        if (remote === null) return;
        expect(remote.url).not.toMatch(/^-|^[A-Za-z0-9+.-]*::/);
        expect(remote.url).not.toMatch(/[\u0000-\u001f\u007f]/);
        expect(remote.path === null).toBe(remote.kind === 'ssh' || remote.kind === 'https');
        expect(parsed(remote.url)).toEqual(remote);
        const scheme = /^([a-z]+):\/\//.exec(remote.url)?.[1];
        expect(scheme ?? remote.kind).toBe(remote.kind);
      }),
      runs(3000),
    );
  });
});

describe('the copy of the user’s configuration', () => {
  const text = fc.string({
    unit: fc.constantFrom(...Array.from('aZ9 .:/"\\#;=\n\t\r\b[]é-%$`\'')),
    maxLength: 20,
  });
  const subsection = text.filter((each) => !each.includes('\n'));
  const setting = fc.record({
    key: fc.oneof(
      fc.constantFrom('credential.helper', 'http.proxy', 'core.sshcommand', 'safe.directory'),
      subsection.map((name) => `http.${name}.proxy`),
      subsection.map((name) => `credential.${name}.username`),
    ),
    value: fc.option(text),
  });

  it('says to git exactly what the original said', async () => {
    mkdirSync(home, { recursive: true });
    const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
    await fc.assert(
      fc.asyncProperty(fc.array(setting, { maxLength: 30 }), async (settings) => {
        writeFileSync(join(home, '.gitconfig'), configText(settings));
        expect(await userSettings(env)).toEqual(settings);
      }),
      runs(40),
    );
  });
});
