import { describe, expect, it } from 'vitest';
import { isEndorsed } from '../../src/core/counting.js';
import { COMMAND, DAY, HOUR, Scene, T0, member, policy, record, rule } from './support/scene.js';

const THREE = { members: ['alice', 'bob', 'carol'] } as const;

describe('§6 the first policy', () => {
  it('is unendorsed until another member has approved the anchor', () => {
    const scene = new Scene();
    expect(isEndorsed(scene.state)).toBe(false);
    scene.approve('bob', scene.state.anchor);
    expect(scene.last).toBeNull();
    expect(isEndorsed(scene.state)).toBe(true);
  });

  it.each([
    ['self-approval', 'alice', {}],
    ['not-eligible', 'carol', { changes: [{ count: 1, from: ['alice', 'bob'] }] }],
  ])('refuses an endorsement as %s', (reason, actor, parts) => {
    const scene = new Scene(policy(parts));
    scene.approve(actor, scene.state.anchor);
    expect(scene.last?.reason).toBe(reason);
    expect(isEndorsed(scene.state)).toBe(false);
  });

  it('needs as many distinct people as its own changes clauses ask', () => {
    const scene = new Scene(policy({ changes: [{ count: 2, from: ['everyone'] }] }));
    scene.approve('bob', scene.state.anchor);
    scene.approve('bob', scene.state.anchor);
    expect(scene.last?.reason).toBe('duplicate');
    expect(isEndorsed(scene.state)).toBe(false);
    scene.approve('carol', scene.state.anchor);
    expect(isEndorsed(scene.state)).toBe(true);
  });

  it('counts an endorsement only while its key is fit', () => {
    const expires = T0 + 600;
    const first = policy({
      members: ['alice', ['bob', `cert:bob:${expires}`], 'carol'],
      changes: [{ count: 2, from: ['everyone'] }],
    });
    const scene = new Scene(first);
    scene.approve('bob', scene.state.anchor, { time: T0 + 60 });
    scene.approve('carol', scene.state.anchor, { time: expires });
    expect(scene.last).toBeNull();
    expect(isEndorsed(scene.state)).toBe(false);
  });

  it('has no time limit', () => {
    const scene = new Scene();
    scene.approve('bob', scene.state.anchor, { time: T0 + 400 * DAY });
    expect(isEndorsed(scene.state)).toBe(true);
  });

  it('makes every other event void as unendorsed', () => {
    const scene = new Scene();
    const request = scene.request('alice');
    expect(scene.last?.reason).toBe('unendorsed');
    for (const act of [
      () => scene.approve('bob', request),
      () => scene.close('alice', request, 'withdrawn'),
      () => scene.start('alice', request),
      () => scene.finish('alice', request),
      () => scene.halt('bob'),
      () => scene.close('bob', scene.state.anchor, 'withdrawn'),
      () => scene.close('bob', scene.state.anchor, 'denied'),
      () => scene.close('alice', scene.state.anchor, 'denied'),
      () => scene.propose('bob', policy()),
    ]) {
      act();
      expect(scene.last?.reason).toBe('unendorsed');
    }
    expect(scene.state.halts).toEqual([]);
    expect(scene.verdict(request)).toBe('unendorsed');
  });

  it('a request written before the endorsement stays void after it', () => {
    const scene = new Scene();
    const request = scene.request('alice');
    scene.approve('bob', scene.state.anchor);
    scene.approve('bob', request);
    expect(scene.last?.reason).toBe('request-void');
    expect(scene.verdict(request)).toBe('void');
  });

  it('withdrawn by its founder it is never endorsed', () => {
    const scene = new Scene();
    scene.close('alice', scene.state.anchor, 'withdrawn');
    expect(scene.last).toBeNull();
    scene.approve('bob', scene.state.anchor);
    expect(scene.last?.reason).toBe('closed');
    scene.close('alice', scene.state.anchor, 'withdrawn');
    expect(scene.last?.reason).toBe('closed');
    expect(isEndorsed(scene.state)).toBe(false);
  });

  it('once endorsed the genesis counts as closed', () => {
    const scene = Scene.endorsed();
    scene.approve('carol', scene.state.anchor);
    expect(scene.last?.reason).toBe('closed');
    scene.close('alice', scene.state.anchor, 'withdrawn');
    expect(scene.last?.reason).toBe('closed');
    scene.start('alice', scene.state.anchor);
    expect(scene.last?.reason).toBe('closed');
    expect(isEndorsed(scene.state)).toBe(true);
  });
});

