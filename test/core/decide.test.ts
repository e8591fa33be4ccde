import { describe, expect, it } from 'vitest';
import type { CommandAction } from '../../src/core/action.js';
import { limits, quorum, windowOf } from '../../src/core/counting.js';
import type { CommandToRun } from '../../src/core/mismatch.js';
import { REFUSALS } from '../../src/core/reasons.js';
import {
  COMMAND,
  DAY,
  HOUR,
  Scene,
  T0,
  policy,
  record,
  rule,
  type Asking,
  type PolicyParts,
} from './support/scene.js';

function granted(parts: PolicyParts = {}, asking: Asking = {}): { scene: Scene; id: string } {
  const scene = Scene.endorsed(policy(parts));
  const id = scene.request('alice', asking);
  if (scene.last !== null) throw new Error(`${scene.last.reason}: ${scene.last.detail}`);
  scene.approve('bob', id);
  return { scene, id };
}

describe('§7 decide', () => {
  it('authorises a request with its quorum inside its window, and lists every check', () => {
    const { scene, id } = granted();
    const decision = scene.decide(id);
    expect(decision).toMatchObject({ authorised: true, reason: null });
    expect(decision.checks.map((check) => check.name)).toEqual([...REFUSALS]);
    expect(decision.checks.every((check) => check.ok)).toBe(true);
  });

  it('unknown-request: no authentic request has that id', () => {
    expect(granted().scene.verdict('a'.repeat(64))).toBe('unknown-request');
    expect(granted().scene.verdict('constructor')).toBe('unknown-request');
  });

  it('requester-left: the requester is no member', () => {
    const { scene, id } = granted();
    scene.enact('bob', policy({ members: ['bob', 'carol', 'dave'] }), 'carol');
    expect(scene.verdict(id)).toBe('requester-left');
    expect(scene.stateName(id)).toBe('void');
  });

  it('requester-left: the key that signed is not listed', () => {
    const { scene, id } = granted();
    scene.enact('bob', policy({ members: [['alice', 'cert:alice2'], 'bob', 'carol', 'dave'] }), 'carol');
    expect(scene.verdict(id)).toBe('requester-left');
  });

  it('requester-left: the key that signed has expired, at the very second', () => {
    const expires = T0 + HOUR / 2;
    const { scene, id } = granted({ members: [['alice', `cert:alice:${expires}`], 'bob', 'carol'] });
    expect(scene.verdict(id, { now: expires - 1 })).toBe('authorised');
    expect(scene.verdict(id, { now: expires })).toBe('requester-left');
  });

  it('requester-left: the key that signed was revoked', () => {
    const { scene, id } = granted();
    scene.enact(
      'bob',
      policy({ members: [['alice', 'cert:alice:revoked'], 'bob', 'carol', 'dave'] }),
      'carol',
    );
    expect(scene.verdict(id)).toBe('requester-left');
  });

  it.each([
    ['no rule covers it', { rules: [rule({ match: { access: '*' } })] }],
    ['alice may no longer ask', { rules: [rule({ requesters: ['bob', 'carol'] })] }],
    ['a longer justification is asked', { rules: [rule({ justification: { minLength: 200 } })] }],
    ['a ticket is asked', { rules: [rule({ ticket: { pattern: '*' } })] }],
    ['pins are asked', { rules: [rule({ pins: ['*.sql'] })] }],
    ['an executor is asked', { executors: ['runner-1'], rules: [rule({ executors: ['runner-1'] })] }],
  ])('no-longer-allowed: %s', (_, parts) => {
    const { scene, id } = granted();
    scene.enact('bob', policy(parts), 'carol');
    expect(scene.verdict(id)).toBe('no-longer-allowed');
    expect(scene.stateName(id)).toBe('void');
  });

  it('no-longer-allowed: its executor is unknown now', () => {
    const action: CommandAction = { kind: 'command', argv: ['deploy'], executor: 'runner-1' };
    const { scene, id } = granted({ executors: ['runner-1'] }, { action });
    scene.enact('bob', policy(), 'carol');
    expect(scene.verdict(id)).toBe('no-longer-allowed');
  });

  it('a lower limit narrows and is not no-longer-allowed (counting 1)', () => {
    const { scene, id } = granted({}, { duration: 4 * HOUR, uses: 5 });
    const before = scene.now;
    scene.enact('bob', policy({ rules: [rule({ maxDuration: HOUR, maxUses: 1, maxPending: 60 })] }), 'carol');
    expect(scene.verdict(id)).toBe('authorised');
    expect(limits(scene.state, scene.get(id))).toEqual({ duration: HOUR, uses: 1 });
    expect(scene.verdict(id, { now: before + HOUR })).toBe('expired');
    scene.start('alice', id);
    expect(scene.verdict(id)).toBe('used');
  });

  it('a higher limit at head does not widen (counting 1)', () => {
    const { scene, id } = granted({ rules: [rule({ maxDuration: HOUR, maxUses: 1 })] });
    scene.enact('bob', policy({ rules: [rule({ maxDuration: 8 * HOUR, maxUses: 9 })] }), 'carol');
    expect(limits(scene.state, scene.get(id))).toEqual({ duration: HOUR, uses: 1 });
  });

  it('used: all uses are spent', () => {
    const { scene, id } = granted();
    scene.start('alice', id);
    expect(scene.verdict(id)).toBe('used');
  });

  it('expired: the window is over, at its last second', () => {
    const { scene, id } = granted({}, { duration: HOUR });
    const end = (scene.get(id).quorumAt ?? 0) + HOUR;
    expect(scene.verdict(id, { now: end - 1 })).toBe('authorised');
    expect(scene.verdict(id, { now: end })).toBe('expired');
  });

  it('expired: no quorum and approveBy has passed', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice', { within: HOUR });
    const end = scene.now + HOUR;
    expect(scene.verdict(id, { now: end - 1 })).toBe('pending');
    expect(scene.verdict(id, { now: end })).toBe('expired');
  });

  it('approveBy ends nothing that has its quorum', () => {
    const { scene, id } = granted({}, { within: HOUR, duration: 4 * HOUR });
    expect(scene.verdict(id, { now: scene.now + 2 * HOUR })).toBe('authorised');
  });

  it('requester-left: the handle is an executor now, with the same key', () => {
    const { scene, id } = granted();
    scene.enact('bob', policy({ members: ['bob', 'carol', 'dave'], executors: ['alice'] }), 'carol');
    expect(scene.verdict(id)).toBe('requester-left');
    expect(scene.decide(id).detail).toContain('no member');
  });

  it('the window begins at the quorum whatever the clocks say (counting 4)', () => {
    const { scene, id } = granted();
    expect(scene.verdict(id, { now: T0 - DAY + 1 })).toBe('authorised');
  });

  it('pending: the detail says what is missing and who could give it', () => {
    const approvals = [
      { count: 1, from: ['sre'] },
      { count: 1, from: ['security'] },
    ];
    const groups = { sre: ['alice', 'bob'], security: ['carol', 'dave'] };
    const scene = Scene.endorsed(policy({ groups, rules: [rule({ approvals })] }));
    const id = scene.request('alice');
    scene.approve('bob', id);
    const lacking = quorum(scene.state, scene.get(id), scene.now);
    expect(lacking).toMatchObject({
      met: false,
      missing: [{ count: 1, from: ['security'] }],
      candidates: ['carol', 'dave'],
    });
    expect(scene.decide(id)).toMatchObject({ reason: 'pending' });
    expect(scene.decide(id).detail).toContain('carol, dave');
  });

  it('too-early before notBefore, authorised from that second until duration is over (counting 4)', () => {
    const notBefore = T0 + DAY / 2;
    const { scene, id } = granted({}, { notBefore, duration: HOUR });
    expect(scene.verdict(id, { now: notBefore - 1 })).toBe('too-early');
    expect(scene.stateName(id, notBefore - 1)).toBe('scheduled');
    expect(scene.verdict(id, { now: notBefore })).toBe('authorised');
    expect(scene.verdict(id, { now: notBefore + HOUR })).toBe('expired');
  });

  it('a quorum after notBefore shortens the window, never moves its end (counting 4)', () => {
    const scene = Scene.endorsed();
    const notBefore = T0 + HOUR;
    const id = scene.request('alice', { notBefore, duration: HOUR });
    scene.approve('bob', id, { time: notBefore + 600 });
    expect(windowOf(scene.state, scene.get(id))).toEqual({ start: notBefore + 600, end: notBefore + HOUR });
  });

  it.each([
    ['another member', { handle: 'bob', material: null }],
    ['a key that is not listed for the requester', { handle: 'alice', material: 'bob' }],
  ])('wrong-runner: %s', (_, runner) => {
    const { scene, id } = granted();
    expect(scene.verdict(id, { runner })).toBe('wrong-runner');
  });

  it('wrong-runner: a key that is not fit', () => {
    const { scene, id } = granted({
      members: [['alice', 'cert:alice', `cert:alice2:${T0 + 600}`], 'bob', 'carol'],
    });
    const runner = { handle: 'alice', material: 'alice2' };
    expect(scene.verdict(id, { runner, now: T0 + 599 })).toBe('authorised');
    expect(scene.verdict(id, { runner, now: T0 + 600 })).toBe('wrong-runner');
  });

  it('the first reason of the table applies', () => {
    const { scene, id } = granted();
    scene.start('alice', id);
    scene.halt('bob');
    const decision = scene.decide(id, { now: T0 + 10 * DAY, runner: { handle: 'bob', material: null } });
    const failed = decision.checks.filter((check) => !check.ok).map((check) => check.name);
    expect(failed).toEqual(['halted', 'used', 'expired', 'wrong-runner']);
    expect(decision.reason).toBe('halted');
  });
});

