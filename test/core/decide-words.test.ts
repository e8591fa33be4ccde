import { describe, expect, it } from 'vitest';
import { decide, naturalRunner, stateOf, type Decision } from '../../src/core/decide.js';
import { REFUSALS, REQUEST_STATES } from '../../src/core/reasons.js';
import {
  COMMAND,
  DAY,
  HOUR,
  Scene,
  T0,
  policy,
  rule,
  type Asking,
  type PolicyParts,
} from './support/scene.js';

/** A ledger that bob endorsed, a request of alice at 2026-01-01 00:02, and what `then` does with both. */
function told(
  then: (scene: Scene, id: string) => void,
  parts: PolicyParts = {},
  asking: Asking = {},
): Decision {
  const scene = Scene.endorsed(policy(parts));
  const id = scene.request('alice', asking);
  then(scene, id);
  return scene.decide(id);
}

const by = (...names: readonly string[]) => [rule({ approvals: [{ count: 2, from: names }] })];

describe('§7 each refusal says why, in words that name who, what and when', () => {
  const rows: readonly [string, () => Decision, string][] = [
    ['unknown-request', () => Scene.endorsed().decide('a'.repeat(64)), 'no authentic request has that id'],
    ['void', () => told(() => undefined, {}, { within: 0 }), 'late: `approveBy` is not after the request'],
    [
      'denied',
      () => told((scene, id) => scene.close('bob', id, 'denied')),
      'by bob at 2026-01-01T00:03:00Z: no longer needed',
    ],
    [
      'withdrawn',
      () => told((scene, id) => scene.close('alice', id, 'withdrawn')),
      'by alice at 2026-01-01T00:03:00Z: no longer needed',
    ],
    [
      'revoked',
      () => told((scene, id) => scene.close('carol', id, 'revoked')),
      'by carol at 2026-01-01T00:03:00Z: no longer needed',
    ],
    [
      'halted',
      () => told((scene) => scene.halt('dave')),
      'everything since 2026-01-01T00:03:00Z by dave: an incident',
    ],
    [
      'halted',
      () => told((scene) => scene.halt('dave', 'alice')),
      'alice since 2026-01-01T00:03:00Z by dave: an incident',
    ],
    [
      'requester-left',
      () => told((scene) => scene.enact('bob', policy({ members: ['bob', 'carol', 'dave'] }), 'carol')),
      'alice is no member',
    ],
    [
      'no-longer-allowed',
      () =>
        told((scene) => scene.enact('bob', policy({ rules: [rule({ match: { access: '*' } })] }), 'carol')),
      'no-rule: no rule of the policy in force covers it',
    ],
    [
      'no-longer-allowed',
      () =>
        told((scene) => scene.enact('bob', policy({ rules: [rule({ ticket: { pattern: '*' } })] }), 'carol')),
      'bad-ticket: a ticket is compulsory',
    ],
    [
      'pending',
      () => told(() => undefined, { rules: by('bob', 'carol', 'dave') }),
      'missing 2 of bob or carol or dave; could come from bob, carol, dave',
    ],
    [
      'pending',
      () =>
        told(() => undefined, {
          rules: [
            rule({
              approvals: [
                { count: 1, from: ['bob'] },
                { count: 1, from: ['carol'] },
              ],
            }),
          ],
        }),
      'missing 1 of bob, and 1 of carol; could come from bob, carol',
    ],
    [
      'too-early',
      () => told((scene, id) => scene.approve('bob', id), {}, { notBefore: T0 + HOUR }),
      'not before 2026-01-01T01:00:00Z',
    ],
  ];
  it.each(rows)('%s', (reason, decision, detail) => {
    expect(decision()).toMatchObject({ authorised: false, reason, detail });
  });

  it('pending where nobody is left who could give what is missing', () => {
    const scene = Scene.endorsed(policy({ rules: [rule({ approvals: [{ count: 1, from: ['bob'] }] })] }));
    const id = scene.request('alice');
    scene.halt('bob', 'bob');
    scene.approve('bob', id);
    expect(scene.decide(id).checks.find(({ name }) => name === 'pending')).toEqual({
      name: 'pending',
      ok: false,
      detail: 'missing 1 of bob; could come from bob',
    });
    const left = {
      members: ['alice', 'carol', 'dave'],
      rules: [rule({ approvals: [{ count: 2, from: ['everyone'] }] })],
    };
    scene.enact('alice', policy(left), 'carol');
    scene.approve('carol', id);
    scene.approve('dave', id);
    expect(scene.decide(id).detail).toBe('missing 1 of bob; could come from nobody who is left');
  });

  it('a check that passed says nothing', () => {
    const { checks, detail } = told((scene, id) => scene.approve('bob', id));
    expect(checks.map((check) => check.detail)).toEqual(REFUSALS.map(() => ''));
    expect(detail).toBe('every check passed');
  });

  it('of a request that nobody knows only the first two checks are made', () => {
    const known = new Scene();
    expect(known.decide('a'.repeat(64)).checks).toEqual([
      { name: 'unknown-request', ok: false, detail: 'no authentic request has that id' },
      { name: 'unendorsed', ok: false, detail: 'the first policy still lacks its second signature' },
    ]);
  });

  it('a policy in force is applied, and neither stale nor anything else that a change would be by now', () => {
    const scene = Scene.endorsed();
    const id = scene.enact('alice', policy());
    scene.enact('alice', policy());
    const failed = scene.decide(id).checks.filter(({ ok }) => !ok);
    expect(failed).toEqual([{ name: 'applied', ok: false, detail: 'in force since 2026-01-01T00:03:00Z' }]);
  });

  it('written at head, times aside: a limit or an `approveBy` that has become too far off is not held against it', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice', { within: DAY });
    scene.approve('bob', id);
    scene.enact('bob', policy({ rules: [rule({ maxPending: HOUR, maxDuration: 60 })] }), 'carol');
    expect(
      scene
        .decide(id)
        .checks.filter(({ ok }) => !ok)
        .map(({ name }) => name),
    ).toEqual(['expired']);
  });
});

