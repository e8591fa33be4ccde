import { describe, expect, test } from 'vitest';
import { attachedDigests } from '../../src/core/tree.js';
import { LIMITS } from '../../src/core/schema.js';
import * as sample from './support/events.js';
import { verdict, without } from './support/events.js';

const of = (action: object) => verdict({ ...sample.request, action });
const changed = (changes: object) => of({ ...sample.command, ...changes });
const executed = (changes: object) => of({ ...sample.executed, ...changes });
const pin = { path: '/p', sha256: sample.SHA, size: 1, attached: false };

describe('§4 a command', () => {
  test.each(['host', 'user', 'program', 'cwd', 'argv', 'kind'])("a person's needs %s", (field) => {
    expect(of(without(sample.command, field))).toBe('bad-event');
  });

  test.each(['env', 'passEnv', 'stdin', 'pins'])("a person's may do without %s", (field) => {
    expect(of(without(sample.command, field))).toBe('ok');
  });

  test.each(['host', 'user', 'program', 'cwd'] as const)("an executor's must not have %s", (field) => {
    expect(executed({})).toBe('ok');
    expect(executed({ [field]: sample.command[field] })).toBe('bad-event');
    expect(changed({ executor: 'builder' })).toBe('bad-event');
  });

  test.each([
    ['no arguments', { argv: [] }],
    ['an empty program', { argv: ['', 'x'] }],
    ['NUL in an argument', { argv: ['deploy', 'a\0b'] }],
    ['a lone surrogate in an argument', { argv: ['deploy', '\udfff'] }],
    ['an argument that is a number', { argv: ['deploy', 1] }],
    ['a relative cwd', { cwd: 'srv' }],
    ['a cwd that leads elsewhere', { cwd: '/srv/link/..' }],
    [
      "a pin's path that leads elsewhere",
      { pins: [{ path: '/srv/link/../x', sha256: sample.SHA, size: 1, attached: false }] },
    ],
    ['an empty cwd', { cwd: '' }],
    ['NUL in cwd', { cwd: '/a\0' }],
    ['a login with a space', { user: 'a b' }],
    ['a login of 65', { user: 'a'.repeat(65) }],
    ['no login', { user: '' }],
    ['a host outside ASCII', { host: 'pr\u043ed' }],
    ['a host of 256', { host: 'h'.repeat(256) }],
    ['an executor in capitals', { executor: 'Builder' }],
    ['a variable called __proto__', { env: JSON.parse('{"__proto__":"x"}') as unknown }],
    ['a variable that begins with a digit', { env: { '1A': 'x' } }],
    ['a variable with =', { env: { 'A=B': 'x' } }],
    ['a variable without a name', { env: { '': 'x' } }],
    ['NUL in a value', { env: { A: '\0' } }],
    ['a value that is no text', { env: { A: 1 } }],
    ['a passed variable called __proto__', { passEnv: ['__proto__'] }],
    ['a passed variable with a newline', { passEnv: ['A\n'] }],
    ['another word for stdin', { stdin: 'none' }],
    ['stdin without attached', { stdin: { sha256: sample.SHA, size: 1 } }],
    ['stdin with a path', { stdin: pin }],
    ['a pin with a relative path', { pins: [{ ...pin, path: 'p' }] }],
    ['a pin with an empty path', { pins: [{ ...pin, path: '' }] }],
    ['a pin without attached', { pins: [without(pin, 'attached')] }],
    ['a pin whose attached is 1', { pins: [{ ...pin, attached: 1 }] }],
    ['a digest in capitals', { pins: [{ ...pin, sha256: sample.SHA.toUpperCase() }] }],
    ['a size with a fraction', { pins: [{ ...pin, size: 0.5 }] }],
    ['an unknown field', { shell: true }],
    ['another kind', { kind: 'constructor' }],
    ['an empty program, though a path could end in it', { argv: [''], program: '/usr/bin/' }],
    ['variables as a list', { env: [] }],
    ['variables as a map', { env: new Map() }],
  ])('%s is refused', (_, changes) => {
    expect(changed(changes)).toBe('bad-event');
  });

  test.each([
    ['empty arguments after the first', { argv: ['deploy', '', ' '] }],
    ['arguments of any text', { argv: ['deploy', '\u202e\n\u{1f600}'] }],
    [
      'variables called constructor and toString',
      { env: { constructor: 'a', toString: 'b' }, passEnv: ['prototype'] },
    ],
    ['an empty value', { env: { A: '' } }],
    ['stdin from the terminal', { stdin: 'terminal' }],
    ['a login that git would trim', { user: 'a.' }],
  ])('%s are allowed', (_, changes) => {
    expect(changed(changes)).toBe('ok');
  });

  test.each([
    ['a word, and a path that ends in it', 'ls', '/usr/bin/ls', 'ok'],
    ['a word, and another program', 'ls', '/usr/bin/rm', 'bad-event'],
    ['a word, and a program that only ends with those letters', 'ls', '/usr/bin/als', 'bad-event'],
    ['a word, and a relative program', 'ls', 'bin/ls', 'bad-event'],
    ['a word, and itself', 'ls', 'ls', 'bad-event'],
    ['a word, and a path that ends in a slash', 'ls', '/usr/bin/ls/', 'bad-event'],
    ['a word, and a path that leads elsewhere', 'ls', '/safe/../evil/ls', 'bad-event'],
    ['a word, and a path with an empty part', 'ls', '/usr//bin/ls', 'bad-event'],
    ['a path from the root', '/opt/x', '/opt/x', 'ok'],
    ['a path from the root, and another with the same last part', '/opt/x', '/bin/x', 'bad-event'],
    ['a path from the root that is not plain', '/opt/./y/../x', '/opt/x', 'ok'],
    ['a path that is not plain, kept so', '/opt/./x', '/opt/./x', 'bad-event'],
    ['a path from cwd', './bin/x', '/srv/web/bin/x', 'ok'],
    ['a path above cwd', '../x', '/srv/x', 'ok'],
    ['a path from cwd, and another with the same last part', './x', '/usr/bin/x', 'bad-event'],
    ['a path from cwd, kept relative', './x', './x', 'bad-event'],
  ])('program is what argv[0] stands for: %s', (_, word, program, outcome) => {
    expect(changed({ argv: [word], program })).toBe(outcome);
  });

  test.each([
    ['no arguments', { argv: [] }],
    ['an empty program', { argv: [''] }],
    ['an executor in capitals', { executor: 'Builder' }],
  ])("an executor's command with %s is refused", (_, changes) => {
    expect(executed(changes)).toBe('bad-event');
  });

  test.each([
    ['an absolute path', { path: '/plan.sql' }],
    ['an empty path', { path: '' }],
    ['a path that leaves the folder', { path: '../x' }],
    ['a path that leaves the folder on a way round', { path: 'a/../../x' }],
    ['a path that is not plain', { path: './x' }],
    ['not attached', { attached: false }],
    ['NUL in the path', { path: 'a\0' }],
  ])("an executor's pin: %s is refused", (_, changes) => {
    expect(executed({ pins: [{ ...sample.executed.pins[0], ...changes }] })).toBe('bad-event');
  });
});

