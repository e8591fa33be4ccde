import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readCommit } from '../../src/core/commit.js';
import { MpaError } from '../../src/core/errors.js';
import { formatTime } from '../../src/core/time.js';
import { parseMessage } from '../../src/core/schema.js';
import { attachmentNames, attachmentsOf } from '../../src/core/tree.js';
import type { Candidate, Drafter, EventBody } from '../../src/ledger/ledger.js';
import {
  containing,
  ask,
  BEGIN,
  KEYS_MADE,
  memberOf,
  newcomer,
  policyOf,
  world,
  write,
  type Home,
  type Someone,
  type World,
} from './world.js';

const asPerson = { patience: 'person' } as const;

function drafting(body: EventBody): Drafter {
  return () => ({ body });
}

/** Bob writes something else first, `times` times, each just before a push of ours is judged. */
function quicker(w: World, events: readonly string[]): void {
  const left = [...events];
  w.remote.onPush = () => {
    const next = left.shift();
    if (next !== undefined) w.remote.branch = next;
    return undefined;
  };
}

/** Commits of bob in a row on the tip, not on the branch yet. */
async function rivals(w: World, count: number): Promise<string[]> {
  const base = w.remote.branch;
  const made: string[] = [];
  for (let i = 0; i < count; i += 1) made.push(await w.craft(w.bob, ask()));
  w.remote.branch = base;
  return made;
}

async function joined(): Promise<{ w: World; home: Home }> {
  const w = await world();
  const home = w.home();
  await home.ledger.refresh();
  return { w, home };
}

describe('§8.1 writing an event', () => {
  it('builds on the tip, inert or not; others read it as authentic', async () => {
    const { w, home } = await joined();
    const junk = w.junk('last');
    const { id, commit, view, event } = await home.ledger.append(
      'alice',
      w.alice.signer,
      drafting(ask()),
      asPerson,
    );
    expect(w.remote.branch).toBe(commit);
    const form = readCommit(w.remote.objects.get(commit)?.bytes ?? new Uint8Array(0), 'sha1');
    expect(form).toMatchObject({ ok: true, parts: { parent: junk, time: BEGIN } });
    expect(view.head).toMatchObject({ commit, at: BEGIN });
    expect(event).toMatchObject({ v: 1, ledger: w.anchor, actor: 'alice', type: 'request' });
    const theirs = await w.home().ledger.refresh();
    expect(theirs.state).toEqual(view.state);
    expect([theirs.head, theirs.tip]).toEqual([view.head, view.tip]);
    expect(theirs.state.requests.get(id)?.void).toBeNull();
  });

  it('in a SHA-256 repository too', async () => {
    const w = await world({ format: 'sha256' });
    const { commit } = await write(w.home(), w.alice, ask());
    expect(commit).toHaveLength(64);
    expect((await w.home().ledger.refresh()).head.commit).toBe(commit);
  });

  it('the view that it answers is the next reading: saved, and not read again', async () => {
    const { w, home } = await joined();
    const { view } = await write(home, w.alice, ask());
    w.remote.down = true;
    const again = await home.again().ledger.view();
    expect(again.state).toEqual(view.state);
    expect(again.head).toEqual(view.head);
  });

  it('carries each distinct attachment once, under its digest', async () => {
    const { w, home } = await joined();
    const text = Buffer.from('select 1;');
    const sha256 = createHash('sha256').update(text).digest('hex');
    const pin = (path: string) => ({ path, sha256, size: text.length, attached: true });
    const action = {
      kind: 'command',
      argv: ['true'],
      host: 'h',
      user: 'u',
      program: '/bin/true',
      cwd: '/',
      pins: [pin('/a'), pin('/b')],
    } as const;
    const body = {
      type: 'request',
      action,
      justification: 'as agreed',
      approveBy: formatTime(BEGIN + 60),
      duration: 60,
      uses: 1,
    } as const;
    const made = await home.ledger.append(
      'alice',
      w.alice.signer,
      () => ({ body, attachments: [text, text] }),
      asPerson,
    );
    const form = readCommit(w.remote.objects.get(made.commit)?.bytes ?? new Uint8Array(0), 'sha1');
    const root = w.remote.objects.get(form.ok ? form.parts.tree : '')?.bytes ?? new Uint8Array(0);
    const subtree = w.remote.objects.get(attachmentsOf(root, 'sha1') ?? '')?.bytes ?? new Uint8Array(0);
    const [entry, ...rest] = attachmentNames(subtree, 'sha1') ?? [];
    expect(entry?.sha256).toBe(sha256);
    expect(rest).toEqual([]);
    expect(Buffer.from(w.remote.objects.get(entry?.oid ?? '')?.bytes ?? [])).toEqual(text);
    expect((await w.home().ledger.refresh()).head.commit).toBe(made.commit);
  });

  it('nothing is pushed where the drafter refuses, and its error is what the caller gets', async () => {
    const { w, home } = await joined();
    const tip = w.remote.branch;
    const refused = new Error('no');
    const drafter: Drafter = () => {
      throw refused;
    };
    await expect(home.ledger.append('alice', w.alice.signer, drafter, asPerson)).rejects.toBe(refused);
    expect(w.remote.branch).toBe(tip);
  });

  it('the drafter gets the newest verified view and the time', async () => {
    const { w, home } = await joined();
    const commit = await w.craft(w.bob, ask());
    w.clock.time = BEGIN + 5;
    const seen: unknown[] = [];
    const drafter: Drafter = (view, now) => {
      seen.push(view.head.commit, now);
      return { body: ask() };
    };
    await home.ledger.append('alice', w.alice.signer, drafter, asPerson);
    expect(seen).toEqual([commit, BEGIN + 5]);
  });

  it('with a view that is fresh the first attempt fetches nothing', async () => {
    const { w, home } = await joined();
    const fresh = await home.ledger.refresh();
    let fetched = 0;
    home.store.afterFetch = () => {
      fetched += 1;
      return Promise.resolve();
    };
    await home.ledger.append('alice', w.alice.signer, drafting(ask()), { ...asPerson, fresh });
    expect(fetched).toBe(0);
    // An older view is not fresh: the push fails, and the next attempt reads what is new.
    await home.ledger.append('alice', w.alice.signer, drafting(ask()), { ...asPerson, fresh });
    expect(fetched).toBe(1);
  });
});

