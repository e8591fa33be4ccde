import { describe, expect, it } from 'vitest';
import { MpaError } from '../../src/core/errors.js';
import type { CertificateReader } from '../../src/core/ports.js';
import { joinedMembers, memberOf, withCards, type Card } from '../../src/workflows/founders.js';
import { firstPolicy, type Founding } from '../../src/workflows/init.js';
import { known } from '../core/support/scene.js';

const certificates: CertificateReader = { known, read: (armored) => Promise.resolve(known(armored)) };

function card(name: string): Card {
  const reading = known(`cert:${name}`);
  if (!reading.ok) throw new Error(reading.problem);
  return { armored: `cert:${name}`, certificate: reading.certificate };
}

const FOUNDING: Founding = {
  as: 'alice',
  founder: card('alice'),
  members: new Map([['bob', card('bob')]]),
  file: null,
  recovery: null,
};

async function outcome(founding: Partial<Founding>): Promise<unknown> {
  try {
    return Object.keys((await firstPolicy({ ...FOUNDING, ...founding }, { certificates })).members).sort();
  } catch (error) {
    return error instanceof MpaError ? error.code : error;
  }
}

describe('the members of a first policy', () => {
  it('have the names and addresses of their certificates', async () => {
    const { members } = await firstPolicy(FOUNDING, { certificates });
    expect(members['bob']).toEqual(memberOf(card('bob')));
    expect(members['bob']).toMatchObject({ name: 'bob', email: 'bob@example.org' });
  });

  it('come from flags and from the file', async () => {
    const file = { protocol: 1, members: { carol: memberOf(card('carol')) } };
    expect(await outcome({ file })).toEqual(['alice', 'bob', 'carol']);
    expect(await outcome({ file, members: new Map() })).toEqual(['alice', 'carol']);
  });

  it('may include the founder in the file, with the key in use', async () => {
    const mine = (name: string) => ({ protocol: 1, members: { alice: memberOf(card(name)) } });
    expect(await outcome({ file: mine('alice') })).toEqual(['alice', 'bob']);
    expect(await outcome({ file: mine('other') })).toBe('usage');
  });

  it('are given once each', async () => {
    expect(await outcome({ file: { members: { bob: memberOf(card('bob')) } } })).toBe('usage');
    expect(await outcome({ members: new Map([['constructor', card('bob')]]) })).toEqual([
      'alice',
      'constructor',
    ]);
    expect(Object.getPrototypeOf(joinedMembers(null, new Map()))).toBeNull();
  });

  it('are at least two', async () => {
    expect(await outcome({ members: new Map() })).toBe('invalid-policy');
  });

  it('gain `recovery` with a recovery key, unless somebody is called that', async () => {
    expect(await outcome({ recovery: card('offline') })).toEqual(['alice', 'bob', 'recovery']);
    expect(await outcome({ recovery: card('offline'), members: new Map([['recovery', card('bob')]]) })).toBe(
      'usage',
    );
    expect(await outcome({ recovery: card('alice') })).toBe('invalid-policy');
  });
});

describe('the keys of a policy file', () => {
  const read = (source: string): Promise<Card> => Promise.resolve(card(source.replace('.asc', '')));

  it.each([
    ['a path', { keys: ['bob.asc'] }],
    ['one key', { key: 'bob.asc' }],
    ['the form of the ledger', { keys: [{ type: 'openpgp', public: 'bob' }] }],
  ])('may be %s', async (_, entry) => {
    expect(await withCards({ members: { bob: entry } }, read)).toEqual({
      members: { bob: memberOf(card('bob')) },
    });
  });

  it('leave names and addresses that are given as they are', async () => {
    const { members } = await withCards(
      { members: { bob: { name: 'Robert', keys: ['bob.asc'], unix: ['bob'] } } },
      read,
    );
    expect(members).toMatchObject({ bob: { name: 'Robert', email: 'bob@example.org', unix: ['bob'] } });
  });

  it('serve executors alike, and leave the rest for the schema', async () => {
    expect(await withCards({ executors: { ci: { key: 'ci' } } }, read)).toEqual({
      executors: { ci: memberOf(card('ci')) },
    });
    for (const odd of [null, 'x', [], { bob: 1 }, { bob: { keys: 1 } }, { bob: { keys: [1] } }]) {
      expect(await withCards({ members: odd }, read)).toEqual({ members: odd });
    }
  });
});
