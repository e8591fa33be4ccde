import { describe, expect, it } from 'vitest';
import { keysOf, inForce, quorum, writtenQuorum } from '../../src/core/counting.js';
import type { Clause } from '../../src/core/policy-document.js';
import { HOUR, Scene, policy, rule } from './support/scene.js';

const TWICE = [rule({ approvals: [{ count: 2, from: ['everyone'] }] })];
const ALL = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;
const but = (...gone: readonly string[]): string[] => ALL.filter((handle) => !gone.includes(handle));

function scene(): Scene {
  return Scene.endorsed(policy({ members: [...ALL], rules: TWICE }));
}

describe('§7 counting, at its edges', () => {
  it('2: what lapsed stays so, where the same change lists that key again and has another approval lapse', () => {
    const ledger = scene();
    const id = ledger.request('alice');
    ledger.approve('bob', id);
    ledger.approve('carol', id);
    ledger.enact('dave', policy({ members: but('bob'), rules: TWICE }), 'erin');
    ledger.enact('dave', policy({ members: but('carol'), rules: TWICE }), 'erin');
    expect(ledger.get(id).approvals.map(({ lapsed }) => lapsed)).toEqual([true, true]);
    ledger.approve('erin', id);
    expect(ledger.verdict(id)).toBe('pending');
  });

  it('2: an approval that was given after the key was listed again outlives the next change', () => {
    const ledger = scene();
    const id = ledger.request('alice');
    ledger.enact('dave', policy({ members: but('bob'), rules: TWICE }), 'erin');
    ledger.enact('dave', policy({ members: [...ALL], rules: TWICE }), 'erin');
    ledger.approve('bob', id);
    ledger.enact('dave', policy({ members: but('carol'), rules: TWICE }), 'erin');
    expect(ledger.get(id).approvals.map(({ lapsed }) => lapsed)).toEqual([false]);
  });

  it('2: what is over keeps its approvals as they were', () => {
    const ledger = scene();
    const id = ledger.request('alice');
    ledger.approve('bob', id);
    ledger.close('carol', id, 'denied');
    ledger.enact('dave', policy({ members: but('bob'), rules: TWICE }), 'erin');
    expect(ledger.get(id).approvals.map(({ lapsed }) => lapsed)).toEqual([false]);
  });

  it('4: an approval that has lapsed still makes the quorum time, and opens nothing', () => {
    const ledger = scene();
    const id = ledger.request('alice', { duration: HOUR });
    ledger.approve('bob', id);
    ledger.enact('dave', policy({ members: but('bob'), rules: TWICE }), 'erin');
    ledger.approve('carol', id);
    const quorumAt = ledger.now;
    expect([ledger.get(id).quorumAt, ledger.verdict(id)]).toEqual([quorumAt, 'pending']);
    ledger.approve('dave', id, { time: quorumAt + 600 });
    expect([ledger.get(id).quorumAt, ledger.verdict(id)]).toEqual([quorumAt, 'authorised']);
    expect(ledger.verdict(id, { now: quorumAt + HOUR })).toBe('expired');
  });

  it('7: a use comes back once for a request, however many runs fail before and after one that did not', () => {
    const ledger = Scene.endorsed();
    const id = ledger.request('alice', { uses: 3 });
    ledger.approve('bob', id);
    for (const exit of [{ failed: 'not-found' }, { code: 0 }, { failed: 'not-found' }, { code: 0 }])
      ledger.finish('alice', ledger.start('alice', id), exit);
    expect([ledger.get(id).runs.length, ledger.get(id).spent, ledger.verdict(id)]).toEqual([4, 3, 'used']);
    ledger.start('alice', id);
    expect(ledger.last?.reason).toBe('not-authorised');
  });

  it('§6 what another change has outrun is void by the approval that completes it, and not before', () => {
    const changes = [{ count: 2, from: ['everyone'] }];
    const ledger = new Scene(policy({ members: [...ALL], changes }));
    for (const who of ['bob', 'carol']) ledger.approve(who, ledger.state.anchor);
    const [one, two] = [ledger.propose('alice', policy({ changes })), ledger.propose('bob', policy())];
    for (const who of ['carol', 'dave']) ledger.approve(who, one);
    expect(ledger.state.current).toBe(one);
    ledger.approve('carol', two);
    expect([ledger.last, ledger.get(two).void]).toEqual([null, null]);
    ledger.approve('dave', two);
    expect(ledger.get(two).void?.reason).toBe('stale');
    expect(ledger.state.current).toBe(one);
  });

  it('§6 whoever closes an endorsed genesis, and however: closed', () => {
    const ledger = Scene.endorsed();
    for (const [who, as] of [
      ['bob', 'denied'],
      ['bob', 'withdrawn'],
      ['alice', 'revoked'],
    ] as const) {
      ledger.close(who, ledger.state.anchor, as);
      expect(ledger.last?.reason).toBe('closed');
    }
  });

  it('7: a start is judged with the key that signed it, in the fold too', () => {
    const ledger = Scene.endorsed();
    const id = ledger.request('alice');
    ledger.approve('bob', id);
    ledger.start('alice', id, { key: 'mallory' });
    expect([ledger.last?.reason, ledger.get(id).spent]).toEqual(['not-authorised', 0]);
  });

  it('2: who is named by a rule alone, and not by `changes`, cannot approve a change of policy', () => {
    const ledger = new Scene(
      policy({
        rules: [rule({ approvals: [{ count: 1, from: ['bob'] }] })],
        changes: [{ count: 1, from: ['carol', 'alice'] }],
      }),
    );
    ledger.approve('carol', ledger.state.anchor);
    const id = ledger.propose('alice', policy());
    ledger.approve('bob', id);
    expect(ledger.last?.reason).toBe('not-eligible');
    ledger.approve('carol', id);
    expect([ledger.last, ledger.state.current]).toEqual([null, id]);
  });

  it('1: what is missing is listed once where both rules ask for the very same, and twice where not; who could give it by name', () => {
    const asking = (count: number, ...from: string[]): Clause => ({ count, from });
    const lacking = (written: Clause, now: Clause): unknown => {
      const by = (clause: Clause) =>
        policy({
          members: [...ALL].reverse(),
          rules: [rule({ requesters: ['alice'], approvals: [clause] })],
        });
      const ledger = Scene.endorsed(by(written));
      const id = ledger.request('alice');
      ledger.enact('alice', by(now));
      const { missing, candidates, met } = quorum(ledger.state, ledger.get(id), ledger.now);
      expect(met).toBe(false);
      return [missing, candidates];
    };
    const two = asking(1, 'carol', 'bob');
    expect(lacking(two, two)).toEqual([[two], ['bob', 'carol']]);
    for (const [other, candidates] of [
      [asking(2, 'carol', 'bob'), ['bob', 'carol']],
      [asking(1, 'carol', 'dave'), ['bob', 'carol', 'dave']],
      [asking(1, 'erin', 'bob'), ['bob', 'carol', 'erin']],
      [asking(1, 'carol', 'bob', 'dave'), ['bob', 'carol', 'dave']],
    ] as const) {
      expect(lacking(two, other)).toEqual([[two, other], candidates]);
      expect(lacking(other, two)).toEqual([[other, two], candidates]);
    }
  });

  it('a request that no rule covered asks for nobody, and has no quorum', () => {
    const ledger = Scene.endorsed(policy({ rules: [rule({ match: { access: '*' } })] }));
    expect(writtenQuorum(ledger.state, ledger.get(ledger.request('alice')))).toBe(false);
  });

  it('a handle that the policy does not name has no keys', () => {
    const ledger = Scene.endorsed();
    expect(keysOf(inForce(ledger.state), 'bob')).toHaveLength(1);
    expect(keysOf(inForce(ledger.state), 'mallory')).toEqual([]);
  });
});
