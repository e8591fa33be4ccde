import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitPayload, signedCommit } from '../../src/core/commit.js';
import type { Signer } from '../../src/core/ports.js';
import { formatTime } from '../../src/core/time.js';
import { emptyTree } from '../../src/core/tree.js';
import { inspect } from '../../src/ledger/inspect.js';
import type { InertCommit, ReadEvent } from '../../src/ledger/ledger.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import {
  ask,
  BEGIN,
  containing,
  crafted,
  eventOf,
  newcomer,
  policyOf,
  random,
  world,
  write,
  type Home,
  type World,
} from './world.js';

/** Sets the branch to the parent of its tip. */
function dropTip(w: World, count = 1): void {
  for (let i = 0; i < count; i += 1) {
    const bytes = w.remote.objects.get(w.remote.branch ?? '')?.bytes ?? new Uint8Array(0);
    w.remote.branch = /\nparent ([0-9a-f]+)\n/.exec(Buffer.from(bytes).toString('latin1'))?.[1] ?? null;
  }
}

async function genesisOf(
  w: World,
  changes: Readonly<Record<string, unknown>>,
  signer = w.alice.signer,
): Promise<string> {
  const event = eventOf({
    v: 1,
    type: 'genesis',
    actor: 'alice',
    at: formatTime(BEGIN),
    nonce: random.nonce(),
    name: 'prod',
    policy: policyOf([w.alice, w.bob, w.carol]),
    ...changes,
  });
  return crafted(w.remote, w.alice, event, null, BEGIN, { signer });
}

describe('reading a branch', () => {
  it('verifies from the root to the tip, and moves the head to the newest authentic commit', async () => {
    const w = await world();
    const home = w.home();
    const view = await home.ledger.refresh();
    expect(view).toMatchObject({ anchor: w.anchor, fetchedAt: BEGIN, inert: [] });
    expect(view.head.commit).toBe(w.remote.branch);
    expect(view.tip).toMatchObject({ commit: w.remote.branch, position: 1 });
    expect(view.state.endorsement.closed?.as).toBe('applied');
    expect(home.store.kept).toEqual([view.head.commit]);
  });

  it('§5 inert commits count as positions, are reported above the head, and do not become the head', async () => {
    const w = await world();
    const home = w.home();
    const before = await home.ledger.refresh();
    const junk = [w.junk('one'), w.junk('two')];
    const view = await home.ledger.refresh();
    expect(view.inert.map(({ commit, reason }) => [commit, reason])).toEqual(
      junk.map((oid) => [oid, 'bad-headers']),
    );
    expect(view.head).toEqual(before.head);
    expect(view.tip).toMatchObject({ commit: junk[1], position: 3 });
    const { id } = await write(home, w.alice, ask());
    expect((await home.ledger.view()).state.requests.get(id)?.position).toBe(4);
  });

  it('§5 an inert commit below the head is not reported again', async () => {
    const w = await world();
    const home = w.home();
    w.junk('one');
    await w.craft(w.alice, ask());
    expect((await home.ledger.refresh()).inert).toHaveLength(1);
    expect((await home.again().ledger.refresh()).inert).toEqual([]);
    rmSync(join(home.folder, 'checkpoint'));
    expect((await home.again().ledger.refresh()).inert).toEqual([]);
    rmSync(join(home.folder, 'checkpoint'));
    const above = w.junk('above the head, without a checkpoint');
    expect((await home.again().ledger.refresh()).inert).toMatchObject([{ commit: above }]);
  });

  it('§2.2 a branch that drops only inert commits above the head is fine', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    w.junk('one');
    await home.ledger.refresh();
    dropTip(w);
    await w.craft(w.alice, ask());
    expect((await home.ledger.refresh()).state.requests.hot.size).toBe(1);
  });

  it('an approval after the checkpoint puts a policy in force that was asked for before it, with its keys', async () => {
    const w = await world();
    const home = w.home();
    const dave = await newcomer('dave');
    const policy = policyOf([w.alice, w.bob, w.carol, dave]);
    const change = await write(home, w.alice, {
      type: 'request',
      action: { kind: 'policy', base: w.anchor, policy },
      justification: 'dave joins',
      approveBy: formatTime(BEGIN + 3600),
    });
    const later = home.again();
    await write(later, w.bob, { type: 'approve', request: change.id });
    const last = home.again();
    await write(last, dave, ask());
    const view = await w.home().ledger.refresh();
    expect(view.state.current).toBe(change.id);
    expect([...view.state.requests.values()].at(-1)).toMatchObject({ void: null, event: { actor: 'dave' } });
  });
});

