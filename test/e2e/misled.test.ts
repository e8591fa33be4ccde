import { beforeAll, describe, expect, it } from 'vitest';
import type { ListedKey, Policy, Rule } from '../../src/core/policy-document.js';
import { openKeystore } from '../../src/signing/keystore.js';
import { forge, type Forge, type Hand } from '../support/craft.js';
import { firstPolicy, handOf, keyOf, now, proposePolicy } from '../support/hands.js';
import { transplanted, type Person } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';

/*
 * Proposals as somebody writes them who does not use mpa to write them, or uses it with --anyway: what the one who is to sign reads.
 */

const top = emptyFolder();
let bob: Person;
let branch: Forge;
let hers: Hand;
let stranger: ListedKey;
let base: { id: string; policy: Policy };

const one = [{ count: 1, from: ['team'] }];
const two = [{ count: 2, from: ['team'] }];
const limits = { maxDuration: 3600, maxPending: 86_400, maxUses: 5 };
const db: Rule = { name: 'db', match: { command: ['psql', '**'] }, approvals: two, ...limits, maxUses: 1 };
const any: Rule = { name: 'any', match: { command: ['*', '**'] }, approvals: one, ...limits };

beforeAll(async () => {
  const world = transplanted(`${top}/world`);
  const { alice, carol, remote, anchor } = world;
  ({ bob } = world);
  branch = forge(remote, anchor);
  hers = await handOf(alice);
  const keys = openKeystore(`${top}/keys`);
  const made = { name: 'B', email: 'b@x.org', passphrase: null, expires: null, now: now() - 60 };
  const { fingerprint } = await keys.generate(made);
  stranger = { type: 'openpgp', public: await keys.exportPublic(fingerprint) };
  const { policy } = firstPolicy(branch);
  const third = { name: carol.name, email: carol.email, keys: [await keyOf(carol)] };
  const next = {
    ...policy,
    members: { ...policy.members, carol: third },
    groups: { team: ['alice', 'bob', 'carol'] },
    rules: [db, any],
  };
  const id = await proposePolicy(branch, hers, anchor, next);
  await branch.write(await handOf(bob), now(), { type: 'approve', request: id });
  base = { id, policy: next };
  return () => remove(top);
});

/** What Bob reads of a policy that Alice has proposed by hand. */
async function read(next: Policy): Promise<string> {
  const id = await proposePolicy(branch, hers, base.id, next);
  return (await bob.must(['show', id])).stdout;
}

describe('what an approver reads of a proposal that could mislead them', () => {
  it('a handle that looks like his: a person, and unwise', async () => {
    const { members } = base.policy;
    const carol = members['carol'];
    if (carol === undefined) throw new Error('three members');
    const { carol: _, ...rest } = members;
    const text = await read({
      ...base.policy,
      members: { ...rest, b0b: { ...carol, keys: [stranger] } },
      groups: { team: ['alice', 'bob', 'b0b'] },
    });
    expect(text).toMatch(/PERSON\s.*b0b/);
    expect(text).toMatch(/UNWISE[^]*easily taken for the member b0b/);
  });

  it('a name that looks like his: unwise', async () => {
    const carol = base.policy.members['carol'];
    if (carol === undefined) throw new Error('three members');
    const text = await read({
      ...base.policy,
      members: { ...base.policy.members, carol: { ...carol, name: 'Bоb Example' } },
    });
    expect(text).toMatch(/UNWISE[^]*look the same/);
  });

  it('the same rules in another order: weaker, and the rule that can never match is named', async () => {
    const text = await read({ ...base.policy, rules: [any, db] });
    expect(text).toMatch(/WEAKER\s/);
    expect(text).toMatch(/rule db: decides nothing any more/);
  });

  it('one approver in place of two, below much that is stronger: weaker, and first', async () => {
    const stronger = { ...any, maxUses: 1, maxDuration: 60, justification: { minLength: 20 } };
    const text = await read({ ...base.policy, rules: [{ ...db, approvals: one }, stronger] });
    const marks = [...text.matchAll(/^ {2}(WEAKER|stronger|PERSON|KEY)/gm)].map(([, mark]) => mark);
    expect(marks[0]).toBe('WEAKER');
    expect(marks).toContain('stronger');
  });

  it('a pattern cannot pose as lines of mpa, by line breaks or by its length', async () => {
    const command = [`x\n  stronger  rule db: safer`, `${'x'.repeat(64)} rule db: takes one more approval`];
    const text = await read({
      ...base.policy,
      rules: [{ ...any, name: 'new', match: { command } }, db, any],
    });
    expect(text).toContain('takes one more approval');
    expect(text).not.toMatch(/^ {2}stronger/m);
    expect(text).not.toMatch(/^ {12}rule db/m);
  });

  it('anything at all while something is halted: it lifts the halt, and says so', async () => {
    await branch.write(hers, now(), { type: 'halt', who: 'carol', reason: 'her laptop was stolen' });
    const text = await read({ ...base.policy, groups: { team: ['alice', 'bob', 'carol'], sre: ['bob'] } });
    expect(text).toMatch(/^ *lifts +everything of carol, [^]*her\s+laptop was stolen/m);
  });
});
