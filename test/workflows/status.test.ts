import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/workflows/findings.js';
import { examine } from '../../src/workflows/doctor.js';
import type { Claim } from '../../src/ledger/spent.js';
import { status } from '../../src/workflows/status.js';
import { accept, sync, vanishing } from '../../src/workflows/sync.js';
import {
  ask,
  BEGIN,
  KEYS_MADE,
  memberOf,
  newcomer,
  people,
  policyOf,
  world,
  write,
  type Someone,
} from '../ledger/world.js';
import { openKeystore } from '../../src/signing/keystore.js';
import { place } from '../support/places.js';
import { codeOf, desk } from './desk.js';

const DAY = 86_400;

function words(findings: readonly Finding[]): string[] {
  return findings.map(({ what, level }) => `${level} ${what}`);
}

describe('status', () => {
  it('of a good ledger has no problems, and names what waits for whom', async () => {
    const all = await world();
    const { id } = await write(all.home(), all.alice, ask());
    const bob = await status(desk(all, all.bob).ws, false);
    expect(bob).toMatchObject({ endorsed: true, toEndorse: false, problems: [], mine: [] });
    expect(bob.waiting.map((record) => record.id)).toEqual([id]);
    const alice = await status(desk(all, all.alice).ws, false);
    expect(alice.waiting).toEqual([]);
    expect(alice.mine.map((record) => record.id)).toEqual([id]);
  });

  it('§6 asks for the endorsement of whoever may give it, and of nobody else', async () => {
    const all = await world({ endorsed: false, policy: { changes: [{ count: 1, from: ['bob', 'alice'] }] } });
    const toEndorse = async (who: Parameters<typeof desk>[1]): Promise<boolean> =>
      (await status(desk(all, who).ws, false)).toEndorse;
    expect(await toEndorse(all.bob)).toBe(true);
    expect(await toEndorse(all.alice)).toBe(false);
    expect(await toEndorse(all.carol)).toBe(false);
    expect(await toEndorse(null)).toBe(false);
    const { problems } = await status(desk(all, all.carol).ws, false);
    expect(problems).toMatchObject([{ what: 'endorsement', level: 'bad', code: 'unendorsed' }]);
  });

  it('speaks of a reader, a halt, inert commits and a clock that is behind', async () => {
    const all = await world();
    await write(all.home(), all.bob, { type: 'halt', reason: 'stop' });
    all.junk('hello');
    const { ws } = desk(all, null);
    all.clock.time = BEGIN - 300;
    expect(words((await status(ws, false)).problems)).toEqual([
      'warn identity',
      'warn clock',
      'bad halt',
      'warn inert commit',
    ]);
  });

  it('shows what is here where the remote is down, or when told to', async () => {
    const all = await world();
    const { ws } = desk(all, all.alice);
    const { head } = await ws.ledger.refresh();
    await write(all.home(), all.bob, ask());
    expect((await status(ws, true)).view.head).toEqual(head);
    all.remote.down = true;
    const { view, problems } = await status(ws, false);
    expect(view.head).toEqual(head);
    expect(problems).toMatchObject([{ what: 'remote', level: 'warn', code: 'remote-unreachable' }]);
  });

  it('is fatal where the ledger cannot be trusted', async () => {
    const all = await world();
    const { ws } = desk(all, all.alice);
    await ws.ledger.refresh();
    await write(all.home(), all.bob, ask());
    all.clock.time = BEGIN - 2000;
    expect(await codeOf(status(ws, false))).toBe('future');
  });
});

/** Somebody whose key lives so many seconds from KEYS_MADE, a day before ledgers begin. */
async function mortal(handle: string, expires: number): Promise<Someone> {
  const [name, email] = [`${handle} Example`, `${handle}@example.org`];
  const keys = openKeystore(place());
  const { fingerprint } = await keys.generate({ name, email, passphrase: null, expires, now: KEYS_MADE });
  const signer = await keys.signer(fingerprint, () => Promise.resolve(''));
  return { handle, name, email, public: await keys.exportPublic(fingerprint), signer };
}

