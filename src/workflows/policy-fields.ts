import type { Path } from './policy-places.js';

const HANDLE = 'a lower-case word of letters, digits and hyphens that begins with a letter';
const PARTY = 'Write `HANDLE: {name: NAME, email: ADDRESS, keys: [FILE]}`.';
const CLAUSES = 'Say whose approval it takes, as a list: `- {count: 1, from: [GROUP]}`.';
const MATCH =
  'Write `{command: [PATTERN, ...]}`, `{access: PATTERN}` or `{any: true}`; each pattern that begins with * in quotes.';

/** What stands in each place of a policy, as what its writer can do. `@`: any name; `#`: any index. Section 6. */
const FIELDS: Readonly<Record<string, string>> = {
  '': '',
  protocol: 'Write `protocol: 1`.',
  members: `Say who may ask and approve. ${PARTY}`,
  'members.@': `A handle is ${HANDLE}. ${PARTY}`,
  'members.@.name': 'Write the name as people know it, or leave it away: the key has one.',
  'members.@.email': 'Write an address such as alice@example.org, or leave it away: the key has one.',
  'members.@.keys': 'Give the paths of exported public keys: `keys: [alice.asc]`.',
  'members.@.key': 'Give the path of an exported public key: `key: alice.asc`.',
  'members.@.keys.#':
    'Give the path of an exported public key, its armored text, or the fingerprint of a key in the policy.',
  'members.@.keys.#.type': 'Write `type: openpgp`.',
  'members.@.keys.#.public': 'Write the armored text of the public key, or give a path in place of all this.',
  'members.@.unix': 'Write the logins as a list: `unix: [alice]`.',
  'members.@.unix.#': 'Write a login as the machine has it: printable ASCII, without space.',
  executors: `Say which machines may run things, or leave it away. ${PARTY}`,
  'executors.@': `A handle is ${HANDLE}. ${PARTY}`,
  'executors.@.name': 'Write what the machine is called, or leave it away: the key has a name.',
  'executors.@.email': 'Write an address such as ci@example.org, or leave it away: the key has one.',
  'executors.@.keys': 'Give the paths of exported public keys: `keys: [ci.asc]`.',
  'executors.@.key': 'Give the path of an exported public key: `key: ci.asc`.',
  'executors.@.keys.#':
    'Give the path of an exported public key, its armored text, or the fingerprint of a key in the policy.',
  'executors.@.keys.#.type': 'Write `type: openpgp`.',
  'executors.@.keys.#.public':
    'Write the armored text of the public key, or give a path in place of all this.',
  groups: 'Write each group as `NAME: [HANDLE, ...]`, or leave `groups` away.',
  'groups.@': `A group's name is ${HANDLE}, and it lists members: \`NAME: [HANDLE, ...]\`.`,
  'groups.@.#': 'Name a member by the handle.',
  rules: 'Give at least one rule, as a list; the first that matches decides.',
  'rules.#':
    'A rule has a name, a match, approvals, maxDuration, maxPending and maxUses; `mpa policy show` shows some.',
  'rules.#.name': `Give the rule a name of its own: ${HANDLE}.`,
  'rules.#.match': MATCH,
  'rules.#.match.command': `Give one pattern for each argument, as a list; a last '**' takes all further ones. ${MATCH}`,
  'rules.#.match.command.#': 'Write a pattern as text: numbers and those that begin with * stand in quotes.',
  'rules.#.match.access': "Write one pattern as text: `{access: 'ssh/*'}`.",
  'rules.#.match.any': 'Write `{any: true}`: it covers whatever is asked.',
  'rules.#.requesters': 'List who may ask: groups, handles or everyone. Leave it away for everyone.',
  'rules.#.requesters.#': 'Name a group, a handle, or everyone.',
  'rules.#.approvals': CLAUSES,
  'rules.#.approvals.#': CLAUSES,
  'rules.#.approvals.#.count': 'Say how many of them it takes: `count: 1`.',
  'rules.#.approvals.#.from': 'List groups, handles or everyone: `from: [sre]`.',
  'rules.#.approvals.#.from.#': 'Name a group, a handle, or everyone.',
  'rules.#.maxDuration': 'Say how long a grant may last, typed 90s, 30m, 8h, 2d or 1y: `maxDuration: 8h`.',
  'rules.#.maxPending':
    'Say how long a request may wait for approval, typed 90s, 30m, 8h or 2d: `maxPending: 24h`.',
  'rules.#.maxUses': 'Say how often one grant may be used: `maxUses: 10`.',
  'rules.#.justification': 'Write `justification: {minLength: 20}`, or leave it away.',
  'rules.#.justification.minLength':
    'Say how many characters a reason takes at least: `{minLength: 20}`, at most 4096.',
  'rules.#.ticket': "Write `ticket: {pattern: 'OPS-*'}`, or leave it away.",
  'rules.#.ticket.pattern': "Write one pattern as text: `{pattern: 'OPS-*'}`.",
  'rules.#.executors': 'List executors by handle, or leave it away: then people run it.',
  'rules.#.executors.#': 'Name an executor by its handle.',
  'rules.#.pins': "List patterns: arguments that match must be pinned: `pins: ['*.sql']`.",
  'rules.#.pins.#': 'Write a pattern as text, in quotes.',
  'rules.#.env': 'List the variables that may be set or passed; `[]` for none; leave it away for any.',
  'rules.#.env.#': 'Write the name of a variable: letters, digits and _, no value.',
  'rules.#.stdin': 'List what is allowed of none, file and terminal; leave it away for all.',
  'rules.#.stdin.#': 'It is one of none, file and terminal.',
  'rules.#.enforceEnd': 'Write `enforceEnd: true`, or leave it away.',
  changes: `Say what a change of this policy takes. ${CLAUSES}`,
  'changes.#': CLAUSES,
  'changes.#.count': 'Say how many of them it takes: `count: 1`.',
  'changes.#.from': 'List groups, handles or everyone: `from: [admins]`.',
  'changes.#.from.#': 'Name a group, a handle, or everyone.',
  tests: 'Give a list, or leave `tests` away.',
  'tests.#':
    'Write `{requester: HANDLE, command: [...], expect: RULE}`, or `access: RESOURCE` in place of the command.',
  'tests.#.requester': 'Name who asks, by the handle.',
  'tests.#.command': 'Give the command as a list of its arguments: `command: [psql, -c, select 1]`.',
  'tests.#.command.#': 'Write each argument as text: numbers stand in quotes.',
  'tests.#.access': 'Write a resource such as ssh/prod-1.',
  'tests.#.expect': 'Name the rule that should decide, or the reason of a refusal such as no-rule.',
};

