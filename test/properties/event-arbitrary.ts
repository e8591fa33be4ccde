import fc from 'fast-check';
import type { CommandAction } from '../../src/core/action.js';
import { CLOSINGS } from '../../src/core/events.js';
import type { LedgerEvent } from '../../src/core/events.js';
import { joinPath } from '../../src/core/paths.js';
import type { Match, Policy, PolicyTest } from '../../src/core/policy-document.js';
import { isName } from '../../src/core/scalars.js';
import { formatTime } from '../../src/core/time.js';

/** Arbitrary valid events of every type: each text and number as wide as section 4 lets it be. */

const AWKWARD = ['constructor', 'prototype', 'tostring', 'valueof', 'everyone', 'a', 'x-1'];
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length });
const id = hex(64);
const handle = fc.oneof(fc.constantFrom(...AWKWARD), fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/));
const variable = fc.oneof(
  fc.constantFrom('constructor', 'toString', '__proto', 'hasOwnProperty', '_'),
  fc.stringMatching(/^[A-Z_][A-Za-z0-9_]{0,12}$/).filter((name) => name !== '__proto__'),
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom('', '\\u{202e}', '\u2028"\\/\b\u007f', '\ufeff', '\0'),
);
const argument = text.map((value) => value.replaceAll('\0', ''));
const name = fc
  .oneof(fc.constantFrom('Zoë Ω', 'A'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }))
  .filter(isName);
const visible = fc.stringMatching(/^[!-~]{1,40}$/);
const email = fc.stringMatching(/^[!-;=?-~]{1,9}@[!-;=?-~]{1,9}$/);
const time = fc.integer({ min: 0, max: 253_402_300_799 }).map(formatTime);
const duration = fc.integer({ min: 1, max: 31_622_400 });
const uses = fc.integer({ min: 1, max: 1_000_000 });
const size = fc.maxSafeNat();
const version = fc.integer({ min: 1, max: 1000 });

const list = <T>(item: fc.Arbitrary<T>, maxLength = 3) => fc.array(item, { maxLength });
const table = <T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>) =>
  fc.dictionary(key, value, { maxKeys: 3 });
/** A record some of whose fields may be absent. */
const fields = <R extends object, O extends object>(
  required: { [K in keyof R]: fc.Arbitrary<R[K]> },
  optional: { [K in keyof O]: fc.Arbitrary<O[K]> },
) =>
  fc.tuple(fc.record(required), fc.record(optional, { requiredKeys: [] })).map(([a, b]) => ({ ...a, ...b }));

const keys = list(fc.record({ type: fc.constant('openpgp' as const), public: text }));
const executor = fc.record({ name, email, keys });
const clauses = list(fc.record({ count: fc.integer({ min: 1, max: 100 }), from: list(handle) }));
const match = fc.oneof<fc.Arbitrary<Match>[]>(
  fc.record({ command: list(text) }),
  fc.record({ access: text }),
  fc.record({ any: fc.constant(true as const) }),
);
const rule = fields(
  { name: handle, match, approvals: clauses, maxDuration: duration, maxPending: duration, maxUses: uses },
  {
    requesters: list(handle),
    justification: fc.record({ minLength: fc.integer({ min: 1, max: 4096 }) }),
    ticket: fc.record({ pattern: text }),
    executors: list(handle),
    pins: list(text),
    env: list(variable),
    stdin: list(fc.constantFrom('none' as const, 'file' as const, 'terminal' as const)),
    enforceEnd: fc.constant(true as const),
  },
);
const words = fc
  .tuple(
    argument.filter((word) => word !== ''),
    list(argument),
  )
  .map(([first, rest]) => [first, ...rest]);
const tests = fc.oneof<fc.Arbitrary<PolicyTest>[]>(
  fc.record({ requester: handle, command: words, expect: handle }),
  fc.record({ requester: handle, access: visible, expect: handle }),
);

export const policyArbitrary: fc.Arbitrary<Policy> = fields(
  {
    protocol: version,
    members: table(handle, fields({ name, email, keys }, { unix: list(visible) })),
    rules: list(rule, 2),
    changes: clauses,
  },
  { executors: table(handle, executor), groups: table(handle, list(handle)), tests: list(tests) },
);

const sized = { sha256: id, size };
// Small enough for section 10, attached or not.
const content = { sha256: id, size: fc.nat({ max: 4096 }), attached: fc.boolean() };
const stdin = fc.oneof(fc.constant('terminal' as const), fc.record(content));
const environment = { env: table(variable, argument), passEnv: list(variable), stdin };
const absolute = argument.map((path) => joinPath('/', path));

const personsCommand: fc.Arbitrary<CommandAction> = fields(
  {
    kind: fc.constant('command' as const),
    argv: words,
    host: visible,
    user: visible,
    cwd: absolute,
    folder: absolute,
  },
  { ...environment, pins: list(fc.record({ ...content, path: absolute })) },
).map(({ folder, ...action }) => {
  const [first = '', ...rest] = action.argv;
  const word = first === '.' || first === '..' ? 'dots' : first;
  const program = word.includes('/') ? joinPath(action.cwd, word) : joinPath(folder, word);
  return { ...action, argv: [word, ...rest], program };
});
const executorsCommand: fc.Arbitrary<CommandAction> = fields(
  { kind: fc.constant('command' as const), argv: words, executor: handle },
  {
    ...environment,
    pins: list(
      fc.record({
        ...content,
        path: argument.map((path) => joinPath('', `x/${path.replaceAll('..', 'dots')}`)),
        attached: fc.constant(true),
      }),
    ),
  },
);

const common = { v: version, actor: handle, at: time, nonce: hex(32) };
const chained = { ...common, ledger: id, prev: id };
const of = <const T extends string>(type: T) => ({ type: fc.constant(type) });

const asking = { ...chained, ...of('request'), justification: text, approveBy: time };
const command = fields(
  { ...asking, action: fc.oneof(personsCommand, executorsCommand), duration, uses },
  { ticket: text, notBefore: time },
);
const access = fields(
  { ...asking, action: fc.record({ kind: fc.constant('access' as const), resource: visible }), duration },
  { ticket: text, notBefore: time },
);
const change = fields(
  {
    ...asking,
    action: fc.record({ kind: fc.constant('policy' as const), base: id, policy: policyArbitrary }),
  },
  { ticket: text },
);
const genesis = fc.record({ ...common, ...of('genesis'), name, policy: policyArbitrary });
const approve = fields({ ...chained, ...of('approve'), request: id }, { comment: text, duration, uses });
const close = fc
  .record({ ...chained, ...of('close'), request: id, as: fc.constantFrom(...CLOSINGS), reason: text })
  .map((event) => (event.reason === '' ? { ...event, as: 'withdrawn' as const } : event));
const start = fc.record({ ...chained, ...of('start'), request: id, host: visible });
const exit = fc.oneof(
  fc.record({ code: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ signal: fc.stringMatching(/^SIG[A-Z0-9]{1,12}$/) }),
  fc.record({ failed: handle }),
);
const finish = fields(
  { ...chained, ...of('finish'), run: id, exit, millis: size },
  {
    stdout: fc.record(sized),
    stderr: fc.record(sized),
    outputs: list(fc.record({ ...sized, path: argument })),
  },
);
const halt = fields({ ...chained, ...of('halt'), reason: text }, { who: handle });

export const EVENTS = { genesis, command, access, change, approve, close, start, finish, halt } as const;
export const eventArbitrary = fc.oneof<fc.Arbitrary<LedgerEvent>[]>(...Object.values(EVENTS));
