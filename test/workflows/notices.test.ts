import { describe, expect, it } from 'vitest';
import { haltNotices, keyNotices } from '../../src/workflows/findings.js';
import { examine } from '../../src/workflows/doctor.js';
import { DAY, policy, Scene, T0 } from '../core/support/scene.js';
import { people, policyOf, world } from '../ledger/world.js';
import { desk } from './desk.js';

const ME = { handle: 'alice', fingerprint: 'ALICE'.padEnd(40, '0') };

/** A policy whose people's keys end as given, in days from the founding. */
function ending(
  ends: Readonly<Record<string, readonly (number | null)[]>>,
  executors: readonly string[] = [],
) {
  const parties = (names: readonly string[]): [string, ...string[]][] =>
    names.map((handle) => [
      handle,
      ...(ends[handle] ?? [null]).map(
        (days, i) =>
          `cert:${handle}${i === 0 ? '' : String(i)}${days === null ? '' : `:${String(T0 + days * DAY)}`}`,
      ),
    ]);
  return policy({ members: parties(['alice', 'bob', 'carol']), executors: parties(executors) });
}

function told(
  state: Scene['state'],
  now: number,
  me: { handle: string | null; fingerprint: string | null } = ME,
): string[] {
  return keyNotices(me, { state }, now).map(({ detail, mend }) => `${detail} | ${mend ?? ''}`);
}

describe('keys that end', () => {
  it.each([
    [31, 0],
    [30, 1],
    [1, 1],
    [0, 1],
    [-1, 1],
  ])('in %d days are spoken of %d times', (days, times) => {
    const { state } = new Scene(ending({ bob: [days] }));
    expect(told(state, T0)).toHaveLength(times);
  });

  it('of others: who and when, and what they type', () => {
    const { state } = new Scene(ending({ bob: [10], carol: [-2] }));
    const [bob = '', carol = ''] = told(state, T0);
    expect(bob).toContain('the key of bob expires on 2026-01-11 00:00:00 UTC');
    expect(bob).toContain('bob types: mpa key renew');
    expect(carol).toContain('the key of carol expired on 2025-12-30 00:00:00 UTC');
    expect(carol).toContain('mpa member rotate carol --key FILE');
  });

  it('of this person: to be renewed, and once expired to be proposed by another', () => {
    const soon = told(new Scene(ending({ alice: [10] })).state, T0);
    expect(soon).toEqual([expect.stringMatching(/^your key expires on .* \| mpa key renew$/)]);
    const [gone = ''] = told(new Scene(ending({ alice: [10] })).state, T0 + 11 * DAY);
    expect(gone).toContain('your key expired');
    expect(gone).toContain('another member proposes what it makes: mpa member rotate alice --key FILE');
  });

  it('beside one that lasts, are no matter to others, and to their holder only where they are in use', () => {
    const { state } = new Scene(ending({ alice: [10, null], bob: [10, null] }));
    expect(told(state, T0)).toHaveLength(1);
    expect(told(state, T0, { handle: 'alice', fingerprint: 'ALICE1'.padEnd(40, '0') })).toEqual([]);
    expect(told(state, T0, { handle: 'bob', fingerprint: 'BOB1'.padEnd(40, '0') })).toEqual([]);
  });

  it('of executors are spoken of too, and to a reader', () => {
    const { state } = new Scene(ending({ runner: [10] }, ['runner']));
    expect(told(state, T0, { handle: null, fingerprint: null })).toEqual([
      expect.stringContaining('mpa executor rotate runner --key FILE'),
    ]);
  });
});

describe('halts', () => {
  const mends = (scene: Scene, now = scene.now): (string | null)[] =>
    haltNotices({ state: scene.state }, now).map(({ mend }) => mend);

  it('name who, what, since when and why, and what lifts them', () => {
    const scene = Scene.endorsed();
    scene.halt('alice');
    const [notice] = haltNotices({ state: scene.state }, scene.now);
    expect(notice).toMatchObject({ what: 'halt', level: 'bad', code: 'halted' });
    expect(notice?.detail).toBe('alice has halted everything at 2026-01-01 00:02:00 UTC: an incident');
    expect(notice?.mend).toContain('mpa resume -m REASON');
  });

  it('of one handle name its rotation, its removal and the false alarm', () => {
    const scene = Scene.endorsed(policy({ executors: ['runner'] }));
    scene.halt('alice', 'bob');
    scene.halt('alice', 'runner');
    const [bob = '', runner = ''] = mends(scene);
    for (const line of ['mpa member rotate bob --key FILE', 'mpa member remove bob', 'mpa resume'])
      expect(bob).toContain(line);
    for (const line of ['mpa executor rotate runner --key FILE', 'mpa executor remove runner'])
      expect(runner).toContain(line);
  });

  it('say approve, and who can, where a change that would lift them waits', () => {
    const scene = Scene.endorsed();
    scene.halt('alice');
    const id = scene.propose('bob', policy());
    const [mend = ''] = mends(scene);
    expect(mend).toContain(`mpa approve ${id.slice(0, 12)}`);
    expect(mend).toContain('alice, carol, dave');
    expect(mend).not.toContain('resume');
  });

  it.each<[string, (scene: Scene) => void]>([
    [
      'older than the halt',
      (scene) => {
        scene.propose('bob', policy());
        scene.halt('alice');
      },
    ],
    [
      'withdrawn',
      (scene) => {
        scene.halt('alice');
        scene.close('bob', scene.propose('bob', policy()), 'withdrawn');
      },
    ],
    [
      'expired',
      (scene) => {
        scene.halt('alice');
        scene.propose('bob', policy(), { within: 60 });
        scene.now += DAY;
      },
    ],
    [
      'a command',
      (scene) => {
        scene.halt('alice');
        scene.request('bob');
      },
    ],
  ])('say resume where what waits is %s', (_, play) => {
    const scene = Scene.endorsed();
    play(scene);
    expect(mends(scene)).toEqual([expect.stringContaining('mpa resume')]);
  });

  it('are gone when it is in force', () => {
    const scene = Scene.endorsed();
    scene.halt('alice');
    scene.approve('carol', scene.propose('bob', policy()));
    expect(mends(scene)).toEqual([]);
  });
});

describe('doctor', () => {
  it('says that the loss of one key would be the end, as long as that is true', async () => {
    const { alice, bob, carol } = await people();
    const two = await world({ policy: { members: policyOf([alice, bob]).members } });
    const told = async (all: typeof two): Promise<string[]> =>
      (await examine(desk(all, all.alice).ws))
        .filter(({ what }) => what === 'recovery')
        .map(({ detail }) => detail);
    expect(await told(two)).toEqual([expect.stringContaining('if alice or bob loses their key')]);
    expect(await told(await world({ policy: { members: policyOf([alice, bob, carol]).members } }))).toEqual(
      [],
    );
  });
});
