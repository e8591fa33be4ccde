import { describe, expect, it } from 'vitest';
import { limits, windowOf } from '../../src/core/counting.js';
import type { CommandAction } from '../../src/core/action.js';
import type { Rule } from '../../src/core/policy-document.js';
import { COMMAND, DAY, HOUR, Scene, policy, rule, type PolicyParts } from './support/scene.js';

/** How a request stood when the rule changed. */
const WAS = ['pending', 'approved', 'scheduled', 'used', 'denied'] as const;
type Was = (typeof WAS)[number];

const SRE = [{ count: 1, from: ['sre'] }];
const SRE_TWICE = [{ count: 2, from: ['sre'] }];

function db(more: Partial<Rule> = {}): Rule {
  return rule({ name: 'db', match: { command: ['psql', '**'] }, approvals: SRE, ...more });
}

const PEOPLE = ['alice', 'bob', 'carol', 'frank', 'dave', 'erin'] as const;

/** Alice asks, bob, carol and frank are `sre`, dave and erin govern; one rule for her command, one for all else. */
const BASE: PolicyParts = {
  members: [...PEOPLE],
  executors: ['runner'],
  groups: { sre: ['bob', 'carol', 'frank'] },
  rules: [db(), rule()],
};

/** Everybody but these, and these as given. */
function membersWith(...changed: readonly (readonly [string, ...string[]])[]): PolicyParts {
  const handles = changed.map(([handle]) => handle);
  const rest = PEOPLE.filter((handle) => !handles.includes(handle));
  return { ...BASE, members: [...rest, ...changed.filter(([, ...keys]) => keys.length > 0)] };
}

const WITHOUT_BOB: PolicyParts = { ...membersWith(['bob']), groups: { sre: ['carol', 'frank'] } };
const WITHOUT_ALICE = membersWith(['alice']);

class Open extends Scene {
  readonly ids: Readonly<Record<Was, string>>;
  readonly notBefore: number;

  /** Five requests of alice's for the same, bob's approval on three of them, in the five states. */
  constructor(parts: PolicyParts = {}, action: CommandAction = COMMAND) {
    super(policy({ ...BASE, ...parts }));
    this.approve('dave', this.state.anchor);
    this.notBefore = this.now + 2 * HOUR;
    const ask = { action, duration: 4 * HOUR, uses: 3 };
    const later = { ...ask, notBefore: this.notBefore };
    const [pending, approved, denied] = [
      this.request('alice', ask),
      this.request('alice', ask),
      this.request('alice', ask),
    ];
    const [scheduled, used] = [this.request('alice', later), this.request('alice', { ...ask, uses: 1 })];
    for (const id of [approved, scheduled, used]) this.approve('bob', id);
    this.start(action.executor ?? 'alice', used, { host: action.host ?? 'ci-1' });
    this.close('carol', denied, 'denied');
    if (this.last !== null) throw new Error(`${this.last.reason}: ${this.last.detail}`);
    this.ids = { pending, approved, scheduled, used, denied };
  }

  /** Dave and erin put a policy in force. */
  to(parts: PolicyParts): this {
    this.enact('dave', policy(parts), 'erin');
    return this;
  }

  verdicts(): readonly string[] {
    return WAS.map((was) => this.verdict(this.ids[was]));
  }
}

/** Section 7, States. */
const STATES: Readonly<Record<string, string>> = {
  authorised: 'approved',
  'too-early': 'scheduled',
  'requester-left': 'void',
  'no-longer-allowed': 'void',
};

const UNCHANGED = ['pending', 'authorised', 'too-early', 'used', 'denied'] as const;
const ALL_PENDING = ['pending', 'pending', 'pending', 'used', 'denied'] as const;
const HALTED = ['halted', 'halted', 'halted', 'halted', 'denied'] as const;
const GONE = ['requester-left', 'requester-left', 'requester-left', 'requester-left', 'denied'] as const;
const NOT_ALLOWED = [
  'no-longer-allowed',
  'no-longer-allowed',
  'no-longer-allowed',
  'no-longer-allowed',
  'denied',
] as const;

