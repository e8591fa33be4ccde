import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { CommandAction } from '../../src/core/action.js';
import type { Claim } from '../../src/ledger/spent.js';
import { exec, type Wanted } from '../../src/workflows/exec.js';
import { halt } from '../../src/workflows/halt.js';
import type { Here } from '../../src/workflows/grant.js';
import { claimUse } from '../../src/workflows/use.js';
import { policyOf, world, type World } from '../ledger/world.js';
import { asking, codeOf, desk, granted, recorder, workshop, type Desk } from './desk.js';

interface Ready {
  readonly all: World;
  readonly id: string;
  readonly here: Here;
  readonly action: CommandAction;
  readonly folder: string;
  readonly alice: Desk;
  readonly byId: Wanted;
  readonly byCommand: Wanted;
}

/** A grant of alice's for `tool x`, approved by bob, and her desk on the machine that it names. */
async function ready(change: Partial<CommandAction> = {}, more: { uses?: number } = {}): Promise<Ready> {
  const all = await world();
  const { here, action: plain, folder } = workshop();
  const action = { ...plain, ...change };
  const id = await granted(all, action, more);
  const byId = { id, argv: null };
  const byCommand = { id: null, argv: action.argv };
  return { all, id, here, action, folder, alice: desk(all, all.alice), byId, byCommand };
}

async function onlyClaim({ alice }: Ready): Promise<Claim> {
  const [claim, ...others] = await alice.ws.spent.claims();
  if (claim === undefined || others.length > 0) throw new Error('one claim');
  return claim;
}

describe('a run of what was approved', () => {
  it.each(['byId', 'byCommand'] as const)(
    '%s: starts exactly it, once, and records start and finish',
    async (how) => {
      const it = await ready();
      const { launcher, launches } = recorder({ code: 7 });
      expect(await exec(it.alice.ws, it[how], it.here, launcher)).toEqual({ code: 7 });
      expect(launches).toHaveLength(1);
      expect(launches[0]).toMatchObject({ program: it.action.program, argv: ['tool', 'x'], cwd: it.folder });
      const { state } = await it.alice.home.ledger.view();
      expect(state.requests.get(it.id)?.runs).toMatchObject([
        { host: 'prod-1', finish: { exit: { code: 7 } } },
      ]);
      expect(await onlyClaim(it)).toMatchObject({ stage: 'finished', settled: 'recorded' });
      expect(await codeOf(exec(it.alice.ws, it[how], it.here, launcher))).toBe('used');
      expect(launches).toHaveLength(1);
    },
  );

  it('§8.4 when the process starts, the start is on the branch, the claim says spawning, and its lock is held', async () => {
    const it = await ready();
    const seen: unknown[] = [];
    const { launcher } = recorder({ code: 0 }, async () => {
      const claim = await onlyClaim(it);
      const view = await it.all.home().ledger.refresh();
      seen.push(claim.stage, claim.commit === view.head.commit, await it.alice.ws.spent.lock(claim.start));
    });
    await exec(it.alice.ws, it.byId, it.here, launcher);
    expect(seen).toEqual(['spawning', true, null]);
    const lock = await it.alice.ws.spent.lock((await onlyClaim(it)).start);
    expect(lock).not.toBe(null);
  });

  it('§8.5 what was fetched moments ago is not fetched again: the push of the start proves it', async () => {
    const it = await ready({}, { uses: 3 });
    const fetches = async (after: number): Promise<number> => {
      const home = it.alice.home.again();
      const fetch = vi.spyOn(home.store, 'fetch').mockClear();
      it.all.clock.time += after;
      await exec(desk(it.all, it.all.alice, home).ws, it.byId, it.here, recorder().launcher);
      return fetch.mock.calls.length;
    };
    expect(await fetches(0)).toBe(1);
    expect(await fetches(10)).toBe(0);
    expect(await fetches(11)).toBe(1);
  });

  it('§8.4 where a claim is not settled, it is fetched all the same: an older look settles nothing', async () => {
    const it = await ready();
    await it.alice.home.ledger.refresh();
    it.all.remote.onPush = () => ({ kind: 'refused', words: 'hook declined' });
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, recorder().launcher))).toBe('remote-refused');
    it.all.remote.onPush = null;
    await it.all.craft(it.all.bob, asking({ ...it.action, argv: ['tool', 'z'] }, it.all.clock.now()));
    it.all.clock.time += 1;
    expect(await exec(it.alice.ws, it.byId, it.here, recorder().launcher)).toEqual({ code: 0 });
  });

  it('§8.5 and what others wrote since then is met by that push', async () => {
    const it = await ready();
    await it.alice.home.ledger.refresh();
    await it.all.craft(it.all.bob, { type: 'close', request: it.id, as: 'revoked', reason: 'no' });
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('revoked');
    expect(launches).toEqual([]);
    // Nor is it said of what is not granted yet that it is refused.
    const other = await ready();
    const action = { ...other.action, argv: ['tool', 'y'] };
    await other.alice.home.ledger.refresh();
    const id = await granted(other.all, action);
    expect(await exec(other.alice.ws, { id, argv: null }, other.here, launcher)).toEqual({ code: 0 });
  });

  it('§8.4 the claim is on the disk before the push', async () => {
    const it = await ready();
    const claims: Claim[][] = [];
    const { ws } = it.alice;
    const reads: Promise<unknown>[] = [];
    it.all.remote.onPush = () => {
      reads.push(ws.spent.claims().then((found) => claims.push([...found])));
      return undefined;
    };
    await exec(ws, it.byId, it.here, recorder().launcher);
    await Promise.all(reads);
    expect(claims[0]).toHaveLength(1);
  });

  it('uses are counted one by one', async () => {
    const it = await ready({}, { uses: 2 });
    const { launcher, launches } = recorder();
    await exec(it.alice.ws, it.byId, it.here, launcher);
    await exec(it.alice.ws, it.byId, it.here, launcher);
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('used');
    expect(launches).toHaveLength(2);
  });

  it('§7.7 what could not be started gives its use back, once', async () => {
    const it = await ready();
    const failing = recorder({ failed: 'not-found' });
    await exec(it.alice.ws, it.byId, it.here, failing.launcher);
    await exec(it.alice.ws, it.byId, it.here, failing.launcher);
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, failing.launcher))).toBe('used');
    expect(failing.launches).toHaveLength(2);
  });

  it('a grant that is live is found beside one that is used', async () => {
    const it = await ready();
    await exec(it.alice.ws, it.byCommand, it.here, recorder().launcher);
    const second = await granted(it.all, it.action);
    const { launcher, launches } = recorder();
    await exec(it.alice.ws, it.byCommand, it.here, launcher);
    expect(launches.map(({ record }) => record.id)).toEqual([second]);
  });
});

