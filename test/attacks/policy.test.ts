import type { Policy, Rule } from '../../src/core/policy-document.js';
import { formatTime } from '../../src/core/time.js';
import { now } from '../support/hands.js';
import type { Actor, Written } from './bent.js';
import { badCertificates, plain, relisted } from './cast.js';
import type { Ground } from './ground.js';
import { suite, type Fate, type Row } from './tried.js';

type Edit = (policy: Policy, on: Ground) => unknown;

/** Asks for another policy in place of the one in force. */
function proposes(on: Ground, policy: unknown, base = on.anchor): Written {
  const action = { kind: 'policy', base, policy };
  return on.write('alice', {
    type: 'request',
    action,
    justification: 'as agreed',
    approveBy: formatTime(now() + 3600),
  });
}

/** The same policy but for a limit, asked for and approved: what every row was made from. */
function applied(on: Ground): { id: string; state: 'applied' } {
  const [rule, ...rules] = on.policy.rules;
  if (rule === undefined) throw new Error('no rule');
  const { id } = proposes(on, { ...on.policy, rules: [{ ...rule, maxUses: 2 }, ...rules] });
  on.write('bob', { type: 'approve', request: id });
  return { id, state: 'applied' };
}

function change(title: string, fate: Fate, edit: Edit, clause = '§6'): Row {
  return {
    clause,
    title,
    fate,
    attack: (on) => {
      const written = proposes(on, edit(on.policy, on));
      on.write('bob', { type: 'approve', request: written.id });
      return { written };
    },
    twin: applied,
  };
}

/** `where`: the place that the reason names. */
const invalid = (title: string, where: string, edit: Edit): Row =>
  change(title, { void: 'invalid-policy', where }, edit);
const party = ({ name, email, listed }: Actor) => ({ name, email, keys: [listed] });
const joined = (policy: Policy, who: Actor): Policy => ({
  ...policy,
  members: { ...policy.members, [who.handle]: party(who) },
});
const without = (policy: Policy, ...handles: string[]): Policy['members'] =>
  Object.fromEntries(Object.entries(policy.members).filter(([handle]) => !handles.includes(handle)));
const ruled = (policy: Policy, more: Partial<Rule>): Policy => {
  const rules = policy.rules.map((rule) => (rule.name === 'standard' ? { ...rule, ...more } : rule));
  return { ...policy, rules };
};

const newcomer = plain('newcomer');

const CERTIFICATES: readonly Row[] = Object.entries(badCertificates()).map(([title, armored]) =>
  change(
    `a certificate with ${title}`,
    { void: 'invalid-policy', where: 'members.newcomer.keys.0' },
    (policy) => joined(policy, { ...newcomer, listed: { type: 'openpgp', public: armored } }),
    '§5',
  ),
);

const PEOPLE: readonly Row[] = [
  invalid("Bob's certificate for a second handle", 'members.newcomer.keys.0', (policy, on) =>
    joined(policy, { ...newcomer, listed: on.actor('bob').listed }),
  ),
  invalid("Bob's key in another certificate for a second handle", 'members.newcomer.keys.0', (policy, on) =>
    joined(policy, relisted(on.actor('bob'), 'newcomer')),
  ),
  invalid("Bob's key under another handle, and Bob gone", 'members.bert', (policy, on) => {
    const members = { ...without(policy, 'bob'), bert: party(relisted(on.actor('bob'), 'bert')) };
    return { ...policy, members, groups: { team: ['alice', 'bert', 'carl'] } };
  }),
  invalid("Carl's certificate for Bob as well", 'members.carl.keys.0', (policy, on) =>
    joined(policy, { ...newcomer, handle: 'bob', ...{ listed: on.actor('carl').listed } }),
  ),
  invalid("an executor with a member's key", 'executors.robot.keys.0', (policy, on) => ({
    ...policy,
    executors: { robot: party(relisted(on.actor('bob'), 'robot')) },
  })),
  invalid('the address of another in capitals', 'members.newcomer.email', (policy) =>
    joined(policy, { ...newcomer, email: 'BOB@example.org' }),
  ),
  invalid('a member without a key', 'members.newcomer', (policy) => ({
    ...policy,
    members: { ...policy.members, newcomer: { name: 'N', email: 'n@example.org', keys: [] } },
  })),
  invalid('one member', 'members', (policy) => ({
    ...policy,
    members: { alice: policy.members['alice'] },
    groups: { team: ['alice'] },
  })),
  invalid('a group with the name of a member', 'groups.bob', (policy) => ({
    ...policy,
    groups: { ...policy.groups, bob: ['carl'] },
  })),
  invalid('a group of everyone', 'groups.everyone', (policy) => ({
    ...policy,
    groups: { ...policy.groups, everyone: ['carl'] },
  })),
  invalid('an executor with the name of a member', 'executors.bob', (policy) => ({
    ...policy,
    executors: { bob: party(newcomer) },
  })),
  invalid('a group with somebody who is no member', 'groups.team.2', (policy) => ({
    ...policy,
    groups: { team: ['alice', 'bob', 'nobody'] },
  })),
  invalid('an executor in a group', 'groups.team.2', (policy) => ({
    ...policy,
    groups: { team: ['alice', 'bob', 'ci'] },
  })),
];