/** The fields whose members have free names. */
const NAMED = ['members', 'executors', 'groups'];

function keyOf(path: Path): string {
  return path
    .map((part, i) =>
      typeof part === 'number' ? '#' : i === 1 && NAMED.includes(String(path[0])) ? '@' : part,
    )
    .join('.');
}

function has(key: string): boolean {
  return Object.hasOwn(FIELDS, key);
}

/** Whether a policy may have something at `path`. */
export function isField(path: Path): boolean {
  return has(keyOf(path));
}

/** Names that people take for one another: without case, hyphens, underscores and a final s. */
function sketch(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '').replace(/s$/, '');
}

/** What the writer of a policy can do about a field at `path` that breaks the form: for a name that is no field, which there are. */
export function mendFor(path: Path): string {
  const key = keyOf(path);
  if (has(key)) return FIELDS[key] ?? '';
  const parent = keyOf(path.slice(0, -1));
  const prefix = parent === '' ? '' : `${parent}.`;
  const fields = Object.keys(FIELDS)
    .filter((name) => name !== '' && name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((name) => !name.includes('.') && !['#', '@', 'key'].includes(name));
  if (fields.length === 0) return path.length === 0 ? '' : mendFor(path.slice(0, -1));
  const typed = String(path.at(-1));
  const meant = fields.find((name) => sketch(name) === sketch(typed));
  return meant === undefined ? `The fields here are: ${fields.join(', ')}.` : `Is \`${meant}\` meant?`;
}
