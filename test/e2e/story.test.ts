import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { approve, ask, founded } from '../support/people.js';

/** A command that leaves a trace when it runs. */
function trace(folder: string): { command: string[]; ran: () => boolean } {
  const file = join(folder, 'trace');
  return { command: ['touch', file], ran: () => existsSync(file) };
}

describe('two people, one ledger, one guarded command', () => {
  it('§7 refuses before the approval, runs after it, refuses the second use, and the audit is clean', async () => {
    const { alice, bob, anchor } = founded();
    const { command, ran } = trace(alice.folder);
    const id = await ask(alice, command);

    expect((await alice.mpa(['exec', id, '--no-wait', '--json'])).outcome).toBe('125 pending');
    expect(ran()).toBe(false);

    const approved = await approve(bob, id);
    expect(approved.json('request', 'state')).toBe('approved');
    expect(approved.json('request', 'approvals', 0, 'actor')).toBe('bob');
    expect((await alice.mpa(['verify', id, '--json'])).outcome).toBe('0');

    expect((await alice.mpa(['exec', id])).status).toBe(0);
    expect(ran()).toBe(true);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 used');

    const audit = await bob.must(['audit', '--strict', '--json']);
    expect(audit.json('violations')).toEqual([]);
    expect(audit.json('inert')).toEqual([]);
    expect(audit.json('interrupted')).toEqual([]);
    expect(audit.json('anchor')).toBe(anchor);
    // genesis, its endorsement, request, approval, start, finish
    expect(audit.json('events')).toBe(6);
    const shown = await bob.must(['show', id, '--json']);
    expect(shown.json('request', 'runs', 0, 'exit')).toEqual({ code: 0 });
    expect(shown.json('request', 'runs', 0, 'host')).toBe(hostname().split('.')[0]?.toLowerCase());
  });

  it('§8.6 the command has its output, its folder and its exit status as if typed directly', async () => {
    const { alice, bob } = founded();
    const id = await ask(alice, ['sh', '-c', 'pwd; echo told >&2; exit 7']);
    await approve(bob, id);
    const run = await alice.mpa(['exec', id, '--quiet']);
    expect(run.status).toBe(7);
    expect(run.stdout).toBe(`${alice.folder}\n`);
    expect(run.stderr).toContain('told\n');
    const shown = await bob.must(['show', id, '--json']);
    expect(shown.json('request', 'runs', 0, 'exit')).toEqual({ code: 7 });
  });

  it('a command that a signal ended exits 128 and the signal, and the ledger names it', async () => {
    const { alice, bob } = founded();
    const id = await ask(alice, ['sh', '-c', 'kill -TERM $$']);
    await approve(bob, id);
    expect((await alice.mpa(['exec', id])).status).toBe(128 + 15);
    const shown = await bob.must(['show', id, '--json']);
    expect(shown.json('request', 'runs', 0, 'exit')).toEqual({ signal: 'SIGTERM' });
  });

  it('§8.6 standard input that nobody approved is not read; the environment is a short list', async () => {
    const { alice, bob } = founded();
    const id = await ask(alice, ['sh', '-c', 'cat; env']);
    await approve(bob, id);
    const run = await alice.mpa(['exec', id], {
      input: 'secret words\n',
      env: { LD_PRELOAD: '', EVIL: 'x' },
    });
    expect(run.stdout).not.toContain('secret words');
    expect(run.stdout).not.toMatch(/^(EVIL|LD_PRELOAD|MPA_)/m);
    expect(run.stdout).toMatch(/^PATH=/m);
  });

  it('§8.4 of two runs at once, one runs', async () => {
    const { alice, bob } = founded();
    const file = join(alice.folder, 'count');
    const id = await ask(alice, ['sh', '-c', `echo x >> ${file}`]);
    await approve(bob, id);
    const runs = await Promise.all([1, 2, 3].map(() => alice.mpa(['exec', id, '--json'])));
    expect(runs.filter((run) => run.status === 0)).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toBe('x\n');
    expect((await bob.must(['audit', '--json'])).json('violations')).toEqual([]);
  });

  it('three uses are three runs', async () => {
    const { alice, bob } = founded();
    const id = await ask(alice, ['true'], ['--uses', '3']);
    await approve(bob, id);
    for (const _ of [1, 2, 3]) expect((await alice.mpa(['exec', id])).status).toBe(0);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 used');
  });

  it('an approver may narrow: two uses asked, one approved', async () => {
    const { alice, bob } = founded();
    const id = await ask(alice, ['true'], ['--uses', '2']);
    await approve(bob, id, ['--uses', '1']);
    expect((await alice.mpa(['exec', id])).status).toBe(0);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 used');
  });

  it('an access grant is verified by name, and only for who asked', async () => {
    const { alice, bob } = founded();
    const asked = await alice.must(['request', '-m', 'look at the logs', '--access', 'ssh/prod-1', '--json']);
    const verify = (who: string): Promise<{ outcome: string }> =>
      bob.mpa(['verify', '--access', 'ssh/prod-1', '--as', who, '--json']);
    expect((await verify('alice')).outcome).toMatch(/^1 /);
    await approve(bob, asked.text('request', 'id'));
    expect((await verify('alice')).outcome).toBe('0');
    expect((await verify('bob')).outcome).toMatch(/^1 /);
  });
});

describe('who may end it', () => {
  it.each([
    ['deny', 'bob', 'denied'],
    ['revoke', 'bob', 'revoked'],
    ['withdraw', 'alice', 'withdrawn'],
  ] as const)('§7.5 %s by %s ends an approved request as %s', async (word, who, reason) => {
    const world = founded();
    const { command, ran } = trace(world.alice.folder);
    const id = await ask(world.alice, command);
    await approve(world.bob, id);
    await world[who].must([word, id, '-m', 'second thoughts']);
    expect((await world.alice.mpa(['exec', id, '--json'])).outcome).toBe(`125 ${reason}`);
    expect(ran()).toBe(false);
  });

  it('§7.6 one halt stops everything; a policy change that another approves lifts it', async () => {
    const { alice, bob } = founded();
    const { command, ran } = trace(alice.folder);
    const id = await ask(alice, command);
    await approve(bob, id);
    await bob.must(['halt', '-m', 'something is wrong']);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 halted');
    expect(ran()).toBe(false);
    const resume = await bob.must(['resume', '-m', 'it was nothing', '--json']);
    expect((await alice.mpa(['exec', id, '--json'])).outcome).toBe('125 halted');
    await approve(alice, resume.text('request', 'id'));
    expect((await alice.mpa(['exec', id])).status).toBe(0);
    expect(ran()).toBe(true);
  });
});