describe('§7 the natural runner and the names of states', () => {
  it('is the executor that a command names, else who asked, whatever the kind', () => {
    const scene = Scene.endorsed(policy({ executors: ['runner-1'] }));
    const runnerOf = (asking: Asking): string =>
      naturalRunner(scene.get(scene.request('alice', asking))).handle;
    expect(runnerOf({})).toBe('alice');
    expect(runnerOf({ action: { kind: 'command', argv: ['x'], executor: 'runner-1' } })).toBe('runner-1');
    expect(runnerOf({ action: { kind: 'access', resource: 'ssh/x' } })).toBe('alice');
    const change = scene.propose('bob', policy());
    expect(naturalRunner(scene.get(change))).toEqual({ handle: 'bob', material: null });
  });

  it('an `executor` in an action of another kind names no runner', () => {
    const scene = Scene.endorsed(policy({ executors: ['runner-1'] }));
    // No schema lets this through.
    const action = { kind: 'access', resource: 'ssh/x', executor: 'runner-1' } as const;
    const id = scene.request('alice', { action });
    scene.approve('bob', id);
    const asked = (handle: string): string | null =>
      decide(scene.state, id, { handle, material: null }, { kind: 'as-approved', host: null }, scene.now)
        .reason;
    expect([asked('alice'), asked('runner-1')]).toEqual([null, 'wrong-runner']);
    expect(naturalRunner(scene.get(id)).handle).toBe('alice');
  });

  it('each refusal stands for one state', () => {
    const named = REFUSALS.map((reason) => [
      reason,
      stateOf({ authorised: false, reason, detail: '', checks: [] }),
    ]);
    expect(Object.fromEntries(named)).toEqual({
      'unknown-request': 'void',
      unendorsed: 'void',
      void: 'void',
      denied: 'denied',
      withdrawn: 'withdrawn',
      revoked: 'revoked',
      applied: 'applied',
      halted: 'halted',
      'requester-left': 'void',
      'no-longer-allowed': 'void',
      used: 'used',
      expired: 'expired',
      pending: 'pending',
      'too-early': 'scheduled',
      'wrong-runner': 'void',
      mismatch: 'void',
    });
    expect(stateOf({ authorised: true, reason: null, detail: '', checks: [] })).toBe('approved');
    for (const [, state] of named) expect(REQUEST_STATES).toContain(state);
  });
});

it('an event of a request carries what the fold decides by: the command as approved', () => {
  const scene = Scene.endorsed();
  expect(scene.get(scene.request('alice')).event.action).toEqual(COMMAND);
});
