import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  chooseLedger,
  loadConfig,
  NO_CONFIG,
  parseConfig,
  saveConfig,
  withLedger,
} from '../../src/cli/config.js';
import { checkedName, enrolled, localName, refuseTaken } from '../../src/cli/local-name.js';
import { MpaError } from '../../src/core/errors.js';
import { place } from '../support/places.js';

const ANCHOR = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const ENTRY = { remote: '/srv/ledger.git', anchor: ANCHOR, handle: 'alice' };
const GOOD = { version: 1, key: 'A'.repeat(40), ledgers: { prod: ENTRY } };
const uid = process.getuid?.();

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'fine';
  } catch (error) {
    return error instanceof MpaError ? error.code : String(error);
  }
}

describe('the configuration file', () => {
  it('is read back as it was written, and is private', async () => {
    const path = join(place(), 'new', 'config.json');
    const config = withLedger({ ...NO_CONFIG, key: 'A'.repeat(40) }, 'prod', ENTRY);
    await saveConfig(path, config);
    expect(await loadConfig(path, uid)).toEqual(config);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it('may be absent', async () => {
    expect(await loadConfig(join(place(), 'config.json'), uid)).toEqual(NO_CONFIG);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['another version', JSON.stringify({ ...GOOD, version: 2 })],
    ['an unknown field', JSON.stringify({ ...GOOD, more: 1 })],
    ['a short fingerprint', JSON.stringify({ ...GOOD, key: 'ABCD' })],
    ['a short anchor', JSON.stringify({ ...GOOD, ledgers: { prod: { ...ENTRY, anchor: 'abc' } } })],
    ['a name that is none', JSON.stringify({ ...GOOD, ledgers: { 'Prod!': ENTRY } })],
    ['__proto__ as a name', '{"version":1,"ledgers":{"__proto__":{"remote":"x","anchor":"y"}}}'],
    ['an empty remote', JSON.stringify({ ...GOOD, ledgers: { prod: { ...ENTRY, remote: '' } } })],
    ['a login that is none', JSON.stringify({ ...GOOD, ledgers: { prod: { ...ENTRY, login: 'a b' } } })],
    [
      'a relative folder in its path',
      JSON.stringify({ ...GOOD, ledgers: { prod: { ...ENTRY, path: '/bin:.' } } }),
    ],
    [
      'an empty part in its path',
      JSON.stringify({ ...GOOD, ledgers: { prod: { ...ENTRY, path: '/bin::/sbin' } } }),
    ],
    ['no ledgers', JSON.stringify({ version: 1 })],
  ])('is bad-config with %s, and names its path', (_, text) => {
    try {
      parseConfig(text, '/home/x/config.json');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'bad-config' });
      expect(String(error)).toContain('/home/x/config.json');
    }
  });

  it('keeps what an administrator has set for an executor when its ledger is joined again', () => {
    const set = { ...ENTRY, login: 'deploy', path: '/opt/bin:/bin' };
    const config = parseConfig(JSON.stringify({ ...GOOD, ledgers: { prod: set } }), 'x');
    expect(enrolled(config, 'other', { ...ENTRY, remote: '/elsewhere' }).ledgers).toEqual({
      other: { ...set, remote: '/elsewhere' },
    });
  });

  it('finds nothing that was not written under the names of every object', () => {
    const config = parseConfig(JSON.stringify(GOOD), 'x');
    expect(config.ledgers['constructor']).toBeUndefined();
    expect(codeOf(() => chooseLedger(config, 'constructor'))).toBe('not-joined');
    const named = parseConfig(JSON.stringify({ ...GOOD, ledgers: { constructor: ENTRY } }), 'x');
    expect(chooseLedger(named, 'constructor').entry).toEqual(ENTRY);
  });

  it.each([[0o620], [0o602], [0o666]])('is refused with mode %o', async (mode) => {
    const path = join(place(), 'config.json');
    writeFileSync(path, JSON.stringify(GOOD));
    chmodSync(path, mode);
    await expect(loadConfig(path, uid)).rejects.toMatchObject({ code: 'unsafe-permissions' });
  });

  it('stays whole where it cannot be written', async () => {
    const path = join(place(), 'config.json');
    mkdirSync(path);
    await expect(saveConfig(path, NO_CONFIG)).rejects.toMatchObject({ code: 'disk' });
    expect(() => readFileSync(path)).toThrow();
  });
});

describe('which ledger', () => {
  const one = parseConfig(JSON.stringify(GOOD), 'x');
  const two = withLedger(one, 'test', { ...ENTRY, anchor: OTHER });

  it('is the only one, or the one that is named', () => {
    expect(chooseLedger(one, undefined).name).toBe('prod');
    expect(chooseLedger(two, 'test').entry.anchor).toBe(OTHER);
  });

  it('is never guessed', () => {
    expect(codeOf(() => chooseLedger(two, undefined))).toBe('usage');
    expect(codeOf(() => chooseLedger(two, 'no'))).toBe('not-joined');
    expect(codeOf(() => chooseLedger(NO_CONFIG, undefined))).toBe('not-joined');
  });
});

describe('local names', () => {
  it.each([
    ['prod', 'prod'],
    ['Produc tion', 'produc-tion'],
    ['42 Ünits', 'nits'],
    ['密码', 'ledger'],
    ['x'.repeat(50), 'x'.repeat(32)],
    [`${'x'.repeat(31)} y`, 'x'.repeat(31)],
  ])('of %s is %s', (name, local) => {
    expect(localName(name)).toBe(local);
  });

  it('refuses a name that another ledger has here, and takes it for the same one', () => {
    const config = parseConfig(JSON.stringify(GOOD), 'x');
    expect(codeOf(() => refuseTaken(config, 'prod', OTHER, '--name'))).toBe('usage');
    expect(codeOf(() => refuseTaken(config, 'prod', null, '--name'))).toBe('usage');
    expect(codeOf(() => refuseTaken(config, 'prod', ANCHOR, '--name'))).toBe('fine');
    expect(codeOf(() => checkedName('Prod', '--name'))).toBe('usage');
  });

  it('has one name for one ledger: another name replaces the first', () => {
    const config = parseConfig(JSON.stringify(GOOD), 'x');
    const renamed = enrolled(config, 'live', ENTRY);
    expect(Object.keys(renamed.ledgers)).toEqual(['live']);
    expect(renamed.key).toBe(config.key);
    expect(Object.getPrototypeOf(renamed.ledgers)).toBeNull();
  });
});
