import { describe, expect, it } from 'vitest';
import type { Authentic } from '../../src/core/authentic.js';
import { applyEffect, effectOf, newState } from '../../src/core/fold.js';
import type { GenesisEvent } from '../../src/core/events.js';
import { HOUR, Scene, T0, known, keyInfo, policy, rule } from './support/scene.js';

const SHA = 'ab'.repeat(32);

/** One request that bob has approved. */
function granted(uses = 3): { scene: Scene; id: string } {
  const scene = Scene.endorsed();
  const id = scene.request('alice', { uses });
  scene.approve('bob', id);
  return { scene, id };
}

describe('what the fold remembers of each event', () => {
  it('§4 an approval: its words and its narrowing, and none where none were given', () => {
    const scene = Scene.endorsed(
      policy({ rules: [rule({ approvals: [{ count: 2, from: ['everyone'] }] })] }),
    );
    const id = scene.request('alice');
    const first = scene.approve('bob', id, { comment: 'go ahead', duration: 60, uses: 1 });
    const second = scene.approve('carol', id);
    expect(scene.get(id).approvals).toStrictEqual([
      {
        id: first,
        actor: 'bob',
        material: 'bob',
        fingerprint: keyInfo('bob').fingerprint,
        at: T0 + 180,
        position: 3,
        comment: 'go ahead',
        duration: 60,
        uses: 1,
        lapsed: false,
      },
      {
        id: second,
        actor: 'carol',
        material: 'carol',
        fingerprint: keyInfo('carol').fingerprint,
        at: T0 + 240,
        position: 4,
        lapsed: false,
      },
    ]);
  });

  it('§7 counting 1 a request: the rule that covered it, by its place; a change of the policy has none', () => {
    const rules = [rule({ name: 'other', match: { access: '*' } }), rule()];
    const scene = Scene.endorsed(policy({ rules }));
    expect(scene.get(scene.request('alice')).writtenRule).toBe(1);
    expect(
      scene.get(scene.request('alice', { action: { kind: 'access', resource: 'ssh/x' } })).writtenRule,
    ).toBe(0);
    expect(scene.get(scene.propose('alice', policy())).writtenRule).toBeNull();
  });

  it('§4 a run and its end, with the digests that were given and no others', () => {
    const { scene, id } = granted();
    const [first, second] = [scene.start('alice', id), scene.start('alice', id)];
    const stream = { sha256: SHA, size: 3 };
    const outputs = [{ ...stream, path: 'report' }];
    const end = scene.put('alice', {
      type: 'finish',
      run: second,
      exit: { signal: 'SIGTERM' },
      millis: 7,
      stdout: stream,
      stderr: { ...stream, size: 4 },
      outputs,
    });
    const begun = { actor: 'alice', host: 'prod-1' };
    expect(scene.get(id).runs).toStrictEqual([
      { ...begun, id: first, at: T0 + 240, position: 4, finish: null },
      {
        ...begun,
        id: second,
        at: T0 + 300,
        position: 5,
        finish: {
          id: end,
          at: T0 + 360,
          position: 6,
          exit: { signal: 'SIGTERM' },
          millis: 7,
          stdout: stream,
          stderr: { ...stream, size: 4 },
          outputs,
        },
      },
    ]);
    const last = scene.finish('alice', first);
    expect(scene.get(id).runs[0]?.finish).toStrictEqual({
      id: last,
      at: T0 + 420,
      position: 7,
      exit: { code: 0 },
      millis: 5,
    });
    expect([first, second].map((run) => scene.state.runs.get(run))).toEqual([id, id]);
  });

  it('§7 counting 7 an end that failed gives back; one that did not leaves that for a later one', () => {
    const { scene, id } = granted();
    const runs = [scene.start('alice', id), scene.start('alice', id), scene.start('alice', id)];
    scene.finish('alice', runs[0] ?? '', { code: 1 });
    expect(scene.get(id)).toMatchObject({ spent: 3, givenBack: false });
    scene.finish('alice', runs[1] ?? '', { failed: 'not-found' });
    expect(scene.get(id)).toMatchObject({ spent: 2, givenBack: true });
    scene.finish('alice', runs[2] ?? '', { failed: 'not-found' });
    expect(scene.get(id)).toMatchObject({ spent: 2, givenBack: true });
  });

  it('§5 a void event stands in the timeline of the request that it named, whole', () => {
    const { scene, id } = granted();
    const again = scene.approve('bob', id);
    expect(scene.get(id).voids).toStrictEqual([
      {
        id: again,
        type: 'approve',
        actor: 'bob',
        at: T0 + 240,
        position: 4,
        reason: 'duplicate',
        detail: 'bob has approved it already',
      },
    ]);
  });

  it('§7 a void start says which check refused, and why', () => {
    const { scene, id } = granted(1);
    scene.start('bob', id);
    expect(scene.last).toEqual({ reason: 'not-authorised', detail: 'wrong-runner: only alice may run it' });
  });

  it('§6 before the endorsement: a start stands with the request that it named, any other event nowhere', () => {
    const scene = new Scene();
    const id = scene.request('alice');
    expect(scene.get(id).void).toEqual({
      reason: 'unendorsed',
      detail: 'the first policy still lacks its second signature',
    });
    scene.start('alice', id);
    scene.approve('bob', id);
    scene.start('alice', 'a'.repeat(64));
    expect(scene.last?.reason).toBe('unendorsed');
    expect(scene.get(id).voids.map(({ type, reason }) => [type, reason])).toEqual([['start', 'unendorsed']]);
  });

  it('§6 an endorsement and a withdrawal of the first policy, with who did it', () => {
    const scene = new Scene();
    const id = scene.close('alice', scene.state.anchor, 'withdrawn');
    expect(scene.state.endorsement.closed).toStrictEqual({
      id,
      actor: 'alice',
      at: T0 + 60,
      position: 1,
      as: 'withdrawn',
      reason: 'no longer needed',
    });
    scene.approve('bob', scene.state.anchor);
    expect(scene.last).toEqual({ reason: 'closed', detail: 'the founder withdrew it' });
    const endorsed = Scene.endorsed();
    endorsed.approve('carol', endorsed.state.anchor);
    expect(endorsed.last).toEqual({ reason: 'closed', detail: 'the ledger is endorsed' });
  });

  it('§7 counting 6 a halt, whole; a change lifts those before its request', () => {
    const scene = Scene.endorsed();
    const id = scene.halt('bob', 'alice');
    const everything = scene.halt('carol');
    expect(scene.state.halts).toStrictEqual([
      { id, actor: 'bob', at: T0 + 120, position: 2, who: 'alice', reason: 'an incident' },
      { id: everything, actor: 'carol', at: T0 + 180, position: 3, who: null, reason: 'an incident' },
    ]);
    scene.enact('dave', policy());
    expect(scene.state.halts).toEqual([]);
  });

  it('§6 why a policy is invalid, and where: the path and the problem', () => {
    const scene = Scene.endorsed();
    scene.propose('alice', policy({ rules: [rule(), rule({ approvals: [] })] }));
    expect(scene.last).toEqual({
      reason: 'invalid-policy',
      detail: 'rules.1.name: another rule is called anything',
    });
  });

  it('a new ledger has nothing in it but its policy, its founder and their keys', () => {
    expect(new Scene().state).toMatchObject({
      events: 1,
      position: 0,
      greatestAt: T0,
      endorsement: { founder: 'alice', founderMaterial: 'alice', approvals: [], closed: null },
      halts: [],
      materials: new Map(['alice', 'bob', 'carol', 'dave'].map((handle) => [handle, handle])),
    });
  });
});