describe('what is refused, before a use is spent', () => {
  const refusal = async (it: Ready, wanted: Wanted, here: Here = it.here): Promise<string> => {
    const { launcher, launches } = recorder();
    const code = await codeOf(exec(it.alice.ws, wanted, here, launcher));
    expect(launches).toEqual([]);
    expect(await it.alice.ws.spent.claims()).toEqual([]);
    expect(it.alice.unlocked()).toBe(0);
    return code;
  };

  it('§7 nobody approved: pending', async () => {
    const all = await world();
    const { here, action } = workshop();
    await all.craft(all.alice, asking(action, all.clock.now()));
    const alice = desk(all, all.alice);
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(alice.ws, { id: null, argv: action.argv }, here, launcher))).toBe('pending');
    expect(launches).toEqual([]);
  });

  it.each([
    ['another folder', (here: Here): Here => ({ ...here, cwd: '/' })],
    ['another host', (here: Here): Here => ({ ...here, machine: { ...here.machine, host: 'prod-2' } })],
    ['another login', (here: Here): Here => ({ ...here, machine: { ...here.machine, user: 'root' } })],
  ])('§8.6 %s: mismatch, by id and by command', async (_, change) => {
    const it = await ready();
    expect(await refusal(it, it.byId, change(it.here))).toBe('mismatch');
    expect(await refusal(it, it.byCommand, change(it.here))).toBe('mismatch');
  });

  it('§8.6 a PATH on which the command is another program: mismatch', async () => {
    const it = await ready();
    const other = workshop();
    expect(await refusal(it, it.byCommand, { ...it.here, path: other.here.path })).toBe('mismatch');
  });

  it('§8.6 other arguments: mismatch by id, no grant by command', async () => {
    const it = await ready();
    expect(await refusal(it, { id: it.id, argv: ['tool', 'y'] })).toBe('mismatch');
    expect(await refusal(it, { id: it.id, argv: ['tool', 'x', ''] })).toBe('mismatch');
    expect(await refusal(it, { id: null, argv: ['tool'] })).toBe('unknown-request');
  });

  it('§8.6 approved with the terminal, and there is none: mismatch', async () => {
    const it = await ready({ stdin: 'terminal' });
    expect(await refusal(it, it.byId)).toBe('mismatch');
    const { launcher, launches } = recorder();
    await exec(it.alice.ws, it.byId, { ...it.here, terminal: true }, launcher);
    expect(launches).toHaveLength(1);
  });

  it('the program is gone, or may not be executed: not-found, cannot-execute', async () => {
    const it = await ready();
    chmodSync(it.action.program ?? '', 0o644);
    expect(await refusal(it, it.byId)).toBe('cannot-execute');
    expect(await refusal(it, it.byCommand)).toBe('cannot-execute');
    rmSync(it.action.program ?? '');
    expect(await refusal(it, it.byId)).toBe('not-found');
    expect(await refusal(it, it.byCommand)).toBe('not-found');
  });

  it('a command that nobody knows: not-found; one without a grant: unknown-request', async () => {
    const it = await ready();
    expect(await refusal(it, { id: null, argv: ['nobody-knows-it'] })).toBe('not-found');
    expect(await refusal(it, { id: null, argv: ['tool', 'other'] })).toBe('unknown-request');
  });

  it('§7.6 a halt of everything: halted', async () => {
    const it = await ready();
    await halt(desk(it.all, it.all.bob).ws, null, 'an incident');
    expect(await refusal(it, it.byId)).toBe('halted');
  });

  it('§7.7 another member: wrong-runner by id, no grant by command', async () => {
    const it = await ready();
    const bob = desk(it.all, it.all.bob);
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(bob.ws, it.byId, it.here, launcher))).toBe('wrong-runner');
    expect(await codeOf(exec(bob.ws, it.byCommand, it.here, launcher))).toBe('unknown-request');
    expect(launches).toEqual([]);
  });

  it('a reader: no-identity; a key that the policy does not list: no-key', async () => {
    const it = await ready();
    const { launcher } = recorder();
    expect(await codeOf(exec(desk(it.all, null).ws, it.byId, it.here, launcher))).toBe('no-identity');
    const stranger = { ...it.all.carol, handle: 'alice' };
    expect(await codeOf(exec(desk(it.all, stranger).ws, it.byId, it.here, launcher))).toBe('no-key');
  });

  it('neither an id nor a command: usage', async () => {
    const it = await ready();
    expect(await refusal(it, { id: null, argv: null })).toBe('usage');
  });
});