const RULES: readonly Row[] = [
  invalid('a rule that asks nobody', 'rules.3.approvals', (policy) => ruled(policy, { approvals: [] })),
  invalid('a rule that asks a group without people', 'rules.3.approvals', (policy) => ({
    ...ruled(policy, { approvals: [{ count: 1, from: ['none'] }] }),
    groups: { ...policy.groups, none: [] },
  })),
  invalid('a rule that asks nobody but who requests', 'rules.3.approvals', (policy) =>
    ruled(policy, { requesters: ['alice'], approvals: [{ count: 1, from: ['alice'] }] }),
  ),
  invalid('a rule that asks more people than there are', 'rules.3.approvals', (policy) =>
    ruled(policy, { approvals: [{ count: 100, from: ['team'] }] }),
  ),
  invalid('a rule that asks one person for two places', 'rules.3.approvals', (policy) =>
    ruled(policy, {
      requesters: ['alice'],
      approvals: [
        { count: 1, from: ['bob'] },
        { count: 1, from: ['bob'] },
      ],
    }),
  ),
  invalid('a clause that names nobody known', 'rules.3.approvals.0.from.0', (policy) =>
    ruled(policy, { approvals: [{ count: 1, from: ['nobody'] }] }),
  ),
  invalid('a clause of an executor', 'rules.3.approvals.0.from.0', (policy) =>
    ruled(policy, { approvals: [{ count: 1, from: ['ci'] }] }),
  ),
  invalid('requesters whom nobody knows', 'rules.3.requesters.0', (policy) =>
    ruled(policy, { requesters: ['nobody'] }),
  ),
  invalid('an executor whom nobody knows', 'rules.3.executors.0', (policy) =>
    ruled(policy, { executors: ['nobody'] }),
  ),
  invalid('two rules of one name', 'rules.4.name', (policy) => ({
    ...policy,
    rules: [...policy.rules, ...policy.rules],
  })),
  invalid('a rule named like a refusal', 'rules.0.name', (policy) => ({
    ...policy,
    rules: policy.rules.map((rule, i) => (i === 0 ? { ...rule, name: 'no-rule' } : rule)),
  })),
  invalid('a pattern that ends in the middle of an escape', 'rules.3.match.command.0', (policy) =>
    ruled(policy, { match: { command: ['touch\\'] } }),
  ),
  invalid('changes that ask nobody', 'changes', (policy) => ({ ...policy, changes: [] })),
  invalid('changes that only who asks could approve', 'changes', (policy) => ({
    ...policy,
    changes: [{ count: 1, from: ['alice'] }],
  })),
  invalid('257 rules', 'rules', (policy) => ({
    ...policy,
    rules: Array.from({ length: 257 }, (_, i) => ({ ...policy.rules[3], name: `r${i}` })),
  })),
  invalid('257 groups', 'groups', (policy) => ({
    ...policy,
    groups: {
      ...policy.groups,
      ...Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`g${i}`, ['bob']])),
    },
  })),
  invalid('the next protocol and something else', 'protocol', (policy) => ({
    ...ruled(policy, { maxUses: 3 }),
    protocol: 2,
  })),
  change('a count of zero', { inert: 'bad-event' }, (policy) => ({
    ...policy,
    changes: [{ count: 0, from: ['team'] }],
  })),
  change('a protocol of zero', { inert: 'bad-event' }, (policy) => ({ ...policy, protocol: 0 })),
  change('an unknown field of a rule', { inert: 'bad-event' }, (policy) =>
    ruled(policy, { approvalsNeeded: 0 } as Partial<Rule>),
  ),
  change('an unknown field of the policy', { inert: 'bad-event' }, (policy) => ({
    ...policy,
    admin: 'alice',
  })),
];

