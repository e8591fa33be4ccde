import { formatTime } from '../../src/core/time.js';
import { now } from '../support/hands.js';
import type { Bend } from './bent.js';
import type { Ground } from './ground.js';
import { suite, type Fate, type Row, type Twin } from './tried.js';

type Fields = Readonly<Record<string, unknown>>;

/** What is bent of a request that is otherwise the template's: fields of its action, and its own. */
interface Asked {
  readonly action?: Fields;
  readonly fields?: Fields;
  /** Members of the action that are taken away. */
  readonly less?: readonly string[];
  readonly bend?: Bend;
}

function actionOf(on: Ground, { action = {}, less = [] }: Asked): Fields {
  const own = Object.entries({ ...(on.request['action'] as object), ...action });
  return Object.fromEntries(own.filter(([name]) => !less.includes(name)));
}

/** Alice asks, and Bob approves whatever it is. */
function asked(on: Ground, what: Asked): ReturnType<Row['attack']> {
  const body = { ...on.request, action: actionOf(on, what), ...what.fields };
  const written = on.write('alice', body, what.bend);
  on.write('bob', { type: 'approve', request: written.id });
  return { written, id: written.id };
}

function twinOf(on: Ground, what: Asked): Twin {
  return { id: asked(on, what).written.id, state: 'approved' };
}

type Line = readonly [clause: string, title: string, what: Asked | (() => Asked)];

function rows(fate: Fate, exec: string, lines: readonly Line[], twin: Asked | (() => Asked) = {}): Row[] {
  const now = (what: Asked | (() => Asked)): Asked => (typeof what === 'function' ? what() : what);
  return lines.map(([clause, title, what]) => ({
    clause,
    title,
    fate,
    attack: (on) => ({ ...asked(on, now(what)), exec }),
    twin: (on) => twinOf(on, now(twin)),
  }));
}

const DIGEST = 'ab'.repeat(32);
const pin = (more: Fields = {}): Fields => ({
  path: '/etc/hosts',
  sha256: DIGEST,
  size: 1,
  attached: false,
  ...more,
});

const FORM = rows({ inert: 'bad-event' }, '125 unknown-request', [
  ['§4', 'no argument', { action: { argv: [] } }],
  ['§4', 'an empty program', { action: { argv: [''] } }],
  ['§4', 'NUL in an argument', { action: { argv: ['touch', 'a\0b'] } }],
  ['§4', 'an argument that is a number', { action: { argv: ['touch', 1] } }],
  [
    '§4',
    'one text for all arguments',
    { bend: { text: (all) => all.replace(/"argv": \[[^\]]*\]/, '"argv": "touch x"') } },
  ],
  ['§4', 'another program than the first argument stands for', { action: { program: '/bin/rm' } }],
  ['§4', 'a program without its folder', { action: { program: 'touch' } }],
  ['§4', 'a program by way of ..', { action: { program: '/usr/bin/../bin/touch' } }],
  ['§4', 'a folder by way of ..', { action: { cwd: '/tmp/..' } }],
  ['§4', 'a folder with a slash at its end', { action: { cwd: '/tmp/' } }],
  ['§4', 'no folder', { less: ['cwd'] }],
  ['§4', 'no host', { less: ['host'] }],
  ['§4', 'no user', { less: ['user'] }],
  ['§4', 'no program', { less: ['program'] }],
  ['§4', 'a host of two words', { action: { host: 'here or there' } }],
  ['§4', 'a user that is none', { action: { user: '' } }],
  ['§4', 'a variable whose name holds =', { action: { env: { 'A=B': '1' } } }],
  [
    '§4',
    'a variable named __proto__',
    { action: { env: { A: '1' } }, bend: { text: (all) => all.replace('"A"', '"__proto__"') } },
  ],
  ['§4', 'NUL in the value of a variable', { action: { env: { A: '\0' } } }],
  ['§4', 'a value that is a number', { action: { env: { A: 1 } } }],
  ['§4', 'an executor and a host', { action: { executor: 'ci' } }],
  ['§4', 'standard input of an unknown kind', { action: { stdin: 'pipe' } }],
  ['§4', 'a pin with a relative path', { action: { pins: [pin({ path: 'hosts' })] } }],
  ['§4', 'a pin with a digest of 63 digits', { action: { pins: [pin({ sha256: DIGEST.slice(1) })] } }],
  ['§4', 'a pin of negative size', { action: { pins: [pin({ size: -1 })] } }],
  [
    '§4',
    'a pin that leads away for an executor',
    {
      action: { executor: 'ci', pins: [pin({ path: '../x', attached: true })] },
      less: ['host', 'user', 'program', 'cwd'],
    },
  ],
  ['§4', 'an unknown kind', { action: { kind: 'shell' } }],
  ['§4', 'an unknown field of the action', { action: { shell: true } }],
  ['§4', 'uses of zero', { fields: { uses: 0 } }],
  ['§4', 'no duration', { bend: { text: (all) => all.replace(/ {2}"duration": .*\n/, '') } }],
  ['§4', 'a justification that is no text', { fields: { justification: {} } }],
  ['§4', 'access with uses', { fields: { action: { kind: 'access', resource: 'door/1' } } }],
  ['§4', 'a policy that is none', { fields: { action: { kind: 'policy', base: DIGEST, policy: {} } } }],
]);

