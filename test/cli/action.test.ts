import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actionOf } from '../../src/cli/action.js';
import type { CliContext, Invocation } from '../../src/cli/invocation.js';
import { codeOf } from '../workflows/desk.js';
import { place } from '../support/places.js';

/** What actionOf needs of a context; the rest is out of its reach. */
function contextOf(env: Record<string, string>): CliContext {
  return { env, machine: { host: 'prod-1', user: 'alice' } } as unknown as CliContext;
}

function invocationOf(options: Invocation['options'], command: readonly string[] | null): Invocation {
  const globals = {
    ledger: undefined,
    json: false,
    quiet: false,
    noColor: false,
    noInput: true,
    passphraseFile: undefined,
  };
  return { args: [], options, globals, command };
}

function shop(): {
  folder: string;
  program: string;
  act: (options: Invocation['options'], command?: readonly string[] | null) => unknown;
} {
  const folder = place();
  const program = join(folder, 'tool');
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  const context = contextOf({ PATH: folder, LANG: 'C.UTF-8' });
  const act = (options: Invocation['options'], command: readonly string[] | null = ['tool', 'x']): unknown =>
    actionOf(invocationOf(options, command), context);
  return { folder, program, act };
}

function code(work: () => unknown): Promise<string> {
  return codeOf(Promise.resolve().then(work));
}

describe('what a request asks for', () => {
  it('a command here, as me, its program found along PATH, in this folder as the kernel names it', () => {
    const { act, program } = shop();
    expect(act({})).toEqual({
      kind: 'command',
      argv: ['tool', 'x'],
      host: 'prod-1',
      user: 'alice',
      program,
      cwd: realpathSync('.'),
    });
  });

  it('--cwd through a symbolic link is the folder itself, and a relative command is taken from there', () => {
    const { act, folder, program } = shop();
    symlinkSync(folder, join(folder, 'link'));
    expect(act({ cwd: join(folder, 'link') }, ['./tool'])).toMatchObject({ cwd: folder, program });
  });

  it('variables as they are now, as typed, and unseen; -i gives the terminal', () => {
    const { act } = shop();
    expect(
      act({ env: ['LANG', 'A=', 'B=c=d'], passEnv: ['TOKEN', 'TOKEN'], interactive: true }),
    ).toMatchObject({
      env: { LANG: 'C.UTF-8', A: '', B: 'c=d' },
      passEnv: ['TOKEN'],
      stdin: 'terminal',
    });
  });

  it('on another host the program must be said, and nothing of this machine is looked at', async () => {
    const { act } = shop();
    const there = { host: 'Prod-2.example.org', cwd: '/srv/x' };
    expect(await code(() => act(there))).toBe('usage');
    expect(act({ ...there, program: '/opt/nothing/tool' })).toMatchObject({
      host: 'prod-2',
      program: '/opt/nothing/tool',
      cwd: '/srv/x',
    });
    expect(act(there, ['/opt/nothing/tool'])).toMatchObject({ program: '/opt/nothing/tool' });
    expect(act(there, ['./tool'])).toMatchObject({ program: '/srv/x/tool' });
    expect(await code(() => act({ ...there, cwd: 'x' }, ['/bin/tool']))).toBe('usage');
  });

  it('an executor brings its own place', async () => {
    const { act } = shop();
    expect(act({ executor: 'ci' })).toEqual({ kind: 'command', argv: ['tool', 'x'], executor: 'ci' });
    for (const place of ['host', 'user', 'program', 'cwd'])
      expect(await code(() => act({ executor: 'ci', [place]: '/x' }))).toBe('usage');
  });

  it('access to a resource, alone', async () => {
    const { act } = shop();
    expect(act({ access: 'ssh/prod-1' }, null)).toEqual({ kind: 'access', resource: 'ssh/prod-1' });
    expect(await code(() => act({ access: 'ssh/prod-1' }))).toBe('usage');
    for (const flag of ['uses', 'env', 'passEnv', 'interactive', 'host', 'executor'])
      expect(await code(() => act({ access: 'x', [flag]: 'x' }, null))).toBe('usage');
  });

  it.each([
    ['nothing at all', {}, null, 'usage'],
    ['an empty command', {}, [], 'usage'],
    ['an empty first word', {}, ['', 'x'], 'usage'],
    ['bytes that are no UTF-8', {}, ['tool', 'a\ufffdb'], 'usage'],
    ['a variable that is not set', { env: ['NOT_SET_HERE'] }, ['tool'], 'usage'],
    ['a variable of every object', { env: ['constructor'] }, ['tool'], 'usage'],
    ['a folder that is not there', { cwd: '/nonexistent' }, ['tool'], 'usage'],
    ['a file for a folder', { cwd: '/etc/passwd' }, ['tool'], 'usage'],
    ['a relative --program', { program: 'tool' }, ['tool'], 'usage'],
    ['a --program of another name', { program: '/bin/sh' }, ['tool'], 'usage'],
    ['a --program that is not there', { program: '/nonexistent/tool' }, ['tool'], 'not-found'],
    ['a command that is not there', {}, ['nothing-of-that-name'], 'not-found'],
  ] satisfies [string, Invocation['options'], readonly string[] | null, string][])(
    '%s is refused',
    async (_, options, command, refused) => {
      const { act } = shop();
      expect(await code(() => act(options, command))).toBe(refused);
    },
  );

  it('a command without execute permission: cannot-execute', async () => {
    const { act, program } = shop();
    chmodSync(program, 0o600);
    expect(await code(() => act({}))).toBe('cannot-execute');
    mkdirSync(join(program, '..', 'dir'));
    expect(await code(() => act({}, [join(program, '..', 'dir')]))).toBe('cannot-execute');
  });
});