describe('§7 a request is void', () => {
  it.each([
    ['no-rule', { rules: [rule({ match: { access: 'ssh/*' } })] }, {}],
    ['not-a-requester', { rules: [rule({ requesters: ['bob', 'carol'] })] }, {}],
    ['exceeds-rule', {}, { duration: 8 * HOUR + 1 }],
    ['exceeds-rule', {}, { uses: 11 }],
    ['exceeds-rule', {}, { within: DAY + 1 }],
    ['exceeds-rule', {}, { notBefore: T0 + 31 * DAY }],
    ['bad-justification', { rules: [rule({ justification: { minLength: 100 } })] }, {}],
    ['bad-ticket', { rules: [rule({ ticket: { pattern: 'INC-*' } })] }, {}],
    ['bad-ticket', { rules: [rule({ ticket: { pattern: 'INC-*' } })] }, { ticket: 'OPS-1' }],
    [
      'bad-env',
      { rules: [rule({ env: ['PGHOST'] })] },
      { action: { ...COMMAND, env: record({ PATH: '/' }) } },
    ],
    [
      'bad-stdin',
      { rules: [rule({ stdin: ['none' as const] })] },
      { action: { ...COMMAND, stdin: 'terminal' as const } },
    ],
    ['bad-pins', { rules: [rule({ pins: ['*.sql'] })] }, {}],
    ['late', {}, { within: 0 }],
  ])('%s (%#)', (reason, parts, asking) => {
    const scene = Scene.endorsed(policy(parts));
    const request = scene.request('alice', asking);
    expect(scene.last?.reason).toBe(reason);
    expect(scene.verdict(request)).toBe('void');
    expect(scene.stateName(request)).toBe('void');
    for (const act of [
      () => scene.approve('bob', request),
      () => scene.close('bob', request, 'denied'),
      () => scene.start('alice', request),
    ]) {
      act();
      expect(scene.last?.reason).toBe('request-void');
    }
  });

  it('bad-executor where the executor is unknown', () => {
    const scene = Scene.endorsed();
    scene.request('alice', { action: { kind: 'command', argv: ['deploy'], executor: 'runner-1' } });
    expect(scene.last?.reason).toBe('bad-executor');
  });

  it('has no rule applied to it that comes after the first match', () => {
    const rules = [rule({ name: 'strict', match: { command: ['psql', '**'] }, maxUses: 1 }), rule()];
    const scene = Scene.endorsed(policy({ rules }));
    scene.request('alice', { uses: 2 });
    expect(scene.last?.reason).toBe('exceeds-rule');
  });
});