const LIMITS = rows({ inert: 'over-limit' }, '125 unknown-request', [
  ['§10', '1,025 arguments', { action: { argv: ['touch', ...Array.from({ length: 1024 }, () => 'x')] } }],
  ['§10', 'arguments of 128 KiB and one byte', { action: { argv: ['touch', 'x'.repeat(131_072 - 4)] } }],
  ['§10', 'a justification of 4,097 bytes', { fields: { justification: 'x'.repeat(4097) } }],
  [
    '§10',
    '257 pins',
    { action: { pins: Array.from({ length: 257 }, (_, i) => pin({ path: `/etc/${i}` })) } },
  ],
  [
    '§10',
    'an attachment of more than 1 MiB',
    { action: { pins: [pin({ attached: true, size: 1_048_577 })] } },
  ],
  [
    '§10',
    'eleven attachments of 1 MiB',
    {
      action: {
        pins: Array.from({ length: 11 }, (_, i) =>
          pin({ path: `/e/${i}`, sha256: i.toString(16).padStart(64, '0'), attached: true, size: 1_048_576 }),
        ),
      },
    },
  ],
]);

const TREES = rows({ inert: 'bad-tree' }, '125 unknown-request', [
  ['§3', 'a pin attached of which the tree holds nothing', { action: { pins: [pin({ attached: true })] } }],
  [
    '§3',
    'an input attached of which the tree holds nothing',
    { action: { stdin: { sha256: DIGEST, size: 1, attached: true } } },
  ],
]);

/** A request that the rule `careful` takes. */
const careful = (more: Asked = {}): Asked => ({
  ...more,
  action: { argv: ['careful', 'now'], program: '/usr/bin/careful', ...more.action },
  fields: {
    justification: 'because it must be done',
    ticket: 'OPS-7',
    duration: 3600,
    uses: 1,
    approveBy: formatTime(now() + 3600),
    ...more.fields,
  },
});
const ticketless = (): Asked => {
  const { fields = {}, ...more } = careful();
  return {
    ...more,
    fields: Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'ticket')),
  };
};

function broken(reason: string, lines: readonly (readonly [title: string, what: () => Asked])[]): Row[] {
  return rows(
    { void: reason },
    '125 void',
    lines.map(([title, what]) => ['§7', title, what] as const),
    careful,
  );
}

const later = (seconds: number): string => formatTime(now() + seconds);