describe('§2.5 fatal cases', () => {
  it('missing: the branch is gone, and the old head stays', async () => {
    const w = await world();
    const home = w.home();
    const before = await home.ledger.refresh();
    w.remote.branch = null;
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'missing' });
    expect((await home.ledger.view()).head).toEqual(before.head);
  });

  it('missing: nothing was ever fetched', async () => {
    const w = await world();
    await expect(w.home().ledger.view()).rejects.toMatchObject({ code: 'missing' });
  });

  it.each([
    ['absent', (): Uint8Array | null => null],
    ['wrong', (): Uint8Array | null => Buffer.from('tree 0\n\nother bytes')],
  ])('damaged: a commit that is %s', async (_how, bytes) => {
    const w = await world();
    const oid = await w.craft(w.alice, ask());
    await w.craft(w.bob, ask());
    const put = bytes();
    if (put === null) w.remote.objects.delete(oid);
    else w.remote.objects.set(oid, { kind: 'commit', bytes: put });
    await expect(w.home().ledger.refresh()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('damaged: an authentic request whose tree is absent', async () => {
    const w = await world();
    const content = { sha256: 'a'.repeat(64), size: 1, attached: true };
    const pinned = {
      ...ask(),
      action: {
        kind: 'command',
        argv: ['true'],
        host: 'h',
        user: 'u',
        program: '/bin/true',
        cwd: '/',
        stdin: content,
      },
    };
    await w.craft(w.alice, ask(), BEGIN, { event: pinned, tree: 'b'.repeat(40) });
    await expect(w.home().ledger.refresh()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('§5 an inert commit whose tree is absent is not fatal', async () => {
    const w = await world();
    await w.craft(w.alice, ask(), BEGIN, { tree: 'b'.repeat(40) });
    expect((await w.home().ledger.refresh()).inert).toMatchObject([{ reason: 'bad-tree' }]);
  });

  it('malformed: a merge, even one whose first parent is the good branch', async () => {
    const w = await world();
    const home = w.home();
    const { head } = await home.ledger.refresh();
    const side = w.junk('side');
    const who = 'Eve <eve@example.org> 1780086400 +0000';
    const text = `tree ${emptyTree('sha1')}\nparent ${head.commit}\nparent ${side}\nauthor ${who}\ncommitter ${who}\n\nmerge\n`;
    w.remote.branch = w.remote.put('commit', Buffer.from(text));
    const hint = containing(`verified on this machine is ${head.commit};`);
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'malformed', hint });
    await expect(home.ledger.view()).rejects.toMatchObject({ code: 'malformed' });
    await expect(w.home().ledger.refresh()).rejects.toMatchObject({ code: 'malformed' });
  });

  it('malformed comes before rewritten', async () => {
    const w = await world();
    const home = w.home();
    const { head } = await home.ledger.refresh();
    dropTip(w);
    const who = 'Eve <eve@example.org> 1780086400 +0000';
    const parents = `parent ${w.remote.branch ?? ''}\nparent ${head.commit}\n`;
    w.remote.branch = w.remote.put(
      'commit',
      Buffer.from(`tree ${emptyTree('sha1')}\n${parents}author ${who}\ncommitter ${who}\n\nm\n`),
    );
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'malformed' });
  });

  describe('§2.3 stranger', () => {
    it('a root that carries the genesis of another ledger, also for a reader that lacks the head there', async () => {
      const w = await world();
      const home = w.home();
      await home.ledger.refresh();
      w.remote.branch = await genesisOf(w, {});
      await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'stranger' });
      await expect(w.home().ledger.refresh()).rejects.toMatchObject({ code: 'stranger' });
    });

    it('a root that carries no event', async () => {
      const w = await world();
      w.remote.branch = w.remote.put('commit', Buffer.from('tree 0\n\nhello\n'));
      await expect(w.home().ledger.refresh()).rejects.toMatchObject({ code: 'stranger' });
    });

    it('a genesis whose policy is not valid, though it is signed as it should be', async () => {
      const w = await world();
      const parts = {
        store: w.home().store,
        checker: createSignatureChecker(),
        certificates: createCertificateReader(),
        clock: w.clock,
      };
      w.remote.branch = await genesisOf(w, { policy: policyOf([w.alice, w.bob]) });
      expect((await inspect(parts)).genesis.name).toBe('prod');
      w.remote.branch = await genesisOf(w, { policy: policyOf([w.alice]) });
      await expect(inspect(parts)).rejects.toMatchObject({ code: 'stranger' });
    });

    it('our genesis, word for word, signed by another key', async () => {
      const w = await world();
      const root = Buffer.from(w.remote.objects.get(w.first.head.commit)?.bytes ?? []).toString();
      const message = root.slice(root.indexOf('\n\n') + 2);
      const { name, email } = w.alice;
      const payload = commitPayload({
        tree: emptyTree('sha1'),
        parent: null,
        name,
        email,
        at: BEGIN,
        message,
      });
      const signed = async (signer: Signer): Promise<void> => {
        const bytes = signedCommit(payload, await signer.sign(payload, BEGIN), 'sha1');
        w.remote.branch = w.remote.put('commit', bytes);
      };
      await signed(w.alice.signer);
      expect((await w.home().ledger.refresh()).anchor).toBe(w.anchor);
      await signed(w.bob.signer);
      await expect(w.home().ledger.refresh()).rejects.toMatchObject({ code: 'stranger' });
    });
  });

  it('the order: damaged before stranger, stranger before rewritten, rewritten before future', async () => {
    const w = await world();
    const home = w.home();
    await write(home, w.alice, ask());
    dropTip(w);
    await w.craft(w.bob, ask(), BEGIN + 5000);
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    const root = await genesisOf(w, {});
    w.remote.branch = root;
    const last = w.junk('on a strange root');
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'stranger' });
    w.junk('above');
    w.remote.objects.set(last, { kind: 'commit', bytes: Buffer.from('other bytes') });
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('§2.2 rewritten: a branch that was set back', async () => {
    const w = await world();
    const home = w.home();
    await write(home, w.alice, ask());
    dropTip(w);
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    await expect(home.again().ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
  });

  it('§2.2 rewritten: another continuation, and the head does not move', async () => {
    const w = await world();
    const home = w.home();
    const { view } = await write(home, w.alice, ask());
    dropTip(w);
    await w.craft(w.bob, ask());
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
    await expect(home.ledger.view()).rejects.toMatchObject({ code: 'rewritten' });
    w.remote.branch = view.head.commit;
    expect((await home.ledger.refresh()).head).toEqual(view.head);
  });

  it('future: the next authentic event is more than 900 s ahead of the clock; it passes by itself', async () => {
    const w = await world();
    const home = w.home();
    const before = await home.ledger.refresh();
    const commit = await w.craft(w.bob, ask(), BEGIN + 901);
    const refused = await home.ledger.refresh().catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'future' });
    expect(String(refused)).toContain(commit.slice(0, 12));
    expect(String(refused)).toContain('bob');
    await expect(home.ledger.view()).rejects.toMatchObject({ code: 'future' });
    w.clock.time = BEGIN + 1;
    const after = await home.ledger.refresh();
    expect(after.head.commit).toBe(commit);
    expect(before.head.commit).not.toBe(commit);
  });

  it('future: exactly 900 s ahead is taken', async () => {
    const w = await world();
    const commit = await w.craft(w.bob, ask(), BEGIN + 900);
    expect((await w.home().ledger.refresh()).head.commit).toBe(commit);
  });

  it('future: a commit that is inert is never in the future', async () => {
    const w = await world();
    await w.craft(w.bob, ask(), BEGIN + 5000, { event: { ledger: 'a'.repeat(64) } });
    expect((await w.home().ledger.refresh()).inert).toMatchObject([{ reason: 'wrong-ledger' }]);
  });

  /** `mine`: who approves it writes it there, too. */
  async function raise(w: World, mine?: Home): Promise<string> {
    const policy = { ...policyOf([w.alice, w.bob, w.carol]), protocol: 2 };
    const action = { kind: 'policy', base: w.anchor, policy } as const;
    const home = w.home();
    const { id } = await write(home, w.alice, {
      type: 'request',
      action,
      justification: 'new words',
      approveBy: formatTime(BEGIN + 3600),
    });
    const approval = { type: 'approve', request: id } as const;
    return mine === undefined ? w.craft(w.bob, approval) : (await write(mine, w.bob, approval)).commit;
  }

  it('§6 not-understood: from the change on; the head is the commit of the change, and stays there', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    const change = await raise(w);
    const refused = await home.ledger.refresh().catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'not-understood', hint: containing('Update mpa') });
    expect(String(refused)).toContain(change.slice(0, 12));
    await w.craft(w.alice, ask(), BEGIN, { event: { v: 2 } });
    await expect(home.again().ledger.refresh()).rejects.toMatchObject({ code: 'not-understood' });
    await expect(home.again().ledger.view()).rejects.toMatchObject({ code: 'not-understood' });
    dropTip(w, 2);
    await expect(home.again().ledger.refresh()).rejects.toMatchObject({ code: 'rewritten' });
  });

  it('§6 not-understood: also in the process that wrote the change itself', async () => {
    const w = await world();
    const home = w.home();
    const change = await raise(w, home);
    await expect(home.ledger.view()).rejects.toMatchObject({ code: 'not-understood' });
    await expect(home.ledger.refresh()).rejects.toMatchObject({ code: 'not-understood' });
    expect(w.remote.branch).toBe(change);
  });

  it('§6 not-understood: nothing is written either', async () => {
    const w = await world();
    const home = w.home();
    await raise(w);
    const tip = w.remote.branch;
    await expect(write(home, w.alice, ask())).rejects.toMatchObject({ code: 'not-understood' });
    expect(w.remote.branch).toBe(tip);
  });

  it('§2.5 future before not-understood, and the reverse: whichever comes first in the chain', async () => {
    const early = await world();
    await early.craft(early.bob, ask(), BEGIN + 5000);
    const late = await world();
    await raise(late);
    await late.craft(late.bob, ask(), BEGIN + 5000, { event: { v: 2 } });
    await expect(early.home().ledger.refresh()).rejects.toMatchObject({ code: 'future' });
    await expect(late.home().ledger.refresh()).rejects.toMatchObject({ code: 'not-understood' });
  });

  it('§6 a genesis of an unknown protocol is not-understood, not a stranger', async () => {
    const w = await world();
    const parts = {
      store: w.home().store,
      checker: createSignatureChecker(),
      certificates: createCertificateReader(),
      clock: w.clock,
    };
    // Nor is it ours to say that its policy is not valid.
    for (const members of [[w.alice, w.bob], [w.alice]]) {
      const policy = { ...policyOf(members), protocol: 2 };
      w.remote.branch = await genesisOf(w, { v: 2, policy });
      await expect(inspect(parts)).rejects.toMatchObject({ code: 'not-understood' });
    }
  });
});

describe('every', () => {
  it('reads all from the root without the checkpoint, and shows each event and inert commit in order', async () => {
    const w = await world();
    const home = w.home();
    await write(home, w.alice, ask());
    const junk = w.junk('x');
    await home.ledger.refresh();
    const seen: (ReadEvent | InertCommit)[] = [];
    const view = await home.ledger.every((item) => seen.push(item));
    expect(seen.map((item) => ('event' in item ? item.event.type : item.reason))).toEqual([
      'genesis',
      'approve',
      'request',
      'bad-headers',
    ]);
    expect(seen[0]).toMatchObject({ effect: { void: null, changes: {} } });
    expect(seen.at(-1)?.commit).toBe(junk);
    expect(view.tip.commit).toBe(junk);
  });
});
