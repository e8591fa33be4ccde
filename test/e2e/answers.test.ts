import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { approve, ask, founded, transplanted, type World } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';

/** One world for everything that leaves no trace in it. */
let world: World & { id: string; file: string };

beforeAll(async () => {
  const top = emptyFolder();
  const made = transplanted(join(top, 'world'));
  const file = join(made.alice.folder, 'trace');
  const id = await ask(made.alice, ['touch', file]);
  world = { ...made, id, file };
  return () => remove(top);
});

const tip = (): string =>
  execFileSync('git', ['--git-dir', world.remote, 'rev-parse', 'mpa'], { encoding: 'utf8' });

/** Runs one command line of Alice's or Bob's, and insists that nothing was written anywhere. */
async function outcome(who: 'alice' | 'bob', args: readonly string[], input?: string): Promise<string> {
  const before = tip();
  const ran = await world[who].mpa([...args, '--json'], input === undefined ? {} : { input });
  expect(tip()).toBe(before);
  expect(existsSync(world.file)).toBe(false);
  return ran.outcome;
}

describe('answers that nobody gave', () => {
  it('an approval without a terminal: answer-needed', async () => {
    expect(await outcome('bob', ['approve', world.id])).toBe('2 answer-needed');
  });

  it('`echo y | mpa approve` approves nothing', async () => {
    expect(await outcome('bob', ['approve', world.id], 'y\n')).toBe('2 answer-needed');
  });

  it('--yes takes the full id only: full-id-needed', async () => {
    expect(await outcome('bob', ['approve', world.id.slice(0, 12), '--yes'])).toBe('2 full-id-needed');
  });

  it.each(['deny', 'revoke'])('%s without a reason: answer-needed', async (word) => {
    expect(await outcome('bob', [word, world.id])).toBe('2 answer-needed');
  });

  it('a request without a reason: answer-needed', async () => {
    const asked = await world.alice.mpa(['request', '--json', '--', 'true']);
    expect(asked.outcome).toBe('2 answer-needed');
  });
});

describe('a private clone that has grown', () => {
  it('is packed once the command has done its work, and it is said so; not by a command that only looks', async () => {
    const ledgers = join(world.alice.home, 'ledgers');
    const objects = join(ledgers, readdirSync(ledgers)[0] ?? '', 'objects');
    for (let i = 0, found = 0; found < 9; i += 1) {
      const bytes = `blob 8\0${String(i).padStart(8, '0')}`;
      const name = createHash('sha1').update(bytes).digest('hex');
      if (!name.startsWith('17')) continue;
      mkdirSync(join(objects, '17'), { recursive: true });
      writeFileSync(join(objects, '17', name.slice(2)), deflateSync(bytes));
      found += 1;
    }
    const looked = await world.alice.must(['list', '--offline']);
    const synced = await world.alice.must(['sync']);
    const again = await world.alice.must(['sync']);
    expect([looked, synced, again].map(({ stderr }) => stderr.includes('Packing'))).toEqual([
      false,
      true,
      false,
    ]);
    expect(readdirSync(join(objects, 'pack')).filter((name) => name.endsWith('.pack'))).toHaveLength(1);
  });
});

describe('ids', () => {
  const nobody = 'ab'.repeat(32);

  it('§4 a full id that nobody wrote: unknown-request', async () => {
    expect(await outcome('alice', ['verify', nobody])).toBe('1 unknown-request');
  });

  it.each(['show', 'verify', 'log'])('%s of a prefix that matches nothing: unknown-id', async (word) => {
    expect(await outcome('alice', [word, nobody.slice(0, 12)])).toBe('2 unknown-id');
  });

  it('a prefix of fewer than seven digits is no id', async () => {
    expect(await outcome('alice', ['show', world.id.slice(0, 6)])).toMatch(/^2 /);
  });

  it('what is no id at all: usage or unknown-id', async () => {
    expect(await outcome('alice', ['show', 'x; rm -rf /'])).toMatch(/^2 /);
  });
});

describe('exec has the statuses of its command, and its own', () => {
  it('no grant for this command, and no reason to ask for one: 125 answer-needed', async () => {
    expect(await outcome('alice', ['exec'])).toBe('125 usage');
    const none = await world.alice.mpa(['exec', '--json', '--', 'true']);
    expect(none.outcome).toBe('125 answer-needed');
  });

  it('a flag that is none: 125 usage', async () => {
    expect(await outcome('alice', ['exec', '--nonsense'])).toBe('125 usage');
  });

  it('a program that is gone: 127, and one that may not run: 126; neither spends the use', async () => {
    const { alice, bob } = founded();
    const program = join(alice.folder, 'tool');
    writeFileSync(program, '#!/bin/sh\necho ran\n', { mode: 0o755 });
    const id = await ask(alice, [program]);
    await approve(bob, id);
    chmodSync(program, 0o644);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('126 cannot-execute');
    remove(program);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('127 not-found');
    writeFileSync(program, '#!/bin/sh\necho ran\n', { mode: 0o755 });
    const ran = await alice.mpa(['exec', id]);
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 0, stdout: 'ran\n' });
  });
});

describe('§9 text from others', () => {
  it('nothing of a request reaches the screen raw, and its arguments can be pasted back', async () => {
    const { alice, bob } = founded();
    const hostile = '\u001b[2J\u202eevil\u0007';
    const reason = `please ${hostile}\u200b`;
    const asked = await alice.must([
      'request',
      '-m',
      reason,
      '--json',
      '--',
      'printf',
      '%s',
      `${hostile}\n'x`,
    ]);
    const id = asked.text('request', 'id');
    expect(asked.stdout).toMatch(/^[\n -~]*$/);
    for (const args of [
      ['show', id],
      ['list'],
      ['log'],
      ['inbox'],
      ['verify', id],
      ['approve', id, '--yes'],
    ]) {
      const { stdout, stderr } = await bob.mpa(args);
      expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
    }
    const shown = (await bob.must(['show', id])).stdout;
    const line = /^\s*runs\s+(.*)$/m.exec(shown)?.[1] ?? '';
    expect(execFileSync('bash', ['-c', line], { encoding: 'utf8' })).toBe(`${hostile}\n'x`);
    expect((await alice.mpa(['exec', id])).stdout).toBe(`${hostile}\n'x`);
  });
});

describe('the folder of a command', () => {
  it('a folder for the command that is gone is refused before a use is spent', async () => {
    const { alice, bob } = founded();
    const cwd = join(alice.folder, 'sub');
    mkdirSync(cwd);
    const id = await ask(alice, ['true'], ['--cwd', cwd]);
    await approve(bob, id);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toMatch(/^125 /);
    expect((await alice.mpa(['exec', id, '--json'], { cwd })).outcome).toBe('0');
  });
});
