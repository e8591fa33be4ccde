import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandAction } from '../../src/core/action.js';
import type { Finish } from '../../src/core/state.js';
import { exec, type Ways } from '../../src/workflows/exec.js';
import type { Here } from '../../src/workflows/grant.js';
import { sync } from '../../src/workflows/sync.js';
import { world, type World } from '../ledger/world.js';
import { codeOf, desk, granted, recorder, workshop, type Desk } from './desk.js';

interface Ready {
  readonly all: World;
  readonly alice: Desk;
  readonly here: Here;
  readonly folder: string;
  readonly action: CommandAction;
  readonly id: string;
}

/** A grant of alice's for `tool x`, with whatever a file in her workshop is pinned as. */
async function ready(pinned: string | null = null): Promise<Ready & { path: string }> {
  const all = await world();
  const { here, action: plain, folder } = workshop();
  const path = join(folder, 'input.sql');
  const bytes = pinned ?? '';
  writeFileSync(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const pins = [{ path, sha256, size: bytes.length, attached: false }];
  const action = pinned === null ? plain : { ...plain, pins };
  const id = await granted(all, action);
  return { all, alice: desk(all, all.alice), here, folder, action, id, path };
}

function recording(...outputs: string[]): Ways {
  return {
    ask: (refused) => Promise.reject(refused),
    waits: () => undefined,
    wait: null,
    recording: { record: true, outputs },
  };
}

async function finishOf({ alice, id }: Ready): Promise<Finish | null | undefined> {
  const { state } = await alice.home.ledger.view();
  return state.requests.get(id)?.runs[0]?.finish;
}

const digest = (text: string) => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  size: text.length,
});

describe('what is recorded of a run beside its end', () => {
  const streams = { stdout: digest('out'), stderr: digest('') };

  it('digests of output and errors as the launcher found them, and of files as they are after the end', async () => {
    const it = await ready();
    const { launcher, launches } = recorder({ code: 0 }, () =>
      writeFileSync(join(it.folder, 'made'), 'after'),
    );
    const digesting = async (...args: Parameters<typeof launcher>) => ({
      ...(await launcher(...args)),
      ...streams,
    });
    writeFileSync(join(it.folder, 'made'), 'before');
    await exec(it.alice.ws, { id: it.id, argv: null }, it.here, digesting, recording('x/.././made', '/etc'));
    expect(launches[0]?.digests).toBe(true);
    const outputs = [{ path: join(it.folder, 'made'), ...digest('after') }];
    expect(await finishOf(it)).toMatchObject({ exit: { code: 0 }, ...streams, outputs });
    expect(it.alice.home.notices.join('\n')).toMatch(/--output \/etc: it is a folder/);
  });

  it('the end is on disk before any file is read: whatever becomes of them, it is not forgotten', async () => {
    const it = await ready();
    const { spent } = it.alice.ws;
    const written: (string | undefined)[] = [];
    const watched: typeof spent = {
      lock: (name) => spent.lock(name),
      claim: (claim) => spent.claim(claim),
      claims: (request) => spent.claims(request),
      unsettled: () => spent.unsettled(),
      update: (claim) => {
        if (claim.finish !== null) written.push(JSON.stringify(claim.finish.outputs));
        return spent.update(claim);
      },
    };
    const ws = { ...it.alice.ws, spent: watched };
    writeFileSync(join(it.folder, 'made'), 'x');
    await exec(ws, { id: it.id, argv: null }, it.here, recorder().launcher, recording('made'));
    expect(written.slice(0, 2)).toEqual([undefined, expect.stringContaining('made')]);
  });

  it('survives a push that fails: kept on this machine, and sent by the next command', async () => {
    const it = await ready();
    const { launcher } = recorder({ code: 0 }, () => {
      writeFileSync(join(it.folder, 'made'), 'after');
      it.all.remote.down = true;
    });
    await exec(it.alice.ws, { id: it.id, argv: null }, it.here, launcher, recording('made'));
    expect(await finishOf(it)).toBe(null);
    it.all.remote.down = false;
    await sync(it.alice.ws);
    expect(await finishOf(it)).toMatchObject({
      outputs: [{ path: join(it.folder, 'made'), ...digest('after') }],
    });
  });

  it('a file that is not there is said and left out; each file stands once', async () => {
    const it = await ready();
    mkdirSync(join(it.folder, 'd'));
    symlinkSync('input.sql', join(it.folder, 'link'));
    const ways = recording('missing', 'link', './link', 'd/../link');
    await exec(it.alice.ws, { id: it.id, argv: null }, it.here, recorder().launcher, ways);
    expect((await finishOf(it))?.outputs).toEqual([{ path: join(it.folder, 'link'), ...digest('') }]);
    expect(it.alice.home.notices.join('\n')).toContain('missing: it is not there');
  });

  it('nothing asked for: nothing but the end', async () => {
    const it = await ready();
    await exec(it.alice.ws, { id: it.id, argv: null }, it.here, recorder().launcher);
    expect(Object.keys((await finishOf(it)) ?? {}).sort()).toEqual([
      'at',
      'exit',
      'id',
      'millis',
      'position',
    ]);
  });

  it.each([
    ['an empty path', [''], 'usage'],
    ['257 files', Array.from({ length: 257 }, (_, i) => `f${i}`), 'over-limit'],
  ])('%s is refused before anything ran or was spent', async (_, outputs, code) => {
    const it = await ready();
    const { launcher, launches } = recorder();
    const run = exec(it.alice.ws, { id: it.id, argv: null }, it.here, launcher, recording(...outputs));
    expect(await codeOf(run)).toBe(code);
    expect(launches).toEqual([]);
    expect(await it.alice.ws.spent.claims()).toEqual([]);
  });
});

describe('§8.6 a pinned file that is swapped between the push and the spawn', () => {
  it('starts nothing: mismatch, finished as changed, and the use is given back, once', async () => {
    const it = await ready('select 1');
    const swap = (text: string): void => {
      it.all.remote.onPush = () => {
        writeFileSync(it.path, text);
        return undefined;
      };
    };
    const { launcher, launches } = recorder();
    const run = (): Promise<string> =>
      codeOf(exec(it.alice.ws, { id: it.id, argv: null }, it.here, launcher));
    swap('select 2');
    expect(await run()).toBe('mismatch');
    expect(launches).toEqual([]);
    expect((await finishOf(it))?.exit).toEqual({ failed: 'changed' });

    it.all.remote.onPush = null;
    writeFileSync(it.path, 'select 1');
    const view = await it.alice.ws.ledger.refresh();
    expect(view.state.requests.get(it.id)?.spent).toBe(0);
    swap('select 3');
    expect(await run()).toBe('mismatch');
    it.all.remote.onPush = null;
    writeFileSync(it.path, 'select 1');
    expect(await run()).toBe('used');
    expect(launches).toEqual([]);
  });
});