describe('§6, §7 a policy request', () => {
  it.each([
    ['exceeds-rule', policy(), { within: 30 * DAY + 1 }],
    ['late', policy(), { within: 0 }],
    ['invalid-policy', policy({ members: ['alice'] }), {}],
    ['stale', policy(), { base: 'f'.repeat(64) }],
  ])('is void as %s', (reason, next, options) => {
    const scene = Scene.endorsed();
    scene.propose('alice', next, options);
    expect(scene.last?.reason).toBe(reason);
  });

  it('that lowers the protocol, or raises it and changes anything else, is invalid-policy', () => {
    const scene = Scene.endorsed();
    scene.propose('alice', policy({ protocol: 2, members: ['alice', 'bob', 'carol'] }));
    expect(scene.last?.reason).toBe('invalid-policy');
    scene.propose('alice', policy({ protocol: 2 }));
    expect(scene.last).toBeNull();
  });

  it('that lists for one handle what a policy in force ever listed for another is invalid-policy', () => {
    const scene = Scene.endorsed();
    scene.enact('alice', policy({ members: ['alice', 'bob', 'carol'] }));
    scene.propose('alice', policy({ members: ['alice', 'bob', 'carol', ['erin', 'cert:dave']] }));
    expect(scene.last?.reason).toBe('invalid-policy');
    scene.propose('alice', policy({ members: ['alice', 'bob', 'carol', 'dave'] }));
    expect(scene.last).toBeNull();
  });

  it('remembers the material of those who came later, too', () => {
    const scene = Scene.endorsed();
    const four = ['alice', 'bob', 'carol', 'dave'] as const;
    scene.enact('alice', policy({ members: [...four, 'erin'] }));
    scene.enact('alice', policy({ members: [...four] }));
    scene.propose('alice', policy({ members: [...four, ['frank', 'cert:erin']] }));
    expect(scene.last?.reason).toBe('invalid-policy');
  });

  it('may wait for its approvals exactly 30 days', () => {
    const scene = Scene.endorsed();
    scene.propose('alice', policy(), { within: 30 * DAY });
    expect(scene.last).toBeNull();
  });

  it('takes effect for the commits after the approval that completes the changes of the policy it replaces', () => {
    const scene = new Scene(policy({ changes: [{ count: 2, from: ['everyone'] }] }));
    scene.approve('bob', scene.state.anchor);
    scene.approve('carol', scene.state.anchor);
    const anchor = scene.state.current;
    const id = scene.propose('alice', policy());
    scene.approve('bob', id);
    expect(scene.state.current).toBe(anchor);
    scene.approve('carol', id);
    expect(scene.state.current).toBe(id);
    expect(scene.verdict(id)).toBe('applied');
    expect(scene.stateName(id)).toBe('applied');
    // Nobody gave a reason for it: it was agreed to.
    expect(scene.state.requests.get(id)?.closed).toMatchObject({ as: 'applied', actor: 'carol', reason: '' });
  });

  it('counts, when it is completed, only approvals whose key is fit then', () => {
    const expires = T0 + HOUR;
    const first = policy({
      members: ['alice', ['bob', `cert:bob:${expires}`], 'carol', 'dave'],
      changes: [{ count: 2, from: ['everyone'] }],
    });
    const scene = new Scene(first);
    scene.approve('carol', scene.state.anchor);
    scene.approve('dave', scene.state.anchor);
    const id = scene.propose('alice', policy());
    scene.approve('bob', id, { time: expires - 1 });
    scene.approve('carol', id, { time: expires });
    expect(scene.state.current).toBe(scene.state.anchor);
    scene.approve('dave', id);
    expect(scene.state.current).toBe(id);
  });

  it('once in force it counts as closed', () => {
    const scene = Scene.endorsed();
    const id = scene.enact('alice', policy());
    scene.approve('carol', id);
    expect(scene.last?.reason).toBe('closed');
    scene.close('alice', id, 'withdrawn');
    expect(scene.last?.reason).toBe('closed');
  });

  it('of two on one base exactly one applies; the other is void as stale when it is completed', () => {
    const scene = Scene.endorsed(policy({ changes: [{ count: 1, from: ['everyone'] }] }));
    const one = scene.propose('alice', policy({ ...THREE }));
    const two = scene.propose('bob', policy());
    scene.approve('carol', one);
    expect(scene.verdict(two)).toBe('no-longer-allowed');
    scene.approve('carol', two);
    expect(scene.state.current).toBe(one);
    expect(scene.verdict(two)).toBe('void');
    expect(scene.get(two).void?.reason).toBe('stale');
    scene.approve('alice', two);
    expect(scene.last?.reason).toBe('request-void');
  });

  it('may repeat the policy in force word for word', () => {
    const scene = Scene.endorsed();
    const id = scene.enact('alice', policy());
    expect(scene.state.current).toBe(id);
  });

  it.each(['denied', 'revoked'] as const)(
    'cannot be %s, only withdrawn by its requester (§7 counting 5)',
    (as) => {
      const scene = Scene.endorsed();
      const id = scene.propose('alice', policy());
      scene.close('bob', id, as);
      expect(scene.last?.reason).toBe('not-allowed');
      scene.close('bob', id, 'withdrawn');
      expect(scene.last?.reason).toBe('not-allowed');
      scene.close('alice', id, 'withdrawn');
      expect(scene.last).toBeNull();
      expect(scene.verdict(id)).toBe('withdrawn');
    },
  );

  it('is never authorised', () => {
    const scene = Scene.endorsed(policy({ changes: [{ count: 1, from: ['everyone'] }] }));
    const id = scene.propose('alice', policy());
    expect(scene.verdict(id)).toBe('pending');
    scene.start('alice', id);
    expect(scene.last?.reason).toBe('not-authorised');
    scene.approve('bob', id);
    expect(scene.verdict(id)).toBe('applied');
    scene.start('alice', id);
    expect(scene.last?.reason).toBe('closed');
  });
});