describe('a key', () => {
  /** A ledger where dave's key expires `days` after it begins. */
  async function withDave(days: number) {
    const dave = await mortal('dave', (days + 1) * DAY);
    const { alice, bob, carol } = await people();
    const members = { ...policyOf([alice, bob, carol]).members, dave: memberOf(dave) };
    return { dave, all: await world({ policy: { members } }) };
  }

  it.each([
    [31, []],
    [29, ['warn key expiry']],
    [0, ['bad identity']],
  ])('that expires in %d days is: %j', async (days, expected) => {
    const { dave, all } = await withDave(days);
    expect(words((await status(desk(all, dave).ws, false)).problems)).toEqual(expected);
  });

  it('that the policy does not list is found', async () => {
    const all = await world();
    const dave = { ...(await newcomer('dave')), handle: 'alice' };
    expect((await status(desk(all, dave).ws, false)).problems).toMatchObject([
      { what: 'identity', code: 'no-key' },
    ]);
  });
});

describe('doctor', () => {
  it('finds a good ledger good', async () => {
    const all = await world();
    const { ws } = desk(all, all.alice);
    await ws.ledger.refresh();
    const findings = await examine(ws);
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(findings.map(({ what }) => what)).toEqual([
      'clone',
      'remote',
      'endorsement',
      'identity',
      'clock',
      'uses',
    ]);
  });

  it('goes on where the ledger cannot be trusted, and says which case it is', async () => {
    const all = await world();
    const { ws } = desk(all, all.alice);
    await ws.ledger.refresh();
    await write(all.home(), all.bob, ask());
    all.clock.time = BEGIN - 2000;
    const findings = await examine(ws);
    expect(findings.find(({ what }) => what === 'remote')).toMatchObject({ level: 'bad', code: 'future' });
    expect(findings.at(-1)).toMatchObject({ what: 'uses', level: 'ok' });
  });
});

describe('§8.4 what the doctor says of a use that was claimed here', () => {
  const finish = { exit: { code: 0 }, millis: 5 } as const;

  it.each<[string, Pick<Claim, 'stage' | 'finish'>, RegExp, RegExp]>([
    [
      'whose push was not confirmed',
      { stage: 'claimed', finish: null },
      /open whether its start landed/,
      /^mpa exec a{12} /,
    ],
    ['that may run', { stage: 'spawning', finish: null }, /under way, or died/, /^mpa sync tells which$/],
    ['whose end waits to be pushed', { stage: 'finished', finish }, /ended is kept here/, /^mpa sync$/],
  ])(
    '%s: which request it is of, and the command that goes on from there',
    async (_, state, detail, mend) => {
      const all = await world();
      const { ws } = desk(all, all.alice);
      const names = {
        start: 'b'.repeat(64),
        request: 'a'.repeat(64),
        commit: 'c'.repeat(40),
        parent: 'd'.repeat(40),
      };
      await ws.spent.claim({ ...names, actor: 'alice', at: BEGIN, settled: null, ...state });
      const found = (await examine(ws)).filter(({ what }) => what === 'uses');
      expect(found).toMatchObject([{ level: 'warn', code: null }]);
      expect(found[0]?.detail).toMatch(/a run of a{12} /);
      expect(found[0]?.detail).toMatch(detail);
      expect(found[0]?.mend).toMatch(mend);
    },
  );
});

describe('sync', () => {
  it('moves the head', async () => {
    const all = await world();
    const { ws } = desk(all, all.alice);
    const { commit } = await write(all.home(), all.bob, ask());
    expect(await sync(ws)).toMatchObject({ view: { head: { commit } }, waiting: 0 });
  });

  it('§2.6 has nothing to accept where the branch holds the verified head', async () => {
    const all = await world();
    const { ws } = desk(all, all.alice);
    await ws.ledger.refresh();
    const { commit } = await write(all.home(), all.bob, ask());
    expect(await vanishing(ws, commit)).toBeNull();
    expect(await codeOf(vanishing(ws, commit.slice(0, 12)))).toBe('full-id-needed');
  });

  it('§2.6 shows what would vanish, and moves only to the head that was typed', async () => {
    const all = await world();
    const { ws } = desk(all, all.alice);
    const before = (await ws.ledger.refresh()).head.commit;
    const { id } = await write(all.home(), all.bob, ask());
    await ws.ledger.refresh();
    all.remote.branch = before;
    expect(await codeOf(sync(ws))).toBe('rewritten');
    expect((await vanishing(ws, before))?.map((item) => item.id)).toEqual([id]);
    expect(await codeOf(accept(ws, '0'.repeat(before.length)))).toBe('unknown-id');
    expect(await codeOf(sync(ws))).toBe('rewritten');
    expect((await accept(ws, before)).head.commit).toBe(before);
    expect((await sync(ws)).view.head.commit).toBe(before);
  });
});
