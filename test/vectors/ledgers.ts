import type { CommandAction } from '../../src/core/action.js';
import type { Policy, Rule } from '../../src/core/policy-document.js';
import { formatTime } from '../../src/core/time.js';
import { Book, COUNTS, inert, voided, type Body, type Hand, type Handle } from './book.js';
import type { DecisionVector, LedgerVector } from './shapes.js';
import { createHash } from 'node:crypto';

/** 2026-01-01T00:00:00Z; the keys are a day older. */
export const T0 = 1_767_225_600;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const at = (minutes: number): number => T0 + Math.round(minutes * MINUTE);

export type People = Readonly<Record<Handle, Hand>>;

const listed = ({ name, email, key }: Hand) => ({ name, email, keys: [key] });

const RULES: readonly Rule[] = [
  {
    name: 'release',
    match: { access: 'weights/*' },
    approvals: [{ count: 2, from: ['team'] }],
    maxDuration: HOUR,
    maxPending: DAY,
    maxUses: 1,
  },
  {
    name: 'migration',
    match: { command: ['./migrate', '**'] },
    approvals: [{ count: 1, from: ['team'] }],
    maxDuration: HOUR,
    maxPending: DAY,
    maxUses: 1,
    justification: { minLength: 10 },
    ticket: { pattern: 'OPS-*' },
    executors: ['ci'],
    pins: ['*.sql'],
  },
  {
    name: 'standard',
    match: { command: ['*', '**'] },
    approvals: [{ count: 1, from: ['team'] }],
    maxDuration: 8 * HOUR,
    maxPending: DAY,
    maxUses: 10,
  },
];

/** Alice, Bob and Carol, and a machine. */
export function policyOf(people: People, more: Partial<Policy> = {}): Policy {
  const { alice, bob, carol, ci } = people;
  return {
    protocol: 1,
    members: { alice: listed(alice), bob: { ...listed(bob), unix: ['bbrown'] }, carol: listed(carol) },
    executors: { ci: listed(ci) },
    groups: { team: ['alice', 'bob', 'carol'] },
    rules: RULES,
    changes: [{ count: 1, from: ['team'] }],
    ...more,
  };
}

const HERE: CommandAction = {
  kind: 'command',
  argv: ['rotate-token', '--name', 'ключ "a"'],
  host: 'prod-1',
  user: 'alice',
  program: '/usr/local/bin/rotate-token',
  cwd: '/srv/tokens',
};

const SQL = 'ALTER TABLE people ADD COLUMN email TEXT;\n';
const MIGRATION: CommandAction = {
  kind: 'command',
  argv: ['./migrate', '--file=0002.sql'],
  pins: [
    {
      path: '0002.sql',
      sha256: createHash('sha256').update(SQL).digest('hex'),
      size: Buffer.byteLength(SQL),
      attached: true,
    },
  ],
  executor: 'ci',
};

const request = (now: number, action: CommandAction, more: object = {}): Body => ({
  type: 'request',
  action,
  justification: 'The token was pasted into a chat',
  approveBy: formatTime(now + HOUR),
  duration: 30 * MINUTE,
  uses: 1,
  ...more,
});

const change = (now: number, base: string, policy: Policy): Body => ({
  type: 'request',
  action: { kind: 'policy', base, policy },
  justification: 'Carol leaves',
  approveBy: formatTime(now + DAY),
});