const WHO: readonly Row[] = [
  {
    clause: '§6',
    title: 'a change on a base that never was',
    fate: { void: 'stale' },
    attack: (on) => ({ written: proposes(on, on.policy, 'ab'.repeat(32)) }),
    twin: applied,
  },
  {
    clause: '§6',
    title: 'a change that its requester approves with a second key',
    fate: { void: 'self-approval' },
    attack: (on) => {
      const { id } = proposes(on, ruled(on.policy, { maxUses: 3 }));
      return { written: on.write('alice', { type: 'approve', request: id }) };
    },
    twin: applied,
  },
  {
    clause: '§6',
    title: 'a change that only somebody approves whom it would bring in',
    fate: { inert: 'unknown-actor' },
    attack: (on) => {
      const { id } = proposes(on, joined(on.policy, on.actor('mallory')));
      return { written: on.write('mallory', { type: 'approve', request: id }) };
    },
    twin: applied,
  },
  {
    clause: '§6',
    title: 'a change that a member approves whom `changes` does not name',
    fate: { void: 'not-eligible' },
    attack: (on) => {
      const { id } = proposes(on, ruled(on.policy, { maxUses: 3 }));
      return { written: on.write('guest', { type: 'approve', request: id }) };
    },
    twin: applied,
  },
  {
    clause: '§7.5',
    title: 'a thief denies the change that would remove them',
    fate: { void: 'not-allowed' },
    attack: (on) => {
      const { id } = proposes(on, {
        ...on.policy,
        members: without(on.policy, 'carl'),
        groups: { team: ['alice', 'bob', 'dave'] },
      });
      return { written: on.write('carl', { type: 'close', request: id, as: 'denied', reason: 'no' }) };
    },
    twin: applied,
  },
  {
    clause: '§5.2',
    title: 'an approval by somebody who was removed',
    fate: { inert: 'unknown-actor' },
    attack: (on) => {
      const { id } = proposes(on, {
        ...on.policy,
        members: without(on.policy, 'carl'),
        groups: { team: ['alice', 'bob', 'dave'] },
      });
      on.write('bob', { type: 'approve', request: id });
      return { written: on.write('carl', { type: 'approve', request: on.id }) };
    },
  },
  {
    clause: '§5.3',
    title: 'an approval with a key that was replaced',
    fate: { inert: 'wrong-key' },
    attack: (on) => {
      const { carl } = on.policy.members;
      if (carl === undefined) throw new Error('no carl');
      const members = { ...on.policy.members, carl: { ...carl, keys: [newcomer.listed] } };
      const { id } = proposes(on, { ...on.policy, members });
      on.write('bob', { type: 'approve', request: id });
      return { written: on.write('carl', { type: 'approve', request: on.id }) };
    },
  },
  {
    clause: '§6',
    title: 'a change asked for while another takes effect',
    fate: { void: 'request-void' },
    attack: (on) => {
      const late = proposes(on, joined(on.policy, newcomer));
      applied(on);
      on.write('bob', { type: 'approve', request: late.id });
      return { written: on.write('carl', { type: 'approve', request: late.id }) };
    },
  },
  {
    clause: '§7',
    title: 'an approval that came when one was enough, under a rule that now asks two',
    fate: { void: 'duplicate' },
    attack: (on) => {
      on.write('bob', { type: 'approve', request: on.id });
      const { id } = proposes(on, ruled(on.policy, { approvals: [{ count: 2, from: ['team'] }] }));
      on.write('carl', { type: 'approve', request: id });
      return { written: on.write('bob', { type: 'approve', request: on.id }) };
    },
    twin: (on) => {
      on.write('carl', { type: 'approve', request: on.id });
      return { id: on.id, state: 'approved' };
    },
  },
];

suite('certificates', CERTIFICATES);
suite('people', PEOPLE);
suite('rules', RULES);
suite('who changes a policy', WHO);