describe('§4 other actions', () => {
  test.each([
    ['a resource with a space', { kind: 'access', resource: 'ssh prod' }],
    ['an empty resource', { kind: 'access', resource: '' }],
    ['a resource of 256', { kind: 'access', resource: 'r'.repeat(256) }],
    ['a resource outside ASCII', { kind: 'access', resource: 'ssh/pr\u043ed' }],
    ['a command field', { kind: 'access', resource: 'ssh', argv: ['x'] }],
  ])('an access to %s is refused', (_, action) => {
    expect(verdict({ ...sample.access, action })).toBe('bad-event');
  });

  test('an access to a resource of 255 is allowed', () => {
    expect(verdict({ ...sample.access, action: { kind: 'access', resource: 'r'.repeat(255) } })).toBe('ok');
  });

  test.each([
    ['base', { base: 'a' }],
    ['policy', { policy: {} }],
    ['policy', { policy: { ...sample.policy, extra: 1 } }],
  ])('a policy request with a wrong %s is refused', (_, changes) => {
    expect(verdict({ ...sample.change, action: { ...sample.change.action, ...changes } })).toBe('bad-event');
  });

  test('an action that belongs to another kind of request is refused', () => {
    expect(verdict({ ...sample.access, action: sample.command })).toBe('bad-event');
    expect(verdict({ ...sample.request, action: sample.access.action })).toBe('bad-event');
    expect(verdict({ ...sample.request, action: 'command' })).toBe('bad-event');
  });
});