describe('§7 counting 2: what lapses', () => {
  const two = policy({ rules: [rule({ approvals: [{ count: 2, from: ['everyone'] }] })] });
  const rotated = policy({
    members: ['alice', ['bob', 'cert:bob2'], 'carol', 'dave'],
    rules: two.rules,
  });

  it('of two approvals only the one whose key went', () => {
    const scene = Scene.endorsed(two);
    const id = scene.request('alice');
    scene.approve('bob', id);
    scene.approve('carol', id);
    scene.enact('alice', rotated, 'carol');
    expect(scene.get(id).approvals.map(({ actor, lapsed }) => [actor, lapsed])).toEqual([
      ['bob', true],
      ['carol', false],
    ]);
  });

  it('nothing of what was void already, nor of what is not touched: those records stay the very same', () => {
    const scene = Scene.endorsed(two);
    const kept = scene.request('alice');
    scene.approve('carol', kept);
    const change = scene.propose('alice', rotated);
    scene.approve('bob', scene.propose('carol', policy({ rules: two.rules })));
    scene.approve('carol', change);
    const before = [kept, change].map((id) => scene.get(id));
    expect(scene.get(change).void?.reason).toBe('stale');
    scene.enact('alice', rotated, 'dave');
    expect([kept, change].map((id) => scene.get(id))).toEqual(before);
    expect(scene.get(kept)).toBe(before[0]);
    expect(scene.get(change)).toBe(before[1]);
  });
});

describe('what no ledger can bring about ends in an error, never in an effect', () => {
  const scene = Scene.endorsed();
  const of = (event: unknown, key = 'alice'): Authentic =>
    ({
      event,
      id: SHA,
      at: T0 + HOUR,
      commit: SHA.slice(24),
      position: 9,
      key: keyInfo(key),
    }) as Authentic;
  const genesis = { type: 'genesis', policy: policy(), actor: 'alice', name: 'vault' };

  it.each([
    ['a second genesis', genesis, 'a second genesis is never authentic'],
    [
      'an event of a type that nobody knows',
      { type: 'amend', actor: 'alice' },
      'no effect is known for amend',
    ],
  ])('%s', (_, event, message) => {
    expect(() => effectOf(scene.state, of(event), known)).toThrow(message);
  });

  it('a change whose certificates nobody has read', () => {
    const id = scene.propose('alice', policy());
    const approve = of({ type: 'approve', request: id, actor: 'bob' }, 'bob');
    const forgotten = { bob: 'cert:bob', carol: 'cert:carol' };
    const some = (text: string): ReturnType<typeof known> | undefined =>
      Object.values(forgotten).includes(text) ? undefined : known(text);
    expect(() => effectOf(scene.state, approve, some)).toThrow(
      `the certificates of policy ${id} were not read`,
    );
    expect(effectOf(scene.state, approve, known).changes.policy?.id).toBe(id);
  });

  it('a state that names a policy which it does not hold', () => {
    const read = of(genesis) as Authentic<GenesisEvent>;
    const broken = newState(read, known);
    broken.current = 'f'.repeat(64);
    const halt = of({ type: 'halt', actor: 'alice', reason: 'x' });
    expect(() => effectOf({ ...broken, endorsement: scene.state.endorsement }, halt, known)).toThrow(
      'the state holds no policy',
    );
    expect(() => applyEffect(broken, halt, { void: null, changes: {} })).not.toThrow();
  });

  it('a time that the schema never lets through', () => {
    const request = { ...scene.get(scene.propose('alice', policy())).event, approveBy: 'soon' };
    expect(() => effectOf(scene.state, of(request), known)).toThrow('not a time: soon');
  });
});
