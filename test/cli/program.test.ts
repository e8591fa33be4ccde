import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { splitArgv } from '../../src/cli/argv.js';
import type { Invocation } from '../../src/cli/invocation.js';
import { GROUPS, parse } from '../../src/cli/program.js';
import { MpaError } from '../../src/core/errors.js';

const silent = { out: () => undefined, err: () => undefined };

async function invocation(...argv: string[]): Promise<Invocation> {
  const parsed = await parse(splitArgv(argv), silent);
  if (parsed === null) throw new Error('help, not a command');
  return parsed.invocation;
}

async function code(...argv: string[]): Promise<string> {
  try {
    await parse(splitArgv(argv), silent);
    return 'fine';
  } catch (error) {
    return error instanceof MpaError ? error.code : String(error);
  }
}

describe('the tree of commands', () => {
  it('has the words of each group in its table, so that one word makes no more than its group', () => {
    for (const { words, group } of GROUPS) {
      const program = new Command();
      group(program, () => undefined);
      expect(program.commands.flatMap((command) => [command.name(), ...command.aliases()])).toEqual(
        words.split(' '),
      );
    }
  });

  it('is whole where the word is none of them: help names all, and a slip of the finger is understood', async () => {
    for (const line of [['--help'], ['--help', 'verify'], ['-h', 'verify'], ['help']]) {
      let help = '';
      expect(await parse(splitArgv(line), { ...silent, out: (text) => (help += text) })).toBeNull();
      for (const { words } of GROUPS)
        if (!words.includes('complete')) expect(help).toContain(words.split(' ').at(-1));
    }
    await expect(parse(splitArgv(['aprove', 'abc']), silent)).rejects.toThrow(/approve/);
  });
});

describe('the separating --', () => {
  it('gives the command after -- of exec untouched, and no id', async () => {
    const { args, command } = await invocation('exec', '--', 'A', 'B');
    expect(args).toEqual([]);
    expect(command).toEqual(['A', 'B']);
  });

  it('leaves every flag after -- to the wrapped command', async () => {
    const { globals, command } = await invocation(
      'exec',
      '--',
      'ls',
      '--json',
      '--quiet',
      '--',
      '--ledger',
      'x',
    );
    expect(globals.json).toBe(false);
    expect(globals.quiet).toBe(false);
    expect(globals.ledger).toBeUndefined();
    expect(command).toEqual(['ls', '--json', '--quiet', '--', '--ledger', 'x']);
  });

  it('keeps an id before -- apart from the command after it', async () => {
    const { args, command } = await invocation('exec', 'abcdef123456', '--', 'ls', '-la');
    expect(args).toEqual(['abcdef123456']);
    expect(command).toEqual(['ls', '-la']);
  });

  it('tells an empty command from none', async () => {
    expect((await invocation('exec', '--')).command).toEqual([]);
    expect((await invocation('exec', 'abcdef1')).command).toBeNull();
  });

  it('is found after global flags before the word, whatever their values', async () => {
    const { globals, command } = await invocation(
      '--ledger',
      'exec',
      'request',
      '-m',
      'why',
      '--',
      'a',
      '--json',
    );
    expect(globals).toMatchObject({ ledger: 'exec', json: false });
    expect(command).toEqual(['a', '--json']);
  });

  it('refuses a command word that stands only after --', async () => {
    expect(await code('--', 'exec', '--', 'A')).toBe('usage');
  });

  it('ends the flags of a command that takes no COMMAND', async () => {
    const { args, command } = await invocation('show', '--', '--json');
    expect(args).toEqual(['--json']);
    expect(command).toBeNull();
  });

  it('takes -- where a flag wants its value for the separator, and refuses the flag', async () => {
    expect(await code('request', '-m', '--', 'ls')).toBe('usage');
  });
});

