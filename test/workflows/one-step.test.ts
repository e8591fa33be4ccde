import { describe, expect, it } from 'vitest';
import type { CommandAction } from '../../src/core/action.js';
import { end, toEnd } from '../../src/workflows/close.js';
import { exec, type Wanted, type Ways } from '../../src/workflows/exec.js';
import type { Here } from '../../src/workflows/grant.js';
import { waitFor } from '../../src/workflows/wait.js';
import { policyOf, world, type World } from '../ledger/world.js';
import { asking, codeOf, desk, recorder, workshop, type Desk } from './desk.js';

interface Case {
  readonly all: World;
  readonly alice: Desk;
  readonly here: Here;
  readonly action: CommandAction;
  readonly wanted: Wanted;
  /** What was asked of people, in order: `ask CODE`, `asked`, `joined`, `wait`. */
  readonly said: string[];
  /** Asks for the action, and waits; `meanwhile` happens while it does, `after` once it is approved and before it runs. */
  ways(meanwhile?: (id: string) => unknown, after?: (id: string) => unknown): Ways;
}

async function begun(): Promise<Case> {
  const all = await world();
  const alice = desk(all, all.alice);
  const { here, action } = workshop();
  const said: string[] = [];
  let rests = 0;
  return {
    all,
    alice,
    here,
    action,
    said,
    wanted: { id: null, argv: action.argv },
    ways: (meanwhile = () => undefined, after = () => undefined) => ({
      ask: ({ code }) => {
        said.push(`ask ${code}`);
        return Promise.resolve({ action, justification: 'because it must be done' });
      },
      waits: (_, how) => {
        said.push(how);
      },
      wait: async (id) => {
        said.push('wait');
        const ended = await waitFor(alice.ws, id, {
          update: () => undefined,
          trouble: () => undefined,
          stop: new AbortController().signal,
          rest: async () => {
            rests += 1;
            if (rests > 2) throw new Error('waits in vain');
            await meanwhile(id);
          },
        });
        await after(id);
        return ended;
      },
    }),
  };
}

const approving =
  ({ all }: Case) =>
  (id: string): Promise<string> =>
    all.craft(all.bob, { type: 'approve', request: id });

async function pending(it: Case, more: Partial<CommandAction> = {}): Promise<string> {
  const body = asking({ ...it.action, ...more }, it.all.clock.now());
  await it.all.craft(it.all.alice, body);
  return [...(await it.all.home().ledger.refresh()).state.requests.keys()].at(-1) ?? '';
}

