import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Policy } from '../../src/core/policy-document.js';
import { forge } from '../support/craft.js';
import { now } from '../support/hands.js';
import { person } from '../support/people.js';
import { place } from '../support/places.js';
import { writeBent, type Bend, type Written } from './bent.js';
import { template, type Template } from './ground.js';

/** What is bent of a genesis that is otherwise as `mpa init` makes it. */
interface Founding {
  readonly clause: string;
  readonly title: string;
  readonly code: string;
  readonly who?: string;
  readonly at?: number;
  readonly policy?: (policy: Policy) => unknown;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly bend?: Bend;
}

const ROWS: readonly Founding[] = [
  {
    clause: '§2.3',
    title: 'signed by nobody',
    code: 'stranger',
    bend: { commit: (all) => all.replace(/^gpgsig (?:.*\n )*.*\n/m, '') },
  },
  {
    clause: '§2.3',
    title: 'signed by somebody whom its policy does not name',
    code: 'stranger',
    who: 'mallory',
  },
  { clause: '§2.3', title: 'signed by an executor', code: 'stranger', who: 'ci' },
  { clause: '§2.3', title: 'signed with an expired key', code: 'stranger', who: 'expired' },
  { clause: '§2.3', title: 'signed with a revoked key', code: 'stranger', who: 'revoked' },
  { clause: '§2.3', title: 'signed over text', code: 'stranger', bend: { spec: { type: 0x01 } } },
  {
    clause: '§2.3',
    title: 'with a policy of one member',
    code: 'stranger',
    policy: (policy) => ({
      ...policy,
      members: { alice: policy.members['alice'] },
      groups: { team: ['alice'] },
    }),
  },
  {
    clause: '§2.3',
    title: 'with a rule that asks nobody',
    code: 'stranger',
    policy: (policy) => ({ ...policy, rules: policy.rules.map((rule) => ({ ...rule, approvals: [] })) }),
  },
  {
    clause: '§2.3',
    title: 'with changes that ask nobody',
    code: 'stranger',
    policy: (policy) => ({ ...policy, changes: [] }),
  },
  {
    clause: '§2.3',
    title: "with one person's key for two",
    code: 'stranger',
    policy: (policy) => ({
      ...policy,
      members: {
        ...policy.members,
        twin: { name: 'T', email: 't@example.org', keys: policy.members['bob']?.keys },
      },
    }),
  },
  { clause: '§2.3', title: 'with a field too many', code: 'stranger', fields: { also: 1 } },
  {
    clause: '§2.3',
    title: 'that names a ledger, as later events do',
    code: 'stranger',
    fields: { ledger: 'ab'.repeat(32) },
  },
  { clause: '§2.3', title: 'of another version than its policy', code: 'stranger', fields: { v: 2 } },
  { clause: '§2.3', title: "under another's name", code: 'stranger', bend: { name: 'Carl Example' } },
  {
    clause: '§2.3',
    title: 'with a name that moves the cursor',
    code: 'stranger',
    fields: { name: 'vault\u001b[2J' },
  },
  {
    clause: '§2.3',
    title: 'that is a halt',
    code: 'stranger',
    fields: { type: 'halt', reason: 'x', name: undefined, policy: undefined },
  },
  { clause: '§2.5', title: 'of the day after tomorrow', code: 'future', at: 172_800 },
  {
    clause: '§6',
    title: 'of a protocol that nobody knows yet',
    code: 'not-understood',
    fields: { v: 2 },
    policy: (policy) => ({ ...policy, protocol: 2 }),
  },
];

describe('a first commit', () => {
  let made: Template;
  let clear: () => void;
  beforeAll(async () => {
    ({ made, remove: clear } = await template());
  });
  afterAll(() => clear());

  function found(row: Omit<Founding, 'clause' | 'title' | 'code'>): { repository: string; written: Written } {
    const repository = join(place(), 'ledger.git');
    execFileSync('git', ['init', '-q', '--bare', '--template=', repository]);
    const actor = made.cast[row.who ?? 'alice'];
    if (actor === undefined) throw new Error('nobody');
    const body: Readonly<Record<string, unknown>> = {
      type: 'genesis',
      name: 'vault',
      policy: row.policy?.(made.policy) ?? made.policy,
      ...row.fields,
    };
    const fields = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    return {
      repository,
      written: writeBent(forge(repository), actor, now() + (row.at ?? 0), fields, row.bend),
    };
  }

  it('as it should be: is joined', async () => {
    const { repository, written } = found({});
    const carol = person(place(), 'carol');
    expect((await carol.mpa(['join', repository, '--anchor', written.id, '--json'])).outcome).toBe('0');
  });

  it.each(ROWS.map((row) => [`${row.clause} ${row.title}`, row] as const))(
    '%s: nothing is joined, and nothing runs',
    async (_, row) => {
      const { repository, written } = found(row);
      const carol = person(place(), 'carol');
      const joins = ['join', repository, '--anchor', written.id, '--json'];
      expect((await carol.mpa(joins)).outcome).toBe(`3 ${row.code}`);
      // Without an anchor there is nothing to compare, and nobody who could be asked.
      expect((await carol.mpa(['join', repository, '--json'])).status).toBe(3);
      expect((await carol.mpa(['exec', made.id, '--json'])).outcome).toBe('125 not-joined');
    },
  );
});