/** One ledger with an event of each kind, most reasons for void and inert, and a policy that changes on the way. */
export async function mainLedger(people: People, format: 'sha1' | 'sha256'): Promise<LedgerVector> {
  const { alice, bob, carol, ci, mallory } = people;
  const book = new Book(format);
  const first = policyOf(people);
  const approve = (id: string, more: object = {}): Body => ({ type: 'approve', request: id, ...more });

  await book.add(
    'genesis',
    alice,
    at(0),
    { type: 'genesis', name: 'Produktion (Köln)', policy: first },
    COUNTS,
  );
  const { anchor } = book;
  await book.add(
    'a request before the endorsement',
    alice,
    at(1),
    request(at(1), HERE),
    voided('unendorsed'),
  );
  await book.add('the founder endorses', alice, at(1), approve(anchor), voided('self-approval'));
  await book.add('Bob endorses, with RSA', bob, at(2), approve(anchor), COUNTS);
  await book.add('Carol endorses as well', carol, at(2), approve(anchor), voided('closed'));

  const one = await book.add('a request', alice, at(3), request(at(3), HERE), COUNTS);
  await book.add('by the requester', alice, at(3), approve(one), voided('self-approval'));
  await book.add(
    'a start without approval',
    alice,
    at(3),
    { type: 'start', request: one, host: 'prod-1' },
    voided('not-authorised'),
  );
  await book.add(
    'Bob approves',
    bob,
    at(4),
    approve(one, { comment: 'Ja \u202e gern', duration: 600, uses: 5 }),
    COUNTS,
  );
  await book.add('Bob approves again', bob, at(4), approve(one), voided('duplicate'));
  const start: Body = { type: 'start', request: one, host: 'prod-1' };
  await book.add('on another host', alice, at(5), { ...start, host: 'prod-2' }, voided('not-authorised'));
  await book.add('by another person', bob, at(5), start, voided('not-authorised'));
  const run = await book.add('start', alice, at(5), start, COUNTS);
  await book.add(
    'finish by another person',
    bob,
    at(5),
    { type: 'finish', run, exit: { code: 0 }, millis: 1 },
    voided('not-allowed'),
  );
  await book.add(
    'finish',
    alice,
    at(6),
    { type: 'finish', run, exit: { signal: 'SIGTERM' }, millis: 61_000 },
    COUNTS,
  );
  await book.add(
    'finish again',
    alice,
    at(6),
    { type: 'finish', run, exit: { code: 0 }, millis: 1 },
    voided('duplicate'),
  );
  await book.add('a second start', alice, at(6), start, voided('not-authorised'));

  const late = request(at(7), HERE, { duration: 9 * HOUR });
  await book.add('longer than the rule allows', alice, at(7), late, voided('exceeds-rule'));
  const bare = request(at(7), MIGRATION);
  await book.add('without the ticket', alice, at(7), bare, voided('bad-ticket'), { attachments: [SQL] });
  const ticket = { ticket: 'OPS-7' };
  const { pins: _, ...unpinned } = MIGRATION;
  await book.add('without the pin', alice, at(7), request(at(7), unpinned, ticket), voided('bad-pins'));
  const asked = request(at(8), MIGRATION, { ...ticket, uses: 1 });
  const two = await book.add('for an executor, with an attachment', carol, at(8), asked, COUNTS, {
    attachments: [SQL],
  });
  await book.add(
    'an attachment that nobody announced',
    alice,
    at(8),
    request(at(8), HERE),
    inert('bad-tree'),
    { attachments: [SQL] },
  );

  const forged = approve(two);
  await book.add(
    "with Mallory's key in Bob's name",
    { ...mallory, handle: 'bob', name: bob.name, email: bob.email },
    at(9),
    forged,
    inert('wrong-key'),
  );
  await book.add('by someone whom no policy lists', mallory, at(9), forged, inert('unknown-actor'));
  await book.add('without a signature', bob, at(9), forged, inert('bad-headers'), { unsigned: true });
  await book.add('the signature of something else', bob, at(9), forged, inert('bad-signature'), {
    signs: (text) => text.replace('approve', 'deny'),
  });
  await book.add('a subject that says something else', bob, at(9), forged, inert('bad-message'), {
    message: (text) => text.replace(/^approve/, 'deny'),
  });
  await book.add('a field twice', bob, at(9), forged, inert('bad-text'), {
    message: (text) => text.replace('  "type"', '  "type": "halt",\n  "type"'),
  });
  await book.add('an unknown field', bob, at(9), forged, inert('bad-event'), { event: { also: true } });
  await book.add('another indentation', bob, at(9), forged, inert('bad-text'), {
    message: (text) => text.replaceAll('\n  "', '\n    "'),
  });
  await book.add('of another ledger', bob, at(9), forged, inert('wrong-ledger'), {
    event: { ledger: 'ab'.repeat(32) },
  });
  await book.add('after another commit', bob, at(9), forged, inert('wrong-prev'), {
    event: { prev: 'cd'.repeat(32) },
  });
  await book.add('of another version', bob, at(9), forged, inert('wrong-version'), { event: { v: 2 } });
  await book.add("under another's name", bob, at(9), forged, inert('bad-identity'), {
    identity: { name: alice.name, email: alice.email },
  });
  await book.add('an extra header', bob, at(9), forged, inert('bad-headers'), {
    payload: (text) => text.replace('\n\n', '\nencoding UTF-8\n\n'),
  });
  await book.add('signed an hour after', bob, at(9), forged, inert('bad-signature'), { signed: at(69) });
  await book.add('by an executor', ci, at(9), forged, inert('executor-may-not'));
  await book.add('old, by the clock', bob, at(9) - 20 * MINUTE, forged, inert('backdated'));

  await book.add('Alice approves', alice, at(10), approve(two), COUNTS);
  const ran = await book.add(
    'the executor starts',
    ci,
    at(11),
    { type: 'start', request: two, host: 'runner' },
    COUNTS,
  );
  await book.add(
    'the executor could not',
    ci,
    at(11),
    { type: 'finish', run: ran, exit: { failed: 'no-space' }, millis: 0 },
    COUNTS,
  );

  const access: Body = {
    type: 'request',
    action: { kind: 'access', resource: 'weights/small-1' },
    justification: '',
    approveBy: formatTime(at(12 + 60)),
    duration: HOUR,
  };
  const three = await book.add('an access request', alice, at(12), access, COUNTS);
  await book.add('first of two approvals', carol, at(12), approve(three), COUNTS);
  const four = await book.add('one that is denied', carol, at(12), request(at(12), HERE), COUNTS);
  await book.add(
    'denied',
    bob,
    at(13),
    { type: 'close', request: four, as: 'denied', reason: 'No.' },
    COUNTS,
  );
  await book.add('approved after that', alice, at(13), approve(four), voided('closed'));
  await book.add(
    'revoked by its requester',
    alice,
    at(13),
    { type: 'close', request: three, as: 'revoked', reason: 'x' },
    voided('not-allowed'),
  );
  await book.add(
    'a request that is not there',
    bob,
    at(13),
    approve('ef'.repeat(32)),
    voided('unknown-request'),
  );

  const away: Policy = {
    ...first,
    members: { alice: listed(alice), bob: listed(bob) },
    groups: { team: ['alice', 'bob'] },
    rules: RULES.slice(1),
  };
  await book.add(
    'on a base that never was',
    alice,
    at(14),
    change(at(14), 'ab'.repeat(32), away),
    voided('stale'),
  );
  const alone = { ...away, members: { alice: listed(alice) } };
  await book.add('a policy of one', alice, at(14), change(at(14), anchor, alone), voided('invalid-policy'));
  const stolen = { ...away, members: { alice: listed(alice), bob: { ...listed(bob), keys: [carol.key] } } };
  await book.add(
    "a policy that gives Bob Carol's key",
    alice,
    at(14),
    change(at(14), anchor, stolen),
    voided('invalid-policy'),
  );
  const halted = await book.add('asked before the halt', alice, at(14), request(at(14), HERE), COUNTS);
  await book.add(
    'halt of nobody known',
    carol,
    at(15),
    { type: 'halt', who: 'mallory', reason: 'x' },
    voided('unknown-who'),
  );
  await book.add(
    'halt of Alice',
    carol,
    at(15),
    { type: 'halt', who: 'alice', reason: 'Laptop stolen' },
    COUNTS,
  );
  await book.add('approved all the same', bob, at(15), approve(halted), COUNTS);
  await book.add(
    'not while halted',
    alice,
    at(15),
    { type: 'start', request: halted, host: 'prod-1' },
    voided('not-authorised'),
  );
  const removal = await book.add('Carol is to go', alice, at(16), change(at(16), anchor, away), COUNTS);
  await book.add('and goes', bob, at(17), approve(removal), COUNTS);
  await book.add(
    'Carol signs once more',
    carol,
    at(18),
    { type: 'halt', reason: 'no' },
    inert('unknown-actor'),
  );
  await book.add('access that no rule covers any more', alice, at(18), access, voided('no-rule'));
  const open = await book.add(
    'an open request',
    bob,
    at(19),
    request(at(19), HERE, { notBefore: formatTime(at(60)) }),
    COUNTS,
  );
  const later = await book.add(
    'one for later',
    alice,
    at(19),
    request(at(19), HERE, { notBefore: formatTime(at(60)) }),
    COUNTS,
  );
  await book.add('approved for later', bob, at(20), approve(later), COUNTS);
  await book.add(
    'withdrawn',
    bob,
    at(21),
    { type: 'close', request: open, as: 'withdrawn', reason: '' },
    COUNTS,
  );
  const pending = await book.add('one that waits', alice, at(22), request(at(22), HERE), COUNTS);

  const fingerprint = alice.fingerprint;
  const me = { handle: 'alice', fingerprint };
  const whole = { ...HERE, stdin: 'none', pins: {} };
  const decision = (
    title: string,
    id: string,
    reason: string | null,
    state: string,
    minutes: number,
    more: Partial<DecisionVector> = {},
  ): DecisionVector => ({
    title,
    request: id,
    runner: me,
    toRun: null,
    now: formatTime(at(minutes)),
    authorised: reason === null,
    reason,
    state,
    ...more,
  });
  const carols = { handle: 'carol', fingerprint: carol.fingerprint };
  const machine = { handle: 'ci', fingerprint: ci.fingerprint };
  return {
    title: `main, ${format}`,
    format,
    anchor,
    now: formatTime(at(30)),
    head: null,
    fatal: null,
    commits: book.commits,
    objects: book.objects,
    decisions: [
      decision('an id that nobody wrote', 'ab'.repeat(32), 'unknown-request', 'unknown', 30),
      decision('its one use is spent', one, 'used', 'used', 7),
      decision('spent comes before over', one, 'used', 'used', 300),
      decision('its requester left', two, 'requester-left', 'void', 12, { runner: machine }),
      decision('no rule covers it now', three, 'no-longer-allowed', 'void', 30),
      decision('denied', four, 'denied', 'denied', 30, { runner: carols }),
      decision('the halt was lifted by a later change', halted, null, 'approved', 30),
      decision('the same, a whole command', halted, null, 'approved', 30, { toRun: whole }),
      decision('one argument more', halted, 'mismatch', 'approved', 30, {
        toRun: { ...whole, argv: [...HERE.argv, ''] },
      }),
      decision('another folder', halted, 'mismatch', 'approved', 30, { toRun: { ...whole, cwd: '/srv' } }),
      decision('by another', halted, 'wrong-runner', 'approved', 30, {
        runner: { handle: 'bob', fingerprint: bob.fingerprint },
      }),
      decision(
        "in the requester's name, by a key that is not theirs",
        halted,
        'wrong-runner',
        'approved',
        30,
        {
          runner: { handle: 'alice', fingerprint: bob.fingerprint },
        },
      ),
      decision('the last second of the window', halted, null, 'approved', 45 - 1 / 60),
      decision('the first second after it', halted, 'expired', 'expired', 45),
      decision('a policy change that is in force', removal, 'applied', 'applied', 30),
      decision('before its time', later, 'too-early', 'scheduled', 30),
      decision('in its time', later, null, 'approved', 60),
      decision('withdrawn', open, 'withdrawn', 'withdrawn', 30, {
        runner: { handle: 'bob', fingerprint: null },
      }),
      decision('not approved yet', pending, 'pending', 'pending', 30),
      decision('not approved in time', pending, 'expired', 'expired', 22 + 60),
    ],
  };
}