const RULES: readonly Row[] = [
  ...broken('exceeds-rule', [
    ['a second more than the rule allows', () => careful({ fields: { duration: 3601 } })],
    ['a use more than the rule allows', () => careful({ fields: { uses: 2 } })],
    [
      'an approval a second later than the rule allows',
      () => careful({ fields: { approveBy: later(7230) } }),
    ],
    ['a beginning in 31 days', () => careful({ fields: { notBefore: later(31 * 86_400) } })],
  ]),
  ...broken('bad-justification', [
    ['a justification of nine letters', () => careful({ fields: { justification: 'because..' } })],
    ['nine letters of two units each', () => careful({ fields: { justification: '\u{1f600}'.repeat(9) } })],
  ]),
  ...broken('bad-ticket', [
    ['a ticket of another kind', () => careful({ fields: { ticket: 'ops-7' } })],
    ['a ticket that only contains the kind', () => careful({ fields: { ticket: ' OPS-7' } })],
    ['no ticket', ticketless],
  ]),
  ...broken('bad-env', [
    [
      'a variable that the rule does not list',
      () => careful({ action: { env: { LD_PRELOAD: '/tmp/x.so' } } }),
    ],
    ['a variable passed on that the rule does not list', () => careful({ action: { passEnv: ['HOME'] } })],
  ]),
  ...broken('bad-stdin', [
    ['a terminal that the rule does not allow', () => careful({ action: { stdin: 'terminal' } })],
  ]),
  ...broken('bad-pins', [
    ['a file that the rule wants pinned', () => careful({ action: { argv: ['careful', 'a.sql'] } })],
    ['such a file behind =', () => careful({ action: { argv: ['careful', '--file=a.sql'] } })],
  ]),
  ...broken('late', [['a last moment that is over', () => careful({ fields: { approveBy: later(-1) } })]]),
  ...rows({ void: 'no-rule' }, '125 mismatch', [
    [
      '§7',
      'access that no rule covers',
      {
        fields: { action: { kind: 'access', resource: 'window/1' } },
        bend: { text: (all) => all.replace(/,\n  "uses": 1\n/, '\n').replace(/ {2}"uses": 1,\n/, '') },
      },
    ],
  ]),
  ...rows({ void: 'bad-executor' }, '125 void', [
    [
      '§7',
      'an executor that nobody knows',
      { action: { argv: ['robot'], executor: 'r2' }, less: ['host', 'user', 'program', 'cwd'] },
    ],
    ['§7', 'a command for executors, by hand', { action: { argv: ['robot'], program: '/usr/bin/robot' } }],
  ]),
];