type Row = readonly [
  change: string,
  act: (scene: Open) => unknown,
  then: readonly [pending: string, approved: string, scheduled: string, used: string, denied: string],
];

const ROWS: readonly Row[] = [
  ['the same policy once more', (it) => it.to(BASE), UNCHANGED],
  [
    'weakened: anybody may approve',
    (it) => it.to({ ...BASE, rules: [db({ approvals: rule().approvals }), rule()] }),
    UNCHANGED,
  ],
  [
    'weakened: higher limits',
    (it) => it.to({ ...BASE, rules: [db({ maxDuration: 9 * HOUR, maxUses: 99, maxPending: 9 * DAY })] }),
    UNCHANGED,
  ],
  [
    'tightened: two of sre',
    (it) => it.to({ ...BASE, rules: [db({ approvals: SRE_TWICE }), rule()] }),
    ALL_PENDING,
  ],
  [
    'tightened: security beside sre',
    (it) =>
      it.to({
        ...BASE,
        groups: { sre: ['bob', 'carol', 'frank'], security: ['dave', 'erin'] },
        rules: [db({ approvals: [...SRE, { count: 1, from: ['security'] }] })],
      }),
    ALL_PENDING,
  ],
  [
    'tightened, and weakened again',
    (it) => it.to({ ...BASE, rules: [db({ approvals: SRE_TWICE })] }).to(BASE),
    UNCHANGED,
  ],
  ['the approver removed', (it) => it.to(WITHOUT_BOB), ALL_PENDING],
  [
    'the approver removed and added again, with the same key',
    (it) => it.to(WITHOUT_BOB).to(BASE),
    ALL_PENDING,
  ],
  ['the requester removed', (it) => it.to(WITHOUT_ALICE), GONE],
  [
    'the requester made an executor',
    (it) => it.to({ ...WITHOUT_ALICE, executors: ['runner', 'alice'] }),
    GONE,
  ],
  [
    'the approver made an executor',
    (it) => it.to({ ...WITHOUT_BOB, executors: ['runner', 'bob'] }),
    ALL_PENDING,
  ],
  [
    'the requester removed and added again, with the same key',
    (it) => it.to(WITHOUT_ALICE).to(BASE),
    UNCHANGED,
  ],
  [
    'the requester removed and added again, with another key',
    (it) => it.to(WITHOUT_ALICE).to(membersWith(['alice', 'cert:alice2'])),
    GONE,
  ],
  ["the approver's key rotated", (it) => it.to(membersWith(['bob', 'cert:bob2'])), ALL_PENDING],
  [
    "the approver's key rotated, and back",
    (it) => it.to(membersWith(['bob', 'cert:bob2'])).to(BASE),
    ALL_PENDING,
  ],
  [
    "the approver's certificate revoked",
    (it) => it.to(membersWith(['bob', 'cert:bob:revoked'])),
    ALL_PENDING,
  ],
  ["the requester's key rotated", (it) => it.to(membersWith(['alice', 'cert:alice2'])), GONE],
  ["the requester's certificate revoked", (it) => it.to(membersWith(['alice', 'cert:alice:revoked'])), GONE],
  [
    "the approver's key beside a second",
    (it) => it.to(membersWith(['bob', 'cert:bob', 'cert:bob2'])),
    UNCHANGED,
  ],
  [
    "the requester's key beside a second",
    (it) => it.to(membersWith(['alice', 'cert:alice', 'cert:alice2'])),
    UNCHANGED,
  ],
  [
    "the approver's certificate renewed",
    (it) => it.to(membersWith(['bob', `cert:bob:${it.now + 400 * DAY}`])),
    UNCHANGED,
  ],
  [
    "the requester's certificate renewed",
    (it) => it.to(membersWith(['alice', `cert:alice:${it.now + 400 * DAY}`])),
    UNCHANGED,
  ],
  [
    "the approver's certificate shortened to the past",
    (it) => it.to(membersWith(['bob', `cert:bob:${it.now}`])),
    ALL_PENDING,
  ],
  [
    "the requester's certificate shortened to the past",
    (it) => it.to(membersWith(['alice', `cert:alice:${it.now}`])),
    GONE,
  ],
  ['the requester halted', (it) => it.halt('erin', 'alice'), HALTED],
  ['the approver halted', (it) => it.halt('erin', 'bob'), ALL_PENDING],
  ['the executor, who runs none of these, halted', (it) => it.halt('erin', 'runner'), UNCHANGED],
  ['an uninvolved person halted', (it) => it.halt('erin', 'dave'), UNCHANGED],
  ['the ledger halted', (it) => it.halt('erin'), HALTED],
  ['the ledger halted and resumed', (it) => [it.halt('erin'), it.to(BASE)], UNCHANGED],
  ['the requester halted and resumed', (it) => [it.halt('erin', 'alice'), it.to(BASE)], UNCHANGED],
  ['the approver halted and resumed', (it) => [it.halt('erin', 'bob'), it.to(BASE)], UNCHANGED],
  [
    'a resume that was requested before the halt',
    (it) => {
      const id = it.propose('dave', policy(BASE));
      it.halt('erin');
      it.approve('erin', id);
      expect(it.state.current).toBe(id);
    },
    HALTED,
  ],
  [
    'halted and resumed by a policy that removes the approver',
    (it) => [it.halt('erin', 'bob'), it.to(WITHOUT_BOB)],
    ALL_PENDING,
  ],
  ['a shorter maxDuration', (it) => it.to({ ...BASE, rules: [db({ maxDuration: HOUR })] }), UNCHANGED],
  ['a lower maxUses', (it) => it.to({ ...BASE, rules: [db({ maxUses: 1 })] }), UNCHANGED],
  ['a shorter maxPending', (it) => it.to({ ...BASE, rules: [db({ maxPending: 60 })] }), UNCHANGED],
  [
    'the rule removed, another covers it and asks no less',
    (it) => it.to({ ...BASE, rules: [rule({ approvals: SRE })] }),
    UNCHANGED,
  ],
  [
    'the rule removed, another covers it and asks for somebody else',
    (it) => it.to({ ...BASE, rules: [rule({ approvals: [{ count: 1, from: ['dave', 'erin'] }] })] }),
    ALL_PENDING,
  ],
  [
    'the rule removed, none covers it',
    (it) => it.to({ ...BASE, rules: [rule({ match: { access: '*' } })] }),
    NOT_ALLOWED,
  ],
  [
    'the rules in another order: a stricter one matches first',
    (it) => it.to({ ...BASE, rules: [rule({ approvals: SRE_TWICE }), db()] }),
    ALL_PENDING,
  ],
  [
    'the rules in another order: a weaker one matches first',
    (it) => it.to({ ...BASE, rules: [rule(), db()] }),
    UNCHANGED,
  ],
  [
    'requesters without her',
    (it) => it.to({ ...BASE, rules: [db({ requesters: ['sre', 'dave'] })] }),
    NOT_ALLOWED,
  ],
  [
    'requesters that still name her',
    (it) => it.to({ ...BASE, rules: [db({ requesters: ['alice'] })] }),
    UNCHANGED,
  ],
  [
    'a ticket asked for',
    (it) => it.to({ ...BASE, rules: [db({ ticket: { pattern: 'INC-*' } })] }),
    NOT_ALLOWED,
  ],
  [
    'a longer justification asked for',
    (it) => it.to({ ...BASE, rules: [db({ justification: { minLength: 900 } })] }),
    NOT_ALLOWED,
  ],
  ['an executor asked for', (it) => it.to({ ...BASE, rules: [db({ executors: ['runner'] })] }), NOT_ALLOWED],
  ['pins asked for', (it) => it.to({ ...BASE, rules: [db({ pins: ['*.sql'] })] }), NOT_ALLOWED],
  [
    'no rule changed, but the approver left the group',
    (it) => it.to({ ...BASE, groups: { sre: ['carol', 'frank'] } }),
    ALL_PENDING,
  ],
  [
    'the approver left the group and came back',
    (it) => it.to({ ...BASE, groups: { sre: ['carol', 'frank'] } }).to(BASE),
    UNCHANGED,
  ],
  [
    'somebody joined the group',
    (it) => it.to({ ...BASE, groups: { sre: ['bob', 'carol', 'frank', 'dave'] } }),
    UNCHANGED,
  ],
  [
    'the requester joined the group',
    (it) => it.to({ ...BASE, groups: { sre: ['alice', 'bob', 'carol', 'frank'] } }),
    UNCHANGED,
  ],
];