/** Short ledgers that a reader must refuse as a whole. */
export async function fatalLedgers(people: People): Promise<LedgerVector[]> {
  const { alice, bob } = people;
  const short = async (minutes = 1): Promise<Book> => {
    const book = new Book('sha1');
    await book.add(
      'genesis',
      alice,
      at(0),
      { type: 'genesis', name: 'short', policy: policyOf(people) },
      COUNTS,
    );
    await book.add('endorsed', bob, at(minutes), { type: 'approve', request: book.anchor }, COUNTS);
    return book;
  };
  const vector = (
    title: string,
    fatal: string | null,
    book: Book,
    more: Partial<LedgerVector> = {},
  ): LedgerVector => ({
    title,
    format: 'sha1',
    anchor: book.anchor,
    now: formatTime(at(30)),
    head: null,
    fatal,
    commits: book.commits,
    objects: book.objects,
    decisions: [],
    ...more,
  });
  const ahead = await short(30 + 15);
  const tooFar = await short(30 + 16);
  const merge = await short();
  const root = merge.commits[0]?.oid ?? '';
  const twice = { bytes: (text: string) => text.replace(/^(parent .*\n)/m, `$1parent ${root}\n`) };
  await merge.add('a merge', bob, at(2), { type: 'halt', reason: 'x' }, inert('bad-headers'), twice);
  const grown = await short();
  const next = { ...policyOf(people), protocol: 2 };
  const raise = await grown.add('a newer protocol', alice, at(2), change(at(2), grown.anchor, next), COUNTS);
  await grown.add('in force', bob, at(3), { type: 'approve', request: raise }, COUNTS);
  const good = await short();
  return [
    vector('short', null, good),
    vector('the pinned anchor is another', 'stranger', good, { anchor: 'ab'.repeat(32) }),
    vector('the head of before is gone', 'rewritten', good, { head: 'ab'.repeat(20) }),
    vector('a merge', 'malformed', merge),
    vector('exactly 900 s ahead', null, ahead),
    vector('more than 900 s ahead', 'future', tooFar),
    vector('a protocol that is not known', 'not-understood', grown),
  ];
}