/** Who asks and who answers. */
const PEOPLE: readonly Row[] = [
  {
    clause: '§7',
    title: 'a requester whom the rule does not name',
    fate: { void: 'not-a-requester' },
    attack: (on) => {
      const what = careful();
      const written = on.write('bob', { ...on.request, action: actionOf(on, what), ...what.fields });
      on.write('carl', { type: 'approve', request: written.id });
      return { written, id: written.id, exec: '125 void' };
    },
    twin: (on) => twinOf(on, careful()),
  },
  {
    clause: '§7',
    title: 'the requester approves with a second key',
    fate: { void: 'self-approval' },
    attack: (on) => ({ written: on.write('alice', { type: 'approve', request: on.id }) }),
  },
  {
    clause: '§7',
    title: 'a member whom no clause names approves',
    fate: { void: 'not-eligible' },
    attack: (on) => ({ written: on.write('guest', { type: 'approve', request: on.id }) }),
  },
  {
    clause: '§7',
    title: 'an approval of a request that is not there',
    fate: { void: 'unknown-request' },
    attack: (on) => ({ written: on.write('bob', { type: 'approve', request: 'ab'.repeat(32) }) }),
  },
  {
    clause: '§7',
    title: 'an approval of the genesis in place of the request',
    fate: { void: 'closed' },
    attack: (on) => ({ written: on.write('bob', { type: 'approve', request: on.anchor }) }),
  },
  {
    clause: '§7',
    title: 'an approval of what was denied',
    fate: { void: 'closed' },
    attack: (on) => {
      on.write('carl', { type: 'close', request: on.id, as: 'denied', reason: 'no' });
      return { written: on.write('bob', { type: 'approve', request: on.id }), exec: '125 denied' };
    },
    twin: (on) => twinOf(on, {}),
  },
  {
    clause: '§7',
    title: 'an approval of what was withdrawn',
    fate: { void: 'closed' },
    attack: (on) => {
      on.write('alice', { type: 'close', request: on.id, as: 'withdrawn', reason: '' });
      return { written: on.write('bob', { type: 'approve', request: on.id }), exec: '125 withdrawn' };
    },
    twin: (on) => twinOf(on, {}),
  },
  {
    clause: '§7',
    title: 'one person approves twice where two must',
    fate: { void: 'duplicate' },
    attack: (on) => {
      const action = { kind: 'access', resource: 'door/1' };
      const { uses: _, ...body } = on.request;
      const { id } = on.write('alice', { ...body, action });
      on.write('bob', { type: 'approve', request: id });
      // An access is used by `exec --access`, never by its id: what is run is the template's request, which nobody approved.
      return { written: on.write('bob', { type: 'approve', request: id }) };
    },
  },
  {
    clause: '§7',
    title: 'the word of a denial in the mouth of a withdrawal by somebody else',
    fate: { void: 'not-allowed' },
    attack: (on) => ({
      written: on.write('bob', { type: 'close', request: on.id, as: 'withdrawn', reason: '' }),
    }),
  },
  {
    clause: '§7',
    title: 'a halt of nobody',
    fate: { void: 'unknown-who' },
    attack: (on) => ({ written: on.write('bob', { type: 'halt', who: 'mallory', reason: 'x' }) }),
  },
  ...(
    [
      ['a start that nobody approved', 'alice', {}],
      ['a start by somebody else', 'bob', {}],
      ['a start by an executor of what a person runs', 'ci', {}],
      ['a start on another host', 'alice', { host: 'elsewhere' }],
    ] as const
  ).map(([title, who, more]): Row => ({
    clause: '§7.8',
    title,
    fate: { void: 'not-authorised' },
    attack: (on) => ({ written: on.write(who, { type: 'start', request: on.id, host: 'here', ...more }) }),
  })),
  {
    clause: '§7',
    title: 'a finish of a run that never was',
    fate: { void: 'unknown-run' },
    attack: (on) => ({
      written: on.write('alice', { type: 'finish', run: 'ab'.repeat(32), exit: { failed: 'x' }, millis: 0 }),
    }),
  },
  {
    clause: '§7.7',
    title: 'a second use is given back',
    fate: { void: 'duplicate' },
    attack: (on) => {
      on.write('bob', { type: 'approve', request: on.id });
      const { host } = on.request['action'] as { host: string };
      const run = on.write('alice', { type: 'start', request: on.id, host }).id;
      on.write('alice', { type: 'finish', run, exit: { code: 0 }, millis: 1 });
      const written = on.write('alice', { type: 'finish', run, exit: { failed: 'oops' }, millis: 1 });
      return { written, exec: '125 used' };
    },
    twin: (on) => twinOf(on, {}),
  },
  {
    clause: '§7.7',
    title: "somebody else gives a run's use back",
    fate: { void: 'not-allowed' },
    attack: (on) => {
      on.write('bob', { type: 'approve', request: on.id });
      const { host } = on.request['action'] as { host: string };
      const run = on.write('alice', { type: 'start', request: on.id, host }).id;
      const written = on.write('carl', { type: 'finish', run, exit: { failed: 'oops' }, millis: 1 });
      return { written, exec: '125 used' };
    },
    twin: (on) => twinOf(on, {}),
  },
];

suite('the form of a request', FORM);
suite('limits', LIMITS);
suite('attachments', TREES);
suite('what the rule asks for', RULES);
suite('who asks, who answers, who runs', PEOPLE);