describe('global flags', () => {
  it.each([
    [['--json', 'list']],
    [['list', '--json']],
    [['--quiet', 'list', '--json']],
    [['policy', 'show', '--json']],
    [['policy', '--json', 'show']],
    [['--json', 'key', 'list']],
    [['--no-color', 'exec', '--json', '--', 'a']],
  ])('%j is JSON', async (argv) => {
    expect((await invocation(...argv)).globals.json).toBe(true);
  });

  it.each([
    [['--no-color', 'list'], 'noColor'],
    [['list', '--no-color'], 'noColor'],
    [['key', '--no-input', 'list'], 'noInput'],
    [['list', '--no-input'], 'noInput'],
    [['list', '--quiet'], 'quiet'],
  ] as const)('%j sets %s alone', async (argv, name) => {
    const { globals } = await invocation(...argv);
    const switches = { json: false, quiet: false, noColor: false, noInput: false };
    expect(globals).toMatchObject({ ...switches, [name]: true });
  });

  it('lets the ledger after the word win over the one before', async () => {
    expect((await invocation('--ledger', 'a', 'list', '--ledger', 'b')).globals.ledger).toBe('b');
    expect((await invocation('--ledger', 'a', 'list')).globals.ledger).toBe('a');
  });
});

describe('the tree', () => {
  const WORDS = [
    'keygen',
    'init',
    'join',
    'status',
    'request',
    'list',
    'ls',
    'inbox',
    'watch',
    'show',
    'approve',
    'deny',
    'revoke',
    'withdraw',
    'halt',
    'resume',
    'exec',
    'verify',
    'log',
    'audit',
    'sync',
    'doctor',
    'key',
    'policy',
  ];

  it.each(WORDS)('has the command %s, with help', async (word) => {
    let help = '';
    const parsed = await parse(splitArgv([word, '--help']), { ...silent, out: (text) => (help += text) });
    expect(parsed).toBeNull();
    expect(help).toContain(`mpa ${word === 'ls' ? 'list' : word}`);
    expect(help).toContain('--ledger <name>');
  });

  it('has inbox as list --for-me', async () => {
    expect((await invocation('inbox', '--all')).options).toMatchObject({ forMe: true, all: true });
    expect((await invocation('ls')).options).not.toHaveProperty('forMe');
  });

  it('collects what may be given several times, in order', async () => {
    const { options } = await invocation(
      'request',
      '--env',
      'A=1',
      '--env',
      'B',
      '--pass-env',
      'C',
      '--',
      'x',
    );
    expect(options).toMatchObject({ env: ['A=1', 'B'], passEnv: ['C'] });
  });

  it.each([
    [[]],
    [['nonsense']],
    [['list', '--nonsense']],
    [['list', 'too', 'much']],
    [['show']],
    [['key']],
    [['init', 'remote', '--name', 'x']],
    [['exec', 'ls', '-la']],
    [['approve', 'abc', '--for']],
  ])('answers %j with usage', async (argv) => {
    expect(await code(...argv)).toBe('usage');
  });

  it.each(['request', 'exec'])('%s takes the flags that say what is asked for', async (word) => {
    const { options } = await invocation(
      word,
      '-m',
      'why',
      '--pin',
      'a',
      '--pin',
      'b',
      '--stdin',
      'c',
      '--wait',
      '--access',
      'ssh/prod-1',
      '--',
      'x',
    );
    const asked = { reason: 'why', pin: ['a', 'b'], stdin: 'c', wait: true, access: 'ssh/prod-1' };
    expect(options).toMatchObject(asked);
  });

  it.each([[['--no-pin', '--pin', 'a']], [['--pin', 'a', '--no-pin']]])(
    '%j: pins nothing by itself, and what is named all the same',
    async (flags) => {
      expect((await invocation('request', ...flags, '--', 'x')).options).toMatchObject({
        noPin: true,
        pin: ['a'],
      });
    },
  );

  it('-i and --stdin exclude one another', async () => {
    expect(await code('request', '-i', '--stdin', 'a', '--', 'ls')).toBe('usage');
  });

  it('takes the negations that say what is done anyway', async () => {
    expect(await code('request', '--no-pin', '--', 'ls')).toBe('fine');
    expect(await code('exec', '--no-wait', '--', 'ls')).toBe('fine');
  });
});