describe('§8.6 pinned files', () => {
  const pinned = async (text = 'select 1'): Promise<Ready & { path: string }> => {
    const shop = workshop();
    const path = join(shop.folder, 'migration.sql');
    writeFileSync(path, text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const it = await ready({ pins: [{ path, sha256, size: text.length, attached: false }] });
    return { ...it, path };
  };

  it('as approved: runs', async () => {
    const it = await pinned();
    expect(await exec(it.alice.ws, it.byId, it.here, recorder().launcher)).toEqual({ code: 0 });
  });

  it.each([
    ['other bytes of the same length', (path: string) => writeFileSync(path, 'select 2')],
    ['more bytes', (path: string) => writeFileSync(path, 'select 1;')],
    ['no file', (path: string) => rmSync(path)],
    [
      'a folder',
      (path: string) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('%s: mismatch, and nothing is spent', async (_, change) => {
    const it = await pinned();
    change(it.path);
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('mismatch');
    expect(launches).toEqual([]);
    expect(await it.alice.ws.spent.claims()).toEqual([]);
  });
});

describe('§8.6 a pinned file without bytes', () => {
  it('a named pipe in its place, which has none either: mismatch, without waiting for its writer', async () => {
    const path = join(workshop().folder, 'empty');
    const sha256 = createHash('sha256').digest('hex');
    const it = await ready({ pins: [{ path, sha256, size: 0, attached: false }] });
    execFileSync('mkfifo', [path]);
    const { launcher } = recorder();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('mismatch');
    rmSync(path);
    writeFileSync(path, '');
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('done');
  });
});

describe('§8 races and remotes', () => {
  it('8.3 a revocation that lands first: revoked, nothing ran, and the claim never was', async () => {
    const it = await ready();
    const { remote, bob } = it.all;
    let landed = false;
    const before = remote.branch;
    await it.all.craft(bob, { type: 'close', request: it.id, as: 'revoked', reason: 'no' });
    const after = remote.branch;
    remote.branch = before;
    remote.onPush = () => {
      if (!landed) remote.branch = after;
      landed = true;
      return undefined;
    };
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('revoked');
    expect(launches).toEqual([]);
    expect(await onlyClaim(it)).toMatchObject({ settled: 'lost' });
  });

  it('8.4 an answer that was lost, while the push landed: one run', async () => {
    const it = await ready();
    let lost = false;
    it.all.remote.onPush = (push) => {
      if (lost) return undefined;
      lost = true;
      push.land();
      return { kind: 'unknown', words: 'the line went dead' };
    };
    const { launcher, launches } = recorder();
    await exec(it.alice.ws, it.byId, it.here, launcher);
    expect(launches).toHaveLength(1);
    expect(await onlyClaim(it)).toMatchObject({ settled: 'recorded' });
  });

  it('8.4 an answer that was lost, while the push did not land: tried again, one run', async () => {
    const it = await ready();
    let lost = false;
    it.all.remote.onPush = () => {
      if (lost) return undefined;
      lost = true;
      return { kind: 'unknown', words: 'the line went dead' };
    };
    const { launcher, launches } = recorder();
    await exec(it.alice.ws, it.byId, it.here, launcher);
    expect(launches).toHaveLength(1);
    const claims = await it.alice.ws.spent.claims();
    expect(claims.filter((claim) => claim.settled === 'recorded')).toHaveLength(1);
    expect(claims.filter((claim) => claim.settled === null)).toEqual([]);
  });

  it('8.4 a start that cannot be confirmed means no run, and stays spent on this machine until the branch shows otherwise', async () => {
    const it = await ready();
    it.all.remote.onPush = () => {
      it.all.remote.down = true;
      return { kind: 'unknown', words: 'the line went dead' };
    };
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('remote-unreachable');
    expect(launches).toEqual([]);
    expect(await onlyClaim(it)).toMatchObject({ stage: 'claimed', settled: null });

    // The remote answers again, and somebody else has written onto that parent: then it never was.
    it.all.remote.onPush = null;
    it.all.remote.down = false;
    it.all.clock.time += 60;
    await it.all.craft(it.all.bob, asking({ ...it.action, argv: ['tool', 'z'] }, it.all.clock.now()));
    await exec(it.alice.ws, it.byId, it.here, launcher);
    expect(launches).toHaveLength(1);
  });

  it('8.3 a remote that refuses: remote-refused, and nothing ran', async () => {
    const it = await ready();
    it.all.remote.onPush = () => ({ kind: 'refused', words: 'hook declined' });
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('remote-refused');
    expect(launches).toEqual([]);
  });

  it('8.4 a branch without the start, for a reader who never saw it: this machine’s own record still says used', async () => {
    const it = await ready();
    const before = it.all.remote.branch;
    const { launcher, launches } = recorder();
    await exec(it.alice.ws, it.byId, it.here, launcher);
    it.all.remote.branch = before;
    const blank = desk(it.all, it.all.alice);
    const forgetful = { ...blank.ws, spent: it.alice.ws.spent };
    expect(await codeOf(exec(forgetful, it.byId, it.here, launcher))).toBe('used');
    expect(await codeOf(exec(forgetful, it.byCommand, it.here, launcher))).toBe('used');
    expect([launches.length, blank.unlocked()]).toEqual([1, 0]);
  });

  it('8.4 two processes of one machine and one use: one runs', async () => {
    const it = await ready();
    const { launcher, launches } = recorder();
    const other = desk(it.all, it.all.alice, it.alice.home.again());
    const runs = [it.alice.ws, other.ws].map((ws) => codeOf(exec(ws, it.byId, it.here, launcher)));
    expect((await Promise.all(runs)).sort()).toEqual(['done', 'used']);
    expect(launches).toHaveLength(1);
  });

  it('8.4 an unconfirmed claim onto the very tip counts while its process lives, and no longer once that is gone', async () => {
    const it = await ready();
    const view = await it.alice.ws.ledger.refresh();
    const record = view.state.requests.get(it.id);
    if (record === undefined) throw new Error('no request');
    const other = desk(it.all, it.all.alice, it.alice.home.again());
    const event = { ...record.event, type: 'start' as const, request: it.id, host: 'prod-1' };
    const candidate = { id: 'd'.repeat(64), commit: 'd'.repeat(40), parent: view.tip.commit, event };
    const use = await claimUse(other.ws.spent, view, record, candidate, new Set(), it.all.clock.now());
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('used');
    // Between the first look and the claim of the last use, another process may have claimed it.
    const second = { ...candidate, id: 'e'.repeat(64) };
    const claim = claimUse(it.alice.ws.spent, view, record, second, new Set(), it.all.clock.now());
    expect(await codeOf(claim)).toBe('used');
    await use.lock.release();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('done');
    expect(launches).toHaveLength(1);
  });

  it('8.8 a finish that cannot be pushed is kept, said so, and pushed by the next command that signs', async () => {
    const it = await ready();
    const { launcher } = recorder({ code: 3 }, () => {
      it.all.remote.down = true;
    });
    expect(await exec(it.alice.ws, it.byId, it.here, launcher)).toEqual({ code: 3 });
    expect(it.alice.home.notices.join()).toContain('kept');
    expect(await onlyClaim(it)).toMatchObject({
      stage: 'finished',
      settled: null,
      finish: { exit: { code: 3 } },
    });
    it.all.remote.down = false;
    await halt(it.alice.ws, null, 'something else to sign');
    expect(await onlyClaim(it)).toMatchObject({ settled: 'recorded' });
    const { state } = await it.alice.home.ledger.view();
    expect(state.requests.get(it.id)?.runs[0]?.finish?.exit).toEqual({ code: 3 });
  });

  it('8.4 a process that died after the push and before the spawn: its use is given back by the next command', async () => {
    const it = await ready();
    const dying = recorder({ code: 0 }, () => Promise.reject(new Error('killed')));
    await expect(exec(it.alice.ws, it.byId, it.here, dying.launcher)).rejects.toThrow('killed');
    // As the record stands where the process ended one step earlier.
    const claim = await onlyClaim(it);
    const again = it.alice.home.again();
    await again.spent.update({ ...claim, stage: 'pushed' });
    const { launcher, launches } = recorder();
    await exec(desk(it.all, it.all.alice, again).ws, it.byId, it.here, launcher);
    expect(launches).toHaveLength(1);
  });

  it('8.4 a process that died after it may have spawned: interrupted, spent, and said so', async () => {
    const it = await ready();
    const dying = recorder({ code: 0 }, () => Promise.reject(new Error('killed')));
    await expect(exec(it.alice.ws, it.byId, it.here, dying.launcher)).rejects.toThrow('killed');
    const { launcher, launches } = recorder();
    expect(await codeOf(exec(it.alice.ws, it.byId, it.here, launcher))).toBe('used');
    expect(launches).toEqual([]);
    expect(await onlyClaim(it)).toMatchObject({ settled: 'interrupted' });
    expect(it.alice.home.notices.join()).toContain('interrupted');
  });
});

describe('§6 enforceEnd', () => {
  it('the launcher is told when the window ends, and only then', async () => {
    const rules = policyOf([]).rules.map((rule) => ({ ...rule, enforceEnd: true as const }));
    const all = await world({ policy: { rules } });
    const { here, action } = workshop();
    const id = await granted(all, action);
    const { launcher, launches } = recorder();
    await exec(desk(all, all.alice).ws, { id, argv: null }, here, launcher);
    expect(launches[0]?.until).toBe(all.clock.now() + 3600);
    const it_ = await ready();
    const plain = recorder();
    await exec(it_.alice.ws, it_.byId, it_.here, plain.launcher);
    expect(plain.launches[0]?.until).toBe(null);
  });
});