describe('exec without a grant', () => {
  it('asks, waits, and runs what was asked for', async () => {
    const it = await begun();
    const { launcher, launches } = recorder({ code: 7 });
    const exit = await exec(it.alice.ws, it.wanted, it.here, launcher, it.ways(approving(it)));
    expect(exit).toEqual({ code: 7 });
    expect(it.said).toEqual(['ask unknown-request', 'asked', 'wait']);
    expect(launches).toHaveLength(1);
  });

  it('joins the wait for what was asked for already, by command and by id', async () => {
    for (const by of ['command', 'id'] as const) {
      const it = await begun();
      const id = await pending(it);
      const { launcher, launches } = recorder();
      const wanted = by === 'id' ? { id, argv: null } : it.wanted;
      await exec(it.alice.ws, wanted, it.here, launcher, it.ways(approving(it)));
      expect(it.said).toEqual(['joined', 'wait']);
      expect(launches.map(({ record }) => record.id)).toEqual([id]);
    }
  });

  it('asks anew where what waits is for another folder, or not what the flags speak of', async () => {
    const elsewhere = await begun();
    await pending(elsewhere, { cwd: '/' });
    await exec(
      elsewhere.alice.ws,
      elsewhere.wanted,
      elsewhere.here,
      recorder().launcher,
      elsewhere.ways(approving(elsewhere)),
    );
    expect(elsewhere.said[0]).toBe('ask mismatch');
    const other = await begun();
    await pending(other);
    const wanted = { ...other.wanted, fits: () => false };
    await exec(other.alice.ws, wanted, other.here, recorder().launcher, other.ways(approving(other)));
    expect(other.said[0]).toBe('ask unknown-request');
  });

  it('nobody waits: pending, with the full id', async () => {
    const it = await begun();
    const id = await pending(it);
    const ways = { ...it.ways(), wait: null };
    await expect(exec(it.alice.ws, it.wanted, it.here, recorder().launcher, ways)).rejects.toMatchObject({
      code: 'pending',
      message: expect.stringContaining(id) as unknown,
    });
  });

  it('revoked between the approval and the spawn: refused, and no use is spent', async () => {
    const it = await begun();
    const { launcher, launches } = recorder();
    const revoke = async (id: string): Promise<void> => {
      const { ws } = desk(it.all, it.all.carol);
      await end(ws, await toEnd(ws, id, 'revoked'), 'revoked', 'on second thoughts');
    };
    const ran = exec(it.alice.ws, it.wanted, it.here, launcher, it.ways(approving(it), revoke));
    expect(await codeOf(ran)).toBe('revoked');
    expect(launches).toEqual([]);
    const [record] = (await it.alice.ws.ledger.refresh()).state.requests.values();
    expect(record?.spent).toBe(0);
  });

  it('run by another process while this one waited: used', async () => {
    const it = await begun();
    const { launcher, launches } = recorder();
    const other = async (id: string): Promise<void> => {
      await exec(it.alice.ws, { id, argv: null }, it.here, recorder().launcher);
    };
    const ran = exec(it.alice.ws, it.wanted, it.here, launcher, it.ways(approving(it), other));
    expect(await codeOf(ran)).toBe('used');
    expect(launches).toEqual([]);
  });
});

describe('nobody waits in vain', () => {
  const refused = async (it: Case, id: string, here: Here = it.here): Promise<string> => {
    const code = await codeOf(exec(it.alice.ws, { id, argv: null }, here, recorder().launcher, it.ways()));
    expect(it.said).toEqual([]);
    return code;
  };

  it('a pending request of my own for another folder: mismatch at once', async () => {
    const it = await begun();
    expect(await refused(it, await pending(it), { ...it.here, cwd: '/' })).toBe('mismatch');
  });

  it('a pending request of somebody else: wrong-runner at once', async () => {
    const it = await begun();
    await it.all.craft(it.all.bob, asking(it.action, it.all.clock.now()));
    const [id = ''] = (await it.all.home().ledger.refresh()).state.requests.keys();
    expect(await refused(it, id)).toBe('wrong-runner');
  });

  it('a pending request of mine for an executor: wrong-runner at once', async () => {
    const it = await begun();
    const { alice, bob, carol } = it.all;
    const { host: _, user: __, program: ___, cwd: ____, ...bare } = it.action;
    const keys = [{ type: 'openpgp' as const, public: carol.public }];
    const executors = { robot: { name: 'Robot', email: 'robot@example.org', keys } };
    const policy = { ...policyOf([alice, bob]), executors };
    const made = await world({ policy });
    const again = { ...it, all: made, alice: desk(made, made.alice) };
    await made.craft(made.alice, asking({ ...bare, executor: 'robot' }, made.clock.now()));
    const [id = ''] = (await made.home().ledger.refresh()).state.requests.keys();
    expect(await refused(again, id)).toBe('wrong-runner');
  });

  it('a halt: halted, before anything is asked', async () => {
    const it = await begun();
    await it.all.craft(it.all.bob, { type: 'halt', reason: 'an incident' });
    const ran = exec(it.alice.ws, it.wanted, it.here, recorder().launcher, it.ways());
    expect(await codeOf(ran)).toBe('halted');
    expect(it.said).toEqual([]);
  });
});