describe('§7 halts in a decision', () => {
  it.each([
    ['everything', undefined],
    ['the requester', 'alice'],
  ])('of %s', (_, who) => {
    const { scene, id } = granted();
    scene.halt('carol', who);
    expect(scene.verdict(id)).toBe('halted');
    expect(scene.stateName(id)).toBe('halted');
  });

  it('of the runner', () => {
    const action: CommandAction = { kind: 'command', argv: ['deploy'], executor: 'runner-1' };
    const { scene, id } = granted({ executors: ['runner-1'] }, { action });
    expect(scene.verdict(id)).toBe('authorised');
    scene.halt('carol', 'runner-1');
    expect(scene.verdict(id)).toBe('halted');
  });

  it('of the requester, where an executor runs', () => {
    const action: CommandAction = { kind: 'command', argv: ['deploy'], executor: 'runner-1' };
    const { scene, id } = granted({ executors: ['runner-1'] }, { action });
    scene.halt('carol', 'alice');
    expect(scene.verdict(id)).toBe('halted');
  });

  it('of an approver: the approval does not count (counting 2)', () => {
    const { scene, id } = granted();
    scene.halt('carol', 'bob');
    expect(scene.verdict(id)).toBe('pending');
    scene.approve('dave', id);
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('of somebody else changes nothing', () => {
    const { scene, id } = granted();
    scene.halt('carol', 'dave');
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('leave policy requests untouched, approvals by the halted included (counting 2, 6)', () => {
    const scene = Scene.endorsed();
    scene.halt('carol');
    scene.halt('carol', 'bob');
    const id = scene.propose('alice', policy());
    expect(scene.verdict(id)).toBe('pending');
    scene.approve('bob', id);
    expect(scene.state.current).toBe(id);
    expect(scene.state.halts).toEqual([]);
  });
});

describe('§7 counting 1: the rule when written and the rule at head', () => {
  const one = [rule({ approvals: [{ count: 1, from: ['everyone'] }] })];
  const two = [rule({ approvals: [{ count: 2, from: ['everyone'] }] })];

  it('a tightened rule must be met too', () => {
    const scene = Scene.endorsed(policy({ rules: one }));
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.enact('bob', policy({ rules: two }), 'carol');
    expect(scene.verdict(id)).toBe('pending');
    scene.approve('carol', id);
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('a weakened rule does not help a request that was already there', () => {
    const scene = Scene.endorsed(policy({ rules: two }));
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.enact('bob', policy({ rules: one }), 'carol');
    expect(scene.verdict(id)).toBe('pending');
    scene.approve('carol', id);
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('groups are read with the policy that they stand in', () => {
    const rules = [rule({ approvals: [{ count: 1, from: ['sre'] }] })];
    const scene = Scene.endorsed(policy({ rules, groups: { sre: ['bob', 'dave'] } }));
    const id = scene.request('alice');
    scene.enact('bob', policy({ rules, groups: { sre: ['carol', 'dave'] } }), 'carol');
    scene.approve('carol', id);
    expect(scene.last).toBeNull();
    expect(scene.verdict(id)).toBe('pending');
    scene.approve('bob', id);
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('an approver whom neither the old rule nor the rule of now names does not count', () => {
    const by = (from: string[]): PolicyParts => ({ rules: [rule({ approvals: [{ count: 1, from }] })] });
    const scene = Scene.endorsed(policy(by(['carol', 'dave'])));
    const id = scene.request('alice');
    scene.enact('alice', policy(by(['bob', 'dave'])), 'carol');
    scene.approve('bob', id);
    expect(scene.last).toBeNull();
    scene.enact('alice', policy(by(['carol', 'dave'])), 'carol');
    const found = quorum(scene.state, scene.get(id), scene.now);
    expect(found.standings.map(({ counts, why }) => [counts, why])).toEqual([[false, 'no longer eligible']]);
  });

  it('who left, who asks and who has given are no candidates', () => {
    const scene = Scene.endorsed(policy({ rules: two }));
    const id = scene.request('alice');
    scene.approve('bob', id);
    expect(quorum(scene.state, scene.get(id), scene.now).candidates).toEqual(['carol', 'dave']);
    scene.enact('alice', policy({ rules: two, members: ['alice', 'bob', 'dave'] }), 'dave');
    expect(quorum(scene.state, scene.get(id), scene.now).candidates).toEqual(['dave']);
  });

  it('an approver who left does not count, though the window had begun', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.enact('carol', policy({ members: ['alice', 'carol', 'dave'] }), 'dave');
    expect(scene.verdict(id)).toBe('pending');
  });

  it('an approver whose key has expired does not count now (counting 2)', () => {
    const expires = T0 + 1200;
    const { scene, id } = granted({ members: ['alice', ['bob', `cert:bob:${expires}`], 'carol'] });
    expect(scene.verdict(id, { now: expires - 1 })).toBe('authorised');
    expect(scene.verdict(id, { now: expires })).toBe('pending');
  });
});

describe('§7 counting 3, 4: quorum', () => {
  const both = [
    rule({
      approvals: [
        { count: 1, from: ['sre'] },
        { count: 1, from: ['security'] },
      ],
    }),
  ];

  it('one person in two groups fills one place', () => {
    const scene = Scene.endorsed(
      policy({ rules: both, groups: { sre: ['bob', 'dave'], security: ['bob', 'carol'] } }),
    );
    const id = scene.request('alice');
    scene.approve('bob', id);
    expect(scene.verdict(id)).toBe('pending');
    scene.approve('dave', id);
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('the quorum time is the at of the approval that completed it, fixed once', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    scene.approve('bob', id, { time: T0 + 1000 });
    scene.approve('carol', id, { time: T0 + 2000 });
    expect(scene.get(id).quorumAt).toBe(T0 + 1000);
  });

  it('a lapsed approval keeps the quorum time it gave: a re-approval moves no window', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice', { duration: HOUR });
    scene.approve('bob', id, { time: T0 + 1000 });
    scene.enact('carol', policy({ members: ['alice', 'carol', 'dave'] }), 'dave');
    scene.approve('dave', id, { time: T0 + 3000 });
    expect(scene.verdict(id, { now: T0 + 1000 + HOUR - 1 })).toBe('authorised');
    expect(scene.verdict(id, { now: T0 + 1000 + HOUR })).toBe('expired');
  });

  it('order is by position, never by time: an approval with an earlier at completes later', () => {
    const scene = Scene.endorsed(
      policy({ rules: [rule({ approvals: [{ count: 2, from: ['everyone'] }] })] }),
    );
    const id = scene.request('alice');
    scene.approve('bob', id, { time: T0 + 2000 });
    scene.approve('carol', id, { time: T0 + 1500 });
    expect(scene.get(id).quorumAt).toBe(T0 + 1500);
  });

  it('every approval that is not void narrows, whether or not it still counts, and whenever it came', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice', { duration: 4 * HOUR, uses: 9 });
    scene.approve('bob', id, { duration: 2 * HOUR, uses: 5 });
    scene.approve('carol', id, { duration: HOUR });
    scene.approve('dave', id, { duration: 8 * HOUR, uses: 50 });
    expect(limits(scene.state, scene.get(id))).toEqual({ duration: HOUR, uses: 5 });
    scene.enact('alice', policy({ members: ['alice', 'bob', 'dave'] }), 'dave');
    expect(scene.get(id).approvals.find((given) => given.actor === 'carol')?.lapsed).toBe(true);
    expect(limits(scene.state, scene.get(id))).toEqual({ duration: HOUR, uses: 5 });
  });

  it('a void approval narrows nothing', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice', { duration: 4 * HOUR });
    scene.approve('alice', id, { duration: 60 });
    scene.approve('bob', id);
    expect(limits(scene.state, scene.get(id)).duration).toBe(4 * HOUR);
  });
});

describe('§8.6 mismatch', () => {
  const approved: CommandAction = {
    ...COMMAND,
    pins: [{ path: '/srv/rotate.sql', sha256: 'a'.repeat(64), size: 3, attached: false }],
    env: record({ PGHOST: 'prod' }),
  };
  const found: CommandToRun = {
    kind: 'command',
    argv: ['psql', '-f', 'rotate.sql'],
    host: 'prod-1',
    user: 'alice',
    program: '/usr/bin/psql',
    cwd: '/srv',
    stdin: 'none',
    pins: new Map([['/srv/rotate.sql', { sha256: 'a'.repeat(64), size: 3 }]]),
  };

  it('is none where everything is as approved', () => {
    const { scene, id } = granted({}, { action: approved });
    expect(scene.verdict(id, { toRun: found })).toBe('authorised');
  });

  it.each<[string, Partial<CommandToRun>]>([
    ['argv', { argv: ['psql', '-f', 'other.sql'] }],
    ['argv', { argv: ['psql', '-f'] }],
    ['argv', { argv: ['psql', '-f', 'rotate.sql', ''] }],
    ['argv', { argv: ['psql', '-f rotate.sql'] }],
    ['argv', { argv: ['PSQL', '-f', 'rotate.sql'] }],
    ['host', { host: 'prod-2' }],
    ['user', { user: 'root' }],
    ['program', { program: '/tmp/psql' }],
    ['program', { program: null }],
    ['cwd', { cwd: '/srv/' }],
    ['stdin', { stdin: 'terminal' }],
    ['stdin', { stdin: { sha256: 'a'.repeat(64), size: 3 } }],
    ['pin', { pins: new Map([['/srv/rotate.sql', { sha256: 'b'.repeat(64), size: 3 }]]) }],
    ['pin', { pins: new Map([['/srv/rotate.sql', { sha256: 'a'.repeat(64), size: 4 }]]) }],
    ['pin', { pins: new Map([['/srv/rotate.sql', null]]) }],
    ['pin', { pins: new Map() }],
  ])('names %s (%#)', (part, change) => {
    const { scene, id } = granted({}, { action: approved });
    const decision = scene.decide(id, { toRun: { ...found, ...change } });
    expect(decision.reason).toBe('mismatch');
    expect(decision.detail).toMatch(new RegExp(`^${part}`));
  });

  it('the terminal must be what was approved, and so must a file', () => {
    const digest = { sha256: 'c'.repeat(64), size: 9 };
    const terminal = granted({}, { action: { ...approved, stdin: 'terminal' } });
    expect(terminal.scene.verdict(terminal.id, { toRun: { ...found, stdin: 'terminal' } })).toBe(
      'authorised',
    );
    expect(terminal.scene.verdict(terminal.id, { toRun: found })).toBe('mismatch');
    const file = granted({}, { action: { ...approved, stdin: { ...digest, attached: true } } });
    expect(file.scene.verdict(file.id, { toRun: { ...found, stdin: digest } })).toBe('authorised');
    expect(file.scene.verdict(file.id, { toRun: { ...found, stdin: { ...digest, size: 8 } } })).toBe(
      'mismatch',
    );
  });

  it('an access is not a command, and the resource is exact', () => {
    const access = granted({}, { action: { kind: 'access', resource: 'ssh/prod-1' } });
    expect(access.scene.verdict(access.id, { toRun: { kind: 'access', resource: 'ssh/prod-1' } })).toBe(
      'authorised',
    );
    expect(access.scene.verdict(access.id, { toRun: { kind: 'access', resource: 'ssh/prod-10' } })).toBe(
      'mismatch',
    );
    expect(access.scene.verdict(access.id, { toRun: found })).toBe('mismatch');
    const command = granted();
    expect(command.scene.verdict(command.id, { toRun: { kind: 'access', resource: 'psql' } })).toBe(
      'mismatch',
    );
  });
});