describe('§8.1 our own reading comes before the push', () => {
  async function refusedWith(w: World, by: Someone, signer: Someone, body: EventBody): Promise<unknown> {
    const home = w.home();
    const tip = w.remote.branch;
    const called: string[] = [];
    const beforePush = (): Promise<void> => Promise.resolve(void called.push('beforePush'));
    const refused = await home.ledger
      .append(by.handle, signer.signer, drafting(body), { ...asPerson, beforePush })
      .catch((error: unknown) => error);
    expect(w.remote.branch).toBe(tip);
    expect(called).toEqual([]);
    return refused;
  }

  it('void: the reason is the code', async () => {
    const w = await world();
    expect(
      await refusedWith(w, w.alice, w.alice, { ...ask(), approveBy: '2026-01-01T00:00:00Z' } as EventBody),
    ).toMatchObject({ code: 'late' });
    const unknown = { type: 'approve', request: 'a'.repeat(64) } as const;
    expect(await refusedWith(w, w.bob, w.bob, unknown)).toMatchObject({ code: 'unknown-request' });
  });

  it('unendorsed: nothing but the endorsement is written', async () => {
    const w = await world({ endorsed: false });
    expect(await refusedWith(w, w.alice, w.alice, ask())).toMatchObject({ code: 'unendorsed' });
    await write(w.home(), w.bob, { type: 'approve', request: w.anchor });
    await write(w.home(), w.alice, ask());
  });

  it('unfit-key: a key that the policy does not list for the actor', async () => {
    const w = await world();
    expect(await refusedWith(w, w.alice, w.bob, ask())).toMatchObject({
      code: 'unfit-key',
      message: containing(`${w.bob.signer.fingerprint} for alice`),
    });
  });

  it('no-identity: an actor whom the policy does not name', async () => {
    const w = await world();
    expect(await refusedWith(w, { ...w.alice, handle: 'mallory' }, w.alice, ask())).toMatchObject({
      code: 'no-identity',
    });
  });

  it('signer-failed: a signature over something else', async () => {
    const w = await world();
    const { fingerprint } = w.alice.signer;
    const signer = {
      fingerprint,
      sign: (_: Uint8Array, at: number) => w.alice.signer.sign(Buffer.from('other'), at),
    };
    const refused = await refusedWith(w, w.alice, { ...w.alice, signer }, ask());
    expect(['signer-failed', 'unfit-key']).toContain((refused as { code: string }).code);
  });

  it('over-limit and usage: an event that breaks the limits or the schema', async () => {
    const w = await world();
    const long = { ...ask(), justification: 'x'.repeat(4097) } as EventBody;
    expect(await refusedWith(w, w.alice, w.alice, long)).toMatchObject({ code: 'over-limit' });
    const nul = { ...ask(['true', 'a\0b']) };
    expect(await refusedWith(w, w.alice, w.alice, nul)).toMatchObject({ code: 'usage' });
  });

  it('bad-clock: the key in use was made long after what this clock says', async () => {
    const w = await world();
    const young = await newcomer('dave', BEGIN + 1000);
    const home = w.home();
    const policy = policyOf([w.alice, w.bob, w.carol], {
      members: { ...policyOf([w.alice, w.bob, w.carol]).members, dave: memberOf(young) },
    });
    const { id } = await write(home, w.alice, {
      type: 'request',
      action: { kind: 'policy', base: w.anchor, policy },
      justification: 'dave joins',
      approveBy: formatTime(BEGIN + 3600),
    });
    await write(home, w.bob, { type: 'approve', request: id });
    expect(await refusedWith(w, young, young, ask())).toMatchObject({ code: 'bad-clock' });
    w.clock.time = BEGIN + 1000;
    await write(home, young, ask());
  });

  it('bad-clock: the clock went back by more than 900 s since the view was read', async () => {
    const w = await world();
    const home = w.home();
    const fresh = await home.ledger.refresh();
    w.clock.time = KEYS_MADE + 1;
    const refused = home.ledger.append('alice', w.alice.signer, drafting(ask()), { ...asPerson, fresh });
    await expect(refused).rejects.toMatchObject({ code: 'bad-clock' });
  });
});

