import type { Match, Policy, PolicyTest } from './policy-document.js';
import { RANGES, isArgument, isEmail, isHandle, isHost, isLogin, isName, isVariable } from './scalars.js';
import { anyText, chosen, closed, integer, list, maybe, oneOf, only, record, text } from './schema-parts.js';
import type { Schema } from './schema-parts.js';

export const handle = text(isHandle, 'a lower-case word of letters, digits and hyphens, at most 32');
export const resource = text(isHost, '1 to 255 printable ASCII characters without space');
export const personName = text(
  isName,
  'a name of 1 to 100 characters without controls, < or >, and without space or punctuation at either end',
);
export const variable = text(isVariable, 'the name of a variable');
export const login = text(isLogin, '1 to 64 printable ASCII characters without space');
export const argument = text(isArgument, 'text without NUL');
export const argv = list(argument);

const keys = list(closed({ type: only('openpgp'), public: anyText }));
const identity = { name: personName, email: text(isEmail, 'an e-mail address'), keys };
const clauses = list(closed({ count: integer(RANGES.count), from: list(handle) }));

const commandMatch = closed({ command: list(anyText) });
const accessMatch = closed({ access: anyText });
const anyMatch = closed({ any: only(true) });
const match = chosen<Match>((own) => {
  if (own('command') !== undefined) return commandMatch;
  return own('access') !== undefined ? accessMatch : anyMatch;
});

const rule = closed({
  name: handle,
  match,
  requesters: maybe(list(handle)),
  approvals: clauses,
  maxDuration: integer(RANGES.duration),
  maxPending: integer(RANGES.duration),
  maxUses: integer(RANGES.uses),
  justification: maybe(closed({ minLength: integer(RANGES.minLength) })),
  ticket: maybe(closed({ pattern: anyText })),
  executors: maybe(list(handle)),
  pins: maybe(list(anyText)),
  env: maybe(list(variable)),
  stdin: maybe(list(oneOf(['none', 'file', 'terminal']))),
  enforceEnd: maybe(only(true)),
});

const commandTest = closed({ requester: handle, command: argv, expect: handle });
const accessTest = closed({ requester: handle, access: resource, expect: handle });
const test = chosen<PolicyTest>((own) => (own('command') !== undefined ? commandTest : accessTest));

/**
 * The form of a policy (section 6, the table, and the numbers and texts of section 4). Whether a policy of this form is valid is
 * another question, asked by policy.ts: a request with a policy that breaks the form is inert, one with an invalid policy is void.
 */
export const policy: Schema<Policy> = closed({
  protocol: integer(RANGES.version),
  members: record(isHandle, 'handle', closed({ ...identity, unix: maybe(list(login)) })),
  executors: maybe(record(isHandle, 'handle', closed(identity))),
  groups: maybe(record(isHandle, 'group name', list(handle))),
  rules: list(rule),
  changes: clauses,
  tests: maybe(list(test)),
});
