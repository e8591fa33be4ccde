import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import { checkPins, handleOf, introduction } from '../../src/workflows/join.js';
import { keyInfo, policy, Scene, T0 } from '../core/support/scene.js';

const fingerprint = (name: string): string => keyInfo(name).fingerprint;

function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof MpaError ? error.code : error;
  }
}

describe('who joins', () => {
  const two = policy({ members: [['alice', 'cert:alice', 'cert:laptop'], 'bob'], executors: ['deployer'] });
  const { state } = Scene.endorsed(two);

  it.each([
    ['the handle that lists the key', undefined, ['bob'], 'bob'],
    ['the handle that lists a second key', undefined, ['laptop'], 'alice'],
    ['an executor', undefined, ['deployer'], 'deployer'],
    ['a reader, where no key is listed', undefined, ['eve'], null],
    ['a reader, without any key', undefined, [], null],
    ['not to be guessed where keys of two are here', undefined, ['alice', 'bob'], 'usage'],
    ['who they say, with their key', 'alice', ['alice', 'bob'], 'alice'],
    ['nobody with the key of another', 'alice', ['bob'], 'no-key'],
    ['nobody that the policy does not name', 'eve', ['alice'], 'no-identity'],
    ['nobody called as every object has it', 'constructor', ['alice'], 'no-identity'],
  ])('is %s', (_, as, keys, expected) => {
    expect(outcome(() => handleOf(state, as, keys.map(fingerprint)))).toBe(expected);
  });
});

describe('what pins trust', () => {
  const full = 'a'.repeat(64);

  it.each([
    [full, 'b'.repeat(40), 'fine'],
    [undefined, undefined, 'fine'],
    ['a'.repeat(12), undefined, 'full-id-needed'],
    [full.toUpperCase(), undefined, 'full-id-needed'],
    [full, 'b'.repeat(12), 'full-id-needed'],
    [full, 'HEAD', 'full-id-needed'],
  ])('§4 is typed in full: --anchor %s --head %s: %s', (anchor, head, expected) => {
    expect(outcome(() => checkPins(anchor, head)) ?? 'fine').toBe(expected);
  });
});

describe('an introduction', () => {
  it('§6 says that a new ledger is not endorsed, and by whom it is', () => {
    const scene = new Scene();
    expect(introduction(scene.state, T0)).toMatchObject({ founder: 'alice', endorsers: [], endorsed: false });
    scene.approve('bob', scene.state.anchor);
    expect(introduction(scene.state, T0 + 60)).toMatchObject({ endorsers: ['bob'], endorsed: true });
  });

  it('names members with their fingerprints', () => {
    const { members } = introduction(new Scene(policy({ members: ['alice', 'bob'] })).state, T0);
    expect(members).toEqual([
      { handle: 'alice', name: 'alice', fingerprints: [fingerprint('alice')] },
      { handle: 'bob', name: 'bob', fingerprints: [fingerprint('bob')] },
    ]);
  });
});
