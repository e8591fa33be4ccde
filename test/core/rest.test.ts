import { describe, expect, it } from 'vitest';
import { CLOCK_SLACK } from '../../src/core/authentic.js';
import { Book } from '../../src/core/book.js';
import { Requests } from '../../src/core/requests.js';
import { isAtRest, liveRequests, policiesInOrder } from '../../src/core/rest.js';
import { filtered } from '../../src/workflows/list.js';
import { DAY, HOUR, policy, rule, Scene } from './support/scene.js';

/** Makes time pass in the ledger itself. */
function until(scene: Scene, at: number): void {
  scene.put('dave', { type: 'halt', who: 'dave', reason: 'time passes' }, { at });
}

const rested = (scene: Scene, id: string): boolean => isAtRest(scene.state, scene.get(id));

describe('a request is at rest', () => {
  it('from the start where it is void, and once it is closed', () => {
    const scene = Scene.endorsed();
    const invalid = scene.request('alice', { duration: 9 * HOUR });
    const denied = scene.request('alice');
    expect([rested(scene, invalid), rested(scene, denied)]).toEqual([true, false]);
    scene.close('bob', denied, 'denied');
    expect(rested(scene, denied)).toBe(true);
  });

  it('once its uses are spent, unless one is given back; not while only the policy in force allows no more', () => {
    const scene = Scene.endorsed(policy({ rules: [rule({ maxUses: 3 })] }));
    const id = scene.request('alice', { uses: 2 });
    scene.approve('bob', id);
    const run = scene.start('alice', id);
    scene.enact('alice', policy({ rules: [rule({ maxUses: 1 })] }));
    expect([scene.verdict(id), rested(scene, id)]).toEqual(['used', false]);
    scene.enact('alice', policy({ rules: [rule({ maxUses: 3 })] }));
    scene.start('alice', id);
    expect([scene.verdict(id), rested(scene, id)]).toEqual(['used', true]);
    scene.finish('alice', run, { failed: 'not-spawned' });
    expect([scene.verdict(id), rested(scene, id)]).toEqual(['authorised', false]);
  });

  it('when its time is over for every clock that can read the ledger: pending, or a window', () => {
    const scene = Scene.endorsed();
    const pending = scene.request('alice', { within: HOUR });
    const late = scene.now + HOUR + CLOCK_SLACK;
    const granted = scene.request('alice', { duration: 2 * HOUR, within: HOUR });
    scene.approve('bob', granted);
    const ended = scene.now + 2 * HOUR + CLOCK_SLACK;
    const access = scene.request('alice', { action: { kind: 'access', resource: 'ssh' }, within: DAY });
    until(scene, late - 1);
    expect([rested(scene, pending), rested(scene, granted)]).toEqual([false, false]);
    until(scene, late);
    expect([rested(scene, pending), rested(scene, granted)]).toEqual([true, false]);
    until(scene, ended - 1);
    expect(rested(scene, granted)).toBe(false);
    until(scene, ended);
    expect([rested(scene, granted), rested(scene, access)]).toEqual([true, false]);
  });

  it('where it is for access: with its window, however often it was used', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice', { action: { kind: 'access', resource: 'ssh' }, duration: HOUR });
    scene.approve('bob', id);
    const ended = scene.now + HOUR + CLOCK_SLACK;
    for (let i = 0; i < 3; i += 1) scene.start('alice', id);
    until(scene, ended - 1);
    expect(rested(scene, id)).toBe(false);
    until(scene, ended);
    expect(rested(scene, id)).toBe(true);
  });

  it('where it proposes a policy: once another is in force, or it is too late to approve it', () => {
    const scene = Scene.endorsed();
    const first = scene.propose('alice', policy({ rules: [rule({ maxUses: 2 })] }));
    const short = scene.propose('bob', policy({ rules: [rule({ maxUses: 3 })] }), { within: HOUR });
    expect([first, short].map((id) => rested(scene, id))).toEqual([false, false]);
    until(scene, scene.now + HOUR + CLOCK_SLACK);
    expect([first, short].map((id) => rested(scene, id))).toEqual([false, true]);
    scene.enact('bob', policy({ rules: [rule({ maxUses: 4 })] }), 'alice');
    expect(rested(scene, first)).toBe(true);
    expect(liveRequests(scene.state)).toEqual([]);
  });

  it('what is live, and every policy, stands in the order of the chain, however it is held', () => {
    const scene = Scene.endorsed();
    const { anchor } = scene.state;
    const open = [scene.request('alice'), scene.request('bob')];
    const next = [1, 2].map((maxUses) => scene.enact('alice', policy({ rules: [rule({ maxUses })] })));
    const state = {
      ...scene.state,
      policies: new Book([...scene.state.policies.hot].reverse()),
      requests: new Requests([...scene.state.requests.hot].reverse()),
    };
    expect(policiesInOrder(state).map(({ id }) => id)).toEqual([anchor, ...next]);
    expect(liveRequests(state).map(({ id }) => id)).toEqual(open);
  });

  it('under a halt too: a list shows what could be resumed, and with --all everything', () => {
    const scene = Scene.endorsed();
    const spent = scene.request('alice');
    scene.approve('bob', spent);
    scene.start('alice', spent);
    const open = scene.request('alice');
    scene.halt('carol');
    expect([scene.stateName(spent), scene.stateName(open)]).toEqual(['halted', 'halted']);
    const list = (all: boolean): string[] =>
      filtered(scene.state, { pending: false, mine: false, forMe: false, all }, 'bob', scene.now).map(
        ({ id }) => id,
      );
    expect(list(false)).toEqual([open]);
    expect(list(true)).toEqual([open, spent]);
  });
});