describe('§7 approve, close, start name a request', () => {
  it.each(['approve', 'close', 'start'] as const)(
    '%s of an id that no request has is unknown-request',
    (type) => {
      const scene = Scene.endorsed();
      const id = 'a'.repeat(64);
      if (type === 'approve') scene.approve('bob', id);
      if (type === 'close') scene.close('bob', id, 'denied');
      if (type === 'start') scene.start('alice', id);
      expect(scene.last?.reason).toBe('unknown-request');
    },
  );

  it.each(['approve', 'close', 'start'] as const)('%s of a closed request is closed', (type) => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    scene.close('bob', id, 'denied');
    if (type === 'approve') scene.approve('bob', id);
    if (type === 'close') scene.close('alice', id, 'withdrawn');
    if (type === 'start') scene.start('alice', id);
    expect(scene.last?.reason).toBe('closed');
    expect(scene.verdict(id)).toBe('denied');
  });
});

describe('§7 an approval is void', () => {
  it('self-approval by the requester, whichever key signs', () => {
    const scene = Scene.endorsed(policy({ members: [['alice', 'cert:alice', 'cert:alice2'], 'bob'] }));
    const id = scene.request('alice');
    scene.approve('alice', id, { key: 'alice2' });
    expect(scene.last?.reason).toBe('self-approval');
    expect(scene.verdict(id)).toBe('pending');
  });

  it('not-eligible where no clause names the member', () => {
    const scene = Scene.endorsed(
      policy({ rules: [rule({ approvals: [{ count: 1, from: ['carol', 'dave'] }] })] }),
    );
    const id = scene.request('alice');
    scene.approve('bob', id);
    expect(scene.last?.reason).toBe('not-eligible');
  });

  it('duplicate while the earlier one has not lapsed', () => {
    const scene = Scene.endorsed(
      policy({ rules: [rule({ approvals: [{ count: 2, from: ['everyone'] }] })] }),
    );
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.approve('bob', id);
    expect(scene.last?.reason).toBe('duplicate');
    expect(scene.verdict(id)).toBe('pending');
  });

  it('late at approveBy, and not a second before', () => {
    const scene = Scene.endorsed();
    const one = scene.request('alice', { within: HOUR });
    const end = scene.now + HOUR;
    scene.approve('bob', one, { time: end });
    expect(scene.last?.reason).toBe('late');
    scene.approve('bob', one, { time: end - 1 });
    expect(scene.last).toBeNull();
  });
});

describe('§7 counting 5: close', () => {
  it.each([
    ['denied', 'bob', true],
    ['revoked', 'bob', true],
    ['withdrawn', 'alice', true],
    ['denied', 'alice', false],
    ['revoked', 'alice', false],
    ['withdrawn', 'bob', false],
    ['denied', 'carol', false],
  ] as const)('%s by %s: %s', (as, actor, allowed) => {
    const scene = Scene.endorsed(
      policy({ rules: [rule({ approvals: [{ count: 1, from: ['bob', 'dave'] }] })] }),
    );
    const id = scene.request('alice');
    scene.close(actor, id, as);
    expect(scene.last?.reason ?? 'effect').toBe(allowed ? 'effect' : 'not-allowed');
    expect(scene.verdict(id)).toBe(allowed ? as : 'pending');
  });

  it('an approver under the rule of now may revoke what an older rule covered', () => {
    const scene = Scene.endorsed(
      policy({ rules: [rule({ approvals: [{ count: 1, from: ['bob', 'dave'] }] })] }),
    );
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.enact('alice', policy({ rules: [rule({ approvals: [{ count: 1, from: ['bob', 'carol'] }] })] }));
    scene.close('carol', id, 'revoked');
    expect(scene.last).toBeNull();
    expect(scene.verdict(id)).toBe('revoked');
  });

  it('a requester whom the rule names as an approver too may only withdraw', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    scene.close('alice', id, 'denied');
    expect(scene.last?.reason).toBe('not-allowed');
    scene.close('alice', id, 'revoked');
    expect(scene.last?.reason).toBe('not-allowed');
  });

  it('is final: after it nothing gives the grant back', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.close('carol', id, 'revoked');
    scene.approve('dave', id);
    expect(scene.verdict(id)).toBe('revoked');
  });
});