describe('§8.2, 8.3 pushing against others', () => {
  it('somebody is quicker: the drafter is asked again on the new tip, the event is signed anew, and lands', async () => {
    const { w, home } = await joined();
    quicker(w, await rivals(w, 3));
    const asked: string[] = [];
    const before: Candidate[] = [];
    const lost: Candidate[] = [];
    const drafter: Drafter = (view) => {
      asked.push(view.tip.commit);
      return { body: ask() };
    };
    const made = await home.ledger.append('alice', w.alice.signer, drafter, {
      ...asPerson,
      beforePush: (candidate) => Promise.resolve(void before.push(candidate)),
      onLost: (candidate) => Promise.resolve(void lost.push(candidate)),
    });
    expect(new Set(asked).size).toBe(4);
    expect(before.map(({ parent }) => parent)).toEqual(asked);
    expect(lost).toEqual(before.slice(0, 3));
    expect(before[3]).toMatchObject({ id: made.id, commit: made.commit });
    expect(w.remote.branch).toBe(made.commit);
    expect((await home.ledger.refresh()).state.requests.hot.size).toBe(4);
  });

  it('a precondition that a quicker event took away ends it: nothing is written', async () => {
    const { w, home } = await joined();
    const { id } = await write(home, w.alice, ask());
    const base = w.remote.branch;
    const closing = await w.craft(w.alice, { type: 'close', request: id, as: 'withdrawn', reason: '' });
    w.remote.branch = base;
    quicker(w, [closing]);
    const refused = home.ledger.append(
      'bob',
      w.bob.signer,
      drafting({ type: 'approve', request: id }),
      asPerson,
    );
    await expect(refused).rejects.toMatchObject({ code: 'closed' });
    expect(w.remote.branch).toBe(closing);
  });

  it('remote-busy: after a bound it gives up, having waited longer and longer', async () => {
    const { w, home } = await joined();
    quicker(w, await rivals(w, 60));
    await expect(write(home, w.alice, ask())).rejects.toMatchObject({
      code: 'remote-busy',
      hint: 'Try again in a minute.',
    });
    expect(home.pauses).toHaveLength(60);
    expect(home.pauses.slice(0, 3)).toEqual([38, 75, 150]);
    expect(Math.max(...home.pauses)).toBeLessThanOrEqual(2000);
    const machine = w.home();
    quicker(w, await rivals(w, 60));
    const yielding = machine.ledger.append('alice', w.alice.signer, drafting(ask()), { patience: 'machine' });
    await expect(yielding).rejects.toMatchObject({ code: 'remote-busy' });
    const total = (home_: Home): number => home_.pauses.reduce((sum, ms) => sum + ms, 0);
    expect(total(machine)).toBeGreaterThan(3 * total(home));
  });

  it('a push that landed while its answer was lost has succeeded; it is not written twice', async () => {
    const { w, home } = await joined();
    w.remote.onPush = ({ land }) => {
      w.remote.onPush = null;
      land();
      return { kind: 'unknown', words: 'the connection broke' };
    };
    const lost: Candidate[] = [];
    const made = await home.ledger.append('alice', w.alice.signer, drafting(ask()), {
      ...asPerson,
      onLost: (candidate) => Promise.resolve(void lost.push(candidate)),
    });
    expect(w.remote.branch).toBe(made.commit);
    expect(made.view.state.requests.hot.size).toBe(1);
    expect(lost).toEqual([]);
  });

  it('so has one that landed and was built upon before we looked', async () => {
    const { w, home } = await joined();
    w.remote.onPush = async ({ land }) => {
      w.remote.onPush = null;
      land();
      await w.craft(w.bob, ask());
      return { kind: 'refused', words: 'failed to update ref' };
    };
    const made = await write(home, w.alice, ask());
    expect(made.view.state.requests.has(made.id)).toBe(true);
    expect(made.view.state.requests.hot.size).toBe(2);
    expect(made.view.head.commit).not.toBe(made.commit);
  });

  it('while a push may still land, the same commit is pushed again, not another one', async () => {
    const { w, home } = await joined();
    const pushed: string[] = [];
    w.remote.onPush = ({ to }) => {
      pushed.push(to);
      return pushed.length < 3 ? { kind: 'unknown', words: '' } : undefined;
    };
    const claims: string[] = [];
    const made = await home.ledger.append('alice', w.alice.signer, drafting(ask()), {
      ...asPerson,
      beforePush: ({ id }) => Promise.resolve(void claims.push(id)),
    });
    expect(pushed).toEqual([made.commit, made.commit, made.commit]);
    expect(claims).toEqual([made.id]);
  });

  it('the preconditions are checked each time, also where the same commit is pushed again', async () => {
    const { w, home } = await joined();
    w.remote.onPush = () => ({ kind: 'unknown', words: '' });
    let asked = 0;
    const late = new Error('too late by now');
    const drafter: Drafter = () => {
      asked += 1;
      if (asked === 2) throw late;
      return { body: ask() };
    };
    await expect(home.ledger.append('alice', w.alice.signer, drafter, asPerson)).rejects.toBe(late);
    expect(asked).toBe(2);
  });

  it('§8.5 a push that moved the branch is a look at the remote, too', async () => {
    const { w, home } = await joined();
    const beforePush = (): Promise<void> => {
      w.clock.time += 7;
      return Promise.resolve();
    };
    const made = await home.ledger.append('alice', w.alice.signer, drafting(ask()), {
      ...asPerson,
      beforePush,
    });
    expect(made.view.fetchedAt).toBe(BEGIN + 7);
    expect((await home.again().ledger.view()).fetchedAt).toBe(BEGIN + 7);
  });

  it('remote-refused: the remote says no though nobody was quicker; it is not asked for ever, and its words are shown', async () => {
    const { w, home } = await joined();
    let pushes = 0;
    w.remote.onPush = () => {
      pushes += 1;
      return { kind: 'refused', words: 'pre-receive hook declined\u001b[31m' };
    };
    const lost: Candidate[] = [];
    const refused = await home.ledger
      .append('alice', w.alice.signer, drafting(ask()), {
        ...asPerson,
        onLost: (each) => Promise.resolve(void lost.push(each)),
      })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'remote-refused',
      message: containing('pre-receive hook declined'),
    });
    expect(String(refused)).not.toContain('\u001b');
    expect(pushes).toBe(2);
    // It could still land on the tip that stands: nothing proves it lost.
    expect(lost).toEqual([]);
  });

  it('remote-unreachable: the remote cannot be reached after an unconfirmed push; it may have landed, and that is said', async () => {
    const { w, home } = await joined();
    w.remote.onPush = ({ land }) => {
      land();
      w.remote.down = true;
      return { kind: 'unknown', words: 'the connection broke' };
    };
    const refused = await write(home, w.alice, ask()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'remote-unreachable', hint: containing('mpa sync') });
    w.remote.down = false;
    expect((await home.ledger.refresh()).state.requests.hot.size).toBe(1);
  });

  it.each([
    ['refused', [38, 1000]],
    ['unknown', [38]],
  ] as const)(
    '%s once, where the branch stood still: whoever holds it gets a second more, who gave no answer does not',
    async (kind, pauses) => {
      const { w, home } = await joined();
      w.remote.onPush = () => {
        w.remote.onPush = null;
        return { kind, words: '' };
      };
      const made = await write(home, w.alice, ask());
      expect(w.remote.branch).toBe(made.commit);
      expect(home.pauses).toEqual(pauses);
    },
  );

  it('inert commits that it had built upon are dropped: it is lost, and written again onto the head', async () => {
    const { w, home } = await joined();
    const head = w.remote.branch;
    w.junk('soon gone');
    const lost: string[] = [];
    w.remote.onPush = () => {
      w.remote.onPush = null;
      w.remote.branch = head;
      return undefined;
    };
    const made = await home.ledger.append('alice', w.alice.signer, drafting(ask()), {
      ...asPerson,
      onLost: ({ commit }) => Promise.resolve(void lost.push(commit)),
    });
    expect(lost).toHaveLength(1);
    expect(lost).not.toContain(made.commit);
    expect(w.remote.branch).toBe(made.commit);
    const bytes = w.remote.objects.get(made.commit)?.bytes ?? new Uint8Array(0);
    expect(Buffer.from(bytes).toString('latin1')).toContain(`\nparent ${head ?? ''}\n`);
  });

  it('damaged: an object that rots while a push is looked for ends it', async () => {
    const { w, home } = await joined();
    const [rival = ''] = await rivals(w, 1);
    const walk = home.store.walk.bind(home.store);
    w.remote.onPush = () => {
      w.remote.branch = rival;
      home.store.walk = async (tip, stop) =>
        home.ledger.last()?.tip.commit === rival
          ? { ok: false, fault: { kind: 'damaged', oid: rival, detail: 'rotten', mend: 'nothing' } }
          : walk(tip, stop);
      return undefined;
    };
    await expect(write(home, w.alice, ask())).rejects.toMatchObject({ code: 'damaged' });
    expect(w.remote.branch).toBe(rival);
  });

  it('a connection that broke during the push is an answer that is lacking, and the push is looked for', async () => {
    const { w, home } = await joined();
    w.remote.onPush = ({ land }) => {
      w.remote.onPush = null;
      land();
      throw new MpaError('remote-unreachable', 'broken');
    };
    const made = await write(home, w.alice, ask());
    expect(w.remote.branch).toBe(made.commit);
  });

  it('§6 not-understood: nothing is written onto a view in which a later protocol is in force', async () => {
    const { w, home } = await joined();
    const policy = { ...policyOf([w.alice, w.bob, w.carol]), protocol: 2 };
    const action = { kind: 'policy', base: w.anchor, policy } as const;
    const change = {
      type: 'request',
      action,
      justification: 'new words',
      approveBy: formatTime(BEGIN + 60),
    } as const;
    const { id } = await write(home, w.alice, change);
    const { view: fresh, commit } = await write(home, w.bob, { type: 'approve', request: id });
    const refused = home.ledger.append('alice', w.alice.signer, drafting(ask()), { ...asPerson, fresh });
    await expect(refused).rejects.toMatchObject({ code: 'not-understood' });
    expect(w.remote.branch).toBe(commit);
    await expect(home.ledger.view()).rejects.toMatchObject({ code: 'not-understood' });
  });

  it('remote-refused: pushes are never answered, though fetches are and show the branch unmoved', async () => {
    const { w, home } = await joined();
    w.remote.onPush = () => ({ kind: 'unknown', words: '' });
    await expect(write(home, w.alice, ask())).rejects.toMatchObject({ code: 'remote-refused' });
  });

  it('remote-unreachable before anything was signed: nothing was written', async () => {
    const { w, home } = await joined();
    w.remote.down = true;
    const before = home.store.objects.size;
    await expect(write(home, w.alice, ask())).rejects.toMatchObject({ code: 'remote-unreachable' });
    expect(home.store.objects.size).toBe(before);
  });

  it('a branch that was deleted is not made again', async () => {
    const { w, home } = await joined();
    const fresh = await home.ledger.refresh();
    w.remote.branch = null;
    const refused = home.ledger.append('alice', w.alice.signer, drafting(ask()), { ...asPerson, fresh });
    await expect(refused).rejects.toMatchObject({ code: 'missing' });
    expect(w.remote.branch).toBeNull();
  });

  it('a fatal case met on the way ends it: nothing is pushed onto a branch that was rewritten', async () => {
    const { w, home } = await joined();
    await write(home, w.alice, ask());
    w.remote.branch = w.first.head.commit;
    const tip = await w.craft(w.bob, { type: 'approve', request: w.anchor });
    await expect(write(home, w.alice, ask())).rejects.toMatchObject({ code: 'rewritten' });
    expect(w.remote.branch).toBe(tip);
  });

  it('ten writers at once: everyone lands, once', async () => {
    const { w } = await joined();
    const homes = Array.from({ length: 5 }, () => w.home());
    const written = await Promise.all(
      homes.flatMap((home, i) => {
        const by = [w.alice, w.bob, w.carol][i % 3] ?? w.alice;
        return [
          write(home, by, ask(['true', `${String(i)}a`])),
          write(home, by, ask(['true', `${String(i)}b`])),
        ];
      }),
    );
    const view = await w.home().ledger.refresh();
    expect([...view.state.requests.keys()].sort()).toEqual(written.map(({ id }) => id).sort());
    expect(view.inert).toEqual([]);
  });
});

describe('what is written', () => {
  it('§4 never the same bytes twice: each event has its own nonce', async () => {
    const { w, home } = await joined();
    const a = await write(home, w.alice, ask());
    const b = await write(home, w.alice, ask());
    const nonce = (commit: string): string => {
      const form = readCommit(w.remote.objects.get(commit)?.bytes ?? new Uint8Array(0), 'sha1');
      const message = form.ok ? parseMessage(form.parts.message) : null;
      return message?.ok === true ? message.event.nonce : '';
    };
    expect(nonce(a.commit)).not.toBe(nonce(b.commit));
  });
});