describe('§7 every request that was open when a rule changed ended as it says', () => {
  it('before any change: one of each', () => {
    const scene = new Open();
    expect(scene.verdicts()).toEqual(UNCHANGED);
    expect(WAS.map((was) => scene.stateName(scene.ids[was]))).toEqual(WAS);
  });

  it.each(ROWS)('%s', (_, act, then) => {
    const scene = new Open();
    const before = WAS.map((was) => windowOf(scene.state, scene.get(scene.ids[was])));
    act(scene);
    expect(scene.verdicts()).toEqual(then);
    expect(WAS.map((was) => scene.stateName(scene.ids[was]))).toEqual(
      then.map((reason) => STATES[reason] ?? reason),
    );

    // Nothing begins anew, ends later, or may be used more often.
    WAS.forEach((was, i) => {
      const record = scene.get(scene.ids[was]);
      const [old, now] = [before[i] ?? null, windowOf(scene.state, record)];
      expect(now?.start).toBe(old?.start);
      expect(now?.end ?? 0).toBeLessThanOrEqual(old?.end ?? 0);
      expect(limits(scene.state, record).uses).toBeLessThanOrEqual(was === 'used' ? 1 : 3);
    });
    // What was put off meets, at its time, what its like meets now.
    expect(scene.verdict(scene.ids.scheduled, { now: scene.notBefore })).toBe(then[1]);
    // A start that the decision refuses is void, and spends nothing.
    for (const was of WAS) {
      const spent = scene.get(scene.ids[was]).spent;
      const refused = scene.verdict(scene.ids[was], { now: scene.now + 60 }) !== 'authorised';
      scene.start('alice', scene.ids[was]);
      expect(scene.get(scene.ids[was]).spent).toBe(spent + (refused ? 0 : 1));
      expect(scene.last === null).toBe(!refused);
    }
  });

  it.each([
    ['pending', 'halted'],
    ['approved', 'halted'],
    ['scheduled', 'halted'],
    ['used', 'halted'],
    ['denied', 'denied'],
  ] as const)('the executor that would run it halted: %s becomes %s', (was, reason) => {
    const scene = new Open({}, { kind: 'command', argv: ['psql'], executor: 'runner' });
    scene.halt('erin', 'runner');
    expect(scene.verdict(scene.ids[was])).toBe(reason);
    scene.to(BASE);
    expect(scene.verdict(scene.ids[was])).toBe(UNCHANGED[WAS.indexOf(was)]);
  });

  it('the executor that would run it removed: no-longer-allowed, until it is listed again', () => {
    const scene = new Open({}, { kind: 'command', argv: ['psql'], executor: 'runner' });
    scene.to({ ...BASE, executors: [] });
    expect(scene.verdicts()).toEqual(NOT_ALLOWED);
    scene.to(BASE);
    expect(scene.verdicts()).toEqual(UNCHANGED);
  });

  it("the executor's key rotated: the grant stays, the old key runs nothing", () => {
    const scene = new Open({}, { kind: 'command', argv: ['psql'], executor: 'runner' });
    scene.to({ ...BASE, executors: [['runner', 'cert:runner2']] });
    const as = (material: string): string =>
      scene.verdict(scene.ids.approved, { runner: { handle: 'runner', material } });
    expect([as('runner'), as('runner2')]).toEqual(['wrong-runner', 'authorised']);
  });
});