describe('§7 halt', () => {
  it('unknown-who where the policy in force names no such handle', () => {
    const scene = Scene.endorsed();
    scene.halt('bob', 'mallory');
    expect(scene.last?.reason).toBe('unknown-who');
    expect(scene.state.halts).toEqual([]);
  });

  it('may name an executor', () => {
    const scene = Scene.endorsed(policy({ executors: ['runner-1'] }));
    scene.halt('bob', 'runner-1');
    expect(scene.last).toBeNull();
  });

  it('is lifted by a policy change requested after it, and by no other (§7 counting 6)', () => {
    const scene = Scene.endorsed();
    const early = scene.propose('carol', policy());
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.halt('dave');
    expect(scene.verdict(id)).toBe('halted');
    scene.approve('bob', early);
    expect(scene.state.current).toBe(early);
    expect(scene.verdict(id)).toBe('halted');
    scene.enact('alice', policy());
    expect(scene.verdict(id)).toBe('authorised');
  });
});

describe('§7 start and finish', () => {
  function granted(uses = 1): { scene: Scene; id: string } {
    const scene = Scene.endorsed();
    const id = scene.request('alice', { uses });
    scene.approve('bob', id);
    return { scene, id };
  }

  it('a start that is not void spends one use (§7 counting 7)', () => {
    const { scene, id } = granted(2);
    scene.start('alice', id);
    expect(scene.verdict(id)).toBe('authorised');
    scene.start('alice', id);
    expect(scene.verdict(id)).toBe('used');
    scene.start('alice', id);
    expect(scene.last?.reason).toBe('not-authorised');
    expect(scene.get(id).runs).toHaveLength(2);
  });

  it.each([
    ['before the approval', (s: Scene) => s.start('alice', s.request('alice'))],
    ['by another member', (s: Scene) => s.start('bob', approved(s))],
    ['on another host', (s: Scene) => s.start('alice', approved(s), { host: 'prod-2' })],
    ['after the window', (s: Scene) => s.start('alice', approved(s), { at: s.now + HOUR })],
  ])('a start %s is void as not-authorised: a violation (§7 counting 8)', (_, act) => {
    const scene = Scene.endorsed();
    act(scene);
    expect(scene.last?.reason).toBe('not-authorised');
  });

  function approved(scene: Scene): string {
    const id = scene.request('alice');
    scene.approve('bob', id);
    return id;
  }

  it('any key listed for the requester may start', () => {
    const scene = Scene.endorsed(policy({ members: [['alice', 'cert:alice', 'cert:alice2'], 'bob'] }));
    const id = approved(scene);
    scene.start('alice', id, { key: 'alice2' });
    expect(scene.last).toBeNull();
  });

  it('where an executor is named only it may start, on whatever host', () => {
    const scene = Scene.endorsed(policy({ executors: ['runner-1', 'runner-2'] }));
    const action = { kind: 'command' as const, argv: ['deploy'], executor: 'runner-1' };
    const id = scene.request('alice', { action });
    scene.approve('bob', id);
    scene.start('alice', id);
    expect(scene.last?.reason).toBe('not-authorised');
    scene.start('runner-2', id);
    expect(scene.last?.reason).toBe('not-authorised');
    scene.start('runner-1', id, { host: 'anywhere' });
    expect(scene.last).toBeNull();
  });

  it('an access grant may have any number of starts', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice', { action: { kind: 'access', resource: 'ssh/prod-1' } });
    scene.approve('bob', id);
    for (let i = 0; i < 20; i++) {
      scene.start('alice', id, { host: `client-${i}` });
      expect(scene.last).toBeNull();
    }
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('finish: unknown-run, not-allowed for another, duplicate for a second', () => {
    const { scene, id } = granted();
    scene.finish('alice', 'a'.repeat(64));
    expect(scene.last?.reason).toBe('unknown-run');
    const run = scene.start('alice', id);
    scene.finish('bob', run);
    expect(scene.last?.reason).toBe('not-allowed');
    scene.finish('alice', run);
    expect(scene.last).toBeNull();
    scene.finish('alice', run);
    expect(scene.last?.reason).toBe('duplicate');
  });

  it('finish of a void start is unknown-run', () => {
    const scene = Scene.endorsed();
    const run = scene.start('alice', scene.request('alice'));
    scene.finish('alice', run);
    expect(scene.last?.reason).toBe('unknown-run');
  });

  it('a failed finish gives the use back, at most once for a request (§7 counting 7)', () => {
    const { scene, id } = granted();
    scene.finish('alice', scene.start('alice', id), { failed: 'not-found' });
    expect(scene.verdict(id)).toBe('authorised');
    scene.finish('alice', scene.start('alice', id), { failed: 'not-found' });
    expect(scene.verdict(id)).toBe('used');
  });

  it('a finish that is no failure gives nothing back', () => {
    const { scene, id } = granted();
    scene.finish('alice', scene.start('alice', id), { code: 127 });
    expect(scene.verdict(id)).toBe('used');
  });

  it('is accepted after the request was revoked', () => {
    const { scene, id } = granted();
    const run = scene.start('alice', id);
    scene.close('bob', id, 'revoked');
    scene.finish('alice', run);
    expect(scene.last).toBeNull();
  });
});

describe('§7 counting 2: approvals lapse', () => {
  const CLAUSE = { rules: [rule({ approvals: [{ count: 1, from: ['bob', 'carol'] }] })] };

  it('for good when a policy takes effect that does not list that key for that member', () => {
    const scene = Scene.endorsed(policy(CLAUSE));
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.enact('alice', policy({ ...CLAUSE, members: ['alice', ['bob', 'cert:bob2'], 'carol', 'dave'] }));
    expect(scene.verdict(id)).toBe('pending');
    scene.enact('alice', policy(CLAUSE), 'carol');
    expect(scene.verdict(id)).toBe('pending');
  });

  it('and the member may then approve again', () => {
    const scene = Scene.endorsed(policy(CLAUSE));
    const id = scene.request('alice');
    scene.approve('bob', id);
    const rotated = policy({ ...CLAUSE, members: ['alice', ['bob', 'cert:bob2'], 'carol', 'dave'] });
    scene.enact('alice', rotated);
    scene.approve('bob', id, { key: 'bob2' });
    expect(scene.last).toBeNull();
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('and do not lapse when the same key stays beside a new one', () => {
    const scene = Scene.endorsed(policy(CLAUSE));
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.enact(
      'alice',
      policy({ ...CLAUSE, members: ['alice', ['bob', 'cert:bob', 'cert:bob2'], 'carol', 'dave'] }),
    );
    expect(scene.verdict(id)).toBe('authorised');
  });

  it('and lapse when the handle becomes an executor', () => {
    const scene = Scene.endorsed(
      policy({ rules: [rule({ approvals: [{ count: 1, from: ['everyone'] }] })] }),
    );
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.enact('alice', policy({ members: ['alice', 'carol', 'dave'], executors: ['bob'] }), 'carol');
    expect(scene.get(id).approvals[0]?.lapsed).toBe(true);
  });
});

describe('state', () => {
  it('remembers void events in the timeline of the request they named', () => {
    const scene = Scene.endorsed();
    const id = scene.request('alice');
    scene.approve('alice', id);
    expect(scene.get(id).voids.map((note) => note.reason)).toEqual(['self-approval']);
  });

  it('keeps the greatest time of any authentic event', () => {
    const scene = Scene.endorsed();
    scene.request('alice', { at: T0 + HOUR });
    scene.request('bob', { at: T0 + HOUR - 900 });
    expect(scene.state.greatestAt).toBe(T0 + HOUR);
  });

  it('finds nothing under names that every object has', () => {
    const scene = Scene.endorsed(policy({ members: ['alice', 'bob'] }));
    for (const who of ['constructor', 'valueof', 'tostring']) {
      scene.halt('bob', who);
      expect(scene.last?.reason).toBe('unknown-who');
    }
    expect(Object.getPrototypeOf(member('x'))).not.toBeNull();
  });
});