describe('§10 limits, in bytes of UTF-8', () => {
  const long = '—'.repeat(1365);
  test('4 KiB of justification, comment and reason, and not a byte more', () => {
    expect(Buffer.byteLength(long)).toBe(LIMITS.prose - 1);
    const fields = [
      [sample.request, 'justification'],
      [sample.access, 'justification'],
      [sample.change, 'justification'],
      [sample.approve, 'comment'],
      [sample.close, 'reason'],
      [sample.halt, 'reason'],
    ] as const;
    for (const [event, field] of fields) {
      expect(verdict({ ...event, [field]: `${long}x` })).toBe('ok');
      expect(verdict({ ...event, [field]: `${long}xx` })).toBe('over-limit');
    }
  });

  test('1,024 arguments', () => {
    expect(changed({ argv: ['deploy', ...Array<string>(1023).fill('a')] })).toBe('ok');
    expect(changed({ argv: ['deploy', ...Array<string>(1024).fill('a')] })).toBe('over-limit');
  });

  test('128 KiB of arguments together', () => {
    const rest = '\u{1f600}'.repeat(32_766);
    expect(changed({ argv: ['deploy', 'xx', rest] })).toBe('ok');
    expect(changed({ argv: ['deploy', 'xxx', rest] })).toBe('over-limit');
  });

  test('256 pins', () => {
    const pins = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...pin, path: `/p/${index}` }));
    expect(changed({ pins: pins(256) })).toBe('ok');
    expect(changed({ pins: pins(257) })).toBe('over-limit');
  });

  test('an attachment of 1 MiB; what is not attached may be of any size', () => {
    const sized = (size: number, attached: boolean) => ({ ...pin, size, attached });
    expect(changed({ pins: [sized(LIMITS.attachment, true)] })).toBe('ok');
    expect(changed({ pins: [sized(LIMITS.attachment + 1, true)] })).toBe('over-limit');
    expect(changed({ pins: [sized(2 ** 53 - 1, false)] })).toBe('ok');
    expect(changed({ stdin: { sha256: sample.SHA, size: LIMITS.attachment + 1, attached: true } })).toBe(
      'over-limit',
    );
  });

  test('10 MiB of attachments together, each blob once, stdin among them', () => {
    const pins = Array.from({ length: 10 }, (_, index) => ({
      path: `/p/${index}`,
      sha256: String(index).repeat(64),
      size: LIMITS.attachment,
      attached: true,
    }));
    const again = { ...pin, sha256: '0'.repeat(64), size: LIMITS.attachment, attached: true };
    const stdin = (sha256: string) => ({ sha256, size: 1, attached: true });
    expect(changed({ pins: [...pins, again], stdin: stdin('0'.repeat(64)) })).toBe('ok');
    expect(changed({ pins, stdin: stdin('a'.repeat(64)) })).toBe('over-limit');
    expect(changed({ pins: [...pins, { ...pin, sha256: 'a'.repeat(64), attached: true }] })).toBe(
      'over-limit',
    );
  });

  test('of one blob with contradictory sizes the greatest counts', () => {
    const sized = (sha256: string, size: number) => ({
      ...pin,
      sha256: sha256.repeat(64),
      size,
      attached: true,
    });
    const full = Array.from('0123456789', (digit) => sized(digit, LIMITS.attachment));
    expect(changed({ stdin: 'terminal', pins: [...full, sized('9', 0)] })).toBe('ok');
    expect(changed({ stdin: 'terminal', pins: [...full, sized('9', 0), sized('a', 1)] })).toBe('over-limit');
  });

  test('a text that no commit could hold is refused when written', () => {
    expect(changed({ env: { A: 'x'.repeat(LIMITS.commit) } })).toBe('over-limit');
  });
});

describe('§3 what a request attaches', () => {
  const named = (sha256: string, attached: boolean) => ({
    path: `/${sha256}`,
    sha256: sha256.repeat(64),
    size: 1,
    attached,
  });
  test('each distinct attached blob of pins and stdin, sorted', () => {
    const action = {
      ...sample.command,
      pins: [named('c', true), named('b', false), named('a', true), named('c', true)],
      stdin: { sha256: 'd'.repeat(64), size: 1, attached: true },
    };
    expect(attachedDigests(action)).toEqual(['a', 'c', 'd'].map((digit) => digit.repeat(64)));
  });

  test('nothing where nothing is attached', () => {
    expect(attachedDigests({ ...sample.command, pins: [named('b', false)], stdin: 'terminal' })).toEqual([]);
    expect(attachedDigests({ kind: 'command', argv: ['x'] })).toEqual([]);
    expect(attachedDigests(sample.access.action)).toEqual([]);
    expect(attachedDigests(sample.change.action)).toEqual([]);
  });
});