describe('§7 met later, or not', () => {
  const tight = { ...BASE, rules: [db({ approvals: SRE_TWICE }), rule()] };

  it('tightened, met later: authorised again, in the window that the first quorum opened', () => {
    const scene = new Open().to(tight);
    const window = windowOf(scene.state, scene.get(scene.ids.approved));
    scene.approve('carol', scene.ids.approved);
    scene.approve('carol', scene.ids.scheduled);
    expect([scene.verdict(scene.ids.approved), scene.verdict(scene.ids.scheduled)]).toEqual([
      'authorised',
      'too-early',
    ]);
    expect(windowOf(scene.state, scene.get(scene.ids.approved))).toEqual(window);
    expect(scene.verdict(scene.ids.approved, { now: window?.end ?? 0 })).toBe('expired');
  });

  it('tightened, met too late: expired, whoever approves then', () => {
    const scene = new Open().to(tight);
    const end = windowOf(scene.state, scene.get(scene.ids.approved))?.end ?? 0;
    expect(scene.verdict(scene.ids.approved, { now: end })).toBe('expired');
    scene.approve('carol', scene.ids.approved, { time: end });
    expect([scene.last, scene.verdict(scene.ids.approved)]).toEqual([null, 'expired']);
  });

  it('tightened while pending: the window opens with the first quorum of the rule as written', () => {
    const scene = new Open().to(tight);
    scene.approve('bob', scene.ids.pending);
    const { quorumAt } = scene.get(scene.ids.pending);
    expect(scene.verdict(scene.ids.pending)).toBe('pending');
    scene.approve('carol', scene.ids.pending);
    expect([scene.verdict(scene.ids.pending), scene.get(scene.ids.pending).quorumAt]).toEqual([
      'authorised',
      quorumAt,
    ]);
  });

  it('weakened: who only the new rule names may approve, and it does not suffice', () => {
    const scene = new Open().to({ ...BASE, rules: [db({ approvals: rule().approvals })] });
    scene.approve('dave', scene.ids.pending);
    expect([scene.last, scene.verdict(scene.ids.pending)]).toEqual([null, 'pending']);
    expect(scene.get(scene.ids.pending).quorumAt).toBeNull();
    scene.approve('carol', scene.ids.pending);
    expect(scene.verdict(scene.ids.pending)).toBe('authorised');
  });

  it('weakened after the tightening: what the rule asked when it was written is asked still', () => {
    const scene = new Open({ rules: [db({ approvals: SRE_TWICE })] });
    expect(scene.verdict(scene.ids.approved)).toBe('pending');
    scene.to(BASE);
    expect(scene.verdict(scene.ids.approved)).toBe('pending');
    scene.approve('carol', scene.ids.approved);
    expect(scene.verdict(scene.ids.approved)).toBe('authorised');
  });

  it.each([
    ['removed and added again', [WITHOUT_BOB, BASE], 'bob'],
    ['with a rotated key', [membersWith(['bob', 'cert:bob2'])], 'bob2'],
  ])('an approver %s may approve anew, which moves no window', (_, steps, key) => {
    const scene = new Open();
    const window = windowOf(scene.state, scene.get(scene.ids.approved));
    for (const step of steps) scene.to(step);
    scene.approve('bob', scene.ids.approved, { key });
    expect([scene.last, scene.verdict(scene.ids.approved)]).toEqual([null, 'authorised']);
    expect(windowOf(scene.state, scene.get(scene.ids.approved))).toEqual(window);
    expect(scene.get(scene.ids.approved).approvals.map(({ lapsed }) => lapsed)).toEqual([true, false]);
  });

  it('a removed approver can do nothing more for it, or against it', () => {
    const scene = new Open().to(WITHOUT_BOB);
    scene.approve('bob', scene.ids.pending);
    expect(scene.last?.reason).toBe('not-eligible');
    scene.close('bob', scene.ids.approved, 'revoked');
    expect(scene.last?.reason).toBe('not-allowed');
    scene.approve('carol', scene.ids.approved);
    expect(scene.verdict(scene.ids.approved)).toBe('authorised');
  });

  it('what the removed denied stays denied', () => {
    const scene = new Open().to({ ...membersWith(['carol']), groups: { sre: ['bob', 'frank'] } }).to(BASE);
    expect(scene.verdict(scene.ids.denied)).toBe('denied');
  });

  it('the approval that lapsed narrows still, and so does one that came after the quorum', () => {
    const scene = new Open();
    scene.approve('carol', scene.ids.approved, { duration: HOUR, uses: 2 });
    scene.to({ ...membersWith(['carol']), groups: { sre: ['bob', 'frank'] } });
    expect(limits(scene.state, scene.get(scene.ids.approved))).toEqual({ duration: HOUR, uses: 2 });
    expect(scene.verdict(scene.ids.approved)).toBe('authorised');
  });

  it('lower limits narrow what is open: a use that is spent counts, a time that is over is over', () => {
    const scene = new Open();
    scene.start('alice', scene.ids.approved);
    const start = windowOf(scene.state, scene.get(scene.ids.approved))?.start ?? 0;
    scene.to({ ...BASE, rules: [db({ maxDuration: HOUR, maxUses: 1 })] });
    expect(scene.verdict(scene.ids.approved)).toBe('used');
    scene.to({ ...BASE, rules: [db({ maxDuration: HOUR, maxUses: 2 })] });
    expect(scene.verdict(scene.ids.approved)).toBe('authorised');
    expect(windowOf(scene.state, scene.get(scene.ids.approved))).toEqual({ start, end: start + HOUR });
    expect(scene.verdict(scene.ids.approved, { now: start + HOUR })).toBe('expired');
    expect(windowOf(scene.state, scene.get(scene.ids.scheduled))?.end).toBe(scene.notBefore + HOUR);
  });

  it('a person halted may still be outvoted: another approval takes the place of theirs', () => {
    const scene = new Open();
    scene.halt('erin', 'bob');
    scene.approve('bob', scene.ids.pending);
    expect(scene.verdict(scene.ids.pending)).toBe('pending');
    scene.approve('carol', scene.ids.pending);
    expect(scene.verdict(scene.ids.pending)).toBe('authorised');
  });

  it('a second key gives nobody a second voice', () => {
    const both = membersWith(['alice', 'cert:alice', 'cert:alice2'], ['bob', 'cert:bob', 'cert:bob2']);
    const scene = new Open().to({
      ...both,
      rules: [db({ approvals: SRE_TWICE })],
      groups: { sre: ['alice', 'bob', 'carol', 'frank'] },
    });
    scene.approve('bob', scene.ids.approved, { key: 'bob2' });
    expect([scene.last?.reason, scene.verdict(scene.ids.approved)]).toEqual(['duplicate', 'pending']);
    scene.approve('alice', scene.ids.approved, { key: 'alice2' });
    expect([scene.last?.reason, scene.verdict(scene.ids.approved)]).toEqual(['self-approval', 'pending']);
  });

  it('the second key may use what the first asked for, until the first is listed no more', () => {
    const scene = new Open().to(membersWith(['alice', 'cert:alice', 'cert:alice2']));
    const runner = { handle: 'alice', material: 'alice2' };
    expect(scene.verdict(scene.ids.approved, { runner })).toBe('authorised');
    scene.to(membersWith(['alice', 'cert:alice2']));
    expect(scene.verdict(scene.ids.approved, { runner })).toBe('requester-left');
  });

  it('a policy request that is open is stale after a change, and its approvals bring nothing', () => {
    const scene = new Open();
    const open = scene.propose('alice', policy(BASE));
    scene.to(WITHOUT_BOB);
    expect([scene.verdict(open), scene.stateName(open)]).toEqual(['no-longer-allowed', 'void']);
    scene.approve('carol', open);
    expect([scene.verdict(open), scene.get(open).void?.reason]).toEqual(['void', 'stale']);
  });
});
